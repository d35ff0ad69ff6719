//! What single lines leave out: who saw it, of which incarnation it is, when it was. Once each to be accepted and once to be rejected.

use history::Verdict;
use serde_json::{Value, json};

use crate::histories::History;

/// The last line loses these fields.
fn without(mut history: History, fields: &[&str]) -> History {
    let line = history.lines_mut().last_mut().unwrap();
    fields.iter().for_each(|field| drop(line.as_object_mut().unwrap().remove(*field)));
    history
}

/// The last line gets these fields as well.
fn with(mut history: History, more: &Value) -> History {
    let line = history.lines_mut().last_mut().unwrap();
    for (field, value) in more.as_object().unwrap() {
        line[field] = value.clone();
    }
    history
}

#[track_caller]
fn nothing_is_invalid(history: &History) {
    let outcome = history.judge();
    assert_ne!(outcome.verdict, Verdict::Invalid, "{}", outcome.sentence);
}

fn voters() -> History {
    let header = History::of(3).header("voters", json!(["n1", "n2", "n3"])).header("faults", json!("recorded"));
    ["n1", "n2", "n3"].iter().fold(header, |history, node| history.start(node).says(node, "follower 0 - -"))
}

/// n1 wins term 1 with the vote of n2, whose line `told` says so, or does not; and all are seen afterwards.
fn won(told: impl Fn(History) -> History) -> History {
    let votes = told(voters().says("n1", "candidate 1 n1 -").says("n2", "follower 1 n1 -"));
    let won = votes.says("n1", "leader 1 n1 n1");
    ["n2", "n3"].iter().fold(won, |history, node| history.says(node, "follower 2 - -")).end()
}

#[test]
fn a_line_of_nobody_knows_whom_may_be_one_that_a_complete_observer_lacks() {
    won(|votes| with(votes, &json!({"vote": null}))).rejected_by("leader-has-majority", "n2 and n3 had not voted");
    nothing_is_invalid(&won(|votes| with(without(votes, &["observer"]), &json!({"vote": "elsewhere"}))));
    // Of another observer it is none of them.
    won(|votes| with(votes, &json!({"observer": "early", "vote": null})))
        .rejected_by("leader-has-majority", "n2 and n3 had not voted");
    // The candidacy is told by such a line.
    let campaign = |observer: &[&str]| {
        let stands = without(voters().says("n1", "candidate 1 n1 -"), observer);
        stands.says("n2", "follower 1 n1 -").says("n1", "leader 1 n1 n1").end()
    };
    nothing_is_invalid(&campaign(&[]));
    nothing_is_invalid(&campaign(&["observer"]));
    without(voters().says("n1", "leader 1 n1 n1"), &[])
        .end()
        .rejected_by("lawful-transitions", "without having been its candidate");
}

#[test]
fn a_leader_whom_lines_of_nobody_knows_whom_name_is_there() {
    let led = |observer: &[&str]| {
        let mut history = voters().header("bound", json!(1_000_000_000_u64)).says("n1", "candidate 1 n1 -");
        for line in ["n2 follower", "n3 follower", "n1 leader"] {
            let (node, role) = line.split_once(' ').unwrap();
            history = without(history.says(node, &format!("{role} 1 n1 n1")), observer);
        }
        history.line(json!({"t": 9_000_000_000_u64, "type": "harness", "event": "end", "reason": "complete"}))
    };
    nothing_is_invalid(&led(&[]));
    nothing_is_invalid(&led(&["observer"]));
    let never = voters().header("bound", json!(1_000_000_000_u64));
    never
        .line(json!({"t": 9_000_000_000_u64, "type": "harness", "event": "end", "reason": "complete"}))
        .rejected_by("re-election", "no effective leader");
}

#[test]
fn what_lines_say_of_incarnations_goes_before_what_was_counted() {
    // A poll stands before the start: the start is counted as that of the second life, and one line says that it is the first.
    let mixed = |second: &[&str]| {
        let poll = without(History::of(3).seen("status", "n1", "follower 0 - -"), &["incarnation"]);
        let start = without(poll.start("n1"), &["incarnation"]);
        let begins = without(start.says("n1", "follower 0 - -"), second);
        begins.header("faults", json!("recorded")).says("n1", "follower 1 n1 -").end()
    };
    nothing_is_invalid(&mixed(&[]));
    nothing_is_invalid(&mixed(&["incarnation"]));
    // Where nothing contradicts, a restart that loses the term is seen, told or counted.
    let fell = |fields: &[&str]| {
        let first = without(History::of(3).start("n1"), fields);
        let seen = without(first.says("n1", "follower 5 - -"), fields).inject(1, "kill", json!({"nodes": ["n1"]}));
        let killed = without(seen.killed("n1"), fields);
        let again = without(killed.start("n1#2"), fields);
        without(again.says("n1#2", "follower 3 - -"), fields).header("faults", json!("recorded")).end()
    };
    for fields in [&[][..], &["incarnation"]] {
        fell(fields).rejected_by("term-monotonic", "it had reported term 5, and after a restart it reported term 3");
    }
}

#[test]
fn a_told_end_begins_another_life_of_which_no_start_is_told() {
    let early = |exit: bool| {
        let first =
            History::of(3).header("faults", json!("recorded")).start("n1").seen("early", "n1", "follower 5 - -");
        let ended = if exit { first.killed("n1") } else { first };
        without(ended.seen("early", "n1", "follower 4 - -"), &["incarnation"]).end()
    };
    nothing_is_invalid(&early(true));
    early(false).rejected_by("term-monotonic", "it had reported term 5, and later it reported term 4");
}

#[test]
fn a_line_without_a_time_may_be_of_any_time_before_the_next_one() {
    let late = |fields: &[&str]| {
        let stands = voters().says("n1", "candidate 1 n1 -").says("n1", "leader 1 n1 n1");
        let voted = without(stands.says("n2", "follower 1 n1 -"), fields);
        ["n2", "n3"].iter().fold(voted, |history, node| history.says(node, "follower 2 - -")).end()
    };
    late(&[]).rejected_by("leader-has-majority", "n2 and n3 had not voted");
    nothing_is_invalid(&late(&["t", "span"]));
    // It was before the next line was recorded.
    let after = |fields: &[&str]| {
        let stands = voters().says("n1", "candidate 1 n1 -");
        let seen = without(stands.says("n2", "follower 1 - -"), fields);
        let won = seen.says("n1", "leader 1 n1 n1").says("n2", "follower 1 n1 -");
        ["n2", "n3"].iter().fold(won, |history, node| history.says(node, "follower 2 - -")).end()
    };
    for fields in [&[][..], &["t", "span"]] {
        after(fields).rejected_by("leader-has-majority", "n2 and n3 had not voted");
    }
    // Two leaders of a term need no time.
    let two = without(voters().says("n1", "leader 1 n1 n1"), &["t", "span"]);
    without(two.says("n2", "leader 1 n2 n2"), &["t", "span"])
        .rejected_by("election-safety", "n1 and n2 were both elected leader of term 1");
}

#[test]
fn what_a_gap_hides_before_a_wipe_may_be_a_vote_of_any_term() {
    let lost = |kind: &str| {
        let gap = voters().says("n1", "candidate 4 n1 -").node("n2", "gap", json!({}));
        let won = gap.says("n1", "leader 4 n1 n1").inject(1, kind, json!({"nodes": ["n2"]})).killed("n2");
        won.start("n2#2").says("n2#2", "follower 0 - -").says("n3", "follower 5 - -").end()
    };
    nothing_is_invalid(&lost("wipe"));
    lost("kill").rejected_by("leader-has-majority", "n2 and n3 had not voted");
}
