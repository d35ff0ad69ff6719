//! Run folders of the version before findings were values: each has the verdict that it had, and a page.
//!
//! The folders under `stored/` were recorded by that version: several systems, workloads and endings. They hold the history, the
//! description of the run and the verdict of then. The tests judge the history anew, and hold what is said today against what
//! was said then.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::place::Place;

fn stored() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/stored");
    let mut folders: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

fn name(folder: &Path) -> &str {
    folder.file_name().unwrap().to_str().unwrap()
}

fn then(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("verdict.json")).unwrap()).unwrap()
}

fn checkers(outcome: &Value) -> Vec<&Value> {
    outcome["checkers"].as_array().unwrap().iter().collect()
}

/// `check` of a stored folder: its exit code and what it says.
fn now(place: &Place, folder: &Path) -> (i32, Value) {
    let done = place.run_bare(&["check", "--format", "json", folder.to_str().unwrap()]);
    (
        done.code,
        serde_json::from_str(&done.stdout).unwrap_or_else(|error| panic!("{}: {error}: {done:?}", name(folder))),
    )
}

/// The codes of what was found, for the folders in which something was.
const FOUND: &[(&str, &[&str])] = &[
    ("failed-chaos-dies", &["not-ready"]),
    ("invalid-double-vote", &["two-votes-in-one-term", "voted-for-another"]),
    ("invalid-half-quorum", &["elected-without-quorum", "leader-without-majority"]),
    ("invalid-vote-not-persisted", &["term-fell"]),
    ("invalid-waits-for-all", &["no-leader-within-bound"]),
];

/// The verdicts that a later rule changed, and why.
const CHANGED: &[(&str, &str, &[&str])] = &[
    // It prints only its transitions. An expectation that was met now passes a window of it.
    ("unknown-re-election-shy", "valid", &["re-election", "coverage"]),
];

fn changed(name: &str) -> Option<(&'static str, &'static [&'static str])> {
    CHANGED.iter().find(|(changed, ..)| *changed == name).map(|(_, verdict, checkers)| (*verdict, *checkers))
}

#[test]
fn each_history_of_before_has_the_verdict_that_it_had() {
    let place = Place::new();
    assert!(stored().len() >= 20);
    for folder in stored() {
        let (then, (code, now)) = (then(&folder), now(&place, &folder));
        let name = name(&folder);
        let word = changed(name).map_or_else(|| then["verdict"].as_str().unwrap(), |(verdict, _)| verdict);
        assert_eq!(now["verdict"], word, "{name}: {}", now["sentence"]);
        let expected = [("valid", 0), ("invalid", 1), ("unknown", 2)];
        assert_eq!(Some(code), expected.iter().find(|(verdict, _)| *verdict == word).map(|(_, code)| *code), "{name}");
        // Where no node was seen, that version said that no leader lacked a majority; today that is not judged.
        let nobody = name.starts_with("failed-");
        let said = |outcome: &Value| -> Vec<[Value; 3]> {
            let of = |one: &&Value| [one["checker"].clone(), one["verdict"].clone(), one["judged"].clone()];
            let ruled = changed(name).map_or(&[][..], |(_, checkers)| checkers);
            let all = checkers(outcome).into_iter().filter(|one| {
                let checker = one["checker"].as_str().unwrap();
                !(ruled.contains(&checker) || nobody && checker == "leader-has-majority")
            });
            all.map(|one| of(&one)).collect()
        };
        assert_eq!(said(&now), said(&then), "{name}");
        for (now, then) in checkers(&now).into_iter().zip(checkers(&then)) {
            let findings = |one: &Value| one["violations"].as_array().unwrap().len();
            assert_eq!(findings(now), findings(then), "{name}: {}", now["checker"]);
        }
    }
}

#[test]
fn what_is_found_in_them_has_its_code() {
    let place = Place::new();
    for folder in stored() {
        let (_, now) = now(&place, &folder);
        let violations = checkers(&now).into_iter().flat_map(|one| one["violations"].as_array().unwrap());
        let codes: BTreeSet<&str> = violations.map(|one| one["code"].as_str().unwrap()).collect();
        let known = FOUND.iter().find(|(name, _)| *name == self::name(&folder)).map_or(&[][..], |(_, codes)| codes);
        assert_eq!(codes.into_iter().collect::<Vec<_>>(), known, "{}", name(&folder));
    }
}

#[test]
fn the_page_of_each_tells_its_verdict_its_checkers_and_its_findings() {
    let place = Place::new();
    for folder in stored() {
        let copy = place.path().join(name(&folder));
        fs::create_dir(&copy).unwrap();
        for file in ["history.jsonl", "run.json", "verdict.json"] {
            fs::copy(folder.join(file), copy.join(file)).unwrap();
        }
        let done = place.run_bare(&["report", copy.to_str().unwrap()]);
        assert_eq!(done.code, 0, "{}: {done:?}", name(&folder));
        let page = plain(&fs::read_to_string(copy.join("report.html")).unwrap());
        let then = then(&folder);
        let (verdict, run) = (then["verdict"].as_str().unwrap(), then["run"].as_str().unwrap());
        let verdict = changed(name(&folder)).map_or(verdict, |(verdict, _)| verdict);
        let title = page.split_once(&format!(" · {run} ")).map(|(verdict, _)| verdict.to_lowercase());
        let starts = title.is_some_and(|title| title.starts_with(verdict) && title.len() < 40);
        assert!(starts, "{}: the title is not that of a run that is {verdict}", name(&folder));
        // What was found is told in the words of today.
        let (_, now) = now(&place, &folder);
        for one in checkers(&now) {
            let checker = one["checker"].as_str().unwrap();
            assert!(page.contains(checker), "{}: {checker}", name(&folder));
            for found in one["violations"].as_array().unwrap().iter().take(3) {
                let sentence = squeezed(found["sentence"].as_str().unwrap());
                assert!(page.contains(sentence.trim_end_matches('.')), "{}: {sentence}", name(&folder));
            }
        }
    }
}

/// The text of a page, without its tags, styles and scripts.
fn plain(page: &str) -> String {
    let mut text = String::with_capacity(page.len() / 4);
    let mut rest = page;
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        let end = ["style", "script"].into_iter().find(|tag| after.starts_with(tag)).map(|tag| format!("</{tag}>"));
        rest = match end {
            Some(end) => after.split_once(end.as_str()).map_or("", |(_, rest)| rest),
            None => after.split_once('>').map_or("", |(_, rest)| rest),
        };
        text.push(' ');
    }
    text.push_str(rest);
    let text = text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    squeezed(&text)
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
