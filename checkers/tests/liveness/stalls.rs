//! What a stall of the machine does to a window. The bound is 5 s, so that a stall of up to 78.125 ms only stops the clock.

use history::Verdict;
use history::verdict::Judgement;

use super::story::{Story, between};

/// n1 of three is killed at 10 s; nobody follows it.
fn leaderless() -> Story {
    let mut story = Story::begun(3);
    story.node(1, "exit", 10_000).fault(1, "inject", "kill", "n1", (10_000, 10_000));
    story
}

fn judge(story: &Story) -> Judgement {
    story.judged("re-election")
}

/// The verdict, and how many windows were split and findings left to doubt.
fn told(judgement: &Judgement) -> (Verdict, u64, u64) {
    (judgement.verdict, judgement.counts["windows-split"], judgement.counts["findings-stalled"])
}

#[test]
fn a_short_stall_does_not_acquit_a_cluster_that_is_without_a_leader_for_longer_than_the_bound() {
    let mut story = leaderless().with("bound", serde_json::json!(46_000_000_000u64));
    let judgement = judge(story.stall(30_000, 30_060).end(62_060));
    assert_eq!(told(&judgement), (Verdict::Invalid, 0, 0), "{judgement:?}");
    assert!(judgement.sentence.contains("(bound 46 s; 0.06 s of it stalled)"), "{}", judgement.sentence);
}

#[test]
fn time_inside_a_stall_is_not_time_without_a_leader() {
    // The window is one millisecond short of the bound, or one longer, without the 60 ms of the stall.
    for (end, verdict) in [(15_059, Verdict::Valid), (15_061, Verdict::Invalid)] {
        let judgement = judge(leaderless().stall(12_000, 12_060).end(end));
        assert_eq!(told(&judgement), (verdict, 0, 0), "{end}: {judgement:?}");
    }
}

#[test]
fn a_stall_longer_than_a_64th_of_the_bound_begins_the_clock_anew() {
    let after = |stall: u64, end: u64| told(&judge(leaderless().stall(12_000, 12_000 + stall).end(end)));
    assert_eq!(after(78, 15_100), (Verdict::Invalid, 0, 0));
    assert_eq!(after(79, 14_900), (Verdict::Valid, 1, 0), "less than the bound in all");
    assert_eq!(after(79, 15_100), (Verdict::Unknown, 1, 1), "the bound in all, and in no part");
    assert_eq!(after(79, 17_078), (Verdict::Unknown, 1, 1));
    assert_eq!(after(79, 17_080), (Verdict::Invalid, 1, 0), "a whole bound after it");
}

#[test]
fn stalls_that_together_exceed_an_eighth_begin_the_clock_anew() {
    let with = |every: u64| {
        let mut story = leaderless();
        // The first comes when its share of the part is small.
        (0..30).map(|i| 11_000 + i * every).for_each(|at| {
            story.stall(at, at + 70);
        });
        told(&judge(story.end(18_000)))
    };
    let (verdict, split, _) = with(300);
    assert_eq!((verdict, split), (Verdict::Unknown, 1), "70 ms of each 300 ms");
    assert_eq!(with(800).0, Verdict::Invalid, "70 ms of each 800 ms");
}

#[test]
fn stalls_that_meet_are_one_stall() {
    let mut story = leaderless();
    let judgement = judge(story.stall(12_000, 12_060).stall(12_050, 12_110).end(15_300));
    assert_eq!(told(&judgement), (Verdict::Unknown, 1, 1), "{judgement:?}");
}

#[test]
fn a_leader_that_comes_within_the_bound_of_unstalled_time_passes() {
    for (at, verdict) in [(15_200, Verdict::Valid), (15_800, Verdict::Unknown)] {
        let mut story = leaderless();
        story.stall(12_000, 12_300);
        let judgement = judge(story.elected_by(2, 2, at, &[3]).end(20_000));
        assert_eq!(judgement.verdict, verdict, "{at}: {judgement:?}");
    }
}

#[test]
fn a_leader_seen_in_a_stall_was_there() {
    let mut story = leaderless();
    story.stall(14_000, 16_000);
    let mut story = story.elected_by(2, 2, 15_000, &[3]);
    let judgement = judge(story.end(20_000));
    assert_eq!((judgement.verdict, judgement.counts["windows-passed"]), (Verdict::Valid, 2), "{judgement:?}");
}

#[test]
fn a_slow_disk_excuses_the_whole_window() {
    let judgement = judge(leaderless().disk_stall(10_500, 10_501).end(30_000));
    assert_eq!(told(&judgement), (Verdict::Unknown, 1, 1), "{judgement:?}");
    // As versions wrote it that did not name the cause.
    let mut story = leaderless();
    story.raw(
        10_501,
        r#""type":"harness","event":"stall","span":[10500000000,10501000000],"reason":"the disk did not answer""#,
    );
    assert_eq!(judge(story.end(30_000)).verdict, Verdict::Unknown);
    let judgement = judge(leaderless().disk_stall(5_000, 5_100).end(30_000));
    assert_eq!(judgement.verdict, Verdict::Invalid, "in another window: {judgement:?}");
}

#[test]
fn the_same_leader_on_both_sides_of_a_stall_passes_a_window_and_nobody_on_both_sides_convicts_none() {
    // Polls every 50 ms, but for the 7 s of a stall. A link between followers is cut twice in the midst of it.
    let polled = |leader: Option<usize>, after: Option<usize>| {
        let mut story = Story::of(3);
        for at in (100..2_000).step_by(50).chain((9_050..12_000).step_by(50)) {
            let now = if at < 5_000 { leader } else { after };
            for node in 1..=3 {
                let role = if now == Some(node) { "leader" } else { "follower" };
                story.shows("status", node, (at, at + 2), role, 4, Some(now));
            }
        }
        let cut = between(&[2], &[3]);
        for (id, at) in [(1, 3_000), (2, 4_000)] {
            story.fault(id, "inject", "cut", &cut, (at, at)).fault(id, "lift", "cut", &cut, (at + 100, at + 100));
        }
        judge(story.stall(1_900, 9_100).end(12_000))
    };
    let judgement = polled(Some(1), Some(1));
    assert_eq!((judgement.counts["windows"], judgement.counts["windows-passed"]), (3, 3), "{judgement:?}");
    let judgement = polled(None, None);
    assert_eq!((judgement.verdict, judgement.counts["windows-passed"]), (Verdict::Valid, 0), "{judgement:?}");
    assert!(judgement.counts["windows-split"] > 0, "{judgement:?}");
}
