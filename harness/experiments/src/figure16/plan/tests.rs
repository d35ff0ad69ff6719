use std::collections::BTreeMap;

use super::*;
use workloads::schedule::{Action, When};

fn experiment(trials: u64) -> Experiment {
    Figure16.experiment(trials)
}

fn cell_of(id: &str, trials: u64) -> Cell {
    experiment(trials).cells.into_iter().find(|cell| cell.id == id).unwrap()
}

#[test]
fn every_curve_gets_its_trials_in_runs_of_several() {
    let of = |trials: u64| -> BTreeMap<String, u64> {
        let rounds = |cell: &Cell| cell.axis("rounds").unwrap().parse::<u64>().unwrap();
        experiment(trials).cells.iter().map(|cell| (cell.id.clone(), cell.runs * rounds(cell))).collect()
    };
    for (id, trials) in of(1000) {
        assert_eq!(trials, if id == "150-150" { 20 } else { 1000 }, "{id}");
    }
    assert!(of(50).iter().all(|(id, &trials)| (50..=56).contains(&trials) || (id == "150-150" && trials == 20)));
    assert!(of(1).values().all(|&trials| trials == 1));
}

#[test]
fn the_settings_are_those_of_the_paper() {
    let cell = cell_of("25-50", 100);
    for setting in ["election=25ms..50ms", "heartbeat=12500us", "persist-delay=2ms", "n3.log=1/5", "n1.first-delay=0ms"]
    {
        assert!(cell.settings.iter().any(|own| own == setting), "{setting}: {:?}", cell.settings);
    }
    assert_eq!(cell.link_delay, Some(Duration::from_micros(2500)));
    assert!(cell.data_in_memory);
    let equal = cell_of("split/1-down-0.10", 100);
    assert!(!equal.settings.iter().any(|setting| setting.contains("log=") || setting.contains("persist")));
    assert_eq!(equal.link_delay, Some(Duration::from_millis(10)));
}

#[test]
fn timeouts_that_are_all_the_same_owe_no_leader_in_a_run() {
    for curve in CURVES {
        let cell = cell_of(curve.range, 1000);
        let bound = cell.bound.unwrap();
        let watched = cell.schedule(1).unwrap();
        if curve.range == "150-150" {
            assert!(bound > watched.duration, "{bound:?} in a run of {:?}", watched.duration);
        } else {
            assert_eq!(bound, Duration::from_secs(curve.limit), "{}", curve.range);
        }
        let limit = |step: &workloads::schedule::Step| match step.action {
            Action::Expect { condition: Condition::NewLeader { .. }, within, .. } => Some(within),
            _ => None,
        };
        assert_eq!(watched.steps.iter().find_map(limit), Some(Duration::from_secs(curve.limit)), "{}", curve.range);
    }
}

/// The delays of the steps before a kill.
fn pauses(cell: &Cell, seeds: std::ops::Range<u64>) -> Vec<Duration> {
    let mut pauses = Vec::new();
    for seed in seeds {
        for step in cell.schedule(seed).unwrap().steps {
            let is_leader = matches!(step.action, Action::Expect { condition: Condition::Leader, .. });
            if let When::After { delay, .. } = step.when
                && is_leader
            {
                pauses.push(delay);
            }
        }
    }
    pauses
}

#[test]
fn the_pause_before_the_kill_is_even_over_a_whole_heartbeat_interval() {
    let cell = cell_of("150-300", 1000);
    let interval = heartbeat("150-300");
    let mut shares: Vec<f64> = pauses(&cell, 1..41)
        .iter()
        .map(|pause| (*pause - 2 * interval).as_secs_f64() / interval.as_secs_f64())
        .collect();
    shares.sort_unstable_by(f64::total_cmp);
    let n = shares.len() as f64;
    assert_eq!(shares.len(), 1000);
    assert!(shares[0] >= 0.0 && shares[999] < 1.0);
    // Kolmogorov's distance to the even distribution: 1.63/√n at 1 %.
    let distance = shares.iter().enumerate().map(|(i, share)| ((i as f64 + 0.5) / n - share).abs()).fold(0.0, f64::max);
    assert!(distance < 1.63 / n.sqrt(), "{distance}");
}

#[test]
fn short_intervals_still_leave_the_restarted_node_time() {
    let cell = cell_of("12-24", 100);
    assert!(pauses(&cell, 1..5).iter().all(|pause| (50..57).contains(&pause.as_millis())));
}

#[test]
fn with_two_down_one_server_is_killed_for_good_before_the_first_crash() {
    let kills = |id: &str| {
        let schedule = cell_of(id, 10).schedule(1).unwrap();
        let kills = schedule.steps.iter().filter_map(|step| match &step.action {
            Action::Inject(Fault::Kill { target, forever }) => Some((target.clone(), *forever)),
            _ => None,
        });
        kills.collect::<Vec<_>>()
    };
    let two = kills("split/2-down-0.10");
    assert_eq!((two.len(), &two[0]), (11, &(Target::Names(vec!["n5".into()]), true)));
    assert!(two[1..].iter().chain(&kills("split/1-down-0.10")).all(|kill| *kill == (Choice::Leader.into(), false)));
}

#[test]
fn the_formula_has_the_values_of_the_dissertation() {
    for (down, l, percent) in [(1, 0.01, 0.06), (1, 0.1, 5.2), (1, 0.2, 18.1), (2, 0.1, 27.1), (2, 0.2, 48.8)] {
        let p = split_probability(5, down, l) * 100.0;
        assert!((p - percent).abs() < 0.051, "{down} down, l = {l}: {p}");
    }
}
