//! One false event in a true history, and true histories seen less well.

#![allow(clippy::unwrap_used)] // helpers of tests

use checkers::judge::SAFETY;
use history::Verdict;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::histories::{History, model};

#[track_caller]
fn nothing_is_invalid(history: &History) {
    let outcome = history.judge();
    let bad: Vec<_> = outcome.checkers.iter().filter(|judgement| judgement.verdict == Verdict::Invalid).collect();
    assert!(bad.is_empty(), "{bad:#?}\n{}", history.text());
}

/// A true history with at least one line that `fits`, and the place of the last such line.
fn passing(fits: impl Fn(&Value) -> bool) -> (History, usize) {
    for seed in 0..100 {
        let mut history = model::history(seed, 5, 60);
        nothing_is_invalid(&history);
        if let Some(at) = history.lines_mut().iter().rposition(&fits) {
            return (history, at);
        }
    }
    panic!("no history has such a line");
}

fn is_event_line(line: &Value) -> bool {
    line["observer"] == "events"
}

#[track_caller]
fn caught(history: &History, checker: &str) {
    let judgement = history.asked(checker);
    assert_eq!(judgement.verdict, Verdict::Invalid, "{checker} says: {}", judgement.sentence);
}

/// Puts a changed copy of line `at` right after it.
fn plant(history: &mut History, at: usize, change: Value) {
    let mut line = history.lines_mut()[at].clone();
    for (field, value) in change.as_object().unwrap() {
        line[field] = value.clone();
    }
    history.lines_mut().insert(at + 1, line);
}

fn another(node: &Value) -> &'static str {
    if node == "n1" { "n2" } else { "n1" }
}

#[test]
fn a_second_leader_planted_in_a_true_history_is_caught() {
    let (mut history, at) = passing(|line| is_event_line(line) && line["role"] == "leader");
    let node = another(&history.lines_mut()[at]["node"]);
    plant(&mut history, at, json!({"node": node}));
    caught(&history, "election-safety");
    caught(&history, "leader-agreement");
}

#[test]
fn a_lower_term_planted_in_a_true_history_is_caught() {
    let (mut history, at) = passing(|line| is_event_line(line) && line["term"].as_u64() > Some(3));
    let term = history.lines_mut()[at]["term"].as_u64().unwrap() - 1;
    plant(&mut history, at, json!({"term": term}));
    caught(&history, "term-monotonic");
}

#[test]
fn a_changed_and_a_cleared_vote_planted_in_a_true_history_are_caught() {
    let (history, at) = passing(|line| is_event_line(line) && line["vote"].is_string());
    let other = another(&history.clone().lines_mut()[at]["vote"]);
    for vote in [json!(other), Value::Null] {
        let mut history = history.clone();
        plant(&mut history, at, json!({"vote": vote}));
        caught(&history, "vote-once");
    }
}

#[test]
fn a_leader_planted_where_there_was_only_a_candidate_is_caught() {
    // A candidate that the next line of its own does not follow up with the win, and everybody goes on.
    for seed in 0..200 {
        let mut history = model::history(seed, 5, 60);
        let lines = history.lines_mut();
        let stands = |line: &Value| is_event_line(line) && line["role"] == "candidate";
        let won = |term: &Value| lines.iter().any(|line| line["role"] == "leader" && line["term"] == *term);
        let Some(at) = lines.iter().position(|line| stands(line) && !won(&line["term"])) else { continue };
        let (node, term) = (lines[at]["node"].clone(), lines[at]["term"].clone());
        let votes = lines[..=at].iter().filter(|line| line["term"] == term && line["vote"] == node).count();
        assert_eq!(votes, 1, "only its own vote is there yet");
        plant(&mut history, at, json!({"role": "leader", "leader": node}));
        caught(&history, "leader-has-majority");
        return;
    }
    panic!("no history has a lost candidacy");
}

#[test]
fn a_win_without_candidacy_planted_in_a_true_history_is_caught() {
    let (mut history, at) = passing(|line| is_event_line(line) && line["role"] == "candidate");
    history.lines_mut()[at]["role"] = json!("follower");
    let node = history.lines_mut()[at]["node"].clone();
    plant(&mut history, at, json!({"role": "leader", "leader": node}));
    caught(&history, "lawful-transitions");
}

#[test]
fn a_shorter_log_planted_in_a_true_history_is_caught() {
    let (mut history, at) = passing(|line| is_event_line(line) && line["role"] == "leader");
    let (node, term) = (history.lines_mut()[at]["node"].clone(), history.lines_mut()[at]["term"].clone());
    for line in history.lines_mut()[..at].iter_mut() {
        if line["vote"] == node && line["term"] == term && line["node"] != node {
            line["log"] = json!([0, 1]);
        }
    }
    caught(&history, "leader-log");
}

#[test]
fn a_death_planted_in_a_true_history_is_caught() {
    let (mut history, at) = passing(|line| line["event"] == "exit");
    let line = &mut history.lines_mut()[at];
    line["fault"] = Value::Null;
    let span = line["span"][0].as_u64().unwrap() - 100;
    line["span"] = json!([span, span]);
    let kill = at - 1;
    assert_eq!(history.lines_mut()[kill]["fault"]["kind"], "kill");
    history.lines_mut()[kill]["outcome"] = json!("skipped");
    caught(&history, "process");
}

#[test]
fn every_checker_of_safety_that_this_file_plants_for_is_one_of_the_table() {
    let outcome = model::history(1, 3, 10).judge();
    let asked: Vec<_> = outcome.checkers.iter().map(|judgement| judgement.checker.as_str()).collect();
    assert!(SAFETY.iter().filter(|name| **name != "no-leader-without-quorum").all(|name| asked.contains(name)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_true_history_is_never_invalid(seed: u64, n in 1_usize..8, rounds in 1_usize..120) {
        nothing_is_invalid(&model::history(seed, n, rounds));
    }

    #[test]
    fn the_order_of_polls_and_wider_spans_never_make_a_true_history_invalid(
        seed: u64, n in 1_usize..8, rounds in 1_usize..120, ms in 0_u64..50,
    ) {
        let mut history = model::history(seed, n, rounds);
        model::shuffle_polls(&mut history, seed);
        model::widen(&mut history, seed, ms);
        nothing_is_invalid(&history);
    }

    #[test]
    fn a_history_cut_off_anywhere_is_never_invalid(seed: u64, n in 1_usize..6, rounds in 1_usize..60, keep in 0_f64..1.0) {
        let mut history = model::history(seed, n, rounds);
        let lines = history.lines_mut();
        lines.truncate((lines.len() as f64 * keep) as usize);
        nothing_is_invalid(&history);
        prop_assert_ne!(history.judge().verdict, Verdict::Valid);
    }

    #[test]
    fn a_history_whose_writer_left_fields_out_is_never_invalid(seed: u64, n in 1_usize..6, rounds in 1_usize..60, field in 0_usize..5) {
        let mut history = model::history(seed, n, rounds);
        let field = ["vote", "leader", "term", "role", "span"][field];
        for (at, line) in history.lines_mut().iter_mut().enumerate() {
            if line["type"] == "observe" && (seed >> (at % 64)) & 1 == 1 {
                line.as_object_mut().unwrap().remove(field);
            }
        }
        nothing_is_invalid(&history);
    }
}
