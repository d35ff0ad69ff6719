//! A run that ends when what was looked for was found.

use std::fs;

use history::EndReason;

use crate::place::{LEADER, Place};

/// Both nodes say that they lead term 1.
#[test]
fn a_run_until_invalid_ends_when_two_nodes_lead_one_term() {
    let place = Place::new();
    let system = place.system(&format!("{LEADER}; exec sleep 1000"));
    let done = place.run(&["test", "calm", "--time", "60s", "--nodes", "2", "--system", &system, "--until", "invalid"]);
    assert_eq!(done.code, 1, "{done:?}");
    assert_eq!(place.history().end(), Some(EndReason::Broken));
    let run = fs::read_to_string(place.latest().join("run.json")).unwrap();
    assert!(run.contains(r#""until": "invalid""#), "{run}");
}

#[test]
fn a_run_until_invalid_that_shows_nothing_goes_through_all_its_phases() {
    let place = Place::new();
    let system = place.system(&format!("{LEADER}; exec sleep 1000"));
    let done = place.run(&["test", "calm", "--time", "1s", "--system", &system, "--until", "invalid"]);
    done.valid();
    assert_eq!(place.history().end(), Some(EndReason::Complete));
}

#[test]
fn a_word_that_is_no_checker_is_a_mistake_of_usage() {
    let place = Place::new();
    let done = place.run_bare(&["test", "calm", "--until", "vote-onse"]);
    assert_eq!(done.code, 64, "{done:?}");
    assert!(done.stderr.contains("vote-onse") && done.stderr.contains("list checkers"), "{done:?}");
}

/// A leader that says so again and again, each time in a new term.
const TALKATIVE: &str =
    r#"i=1; while :; do printf '{"role":"leader","term":%d,"vote":"n1","leader":"n1"}\n' $i; i=$((i+1)); done"#;

#[test]
fn a_history_that_is_full_ends_the_run_with_unknown_and_its_reason() {
    let place = Place::new();
    let system = place.system(TALKATIVE);
    let args = ["test", "calm", "--time", "1000s", "--system", &system, "--max-history"];
    let done = place.run(&[&args[..], &["200kB"]].concat());
    let run = fs::read_to_string(place.latest().join("run.json")).unwrap();
    assert!(run.contains(r#""max_history": 200000"#), "{run}");
    let length = fs::metadata(place.latest().join("history.jsonl")).unwrap().len();
    assert!((190_000..=200_000).contains(&length), "{length}");
    assert_eq!(place.history().end(), Some(EndReason::Full));
    // A leader whose term rises while it leads breaks a promise; that it was found is certain all the same.
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.stdout.contains("--max-history"), "{done:?}");

    let quiet = place.system(&format!("{LEADER}; exec sleep 1000"));
    let done = place.run(&["test", "calm", "--time", "1000s", "--system", &quiet, "--max-history", "3kB"]);
    assert_eq!(done.code, 2, "{done:?}");
    assert!(done.stdout.contains("history full") && done.stdout.contains("--max-history"), "{done:?}");
    place.assert_empty();
}
