//! A disk that fills up under a run.

use std::process::{Command, Stdio};

use crate::place::{LEADER, Place, finish, on_a_small_disk};
use crate::skipped::skipped;

#[test]
fn a_full_disk_ends_the_run_as_a_failure_of_the_machine_and_leaves_no_node() {
    let place = Place::new();
    let noise = format!("{LEADER}; while :; do echo 'all work and no play makes a long log line indeed'; done");
    let system = place.system(&noise);
    let Some(done) = on_a_small_disk(&place, 800, &["test", "calm", "--time", "40s", "--system", &system]) else {
        return;
    };
    done.failed(&["No space left on device"]);
    place.assert_empty();
    let history = place.path().join("history.jsonl").display().to_string();
    let check = place.run_bare(&["check", &history]);
    assert!([0, 2].contains(&check.code), "what was recorded is judged: {check:?}");
}

#[test]
fn a_disk_without_room_for_the_folder_is_said_to_be_full_before_any_node_is_started() {
    let place = Place::new();
    let system = place.system(&format!("{LEADER}; exec sleep 1000"));
    let Some(done) = on_a_small_disk(&place, 8, &["test", "calm", "--system", &system]) else { return };
    assert_eq!(done.code, 70, "{done:?}");
    assert!(done.stderr.contains("No space left on device"), "{done:?}");
    place.assert_empty();
}

#[test]
fn a_limit_on_the_size_of_files_ends_the_run_with_a_sentence() {
    if Command::new("prlimit").arg("--version").output().is_err() {
        skipped("there is no prlimit (util-linux)");
        return;
    }
    let place = Place::new();
    let mut command = Command::new("prlimit");
    let limit = ["--fsize=60000:60000", env!("CARGO_BIN_EXE_interregnum")];
    command.args(limit).args(["test", "calm", "--time", "40s", "--nodes", "3", "--out"]).arg(place.out());
    command.stdin(Stdio::null());
    finish(command).failed(&["cannot write the history: File too large"]);
    place.assert_empty();
    let check = place.run_bare(&["check", &place.latest().join("history.jsonl").display().to_string()]);
    assert!([0, 2].contains(&check.code), "{check:?}");
    assert!(check.stdout.contains("cut off"), "{check:?}");
}

#[test]
fn data_in_memory_outlive_the_node_and_not_the_run() {
    let place = Place::new();
    let args = ["test", "re-election", "--by", "kill", "--nodes", "3", "--time", "8s"];
    let in_memory = place.run(&[&args[..], &["--data-in-memory"]].concat());
    if in_memory.code == 70 && in_memory.stderr.contains("without a sandbox") {
        skipped("there are no namespaces");
        return;
    }
    // A node that forgot its vote when it was killed would show a lower term after it.
    in_memory.valid();
    let data = place.latest().join("data");
    assert_eq!(std::fs::read_dir(&data).unwrap().count(), 0, "{}", data.display());
    place.run(&args).valid();
    assert_eq!(std::fs::read_dir(place.latest().join("data")).unwrap().count(), 3, "on disk they stay");
}

/// A run whose pages cannot be written, though its verdict can: something else stands where the plots go.
fn without_pages(script: &str) -> (Place, crate::place::Done) {
    let place = Place::new();
    let system = place.system(script);
    let folder = place.path().join("run");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("plots"), "in the way").unwrap();
    let asked = serde_json::json!({
        "schema": 1, "run": "calm-1", "system": "mine", "system_file": system, "set": [], "nodes": 1, "network": "auto",
        "directory": place.path(),
        "drawn_from": { "workload": "calm", "seed": 1, "time": "1s" }, "command": [], "replay": "", "began": "",
        "state": "planned",
    });
    std::fs::write(folder.join("run.json"), asked.to_string()).unwrap();
    std::fs::copy(&system, folder.join("system.toml")).unwrap();
    let done = place.run_bare(&["run", &folder.display().to_string()]);
    place.assert_empty();
    (place, done)
}

#[test]
fn a_verdict_of_invalid_outlives_pages_that_cannot_be_written() {
    let (place, done) = without_pages(&format!("{LEADER}; sleep 0.5; exit 4"));
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.stdout.starts_with("INVALID") && done.stdout.contains("n1 exited with status 4"), "{done:?}");
    assert!(done.stderr.contains("warning") && done.stderr.contains("plots"), "{done:?}");
    let verdict = std::fs::read_to_string(place.path().join("run/verdict.json")).unwrap();
    assert!(verdict.contains("\"verdict\": \"invalid\""), "{verdict}");
    let run = std::fs::read_to_string(place.path().join("run/run.json")).unwrap();
    assert!(run.contains("\"exit\": 1"), "{run}");
}

#[test]
fn a_run_that_is_not_invalid_and_has_no_pages_is_a_failure_of_the_machine() {
    let (place, done) = without_pages(&format!("{LEADER}; exec sleep 1000"));
    assert_eq!(done.code, 70, "{done:?}");
    assert!(!done.stdout.is_empty() && done.stderr.contains("plots"), "{done:?}");
    assert!(place.path().join("run/verdict.json").exists(), "what was judged is there");
}

#[test]
fn a_report_writes_through_no_link_that_leads_out_of_the_run() {
    let place = Place::new();
    let system = place.system(&format!("{LEADER}; exec sleep 1000"));
    place.run(&["test", "calm", "--time", "1s", "--system", &system]);
    let (run, elsewhere) = (place.latest(), place.path().join("elsewhere"));
    std::fs::create_dir(&elsewhere).unwrap();
    std::fs::remove_dir_all(run.join("plots")).unwrap();
    std::os::unix::fs::symlink(&elsewhere, run.join("plots")).unwrap();
    place.run_bare(&["report", &run.display().to_string()]).refused(70, &["plots"]);
    assert_eq!(std::fs::read_dir(&elsewhere).unwrap().count(), 0);
}
