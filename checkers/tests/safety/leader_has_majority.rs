use serde_json::json;

use crate::histories::History;

const CHECKER: &str = "leader-has-majority";

/// Of `n` nodes that are watched from the beginning, long before term 5.
fn watched(n: usize) -> History {
    (1..=n).fold(History::of(n), |history, node| history.says(&format!("n{node}@0..0"), "follower 1 - -"))
}

/// n1 leads term 5 with its own vote at 10 ms; what the others say comes after.
fn n1_leads() -> History {
    watched(3).says("n1@8..8", "candidate 5 n1 -").says("n1@10..10", "leader 5 n1 n1")
}

#[test]
fn a_leader_with_its_own_vote_only_is_rejected() {
    n1_leads()
        .says("n2@20..20", "follower 5 - n1")
        .says("n3@21..21", "follower 5 - n1")
        .rejected_by(CHECKER, "n1 became leader of term 5 without a majority of the 3 voters: it had 1 vote (n1), and 2 are needed. n2 and n3 had not voted");
}

#[test]
fn votes_for_others_are_no_support() {
    watched(3)
        .says("n2@3..3", "candidate 5 n2 -")
        .says("n3@4..4", "follower 5 n2 -")
        .says("n1@8..8", "candidate 5 n1 -")
        .says("n1@10..10", "leader 5 n1 n1")
        .says("n2@20..20", "follower 6 - -")
        .says("n3@20..20", "follower 6 - -")
        .rejected_by(
            CHECKER,
            "n2 (which had voted for itself in term 5) and n3 (which had voted for n2 in term 5) had not",
        );
}

#[test]
fn a_vote_after_the_win_is_no_support() {
    n1_leads()
        .says("n2@11..11", "follower 5 n1 -")
        .says("n3@12..12", "follower 5 n1 -")
        .rejected_by(CHECKER, "n2 and n3");
}

#[test]
fn a_leader_that_voted_for_another_has_not_its_own_vote() {
    watched(3)
        .says("n3@5..5", "follower 5 n1 -")
        .says("n1@10..10", "leader 5 n2 n1")
        .says("n1@20..20", "follower 6 - -")
        .says("n2@20..20", "follower 6 - -")
        .rejected_by(
            CHECKER,
            "it had 1 vote (n3), and 2 are needed. n1 (which had voted for n2 in term 5) and n2 had not",
        );
}

#[test]
fn half_of_four_is_no_majority() {
    watched(4)
        .says("n2@5..5", "follower 5 n1 -")
        .says("n1@10..10", "leader 5 n1 n1")
        .says("n3@20..20", "follower 6 - -")
        .says("n4@20..20", "follower 6 - -")
        .rejected_by(CHECKER, "it had 2 votes (n1 and n2), and 3 are needed. n3 and n4 had not voted for it by then.");
}

#[test]
fn the_newest_vote_of_who_had_not_voted_is_told_if_it_was_certainly_before_the_win() {
    let voted = |when: &str| {
        watched(3)
            .says("n3@4..4", "follower 3 n3 -")
            .says(when, "follower 4 n2 -")
            .says("n1@8..8", "candidate 5 n1 -")
            .says("n1@10..10", "leader 5 n1 n1")
            .says("n2@20..20", "follower 5 - n1")
            .says("n3@20..20", "follower 5 - n1")
    };
    voted("n3@6..6").rejected_by(CHECKER, "n2 and n3 (which had voted for n2 in term 4) had not voted for it by then.");
    voted("n3@6..11").rejected_by(CHECKER, "n2 and n3 (which had voted for itself in term 3) had not voted");
}

#[test]
fn votes_that_nobody_knows_of_are_counted_for_the_leader() {
    watched(4)
        .says("n1@10..10", "leader 5 n1 n1")
        .says("n3@20..20", "follower 6 - -")
        .says("n4@20..20", "follower 6 - -")
        .rejected_by(CHECKER, "it had 2 votes at most, and 3 are needed. n3 and n4 had not voted for it by then.");
}

#[test]
fn a_majority_of_votes_is_accepted_wherever_the_lines_stand_in_the_file() {
    n1_leads().says("n2@9..9", "follower 5 n1 -").says("n3@20..20", "follower 6 - -").accepted_by(CHECKER);
}

#[test]
fn a_vote_that_can_have_been_in_time_is_accepted() {
    n1_leads().says("n2@9..15", "follower 5 n1 -").says("n3@20..20", "follower 6 - -").accepted_by(CHECKER);
}

#[test]
fn a_voter_of_which_nothing_later_was_recorded_is_open() {
    n1_leads().says("n2@2..2", "follower 4 - -").says("n3@3..3", "follower 4 - -").accepted_by(CHECKER);
}

#[test]
fn a_voter_whose_line_can_have_been_before_the_win_has_not_passed_it() {
    n1_leads().says("n2@9..30", "follower 6 - -").says("n3@10..30", "follower 6 - -").accepted_by(CHECKER);
}

#[test]
fn a_stream_that_ended_without_the_vote_is_out() {
    n1_leads()
        .says("n2@2..2", "follower 4 - -")
        .killed("n2@9..9")
        .says("n3@3..3", "follower 4 - -")
        .killed("n3@9..9")
        .rejected_by(CHECKER, "n2 and n3");
}

#[test]
fn a_stream_whose_pipes_are_at_their_end_is_out_and_one_pipe_alone_is_not() {
    let history = n1_leads()
        .says("n2@2..2", "follower 4 - -")
        .killed("n2@9..9")
        .says("n3@3..3", "follower 4 - -")
        .node("n3@9..9", "eof", json!({}));
    history.accepted_by(CHECKER);
    history.clone().end().rejected_by(CHECKER, "n2 and n3");
    history.node("n3@9..9", "eof", json!({})).rejected_by(CHECKER, "n2 and n3");
}

#[test]
fn a_restarted_voter_whose_new_lines_can_be_missing_is_open() {
    n1_leads()
        .says("n2@2..2", "follower 4 - -")
        .killed("n2@5..5")
        .start("n2#2@6..7")
        .says("n3@20..20", "follower 6 - -")
        .accepted_by(CHECKER);
}

#[test]
fn a_voter_that_was_started_after_the_win_is_out() {
    n1_leads()
        .says("n2@2..2", "follower 4 - -")
        .killed("n2@5..5")
        .start("n2#2@16..17")
        .says("n3@20..20", "follower 6 - -")
        .rejected_by(CHECKER, "n2 and n3");
}

#[test]
fn a_vote_that_a_kill_kept_from_being_printed_was_not_counted() {
    // n2 came back with a vote for n1 that no line before the win has: it was never sent.
    n1_leads()
        .says("n2#1@2..2", "follower 4 - -")
        .killed("n2#1@9..9")
        .start("n2#2@19..20")
        .says("n2#2@21..21", "follower 5 n1 -")
        .says("n3@20..20", "follower 6 - -")
        .rejected_by(CHECKER, "n2 and n3");
}

#[test]
fn a_vote_of_an_older_incarnation_that_comes_late_in_the_file_counts() {
    n1_leads()
        .says("n2#2@20..20", "follower 5 n1 -")
        .says("n3@20..20", "follower 6 - -")
        .says("n2#1@9..9", "follower 5 n1 -")
        .accepted_by(CHECKER);
}

#[test]
fn a_line_of_the_term_that_does_not_show_the_vote_keeps_its_voter_open() {
    n1_leads()
        .says("n2@9..9", "follower 5")
        .says("n2@20..20", "follower 6 - -")
        .says("n3@20..20", "follower 6 - -")
        .accepted_by(CHECKER);
}

#[test]
fn a_line_of_an_unknown_term_keeps_its_voter_open_for_the_terms_around_it() {
    let with = |after: &str| {
        n1_leads()
            .says("n2@7..7", "follower 4 - -")
            .says("n2@9..9", "follower ? n1")
            .says("n2@20..20", after)
            .says("n3@20..20", "follower 6 - -")
    };
    with("follower 6 - -").accepted_by(CHECKER);
    with("follower 4 - -").rejected_by(CHECKER, "n2 and n3");
}

#[test]
fn lost_lines_keep_a_voter_open_for_the_terms_that_they_can_have_shown() {
    let with = |before: &str, after: &str| {
        n1_leads()
            .says("n2@5..5", before)
            .node("n2@9..9", "gap", json!({}))
            .says("n2@20..20", after)
            .says("n3@20..20", "follower 6 - -")
    };
    with("follower 4 - -", "follower 6 - -").accepted_by(CHECKER);
    with("follower 5 - -", "follower 5 - n1").accepted_by(CHECKER);
    with("follower 2 - -", "follower 4 - -").rejected_by(CHECKER, "n2 and n3");
    with("follower 6 - -", "follower 7 - -").rejected_by(CHECKER, "n2 and n3");
}

#[test]
fn a_gap_that_nothing_follows_keeps_its_voter_open() {
    n1_leads()
        .says("n2@5..5", "follower 4 - -")
        .node("n2@9..9", "gap", json!({}))
        .killed("n2@20..20")
        .says("n3@20..20", "follower 6 - -")
        .accepted_by(CHECKER);
}

#[test]
fn voters_that_are_not_watched_completely_are_open() {
    let history = |observer: &str| {
        History::of(3)
            .header("observers", json!([{"name": "loose", "evidence": "atomic"}]))
            .says("n1@10..10", "leader 5 n1 n1")
            .seen(observer, "n2@1..1", "follower 4 - -")
            .seen(observer, "n3@1..1", "follower 4 - -")
            .seen(observer, "n2@20..20", "follower 6 - -")
            .seen(observer, "n3@20..20", "follower 6 - -")
    };
    history("loose").accepted_by(CHECKER);
    history("events").rejected_by(CHECKER, "n2 and n3");
}

/// A node that the header does not list wins: the lines that say who was let in are not there, and what it believed is not known.
#[test]
fn the_list_of_the_header_is_not_what_a_leader_believed_that_is_not_in_it() {
    let won = |leader: &str, others: [&str; 2]| {
        let history = watched(5).header("voters", json!(["n1", "n2", "n3"]));
        let history = history.says("n5@5..5", &format!("follower 5 {leader} -"));
        let history = history.says(&format!("{leader}@10..10"), &format!("leader 5 {leader} {leader}"));
        others.iter().fold(history, |history, other| history.says(&format!("{other}@20..20"), "follower 6 - -"))
    };
    won("n4", ["n2", "n3"]).accepted_by(CHECKER);
    won("n1", ["n2", "n3"]).rejected_by(CHECKER, "it had 1 vote (n1), and 2 are needed. n2 and n3");
}

#[test]
fn only_voters_count() {
    watched(5)
        .header("voters", json!(["n1", "n2", "n3"]))
        .says("n4@5..5", "follower 5 n1 -")
        .says("n5@5..5", "follower 5 n1 -")
        .says("n1@10..10", "leader 5 n1 n1")
        .says("n2@20..20", "follower 6 - -")
        .says("n3@20..20", "follower 6 - -")
        .rejected_by(CHECKER, "a majority of the 3 voters: it had 1 vote (n1), and 2 are needed. n2 and n3");
}

#[test]
fn the_first_line_as_leader_is_the_moment() {
    n1_leads()
        .says("n2@20..20", "follower 5 n1 n1")
        .says("n1@30..30", "leader 5 n1 n1")
        .says("n3@20..20", "follower 6 - -")
        .rejected_by(CHECKER, "n2 and n3");
}
