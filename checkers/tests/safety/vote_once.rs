use crate::histories::History;

const CHECKER: &str = "vote-once";

#[test]
fn two_votes_in_one_term_are_rejected() {
    let history = History::of(3).says("n1", "follower 5 n2").says("n1", "follower 5 n3").says("n1", "follower 5 n3");
    history.rejected_by(CHECKER, "n1 voted for n2 and then for n3 in term 5.");
    assert_eq!(history.evidence(CHECKER), [2, 3]);
}

#[test]
fn null_after_a_vote_is_rejected() {
    History::of(3)
        .says("n1", "follower 5 n2")
        .says("n1", "follower 5 -")
        .says("n1", "follower 5 -")
        .rejected_by(CHECKER, "n1 voted for n2 in term 5 and then had no vote in that term.");
}

#[test]
fn two_votes_are_rejected_when_another_term_lies_between() {
    History::of(3)
        .says("n1", "follower 5 n2")
        .says("n1", "follower 6 -")
        .says("n1", "follower 5 n3")
        .rejected_by(CHECKER, "term 5");
}

#[test]
fn a_durable_vote_that_changes_across_a_restart_is_rejected() {
    History::of(3)
        .says("n1#1", "follower 5 n2")
        .says("n1#2", "follower 5 n3")
        .rejected_by(CHECKER, "n1 voted for n2 and after a restart for n3 in term 5.");
}

#[test]
fn a_durable_vote_that_is_lost_by_a_restart_is_rejected() {
    History::of(3)
        .says("n1#1", "follower 5 n2")
        .says("n1#2", "follower 5 -")
        .rejected_by(CHECKER, "n1 voted for n2 in term 5 and after a restart had no vote in that term.");
}

#[test]
fn a_vote_that_was_not_durable_may_change_across_a_restart_but_not_before() {
    let history = History::of(3).seen("early", "n1#1", "follower 5 n2").seen("early", "n1#2", "follower 5 n3");
    history.accepted_by(CHECKER);
    history.seen("early", "n1#2", "follower 5 n1").rejected_by(CHECKER, "n1 voted for n3 and then for n1");
}

#[test]
fn null_before_the_vote_is_accepted() {
    History::of(3)
        .says("n1", "follower 5 -")
        .says("n1", "follower 5 n2")
        .says("n1", "follower 6 -")
        .accepted_by(CHECKER);
}

#[test]
fn null_in_an_older_incarnation_is_accepted_wherever_it_stands_in_the_file() {
    History::of(3).says("n1#2", "follower 5 n2").says("n1#1@1..1", "follower 5 -").accepted_by(CHECKER);
}

#[test]
fn a_vote_that_a_kill_kept_from_being_printed_is_accepted_in_the_next_incarnation() {
    History::of(3)
        .says("n1#1", "follower 4 n3")
        .killed("n1#1")
        .start("n1#2")
        .says("n1#2", "follower 5 n2")
        .accepted_by(CHECKER);
}

#[test]
fn an_absent_vote_says_nothing() {
    History::of(3)
        .says("n1", "follower 5 n2")
        .says("n1", "leader 5 ?")
        .says("n1", "follower 5 n2")
        .accepted_by(CHECKER);
}

#[test]
fn observers_are_not_mixed() {
    History::of(3).says("n1", "follower 5 n2").seen("early", "n1", "follower 5 -").accepted_by(CHECKER);
}
