use crate::histories::History;

const CHECKER: &str = "leader-agreement";

#[test]
fn two_names_for_the_leader_of_one_term_are_rejected() {
    let history = History::of(3).says("n1", "follower 5 n2 n2").says("n3", "follower 5 - n1");
    history.rejected_by(CHECKER, "n1 names n2 as leader of term 5, and n3 names n1 as leader of term 5.");
    assert_eq!(history.evidence(CHECKER), [2, 3]);
}

#[test]
fn a_follower_that_names_another_than_the_leader_is_rejected() {
    History::of(3)
        .says("n1", "leader 5 n1 ?")
        .says("n3", "follower 5 - n2")
        .rejected_by(CHECKER, "n1 says that it leads term 5, and n3 names n2 as leader of term 5.");
}

#[test]
fn a_leader_that_names_another_is_rejected() {
    History::of(3).says("n1", "leader 5 n1 n2").rejected_by(CHECKER, "n1 says that it leads term 5");
}

#[test]
fn one_leader_for_each_term_is_accepted() {
    History::of(3)
        .says("n1", "leader 5 n1 n1")
        .says("n2", "follower 5 n1 n1")
        .says("n3", "follower 6 - -")
        .says("n3", "leader 6 n3 n3")
        .says("n1", "follower 6 - n3")
        .accepted_by(CHECKER);
}

#[test]
fn null_and_absent_name_nobody() {
    History::of(3)
        .says("n1", "leader 5 n1 n1")
        .says("n2", "follower 5 n1 -")
        .says("n3", "follower 5 n1 ?")
        .accepted_by(CHECKER);
}

#[test]
fn a_poll_that_mixes_moments_proves_nothing() {
    History::of(3).says("n1", "leader 15 n1 n1").seen("status", "n2", "follower 15 - n3").accepted_by(CHECKER);
}
