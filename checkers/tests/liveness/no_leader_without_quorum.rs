use history::Verdict;

use super::story::{Story, between};

const NAME: &str = "no-leader-without-quorum";

/// n1 is cut off from 10 s on, begins a candidacy at `began` and says at `won` that it won.
fn lonely_win(began: u64, won: u64) -> Story {
    let mut story = Story::begun(3);
    story.fault(1, "inject", "cut", &between(&[1], &[2, 3]), (10_000, 10_005));
    story.says(1, began, "candidate", 2, None).says(1, won, "leader", 2, Some(1));
    story
}

#[test]
fn a_win_in_isolation_is_found() {
    let judgement = lonely_win(11_000, 11_050).end(12_000).judged(NAME);
    assert_eq!(judgement.verdict, Verdict::Invalid);
    let violation = &judgement.violations[0];
    assert_eq!((violation.nodes.len(), violation.term), (3, Some(2)));
    assert_eq!(violation.evidence.len(), 3, "{violation:?}");
}

#[test]
fn a_candidacy_that_may_have_begun_before_the_cut_is_lawful() {
    assert_eq!(lonely_win(10_003, 11_050).end(12_000).judged(NAME).verdict, Verdict::Valid);
}

#[test]
fn a_win_that_may_have_come_after_the_lift_is_lawful() {
    let mut story = lonely_win(11_000, 11_050);
    story.fault(1, "lift", "cut", &between(&[1], &[2, 3]), (11_045, 11_060));
    assert_eq!(story.end(12_000).judged(NAME).verdict, Verdict::Valid);
}

#[test]
fn dead_and_paused_voters_cannot_vote_but_restarted_ones_may() {
    let dead = |back: Option<u64>| {
        let mut story = Story::begun(3);
        story.node(2, "exit", 10_000).node(3, "stop", 10_000);
        story.says(1, 11_000, "candidate", 2, None).says(1, 11_050, "leader", 2, Some(1));
        if let Some(at) = back {
            story.node(2, "start", at);
        }
        story.end(12_000).judged(NAME).verdict
    };
    assert_eq!(dead(None), Verdict::Invalid);
    assert_eq!(dead(Some(11_030)), Verdict::Valid);
    assert_eq!(dead(Some(11_060)), Verdict::Invalid);
}

#[test]
fn voters_reachable_one_after_the_other_may_both_have_voted() {
    // n1 reaches n2 first and n3 later, never a majority of five at one instant.
    let mut story = Story::begun(5);
    story.fault(1, "inject", "cut", &between(&[1], &[3, 4, 5]), (9_000, 9_000));
    story.says(1, 10_000, "candidate", 2, None);
    story.fault(2, "inject", "cut", &between(&[1], &[2]), (10_100, 10_100));
    story.fault(1, "lift", "cut", "", (10_200, 10_200));
    story.fault(3, "inject", "cut", &between(&[1], &[4, 5]), (10_200, 10_200));
    story.says(1, 10_300, "leader", 2, Some(1));
    assert_eq!(story.end(12_000).judged(NAME).verdict, Verdict::Valid);
}

#[test]
fn one_direction_is_enough_to_lose_a_vote() {
    let mut story = Story::begun(3);
    story.fault(1, "inject", "cut", "n2->n1 n1->n3", (10_000, 10_005));
    story.says(1, 11_000, "candidate", 2, None).says(1, 11_050, "leader", 2, Some(1));
    assert_eq!(story.end(12_000).judged(NAME).verdict, Verdict::Invalid);
}

#[test]
fn a_cut_that_leaks_or_is_indeterminate_proves_nothing() {
    let mut story = lonely_win(11_000, 11_050);
    story.link("n1->n2", (10_005, 11_500), "cut", 80).link("n2->n1", (10_005, 11_500), "cut", 80);
    assert_eq!(story.end(12_000).judged(NAME).verdict, Verdict::Valid);
    let mut story = Story::begun(3);
    story.fault_ended(1, "inject", "cut", &between(&[1], &[2, 3]), (10_000, 10_005), "indeterminate");
    story.says(1, 11_000, "candidate", 2, None).says(1, 11_050, "leader", 2, Some(1));
    assert_eq!(story.end(12_000).judged(NAME).verdict, Verdict::Valid);
}

#[test]
fn sampled_evidence_proves_nothing() {
    let mut story = Story::of(3);
    story.fault(1, "inject", "cut", &between(&[1], &[2, 3]), (10_000, 10_005));
    story.shows("status", 1, (11_000, 11_001), "candidate", 2, Some(None));
    story.shows("status", 1, (11_050, 11_051), "leader", 2, Some(Some(1)));
    assert!(!story.end(12_000).judged(NAME).judged);
}

#[test]
fn the_wins_of_a_sole_node_are_lawful() {
    assert_eq!(Story::begun(1).end(12_000).judged(NAME).verdict, Verdict::Valid);
}

#[test]
fn voters_that_do_not_vote_make_no_quorum() {
    // Of five nodes three vote; n4 and n5 are still there when n2 and n3 are dead.
    let mut story = Story::begun(5).with("voters", serde_json::json!(["n1", "n2", "n3"]));
    story.node(2, "exit", 10_000).node(3, "exit", 10_000);
    story.says(1, 11_000, "candidate", 2, None).says(1, 11_050, "leader", 2, Some(1));
    assert_eq!(story.end(12_000).judged(NAME).verdict, Verdict::Invalid);
}

#[test]
fn a_restart_whose_span_overlaps_a_pause_may_have_ended_it() {
    // The pause of n2 and n3 and their restart were seen at once; by 11 s they run, unpaused.
    let mut story = Story::begun(3);
    story.fault(1, "inject", "pause", "n2 n3", (10_000, 10_040));
    for node in [2, 3] {
        story.node(node, "exit", 10_020);
        story.raw(
            10_060,
            &format!(r#""type":"node","node":"n{node}","event":"start","span":[10030000000,10060000000]"#),
        );
    }
    story.says(1, 11_000, "candidate", 2, None).says(1, 11_050, "leader", 2, Some(1));
    assert_eq!(story.end(12_000).judged(NAME).verdict, Verdict::Valid);
}

#[test]
fn a_voter_under_a_stutter_may_run_though_a_pause_names_it() {
    let mut story = Story::begun(3);
    story.fault(1, "inject", "stutter", "n2 n3", (9_000, 9_001));
    story.fault(2, "inject", "pause", "n2 n3", (9_500, 9_501)).node(2, "stop", 9_500).node(3, "stop", 9_500);
    // The pause ends while the stutter holds the nodes, and what the stutter does is not told.
    story.fault(2, "lift", "pause", "n2 n3", (10_000, 10_001)).fault(1, "lift", "stutter", "n2 n3", (10_500, 10_501));
    story.says(1, 11_000, "candidate", 2, None).says(1, 11_050, "leader", 2, Some(1));
    assert_eq!(story.end(12_000).judged(NAME).verdict, Verdict::Valid);
}

#[test]
fn a_fault_of_an_unknown_kind_may_have_undone_a_cut_or_brought_the_dead_back() {
    let cut = |meteor: &str| {
        let mut story = lonely_win(11_000, 11_050);
        story.fault(7, "inject", "meteor", meteor, (10_900, 10_901));
        story.end(12_000).judged(NAME).verdict
    };
    assert_eq!(cut("n2"), Verdict::Valid);
    assert_eq!(cut(""), Verdict::Valid);
    let dead = |meteor: &str| {
        let mut story = Story::begun(5);
        story.node(2, "exit", 10_000).node(3, "exit", 10_000).node(4, "exit", 10_000);
        story.fault(7, "inject", "meteor", meteor, (10_900, 10_901));
        story.says(1, 11_000, "candidate", 2, None).says(1, 11_050, "leader", 2, Some(1));
        story.end(12_000).judged(NAME).verdict
    };
    assert_eq!(dead("n2"), Verdict::Valid);
    assert_eq!(dead("n5"), Verdict::Invalid);
}

/// n1 is candidate since `before` what is lost, and says so again at 11 s; n2 and n3 are paused from 10 s on; it wins at 11.05 s.
fn repeated(before: impl FnOnce(&mut Story)) -> Story {
    let mut story = Story::begun(3);
    before(&mut story);
    story.fault(1, "inject", "pause", "n2 n3", (10_000, 10_005));
    story.says(1, 11_000, "candidate", 2, None).says(1, 11_050, "leader", 2, Some(1));
    story.fault(1, "lift", "pause", "n2 n3", (11_500, 11_505)).end(12_000);
    story
}

/// Numbers n1's lines; one is missing before the first of term 2.
fn numbered(mut story: Story) -> Story {
    let mut last = 0;
    for line in story.lines().iter_mut().filter(|line| line["type"] == "observe" && line["node"] == "n1") {
        last += if line["term"] == 2 && line["role"] == "candidate" { 2 } else { 1 };
        line["seq"] = last.into();
    }
    story
}

fn without_completeness(story: Story) -> Story {
    let events = serde_json::json!([{"name": "events", "evidence": "atomic", "source": "stdout"}]);
    story.with("observers", events)
}

#[test]
fn a_candidacy_may_be_older_than_its_first_line_that_is_left() {
    let whole = repeated(|_| ());
    assert_eq!(whole.judged(NAME).verdict, Verdict::Invalid);
    assert_eq!(numbered(whole.clone()).judged(NAME).verdict, Verdict::Valid);
    assert_eq!(without_completeness(whole.clone()).judged(NAME).verdict, Verdict::Valid);
    let gap = repeated(|story| {
        story.node(1, "gap", 9_000);
    });
    assert_eq!(gap.judged(NAME).verdict, Verdict::Valid);
    let mut late = whole;
    late.lines().retain(|line| line["t"].as_u64().unwrap() >= 10_000_000_000);
    assert_eq!(late.judged(NAME).verdict, Verdict::Valid);
}

#[test]
fn a_lower_term_after_the_loss_of_quorum_shows_that_the_candidacy_came_later() {
    let mut story = Story::begun(3);
    story.fault(1, "inject", "pause", "n2 n3", (10_000, 10_005));
    story.says(1, 10_500, "follower", 1, None);
    story.says(1, 11_000, "candidate", 2, None).says(1, 11_050, "leader", 2, Some(1)).end(12_000);
    assert_eq!(numbered(story.clone()).judged(NAME).verdict, Verdict::Invalid);
    assert_eq!(without_completeness(story).judged(NAME).verdict, Verdict::Invalid);
    // A poll shows the term as well.
    let mut story = repeated(|story| {
        story.node(1, "gap", 9_000);
    });
    story.shows("status", 1, (10_600, 10_610), "follower", 1, None);
    let poll = story.lines().pop().unwrap();
    let candidate = story.lines().iter().position(|line| line["term"] == 2).unwrap();
    story.lines().insert(candidate, poll);
    assert_eq!(story.judged(NAME).verdict, Verdict::Invalid);
}

#[test]
fn a_vote_for_a_term_that_began_in_a_cut_whose_end_is_not_told_speaks_against_the_cut() {
    // n2 follows n1 in the new term, and later its line comes to the file.
    let followed = |field: &str, value: serde_json::Value| {
        let mut story = lonely_win(11_000, 11_050);
        story.shows("events", 2, (11_060, 11_060), "follower", 2, None);
        story.lines().last_mut().unwrap()[field] = value;
        story.end(12_000).judged(NAME).verdict
    };
    assert_eq!(followed("vote", "n1".into()), Verdict::Valid);
    assert_eq!(followed("leader", "n1".into()), Verdict::Valid);
    assert_eq!(followed("log", serde_json::json!([1, 1])), Verdict::Valid);
    // It is in the term for reasons of its own.
    assert_eq!(followed("vote", "n3".into()), Verdict::Invalid);
    let mut counted = lonely_win(11_000, 11_050);
    counted.lines().last_mut().unwrap()["counted"] = serde_json::json!(["n3"]);
    assert_eq!(counted.end(12_000).judged(NAME).verdict, Verdict::Valid);
}

#[test]
fn whoever_still_follows_the_term_before_a_cut_says_nothing_of_it() {
    let mut story = lonely_win(11_000, 11_050);
    story.says(2, 11_060, "follower", 1, Some(1));
    story.lines().last_mut().unwrap()["vote"] = "n1".into();
    assert_eq!(story.end(12_000).judged(NAME).verdict, Verdict::Invalid);
}

#[test]
fn a_cut_of_which_both_ends_are_told_is_refuted_by_votes_and_not_by_what_others_may_have_told() {
    let followed = |field: &str, at: u64| {
        let mut story = lonely_win(11_000, 11_050);
        story.shows("events", 2, (at, at), "follower", 2, None);
        story.lines().last_mut().unwrap()[field] = "n1".into();
        story.fault(1, "lift", "cut", &between(&[1], &[2, 3]), (11_500, 11_510));
        story.end(12_000).judged(NAME).verdict
    };
    assert_eq!(followed("vote", 11_060), Verdict::Valid);
    assert_eq!(followed("vote", 11_520), Verdict::Invalid);
    assert_eq!(followed("leader", 11_060), Verdict::Invalid);
}

#[test]
fn who_voted_was_running_whoever_wrote_it_down() {
    let file = serde_json::json!([{"name": "events", "evidence": "atomic", "durable": true, "complete": true, "source": "file"}]);
    let paused = |voted: bool| {
        let mut story = Story::begun(3).with("observers", file.clone());
        story.fault(1, "inject", "pause", "n2 n3", (10_000, 10_005));
        story.says(1, 11_000, "candidate", 2, None);
        if voted {
            story.shows("events", 2, (11_020, 11_020), "follower", 2, None);
            story.lines().last_mut().unwrap()["vote"] = "n1".into();
        }
        story.says(1, 11_050, "leader", 2, Some(1)).end(12_000);
        story.judged(NAME).verdict
    };
    assert_eq!([paused(true), paused(false)], [Verdict::Valid, Verdict::Invalid]);
}
