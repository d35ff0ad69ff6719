//! Run folders of the version before findings were values can be replayed.
//!
//! The folders under `replayed/` were recorded by that version, one for each kind of system: the reference node under
//! faults, two examples of the documentation, and three programs that other people wrote. They hold what a replay
//! reads: the description of the run, its schedule, and its system file.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use history::Stage;
use serde_json::{Value, json};
use workloads::{Action, Schedule};

use crate::place::Place;
use crate::skipped::skipped;

/// The schedule of before is carried out by the version of today, all of it, and breaks nothing.
fn is_replayed(name: &str, program: Option<&str>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let installed = |program: &str| {
        let mut path = std::env::var_os("PATH").unwrap_or_default();
        path.push(":/usr/sbin");
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    };
    if let Some(program) = program.filter(|program| !installed(program)) {
        assert!(std::env::var_os("CI").is_none(), "{program} is not installed; .ci/run installs it");
        return skipped(format!("{program} is not on PATH; Debian has a package of it"));
    }
    let (place, stored) = (Place::new(), root.join("tests/cli/replayed").join(name));
    let run = place.path().join("stored");
    fs::create_dir(&run).unwrap();
    for file in ["schedule.json", "system.toml"] {
        fs::copy(stored.join(file), run.join(file)).unwrap();
    }
    // The examples' programs stand beside their system files, which were elsewhere then.
    let mut asked: Value = serde_json::from_slice(&fs::read(stored.join("run.json")).unwrap()).unwrap();
    asked["directory"] = json!(place.path());
    if let Some(file) = asked["system_file"].as_str() {
        asked["system_file"] = json!(root.join("..").join(file));
    }
    fs::write(run.join("run.json"), asked.to_string()).unwrap();

    let done = place.run(&["replay", &run.display().to_string()]);
    if done.code == 70 && done.stderr.contains("the network `switch` cannot be made") {
        return skipped("the network `switch` cannot be made here");
    }
    // A busy machine, or a program that takes its time to elect, may leave too little to be judged.
    assert!([0, 2].contains(&done.code), "{name}: {done:?}");
    let schedule = |folder: &Path| {
        let text = fs::read_to_string(folder.join("schedule.json")).unwrap();
        Schedule::from_json(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    let (before, now) = (schedule(&stored), schedule(&place.latest()));
    assert_eq!(before, now, "{name}");
    let asked = before.steps.iter().filter(|step| matches!(step.action, Action::Inject(_))).map(|step| step.id);
    let history = place.history();
    let done = history.faults().filter(|fault| fault.stage.is(Stage::Inject)).map(|fault| fault.id);
    assert_eq!(asked.collect::<BTreeSet<_>>(), done.collect::<BTreeSet<_>>(), "{name}: every fault has its line");
    place.assert_empty();
}

#[test]
fn a_run_of_the_reference_node_under_faults_is_replayed() {
    is_replayed("chaos", None);
}

#[test]
fn a_run_of_the_smallest_example_is_replayed() {
    is_replayed("small", None);
}

#[test]
fn a_run_of_the_longer_example_is_replayed() {
    is_replayed("pynode", None);
}

#[test]
fn a_run_of_etcd_is_replayed() {
    is_replayed("etcd", Some("etcd"));
}

#[test]
fn a_run_of_nats_is_replayed() {
    is_replayed("nats", Some("nats-server"));
}

#[test]
fn a_run_of_redis_sentinel_is_replayed() {
    is_replayed("redis-sentinel", Some("redis-sentinel"));
}
