//! Records of others: each key that says what a record knows, once to be rejected and once to be accepted.

use history::Verdict;
use serde_json::{Value, json};

use crate::histories::History;

/// The last line gets these fields as well.
fn with(mut history: History, more: Value) -> History {
    let line = history.lines_mut().last_mut().unwrap();
    for (field, value) in more.as_object().unwrap() {
        line[field] = value.clone();
    }
    history
}

/// What only logs tell: nothing of faults, and nothing of who votes.
fn of_logs(n: usize) -> History {
    History::of(n).header("faults", json!("unknown")).header("voters", json!("unknown"))
}

#[track_caller]
fn nothing_is_invalid(history: &History) {
    let outcome = history.judge();
    assert_ne!(outcome.verdict, Verdict::Invalid, "{}", outcome.sentence);
}

// ---- faults, voters ----

#[test]
fn of_logs_convict_two_leaders_two_names_two_votes_and_a_falling_term_within_a_stretch() {
    of_logs(3)
        .says("n1", "leader 3 n1 n1")
        .says("n2", "leader 3 n2 n2")
        .rejected_by("election-safety", "n1 and n2 were both elected leader of term 3");
    of_logs(3)
        .says("n1", "follower 3 - n2")
        .says("n3", "follower 3 - n1")
        .rejected_by("leader-agreement", "n1 names n2 as leader of term 3, and n3 names n1");
    of_logs(3)
        .says("n1", "follower 3 n2")
        .says("n1", "follower 3 n3")
        .rejected_by("vote-once", "n1 voted for n2 and then for n3");
    of_logs(3)
        .says("n1", "follower 3")
        .says("n1", "follower 2")
        .rejected_by("term-monotonic", "it had reported term 3, and later it reported term 2.");
}

#[test]
fn of_logs_nothing_is_compared_across_a_hole_or_another_life() {
    let gap = |history: History| history.node("n1", "gap", json!({}));
    nothing_is_invalid(&gap(of_logs(3).says("n1", "follower 3 n2")).says("n1", "follower 3 n3"));
    nothing_is_invalid(&gap(of_logs(3).says("n1", "follower 3")).says("n1", "follower 2"));
    nothing_is_invalid(&of_logs(3).says("n1", "follower 3 n2").start("n1#2").says("n1#2", "follower 3 n3"));
    nothing_is_invalid(&of_logs(3).says("n1", "follower 3").start("n1#2").says("n1#2", "follower 2"));
    // A number that is missing is a hole as well.
    let numbered = |seq: u64| {
        let first = with(of_logs(3).says("n1", "follower 3 n2"), json!({"seq": 1}));
        with(first.says("n1", "follower 3 n3"), json!({"seq": seq}))
    };
    numbered(2).rejected_by("vote-once", "n1 voted for n2 and then for n3");
    nothing_is_invalid(&numbered(3));
}

#[test]
fn of_logs_nothing_is_judged_that_needs_health_or_members() {
    let history = |history: History| {
        history
            .says("n1", "follower 0 - -")
            .says("n1", "leader 1 - n1")
            .node("n2", "exit", json!({"status": 101}))
            .line(json!({"type": "harness", "event": "phase", "phase": "final"}))
            .line(json!({"t": 60_000_000_000_u64, "type": "harness", "event": "end", "reason": "complete"}))
            .header("bound", json!(1_000_000_000))
    };
    nothing_is_invalid(&history(of_logs(3)));
    let outcome = history(of_logs(3)).judge();
    for checker in ["stability", "re-election", "final-leader", "process", "no-leader-without-quorum"] {
        let judgement = outcome.checkers.iter().find(|judgement| judgement.checker == checker).unwrap();
        assert!(!judgement.judged, "{checker}: {}", judgement.sentence);
    }
    assert_eq!(history(History::of(3)).judge().verdict, Verdict::Invalid, "the same is wrong where all is known");
}

#[test]
fn without_the_key_a_record_of_the_harness_or_with_a_fault_is_recorded_and_others_are_not() {
    let died = |history: History| history.start("n1").says("n1", "follower 1").node("n1", "exit", json!({"status": 1}));
    let none = || History::of(3).header("faults", Value::Null);
    let judged = |history: History| history.asked("process").judged;
    assert!(!judged(died(none())));
    assert!(judged(died(none().header("versions", json!({"interregnum": "0.1.0"})))));
    assert!(judged(died(none()).inject(7, "cut", json!({"links": ["n2->n3"]}))));
}

#[test]
fn without_the_key_all_vote_in_a_record_of_the_harness_that_names_nobody_else() {
    let alone = || {
        let watched =
            ["n1", "n2", "n3"].iter().fold(History::of(3), |history, node| history.says(node, "follower 1 - -"));
        let won = watched.says("n1@20..20", "candidate 2 n1 -").says("n1@21..21", "leader 2 n1 n1");
        won.says("n2@30..30", "follower 3 - -").says("n3@30..30", "follower 3 - -").header("voters", Value::Null)
    };
    let judged = |history: &History| history.asked("leader-has-majority").judged;
    assert!(!judged(&alone()));
    let harness = alone().header("versions", json!({"interregnum": "0.1.0"}));
    harness.rejected_by(
        "leader-has-majority",
        "a majority of the 3 voters: it had 1 vote (n1), and 2 are needed. n2 and n3",
    );
    assert!(!judged(&harness.says("n7", "follower 3 - -")), "n7 may have voted");
}

// ---- group, seq, names ----

#[test]
fn lines_of_another_group_are_passed_over_and_counted() {
    let second = |group: &str| {
        let first = with(History::of(3).says("n1", "leader 3 n1 n1"), json!({"group": "a"}));
        with(first.says("n2", "leader 3 n2 n2"), json!({"group": group}))
    };
    second("a").rejected_by("election-safety", "both elected leader of term 3");
    second("b").accepted_by("election-safety");
    let outcome = second("b").judge();
    assert!(outcome.sentence.contains("1 line of another group was passed over"), "{}", outcome.sentence);
    second("b").header("group", json!("b")).accepted_by("election-safety");
}

#[test]
fn names_that_are_no_nodes_convict_nobody_and_are_shown() {
    let named =
        |second: &str| History::of(3).says("n1", "follower 3 - n2").says("n3", &format!("follower 3 - {second}"));
    named("n1").rejected_by("leader-agreement", "n3 names n1");
    let outcome = named("10.0.0.1:2380").judge();
    assert_ne!(outcome.verdict, Verdict::Invalid);
    assert!(outcome.sentence.contains("the leader \"10.0.0.1:2380\" in line 3"), "{}", outcome.sentence);
    let voted = |second: &str| History::of(3).says("n1", "follower 3 n2").says("n1", &format!("follower 3 {second}"));
    voted("n3").rejected_by("vote-once", "n1 voted for n2 and then for n3");
    nothing_is_invalid(&voted("N2"));
}

// ---- witness ----

/// n2 votes for n1 in term 4, which n1 counts; and then `after`.
fn counted(after: impl Fn(History) -> History) -> History {
    let voted = of_logs(3).seen("early", "n2", "follower 4 n1");
    let counted = with(voted.seen("early", "n1", "candidate 4 n1"), json!({"counted": ["n1", "n2"]}));
    after(counted).end()
}

#[test]
fn two_candidates_cannot_count_one_vote() {
    let also = |whose: &str| {
        counted(|history| with(history.seen("early", "n3", "candidate 4 n3"), json!({"counted": [whose]})))
    };
    also("n2").rejected_by("vote-once", "n2's vote of term 4 was counted by n1 and by n3");
    nothing_is_invalid(&also("n3"));
    nothing_is_invalid(&also("10.0.0.2"));
}

#[test]
fn a_vote_that_was_counted_must_not_be_lost() {
    let back = |lines: &[&str]| {
        counted(|history| lines.iter().fold(history.start("n2#2"), |history, line| history.seen("early", "n2#2", line)))
    };
    back(&["follower 3 -", "candidate 4 n2"])
        .rejected_by("vote-once", "came back at term 3 and voted for n2 in that term");
    back(&["follower 4 n3"]).rejected_by("vote-once", "n2 voted for n3 in that term");
    back(&["follower 3 -", "follower 5 -"]).rejected_by("vote-once", "n2 came back at term 3; the record does not say");
    // It may have cast the vote that was counted only then, or lines are missing in which it did.
    nothing_is_invalid(&back(&["follower 3 -", "follower 4 n1"]));
    nothing_is_invalid(&back(&["follower 3 -", "follower 4 ?", "follower 5 -"]));
    nothing_is_invalid(&back(&["follower 4 n1", "follower 5 -"]));
    nothing_is_invalid(&counted(|history| {
        let back = history.start("n2#2").seen("early", "n2#2", "follower 3 -").node("n2#2", "gap", json!({}));
        back.seen("early", "n2#2", "follower 5 -")
    }));
}

#[test]
fn a_vote_that_nobody_counted_may_be_lost_with_the_node_that_printed_it_early() {
    let lost = of_logs(3).seen("early", "n2", "follower 4 n1").start("n2#2").seen("early", "n2#2", "follower 3 -");
    nothing_is_invalid(&lost.end());
}

// ---- candidate_log ----

#[test]
fn a_granted_vote_for_an_older_log_is_rejected_by_its_own_line() {
    let granted = |candidate: Value| {
        with(of_logs(3).seen("early", "n2", "follower 4 n1 ? 3/7"), json!({"candidate_log": candidate}))
    };
    granted(json!([2, 9])).rejected_by("leader-log", "n2 voted for n1 in term 4, whose log was older (last term 2");
    granted(json!([3, 7])).accepted_by("leader-log");
    nothing_is_invalid(&granted(json!("older")));
}
