use history::Verdict;
use serde_json::{Value, json};

use crate::histories::History;

fn wiped(node: &str) -> History {
    History::of(3).inject(1, "wipe", json!({"nodes": [node]}))
}

#[track_caller]
fn excused(history: &History, checker: &str) {
    let judgement = history.asked(checker);
    assert_eq!(judgement.verdict, Verdict::Unknown, "{judgement:#?}");
    assert!(judgement.sentence.starts_with("unknown (assumption broken)"), "{}", judgement.sentence);
    assert_eq!(judgement.violations.len(), 1, "the finding is kept as a suspicion");
}

fn revotes(history: History) -> History {
    history.says("n1#1", "follower 5 n2").says("n1#2", "follower 5 n3")
}

#[test]
fn a_wiped_node_may_forget_its_term_and_its_vote() {
    excused(&revotes(wiped("n1")), "vote-once");
    excused(&wiped("n1").says("n1#1", "follower 5").says("n1#2", "follower 0"), "term-monotonic");
}

#[test]
fn another_node_may_not() {
    revotes(wiped("n2")).rejected_by("vote-once", "n1 voted for n2");
    wiped("n2").says("n1#1", "follower 5").says("n1#2", "follower 0").rejected_by("term-monotonic", "term 5");
}

#[test]
fn after_a_wipe_two_nodes_may_win_one_term() {
    let history = wiped("n3").says("n1", "leader 5 n1 n1").says("n2", "leader 5 n2 n2");
    excused(&history, "election-safety");
    excused(&history, "leader-agreement");
}

#[test]
fn a_wiped_leader_may_lead_its_term_again_and_break_no_other_rule() {
    let again = wiped("n1").says("n1#1", "leader 5 n1 n1").says("n1#2", "leader 5 n1 n1");
    excused(&again, "lawful-transitions");
    let both = again.says("n1#2", "leader 6 n1 n1");
    both.rejected_by("lawful-transitions", "continued to lead");
    wiped("n1").says("n1", "leader 5 n2 n1").rejected_by("lawful-transitions", "instead of for itself");
}

#[test]
fn a_wipe_takes_no_vote_from_a_leader() {
    wiped("n2")
        .says("n1@10..10", "leader 5 n1 n1")
        .says("n2@20..20", "follower 5 - n1")
        .says("n3@20..20", "follower 5 - n1")
        .rejected_by("leader-has-majority", "n2 and n3");
}

#[test]
fn what_was_proved_before_the_injection_stays_proved() {
    revotes(History::of(3)).inject(1, "wipe", json!({"nodes": ["n1"]})).rejected_by("vote-once", "n1 voted for n2");
}

#[test]
fn a_system_that_claims_to_survive_is_judged() {
    let claims = |word: &str| json!({"survives": [word]});
    revotes(wiped("n1").header("claims", claims("wipe"))).rejected_by("vote-once", "n1 voted for n2");
    excused(&revotes(wiped("n1").header("claims", claims("corrupt"))), "vote-once");
}

#[test]
fn a_wipe_that_was_skipped_excuses_nothing_and_one_that_may_have_been_done_does() {
    let with = |outcome: &str| revotes(History::of(3).inject(1, "wipe", json!({"nodes": ["n1"], "outcome": outcome})));
    with("skipped").rejected_by("vote-once", "n1 voted for n2");
    excused(&with("indeterminate"), "vote-once");
}

#[test]
fn corruption_excuses_everything_if_its_checksum_is_mended_and_nothing_otherwise() {
    let degraded = |effect: Value| {
        let fault = json!({"kind": "degrade", "effect": effect});
        let history = History::of(3).inject(1, "degrade", json!({"links": ["n1->n2"], "fault": fault}));
        history.says("n3", "candidate 5 n2 -")
    };
    excused(&degraded(json!({"corrupt": 0.1, "mended": true})), "lawful-transitions");
    degraded(json!({"corrupt": 0.1})).rejected_by("lawful-transitions", "n3");
    degraded(json!({"corrupt": 0.0, "mended": true})).rejected_by("lawful-transitions", "n3");
}

#[test]
fn lost_writes_are_a_lost_memory() {
    for kind in ["lose-unsynced", "lost-writes"] {
        excused(&revotes(History::of(3).inject(1, kind, json!({"nodes": ["n1"]}))), "vote-once");
    }
}

#[test]
fn a_fault_of_an_unknown_kind_tempers_no_finding() {
    let history = revotes(History::of(3).inject(1, "meteor", json!({"nodes": ["n1"]})));
    history.rejected_by("vote-once", "n1 voted for n2");
    let history = History::of(3).inject(1, "meteor", json!({}));
    history.says("n1", "leader 5 n1 n1").says("n2", "leader 5 n2 n2").rejected_by("election-safety", "term 5");
}
