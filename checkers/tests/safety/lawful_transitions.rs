use serde_json::json;

use crate::histories::History;

const CHECKER: &str = "lawful-transitions";

#[test]
fn a_candidate_that_voted_for_another_is_rejected() {
    History::of(3)
        .says("n1", "candidate 5 n2 -")
        .says("n1", "candidate 5 n2 -")
        .rejected_by(CHECKER, "n1 was candidate of term 5 and had voted for n2 instead of for itself.");
}

#[test]
fn a_leader_without_a_vote_is_rejected() {
    History::of(3)
        .says("n1", "candidate 5 ? -")
        .says("n1", "leader 5 - n1")
        .rejected_by(CHECKER, "n1 was leader of term 5 and had not voted instead of for itself.");
}

#[test]
fn a_follower_that_leads_without_candidacy_is_rejected() {
    let history = History::of(3).says("n1", "follower 5 n1 -").says("n1", "leader 5 n1 n1");
    history.rejected_by(CHECKER, "n1 became leader of term 5 without having been its candidate.");
    assert_eq!(history.evidence(CHECKER), [2, 3]);
    History::of(3)
        .says("n1", "precandidate 4 - -")
        .says("n1", "leader 5 n1 n1")
        .rejected_by(CHECKER, "without having been its candidate");
}

#[test]
fn a_leader_of_no_known_term_is_not_accused() {
    for told in [
        History::of(3).says("n1", "follower ? ? ?").says("n1", "leader ? ? ?"),
        History::of(3).says("n1", "follower 5 n2 n2").says("n1", "leader ? ? ?"),
        History::of(3).says("n1", "candidate ? n2 -").says("n1", "leader ? n2 n1"),
    ] {
        assert_ne!(told.asked(CHECKER).verdict, history::verdict::Verdict::Invalid);
    }
    History::of(3).says("n1", "follower ? ? ?").says("n1", "leader 5 ? ?").rejected_by(CHECKER, "of term 5 without");
}

#[test]
fn a_candidate_that_wins_another_term_than_its_own_is_rejected() {
    History::of(3)
        .says("n1", "candidate 5 n1 -")
        .says("n1", "leader 6 n1 n1")
        .rejected_by(CHECKER, "n1 was candidate of term 5 and became leader of term 6.");
}

#[test]
fn a_leader_whose_term_changes_is_rejected() {
    History::of(3)
        .says("n1", "candidate 5 n1 -")
        .says("n1", "leader 5 n1 n1")
        .says("n1", "leader 6 n1 n1")
        .rejected_by(CHECKER, "n1 led term 5 and continued to lead in term 6.");
}

#[test]
fn a_node_that_leads_its_term_again_after_a_restart_is_rejected() {
    History::of(3)
        .says("n1#1", "candidate 5 n1 -")
        .says("n1#1", "leader 5 n1 n1")
        .says("n1#2", "leader 5 n1 n1")
        .says("n1#2", "leader 5 n1 n1")
        .rejected_by(CHECKER, "n1 led term 5, was restarted, and led the same term again.");
}

#[test]
fn the_way_of_raft_is_accepted() {
    History::of(3)
        .says("n1", "follower 4 n2 n2")
        .says("n1", "precandidate 4 n2 -")
        .says("n1", "candidate 5 n1 -")
        .says("n1", "candidate 6 n1 -")
        .says("n1", "leader 6 n1 n1")
        .says("n1", "leader 6 n1 n1")
        .says("n1", "follower 6 n1 -")
        .says("n1", "follower 7 - n2")
        .accepted_by(CHECKER);
}

#[test]
fn the_only_voter_may_lead_at_once() {
    History::of(1).says("n1", "follower 0 - -").says("n1", "leader 1 n1 n1").accepted_by(CHECKER);
    History::of(3)
        .header("voters", json!(["n2"]))
        .says("n2", "follower 0 - -")
        .says("n2", "leader 1 n2 n2")
        .accepted_by(CHECKER);
}

#[test]
fn the_first_line_of_an_incarnation_has_no_line_before_it() {
    History::of(3)
        .says("n1#1", "follower 5 - -")
        .says("n1#2", "leader 6 n1 n1")
        .says("n1#1@1..1", "candidate 5 n1 -")
        .accepted_by(CHECKER);
}

#[test]
fn lost_lines_may_have_held_the_candidacy() {
    History::of(3)
        .says("n1", "follower 5 - -")
        .node("n1", "gap", json!({}))
        .says("n1", "leader 6 n1 n1")
        .accepted_by(CHECKER);
}

#[test]
fn a_role_that_is_not_known_could_have_been_the_candidacy() {
    History::of(3)
        .says("n1", "follower 5 - -")
        .says("n1", "catching-up 6 n1 -")
        .says("n1", "leader 6 n1 n1")
        .accepted_by(CHECKER);
}

#[test]
fn an_observer_that_does_not_show_every_change_is_not_judged() {
    let history = History::of(3).seen("early", "n1", "follower 5 - -").seen("early", "n1", "leader 6 n1 n1");
    assert!(!history.asked(CHECKER).judged);
}
