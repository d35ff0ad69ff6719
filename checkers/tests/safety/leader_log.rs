use serde_json::json;

use crate::histories::History;

const CHECKER: &str = "leader-log";

#[test]
fn a_leader_with_a_shorter_log_than_its_voter_is_rejected() {
    let history = History::of(3).says("n2", "follower 5 n1 - 3/9").says("n1", "leader 5 n1 n1 3/8");
    history.rejected_by(
        CHECKER,
        "n1 was elected leader of term 5 with an older log (last term 3, last index 8) than that of n2, which voted \
         for it (last term 3, last index 9).",
    );
    assert_eq!(history.evidence(CHECKER), [2, 3]);
}

#[test]
fn a_later_last_term_beats_a_longer_log() {
    History::of(3).says("n2", "follower 5 n1 - 3/9").says("n1", "leader 5 n1 n1 4/1").accepted_by(CHECKER);
    History::of(3).says("n2", "follower 5 n1 - 4/1").says("n1", "leader 5 n1 n1 3/9").rejected_by(CHECKER, "older");
}

#[test]
fn an_equal_log_is_accepted() {
    History::of(3).says("n2", "follower 5 n1 - 3/9").says("n1", "leader 5 n1 n1 3/9").accepted_by(CHECKER);
}

#[test]
fn a_log_that_grew_after_the_vote_is_accepted() {
    History::of(3)
        .says("n2", "follower 5 n1 - 3/9")
        .says("n1", "leader 5 n1 n1 3/9")
        .says("n2", "follower 5 n1 n1 5/12")
        .accepted_by(CHECKER);
}

#[test]
fn a_node_that_records_the_leader_it_follows_as_its_vote_is_accepted() {
    let history = History::of(3)
        .says("n3", "follower 5 n1 - 1/1")
        .says("n1@10..12", "leader 5 n1 n1 3/9")
        .says("n2@11..14", "follower 5 n1 n1 5/10");
    history.accepted_by(CHECKER);
}

#[test]
fn a_voter_with_a_newer_log_that_did_not_vote_for_the_leader_is_accepted() {
    History::of(3)
        .says("n2", "follower 5 n2 - 3/9")
        .says("n3", "follower 5 n1 - 3/8")
        .says("n1", "leader 5 n1 n1 3/8")
        .accepted_by(CHECKER);
}

#[test]
fn lost_lines_may_have_held_the_vote_and_the_log_of_then() {
    let history = History::of(3)
        .says("n2", "follower 4 - - 3/8")
        .node("n2", "gap", json!({}))
        .says("n2", "follower 5 n1 - 3/9")
        .says("n1", "leader 5 n1 n1 3/8");
    assert!(!history.asked(CHECKER).judged);
}

#[test]
fn without_logs_there_is_nothing_to_judge() {
    assert!(!History::of(3).says("n2", "follower 5 n1").says("n1", "leader 5 n1 n1").asked(CHECKER).judged);
}
