//! What is kept of judged runs: histories told in a few lines, and their digests.

use super::*;
use crate::story::{Story, between};

const MS: u64 = 1_000_000;

#[test]
fn an_election_without_a_certain_majority_before_it_has_no_time() {
    let mut story = Story::begun(3);
    story.fault(1, "inject", "kill", "n1", (10_000, 10_000)).node(1, "exit", 10_000);
    let slow = between(&[2], &[3]);
    story.fault(2, "inject", "degrade", &slow, (9_000, 9_000)).fault(2, "lift", "degrade", &slow, (14_000, 14_000));
    let digest = Digest::of(&story.elected_by(3, 2, 10_500, &[2]).end(20_000).outcome());
    assert_eq!((digest.election_times.len(), digest.untimed, digest.times_stalled), (0, 1, 0));
}

#[test]
fn elections_are_kept_by_the_kind_of_fault_and_timed_to_the_win_beside() {
    // n1 is killed, n2 leads 500 ms later; n2 is stopped, and n3 leads 20 ms later.
    let mut story = Story::begun(3);
    story.fault(1, "inject", "kill", "n1", (10_000, 10_000)).node(1, "exit", 10_000);
    let mut story = story.elected_by(2, 2, 10_500, &[3]);
    story.node(1, "start", 12_000).says(1, 12_001, "follower", 2, Some(2)).fault(
        1,
        "lift",
        "kill",
        "n1",
        (12_000, 12_000),
    );
    story.fault(2, "inject", "stop", "n2", (20_000, 20_000)).node(2, "exit", 20_000);
    let outcome = story.elected_by(3, 3, 20_020, &[1]).end(30_000).outcome();
    let digest = Digest::of(&outcome);
    let kinds: Vec<(&str, Vec<u32>)> = digest
        .by_fault
        .iter()
        .map(|(kind, times)| (kind.as_str(), times.to_win.iter().map(|time| time / 1000).collect()))
        .collect();
    assert_eq!(kinds, [("kill", vec![500]), ("stop", vec![20])], "{:?}", outcome.measures.elections);
    assert!(digest.by_fault["kill"].without_leader[0] > 500_000, "a following comes after the win");
    // Where no node shows that it follows there is the time to the win alone.
    let mut story = Story::begun(3);
    story.fault(1, "inject", "kill", "n1", (10_000, 10_000)).node(1, "exit", 10_000);
    let digest = Digest::of(&story.elected_by(2, 2, 10_500, &[]).end(30_000).outcome());
    let kill = &digest.by_fault["kill"];
    assert_eq!((kill.without_leader.len(), kill.to_win.len()), (0, 1));
}

#[test]
fn the_time_of_an_election_that_a_stall_overlapped_is_marked_and_left_out() {
    let times = |stall: (u64, u64)| {
        let mut story = Story::begun(3);
        story.fault(1, "inject", "kill", "n1", (10_000, 10_000)).node(1, "exit", 10_000).stall(stall.0, stall.1);
        let outcome = story.elected_by(2, 2, 10_500, &[3]).end(20_000).outcome();
        let digest = Digest::of(&outcome);
        (outcome.measures.re_election_times().len(), digest.election_times.len(), digest.times_stalled)
    };
    assert_eq!(times((10_100, 10_300)), (0, 0, 1));
    assert_eq!(times((5_000, 9_000)), (1, 1, 0), "another time of the same run");
    assert_eq!(times((10_100, 10_106)), (1, 1, 0), "less than a 64th of 510 ms");
    assert_eq!(times((10_100, 10_110)), (0, 0, 1), "more than a 64th");
}

#[test]
fn a_digest_of_an_older_version_has_no_election_times_and_says_so() {
    let old: Digest = serde_json::from_str(r#"{"elections":3,"election_times":[2210000,190000]}"#).unwrap();
    assert_eq!((old.election_times.len(), old.without_time()), (0, 2));
    let again: Digest = serde_json::from_str(&serde_json::to_string(&old).unwrap()).unwrap();
    assert_eq!(again, old);
}

#[test]
fn elections_are_judged_only_in_valid_runs_without_a_stall() {
    let judged = |stall: bool, ended: bool| {
        let claims = serde_json::json!({"judged": ["election-safety", "re-election"]});
        let mut story = Story::begun(3).with("claims", claims);
        story.fault(1, "inject", "kill", "n1", (10_000, 10_001)).node(1, "exit", 10_001);
        if stall {
            story.stall(1_000, 1_100);
        }
        let mut story = story.elected_by(2, 2, 10_500, &[3]);
        let reason = if ended { "complete" } else { "interrupted" };
        story.raw(20_000, &format!(r#""type":"harness","event":"end","reason":"{reason}""#));
        let digest = Digest::of(&story.outcome());
        (digest.elections, digest.judged, digest.election_times.len(), digest.stalls, digest.stalled)
    };
    assert_eq!(judged(false, true), (2, 1, 1, 0, 0));
    assert_eq!(judged(true, true), (2, 0, 1, 1, 100 * MS));
    assert_eq!(judged(false, false), (2, 0, 1, 0, 0));
}

#[test]
fn an_election_counts_as_judged_after_any_fault_that_took_the_leader() {
    let judged = |kind: &str, whom: &str| {
        let claims = serde_json::json!({"judged": ["election-safety", "re-election"]});
        let mut story = Story::begun(3).with("claims", claims);
        story.fault(1, "inject", kind, whom, (10_000, 10_001));
        Digest::of(&story.elected_by(2, 2, 10_500, &[3]).end(20_000).outcome()).judged
    };
    assert_eq!(judged("pause", "n1"), 1);
    assert_eq!(judged("cut", &between(&[1], &[2, 3])), 1);
    assert_eq!(judged("pause", "n3"), 0, "the leader went on");
}

#[test]
fn a_digest_keeps_crashes_in_microseconds_and_the_censored_ones_as_such() {
    let mut story = Story::begun(5);
    story.fault(7, "inject", "kill", "n1", (10_000, 10_002)).node(1, "exit", 10_002).end(11_000);
    let digest = Digest::of(&story.outcome());
    let censored = CrashTimes { settled: 9_690_000, watched: 1_000_000, ..CrashTimes::default() };
    assert_eq!(digest.crashes.len(), 1);
    assert!(digest.crashes[0].settled.abs_diff(censored.settled) <= 1);
    assert_eq!(CrashTimes { settled: censored.settled, ..digest.crashes[0] }, censored);
    let line = serde_json::to_string(&digest).unwrap();
    assert_eq!(serde_json::from_str::<Digest>(&line).unwrap(), digest);
}

#[test]
fn how_busy_the_host_was_is_the_mean_of_the_samples_that_make_sense() {
    let mut story = Story::begun(3);
    for (at, shares) in
        [(1_000, r#""cpu":0.2,"idle":0.5"#), (2_000, r#""cpu":0.4,"idle":"?""#), (3_000, r#""cpu":7,"idle":0.7"#)]
    {
        story.raw(at, &format!(r#""type":"harness","event":"pressure",{shares}"#));
    }
    let digest = Digest::of(&story.end(9_000).outcome());
    assert!((digest.host_waiting.unwrap() - 0.3).abs() < 1e-9);
    assert!((digest.host_idle.unwrap() - 0.6).abs() < 1e-9);
    assert_eq!(Digest::of(&Story::begun(3).end(9_000).outcome()).host_idle, None);
}
