use history::Verdict;

use super::story::{Story, between};

const NAME: &str = "final-leader";

#[test]
fn a_leader_whom_all_name_is_enough() {
    let judgement = Story::begun(3).phase("final", 10_000).end(12_000).judged(NAME);
    assert_eq!((judgement.verdict, judgement.judged), (Verdict::Valid, true), "{judgement:?}");
}

/// n3 does not learn of the leader of term 2.
fn one_does_not_know() -> Story {
    let mut story = Story::begun(3).elected_by(1, 2, 5_000, &[2]);
    story.says(3, 5_010, "follower", 2, None).phase("final", 10_000);
    story
}

#[test]
fn a_running_node_that_names_nobody_is_found_after_the_bound() {
    let judgement = one_does_not_know().end(16_000).judged(NAME);
    assert_eq!(judgement.verdict, Verdict::Invalid);
    assert!(judgement.sentence.contains("n3 was follower in term 2"), "{}", judgement.sentence);
}

#[test]
fn a_short_phase_is_untested() {
    let judgement = one_does_not_know().end(14_000).judged(NAME);
    assert_eq!((judgement.verdict, judgement.judged), (Verdict::Valid, false));
}

#[test]
fn a_stalled_phase_is_untested() {
    let judgement = one_does_not_know().stall(12_000, 12_100).end(16_000).judged(NAME);
    assert_eq!((judgement.verdict, judgement.judged), (Verdict::Valid, false));
}

#[test]
fn nodes_that_do_not_run_or_were_not_chosen_need_not_know() {
    let dead = one_does_not_know().node(3, "exit", 10_500).end(16_000).judged(NAME);
    assert_eq!(dead.verdict, Verdict::Valid, "{dead:?}");
    let mut story = Story::begun(3).elected_by(1, 2, 5_000, &[2]);
    story.says(3, 5_010, "follower", 2, None);
    story.raw(10_000, r#""type":"harness","event":"phase","phase":"final","nodes":["n1","n2"]"#);
    assert_eq!(story.end(16_000).judged(NAME).verdict, Verdict::Valid);
}

#[test]
fn the_bound_counts_from_the_last_lift() {
    let mut story = one_does_not_know();
    let cut = between(&[3], &[1, 2]);
    story.fault(1, "inject", "cut", &cut, (9_000, 9_000)).fault(1, "lift", "cut", &cut, (12_000, 12_001));
    assert_eq!(story.clone().end(17_500).judged(NAME).verdict, Verdict::Valid);
    assert_eq!(story.end(18_100).judged(NAME).verdict, Verdict::Invalid);
}

#[test]
fn a_leader_that_is_only_possible_is_unknown() {
    let mut story = Story::begun(3).elected_by(1, 2, 5_000, &[2]);
    story.shows("events", 3, (5_010, 5_010), "follower", 2, None).phase("final", 10_000);
    assert_eq!(story.end(16_000).judged(NAME).verdict, Verdict::Unknown);
}

#[test]
fn without_a_final_phase_nothing_is_judged() {
    assert!(!Story::begun(3).end(30_000).judged(NAME).judged);
}
