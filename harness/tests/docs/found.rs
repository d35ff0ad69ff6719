//! `docs/found.md` says what was measured.

use checkers::stats::{none_found, wilson};
use serde_json::Value;

use super::libraries::{json, list, word};
use super::*;

fn number(value: &Value, key: &str) -> u64 {
    value[key].as_u64().unwrap_or_else(|| panic!("{key} is no number in {value}"))
}

/// `7 of 10 (40 % to 89 %)`.
fn rate(seen: &Value) -> String {
    let (hits, runs) = (number(seen, "hits"), number(seen, "runs"));
    let (low, high) = wilson(hits, runs, 1.96);
    format!("{hits} of {runs} ({:.0} % to {:.0} %)", low * 100.0, high * 100.0)
}

fn time(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 120.0 => format!("{seconds:.0} s"),
        seconds if seconds < 7200.0 => format!("{:.0} min", seconds / 60.0),
        seconds => format!("{:.0} h", seconds / 3600.0),
    }
}

/// One cluster after the other: a run's length over the rate.
fn until_found(seen: &Value) -> String {
    let (hits, runs) = (number(seen, "hits"), number(seen, "runs"));
    let (low, high) = wilson(hits, runs, 1.96);
    let run = seen["seconds"].as_f64().unwrap();
    let [middle, first, last] = [hits as f64 / runs as f64, high, low].map(|rate| time(run / rate));
    format!("{middle} ({first} to {last})")
}

fn program(row: &Value) -> String {
    format!("{} {}", word(row, "program"), word(row, "version"))
}

/// The row of something that was found.
fn found(row: &Value) -> String {
    let newest = match row.get("newest") {
        Some(newest) => format!("{}: {}", word(newest, "version"), rate(&newest["measured"])),
        None => word(row, "no_newest").to_owned(),
    };
    let anchor = anchor(&program(row));
    let (says, seen, state) = (word(row, "says"), &row["measured"], word(&row["upstream"], "state"));
    let (rate, time) = (rate(seen), until_found(seen));
    format!("| [{}](#{anchor}) | {says} | {rate} | {time} | {newest} | {state} |", program(row))
}

/// The row of something in which nothing was found.
fn not_found(row: &Value) -> String {
    let seen = &row["measured"];
    let (runs, elections) = (number(seen, "runs"), number(seen, "elections"));
    assert_eq!(number(seen, "hits"), 0, "{row}");
    let most = format!("{:.1} %", none_found(elections, 0.95) * 100.0);
    let (name, what) = (program(row), word(row, "says"));
    format!("| {name} | {what} | {runs} ({} unknown) | {elections} | {most} |", number(seen, "unknown"))
}

/// What is typed, with the places where `make found` puts what it fetches.
fn command(row: &Value) -> String {
    if let Some(script) = row.get("script") {
        return script.as_str().unwrap().to_owned();
    }
    let (kind, package) = word(row, "fetch").split_once(':').unwrap();
    let (name, version) = package.rsplit_once('@').unwrap();
    let place = format!("target/libraries/{kind}-{}-{version}", name.replace('/', "-"));
    let words = list(row, "test").iter().map(|word| word.as_str().unwrap().replace("{place}", &place));
    let named = |word: String| {
        ["python3.9", "python3.10"].iter().fold(word, |word, one| word.replace(&format!("{{{one}}}"), one))
    };
    let words: Vec<String> = words.map(|word| named(word.replace("{here}", "docs/libraries"))).collect();
    format!("interregnum test {} --seeds 1..{}", words.join(" "), number(&row["measured"], "runs"))
}

#[test]
fn the_page_of_what_was_found_says_what_was_measured() {
    let (page, data) = (text("docs/found.md"), json("docs/found.json"));
    let mut wanted: Vec<String> = list(&data, "found").iter().map(found).collect();
    wanted.extend(list(&data, "not_found").iter().map(not_found));
    let rows: Vec<&str> =
        page.lines().filter(|line| line.starts_with("| ") && line.contains(|c: char| c.is_ascii_digit())).collect();
    assert_eq!(rows, wanted, "docs/found.md must have these rows:\n{}\n", wanted.join("\n"));

    for row in ["found", "not_found", "by_design"].into_iter().flat_map(|kind| list(&data, kind)) {
        let command = format!("    {}", command(row));
        assert!(page.lines().any(|line| line == command), "docs/found.md must show\n{command}");
        if let Some(link) = row["upstream"]["link"].as_str() {
            assert!(page.contains(&format!("({link})")), "docs/found.md must link {link}");
        }
        if let Some(script) = row.get("script") {
            assert!(repository().join(script.as_str().unwrap()).exists(), "{script} is not there");
        }
    }
    // What is by design has no row in a table: its rate stands in its text, perhaps over two lines.
    let words: Vec<&str> = page.split_whitespace().collect();
    for row in list(&data, "by_design") {
        let rate = rate(&row["measured"]);
        assert!(words.join(" ").contains(&rate), "docs/found.md must say {rate} of {}", program(row));
    }
    for row in list(&data, "found") {
        assert!(number(&row["measured"], "hits") > 0, "{row} was not found");
        assert!(headings("docs/found.md").contains(&program(row)), "docs/found.md must explain {}", program(row));
    }
}

fn headings(page: &str) -> Vec<String> {
    text(page).lines().filter_map(|line| line.strip_prefix("### ")).map(str::to_owned).collect()
}

#[test]
fn a_rate_and_a_time_are_told_as_people_read_them() {
    let seen = serde_json::json!({"hits": 5, "runs": 10, "seconds": 30.0});
    assert_eq!(rate(&seen), "5 of 10 (24 % to 76 %)");
    assert_eq!(until_found(&seen), "60 s (39 s to 2 min)");
    assert_eq!(time(86_400.0), "24 h");
}

/// What `found.py` counts when a row's script ends with these, one after the other.
fn counted(codes: &str) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script.sh");
    let text = format!(
        "#!/bin/sh\ncd {}\nset -- {codes}\necho >>runs\nshift $(($(wc -l <runs) - 1))\nexit $1\n",
        folder.path().display()
    );
    std::fs::write(&script, text).unwrap();
    let call = "import sys, runpy, json; sys.argv = ['found.py']; found = runpy.run_path('docs/found.py')
print(json.dumps(found['script']({'script': sys.stdin.read()}, 3)))";
    let shell = format!("chmod +x '{0}'; printf %s '{0}' | python3 -c \"$1\"", script.display());
    let done = Command::new("sh").args(["-c", &shell, "sh", call]).current_dir(repository()).output().unwrap();
    serde_json::from_slice(&done.stdout).unwrap_or(Value::Null)
}

#[test]
fn a_row_that_is_a_script_is_counted_by_its_status() {
    let seen = counted("0 1 75");
    assert_eq!([number(&seen, "runs"), number(&seen, "hits"), number(&seen, "unknown")], [3, 1, 1], "{seen}");
    assert_eq!(number(&counted("0 0 0"), "hits"), 3);
    assert_eq!(counted("75 75 75"), Value::Null, "what cannot be tried is no measurement");
}
