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

/// n2's vote may have been shown before n1 won, whose line is wide; `before` is what n2 showed until then.
fn wide_win(before: impl FnOnce(History) -> History, vote: &str) -> History {
    let history = before(History::of(3)).says("n1", "follower 1 - - 1/3").says("n1", "candidate 2 n1 - 1/3");
    history.says("n1@10..3000", "leader 2 n1 n1 1/3").says(vote, "follower 2 n1 - 2/9")
}

#[test]
fn a_vote_that_was_repeated_after_a_restart_or_a_hole_may_come_with_a_log_that_has_grown() {
    let lower = |history: History| history.says("n2", "follower 1 - - 1/3");
    let mut holed = wide_win(lower, "n2@1600..1600");
    for (line, seq) in holed.lines_mut().iter_mut().filter(|line| line["node"] == "n2").zip([1, 3]) {
        line["seq"] = json!(seq);
    }
    let late = wide_win(|history| history, "n2#2@1600..1600");
    let gap = wide_win(|history| lower(history).node("n2", "gap", json!({})), "n2@1600..1600");
    for history in [late, wide_win(lower, "n2#2@1600..1600"), gap, holed] {
        assert_eq!(history.asked(CHECKER).verdict, history::Verdict::Valid);
    }
}

#[test]
fn a_vote_that_was_watched_as_it_was_cast_shows_the_log_that_was_compared() {
    for before in ["follower 1 - - 1/3", "follower 2 - - 2/9"] {
        wide_win(|history| history.says("n2", before), "n2@1600..1600").rejected_by(CHECKER, "older log");
    }
}
