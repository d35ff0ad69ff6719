use serde_json::json;

use crate::histories::History;

const CHECKER: &str = "election-safety";

#[test]
fn two_leaders_of_one_term_are_rejected() {
    let history = History::of(3).says("n1", "leader 5 n1 n1").says("n2", "leader 5 n2 n2");
    let judgement = history.rejected_by(CHECKER, "n1 and n2 were both elected leader of term 5.");
    assert_eq!(judgement.violations[0].term, Some(5));
    assert_eq!(history.evidence(CHECKER), [2, 3]);
}

#[test]
fn two_leaders_of_one_term_are_rejected_however_far_apart_and_in_whatever_incarnation() {
    History::of(3)
        .says("n1#1", "leader 5 n1 n1")
        .says("n1#1", "follower 9 - n3")
        .says("n2#4@9000..9001", "leader 5 n2 n2")
        .rejected_by(CHECKER, "term 5");
}

#[test]
fn the_sentence_says_who_was_cut_off_and_who_was_paused() {
    let links = json!({"nodes": ["n4"], "links": ["n4->n1", "n1->n4", "n4->n2", "n2->n4", "n4->n3"]});
    History::of(5)
        .says("n2", "leader 41 n2 n2")
        .inject(1, "cut", links)
        .inject(2, "pause", json!({"nodes": ["n3"]}))
        .says("n4", "leader 41 n4 n4")
        .lift(1)
        .rejected_by(
            CHECKER,
            "n2 and n4 were both elected leader of term 41; n4 was cut off from n1 and n2 at the time; n3 was paused.",
        );
}

#[test]
fn a_lifted_cut_is_not_blamed() {
    let links = json!({"nodes": ["n2"], "links": ["n2->n1", "n1->n2"]});
    History::of(3)
        .inject(1, "cut", links)
        .lift(1)
        .says("n1", "leader 5 n1 n1")
        .says("n2", "leader 5 n2 n2")
        .rejected_by(CHECKER, "n1 and n2 were both elected leader of term 5.");
}

#[test]
fn a_stale_leader_of_an_older_term_is_accepted() {
    History::of(3)
        .says("n1", "leader 5 n1 n1")
        .says("n2", "leader 6 n2 n2")
        .says("n1", "leader 5 n1 n1")
        .accepted_by(CHECKER);
}

#[test]
fn a_leader_that_repeats_itself_is_accepted() {
    History::of(3).says("n1", "leader 5 n1 n1").says("n1", "leader 5 n1 n1").accepted_by(CHECKER);
}

#[test]
fn two_polls_prove_nothing() {
    let history = History::of(3).says("n3", "follower 5").seen("status", "n1", "leader 15 n1 n1").seen(
        "status",
        "n2",
        "leader 15 n2 n2",
    );
    history.accepted_by(CHECKER);
}

#[test]
fn an_unknown_term_accuses_nobody() {
    History::of(3).says("n1", "leader 5").says("n2", "leader ?").accepted_by(CHECKER);
}
