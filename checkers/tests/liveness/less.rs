//! Records that lack something: windows in which a leader is owed, and whether one was seen.

use history::Verdict;
use history::verdict::Judgement;

use super::story::Story;

fn judge(story: &Story) -> Judgement {
    story.judged("re-election")
}

#[test]
fn a_record_that_begins_late_may_begin_just_after_a_long_cut() {
    let leaderless = |network: &str, setup: bool, until: u64| {
        let mut story = Story::of(3).with("network", network.into());
        if setup {
            story.phase("setup", 0);
        }
        for node in 1..=3 {
            story.says(node, 100 + node as u64, "candidate", 40 + node as u64, None);
        }
        judge(story.elects(2, 50, until).end(30_000)).verdict
    };
    // As long as nobody knows how long the cut had lasted, links may take as long as the bound to heal; on a proxy, a second.
    assert_eq!(leaderless("switch", false, 7_000), Verdict::Valid);
    assert_eq!(leaderless("switch", false, 11_000), Verdict::Invalid);
    assert_eq!(leaderless("proxy", false, 5_900), Verdict::Valid);
    assert_eq!(leaderless("proxy", false, 7_000), Verdict::Invalid);
    assert_eq!(leaderless("switch", true, 7_000), Verdict::Invalid);
}

#[test]
fn polls_that_show_no_leader_prove_nothing_of_those_that_are_missing() {
    let polled = |apart: u64, period: Option<u64>| {
        let mut story = Story::of(3).with("observers", serde_json::json!([{"name": "status", "evidence": "sampled"}]));
        if let Some(period) = period {
            let observers =
                serde_json::json!([{"name": "status", "evidence": "sampled", "period": period * 1_000_000}]);
            story = story.with("observers", observers);
        }
        for node in 1..=3 {
            story.node(node, "start", 0);
            for at in (100..20_000).step_by(apart as usize) {
                story.shows("status", node, (at, at + 1), "precandidate", 7, Some(None));
            }
        }
        judge(story.end(20_000)).verdict
    };
    assert_eq!(polled(1_000, Some(1_000)), Verdict::Invalid);
    assert_eq!(polled(1_000, Some(500)), Verdict::Unknown);
    assert_eq!(polled(1_000, None), Verdict::Unknown);
    assert_eq!(polled(90, None), Verdict::Invalid);
}

#[test]
fn a_pause_that_is_told_late_is_refuted_by_every_answer_in_it() {
    let told = |answers: bool| {
        let mut story = Story::of(3).with("bound", 500_000_000_u64.into());
        let port =
            serde_json::json!([{"name": "status", "evidence": "sampled", "period": 50_000_000, "source": "port"}]);
        story = story.with("observers", port);
        for node in 1..=3 {
            story.node(node, "start", 0);
        }
        for at in (50..4_000).step_by(50) {
            for node in 1..=3 {
                let role = if node == 1 { "leader" } else { "follower" };
                if node > 1 || answers || !(2_000..=2_900).contains(&at) {
                    story.shows("status", node, (at, at + 1), role, 3, Some(Some(1)));
                }
            }
        }
        story.fault(1, "inject", "pause", "n1", (2_010, 2_011)).fault(1, "lift", "pause", "n1", (2_890, 2_891));
        judge(story.end(4_200)).verdict
    };
    assert_eq!([told(true), told(false)], [Verdict::Valid, Verdict::Invalid]);
}
