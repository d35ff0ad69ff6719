//! What two sides promise, show and print differently, from the folders of their runs.
//!
//! Nothing here is judged: a line that only one version prints is no fault of it, and where rules of a system file look for a line
//! that the other no longer prints, an operator should know before a comparison is believed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use history::header::Observer;
use history::{Header, numbers};

/// Runs of a side whose lines are looked at.
const RUNS: usize = 3;
/// The most lines that are quoted of a side.
const LINES: usize = 6;
/// As much of a node's output is read, bytes.
const MOST: u64 = 4 << 20;
/// As much of a line is looked at, characters.
const WIDTH: usize = 160;

/// Words of elections: of lines without one nothing is said.
const WORDS: [&str; 9] = ["leader", "term", "vote", "candidate", "follower", "elect", "raft", "quorum", "campaign"];

/// What the headers of two runs promise and show differently: sentences.
pub fn of_headers(a: &Header, b: &Header) -> Vec<String> {
    let mut notes = Vec::new();
    let claims = |header: &Header| serde_json::to_value(&header.claims).unwrap_or_default();
    let (claims_a, claims_b) = (claims(a), claims(b));
    let keys = |claims: &serde_json::Value| -> BTreeSet<String> {
        claims.as_object().map(|claims| claims.keys().cloned().collect()).unwrap_or_default()
    };
    let word = |value: Option<&serde_json::Value>| value.map_or("not said".to_owned(), ToString::to_string);
    for key in keys(&claims_a).union(&keys(&claims_b)) {
        let (in_a, in_b) = (claims_a.get(key), claims_b.get(key));
        if in_a != in_b {
            notes.push(format!("promised: `{key}` is {} with A and {} with B", word(in_a), word(in_b)));
        }
    }
    if a.bound != b.bound {
        let time = |bound: Option<u64>| bound.map_or("no time that is known".to_owned(), numbers::duration);
        notes.push(format!("promised: a leader within {} with A and within {} with B", time(a.bound), time(b.bound)));
    }
    let observers = |header: &Header| -> BTreeMap<String, Observer> {
        header.observers.iter().map(|observer| (observer.name.clone(), observer.clone())).collect()
    };
    let (seen_a, seen_b) = (observers(a), observers(b));
    for name in seen_a.keys().chain(seen_b.keys()).collect::<BTreeSet<_>>() {
        match (seen_a.get(name), seen_b.get(name)) {
            (Some(a), Some(b)) if a.durable != b.durable => {
                let side = if b.durable { "B" } else { "A" };
                notes.push(format!("promised: what `{name}` shows was made durable first only with {side}"));
            }
            (Some(only), None) => notes.push(format!("shown: `{name}` ({}) only with A", only.fields.join(", "))),
            (None, Some(only)) => notes.push(format!("shown: `{name}` ({}) only with B", only.fields.join(", "))),
            _ => {}
        }
    }
    notes
}

/// What the nodes of one side print in every run that is looked at, and those of the other in none: sentences.
pub fn of_lines(a: &[PathBuf], b: &[PathBuf]) -> Vec<String> {
    let (runs_a, runs_b) = (shapes(a), shapes(b));
    let mut notes = Vec::new();
    for (side, own, other) in [("A", &runs_a, &runs_b), ("B", &runs_b, &runs_a)] {
        let Some((first, rest)) = own.split_first().filter(|_| own.len() > 1 && other.len() > 1) else { continue };
        let only = first.iter().filter(|(shape, _)| {
            rest.iter().all(|run| run.contains_key(*shape)) && !other.iter().any(|run| run.contains_key(*shape))
        });
        notes.extend(only.take(LINES).map(|(_, example)| format!("printed only with {side}: {example}")));
    }
    notes
}

/// The lines with a word of elections that the nodes of each run printed: their shapes, each with an example.
fn shapes(runs: &[PathBuf]) -> Vec<BTreeMap<String, String>> {
    runs.iter().take(RUNS).map(|run| of_run(run)).collect()
}

fn of_run(run: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for node in std::fs::read_dir(run.join("nodes")).into_iter().flatten().flatten() {
        for log in ["stdout.log", "stderr.log"] {
            let Ok(text) = beginning(&node.path().join(log)) else { continue };
            for line in String::from_utf8_lossy(&text).lines() {
                let message = message(line);
                let lower = message.to_lowercase();
                if WORDS.iter().any(|word| lower.contains(word)) {
                    found.entry(shape(&message)).or_insert(message);
                }
            }
        }
    }
    found
}

fn beginning(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::Read;
    let mut text = Vec::new();
    std::fs::File::open(path)?.take(MOST).read_to_end(&mut text)?;
    Ok(text)
}

/// What a line says: of a line of JSON its message.
fn message(line: &str) -> String {
    let json: Option<serde_json::Value> = line.starts_with('{').then(|| serde_json::from_str(line).ok()).flatten();
    let message =
        json.and_then(|json| ["msg", "message"].iter().find_map(|key| Some(json.get(key)?.as_str()?.to_owned())));
    let message = message.unwrap_or_else(|| line.to_owned());
    // What it begins with is mostly a number of a process, a time and a level.
    let head = |word: &&str| word.starts_with('[') || word.chars().any(|c| c.is_ascii_digit());
    let words = message.split_whitespace().skip_while(head).collect::<Vec<_>>().join(" ");
    words.chars().take(WIDTH).collect()
}

/// A line without what changes from one to the next: words with a digit in them, and what stands in quotes or braces.
fn shape(message: &str) -> String {
    let changes = |word: &str| word.chars().any(|c| c.is_ascii_digit()) || word.contains(['"', '{', '}', '=']);
    let words = message.split_whitespace().map(|word| if changes(word) { "#" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(root: &Path, name: &str, lines: &str) -> PathBuf {
        let node = root.join(name).join("nodes/n1");
        std::fs::create_dir_all(&node).unwrap();
        std::fs::write(node.join("stderr.log"), lines).unwrap();
        root.join(name)
    }

    #[test]
    fn a_line_that_only_one_side_prints_is_told_once_and_numbers_make_no_difference() {
        let root = tempfile::tempdir().unwrap();
        let old = ["a1", "a2"]
            .map(|name| run(root.path(), name, "[7] became leader at term 3\nhello\n{\"msg\":\"lost leader 9\"}\n"));
        let new = ["b1", "b2"]
            .map(|name| run(root.path(), name, "[91] became leader at term 14\nbye\n{\"msg\":\"pre-vote started\"}\n"));
        let notes = of_lines(&old, &new);
        assert_eq!(notes, ["printed only with A: lost leader 9", "printed only with B: pre-vote started"]);
        assert!(of_lines(&old[..1], &new[..1]).is_empty(), "one run proves no habit");
    }

    #[test]
    fn what_is_promised_and_shown_differently_is_told() {
        let observer = |name: &str, durable| Observer { name: name.into(), durable, ..Observer::default() };
        let old = Header { bound: Some(5_000_000_000), observers: vec![observer("log", false)], ..Header::default() };
        let new = Header {
            bound: Some(9_000_000_000),
            observers: vec![observer("log", true), observer("raftz", false)],
            ..Header::default()
        };
        let notes = of_headers(&old, &new).join("\n");
        assert!(notes.contains("within 5") && notes.contains("within 9"), "{notes}");
        assert!(notes.contains("`log` shows was made durable first only with B"), "{notes}");
        assert!(notes.contains("`raftz` () only with B"), "{notes}");
        assert!(of_headers(&old, &old).is_empty());
    }
}
