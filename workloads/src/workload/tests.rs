use proptest::prelude::*;

use super::*;
use crate::fault::Capabilities;
use crate::schedule::Action;

fn request(nodes: usize, seed: u64) -> Request {
    let degrade = ["delay", "jitter", "rate"].map(str::to_owned).into();
    Request {
        nodes: (1..=nodes).map(|number| format!("n{number}")).collect(),
        voters: None,
        capabilities: Capabilities { cut: true, degrade, disks: true },
        duration: None,
        seed,
        parameters: Parameters::default(),
        bound: Duration::from_secs(5),
    }
}

/// The workload with each way of taking nodes away that it takes.
fn ways(workload: &dyn Workload) -> Vec<Option<By>> {
    match workload.parameters().contains(&Parameter::By) {
        true => vec![None, Some(By::Cut), Some(By::Pause), Some(By::Kill)],
        false => vec![None],
    }
}

#[test]
fn the_workloads_are_those_of_the_design() {
    let names: Vec<&str> = all().iter().map(|workload| workload.name()).collect();
    let design = [
        "initial-election",
        "re-election",
        "many-elections",
        "leader-crash",
        "chaos",
        "crash-points",
        "rolling-restart",
        "flapping",
        "first-leader",
        "pre-vote-lag",
        "cut-after-prevote",
        "calm",
    ];
    assert_eq!(names, design);
}

#[test]
fn a_workload_is_found_by_its_name_and_a_wrong_name_gets_the_nearest() {
    assert_eq!(find("chaos").map(|workload| workload.name()), Ok("chaos"));
    let error = find("re-electoin").err().unwrap();
    assert_eq!(error.nearest, "re-election");
    let text = error.to_string();
    assert!(
        text.contains("no workload \"re-electoin\"; did you mean \"re-election\"?") && text.contains("calm"),
        "{text}"
    );
    assert!(find("").is_err());
}

#[test]
fn every_workload_runs_with_its_own_defaults() {
    for workload in all() {
        for by in ways(*workload) {
            let mut request = request(workload.nodes(), 1);
            request.parameters.by = by;
            let schedule = workload.schedule(&request).unwrap();
            assert_eq!(schedule.check(), Ok(()));
            assert_eq!(schedule.check_against(&request.capabilities), Ok(()));
            assert!(schedule.coverage.windows > 0 && schedule.coverage.elections > 0, "{}", workload.name());
            assert_eq!(schedule.duration, workload.duration(&request));
        }
    }
}

#[test]
fn coverage_never_asks_for_more_than_the_schedule_does() {
    for workload in all() {
        for seed in 0..20 {
            let schedule = workload.schedule(&request(workload.nodes(), seed)).unwrap();
            let count = |is: fn(&Action) -> bool| schedule.steps.iter().filter(|step| is(&step.action)).count() as u32;
            let injected = count(|action| matches!(action, Action::Inject(_)));
            let expected = count(|action| matches!(action, Action::Expect { .. }));
            assert!(schedule.coverage.faults <= injected && schedule.coverage.leader_hits <= injected);
            assert!(schedule.coverage.expectations <= expected, "{}", workload.name());
            assert!(schedule.coverage.windows <= injected + 1, "{}", workload.name());
        }
    }
}

#[test]
fn another_seed_is_another_schedule_and_another_workload_another_stream() {
    for workload in all().iter().filter(|workload| workload.name() != "calm") {
        let steps = |seed| workload.schedule(&request(workload.nodes(), seed)).unwrap().steps;
        assert_ne!(steps(1), steps(2), "{}", workload.name());
    }
    assert_ne!(draw_one("chaos"), draw_one("calm"));
}

fn draw_one(name: &str) -> u64 {
    crate::draw::below(&mut crate::draw::generator(1, name), u64::MAX)
}

#[test]
fn a_parameter_that_a_workload_does_not_take_is_an_error() {
    let mut request = request(3, 1);
    request.parameters.by = Some(By::Kill);
    let error = find("calm").ok().unwrap().schedule(&request).unwrap_err().to_string();
    assert_eq!(error, "calm takes no --by; leave it out");
    request.parameters = Parameters { faults: vec!["+loss".to_owned()], ..Parameters::default() };
    assert!(find("re-election").ok().unwrap().schedule(&request).unwrap_err().to_string().contains("--faults"));
    request.parameters = Parameters { rounds: Some(0), ..Parameters::default() };
    assert!(find("leader-crash").ok().unwrap().schedule(&request).unwrap_err().to_string().contains("--rounds 0"));
}

#[test]
fn a_cluster_that_is_too_small_is_an_error_that_says_how_many_are_needed() {
    let error = find("re-election").ok().unwrap().schedule(&request(2, 1)).unwrap_err().to_string();
    assert_eq!(error, "re-election needs at least 3 nodes and has 2; use --nodes 3 or more");
    for workload in all() {
        assert!(workload.schedule(&request(0, 1)).is_err(), "{}", workload.name());
    }
}

#[test]
fn a_network_that_cannot_cut_is_no_use_for_a_workload_that_cuts() {
    let mut direct = request(3, 1);
    direct.capabilities = Capabilities::default();
    let error = find("re-election").ok().unwrap().schedule(&direct).unwrap_err().to_string();
    assert!(error.contains("--by pause"), "{error}");
    direct.parameters.by = Some(By::Pause);
    assert!(find("re-election").ok().unwrap().schedule(&direct).is_ok());
}

#[test]
fn re_election_takes_two_of_three_away_and_three_of_five() {
    let injected = |nodes| {
        let schedule = find("re-election").ok().unwrap().schedule(&request(nodes, 1)).unwrap();
        schedule.steps.iter().filter(|step| matches!(step.action, Action::Inject(_))).count()
    };
    assert_eq!((injected(3), injected(4), injected(5), injected(7)), (3, 3, 4, 5));
}

#[test]
fn rounds_are_as_many_as_are_asked_for() {
    let mut request = request(5, 1);
    request.parameters.rounds = Some(3);
    let schedule = find("leader-crash").ok().unwrap().schedule(&request).unwrap();
    let kills = schedule.steps.iter().filter(|step| matches!(step.action, Action::Inject(_))).count();
    assert_eq!(kills, 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_request_gives_a_schedule_that_passes_its_check_or_a_sentence(
        which in 0..8usize, nodes in 0..10usize, seed: u64, cut: bool, delay: bool, way in 0..4usize,
        milliseconds in prop::option::of(0..200_000u64), bound in 0..60_000u64, rounds in prop::option::of(0..12u32),
    ) {
        let workload = all()[which];
        let ways = ways(workload);
        let mut request = request(nodes, seed);
        request.capabilities.cut = cut;
        if !delay {
            request.capabilities.degrade.clear();
        }
        request.duration = milliseconds.map(Duration::from_millis);
        request.bound = Duration::from_millis(bound);
        request.parameters.by = ways[way % ways.len()];
        request.parameters.rounds = rounds.filter(|_| workload.parameters().contains(&Parameter::Rounds));
        match workload.schedule(&request) {
            Ok(schedule) => {
                prop_assert_eq!(schedule.check(), Ok(()));
                prop_assert_eq!(schedule.check_against(&request.capabilities), Ok(()));
                prop_assert_eq!(&schedule, &workload.schedule(&request).unwrap());
                prop_assert_eq!(&Schedule::from_json(&schedule.to_json()).unwrap(), &schedule);
                prop_assert_eq!(schedule.duration, request.duration.unwrap_or(workload.duration(&request)));
            }
            Err(error) => {
                let lawful = nodes < workload.least_nodes() || !cut || rounds == Some(0) || milliseconds == Some(0);
                prop_assert!(lawful, "{}", error);
            }
        }
    }

    #[test]
    fn extreme_bounds_and_durations_do_not_panic(which in 0..8usize, seed: u64, long: bool) {
        let mut request = request(3, seed);
        request.bound = Duration::MAX;
        request.duration = long.then_some(Duration::from_secs(100_000_000));
        prop_assert!(all()[which].schedule(&request).is_ok());
    }
}

#[test]
fn crashes_of_a_slow_system_are_asked_for_as_often_as_it_can_have_them() {
    let wanted = |bound: u64| {
        let request = Request { bound: Duration::from_secs(bound), ..request(3, 1) };
        find("leader-crash").ok().unwrap().schedule(&request).unwrap().coverage.leader_hits
    };
    assert_eq!((wanted(5), wanted(10), wanted(46), wanted(1_000)), (8, 8, 3, 1));
}
