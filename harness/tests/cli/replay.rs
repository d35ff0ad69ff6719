//! A recorded run, judged, reported and carried out again.

use std::fs;

use crate::place::{LEADER, Place};

fn recorded() -> Place {
    let place = Place::new();
    let system = place.system(&format!("{LEADER}; exec sleep 1000"));
    let done = place.run(&["test", "calm", "--time", "1s", "--seed", "7", "--system", &system]);
    done.valid();
    place
}

#[test]
fn a_check_of_the_run_is_the_verdict_byte_for_byte() {
    let place = recorded();
    let verdict = fs::read_to_string(place.latest().join("verdict.json")).unwrap();
    for path in [place.latest(), place.latest().join("history.jsonl")] {
        let check = place.run_bare(&["check", "--format", "json", &path.display().to_string()]);
        assert_eq!(check.stdout, verdict);
    }
}

#[test]
fn a_live_run_prints_its_verdict_for_machines_as_it_writes_it() {
    let place = Place::new();
    let system = place.system(&format!("{LEADER}; exec sleep 1000"));
    let done = place.run(&["test", "calm", "--time", "1s", "--system", &system, "--format", "json"]);
    assert_eq!(done.stdout, fs::read_to_string(place.latest().join("verdict.json")).unwrap());
}

#[test]
fn a_report_is_written_anew_and_leaves_history_and_verdict_alone() {
    let place = recorded();
    let run = place.latest();
    let before: Vec<_> =
        ["history.jsonl", "verdict.json"].iter().map(|file| fs::read(run.join(file)).unwrap()).collect();
    fs::remove_file(run.join("report.html")).unwrap();
    let done = place.run_bare(&["report", &run.display().to_string()]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(run.join("report.html").exists());
    let after: Vec<_> =
        ["history.jsonl", "verdict.json"].iter().map(|file| fs::read(run.join(file)).unwrap()).collect();
    assert_eq!(before, after);
}

#[test]
fn a_replay_carries_out_the_same_schedule_in_a_new_folder_from_anywhere() {
    let place = recorded();
    let first = place.latest();
    let mut command = place.command(&["replay", &first.display().to_string()]);
    command.current_dir("/");
    let done = crate::place::finish(command);
    done.valid();
    assert_ne!(place.latest(), first);
    let schedule = |run: &std::path::Path| fs::read_to_string(run.join("schedule.json")).unwrap();
    assert_eq!(schedule(&first), schedule(&place.latest()));
    let again = place.run(&["replay", &place.latest().display().to_string()]);
    again.valid();
}

#[test]
fn the_command_that_replays_is_in_the_run_and_works_from_anywhere() {
    let place = Place::new();
    let system = place.system(&format!("{LEADER}; exec sleep 1000"));
    let name = std::path::Path::new(&system).file_name().unwrap().to_str().unwrap();
    let relative = format!("./{name}");
    let done = place.run(&["test", "calm", "--time", "1s", "--system", &relative]);
    done.valid();
    let line = place.json("run.json")["replay"].as_str().unwrap().to_owned();
    let words: Vec<_> = line.split(' ').skip(1).collect();
    let mut command = place.command(&words);
    command.current_dir("/");
    let done = crate::place::finish(command);
    done.valid();
}

#[test]
fn a_replay_repeated_is_a_batch() {
    let place = recorded();
    let done = place.run(&["replay", &place.latest().display().to_string(), "--times", "2"]);
    done.valid();
    assert_eq!(fs::read_dir(place.latest().join("runs")).unwrap().count(), 2);
}

#[test]
fn a_folder_whose_run_was_carried_out_asks_for_none() {
    let place = recorded();
    let done = place.run_bare(&["run", &place.latest().display().to_string()]);
    assert_eq!(done.code, 64, "{done:?}");
    assert!(done.stderr.contains("interregnum replay"), "{done:?}");
    place.run_bare(&["run", &place.path().display().to_string()]).refused(64, &["run.json", "folder of a run"]);
}

#[test]
fn what_a_run_of_many_was_asked_for_does_it_alone() {
    let place = Place::new();
    let system = place.system(&format!("{LEADER}; exec sleep 1000"));
    place
        .run(&["test", "calm", "--seeds", "1..2", "--time", "1s", "--system", &system, "--max-history", "5MB"])
        .valid();
    let run = place.latest().join("runs/calm-2");
    let asked: serde_json::Value = serde_json::from_str(&fs::read_to_string(run.join("run.json")).unwrap()).unwrap();
    assert_eq!((&asked["drawn_from"]["workload"], &asked["drawn_from"]["seed"]), (&"calm".into(), &2.into()));
    let words: Vec<&str> =
        asked["command"].as_array().unwrap().iter().skip(1).map(|word| word.as_str().unwrap()).collect();
    assert!(words.contains(&"--seed=2") && words.contains(&"--max-history=5000000"), "{words:?}");
    place.run(&words).valid();
    assert_eq!(place.json("run.json")["run"], "calm-2");
}
