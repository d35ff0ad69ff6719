use super::*;
use crate::sample::{self, MS};
use serde_json::json;

fn read(sample: &sample::Sample) -> RunModel {
    RunModel::from_history(sample.text().as_bytes(), None).unwrap()
}

#[test]
fn a_node_that_is_killed_and_restarted_has_no_role_in_between() {
    let mut s = sample::Sample::new(1);
    s.node(10 * MS, "n1", 1, "start");
    s.role(20 * MS, "n1", "leader", 3, Some("n1"));
    s.node(50 * MS, "n1", 1, "exit");
    s.node(90 * MS, "n1", 2, "start");
    s.role(95 * MS, "n1", "follower", 3, None);
    s.end(100 * MS, "complete");
    let lane = &read(&s).lanes[0];
    let lives: Vec<_> = lane.process.iter().map(|held| (held.what, held.start / MS, held.end / MS)).collect();
    assert_eq!(lives, [(Life::Down, 0, 10), (Life::Up, 10, 50), (Life::Down, 50, 90), (Life::Up, 90, 100)]);
    let roles: Vec<_> = lane.roles.iter().map(|held| (held.what.label(), held.start / MS, held.end / MS)).collect();
    assert_eq!(roles, [("leader t3".to_owned(), 20, 50), ("follower t3".to_owned(), 95, 100)]);
    assert_eq!(lane.starts, 2);
}

#[test]
fn a_paused_leader_still_claims_to_lead_and_a_dead_one_does_not() {
    let mut s = sample::Sample::new(2);
    s.node(0, "n1", 1, "start");
    s.node(0, "n2", 1, "start");
    s.role(10 * MS, "n1", "leader", 1, Some("n1"));
    s.node(20 * MS, "n1", 1, "stop");
    s.role(30 * MS, "n2", "leader", 2, Some("n2"));
    s.node(40 * MS, "n1", 1, "exit");
    s.end(50 * MS, "complete");
    let model = read(&s);
    let claims: Vec<_> = model.claimants.iter().map(|held| (held.what, held.start / MS, held.end / MS)).collect();
    assert_eq!(claims, [(0, 0, 10), (1, 10, 30), (2, 30, 40), (1, 40, 50)]);
}

#[test]
fn answers_that_say_nothing_new_are_neither_intervals_nor_rows() {
    let mut s = sample::Sample::new(1);
    for n in 0..1000 {
        s.role(n * MS, "n1", "follower", 1, None);
    }
    s.role(1000 * MS, "n1", "candidate", 2, None);
    let model = read(&s);
    assert_eq!(model.observations, 1001);
    assert_eq!(model.lanes[0].roles.len(), 2);
    assert_eq!(model.rows.len(), 2);
}

#[test]
fn atomic_evidence_is_drawn_and_what_was_polled_beside_it_is_not() {
    let mut s = sample::Sample::new(2);
    s.role(10 * MS, "n1", "leader", 4, Some("n1"));
    for (node, term) in [("n1", 3), ("n2", 5)] {
        s.polled(20 * MS, None, node, "follower", term);
    }
    let model = read(&s);
    assert!(model.lanes[0].atomic && !model.lanes[1].atomic);
    assert_eq!(model.lanes[0].roles[0].what.label(), "leader t4");
    assert_eq!(model.lanes[0].roles.len(), 1);
    assert_eq!(model.lanes[1].roles[0].what.label(), "follower t5");
}

#[test]
fn a_fault_has_its_lift_its_words_and_whom_it_hit() {
    let mut s = sample::Sample::new(3);
    let links = ["n1->n2".to_owned(), "n2->n1".to_owned()];
    s.fault(10 * MS, 4, json!({"kind": "cut", "shape": "isolate", "target": "leader"}), &["n1"], &links, "installed");
    s.fault(20 * MS, 5, json!({"kind": "pause", "target": ["n2"]}), &["n2"], &[], "skipped");
    s.lift(50 * MS, 4);
    s.end(60 * MS, "complete");
    let model = read(&s);
    let cut = &model.faults[0];
    assert_eq!((cut.label().as_str(), cut.begin, cut.end), ("cut isolate leader (n1)", 10 * MS, Some(51 * MS)));
    assert!(cut.happened() && !model.faults[1].happened());
    assert_eq!(model.links.len(), 2, "without counters the fault itself says which links it closed");
    assert_eq!(model.links[0].rules[0].start, 12 * MS);
}

#[test]
fn time_that_runs_backwards_never_gives_an_interval_of_negative_length() {
    let mut s = sample::Sample::new(1);
    s.role(90 * MS, "n1", "leader", 1, None);
    s.role(10 * MS, "n1", "follower", 2, None);
    s.node(5 * MS, "n1", 1, "exit");
    s.node(1, "n1", 2, "start");
    let model = read(&s);
    let lane = &model.lanes[0];
    assert!(lane.roles.iter().all(|held| held.end >= held.start));
    assert!(lane.process.windows(2).all(|pair| pair[0].end <= pair[1].start));
}

#[test]
fn certain_findings_come_before_suspicions() {
    let (_, mut outcome) = sample::unsafe_run();
    let violation = outcome.checkers[0].violations[0].clone();
    outcome.checkers[0].verdict = history::Verdict::Unknown;
    outcome.checkers[3].verdict = history::Verdict::Invalid;
    outcome.checkers[3].violations = vec![violation];
    let findings = RunModel::findings_of(&outcome);
    let seen: Vec<_> = findings.iter().map(|f| (f.number, f.checker.as_str(), f.certain)).collect();
    assert_eq!(seen, [(1, "re-election", true), (2, "election-safety", false)]);
}

#[test]
fn a_file_with_a_million_names_gets_a_bounded_number_of_lanes() {
    let mut s = sample::Sample::new(1);
    for n in 0..2000 {
        s.node(n, &format!("ghost-{n}"), 1, "start");
    }
    assert_eq!(read(&s).lanes.len(), 256);
}

#[test]
fn who_led_effectively_is_what_the_measures_tell_and_a_run_that_was_not_judged_says_nothing() {
    let (sample, mut outcome) = sample::valid();
    let read = |outcome| RunModel::from_history(sample.text().as_bytes(), outcome).unwrap();
    outcome.measures.observed = 900 * MS;
    outcome.measures.led = Some(vec![[100 * MS, 300 * MS], [400 * MS, 500 * MS], [450 * MS, 700 * MS]]);
    let effective = read(Some(outcome.clone())).effective.unwrap();
    let stretches: Vec<_> = effective.iter().map(|held| (held.start / MS, held.end / MS, held.what)).collect();
    let led = [(0, 100, 0), (100, 300, 1), (300, 400, 0), (400, 500, 1), (500, 700, 1), (700, 900, 0)];
    assert_eq!(stretches, led);
    outcome.measures.led = None;
    assert!(read(Some(outcome)).effective.is_none(), "a verdict of before it was kept");
    assert!(read(None).effective.is_none());
}
