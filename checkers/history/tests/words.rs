//! No word of the record is a string literal outside this crate.
//!
//! The sources of the crates above the record are read, without their tests. A literal is found fault with where it
//! stands as a word of the record does: compared (`== "cut"`), matched (`"cut" =>`, `| "cut"`, `Some("cut")`,
//! `.is("cut")`), given as a value (`=> "cut"`, `"cut".into()`), or written as JSON under a key of the record
//! (`"rule": "cut"`). Such a word is a value of an enum: it is read by `Word` and written by `as_str`. The other places of a
//! literal (a sentence, a label, the name of an option) are nobody's words.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use history::finding::Opening;
use history::header::HostClocks;
use history::measures::Whom;
use history::run::{self, Network};
use history::vocabulary::{
    Answer, Cause, EndReason, Evidence, ExitReason, Expectation, Fate, HarnessEvent, Installed, Kind, Origin, Phase,
    Role, Rule, Stage, Stream,
};
use history::{Verdict, Vocabulary};

/// The crates above the record. `workloads` is below it: schedules have words of their own. The node is a stranger.
const CRATES: [&str; 6] = [
    "checkers/src",
    "reports/src",
    "harness/src",
    "harness/cluster/src",
    "harness/campaign/src",
    "harness/experiments/src",
];

/// Keys of the record that have a word of a list.
const KEYS: [&str; 10] = ["type", "event", "phase", "reason", "rule", "outcome", "role", "stage", "evidence", "cause"];

/// Literals that are a word of something else: file, words, and of what they are.
const EXCEPTIONS: &[(&str, &[&str], &str)] = &[
    (
        "harness/campaign/src/results/entry.rs",
        &["valid", "invalid", "unknown", "interrupted", "harness"],
        "a campaign's ledger",
    ),
    ("harness/campaign/src/results/tally.rs", &["invalid", "unknown", "harness"], "a campaign's ledger"),
    ("harness/campaign/src/keep.rs", &["failed"], "which runs are kept: an option"),
    ("harness/src/cli/soak_args.rs", &["auto"], "how many jobs: an option"),
    ("harness/src/cli/observe.rs", &["observe"], "the name of a command, as of a workload"),
    ("harness/src/cli/from_logs.rs", &["node"], "a group of a regular expression"),
    (
        "harness/cluster/src/import/",
        &["candidate", "follower", "leader", "precandidate", "told", "unknown", "vote"],
        "what a trace of a model or of another program says, and a record of it",
    ),
    ("harness/cluster/src/network/", &["proxy", "switch"], "the name of a thread"),
    ("harness/cluster/src/observe/events.rs", &["leader", "vote"], "keys of the node contract"),
    ("harness/cluster/src/system/program.rs", &["node", "observe", "probe"], "sections of a system file"),
    (
        "harness/cluster/src/system/observer.rs",
        &["exec", "leader", "vote"],
        "a kind of observer, and fields of a rule, in a system file",
    ),
    ("harness/cluster/src/system/probe.rs", &["exec"], "a kind of probe, in a system file"),
    ("reports/src/run/interactive/facts.rs", &["complete"], "what an observer shows, in a sentence"),
];

fn words_of<T: Vocabulary>() -> impl Iterator<Item = &'static str> {
    T::ALL.iter().map(|word| word.word())
}

/// Every word of every list.
fn words() -> (BTreeSet<&'static str>, usize) {
    let lists: Vec<Vec<&'static str>> = vec![
        words_of::<Role>().collect(),
        words_of::<Evidence>().collect(),
        words_of::<Fate>().collect(),
        words_of::<ExitReason>().collect(),
        words_of::<Stream>().collect(),
        words_of::<Origin>().collect(),
        words_of::<Stage>().collect(),
        words_of::<Installed>().collect(),
        words_of::<Expectation>().collect(),
        words_of::<Rule>().collect(),
        words_of::<Phase>().collect(),
        words_of::<EndReason>().collect(),
        words_of::<HarnessEvent>().collect(),
        words_of::<Cause>().collect(),
        words_of::<Answer>().collect(),
        words_of::<Kind>().collect(),
        words_of::<Whom>().collect(),
        words_of::<Network>().collect(),
        // "none" is an ordinary word as well.
        words_of::<HostClocks>().filter(|word| *word != "none").collect(),
        words_of::<Opening>().collect(),
        words_of::<run::Model>().collect(),
        words_of::<run::State>().collect(),
    ];
    let count = lists.len();
    let verdicts = [Verdict::Valid, Verdict::Unknown, Verdict::Invalid].map(Verdict::as_str);
    (lists.into_iter().flatten().chain(verdicts).collect(), count)
}

/// A literal, with what stands before and after it.
struct Literal<'a> {
    line: usize,
    before: &'a str,
    text: &'a str,
    after: &'a str,
}

impl Literal<'_> {
    /// The word of the record as which it stands, if it does.
    fn word<'w>(&self, words: &BTreeSet<&'w str>) -> Option<&'w str> {
        let Some(&word) = words.get(self.text) else { return self.written(words) };
        let stands = |text: &[&str]| text.iter().any(|end| self.before.ends_with(end));
        let goes_on = |text: &[&str]| text.iter().any(|begin| self.after.starts_with(begin));
        let of_a_key = || KEYS.iter().any(|key| self.before.ends_with(&format!("\"{key}\":")));
        let found = stands(&["==", "!=", "=>", "|", "Some(", ".is("])
            || goes_on(&["==", "!=", "=>", "|", ".to_owned()", ".to_string()", ".into()"])
            || of_a_key();
        found.then_some(word)
    }

    /// JSON that is written as text.
    fn written<'w>(&self, words: &BTreeSet<&'w str>) -> Option<&'w str> {
        let text = self.text.replace("\\\"", "\"").replace("\": \"", "\":\"");
        let of = |key: &&str| {
            text.split(&format!("\"{key}\":\"")).skip(1).find_map(|rest| words.get(rest.split('"').next()?))
        };
        KEYS.iter().find_map(of).copied()
    }
}

/// The literals of a source, comments passed over.
fn literals(source: &str) -> Vec<Literal<'_>> {
    let bytes = source.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &source[at..];
        let hashes = rest.strip_prefix('r').map(|rest| rest.len() - rest.trim_start_matches('#').len());
        let raw = hashes.filter(|&hashes| bytes.get(at + 1 + hashes) == Some(&b'"'));
        let named = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
        let (from, to, end) = if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        } else if rest.starts_with('"') {
            let mut end = at + 1;
            while bytes[end] != b'"' {
                end += if bytes[end] == b'\\' { 2 } else { 1 };
            }
            (at + 1, end, end + 1)
        } else if let Some(hashes) = raw.filter(|_| !named || bytes[at - 1] == b'b') {
            let from = at + 2 + hashes;
            let to = from + source[from..].find(&format!("\"{}", "#".repeat(hashes))).unwrap();
            (from, to, to + 1 + hashes)
        } else {
            let quoted = rest.strip_prefix("'\\").and_then(|rest| rest.find('\'')).map(|end| end + 3);
            let plain = rest.strip_prefix('\'').and_then(|rest| rest.chars().next()).map(|c| 1 + c.len_utf8());
            let plain = plain.filter(|&end| rest[end..].starts_with('\'')).map(|end| end + 1);
            at += quoted.or(plain).unwrap_or_else(|| rest.chars().next().map_or(1, char::len_utf8));
            continue;
        };
        let line = source[..at].matches('\n').count() + 1;
        let (before, after) = (source[..at].trim_end(), source[end..].trim_start());
        found.push(Literal { line, before, text: &source[from..to], after });
        at = end;
    }
    found
}

/// The sources below a folder that are no tests.
fn sources(folder: &Path, all: &mut Vec<(PathBuf, String)>) {
    let mut here: Vec<(PathBuf, String)> = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            sources(&entry, all);
        } else if entry.extension().is_some_and(|kind| kind == "rs") {
            here.push((entry.clone(), fs::read_to_string(&entry).unwrap()));
        }
    }
    all.append(&mut here);
}

/// The modules of a source that exist for tests only: files, or folders without an ending.
fn test_modules(path: &Path, source: &str) -> Vec<PathBuf> {
    let root = ["mod.rs", "lib.rs", "main.rs"].iter().any(|name| path.ends_with(name));
    let folder = if root { path.parent().unwrap().to_owned() } else { path.with_extension("") };
    let modules = source.split("#[cfg(test)]").skip(1).filter_map(|rest| {
        let rest = rest.trim_start();
        let of = rest.split_once(' ').filter(|(visible, _)| visible.starts_with("pub"));
        let rest = of.map_or(rest, |(_, rest)| rest);
        rest.strip_prefix("mod ")?.split_once(';').map(|(name, _)| name.to_owned())
    });
    let modules = modules.filter(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
    modules.flat_map(|name| [folder.join(format!("{name}.rs")), folder.join(name)]).collect()
}

/// What is found fault with in a source: line, word.
fn faults<'w>(source: &str, words: &BTreeSet<&'w str>) -> Vec<(usize, &'w str)> {
    let tests = source.match_indices("#[cfg(test)]").find(|(at, text)| {
        let rest = source[at + text.len()..].trim_start();
        let at = |end: char| rest.find(end).unwrap_or(usize::MAX);
        rest.starts_with("mod ") && at('{') < at(';')
    });
    let source = &source[..tests.map_or(source.len(), |(at, _)| at)];
    literals(source).iter().filter_map(|literal| Some((literal.line, literal.word(words)?))).collect()
}

#[test]
fn no_word_of_the_record_is_a_literal_outside_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let mut all = Vec::new();
    CRATES.iter().for_each(|part| sources(&root.join(part), &mut all));
    assert!(all.len() > 200, "{} sources", all.len());
    let tests: Vec<PathBuf> = all.iter().flat_map(|(path, source)| test_modules(path, source)).collect();
    let (words, _) = words();
    let mut used = BTreeSet::new();
    let mut found = Vec::new();
    for (path, source) in all.iter().filter(|(path, _)| !tests.iter().any(|test| path.starts_with(test))) {
        let name = path.strip_prefix(root).unwrap().to_string_lossy();
        for (line, word) in faults(source, &words) {
            let excepted = EXCEPTIONS.iter().find(|(file, of, _)| name.starts_with(file) && of.contains(&word));
            match excepted {
                Some((file, ..)) => drop(used.insert((*file, word))),
                None => found.push(format!("{name}:{line}: {word:?}")),
            }
        }
    }
    assert!(found.is_empty(), "words of the record as literals; use the enums of `history`:\n{}", found.join("\n"));
    let needed = EXCEPTIONS.iter().flat_map(|(file, of, _)| of.iter().map(move |word| (*file, *word)));
    let idle: Vec<_> = needed.filter(|exception| !used.contains(exception)).collect();
    assert!(idle.is_empty(), "exceptions that nothing needs: {idle:?}");
}

#[test]
fn a_literal_is_found_where_it_stands_as_a_word_and_nowhere_else() {
    let (words, _) = words();
    let found = |source: &str| faults(source, &words).into_iter().map(|(_, word)| word).collect::<Vec<_>>();
    for source in [
        "if rule == \"cut\" {}",
        "match rule { \"cut\" => 1, _ => 2 }",
        "matches!(rule, \"x\" | \"cut\")",
        "json!({\"rule\": \"cut\"})",
        "let rule = \"cut\".to_owned();",
        "node.is(\"cut\")",
        "r#\"{\"t\":1,\"rule\":\"cut\"}\"#",
        "\"{\\\"rule\\\": \\\"cut\\\"}\"",
        "let quote = '\"'; rule != \"cut\"",
        "fn of<'a>(x: &'a str) -> bool { x == \"cut\" }",
    ] {
        assert_eq!(found(source), ["cut"], "{source}");
    }
    for source in [
        "// if rule == \"cut\" {}",
        "count(3, \"cut\")",
        "\"it was cut\" => 1",
        "json!({\"label\": \"cut\"})",
        "#[cfg(test)]\nmod tests {\n    fn x() { rule == \"cut\" }\n}",
    ] {
        assert_eq!(found(source), [""; 0], "{source}");
    }
}

#[test]
fn every_list_of_words_is_looked_for() {
    let mut all = Vec::new();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    sources(&here.join("src"), &mut all);
    sources(&here.join("../../workloads/src"), &mut all);
    // In what the child of a schedule differs is a word of a campaign's ledger, and none of the record.
    all.retain(|(path, _)| !path.ends_with("vary/mod.rs"));
    let lists: usize =
        all.iter().map(|(_, source)| source.lines().filter(|line| line.starts_with("vocabulary! {")).count()).sum();
    assert_eq!(lists, words().1);
}
