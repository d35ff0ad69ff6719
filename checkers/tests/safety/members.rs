//! Who votes, over time: a cluster grows from five to ten, or shrinks from five to three, while it runs.

use serde_json::{Value, json};

use crate::histories::History;

const CHECKER: &str = "leader-has-majority";

fn names(from: usize, to: usize) -> Value {
    (from..=to).map(|node| format!("n{node}")).collect()
}

/// These nodes come to believe that these vote, at this millisecond.
fn believe(history: History, nodes: std::ops::RangeInclusive<usize>, at: u64, voters: &Value, more: &Value) -> History {
    nodes.fold(history, |history, node| {
        let at = at * 1_000_000;
        let mut line = json!({
            "type": "voters", "node": format!("n{node}"), "incarnation": 1, "span": [at, at], "evidence": "atomic",
            "voters": voters,
        });
        for (field, value) in more.as_object().unwrap() {
            line[field] = value.clone();
        }
        history.line(line)
    })
}

/// Of ten nodes, all started and watched, of which five vote at first.
fn five_of_ten() -> History {
    let started = (1..=10).fold(History::of(10).header("voters", names(1, 5)), |history, node| {
        history.start(&format!("n{node}@0..0")).says(&format!("n{node}@0..0"), "follower 1 - -")
    });
    believe(started, 1..=10, 1, &names(1, 5), &json!({}))
}

/// n1 wins term 5 at 110 ms with the votes of `voters`; the others are seen later, at a higher term.
fn elected(history: History, nodes: usize, voters: &[usize]) -> History {
    let history = history.says("n1@100..100", "candidate 5 n1 -");
    let history =
        voters.iter().fold(history, |history, node| history.says(&format!("n{node}@105..105"), "follower 5 n1 -"));
    let history = history.says("n1@110..110", "leader 5 n1 n1");
    (2..=nodes).fold(history, |history, node| history.says(&format!("n{node}@200..200"), "follower 6 - -"))
}

#[test]
fn after_growing_to_ten_six_votes_are_enough_and_five_are_not() {
    let grown = || believe(five_of_ten(), 1..=10, 50, &names(1, 10), &json!({}));
    elected(grown(), 10, &[2, 3, 8, 9, 10]).accepted_by(CHECKER);
    elected(grown(), 10, &[2, 3, 8, 9]).rejected_by(CHECKER, "without a majority of the 10 voters");
}

#[test]
fn before_it_grows_three_of_five_are_enough_and_votes_of_the_others_count_nothing() {
    elected(five_of_ten(), 10, &[2, 3]).accepted_by(CHECKER);
    elected(five_of_ten(), 10, &[2, 8, 9, 10]).rejected_by(CHECKER, "without a majority of the 5 voters");
}

#[test]
fn while_some_know_the_new_members_and_some_do_not_a_quorum_of_either_accuses_nobody() {
    let half = || believe(five_of_ten(), 1..=6, 50, &names(1, 10), &json!({}));
    elected(half(), 10, &[2, 3]).accepted_by(CHECKER);
    elected(half(), 10, &[2, 7, 8, 9, 10]).accepted_by(CHECKER);
    elected(half(), 10, &[2, 8]).rejected_by(CHECKER, "in any of the 2 configurations that may have been in force");
}

#[test]
fn a_joint_configuration_needs_both_halves() {
    let joint = || believe(five_of_ten(), 1..=10, 50, &names(6, 10), &json!({"outgoing": names(1, 5), "learners": []}));
    elected(joint(), 10, &[2, 3, 6, 7, 8]).accepted_by(CHECKER);
    elected(joint(), 10, &[2, 3, 6, 7]).rejected_by(CHECKER, "had not voted for it by then");
    elected(joint(), 10, &[6, 7, 8]).rejected_by(CHECKER, "had not voted for it by then");
}

#[test]
fn after_shrinking_to_three_two_votes_are_enough_and_one_is_not() {
    let shrunk = || {
        let started = (1..=5).fold(History::of(5), |history, node| {
            history.start(&format!("n{node}@0..0")).says(&format!("n{node}@0..0"), "follower 1 - -")
        });
        let five = believe(started, 1..=5, 1, &names(1, 5), &json!({}));
        let three = believe(five, 1..=3, 50, &names(1, 3), &json!({}));
        // Those that were removed are shut down.
        three.killed("n4@60..60").killed("n5@60..60")
    };
    elected(shrunk(), 3, &[2]).accepted_by(CHECKER);
    elected(shrunk(), 3, &[]).rejected_by(CHECKER, "had 1 vote (n1), and 2 are needed. n2 and n3 had not voted");
}

#[test]
fn whoever_came_back_may_believe_anything_that_was_ever_known() {
    let back = |after: &dyn Fn(History) -> History| {
        let grown = believe(five_of_ten(), 1..=10, 50, &names(1, 10), &json!({}));
        after(grown.killed("n5@60..60").start("n5#2@70..70"))
    };
    let line = |history: History| {
        let line = json!({"type": "voters", "node": "n5", "incarnation": 2, "span": [80_000_000, 80_000_000],
            "evidence": "atomic", "voters": names(1, 10)});
        history.line(line)
    };
    elected(back(&|history| history), 10, &[2, 3]).accepted_by(CHECKER);
    elected(back(&line), 10, &[2, 3]).rejected_by(CHECKER, "without a majority of the 10 voters");
}

#[test]
fn a_voter_that_is_no_node_of_the_record_may_have_voted() {
    let among = |voters: Value| elected(watched(3).header("voters", voters), 3, &[]);
    among(json!(["n1", "n2", "n3"])).rejected_by(CHECKER, "n2 and n3");
    among(json!(["n1", "n2", "n3", "n4", "n5"])).accepted_by(CHECKER);
}

fn watched(n: usize) -> History {
    (1..=n).fold(History::of(n), |history, node| history.says(&format!("n{node}@0..0"), "follower 1 - -"))
}
