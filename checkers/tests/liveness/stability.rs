use history::Verdict;

use super::story::Story;

const NAME: &str = "stability";

#[test]
fn an_undisturbed_leader_is_stable() {
    let judgement = Story::begun(3).end(30_000).judged(NAME);
    assert_eq!((judgement.verdict, judgement.judged, judgement.counts["changes"]), (Verdict::Valid, true, 0));
}

#[test]
fn one_change_is_allowed_and_two_are_not() {
    let once = Story::begun(3).elects(2, 2, 5_000);
    assert_eq!(once.clone().end(30_000).judged(NAME).verdict, Verdict::Valid);
    let judgement = once.clone().elects(3, 3, 9_000).end(30_000).judged(NAME);
    assert_eq!(judgement.verdict, Verdict::Invalid);
    assert!(judgement.violations[0].sentence.contains("rose 2 times"), "{:?}", judgement.violations);
    let never = once.with("claims", serde_json::json!({"stability": 0})).end(30_000).judged(NAME);
    assert_eq!(never.verdict, Verdict::Invalid);
}

#[test]
fn the_rounds_of_one_election_are_one_change() {
    // n3 lost the race against its timer once; two rounds are split, n2 wins the third.
    let mut story = Story::begun(3);
    story.says(3, 5_000, "candidate", 2, None).says(1, 5_001, "follower", 2, None).says(2, 5_001, "follower", 2, None);
    story.says(2, 5_200, "candidate", 3, None).says(3, 5_201, "follower", 3, None).says(1, 5_202, "candidate", 3, None);
    let once = story.elects(2, 4, 5_500);
    let judgement = once.clone().end(30_000).judged(NAME);
    assert_eq!((judgement.verdict, judgement.counts["changes"]), (Verdict::Valid, 1));
    assert_eq!(once.clone().elects(1, 5, 9_000).end(30_000).judged(NAME).verdict, Verdict::Invalid);
    let never = once.with("claims", serde_json::json!({"stability": 0})).end(30_000).judged(NAME);
    assert_eq!(never.verdict, Verdict::Invalid);
}

#[test]
fn terms_that_rise_while_a_leader_leads_on_are_a_change_each() {
    let mut story = Story::begun(3);
    for term in 2..6 {
        story.says(3, 5_000 + 200 * term, "candidate", term, None);
    }
    let judgement = story.end(30_000).judged(NAME);
    assert_eq!((judgement.verdict, judgement.counts["changes"]), (Verdict::Invalid, 4));
}

#[test]
fn a_leader_of_an_instant_makes_the_next_term_another_change() {
    // n2 is elected and unseated before anybody has heard of it.
    let mut story = Story::begun(3);
    story.says(2, 5_000, "candidate", 2, None).says(1, 5_001, "follower", 2, None);
    story.says(2, 5_002, "leader", 2, Some(2)).says(3, 5_003, "candidate", 3, None);
    story.says(2, 5_004, "follower", 3, None);
    let judgement = story.elects(3, 3, 5_010).end(30_000).judged(NAME);
    assert_eq!((judgement.verdict, judgement.counts["changes"]), (Verdict::Invalid, 2));
}

#[test]
fn before_any_fault_changes_count_from_the_first_agreement_on() {
    let mut story = Story::begun(3).elects(2, 2, 1_000).elects(3, 3, 1_500);
    assert_eq!(story.end(3_000).judged(NAME).verdict, Verdict::Invalid);
}

#[test]
fn a_fault_between_two_changes_makes_two_windows() {
    let mut story = Story::begun(3).elects(2, 2, 5_000);
    story.node(2, "stop", 7_000).node(2, "continue", 8_000);
    assert_eq!(story.elects(3, 3, 8_100).elects(1, 4, 20_000).end(30_000).judged(NAME).verdict, Verdict::Valid);
}

#[test]
fn what_follows_a_pause_is_its_doing_though_all_seem_to_agree_when_it_ends() {
    let mut story = Story::begun(3);
    story.node(3, "stop", 7_000).node(3, "continue", 8_000);
    // n3 wakes, campaigns, the vote is split, n2 wins in the third round.
    story.says(3, 8_001, "candidate", 2, None).says(2, 8_200, "candidate", 3, None);
    assert_eq!(story.elects(2, 4, 8_500).end(30_000).judged(NAME).verdict, Verdict::Valid);
}

#[test]
fn a_stall_in_the_window_excuses() {
    let mut story = Story::begun(3).elects(2, 2, 5_000).elects(3, 3, 9_000);
    assert_eq!(story.stall(4_900, 5_000).end(30_000).judged(NAME).verdict, Verdict::Valid);
}

#[test]
fn degraded_links_owe_no_stability() {
    let mut story = Story::begun(3);
    story.fault(1, "inject", "degrade", "n1->n2", (1_000, 1_001));
    let story = story.elects(2, 2, 5_000).elects(3, 3, 9_000);
    assert_eq!(story.clone().end(30_000).judged(NAME).verdict, Verdict::Valid);
}

/// What is left of a record that began at `from`.
fn late(mut story: Story, from: u64) -> Story {
    story.lines().retain(|line| line["t"].as_u64().unwrap() >= from * 1_000_000);
    story
}

#[test]
fn a_record_that_begins_late_may_begin_just_after_a_fault() {
    let rising = |after: u64| {
        let mut story = Story::begun(3).elects(1, 2, 8_000);
        story = story.elects(2, 3, 8_000 + after).elects(3, 4, 8_400 + after);
        story.end(30_000);
        story
    };
    assert_eq!(rising(300).judged(NAME).verdict, Verdict::Invalid);
    assert_eq!(late(rising(300), 7_990).judged(NAME).verdict, Verdict::Valid);
    // The cap of this network is a second, and a round of its elections 0.625 s.
    assert_eq!(late(rising(1_700), 7_990).judged(NAME).verdict, Verdict::Invalid);
}
