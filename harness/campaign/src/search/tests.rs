//! A search without a cluster: what runs showed is given.

use std::collections::BTreeSet;
use std::time::Duration;

use workloads::fault::Capabilities;
use workloads::vary::TargetCluster;
use workloads::workload::{self, Parameters, Request};

use crate::plan::Deal;

use super::*;

fn place(nodes: usize) -> TargetCluster {
    TargetCluster { nodes: (1..=nodes).map(|node| format!("n{node}")).collect(), disks: false }
}

fn site_key(site: &str, nodes: usize) -> SiteKey {
    SiteKey { site: site.into(), place: place(nodes) }
}

/// Two workloads at one site, and one at another.
fn cells() -> Vec<(usize, SiteKey)> {
    vec![(0, site_key("plain", 5)), (1, site_key("plain", 5)), (2, site_key("prevote", 4))]
}

fn chaos(seed: u64) -> Schedule {
    let request = Request {
        nodes: place(5).nodes,
        voters: None,
        capabilities: Capabilities { cut: true, ..Capabilities::default() },
        duration: None,
        seed,
        parameters: Parameters::default(),
        bound: Duration::from_secs(5),
    };
    workload::find("chaos").unwrap().schedule(&request).unwrap()
}

fn units() -> Vec<PlannedRun> {
    Deal::new(3, 1, Some(60), None).unwrap().collect()
}

/// What a run of this schedule shows, in place of a cluster: something that hangs on the schedule and on nothing else.
fn shown(schedule: &Schedule) -> Vec<u64> {
    schedule.steps.iter().map(|step| u64::from(step.id) * 31 + schedule.steps.len() as u64 % 7).collect()
}

/// The entry of a ledger, as far as a search reads it.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    number: u64,
    cell: usize,
    shown: Vec<u64>,
    origin: Option<Origin>,
    schedule: Schedule,
}

/// Does a unit: draws it, runs it, learns from it.
fn carry_out(search: &mut Search, unit: &PlannedRun) -> Line {
    let drawn = (!is_blind(unit.number, 3)).then(|| search.draw(unit));
    let cell = drawn.as_ref().map_or(unit.cell, |drawn| drawn.cell);
    let origin = drawn.as_ref().map(|drawn| drawn.origin.clone());
    let schedule = drawn.and_then(|drawn| drawn.schedule).unwrap_or_else(|| chaos(unit.seed));
    let line = Line { number: unit.number, cell, shown: shown(&schedule), origin, schedule };
    take(search, &line);
    line
}

fn take(search: &mut Search, line: &Line) {
    if search.learn(line.number, line.cell, &line.shown, line.origin.as_ref()).parent {
        search.give(line.number, line.schedule.clone());
    }
}

#[test]
fn every_fifth_run_is_drawn_blind_and_every_cell_has_its_share_of_them() {
    for cells in [1, 2, 3, 5, 10, 14] {
        let blind: Vec<u64> = (0..50 * cells).filter(|number| is_blind(*number, cells)).collect();
        assert_eq!(blind.len() as u64, 10 * cells, "{cells}");
        let fives: BTreeSet<u64> = blind.iter().map(|number| number / 5).collect();
        assert_eq!(fives.len(), blind.len(), "one of each five");
        let of_cell = |cell: u64| blind.iter().filter(|number| **number % cells == cell).count();
        assert!((0..cells).all(|cell| of_cell(cell) == 10), "{cells} cells");
        assert!(blind[0] == 0 && blind[1] == 5 || cells == 1, "{blind:?}");
    }
}

#[test]
fn nothing_learnt_is_nothing_changed() {
    let search = Search::new(7, cells());
    let drawn = search.draw(&units()[1]);
    assert_eq!(drawn, DrawnRun { cell: 1, schedule: None, origin: Origin::default() });
}

#[test]
fn the_same_results_give_the_same_draws_and_a_resumed_campaign_goes_on_alike() {
    let mut whole = Search::new(7, cells());
    let lines: Vec<Line> = units().iter().map(|unit| carry_out(&mut whole, unit)).collect();
    assert!(
        lines.iter().filter(|line| line.origin.as_ref().is_some_and(|origin| !origin.parents.is_empty())).count() > 30
    );
    for killed_after in [1, 20, 59] {
        let mut resumed = Search::new(7, cells());
        lines[..killed_after].iter().for_each(|line| take(&mut resumed, line));
        let rest: Vec<Line> = units()[killed_after..].iter().map(|unit| carry_out(&mut resumed, unit)).collect();
        assert_eq!(rest, lines[killed_after..], "killed after {killed_after}");
    }
    let mut other = Search::new(8, cells());
    assert_ne!(units().iter().map(|unit| carry_out(&mut other, unit)).collect::<Vec<_>>(), lines);
}

#[test]
fn what_is_drawn_fits_the_site_that_it_is_drawn_for() {
    let mut search = Search::new(3, cells());
    for unit in units() {
        let line = carry_out(&mut search, &unit);
        if line.origin.as_ref().is_some_and(|origin| !origin.parents.is_empty()) {
            line.schedule.check().unwrap();
            assert_eq!(line.schedule.nodes, cells()[line.cell].1.place.nodes);
            assert_eq!(line.schedule.seed, unit.seed);
        }
    }
}

#[test]
fn only_what_shows_something_new_becomes_a_parent_and_the_least_makes_room() {
    let mut search = Search::new(1, cells());
    assert!(search.learn(0, 0, &[1, 2], None).parent);
    assert!(!search.learn(1, 0, &[2, 1], None).parent);
    assert!(!search.learn(2, 0, &[], None).parent);
    for number in 3..3 + PARENTS as u64 - 1 {
        assert_eq!(search.learn(number, 0, &[10 * number, 10 * number + 1, 10 * number + 2], None).forgotten, None);
    }
    let learned = search.learn(5000, 0, &[7_000_000, 7_000_001, 7_000_002], None);
    assert_eq!(learned, Learned { parent: true, forgotten: Some(0) });
    let little = search.learn(5001, 0, &[8_000_000], None);
    assert_eq!(little, Learned::default());
    assert_eq!(search.parents().count(), PARENTS);
}

#[test]
fn a_site_where_nothing_is_new_is_drawn_less_often_and_never_given_up() {
    let mut search = Search::new(5, cells());
    for number in 0..40u64 {
        let new = [100 + number, 200 + number];
        let old = [1, 2];
        let (cell, keys) = if number.is_multiple_of(2) { (0, &old) } else { (2, &new) };
        if search.learn(number, cell, keys, None).parent {
            search.give(number, chaos(number));
        }
    }
    let unit = |number| PlannedRun { number, cell: 1, seed: 9 };
    let drawn: Vec<usize> = (100..1100).map(|number| search.draw(&unit(number)).cell).collect();
    let exhausted = drawn.iter().filter(|cell| **cell == 1).count();
    assert!((20..300).contains(&exhausted), "{exhausted} of 1000");
    assert!(drawn.iter().all(|cell| [1, 2].contains(cell)));
}

#[test]
fn a_parent_with_many_children_gives_way_to_others() {
    let mut search = Search::new(5, cells());
    for number in [0, 1] {
        search.learn(number, 0, &[number + 1], None);
        search.give(number, chaos(number));
    }
    let origin = Origin { parents: vec![0], ways: vec![] };
    for number in 2..40 {
        search.learn(number, 0, &[], Some(&origin));
    }
    let unit = |number| PlannedRun { number, cell: 0, seed: 9 };
    let first = |number: u64| search.draw(&unit(number)).origin.parents.first().copied();
    let second = (100..300).filter(|number| first(*number) == Some(1)).count();
    assert!(second > 150, "{second} of 200");
}
