use crate::histories::History;

const CHECKER: &str = "term-monotonic";

#[test]
fn a_term_that_falls_is_rejected() {
    let history = History::of(3).says("n1", "follower 7").says("n1", "follower 6").says("n1", "follower 6");
    history.rejected_by(CHECKER, "n1 lost its term: it had reported term 7, and later it reported term 6.");
    assert_eq!(history.evidence(CHECKER), [2, 3]);
}

#[test]
fn a_term_that_falls_within_an_incarnation_is_rejected_even_if_it_is_not_durable() {
    History::of(3).seen("early", "n1", "follower 7").seen("early", "n1", "follower 6").rejected_by(CHECKER, "term 6");
}

#[test]
fn a_durable_term_that_falls_across_a_restart_is_rejected_once() {
    History::of(3)
        .says("n1#1", "follower 7")
        .says("n1#2", "follower 0")
        .says("n1#3", "follower 1")
        .rejected_by(CHECKER, "n1 lost its term: it had reported term 7, and after a restart it reported term 0.");
}

#[test]
fn a_term_that_was_not_durable_may_fall_across_a_restart() {
    History::of(3).seen("early", "n1#1", "follower 7").seen("early", "n1#2", "follower 6").accepted_by(CHECKER);
}

#[test]
fn incarnations_are_compared_in_their_own_order_not_in_the_order_of_the_file() {
    History::of(3)
        .says("n1#2", "follower 7")
        .says("n1#1@1..1", "follower 5")
        .says("n1#2", "follower 8")
        .says("n1#1@2..2", "follower 6")
        .accepted_by(CHECKER);
    History::of(3)
        .says("n1#2", "follower 7")
        .says("n1#1@1..1", "follower 9")
        .rejected_by(CHECKER, "n1 lost its term: it had reported term 9, and after a restart it reported term 7.");
}

#[test]
fn a_loss_is_found_across_an_incarnation_that_printed_nothing() {
    History::of(3).says("n1#1", "follower 7").says("n1#3", "follower 6").rejected_by(CHECKER, "restart");
}

#[test]
fn observers_are_not_mixed() {
    History::of(3).says("n1", "follower 7").seen("early", "n1", "follower 6").accepted_by(CHECKER);
}

#[test]
fn polls_that_arrive_late_prove_nothing() {
    History::of(3)
        .says("n1", "follower 7")
        .seen("status", "n1", "follower 7")
        .seen("status", "n1", "follower 6")
        .accepted_by(CHECKER);
}

#[test]
fn an_absent_term_says_nothing() {
    History::of(3).says("n1", "follower 7").says("n1", "follower ?").says("n1", "follower 7").accepted_by(CHECKER);
}
