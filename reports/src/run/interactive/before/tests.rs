use history::Verdict;
use history::verdict::Violation;
use serde_json::json;

use super::*;
use crate::run::interactive::banner::sentence;
use crate::sample::{self, MS, Sample};

/// What the banner says of a run in which this happened and was found.
fn said_of(mut s: Sample, violation: Violation) -> String {
    s.end(9_000 * MS, "complete");
    let violation = Violation { sentence: "It broke.".into(), ..violation };
    let outcome = sample::outcome(&s, history::measures::Measures::default(), Verdict::Valid, "It broke.");
    // The first judgement of a sample is of safety, and there is one of liveness.
    let live = matches!(violation.finding, history::finding::Finding::Liveness(_));
    let place = outcome.checkers.iter().position(|one| (one.kind == Kind::Liveness) == live).unwrap();
    let outcome = sample::violated(outcome, place, vec![violation]);
    sentence(&RunModel::from_history(s.text().as_bytes(), Some(outcome)).unwrap())
}

fn at(ms: u64, nodes: &[&str]) -> Violation {
    let nodes = nodes.iter().map(|node| (*node).to_owned()).collect();
    Violation { span: [ms * MS; 2], nodes, ..Violation::default() }
}

/// Injects a fault of one node, in force from that moment, and lifts it.
fn process(s: &mut Sample, id: u32, kind: &str, node: &str, from: u64, until: Option<u64>) {
    s.fault((from - 2) * MS, id, json!({"kind": kind}), &[node], &[], "installed");
    if let Some(until) = until {
        s.lift((until - 1) * MS, id);
    }
}

fn isolated(s: &mut Sample, id: u32, node: &str, from: u64, until: Option<u64>) {
    let others = ["n1", "n2", "n3", "n4"].into_iter().filter(|other| *other != node);
    let links: Vec<String> =
        others.flat_map(|other| [format!("{node}->{other}"), format!("{other}->{node}")]).collect();
    s.fault((from - 2) * MS, id, json!({"kind": "cut", "shape": "isolate"}), &[], &links, "installed");
    if let Some(until) = until {
        s.lift((until - 1) * MS, id);
    }
}

#[test]
fn the_end_of_a_fault_of_a_node_concerned_goes_before_an_older_fault_that_is_in_force() {
    let mut s = Sample::new(4);
    isolated(&mut s, 1, "n4", 6_400, None);
    process(&mut s, 2, "pause", "n2", 6_600, Some(6_990));
    let said = said_of(s, at(7_000, &["n2"]));
    assert!(said.ends_with(" 10 ms after n2 was continued."), "{said}");
}

#[test]
fn a_fault_of_a_node_concerned_goes_before_a_newer_one_of_another() {
    let mut s = Sample::new(4);
    process(&mut s, 1, "pause", "n2", 6_000, Some(6_400));
    process(&mut s, 2, "stop", "n3", 6_900, None);
    let said = said_of(s, at(7_000, &["n2", "n4"]));
    assert!(said.ends_with(" 600 ms after n2 was continued."), "{said}");
}

#[test]
fn a_fault_in_force_goes_before_one_of_a_node_concerned_that_was_over_long_before() {
    let mut s = Sample::new(4);
    process(&mut s, 1, "pause", "n2", 4_000, Some(5_000));
    process(&mut s, 2, "stop", "n3", 6_000, None);
    let said = said_of(s, at(7_000, &["n2", "n4"]));
    assert!(said.ends_with(" after n3 was stopped."), "{said}");
}

#[test]
fn a_cut_concerns_the_nodes_at_both_ends_of_its_links() {
    let mut s = Sample::new(4);
    isolated(&mut s, 1, "n4", 5_000, None);
    process(&mut s, 2, "stop", "n3", 6_000, None);
    let said = said_of(s, at(7_000, &["n1"]));
    assert!(said.ends_with(" after n4 was cut from {n1, n2, n3}."), "{said}");
}

#[test]
fn what_is_not_certainly_before_is_not_told() {
    let begun = |span: [u64; 2]| {
        let mut s = Sample::new(3);
        process(&mut s, 1, "stop", "n1", 6_000, None);
        said_of(s, Violation { span: span.map(|ms| ms * MS), ..at(0, &["n1"]) })
    };
    assert!(begun([6_500, 6_500]).ends_with(" after n1 was stopped."));
    assert_eq!(begun([5_900, 6_500]), "It broke.", "it may have been before the fault");
    let mut s = Sample::new(3);
    process(&mut s, 1, "pause", "n1", 6_000, Some(6_400));
    let said = said_of(s, Violation { span: [6_300 * MS, 6_500 * MS], ..at(0, &["n1"]) });
    assert!(said.ends_with(" after n1 was paused."), "it may have been before the end: {said}");
}

#[test]
fn the_end_of_a_fault_that_may_still_be_in_force_is_not_told() {
    let mut s = Sample::new(3);
    process(&mut s, 1, "pause", "n1", 6_000, None);
    s.lift_with(6_400 * MS, 1, Installed::Indeterminate);
    assert_eq!(said_of(s, at(6_500, &["n1"])), "It broke.");
}

#[test]
fn what_came_before_may_be_the_end_of_a_fault() {
    let after = |kind: &str| {
        let mut s = Sample::new(3);
        process(&mut s, 3, kind, "n1", 1_000, Some(1_400));
        said_of(s, at(2_400, &[]))
    };
    assert!(after("kill").ends_with(" after n1 was started again."), "{}", after("kill"));
    assert!(after("pause").ends_with(" after n1 was continued."), "{}", after("pause"));
    assert!(after("stutter").ends_with(" after the stutter (n1) was over."), "{}", after("stutter"));
    let mut s = Sample::new(4);
    isolated(&mut s, 3, "n4", 1_000, Some(1_400));
    let said = said_of(s, at(2_400, &[]));
    assert!(said.ends_with(" after the cut between n4 and {n1, n2, n3} was healed."), "{said}");
}

#[test]
fn what_the_sentence_tells_already_is_not_told_again() {
    let mut s = Sample::new(3);
    process(&mut s, 3, "pause", "n3", 1_000, None);
    let circumstances = vec![Circumstance::Paused { nodes: vec!["n3".into()] }];
    let said = said_of(s, Violation { circumstances: circumstances.clone(), ..at(1_446, &["n1", "n2"]) });
    assert_eq!(said, "It broke, by then for 446 ms.");
    // Nor is it denied: the sentence speaks of another pause, and of another instant.
    let mut s = Sample::new(3);
    process(&mut s, 3, "pause", "n1", 1_000, Some(1_400));
    assert_eq!(said_of(s, Violation { circumstances, ..at(1_446, &["n1", "n2"]) }), "It broke.");
}

#[test]
fn a_time_without_a_leader_is_told_with_what_came_before_its_beginning() {
    let waited = |from: u64| {
        let members = vec!["n1".to_owned(), "n3".to_owned()];
        let [from, to] = [from * MS, 8_000 * MS];
        let bound = 1_000 * MS;
        let finding = liveness::Finding::NoLeaderWithinBound { from, to, bound, members, stalled: 0 };
        let mut s = Sample::new(4);
        isolated(&mut s, 1, "n2", 3_000, Some(7_800));
        said_of(s, Violation { finding: finding.into(), span: [from, to], ..at(0, &["n1", "n3"]) })
    };
    assert_eq!(waited(3_100), "It broke; that time began 100 ms after n2 was cut from {n1, n3, n4}.");
    assert_eq!(waited(2_000), "It broke.", "what came later explains nothing");
}
