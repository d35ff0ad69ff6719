//! Campaigns of a version that grouped failures by masked sentences: they go on, merge and compare.
//!
//! The folders under `before/` were made by that version: two shards of a campaign, and one that was interrupted, whose
//! valid runs were written again under other numbers so that a single one is left to do.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::place::Place;

/// How that version named what was found.
const OLD: &str = "NODE was both elected leader of term #";
const MARK: &str = "(grouped by an earlier version)";

fn stored(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/soak/before").join(name)
}

/// A copy of a stored folder.
fn copy(place: &Place, name: &str, to: &str) -> PathBuf {
    let folder = place.path().join(to);
    fs::create_dir_all(&folder).unwrap();
    for entry in fs::read_dir(stored(name)).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
    }
    folder
}

fn verdict(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("verdict.json")).unwrap()).unwrap()
}

/// The signatures of what was found by a checker.
fn signatures<'a>(verdict: &'a Value, checker: &str) -> Vec<&'a Value> {
    let found = verdict["failures"].as_array().unwrap().iter().map(|found| &found["signature"]);
    found.filter(|signature| signature["checker"] == checker).collect()
}

#[test]
fn shards_of_before_merge_and_their_groups_keep_their_names_and_are_marked() {
    let place = Place::new();
    copy(&place, "shard-1", "a");
    copy(&place, "shard-2", "b");
    let done = place.run_bare(&["merge", "a", "b", "--out", "merged"]);
    assert_eq!(done.code, 1, "{done:?}");
    let folder = place.path().join("merged");
    let verdict = verdict(&folder);
    let found = signatures(&verdict, "election-safety");
    assert_eq!((found.len(), &found[0]["text"], found[0].get("code")), (1, &Value::from(OLD), None), "{found:?}");
    let page = fs::read_to_string(folder.join("report.html")).unwrap();
    assert!(page.contains(&format!("{OLD} {MARK}")), "the page marks it");
}

#[test]
fn folders_of_before_are_compared() {
    let place = Place::new();
    copy(&place, "shard-1", "a");
    copy(&place, "shard-2", "b");
    let done = place.run(&["compare", "a", "b", "--format", "json"]);
    let comparison: Value = serde_json::from_str(&done.stdout).unwrap_or_else(|_| panic!("{done:?}"));
    let lines = comparison["rates"]["findings"].as_array().unwrap();
    let line = lines.iter().find(|line| line["checker"] == "election-safety").unwrap();
    assert_eq!((&line["text"], line.get("code")), (&Value::from(format!("{OLD} {MARK}")), None));
}

#[test]
fn a_campaign_of_before_goes_on_where_it_was() {
    let place = Place::new();
    let folder = copy(&place, "unfinished", "out/2026-11-29T16-42-54Z-soak");
    let before = crate::ledger(&folder);
    // A campaign of another program is another campaign: this one's is today's node.
    let node = std::path::Path::new(env!("CARGO_BIN_EXE_interregnum")).with_file_name("interregnum-node");
    let sum = format!("{:08x}", crc32fast::hash(&fs::read(&node).unwrap()));
    let mut state: Value = serde_json::from_slice(&fs::read(folder.join("state.json")).unwrap()).unwrap();
    state["programs"] = serde_json::json!({ node.display().to_string(): sum });
    fs::write(folder.join("state.json"), state.to_string()).unwrap();
    let done = place.run(&[
        "soak",
        "leader-crash",
        "--runs",
        "12",
        "--time",
        "2s",
        "--set",
        "defect=double-vote",
        "--nodes",
        "3",
        "--network",
        "proxy",
        "--jobs",
        "1",
        "--keep",
        "none",
    ]);
    assert!(done.stderr.contains("continuing "), "{done:?}");
    let after = crate::ledger(&folder);
    assert_eq!((after.len(), &after[..before.len()]), (12, &before[..]), "one run more, and the others as they were");
    let verdict = verdict(&folder);
    let found = signatures(&verdict, "election-safety");
    assert!(found.iter().any(|signature| signature["text"] == OLD && signature.get("code").is_none()), "{found:?}");
    let new = found.iter().filter(|signature| signature["text"] != OLD);
    assert!(new.clone().all(|signature| signature["code"] == "two-leaders-in-one-term"), "{found:?}");
}
