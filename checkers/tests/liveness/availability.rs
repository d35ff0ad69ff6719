//! A claimed share of the time with a leader. The bound is 5 s, so that 50 s are needed.

use history::Verdict;
use history::verdict::Judgement;

use super::story::Story;

/// A leader of three that nothing is done to leads for 1 s and is gone for 4 s, so many times.
fn flapping(times: u64) -> Story {
    let mut story = Story::begun(3);
    for round in 0..times {
        let at = 1_300 + round * 5_000;
        let term = 2 + round;
        for node in 1..=3 {
            story.says(node, at, "follower", term, None);
        }
        story = story.elects(1, term, at + 4_000);
    }
    story.end(1_300 + times * 5_000);
    story
}

fn claiming(story: Story, share: f64) -> Judgement {
    let claims = serde_json::json!({"judged": ["re-election"], "availability": share});
    story.with("claims", claims).judged("re-election")
}

#[test]
fn a_leader_that_comes_again_and_again_breaks_the_claim_and_nothing_else() {
    let judgement = claiming(flapping(12), 0.9);
    assert_eq!(judgement.verdict, Verdict::Invalid, "{judgement:?}");
    assert_eq!(judgement.violations.len(), 1);
    assert_eq!(judgement.violations[0].finding.code(), Some("too-seldom-led"));
    assert!(
        judgement.sentence.contains("for only 2") && judgement.sentence.contains("(90 % claimed)"),
        "{judgement:?}"
    );
    assert!(!judgement.violations[0].evidence.is_empty());
    assert_eq!(claiming(flapping(12), 0.15).verdict, Verdict::Valid, "a smaller claim");
    let unclaimed = flapping(12).judged("re-election");
    assert_eq!(unclaimed.verdict, Verdict::Valid, "no claim: {unclaimed:?}");
}

#[test]
fn of_less_than_ten_bounds_nothing_is_said() {
    let judgement = claiming(flapping(9), 0.9);
    assert_eq!(judgement.verdict, Verdict::Valid, "{judgement:?}");
    assert!(judgement.sentence.contains("the claimed availability is untested: "), "{}", judgement.sentence);
}

#[test]
fn what_faults_cost_is_not_flapping() {
    // The leader is killed every 5 s and replaced within 4 s: more time without one than with one.
    let mut story = Story::begun(3);
    for round in 0..20u64 {
        let (old, new) = (1 + round as usize % 2, 1 + (round as usize + 1) % 2);
        let (at, id) = (5_000 + round * 5_000, round as u32);
        story.fault(id, "inject", "kill", &format!("n{old}"), (at, at)).node(old, "exit", at);
        story = story.elected_by(new, 2 + round, at + 4_000, &[3]);
        story.fault(id, "lift", "kill", &format!("n{old}"), (at + 4_500, at + 4_500)).node(old, "start", at + 4_500);
        story.says(old, at + 4_600, "follower", 2 + round, Some(new));
    }
    story.end(110_000);
    let measured = story.outcome().measures.availability.unwrap();
    assert!(measured < 0.5, "it is shown: {measured}");
    let judgement = claiming(story, 0.9);
    assert_eq!(judgement.verdict, Verdict::Valid, "{judgement:?}");
}

#[test]
fn a_possible_leader_counts_as_one_and_stalled_time_is_left_out() {
    // The lines of the follower that a majority needs are lost for nearly all of the time.
    let mut story = Story::begun(3);
    story.node(2, "gap", 1_000).node(3, "gap", 1_000).end(70_000);
    let judgement = claiming(story, 0.9);
    assert_eq!(
        (judgement.verdict, judgement.counts["availability-led"]),
        (Verdict::Valid, judgement.counts["availability-time"])
    );
    let mut story = flapping(12);
    for round in 0..12 {
        let at = 1_300 + round * 5_000;
        story.stall(at, at + 4_000);
    }
    let judgement = claiming(story, 0.9);
    assert_eq!(judgement.verdict, Verdict::Valid, "{judgement:?}");
    assert!(judgement.counts["availability-time"] < 15_000_000_000, "{judgement:?}");
}

#[test]
fn a_claim_that_is_no_share_claims_nothing() {
    for share in [0.0, -1.0, 1.5] {
        assert_eq!(claiming(flapping(12), share).verdict, Verdict::Valid, "{share}");
    }
}
