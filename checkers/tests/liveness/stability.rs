use checkers::Verdict;

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
