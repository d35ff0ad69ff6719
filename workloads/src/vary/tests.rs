//! Children of all workloads, for clusters of all sizes.

use std::collections::BTreeSet;
use std::time::Duration;

use super::*;
use crate::schedule::StepId;
use crate::target::Target;
use crate::workload::{By, all};
use crate::{Capabilities, Fault, Request};

fn place(nodes: usize, disks: bool) -> TargetCluster {
    TargetCluster { nodes: (1..=nodes).map(|number| format!("n{number}")).collect(), disks }
}

fn drawn(seed: u64) -> Vec<Schedule> {
    let schedule = |workload: &&'static dyn crate::Workload| {
        let cuts = workload.parameters().contains(&crate::workload::Parameter::By);
        let request = Request {
            nodes: place(workload.nodes(), true).nodes,
            voters: None,
            capabilities: Capabilities { cut: true, degrade: BTreeSet::new(), disks: true },
            duration: None,
            seed,
            parameters: Parameters { by: cuts.then_some(By::Kill), ..Parameters::default() },
            bound: Duration::from_secs(5),
        };
        workload.schedule(&request).unwrap()
    };
    all().iter().map(schedule).collect()
}

fn lifted(schedule: &Schedule) -> BTreeSet<StepId> {
    let lift = |action: &Action| match action {
        Action::Lift(fault) => Some(*fault),
        _ => None,
    };
    schedule.steps.iter().filter_map(|step| lift(&step.action)).collect()
}

fn unlifted(schedule: &Schedule) -> usize {
    let lifted = lifted(schedule);
    faults(schedule).iter().filter(|fault| !lifted.contains(fault)).count()
}

/// Children of all workloads by all others, for clusters of three to seven.
fn children(seed: u64) -> Vec<(Schedule, Schedule, TargetCluster, Child)> {
    let parents = drawn(seed);
    let mut rng = draw::generator(seed, "children");
    let mut made = Vec::new();
    for (at, parent) in parents.iter().enumerate() {
        let donor = &parents[(at + 1 + seed as usize) % parents.len()];
        for nodes in [3, 4, 5, 7] {
            let place = place(nodes, (nodes + at).is_multiple_of(2));
            if let Some(child) = child(parent, Some(donor), &place, 99, &mut rng) {
                made.push((parent.clone(), donor.clone(), place, child));
            }
        }
    }
    made
}

#[test]
fn every_child_is_a_schedule_that_can_be_carried_out_on_its_cluster() {
    let mut seen = BTreeSet::new();
    for seed in 0..12 {
        for (parent, donor, place, Child { schedule, ways }) in children(seed) {
            schedule.check().unwrap();
            assert_eq!((&schedule.nodes, schedule.seed, schedule.workload.as_str()), (&place.nodes, 99, WORKLOAD));
            assert!(schedule.duration <= parent.duration.max(donor.duration));
            assert!((1..=MOST_FAULTS).contains(&faults(&schedule).len()));
            assert!(unlifted(&schedule) <= unlifted(&parent) + unlifted(&donor), "{ways:?}");
            let disks = schedule.steps.iter().any(|step| match &step.action {
                Action::Inject(fault) => fault.kind().descriptor().needs == Some(crate::fault::Need::Disk),
                _ => false,
            });
            assert!(place.disks || !disks, "{ways:?}");
            let again = Schedule::from_json(&schedule.to_json()).unwrap();
            assert_eq!(again, schedule);
            seen.extend(ways);
        }
    }
    assert_eq!(seen.len(), 7, "{seen:?}");
}

#[test]
fn no_child_has_a_kind_of_fault_that_neither_parent_nor_donor_has() {
    let kinds = |schedule: &Schedule| -> BTreeSet<_> {
        let kind = |action: &Action| match action {
            Action::Inject(fault) => Some(fault.kind()),
            _ => None,
        };
        schedule.steps.iter().filter_map(|step| kind(&step.action)).collect()
    };
    for (parent, donor, _, child) in children(5) {
        let both: BTreeSet<_> = kinds(&parent).union(&kinds(&donor)).copied().collect();
        assert!(kinds(&child.schedule).is_subset(&both), "{:?}", child.ways);
    }
}

#[test]
fn the_same_generator_makes_the_same_child() {
    assert_eq!(children(3), children(3));
    assert_ne!(children(3), children(4));
}

#[test]
fn names_of_a_larger_cluster_become_those_of_a_smaller_one() {
    let mut schedule = drawn(1).into_iter().find(|schedule| schedule.workload == "chaos").unwrap();
    let names = |names: &[&str]| Target::Names(names.iter().map(|name| (*name).to_owned()).collect());
    for step in &mut schedule.steps {
        if let Action::Inject(fault) = &mut step.action {
            *fault = Fault::Pause { target: names(&["n4", "n1", "n5"]) };
        }
    }
    let fitted = fitted(&schedule, &place(3, false)).unwrap();
    let mut targets = fitted.steps.iter().filter_map(|step| match &step.action {
        Action::Inject(fault) => fault.target(),
        _ => None,
    });
    assert!(targets.all(|target| *target == names(&["n1", "n2"])));
}

#[test]
fn a_cluster_without_disks_is_spared_what_only_disks_can_do() {
    let schedule = drawn(1).into_iter().find(|schedule| schedule.workload == "crash-points").unwrap();
    let of_disks = |schedule: &Schedule| {
        let needs = |action: &Action| match action {
            Action::Inject(fault) => fault.kind().descriptor().needs == Some(crate::fault::Need::Disk),
            Action::Learn { .. } => true,
            _ => false,
        };
        schedule.steps.iter().filter(|step| needs(&step.action)).count()
    };
    assert_eq!(fitted(&schedule, &place(3, true)).as_ref(), Some(&schedule));
    assert!(of_disks(&schedule) > 0);
    assert!(fitted(&schedule, &place(3, false)).is_none_or(|fitted| of_disks(&fitted) == 0));
}
