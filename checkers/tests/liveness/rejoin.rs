//! A leader unseated by one who comes back, at grade `clique`.

use history::Verdict;
use serde_json::json;

use super::story::{Story, between};

const NAME: &str = "stability";

/// Five nodes; n1 leads term 1; n5 is cut off from 2 s to 4 s.
fn isolated() -> Story {
    let mut story = Story::begun(5).with("claims", json!({"grade": "clique"}));
    story.fault(1, "inject", "cut", &between(&[5], &[1, 2, 3, 4]), (2_000, 2_001));
    story
}

fn back(mut story: Story) -> Story {
    story.fault(1, "lift", "cut", &between(&[5], &[1, 2, 3, 4]), (4_000, 4_001));
    story
}

fn campaigns(mut story: Story, terms: std::ops::RangeInclusive<u64>) -> Story {
    for (at, term) in terms.enumerate() {
        story.says(5, 2_300 + 200 * at as u64, "candidate", term, None);
    }
    story
}

/// Everybody goes on to `term` when n5 is back.
fn unseated(mut story: Story, term: u64) -> Story {
    for node in 1..=4 {
        story.says(node, 4_100 + node as u64, "follower", term, None);
    }
    story.elects(2, term + 1, 4_400)
}

#[test]
fn who_campaigned_alone_and_unseats_a_healthy_leader_is_found() {
    let judgement = unseated(back(campaigns(isolated(), 2..=8)), 9).end(9_000).judged(NAME);
    assert_eq!(judgement.verdict, Verdict::Invalid, "{judgement:#?}");
    assert_eq!(judgement.violations.len(), 1);
    let sentence = &judgement.violations[0].sentence;
    assert!(sentence.starts_with("n5 campaigned up to term 8") && sentence.contains("unseated n1"), "{sentence}");
}

#[test]
fn without_the_claim_it_is_lawful() {
    let plain = isolated().with("claims", json!({"grade": "clean"}));
    let judgement = unseated(back(campaigns(plain, 2..=8)), 9).end(9_000).judged(NAME);
    assert_eq!(judgement.verdict, Verdict::Valid);
}

#[test]
fn one_candidacy_that_a_majority_may_have_encouraged_before_the_cut_is_lawful() {
    let judgement = unseated(back(campaigns(isolated(), 2..=2)), 3).end(9_000).judged(NAME);
    assert_eq!(judgement.verdict, Verdict::Valid, "{judgement:#?}");
}

#[test]
fn who_campaigned_alone_and_does_no_harm_is_not_accused() {
    let mut story = back(campaigns(isolated(), 2..=8));
    story.says(5, 4_100, "follower", 8, Some(1));
    assert_eq!(story.end(9_000).judged(NAME).verdict, Verdict::Valid);
}

#[test]
fn a_majority_that_elects_for_itself_is_not_unseated() {
    // n1 gives up by itself; the next term is their own, and n5 is at a higher one all the while.
    let story = back(campaigns(isolated(), 2..=8)).elected_by(2, 2, 4_300, &[1, 2, 3, 4]);
    let judgement = story.clone().end(4_500).judged(NAME);
    assert_eq!(judgement.verdict, Verdict::Valid, "{judgement:#?}");
}

#[test]
fn a_majority_that_was_itself_disturbed_is_not_judged() {
    let mut story = campaigns(isolated(), 2..=8);
    story.node(3, "stop", 3_900).node(3, "continue", 3_950);
    story.node(4, "stop", 3_900).node(4, "continue", 3_950);
    assert_eq!(unseated(back(story), 9).end(9_000).judged(NAME).verdict, Verdict::Valid);
}

#[test]
fn a_stall_of_the_harness_excuses() {
    let mut story = unseated(back(campaigns(isolated(), 2..=8)), 9);
    assert_eq!(story.stall(4_000, 4_060).end(9_000).judged(NAME).verdict, Verdict::Valid);
}

#[test]
fn a_candidate_that_could_reach_a_majority_one_after_the_other_may_have_been_encouraged() {
    // n5 is cut off from n1 and n2 first, then from n3 and n4: never from three at once.
    let mut story = Story::begun(5).with("claims", json!({"grade": "clique"}));
    story.fault(1, "inject", "cut", &between(&[5], &[1, 2]), (2_000, 2_001));
    let story = unseated(campaigns(story, 2..=8), 9);
    assert_eq!(story.clone().end(9_000).judged(NAME).verdict, Verdict::Valid);
}

#[test]
fn what_polls_leave_out_between_two_terms_may_have_been_elections() {
    let mut story = back(campaigns(isolated(), 2..=8));
    story.shows("status", 1, (4_150, 4_160), "follower", 9, None);
    assert_eq!(story.end(4_300).judged(NAME).verdict, Verdict::Valid);
}
