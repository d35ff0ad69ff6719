//! What a crash costs, and how a cluster lives with faults that stand.

use history::measures::{Crash, Held};

use super::story::{Story, between};

const MS: u64 = 1_000_000;

/// Five nodes; n1, leader of term 1, is killed at 10 s.
fn crashed() -> Story {
    let mut story = Story::begun(5);
    story.fault(7, "inject", "kill", "n1", (10_000, 10_002)).node(1, "exit", 10_002);
    story
}

fn crashes(story: &Story) -> Vec<Crash> {
    story.outcome().measures.crashes
}

#[test]
fn a_crash_lasts_until_the_first_heartbeat_of_the_new_leader_arrives() {
    let mut story = crashed();
    // Term 2 is split; n3 wins term 3, and its first heartbeat reaches n4 8 ms later, the others 2 ms after that.
    story.says(2, 10_200, "candidate", 2, None);
    let mut story = story.elected_by(3, 3, 10_500, &[]);
    story.says(4, 10_508, "follower", 3, Some(3)).says(2, 10_510, "follower", 3, Some(3));
    story.fault(7, "lift", "kill", "n1", (12_000, 12_001)).node(1, "start", 12_001).end(20_000);
    let crashes = crashes(&story);
    assert_eq!(crashes.len(), 1);
    let crash = &crashes[0];
    assert_eq!((crash.fault, crash.at, crash.term, crash.split_rounds), (7, 10_000 * MS, 1, 1));
    assert!(crash.arrival.unwrap().abs_diff(508 * MS) < 10, "{crash:?}");
    assert_eq!(crash.detection, Some(200 * MS));
    assert_eq!(crash.watched, 2_000 * MS);
    // In step since 310, when all followed.
    assert!(crash.settled.abs_diff((10_000 - 310) * MS) < 10, "{crash:?}");
}

#[test]
fn a_crash_whose_end_was_not_seen_is_censored_and_not_left_out() {
    let mut story = crashed();
    story.says(2, 10_200, "candidate", 2, None);
    story.fault(7, "lift", "kill", "n1", (12_000, 12_001)).node(1, "start", 12_001);
    // What comes after the dead node is back does not count.
    let story = story.elected_by(3, 3, 12_500, &[2, 4]).end(20_000).clone();
    let crash = &crashes(&story)[0];
    assert_eq!((crash.arrival, crash.watched, crash.split_rounds), (None, 2_000 * MS, 1));
}

#[test]
fn the_leader_itself_is_no_sign_of_a_heartbeat() {
    let mut story = crashed();
    story.says(3, 10_300, "candidate", 2, None).says(3, 10_310, "leader", 2, Some(3)).end(11_000);
    let crash = &crashes(&story)[0];
    assert_eq!((crash.arrival, crash.split_rounds), (None, 0));
}

#[test]
fn a_follower_that_is_killed_is_no_crash_of_a_leader() {
    let mut story = Story::begun(5);
    story.fault(7, "inject", "kill", "n2", (10_000, 10_002)).node(2, "exit", 10_002).end(20_000);
    assert_eq!(crashes(&story), []);
}

#[test]
fn a_cluster_with_a_straggler_was_not_in_step() {
    let mut story = Story::begun(5);
    story.says(4, 9_990, "follower", 0, None).says(4, 9_995, "follower", 1, Some(1));
    story.fault(7, "inject", "kill", "n1", (10_000, 10_002)).node(1, "exit", 10_002).end(11_000);
    let settled = crashes(&story)[0].settled;
    assert!(settled.abs_diff(5 * MS) < 10, "{settled}");

    let mut story = Story::begun(5);
    story.says(4, 9_990, "candidate", 2, None);
    story.fault(7, "inject", "kill", "n1", (10_000, 10_002)).node(1, "exit", 10_002).end(11_000);
    assert_eq!(crashes(&story)[0].settled, 0);
}

#[test]
fn who_was_dead_already_is_not_waited_for() {
    let mut story = Story::begun(5);
    story.fault(3, "inject", "kill", "n5", (2_000, 2_001)).node(5, "exit", 2_001);
    story.fault(7, "inject", "kill", "n1", (10_000, 10_002)).node(1, "exit", 10_002).end(11_000);
    let settled = crashes(&story)[0].settled;
    assert!(settled.abs_diff((10_000 - 310) * MS) < 10, "{settled}");
}

/// A cluster whose n1 leads term 1 and which is cut at 10 s for 20 s, within the phase `faults`.
fn cut(links: &str) -> Story {
    let mut story = Story::begun(5);
    story.phase("faults", 9_000).fault(3, "inject", "cut", links, (10_000, 10_001));
    story
}

fn held(story: &mut Story) -> Held {
    story.fault(3, "lift", "cut", "", (30_000, 30_001)).phase("heal", 30_001).end(35_000);
    story.outcome().measures.held.unwrap()
}

#[test]
fn a_leader_that_faults_do_not_disturb_leads_on() {
    let held = held(&mut cut(&between(&[1], &[2])));
    assert_eq!((held.lasted(), held.led), (19_999 * MS, 19_999 * MS), "{held:?}");
    assert_eq!((held.leader_before.as_deref(), held.led_on, held.leaders, held.terms), (Some("n1"), true, 0, 0));
    assert_eq!((held.recovery, held.longest_without, held.without_at_end), (Some(0), 0, 0));
    assert_eq!(held.tenure(), Some(held.led));
}

#[test]
fn stalls_are_summed_within_the_stretch_and_none_twice() {
    let mut story = cut(&between(&[1], &[2]));
    story.stall(9_900, 10_101).stall(15_000, 15_080).stall(15_050, 15_100).stall(15_060, 15_070).stall(29_990, 30_500);
    // The stretch is from 10.001 s to 30 s.
    assert_eq!(held(&mut story).stalled, (100 + 100 + 10) * MS);
}

#[test]
fn a_cluster_that_recovers_is_timed_and_two_claimants_are_seen() {
    let story = cut(&between(&[1, 2], &[3, 4, 5]));
    let held = held(&mut story.elected_by(4, 3, 10_500, &[3, 5]));
    assert!(held.recovery.unwrap().abs_diff(509 * MS) < MS, "{held:?}");
    assert_eq!((held.led_on, held.leaders, held.terms, held.without_at_end), (false, 1, 2, 0));
    assert!(held.two_claimants.abs_diff(19_500 * MS) < 2 * MS, "{held:?}");
    assert_eq!(held.longest_without, held.recovery.unwrap());
}

#[test]
fn a_deadlock_has_no_recovery_and_is_silent_to_its_end() {
    let mut story = cut(&between(&[1, 2], &[3, 4, 5]));
    story.says(3, 15_000, "candidate", 2, None);
    let held = held(&mut story);
    assert_eq!((held.led, held.recovery, held.leaders, held.terms), (0, None, 0, 1));
    assert_eq!((held.without_at_end, held.longest_without), (held.lasted(), held.lasted()));
    assert_eq!(held.tenure(), None);
}

#[test]
fn where_no_fault_stood_for_a_second_nothing_is_said() {
    let mut story = Story::begun(5);
    story.phase("faults", 9_000).fault(3, "inject", "cut", "n1->n2", (10_000, 10_001));
    story.fault(3, "lift", "cut", "", (10_500, 10_501)).phase("heal", 20_000).end(21_000);
    assert_eq!(story.outcome().measures.held, None);
    assert_eq!(Story::begun(3).end(9_000).outcome().measures.held, None);
}
