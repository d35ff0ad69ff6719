use std::collections::BTreeSet;

use super::*;
use crate::condition::Condition;
use crate::fault::Capabilities;
use crate::role::Role;
use crate::schedule::{Schedule, When};
use crate::shape::Shape;

fn request(seed: u64) -> Request {
    let degrade = ["delay", "jitter", "rate", "loss", "duplicate", "reorder", "corrupt"].map(str::to_owned).into();
    Request {
        nodes: (1..=5).map(|number| format!("n{number}")).collect(),
        voters: None,
        capabilities: Capabilities { cut: true, degrade, disks: true },
        duration: None,
        seed,
        parameters: Default::default(),
        bound: Duration::from_secs(5),
    }
}

fn with(faults: &[&str], seed: u64) -> Request {
    let mut request = request(seed);
    request.parameters.faults = faults.iter().map(|word| (*word).to_owned()).collect();
    request
}

fn faults(schedule: &Schedule) -> Vec<&Fault> {
    let injected = schedule.steps.iter().filter_map(|step| match &step.action {
        Action::Inject(fault) => Some(fault),
        _ => None,
    });
    injected.collect()
}

fn kinds(schedule: &Schedule) -> BTreeSet<FaultKind> {
    faults(schedule).into_iter().map(Fault::kind).collect()
}

#[test]
fn two_hundred_seeds_draw_every_default_kind_and_every_shape() {
    let schedules: Vec<Schedule> = (0..200).map(|seed| Chaos.schedule(&request(seed)).unwrap()).collect();
    let drawn: BTreeSet<FaultKind> = schedules.iter().flat_map(kinds).collect();
    let all: BTreeSet<FaultKind> = FaultKind::all().map(|(_, kind)| kind).collect();
    let asked: BTreeSet<FaultKind> = all.iter().copied().filter(|kind| !kind.descriptor().by_default).collect();
    assert_eq!(&all - &drawn, asked, "all but what breaks the model, and what needs simulated disks");
    for shape in Shape::ALL {
        let used =
            schedules.iter().flat_map(faults).any(|fault| matches!(fault, Fault::Cut { shape: s, .. } if *s == shape));
        assert!(used, "{shape:?}");
    }
    let loss = schedules
        .iter()
        .flat_map(faults)
        .any(|fault| matches!(fault, Fault::Degrade { effect, .. } if effect.loss > 0.0));
    assert!(!loss, "only what every network can do, and delays");
}

#[test]
fn where_three_of_five_vote_a_candidate_is_not_held_beside_a_leader_that_is_gone() {
    let holds = |voters| {
        let schedules = (0..60).map(|seed| Chaos.schedule(&Request { voters, ..request(seed) }).unwrap());
        let held = |schedule: Schedule| {
            let campaigns = |when: &When| matches!(when, When::On { condition, .. } if *condition == Condition::becomes(Role::Candidate));
            let expects = |action: &Action| matches!(action, Action::Expect { .. });
            schedule.steps.windows(2).filter(|two| campaigns(&two[0].when) && expects(&two[1].action)).count()
        };
        schedules.map(held).sum::<usize>()
    };
    assert!(holds(None) > 0, "of five voters, three are left to elect another");
    assert_eq!(holds(Some(3)), 0, "the one voter that would be left elects nobody");
}

#[test]
fn any_seven_consecutive_seeds_draw_every_default_kind() {
    for first in 0..40 {
        let drawn: BTreeSet<FaultKind> =
            (first..first + 7).flat_map(|seed| kinds(&Chaos.schedule(&request(seed)).unwrap())).collect();
        assert_eq!(drawn.len(), 7, "seeds from {first}: {drawn:?}");
    }
}

#[test]
fn a_run_draws_from_a_subset_that_differs_from_seed_to_seed() {
    let sets: BTreeSet<_> = (0..50).map(|seed| kinds(&Chaos.schedule(&request(seed)).unwrap())).collect();
    assert!(sets.len() > 10, "{} different sets", sets.len());
    assert!(sets.iter().any(|set| set.len() < 5));
}

#[test]
fn every_default_run_aims_at_leaders_often_enough() {
    for seed in 0..300 {
        let schedule = Chaos.schedule(&request(seed)).unwrap();
        assert_eq!((schedule.coverage.leader_hits, schedule.coverage.windows), (3, 5));
        let aimed = schedule.steps.iter().filter(|step| {
            let waits = matches!(&step.when, crate::When::On { condition: crate::Condition::Leader, .. });
            waits && matches!(&step.action, Action::Inject(_))
        });
        assert!(aimed.count() >= 5, "seed {seed}");
    }
}

#[test]
fn triggers_of_every_sort_are_drawn() {
    let schedules: Vec<Schedule> = (0..60).map(|seed| Chaos.schedule(&request(seed)).unwrap()).collect();
    let text: String = schedules.iter().map(Schedule::to_json).collect();
    for word in ["\"votes\"", "\"role\": \"candidate\"", "\"role\": \"leader\"", "\"trigger\"", "\"new-leader\""] {
        assert!(text.contains(word), "{word}");
    }
}

#[test]
fn every_fault_is_lifted() {
    for seed in 0..100 {
        let schedule = Chaos.schedule(&request(seed)).unwrap();
        let lifted: BTreeSet<u32> = schedule
            .steps
            .iter()
            .filter_map(|step| match step.action {
                Action::Lift(fault) => Some(fault),
                _ => None,
            })
            .collect();
        assert_eq!(lifted.len(), faults(&schedule).len(), "seed {seed}");
    }
}

#[test]
fn what_the_user_adds_is_drawn_and_what_he_takes_out_is_not() {
    for seed in 0..20 {
        let schedule = Chaos.schedule(&with(&["+wipe", "+loss", "-cut", "-delay", "-jitter"], seed)).unwrap();
        assert!(kinds(&schedule).contains(&FaultKind::Wipe), "seed {seed}");
        assert!(!kinds(&schedule).contains(&FaultKind::Cut), "seed {seed}");
        assert!(kinds(&schedule).contains(&FaultKind::Degrade), "seed {seed}");
        assert!(!schedule.to_json().contains("\"jitter\":"), "seed {seed}");
    }
}

#[test]
fn a_network_that_cannot_cut_or_delay_gets_no_such_fault() {
    for seed in 0..50 {
        let direct = Request { capabilities: Capabilities::default(), ..request(seed) };
        let schedule = Chaos.schedule(&direct).unwrap();
        assert_eq!(schedule.check_against(&direct.capabilities), Ok(()));
        assert!(!schedule.coverage.cuts_proven);
    }
}

#[test]
fn words_that_faults_does_not_know_are_errors_with_the_nearest_first() {
    let error = Chaos.schedule(&with(&["+los"], 0)).unwrap_err().to_string();
    assert!(error.starts_with("--faults has no \"los\"; there are loss, "), "{error}");
    let mut poor = with(&["+corrupt"], 0);
    poor.capabilities.degrade.clear();
    let error = Chaos.schedule(&poor).unwrap_err().to_string();
    assert!(error.contains("asks for corrupt, which this network cannot"), "{error}");
    let error = Chaos.schedule(&with(&["-kill", "-stop", "-pause", "-cut"], 0)).unwrap_err().to_string();
    assert!(error.contains("leaves nothing"), "{error}");
}

#[test]
fn a_longer_bound_gets_longer_holds_and_a_longer_run_with_as_many_acts() {
    let slow = Request { bound: Duration::from_secs(20), ..request(3) };
    let (fast, slow) = (Chaos.schedule(&request(3)).unwrap(), Chaos.schedule(&slow).unwrap());
    assert_eq!(slow.duration, fast.duration * 4);
    assert_eq!(slow.steps.len(), fast.steps.len());
    assert_eq!(slow.coverage, fast.coverage);
}
