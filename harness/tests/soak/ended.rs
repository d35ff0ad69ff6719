//! How campaigns end, and what they leave behind.

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::place::{LEADER, Place, await_that, on_a_small_disk, reap};
use crate::{await_runs, begin, campaigns, ledger, signal, stayer, units};

#[test]
fn so_many_runs_over_all_cells_and_one_line_each() {
    let place = Place::new();
    let system = stayer(&place);
    let done = place.run(&[
        "soak", "calm", "--runs", "5", "--time", "1s", "--jobs", "3", "--system", &system, "--keep", "2", "--format",
        "json",
    ]);
    done.valid();
    let folder = place.latest();
    assert_eq!(units(&folder), (0..5).map(|number| (number, 1)).collect());
    let seeds: BTreeSet<u64> = ledger(&folder).iter().map(|entry| entry["unit"]["seed"].as_u64().unwrap()).collect();
    assert_eq!(seeds, (1..=5).collect());
    let summary = done.json();
    assert_eq!((&summary["totals"]["runs"], &summary["failures"]), (&5.into(), &serde_json::json!([])));
    for file in ["report.html", "verdict.json", "metrics.prom"] {
        assert!(folder.join(file).exists(), "{file} is missing");
    }
    let kept: BTreeSet<String> =
        ledger(&folder).iter().filter_map(|entry| Some(entry["folder"].as_str()?.into())).collect();
    let there: BTreeSet<String> = fs::read_dir(folder.join("runs"))
        .unwrap()
        .flatten()
        .map(|entry| format!("runs/{}", entry.file_name().to_string_lossy()))
        .collect();
    assert_eq!(kept, there, "what the ledger says is kept is there, and nothing else");
    if done.code == 0 {
        assert_eq!(kept.len(), 2);
        assert!(kept.iter().all(|run| folder.join(run).join("report.html").exists()), "a sample has its pages");
    }
    place.assert_empty();
}

#[test]
fn failures_keep_all_their_artifacts_and_are_grouped() {
    let place = Place::new();
    let system = place.system(&format!("{LEADER}; sleep 0.3; exit 5"));
    let done = place.run(&["soak", "calm", "--runs", "4", "--time", "1s", "--keep", "0", "--system", &system]);
    assert_eq!(done.code, 1, "{done:?}");
    let failures = place.json("verdict.json")["failures"].clone();
    let found = failures.as_array().unwrap().iter().filter(|found| found["signature"]["checker"] == "process");
    let runs: Vec<u64> = found.filter_map(|found| found["runs"].as_u64()).collect();
    assert_eq!(runs, [4], "four runs of one bug are one line: {failures}");
    for entry in ledger(&place.latest()) {
        let run = place.latest().join(entry["folder"].as_str().unwrap());
        for file in ["history.jsonl", "verdict.json", "report.html", "junit.xml"] {
            assert!(run.join(file).exists(), "{file} is missing");
        }
    }
}

#[test]
fn a_campaign_fails_fast_when_it_is_told_to() {
    let place = Place::new();
    let system = place.system(&format!("{LEADER}; sleep 0.3; exit 5"));
    let args = ["soak", "calm", "--runs", "50", "--time", "1s", "--jobs", "2", "--fail-fast", "2", "--system", &system];
    let done = place.run(&args);
    assert_eq!(done.code, 1, "{done:?}");
    assert!((2..=4).contains(&ledger(&place.latest()).len()), "those under way may still end: {done:?}");
    place.run(&args);
    assert_eq!(campaigns(&place).len(), 2, "it was over, so the same command begins anew");
}

#[test]
fn a_termination_ends_it_in_less_than_ten_seconds_with_everything_written() {
    let place = Place::new();
    let args = ["soak", "calm,leader-crash", "--for", "1h", "--time", "4s", "--nodes", "3", "--jobs", "3"];
    let child = begin(&place, &args);
    let folder = await_runs(&place, 1);
    let begun = Instant::now();
    signal(&child, Signal::TERM);
    let done = reap(child);
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(done.code, 130, "{done:?}");
    assert!(done.stdout.contains("the same command continues") && done.stdout.contains("report.html"), "{done:?}");
    assert!(folder.join("report.html").exists());
    place.assert_empty();
    assert!(units(&folder).values().all(|times| *times == 1));
    assert!(ledger(&folder).iter().all(|entry| entry["exit"] != 130), "what was interrupted does not count");
}

#[test]
fn a_run_that_hangs_is_ended_by_the_watchdog_and_kept_as_a_failure_of_the_harness() {
    let place = Place::new();
    let system = place.system("exec sleep 1000; : \"$1\"");
    let text = fs::read_to_string(&system).unwrap().replace("timeout = \"1s\"", "timeout = \"500s\"");
    fs::write(&system, text).unwrap();
    let done = place.run(&["soak", "calm", "--runs", "1", "--watchdog", "2s", "--system", &system]);
    assert_eq!(done.code, 70, "{done:?}");
    assert!(done.stdout.contains("watchdog"), "{done:?}");
    let entry = ledger(&place.latest()).remove(0);
    assert!(entry["sentence"].as_str().unwrap().contains("did not end within 2s"), "{entry}");
    assert!(place.latest().join(entry["folder"].as_str().unwrap()).join("history.jsonl").exists());
    place.assert_empty();
}

#[test]
fn a_time_is_how_long_runs_are_begun() {
    let place = Place::new();
    let system = stayer(&place);
    let begun = Instant::now();
    let done = place.run(&["soak", "calm", "--for", "3s", "--time", "1s", "--jobs", "1", "--system", &system]);
    done.valid();
    assert!(begun.elapsed() >= Duration::from_secs(3));
    assert!(!ledger(&place.latest()).is_empty());
    let state: serde_json::Value = place.json("state.json");
    assert_eq!(state["finished"], true);
}

#[test]
fn a_limit_on_the_disk_takes_the_sample_and_leaves_the_lines() {
    let place = Place::new();
    let system = stayer(&place);
    let done = place.run(&[
        "soak",
        "calm",
        "--runs",
        "4",
        "--time",
        "1s",
        "--keep",
        "all",
        "--max-disk",
        "1kB",
        "--system",
        &system,
    ]);
    done.valid();
    assert_eq!(ledger(&place.latest()).len(), 4);
    if done.code == 0 {
        assert_eq!(fs::read_dir(place.latest().join("runs")).unwrap().count(), 0);
    }
}

#[test]
fn a_run_whose_artifacts_were_given_up_is_not_linked() {
    let place = Place::new();
    let system = stayer(&place);
    let soak = |runs: &str, most: &str| {
        let args = ["soak", "calm", "--runs", runs, "--time", "1s", "--jobs", "1", "--keep", "all", "--max-disk", most];
        place.run(&[&args[..], &["--system", &system]].concat())
    };
    soak("1", "1GB").valid();
    let one = campaign::space::taken(&place.latest().join("runs"));
    assert!(one > 0);
    // There is room for two or three: the later ones put the first out.
    soak("5", &format!("{}B", one * 5 / 2)).valid();
    let page = fs::read_to_string(place.latest().join("report.html")).unwrap();
    let linked: Vec<&str> = page.split("href=\"./runs/").skip(1).filter_map(|rest| rest.split('/').next()).collect();
    let there = fs::read_dir(place.latest().join("runs")).unwrap().count();
    assert!(there < 5, "nothing was given up");
    for run in &linked {
        assert!(place.latest().join("runs").join(run).is_dir(), "a dead link to {run}");
    }
    assert!(there > 0 && linked.len() >= there, "each run that is there has its square: {linked:?}");
}

#[test]
fn a_disk_that_is_nearly_full_ends_the_campaign_before_a_run_is_lost_to_it() {
    let place = Place::new();
    let system = stayer(&place);
    let args = ["soak", "calm", "--for", "1h", "--time", "1s", "--system", &system];
    let Some(done) = on_a_small_disk(&place, 100_000, &args) else { return };
    assert_eq!(done.code, 70, "{done:?}");
    assert!(done.stderr.contains("is full") && done.stderr.contains("continue the campaign"), "{done:?}");
    assert!(place.path().join("runs.jsonl").exists(), "the ledger is there");
    place.assert_empty();
}

#[test]
fn runs_that_cannot_even_begin_end_the_campaign_instead_of_filling_the_disk() {
    let place = Place::new();
    let system = place.system("echo 'disk on fire' >&2; exit 1");
    let done = place.run(&["soak", "calm", "--for", "1h", "--time", "1s", "--jobs", "10", "--system", &system]);
    assert_eq!(done.code, 70, "{done:?}");
    assert!(done.stderr.contains("could not be carried out") && done.stderr.contains("disk on fire"), "{done:?}");
    place.assert_empty();
}

#[test]
fn in_ci_there_are_plain_lines_and_no_escape() {
    let place = Place::new();
    let system = stayer(&place);
    let mut command = place.command(&["soak", "calm", "--runs", "2", "--time", "1s", "--system", &system]);
    command.env("CI", "true");
    let done = crate::place::finish(command);
    done.valid();
    assert!(!done.stderr.contains('\u{1b}') && done.stderr.contains("[2/2]"), "{done:?}");
    await_that("it is over", || place.processes().is_empty());
}
