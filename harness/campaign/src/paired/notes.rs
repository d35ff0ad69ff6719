//! What two sides promise, show and print differently, from the folders of their runs.
//!
//! Nothing here is judged: a line that only one version prints is no fault of it. But rules of a system file may look for a line
//! that the other version no longer prints. An operator should know that before a comparison is believed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use history::header::Observer;
use history::{Header, numbers};

/// So many runs of a side are needed before anything is said of its lines. If each run printed a line by the toss of a coin, it would
/// be in all of five and in none of five others once in a thousand times.
const LEAST: usize = 5;
/// Runs of a side whose lines are looked at.
const RUNS: usize = 10;
/// The most lines that are quoted of a side.
const LINES: usize = 6;
/// As much of a node's output is read, bytes.
const MOST: u64 = 8 << 20;
/// As much of a line is looked at, characters.
const WIDTH: usize = 160;
/// The longest word of a language, bytes.
const LONGEST: usize = 18;
/// What stands for what belongs to one run.
const GAP: &str = "…";

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

/// What the nodes of one side print in every run that is looked at, and those of the other in none: sentences. Below [`LEAST`] runs a
/// side, nothing: in few runs one side prints by chance what the other does not.
pub fn of_lines(a: &[PathBuf], b: &[PathBuf]) -> Vec<String> {
    if a.len().min(b.len()) < LEAST {
        return Vec::new();
    }
    let (runs_a, runs_b) = (printed(a), printed(b));
    let mut notes = Vec::new();
    for (side, own, other) in [("A", &runs_a, &runs_b), ("B", &runs_b, &runs_a)] {
        // What of a run was not read may hold the line.
        let Some((first, rest)) = own.split_first().filter(|_| other.iter().all(|run| run.whole)) else { continue };
        let only = first.shapes.iter().filter(|shape| {
            rest.iter().all(|run| run.shapes.contains(*shape)) && !other.iter().any(|run| run.shapes.contains(*shape))
        });
        notes.extend(only.take(LINES).map(|shape| format!("printed only with {side}: {shape}")));
    }
    notes
}

/// What the nodes of a run printed.
struct Printed {
    /// The shapes of the lines with a word of elections.
    shapes: BTreeSet<String>,
    /// All of it was read.
    whole: bool,
}

fn printed(runs: &[PathBuf]) -> Vec<Printed> {
    runs.iter().take(RUNS).map(|run| of_run(run)).collect()
}

fn of_run(run: &Path) -> Printed {
    let mut found = Printed { shapes: BTreeSet::new(), whole: true };
    for node in std::fs::read_dir(run.join("nodes")).into_iter().flatten().flatten() {
        for log in ["stdout.log", "stderr.log"] {
            let Ok(text) = beginning(&node.path().join(log)) else { continue };
            found.whole &= (text.len() as u64) < MOST;
            for line in String::from_utf8_lossy(&text).lines() {
                let shape = shape(&message(line));
                let lower = shape.to_lowercase();
                if WORDS.iter().any(|word| lower.contains(word)) {
                    found.shapes.insert(shape);
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

/// What a line says: of a line of JSON, or of `key=value`, its message.
fn message(line: &str) -> String {
    let json: Option<serde_json::Value> = line.starts_with('{').then(|| serde_json::from_str(line).ok()).flatten();
    let message =
        json.and_then(|json| ["msg", "message"].iter().find_map(|key| Some(json.get(key)?.as_str()?.to_owned())));
    let quoted = |key: &str| Some(line.split_once(key)?.1.split('"').next()?.to_owned());
    message.or_else(|| quoted("msg=\"")).or_else(|| quoted("message=\"")).unwrap_or_else(|| line.to_owned())
}

/// A line without what belongs to one run: `leader … at term …`. What is no plain word goes (numbers, ids, addresses, paths), and so does
/// what stands in brackets or quotes: groups and names.
fn shape(message: &str) -> String {
    let mut shape = String::new();
    let mut inside: Option<char> = None;
    for word in message.split_whitespace() {
        let begun = inside.or_else(|| word.chars().next().and_then(closing));
        inside = begun.filter(|close| !word[1.min(word.len())..].contains(*close));
        if shape.chars().count() + word.chars().count() > WIDTH {
            break;
        }
        match begun.is_none() && is_plain(word) {
            true => shape.extend([" ", word]),
            false if shape.ends_with(GAP) => {}
            false => shape.extend([" ", GAP]),
        }
    }
    shape.trim_matches([' ', '…']).to_owned()
}

/// What ends what a word begins.
fn closing(first: char) -> Option<char> {
    match first {
        '[' => Some(']'),
        '{' => Some('}'),
        '(' => Some(')'),
        '"' | '\'' | '`' => Some(first),
        _ => None,
    }
}

/// Whether a word is one of a language: letters, small but for the first or all of them large, perhaps joined by hyphens.
fn is_plain(word: &str) -> bool {
    let word = word.trim_end_matches(['.', ',', ':', ';', '!', '?']);
    let part = |part: &str| {
        let small = part.chars().skip(1).all(|c| c.is_lowercase() || c == '\'');
        let large = part.chars().all(char::is_uppercase);
        part.starts_with(char::is_alphabetic) && part.len() <= LONGEST && (small || large)
    };
    word.split('-').all(part)
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

    /// Five runs that print lines: `{run}` becomes what another run has otherwise.
    fn five(root: &Path, side: &str, lines: &str) -> Vec<PathBuf> {
        let ids = ["yrzKKRBu", "S1Nunr6R", "bkCGheKT", "cnrtt3eg", "aQWxyzTq"];
        (0..5).map(|n| run(root, &format!("{side}{n}"), &lines.replace("{run}", ids[n]))).collect()
    }

    #[test]
    fn a_line_that_only_one_side_prints_is_told_once_and_numbers_make_no_difference() {
        let root = tempfile::tempdir().unwrap();
        let old = five(root.path(), "a", "[7] became leader at term 3\nhello\n{\"msg\":\"lost leader 9 of {run}\"}\n");
        let new = five(root.path(), "b", "[91] became leader at term 14\nbye\n{\"msg\":\"pre-vote started\"}\n");
        let notes = of_lines(&old, &new);
        assert_eq!(notes, ["printed only with A: lost leader … of", "printed only with B: pre-vote started"]);
        assert!(of_lines(&old[..4], &new).is_empty() && of_lines(&old, &new[..4]).is_empty(), "four runs are no habit");
    }

    #[test]
    fn what_belongs_to_one_run_is_no_difference() {
        let root = tempfile::tempdir().unwrap();
        let sides = [
            "[4711] [INF] RAFT [{run} - S-R3F-abc] elected leader of _meta_\n\
             time=\"12:00\" level=info msg=\"raft leader 8e9e05c52164694d at 127.0.0.1:2380\"\n\
             {\"level\":\"info\",\"msg\":\"became follower at 'old group' in /tmp/a/data\"}\n\
             election-timeout=150ms: leader {run}\n",
            "[12] [INF] RAFT [{run} - S-R3F-xyz, two words] elected leader of $SYS\n\
             time=\"13:01\" level=info msg=\"raft leader fe01 at [::1]:40213\"\n\
             {\"level\":\"info\",\"msg\":\"became follower at 'another name' in /var/lib/b\"}\n\
             election-timeout=300ms: leader {run}\n",
        ];
        let [a, b] = [0, 1].map(|side| five(root.path(), ["a", "b"][side], sides[side]));
        assert_eq!(of_lines(&a, &b), [""; 0]);
        let [a, b] = [("c", "vote for {run}\n"), ("d", "[{run}] vote for {run} [term 7, index 3]\n")]
            .map(|(side, lines)| five(root.path(), side, lines));
        assert_eq!(of_lines(&a, &b), [""; 0], "one more number at an end is no other message");
    }

    #[test]
    fn a_line_that_is_missing_once_or_may_stand_in_what_was_not_read_is_not_told() {
        let root = tempfile::tempdir().unwrap();
        let [a, b] = ["a", "b"].map(|side| five(root.path(), side, "became leader\n"));
        let only = |runs: &[PathBuf]| {
            runs.iter().for_each(|path| {
                drop(run(root.path(), &path.file_name().unwrap().to_string_lossy(), "a vote is lost\n"))
            });
        };
        only(&b[1..]);
        assert_eq!(of_lines(&a, &b), [""; 0], "not in the first run of B");
        only(&b[..1]);
        assert_eq!(of_lines(&a, &b), ["printed only with A: became leader", "printed only with B: a vote is lost"]);
        let long = "x".repeat(usize::try_from(MOST).unwrap());
        std::fs::write(a[0].join("nodes/n1/stdout.log"), long).unwrap();
        assert_eq!(of_lines(&a, &b), ["printed only with A: became leader"]);
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
