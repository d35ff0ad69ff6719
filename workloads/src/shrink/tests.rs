use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::workload::{By, Parameter, all, find};
use crate::{Capabilities, Condition, Link, Parameters, Request, Target};

fn request(nodes: usize, by: Option<By>, seed: u64, duration: Option<Duration>) -> Request {
    Request {
        nodes: (1..=nodes).map(|number| format!("n{number}")).collect(),
        voters: None,
        capabilities: Capabilities {
            cut: true,
            degrade: ["delay", "jitter", "rate"].map(str::to_owned).into(),
            disks: true,
        },
        duration,
        seed,
        parameters: Parameters { by, ..Parameters::default() },
        bound: Duration::from_secs(5),
    }
}

fn chaos(seed: u64, seconds: u64) -> Schedule {
    let duration = Some(Duration::from_secs(seconds));
    find("chaos").unwrap().schedule(&request(5, None, seed, duration)).unwrap()
}

/// What each workload draws for a seed, in each way in which it can take nodes away.
fn drawn(seed: u64) -> Vec<Schedule> {
    let mut drawn = Vec::new();
    for workload in all() {
        let ways = match workload.parameters().contains(&Parameter::By) {
            true => vec![Some(By::Cut), Some(By::Pause), Some(By::Kill)],
            false => vec![None],
        };
        let requests = ways.into_iter().map(|by| {
            let mut request = request(workload.nodes(), by, seed, None);
            // All of its hundred points would take hours to shrink one by one.
            request.parameters.rounds = (workload.name() == "crash-points").then_some(2);
            request
        });
        drawn.extend(requests.map(|request| workload.schedule(&request).unwrap()));
    }
    drawn
}

/// Shrinks with `jobs` candidates in the air at once; answers how many were tried. Every candidate is looked at.
fn shrink(search: &mut Search, jobs: usize, mut fails: impl FnMut(&Schedule) -> bool) -> usize {
    let mut tried = 0;
    loop {
        let mut air = Vec::new();
        while air.len() < jobs {
            let Some((ticket, candidate)) = search.propose() else { break };
            candidate.schedule.check().unwrap();
            assert!(Size::of(&candidate.schedule) < Size::of(search.best()), "{candidate:?}");
            air.push((ticket, candidate.schedule));
        }
        if air.is_empty() {
            assert!(search.is_over());
            return tried;
        }
        tried += air.len();
        for (ticket, schedule) in air {
            if fails(&schedule) {
                search.accept(ticket);
            } else {
                search.reject(ticket);
            }
        }
    }
}

fn holds(schedule: &Schedule, needed: &[StepId]) -> bool {
    let faults = faults(schedule);
    needed.iter().all(|id| faults.contains(id))
}

#[test]
fn what_does_not_matter_is_left_out_whatever_it_is_that_matters() {
    for seed in [2, 3] {
        let schedule = chaos(seed, 75);
        let all = faults(&schedule);
        assert!(all.len() >= 20, "seed {seed} has {} faults", all.len());
        let last = all.len() - 1;
        for needed in [vec![], vec![0], vec![last], vec![last / 2], vec![1, last], vec![3, 9, last - 1]] {
            let needed: Vec<StepId> = needed.into_iter().map(|place| all[place]).collect();
            for jobs in [1, 4] {
                let mut search = Search::new(schedule.clone(), Vec::new());
                let tried = shrink(&mut search, jobs, |schedule| holds(schedule, &needed));
                let best = search.best();
                assert_eq!(faults(best), needed, "seed {seed}");
                let lifts = best.steps.iter().filter(|step| matches!(step.action, Action::Lift(_))).count();
                assert!(best.steps.len() <= needed.len() + lifts + 1, "{}", best.to_json());
                assert_eq!(best.nodes.len(), 3);
                let waiting = best.steps.iter().filter_map(|step| moment(&step.when)).sum::<Duration>();
                assert!(waiting < Duration::from_millis(50) * 8, "{}", best.to_json());
                assert!(tried < 400, "{tried} candidates were tried");
            }
        }
    }
}

#[test]
fn where_the_search_ends_no_single_fault_can_be_left_out() {
    // Any three faults fail together, and so do any two kills.
    let fails = |schedule: &Schedule| {
        let kills = schedule.steps.iter().filter(|step| match &step.action {
            Action::Inject(fault) => fault.kind() == crate::FaultKind::Kill,
            _ => false,
        });
        faults(schedule).len() >= 3 || kills.count() >= 2
    };
    for seed in 0..10 {
        let mut search = Search::new(chaos(seed, 40), Vec::new());
        shrink(&mut search, 3, fails);
        let best = search.best();
        assert!(fails(best));
        for fault in faults(best) {
            let less = without(best, &BTreeSet::from([fault]));
            assert!(less.is_none_or(|less| !fails(&less)), "fault {fault} is not needed: {}", best.to_json());
        }
    }
}

#[test]
fn a_good_hint_saves_nearly_everything() {
    let schedule = chaos(3, 75);
    let all = faults(&schedule);
    let needed = all[all.len() / 2];
    let fails = |schedule: &Schedule| holds(schedule, &[needed]);
    let mut alone = Search::new(schedule.clone(), Vec::new());
    let mut hinted = Search::new(schedule, vec![BTreeSet::from([all[0]]), BTreeSet::from([needed])]);
    let (_, first) = hinted.propose().unwrap();
    assert_eq!((first.kind, faults(&first.schedule)), (Kind::Hint, vec![all[0]]));
    let (ticket, second) = hinted.propose().unwrap();
    assert_eq!(faults(&second.schedule), vec![needed]);
    assert!(hinted.accept(ticket));
    assert!(shrink(&mut hinted, 1, fails) < shrink(&mut alone, 1, fails));
    assert_eq!(faults(hinted.best()), faults(alone.best()));
}

#[test]
fn what_was_being_tried_when_something_was_good_is_void() {
    let mut search = Search::new(chaos(1, 40), Vec::new());
    let (first, _) = search.propose().unwrap();
    let (second, candidate) = search.propose().unwrap();
    assert!(search.accept(second));
    assert_eq!(search.best(), &candidate.schedule);
    assert!(!search.accept(first) && !search.reject(first), "it was made from a larger schedule");
    assert_eq!(search.best(), &candidate.schedule);
}

#[test]
fn nothing_that_failed_is_tried_again() {
    let mut search = Search::new(chaos(2, 40), Vec::new());
    let mut bad = BTreeSet::new();
    let needed = faults(search.best())[4];
    while let Some((ticket, candidate)) = search.propose() {
        if holds(&candidate.schedule, &[needed]) {
            search.accept(ticket);
        } else {
            assert!(bad.insert(candidate.schedule.to_json()), "{} is tried twice", candidate.schedule.to_json());
            search.reject(ticket);
        }
    }
}

fn small() -> Schedule {
    Schedule::from_json(
        r#"{"schema":1,"workload":"custom","seed":7,"nodes":["n1","n2","n3","n4","n5"],"duration":"1m",
        "coverage":{"leader-hits":2,"elections":3,"windows":4,"faults":3,"expectations":4,"cuts-proven":true},"steps":[
        {"id":1,"when":{"at":"0s"},"do":{"expect":{"condition":"leader","within":"7s"}}},
        {"id":2,"when":{"after":{"step":1,"delay":"300ms"}},"do":{"inject":{"kind":"cut","shape":"isolate","target":"leader"}}},
        {"id":3,"when":{"after":{"step":2,"delay":"0s"}},"do":{"expect":{"condition":{"new-leader":{"since":2}},"within":"7s"}}},
        {"id":4,"when":{"after":{"step":3,"delay":"200ms"}},"do":{"lift":2}},
        {"id":5,"when":{"after":{"step":4,"delay":"0s"}},"do":{"expect":{"condition":"leader","within":"5s"}}},
        {"id":6,"when":{"after":{"step":5,"delay":"400ms"}},"do":{"expect":{"condition":"leader","within":"6s"}}},
        {"id":7,"when":{"on":{"condition":{"new-leader":{"since":2}},"after":6,"timeout":"7s"}},"do":{"inject":{"kind":"kill","target":"trigger"}}},
        {"id":8,"when":{"after":{"step":7,"delay":"100ms"}},"do":{"inject":{"kind":"pause","target":["n4"]}}},
        {"id":9,"when":{"after":{"step":8,"delay":"300ms"}},"do":{"lift":8}},
        {"id":10,"when":{"after":{"step":9,"delay":"50ms"}},"do":{"lift":7}}]}"#,
    )
    .unwrap()
}

fn left_out(ids: &[StepId]) -> Schedule {
    without(&small(), &ids.iter().copied().collect()).unwrap()
}

fn step(schedule: &Schedule, id: StepId) -> &crate::Step {
    schedule.steps.iter().find(|step| step.id == id).unwrap()
}

#[test]
fn a_fault_goes_with_its_lift_and_with_the_wait_for_its_effect() {
    let less = left_out(&[2]);
    let ids: Vec<StepId> = less.steps.iter().map(|step| step.id).collect();
    assert_eq!(ids, [5, 6, 7, 8, 9, 10], "the wait before it went too: the same is waited for after it");
    assert_eq!(step(&less, 5).when, When::At(Duration::ZERO));
    assert_eq!(
        step(&less, 5).action,
        Action::Expect { condition: Condition::Leader, within: Duration::from_secs(7) },
        "the longer patience of the two"
    );
    // No node is *newly* elected after what does not happen; the step still finds its trigger.
    let waits = When::On { condition: Condition::Leader, after: Some(6), timeout: Duration::from_secs(7) };
    assert_eq!(step(&less, 7).when, waits);
}

#[test]
fn a_fault_that_stays_is_in_force_as_long_as_before() {
    let less = left_out(&[8]);
    assert_eq!(step(&less, 10).when, When::After { step: 7, delay: Duration::from_millis(100 + 300 + 50) });
    // What is not a lift moves up instead: the time of a fault goes with it.
    let less = left_out(&[7]);
    assert_eq!(step(&less, 8).when, When::After { step: 6, delay: Duration::from_millis(100) });
}

#[test]
fn what_a_run_must_have_shown_is_less_of_less() {
    let coverage = left_out(&[2, 7]).coverage;
    assert_eq!((coverage.leader_hits, coverage.elections, coverage.windows, coverage.faults), (0, 1, 1, 1));
    assert!(!coverage.cuts_proven, "there is no cut any more");
    let coverage = left_out(&[8]).coverage;
    assert_eq!((coverage.leader_hits, coverage.faults, coverage.cuts_proven), (1, 2, true));
}

#[test]
fn the_phase_may_last_as_long_as_its_waits_and_not_longer() {
    assert_eq!(left_out(&[2, 7, 8]).duration, Duration::from_secs(14 + 1));
    assert_eq!(left_out(&[8]).duration, Duration::from_secs(34 + 1));
}

#[test]
fn the_last_step_is_not_left_out() {
    let mut schedule = small();
    schedule.steps.truncate(1);
    schedule.duration = Duration::from_secs(7);
    assert_eq!(without(&schedule, &BTreeSet::from([1])), None);
    assert_eq!(without(&schedule, &BTreeSet::from([9])), None, "there is no such step");
}

#[test]
fn whether_any_fault_is_needed_is_asked_of_a_schedule_without_waits_too() {
    let mut schedule = left_out(&[2, 8]);
    schedule.steps.retain(|step| step.id == 7 || step.id == 10);
    schedule.steps[0].when = When::At(Duration::ZERO);
    schedule.steps[1].when = When::After { step: 7, delay: Duration::from_millis(90) };
    let target = Target::Choice(crate::Choice::Leader);
    schedule.steps[0].action = Action::Inject(crate::Fault::Kill { target, forever: false });
    schedule.check().unwrap();
    let mut search = Search::new(schedule, Vec::new());
    let mut asked = Vec::new();
    shrink(&mut search, 2, |schedule| {
        asked.push(faults(schedule).len());
        !faults(schedule).is_empty()
    });
    assert!(asked.contains(&0), "{asked:?}");
    assert_eq!(search.best().steps.len(), 2);
}

#[test]
fn nodes_that_are_named_stay() {
    let sizes = |schedule: &Schedule| fewer_nodes(schedule).iter().map(|less| less.nodes.len()).collect::<Vec<_>>();
    assert_eq!(sizes(&small()), [4]);
    assert_eq!(sizes(&left_out(&[8])), [3, 4]);
}

#[test]
fn a_run_without_steps_can_only_be_shorter() {
    let calm = find("calm").unwrap().schedule(&request(3, None, 1, Some(Duration::from_secs(8)))).unwrap();
    let bare = Schedule { steps: Vec::new(), ..calm };
    let mut search = Search::new(bare, Vec::new());
    shrink(&mut search, 1, |schedule| schedule.duration >= Duration::from_secs(2));
    assert_eq!(search.best().duration, Duration::from_secs(2));
}

#[test]
fn resolved_targets_are_those_that_were_hit() {
    let hit = |nodes: &[&str], links: &[&str]| Hit {
        nodes: nodes.iter().map(|&name| name.to_owned()).collect(),
        links: links.iter().map(|link| link.parse().unwrap()).collect(),
        operation: None,
    };
    let hits = BTreeMap::from([(2, hit(&["n3"], &["n3->n1", "n1->n3"])), (7, hit(&["n2"], &[])), (8, hit(&[], &[]))]);
    let again = resolved(&small(), &hits);
    again.check().unwrap();
    let target = |id| match &step(&again, id).action {
        Action::Inject(fault) => fault.target().cloned(),
        _ => None,
    };
    assert_eq!(target(7), Some(Target::Names(vec!["n2".into()])));
    assert_eq!(target(8), Some(Target::Names(vec!["n4".into()])), "it hit nobody and keeps its target");
    let links = vec![Link::new("n3", "n1"), Link::new("n1", "n3")];
    let cut = crate::Fault::Cut { shape: crate::Shape::Links(links), target: Target::Names(vec!["n3".into()]) };
    assert_eq!(step(&again, 2).action, Action::Inject(cut));
    assert_eq!(step(&again, 2).when, step(&small(), 2).when);
    assert_eq!((again.coverage.leader_hits, again.coverage.faults), (0, 3));
}

fn crash_points() -> Schedule {
    let mut request = request(3, None, 1, None);
    request.parameters.rounds = Some(5);
    let schedule = find("crash-points").unwrap().schedule(&request).unwrap();
    schedule.check().unwrap();
    schedule
}

fn crash(schedule: &Schedule, id: StepId) -> (bool, String, u32) {
    match &step(schedule, id).action {
        Action::Inject(crate::Fault::CrashAt { learnt, operation, nth, .. }) => (*learnt, operation.clone(), *nth),
        action => panic!("{action:?} is no crash point"),
    }
}

fn points(schedule: &Schedule) -> Vec<StepId> {
    let crashes = schedule
        .steps
        .iter()
        .filter(|step| matches!(&step.action, Action::Inject(fault) if fault.kind() == crate::FaultKind::CrashAt));
    crashes.map(|step| step.id).collect()
}

#[test]
fn a_crash_point_that_was_reached_is_repeated_by_the_text_of_its_operation() {
    let schedule = crash_points();
    let points = points(&schedule);
    let hit = Hit { operation: Some(("rename state.tmp state".into(), 2)), nodes: vec!["n2".into()], ..Hit::default() };
    let hits = BTreeMap::from([(points[3], hit)]);
    let again = by_text(&schedule, &hits);
    again.check().unwrap();
    assert_eq!(crash(&again, points[3]), (false, "rename state.tmp state".to_owned(), 2));
    assert_eq!(crash(&again, points[4]), crash(&schedule, points[4]), "it was not reached");
    assert!(again.steps.iter().all(|step| step.only_with != Some(points[3])), "it exists, whatever is learnt");
    assert!(again.steps.iter().any(|step| step.only_with == Some(points[4])));
    // By name there is no node to be told from others.
    let named = resolved(&schedule, &hits);
    named.check().unwrap();
    let Action::Inject(crate::Fault::CrashAt { part, target, .. }) = &step(&named, points[3]).action else { panic!() };
    assert_eq!((part, target), (&None, &Target::Names(vec!["n2".into()])));
}

#[test]
fn a_crash_point_shrinks_to_one_fault_and_towards_the_first_operation_and_no_further_than_it_fails() {
    let schedule = crash_points();
    let points = points(&schedule);
    let hit = Hit { operation: Some(("fsync".into(), 7)), ..Hit::default() };
    let hits = BTreeMap::from([(points[20], hit)]);
    let mut search = Search::new(by_text(&schedule, &hits), vec![BTreeSet::from([points[20]])]);
    let fails = |schedule: &Schedule| {
        let mine = schedule.steps.iter().find(|step| step.id == points[20]);
        mine.is_some_and(|mine| matches!(&mine.action, Action::Inject(crate::Fault::CrashAt { nth: 3.., .. })))
    };
    shrink(&mut search, 2, fails);
    let best = search.best();
    assert_eq!(faults(best), [points[20]]);
    assert_eq!(crash(best, points[20]), (false, "fsync".to_owned(), 3));
    assert!(!best.steps.iter().any(|step| matches!(step.action, Action::Learn { .. })), "nothing need be learnt");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    /// Whatever a cluster says, for whatever workload: every candidate passes the checks and is smaller, and the search
    /// ends.
    #[test]
    fn every_candidate_of_every_workload_is_a_smaller_schedule_that_makes_sense(
        seed in 0u64..10_000,
        good in prop::collection::vec(prop::bool::weighted(0.2), 64),
        jobs in 1usize..5,
    ) {
        for schedule in drawn(seed) {
            let mut answers = good.iter().cycle();
            let mut left = 300;
            let mut search = Search::new(schedule, vec![BTreeSet::from([3, 4]), BTreeSet::from([2])]);
            shrink(&mut search, jobs, |_| {
                left -= 1;
                left > 0 && *answers.next().unwrap()
            });
        }
    }

    #[test]
    fn whatever_is_left_out_what_stays_makes_sense(seed in 0u64..10_000, picks in prop::collection::vec(any::<bool>(), 96)) {
        for schedule in drawn(seed).into_iter().chain([chaos(seed, 75)]) {
            let dropped: BTreeSet<StepId> =
                schedule.steps.iter().zip(picks.iter().cycle()).filter(|(_, pick)| **pick).map(|(step, _)| step.id).collect();
            let Some(less) = without(&schedule, &dropped) else { continue };
            less.check().unwrap();
            prop_assert!(Size::of(&less) < Size::of(&schedule));
            for step in &less.steps {
                let was = schedule.steps.iter().find(|was| was.id == step.id).unwrap();
                if let (Action::Inject(now), Action::Inject(then)) = (&step.action, &was.action) {
                    prop_assert_eq!(now, then);
                }
            }
        }
    }
}
