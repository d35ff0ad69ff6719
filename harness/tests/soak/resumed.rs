//! The same command goes on where it was.

use std::collections::BTreeMap;
use std::fs;

use rustix::process::Signal;

use crate::place::{Place, reap};
use crate::{await_runs, begin, campaigns, ledger, signal, stayer, units};

#[test]
fn killed_in_the_middle_it_is_completed_without_repeating_a_finished_run() {
    let place = Place::new();
    let system = stayer(&place);
    // Every start of a node of a run leaves a line.
    let node = fs::read_to_string(place.path().join("node.sh")).unwrap();
    let starts = place.path().join("starts");
    fs::write(
        place.path().join("node.sh"),
        node.replace("#!/bin/sh\n", &format!("#!/bin/sh\necho \"$1\" >> {}\n", starts.display())),
    )
    .unwrap();
    let args = ["soak", "calm", "--runs", "12", "--time", "1s", "--jobs", "3", "--keep", "none", "--system", &system];
    let mut child = begin(&place, &args);
    let folder = await_runs(&place, 4);
    signal(&child, Signal::KILL);
    child.wait().unwrap();
    place.assert_empty();
    let before = ledger(&folder);
    let started: Vec<String> = fs::read_to_string(&starts).unwrap().lines().map(str::to_owned).collect();

    // As if the last line had been torn by a loss of power.
    let mut text = fs::read_to_string(folder.join("runs.jsonl")).unwrap();
    text.push_str(r#"{"unit":{"number":11,"sys"#);
    fs::write(folder.join("runs.jsonl"), text).unwrap();

    let done = place.run(&args);
    done.valid();
    assert!(done.stderr.contains("continuing "), "{done:?}");
    assert_eq!(campaigns(&place), std::slice::from_ref(&folder), "in the same folder");
    assert_eq!(units(&folder), (0..12).map(|number| (number, 1)).collect::<BTreeMap<_, _>>(), "each unit once");
    let after = ledger(&folder);
    assert_eq!(after[..before.len()], before, "what was finished is as it was");
    let again: Vec<String> =
        fs::read_to_string(&starts).unwrap().lines().skip(started.len()).map(str::to_owned).collect();
    assert_eq!(again.len(), 12 - before.len(), "only what was missing was run: {again:?}");
    for entry in &before {
        let run = entry["run"].as_str().unwrap();
        assert!(again.iter().all(|data| !data.contains(&format!("/{run}/"))), "{run} was run again: {again:?}");
    }
    place.assert_empty();
}

#[test]
fn interrupted_it_goes_on_and_finished_it_begins_anew() {
    let place = Place::new();
    let system = stayer(&place);
    let args = ["soak", "calm", "--runs", "6", "--time", "1s", "--jobs", "2", "--system", &system];
    let child = begin(&place, &args);
    let folder = await_runs(&place, 2);
    signal(&child, Signal::INT);
    assert_eq!(reap(child).code, 130);
    place.assert_empty();
    place.run(&args).valid();
    assert_eq!(campaigns(&place), std::slice::from_ref(&folder));
    assert_eq!(units(&folder), (0..6).map(|number| (number, 1)).collect());
    place.run(&args).valid();
    assert_eq!(campaigns(&place).len(), 2);
}

#[test]
fn what_a_kill_left_half_done_is_set_aside() {
    let place = Place::new();
    let system = stayer(&place);
    let args = ["soak", "calm", "--runs", "3", "--time", "2s", "--jobs", "3", "--system", &system];
    let mut child = begin(&place, &args);
    crate::place::await_that("a run has begun", || {
        campaigns(&place).first().is_some_and(|folder| folder.join("runs/calm-1/history.jsonl").exists())
    });
    signal(&child, Signal::KILL);
    child.wait().unwrap();
    place.assert_empty();
    let folder = campaigns(&place).remove(0);
    place.run(&args).valid();
    assert!(folder.join("interrupted/calm-1/history.jsonl").exists(), "it is evidence of something");
    assert!(folder.join("runs/calm-1/verdict.json").exists());
    assert_eq!(units(&folder), (0..3).map(|number| (number, 1)).collect());
}

#[test]
fn shards_are_campaigns_of_their_own_and_together_the_whole() {
    let place = Place::new();
    let system = stayer(&place);
    for shard in ["1/3", "2/3", "3/3"] {
        place.run(&["soak", "calm", "--runs", "7", "--time", "1s", "--shard", shard, "--system", &system]).valid();
    }
    let folders = campaigns(&place);
    assert_eq!(folders.len(), 3);
    let mut together = BTreeMap::new();
    for folder in &folders {
        let identity: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(folder.join("campaign.json")).unwrap()).unwrap();
        assert_eq!(identity["shard"]["of"], 3);
        together.append(&mut units(folder));
    }
    assert_eq!(together, (0..7).map(|number| (number, 1)).collect());
}
