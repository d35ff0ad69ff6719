//! Campaigns whose runs decide what is drawn next.

use std::fs;

use rustix::process::Signal;
use serde_json::Value;

use crate::place::{Place, reap};
use crate::{await_runs, begin, campaigns, ledger, signal, stayer};

/// A leader that is killed and comes back, and everything of it.
const SOAK: [&str; 12] = [
    "soak",
    "leader-crash",
    "--runs",
    "11",
    "--rounds",
    "1",
    "--jobs",
    "1",
    "--keep",
    "none",
    "--search",
    "--network=proxy",
];

fn drawn_blind(entry: &Value) -> bool {
    entry.get("search").is_none()
}

fn number(entry: &Value) -> u64 {
    entry["unit"]["number"].as_u64().unwrap()
}

#[test]
fn a_fifth_is_drawn_blind_the_ledger_says_from_what_the_others_came_and_rates_are_of_the_fifth() {
    let place = Place::new();
    let done = place.run(&SOAK);
    assert!(matches!(done.code, 0 | 2), "{done:?}");
    let folder = campaigns(&place).remove(0);
    let runs = ledger(&folder);
    assert_eq!(runs.len(), 11);
    assert!(runs.iter().all(|run| drawn_blind(run) == number(run).is_multiple_of(5)), "{runs:?}");
    let children: Vec<&Value> = runs.iter().filter(|run| run["search"]["parents"][0].is_u64()).collect();
    assert!(!children.is_empty(), "nothing was learnt: {runs:?}");
    for child in &children {
        let parent = child["search"]["parents"][0].as_u64().unwrap();
        assert!(folder.join(format!("search/{parent}.json")).exists(), "{child}");
        assert!(!child["search"]["ways"].as_array().unwrap().is_empty());
    }
    let verdict: Value = serde_json::from_slice(&fs::read(folder.join("verdict.json")).unwrap()).unwrap();
    assert_eq!((verdict["totals"]["runs"].as_u64(), verdict["searched"]["runs"].as_u64()), (Some(3), Some(8)));
    assert!(verdict["situations"]["distinct"].as_u64().unwrap() > 0);
    assert!(verdict["statistics"].as_str().unwrap().contains("The 8 runs of the search count for none of this"));
    let other = place.run(&["compare", &folder.display().to_string(), &folder.display().to_string()]);
    other.refused(64, &["drawn by --search"]);
}

#[test]
fn an_interrupted_search_goes_on_with_what_it_had_learnt() {
    let place = Place::new();
    let child = begin(&place, &SOAK);
    let folder = await_runs(&place, 4);
    signal(&child, Signal::TERM);
    assert_eq!(reap(child).code, 130);
    let before = ledger(&folder);
    let done = place.run(&SOAK);
    assert!(matches!(done.code, 0 | 2), "{done:?}");
    assert_eq!(campaigns(&place).len(), 1);
    let runs = ledger(&folder);
    assert_eq!(runs[..before.len()], before[..]);
    assert_eq!(runs.len(), 11);
    let later = &runs[before.len()..];
    assert!(
        later.iter().any(|run| run["search"]["parents"][0].as_u64().is_some_and(|parent| parent < before.len() as u64))
    );
}

#[test]
fn where_it_makes_no_sense_it_is_refused() {
    let place = Place::new();
    let system = stayer(&place);
    let soak = |more: &[&str]| place.run(&[&["soak", "--runs", "8", "--system", &system, "--search"], more].concat());
    soak(&["calm"]).refused(64, &["these workloads inject none", "chaos"]);
    soak(&["chaos", "--save-baseline", "times.json"]).refused(64, &["a baseline needs runs that are drawn alike"]);
    assert!(campaigns(&place).is_empty());
    for command in ["test", "compare", "experiment", "replay", "shrink", "merge"] {
        assert_eq!(place.run(&[command, "--search"]).code, 64, "{command}");
    }
}
