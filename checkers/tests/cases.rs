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
        Reservation::UnknownNames(open) => Some((open.count, open.what.text(), open.name.as_str(), open.line)),
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

/// What is said of names in a record of these lines of n1.
fn names_open(lines: &[&str]) -> Option<(u64, String, u64)> {
    let mut text = r#"{"schema":1,"run":"x","system":"x","nodes":["n1","n2","n3"],"observers":[{"name":"log","evidence":"atomic"}]}"#.to_owned();
    for (at, line) in lines.iter().enumerate() {
        text += &format!("\n{{\"t\":{at},\"type\":\"observe\",\"node\":\"n1\",\"observer\":\"log\",{line}}}");
    }
    let outcome = checkers::judge::judge(history::Reader::new(text.as_bytes()).unwrap()).unwrap();
    outcome.reservations.iter().find_map(|reservation| match reservation {
        Reservation::UnknownNames(open) => Some((open.count, open.name.clone(), open.line)),
        _ => None,
    })
}

#[test]
fn an_id_that_nobody_has_learnt_is_told_with_the_verdict_and_one_that_the_next_line_names_is_not() {
    let vote = r#""role":"follower","term":3,"vote-id":"c0ffee""#;
    assert_eq!(names_open(&[vote]), Some((1, "c0ffee".to_owned(), 2)));
    assert_eq!(names_open(&[vote, r#""role":"follower","term":3,"vote":"n2""#]), None);
    let next = r#""role":"follower","term":4,"vote":"n2""#;
    assert_eq!(names_open(&[vote, vote, next]), Some((2, "c0ffee".to_owned(), 2)), "another term tells nothing");
    let leader = r#""role":"follower","term":3,"leader-id":"beef""#;
    assert_eq!(names_open(&[next, leader]), Some((1, "beef".to_owned(), 3)));
}
