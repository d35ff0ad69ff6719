//! Findings explain themselves: `interregnum explain`, docs/findings.md, and what a broken run says.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::place::Place;

#[test]
fn the_documentation_is_what_the_command_prints() {
    let place = Place::new();
    let done = place.run_bare(&["explain"]);
    assert_eq!(done.code, 0, "{done:?}");
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/findings.md")).unwrap();
    let (_, explained) = page.split_once("\n## ").unwrap();
    assert_eq!(
        format!("## {explained}"),
        done.stdout,
        "a section of docs/findings.md is a code, its title, and three lines"
    );
}

#[test]
fn one_code_is_explained_for_people_and_for_machines() {
    let place = Place::new();
    let done = place.run_bare(&["explain", "term-fell"]);
    assert!(done.code == 0 && done.stdout.starts_with("## term-fell\n\nA node's term went down.\n"), "{done:?}");
    let done = place.run_bare(&["explain", "term-fell", "--format", "json"]);
    let said: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(said[0]["code"], "term-fell");
    assert!(said[0]["look"].as_str().unwrap().len() > 40);
}

#[test]
fn a_code_that_is_none_is_refused_and_the_nearest_is_named() {
    let done = Place::new().run_bare(&["explain", "term-fel"]);
    assert_eq!(done.code, 64, "{done:?}");
    assert!(done.stderr.contains("term-fell") && done.stderr.lines().count() == 1, "{done:?}");
}

#[test]
fn who_judges_a_broken_run_is_told_where_its_finding_is_explained() {
    let place = Place::new();
    let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/stored/invalid-vote-not-persisted");
    let done = place.run_bare(&["check", stored.to_str().unwrap()]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.stdout.contains("interregnum explain term-fell"), "{done:?}");
}
