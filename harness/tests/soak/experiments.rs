//! An experiment is carried out as a campaign is: killed, it goes on where it was; and what it is asked in vain it says.

use std::collections::BTreeMap;
use std::fs;

use history::Rule;
use rustix::process::Signal;
use serde_json::Value;

use crate::place::Place;
use crate::{await_runs, begin, campaigns, ledger, signal, units};

#[test]
fn killed_in_the_middle_it_is_completed_and_writes_its_page() {
    let place = Place::new();
    let only = "early-native/initial-election/3,lab-note-1-early/initial-election/3";
    let args = ["experiment", "strategies", "--trials", "3", "--only", only, "--jobs", "2"];
    let mut child = begin(&place, &args);
    let folder = await_runs(&place, 2);
    assert!(folder.to_string_lossy().ends_with("-strategies"), "{}", folder.display());
    signal(&child, Signal::KILL);
    child.wait().unwrap();
    place.assert_empty();
    let before = ledger(&folder);

    let done = place.run(&args);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.stderr.contains("continuing "), "{done:?}");
    assert!(done.stdout.contains("strategies: 6 of 6 runs"), "{done:?}");
    assert_eq!(campaigns(&place), std::slice::from_ref(&folder), "in the same folder");
    assert_eq!(units(&folder), (0..6).map(|number| (number, 1)).collect::<BTreeMap<_, _>>(), "each run once");
    let after = ledger(&folder);
    assert_eq!(after[..before.len()], before, "what was finished is as it was");
    let of_note = after.iter().filter(|entry| entry["cell"] == "lab-note-1-early/initial-election/3");
    assert_eq!(of_note.map(|entry| entry["unit"]["seed"].as_u64().unwrap()).max(), Some(3));

    let results: Value = serde_json::from_str(&fs::read_to_string(folder.join("results.json")).unwrap()).unwrap();
    assert_eq!((&results["complete"], &results["done"], &results["trials"]), (&true.into(), &6.into(), &3.into()));
    let page = fs::read_to_string(folder.join("report.html")).unwrap();
    assert!(page.contains("early-native/initial-election/3") && page.contains("3 of 3"));
    assert!(folder.join("plots/times.svg").exists());
    place.run_bare(&["merge", folder.to_str().unwrap(), "--out", "merged"]).refused(64, &["experiment strategies"]);
    place.assert_empty();
}

#[test]
fn what_there_is_not_is_refused_and_leaves_nothing_behind() {
    let place = Place::new();
    place.run(&["experiment", "strategy"]).refused(64, &["strategy", "did you mean", "strategies"]);
    place.run(&["experiment", "strategies", "--only", "nothing-like-it"]).refused(64, &["nothing-like-it", "no cell"]);
    place.run(&["experiment", "strategies", "--trials", "0"]).refused(64, &["--trials"]);
    assert!(campaigns(&place).is_empty());
}

#[test]
fn links_that_are_slow_from_the_beginning_are_certain_and_stand_in_the_header() {
    let place = Place::new();
    let slow = ["test", "leader-crash", "--rounds", "2", "--nodes", "3", "--network", "proxy", "--link-delay", "30ms"];
    let done = place.run(&slow);
    done.valid();
    let history = place.history();
    assert_eq!(history.header().link_delay, Some(30_000_000));
    let rules: Vec<_> = history.links().map(|(_, link)| link.rule).collect();
    assert!(!rules.is_empty() && rules.iter().all(|rule| *rule == Some(Rule::Open.into())), "{rules:?}");
    // A vote takes one way there and one back.
    let verdict: Value =
        serde_json::from_str(&fs::read_to_string(place.out().join("latest/verdict.json")).unwrap()).unwrap();
    let campaigns: Vec<u64> =
        verdict["measures"]["elections"].as_array().unwrap().iter().filter_map(|e| e["campaign"].as_u64()).collect();
    assert!(!campaigns.is_empty() && campaigns.iter().all(|&campaign| campaign >= 55_000_000), "{campaigns:?}");
    place
        .run(&["test", "calm", "--network", "direct", "--link-delay", "30ms"])
        .refused(64, &["--link-delay", "direct", "proxy"]);
}
