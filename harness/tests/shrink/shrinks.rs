//! From a run that failed to a schedule that fails.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use campaign::shrink::{ShrinkSummary, Stopped};
use rustix::process::{Pid, Signal, kill_process};
use workloads::Schedule;
use workloads::shrink::faults;

use crate::forgetful;
use crate::place::{LEADER, Place, await_that, reap};

#[test]
fn a_run_is_brought_down_to_the_one_fault_that_matters_and_to_a_command_that_works() {
    let (place, run) = forgetful();
    let done = place.run(&["shrink", &run, "--budget", "40s", "--jobs", "3", "--format", "json"]);
    assert_eq!(done.code, 0, "{done:?}");
    let summary: ShrinkSummary = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(summary.original.faults, 3);
    assert_eq!(summary.shrunk.unwrap().faults, 1, "{done:?}");
    assert!(summary.checkers.contains(&"term-monotonic".to_owned()));
    assert!(summary.shrunk_rate.unwrap().counted.reproduced >= 3, "{done:?}");
    assert!(summary.took < Duration::from_secs(60), "{done:?}");
    let folder = place.latest();
    assert_eq!(summary.folder, folder);
    assert!(summary.example.unwrap().join("report.html").exists());
    assert!(folder.join("report.html").exists() && !folder.join("candidates").exists());
    let stored: ShrinkSummary = serde_json::from_str(&fs::read_to_string(folder.join("shrink.json")).unwrap()).unwrap();
    assert_eq!(stored.command, summary.command);
    let schedule = Schedule::from_json(&fs::read_to_string(folder.join("schedule.json")).unwrap()).unwrap();
    assert_eq!(faults(&schedule).len(), 1);

    let command = summary.command.unwrap();
    let words: Vec<&str> = command.split(' ').skip(1).collect();
    assert!(words.contains(&"--set=defect=vote-not-persisted"), "{command}");
    let again = place.run(&words);
    assert_eq!(again.code, 1, "{command}: {again:?}");
    let replayed = place.run(&["replay", &folder.display().to_string(), "--times", "3"]);
    assert!(replayed.stdout.contains("reproduced 3 of 3: 100 %"), "{replayed:?}");
    place.assert_empty();
}

#[test]
fn a_run_that_is_valid_has_nothing_to_shrink() {
    let place = Place::new();
    let system = place.system(&format!("{LEADER}; exec sleep 1000"));
    place.run(&["test", "calm", "--time", "1s", "--system", &system]).valid();
    let run = place.latest();
    let done = place.run(&["shrink", &run.display().to_string()]);
    done.refused(64, &["nothing to shrink"]);
    assert_eq!(place.latest(), run, "no folder was made");
    place.run(&["shrink", "no-such-run"]).refused(64, &["no-such-run", "name the folder of a run"]);
}

#[test]
fn what_is_looked_for_must_have_been_found() {
    let (place, run) = forgetful();
    let done = place.run(&["shrink", &run, "--checker", "stability"]);
    done.refused(64, &["did not trip \"stability\"", "term-monotonic"]);
}

#[test]
fn what_does_not_happen_again_is_unknown_and_its_rate_bounded() {
    let place = Place::new();
    // The first to come makes a folder, and dies; never again.
    let first = place.path().join("first");
    let system = place
        .system(&format!("{LEADER}; mkdir {} 2>/dev/null && sleep 0.3 && exit 5\nexec sleep 1000", first.display()));
    let done = place.run(&["test", "calm", "--time", "1s", "--system", &system]);
    assert_eq!(done.code, 1, "{done:?}");
    let run = place.latest().display().to_string();
    let done = place.run(&["shrink", &run, "--budget", "10s", "--jobs", "4"]);
    assert_eq!(done.code, 2, "{done:?}");
    assert!(done.stdout.contains("not reproduced in ") && done.stdout.contains("% at 95 %"), "{done:?}");
    let summary: ShrinkSummary = serde_json::from_value(place.json("shrink.json")).unwrap();
    assert_eq!((summary.stopped, summary.shrunk), (Stopped::NotReproduced, None));
    place.assert_empty();
}

#[test]
fn an_interrupt_ends_it_soon_and_keeps_the_best_so_far() {
    let (place, run) = forgetful();
    let mut command = place.command(&["shrink", &run, "--jobs", "2"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Candidates are numbered; the third is tried when the original is known to fail.
    await_that("candidates are tried", || place.latest().join("candidates/candidate-3").exists());
    let began = Instant::now();
    kill_process(Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap(), Signal::TERM).unwrap();
    let done = reap(child);
    assert_eq!(done.code, 130, "{done:?}");
    assert!(began.elapsed() < Duration::from_secs(15), "it took {:?}", began.elapsed());
    let schedule = place.latest().join("schedule.json").display().to_string();
    assert!(done.stdout.contains("the smallest so far") && done.stdout.contains(&schedule), "{done:?}");
    assert!(!done.stdout.contains("()"), "{done:?}");
    let summary: ShrinkSummary = serde_json::from_value(place.json("shrink.json")).unwrap();
    assert_eq!(summary.stopped, Stopped::Interrupted);
    assert!(summary.shrunk.unwrap().faults <= 3);
    Schedule::from_json(&fs::read_to_string(place.latest().join("schedule.json")).unwrap()).unwrap();
    place.assert_empty();
}
