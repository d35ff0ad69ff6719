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
fn lives_that_no_start_divides_are_not_one() {
    for name in [
        "first-start-untold",
        "faults-unknown",
        "vote-null-after-start",
        "kill-told-by-fault-alone",
        "vote-null-fault-lines",
        "exit-alone",
    ] {
        never_invalid(&format!("lives-{name}.jsonl"));
    }
}

#[test]
fn a_fault_that_names_nobody_hit_nobody_knows_whom() {
    never_invalid("fault-names-nobody-kill.jsonl");
    never_invalid("fault-names-nobody-pause.jsonl");
}

#[test]
fn no_final_leader_is_owed_where_nodes_or_links_may_be_away() {
    for name in ["majority-dead", "all-cut", "one-cut", "stop-continue", "cut-by-link-lines", "lift-missing"] {
        never_invalid(&format!("final-{name}.jsonl"));
    }
}

#[test]
fn a_final_phase_that_was_long_enough_is_not_called_too_short() {
    for name in ["majority-dead", "all-cut", "stop-continue"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/cases/final-{name}.jsonl"));
        let judged = checkers::judge::judge_file(&path).unwrap();
        let of_it = judged.checkers.iter().find(|judgement| judgement.checker == "final-leader").unwrap();
        assert_eq!(of_it.statement.code(), Some("final-phase-unsettled"), "{name}: {}", of_it.sentence);
    }
}

#[test]
fn a_late_record_does_not_have_all_that_came_before_its_first_leader() {
    never_invalid("budget-late-record.jsonl");
}

#[test]
fn a_wipe_that_is_half_told_is_one() {
    never_invalid("wipe-injection-missing.jsonl");
    never_invalid("wipe-names-a-stranger.jsonl");
}

/// The record of a wipe, with each line changed, or left out.
fn wiped(change: impl Fn(&str) -> Option<String>) -> Verdict {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/wipe-told.jsonl");
    let text: String =
        std::fs::read_to_string(path).unwrap().lines().filter_map(change).map(|line| line + "\n").collect();
    checkers::judge::judge(history::Reader::new(text.as_bytes()).unwrap()).unwrap().verdict
}

#[test]
fn a_fault_of_which_the_kind_is_not_told_may_have_been_a_wipe() {
    let keep = |line: &str| Some(line.to_owned());
    assert_eq!(wiped(keep), Verdict::Unknown);
    assert_eq!(wiped(|line| keep(&line.replace(r#""fault": {"kind": "wipe"}"#, r#""fault": {}"#))), Verdict::Unknown);
    assert_eq!(wiped(|line| keep(line).filter(|line| !line.contains(r#""type": "fault""#))), Verdict::Unknown);
    // A fault that is told and takes no disk away excuses nothing.
    assert_eq!(wiped(|line| keep(&line.replace("wipe", "kill"))), Verdict::Invalid);
    assert_eq!(wiped(|line| keep(&line.replace("wipe", "gremlins"))), Verdict::Invalid);
}

#[test]
fn a_process_that_forked_away_is_not_dead_and_not_silent() {
    never_invalid("forked-away.jsonl");
}

/// The record of a member that is removed, and then ends, with a part of it replaced.
fn removed(from: &str, to: &str) -> Verdict {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/removed-member-ends.jsonl");
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{from}");
    let text = text.replace(from, to);
    checkers::judge::judge(history::Reader::new(text.as_bytes()).unwrap()).unwrap().verdict
}

#[test]
fn a_member_that_was_removed_may_end_in_good_order_and_not_otherwise() {
    never_invalid("removed-member-ends.jsonl");
    assert_eq!(removed(r#""status": 0"#, r#""status": 3"#), Verdict::Invalid);
    assert_eq!(
        removed(r#""voters": ["n1", "n2", "n3"]"#, r#""voters": ["n1", "n2", "n3", "n4", "n5"]"#),
        Verdict::Invalid
    );
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
