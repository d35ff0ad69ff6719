//! Several runs at once: a folder each, one table, one page, one exit code.

use std::collections::BTreeSet;
use std::fs;
use std::process::Stdio;

use crate::place::{LEADER, Place, reap};

#[test]
fn seeds_give_a_folder_each_a_table_an_index_and_one_exit_code() {
    let place = Place::new();
    let done = place.run(&["test", "calm", "--time", "1s", "--nodes", "3", "--seeds", "1..3", "--jobs", "3"]);
    done.valid();
    for seed in 1..=3 {
        let run = place.latest().join(format!("runs/calm-{seed}"));
        for file in ["history.jsonl", "verdict.json", "report.html", "run.json"] {
            assert!(run.join(file).exists(), "{file} of {seed} is missing");
        }
        assert!(done.stdout.contains(&format!("calm-{seed}")), "{done:?}");
    }
    let index = fs::read_to_string(place.latest().join("report.html")).unwrap();
    assert!((1..=3).all(|seed| index.contains(&format!("runs/calm-{seed}"))), "the index leads to every run");
    assert!(done.stdout.contains(&place.latest().join("report.html").display().to_string()), "{done:?}");
    let check = place.run_bare(&["check", &place.latest().display().to_string()]);
    check.valid();
    place.assert_empty();
}

#[test]
fn one_bad_run_decides_the_exit_code_and_is_named() {
    let place = Place::new();
    // The seed is not known to a node; the first to come makes a folder, and dies.
    let shared = place.path().join("first");
    let system = place
        .system(&format!("{LEADER}; mkdir {} 2>/dev/null && sleep 0.3 && exit 5\nexec sleep 1000", shared.display()));
    let done = place.run(&["test", "calm", "--time", "1s", "--seeds", "1..2", "--jobs", "1", "--system", &system]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.stdout.contains("invalid calm-1") && done.stdout.contains("1 valid, 1 invalid"), "{done:?}");
    let check = place.run_bare(&["check", &place.latest().display().to_string()]);
    assert_eq!(check.code, 1, "{check:?}");
    assert!(check.stdout.contains("n1 exited with status 5"), "{check:?}");
    place.assert_empty();
}

#[test]
fn a_run_that_could_not_be_begun_says_why_in_its_line() {
    let place = Place::new();
    let system = place.system("echo 'disk on fire' >&2; exit 1");
    let done = place.run(&["test", "calm", "--time", "1s", "--seeds", "1..2", "--system", &system, "--format", "json"]);
    assert_eq!(done.code, 70, "{done:?}");
    let rows = done.json();
    assert_eq!(rows.as_array().unwrap().len(), 2);
    assert!(rows[0]["sentence"].as_str().unwrap().contains("disk on fire"), "{rows}");
}

#[test]
fn several_workloads_are_a_batch_too() {
    let place = Place::new();
    let system = place.system(&format!("{LEADER}; exec sleep 1000"));
    let done = place.run(&["test", "calm,calm", "--time", "1s", "--system", &system]);
    done.valid();
    assert!(place.latest().join("runs/calm-1/verdict.json").exists());
    assert!(place.latest().join("runs/calm-1-2/verdict.json").exists(), "a taken name gets a number");
}

#[test]
fn invocations_at_once_in_one_folder_never_collide() {
    let place = Place::new();
    let system = place.system(&format!("{LEADER}; exec sleep 1000"));
    let begin = || {
        let mut command = place.command(&["test", "calm", "--time", "1s", "--system", &system]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<_> = (0..4).map(|_| begin()).collect();
    let done: Vec<_> = children.into_iter().map(reap).collect();
    let mut reports = BTreeSet::new();
    for one in &done {
        one.valid();
        reports.insert(one.stdout.lines().find(|line| line.starts_with("report: ")).unwrap().to_owned());
    }
    assert_eq!(reports.len(), 4, "a folder each");
    assert!(place.latest().join("verdict.json").exists(), "latest points at one of them");
    let entries: Vec<_> = fs::read_dir(place.out()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(entries.len(), 6, "four folders, latest and the index: {entries:?}");
}

#[test]
fn latest_is_a_link_that_survives_a_move_of_the_folder() {
    let place = Place::new();
    let system = place.system(&format!("{LEADER}; exec sleep 1000"));
    place.run(&["test", "calm", "--time", "1s", "--system", &system]);
    let target = fs::read_link(place.out().join("latest")).unwrap();
    assert!(target.is_relative(), "{}", target.display());
    fs::rename(place.out(), place.path().join("moved")).unwrap();
    assert!(place.path().join("moved/latest/report.html").exists());
}
