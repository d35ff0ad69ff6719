//! Lawful histories, as a recorder may write them that came late, lost lines or knows little. Each of them was called invalid
//! once. None may be.
#![allow(clippy::unwrap_used)] // helpers of tests

use std::path::Path;

use checkers::judge::judge_file;
use history::finding::Reservation;
use history::{HistoryError, Verdict};

#[track_caller]
fn never_invalid(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name);
    match judge_file(&path) {
        Ok(outcome) => assert_ne!(outcome.verdict, Verdict::Invalid, "{}", outcome.sentence),
        Err(HistoryError::NotAHistory(_) | HistoryError::NotAnEvent { .. }) => {}
        Err(error) => panic!("{error}"),
    }
}

#[track_caller]
fn refused(name: &str, why: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name);
    let error = judge_file(&path).unwrap_err().to_string();
    assert!(error.contains(why), "{error}");
}

#[test]
fn a_first_start_line_does_not_mean_that_the_node_was_down_before() {
    never_invalid("late-record-incarnation-told.jsonl");
    never_invalid("late-record-no-incarnation.jsonl");
}

#[test]
fn a_node_that_writes_after_its_death_or_in_its_pause_ran() {
    never_invalid("undead-start-line-missing.jsonl");
    never_invalid("undead-lift-line-missing.jsonl");
}

#[test]
fn nodes_that_only_poll_shows_are_not_watched_though_the_header_declares_a_complete_observer() {
    never_invalid("mixed-only-n1-prints-others-exit.jsonl");
}

#[test]
fn a_leader_of_whom_there_is_no_record_may_lead_and_is_shown_by_its_name() {
    never_invalid("unknown-leader-name-all-agree.jsonl");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/unknown-leader-name-all-agree.jsonl");
    let outcome = judge_file(&path).unwrap();
    let open = outcome.reservations.iter().find_map(|reservation| match reservation {
        Reservation::UnknownNames(open) => Some((open.count, open.what.as_str(), open.name.as_str(), open.line)),
        _ => None,
    });
    assert_eq!(open, Some((3, "leader", "10.0.0.1:2380", 5)));
    assert!(outcome.sentence.contains("such as the leader \"10.0.0.1:2380\" in line 5"), "{}", outcome.sentence);
}

#[test]
fn a_record_may_begin_in_the_middle_of_a_cut() {
    never_invalid("lift-without-inject-cut.jsonl");
}

#[test]
fn a_header_that_says_nothing_certain_of_who_votes_is_refused() {
    refused("voters-empty-list.jsonl", "its list of \"voters\" is empty");
    refused("voters-twice-named.jsonl", "its list of \"voters\" names n1 twice");
}
