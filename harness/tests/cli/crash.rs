//! SIGKILL of each of the harness's processes in mid-run: nothing stays behind, and what was recorded is judged.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::place::{Place, await_that};

/// The children of a process, oldest first.
fn children(pid: u32) -> Vec<u32> {
    let mut all: Vec<u32> = fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| {
            let pid_of = entry.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            let mut fields = stat.rsplit_once(") ")?.1.split(' ');
            let state = fields.next()?;
            (state != "Z" && fields.next()?.parse() == Ok(pid)).then_some(pid_of)
        })
        .collect();
    all.sort_unstable();
    all
}

fn kill(pid: u32) {
    let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
}

fn begin(place: &Place, args: &[&str], sandbox: &str) -> Child {
    let mut command = place.command(args);
    if sandbox == "off" {
        command.env("INTERREGNUM_SANDBOX", "off");
    }
    command.process_group(0).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Kills one of the three in the middle of a run of three nodes.
fn killed(which: usize, sandbox: &str) {
    let place = Place::new();
    let mut outer = begin(&place, &["test", "calm", "--time", "60s", "--nodes", "3"], sandbox);
    place.await_recorded(r#""phase":"faults""#);
    place.await_recorded(r#""role":"leader""#);
    let middle = children(outer.id())[0];
    let harness = children(middle)[0];
    assert_eq!(children(harness).len(), 3, "the harness is the parent of the nodes");
    kill([outer.id(), middle, harness][which]);
    let status = outer.wait().unwrap();
    assert_eq!(status.code(), if which == 0 { None } else { Some(70) });
    place.assert_empty();

    assert!(!place.latest().join("verdict.json").exists(), "a verdict says that the run is whole");
    let history = place.latest().join("history.jsonl");
    let done = place.run_bare(&["check", &history.display().to_string()]);
    assert!([0, 2].contains(&done.code), "what was recorded is judged: {done:?}");
    assert!(done.stdout.contains("cut off"), "{done:?}");
    let report = place.run_bare(&["report", &place.latest().display().to_string()]);
    assert_eq!(report.code, 0, "{report:?}");
    assert!(place.latest().join("report.html").exists());
}

#[test]
fn when_the_outer_process_is_killed_nothing_is_left_and_the_record_is_judged() {
    killed(0, "on");
}

#[test]
fn when_the_middle_process_is_killed_nothing_is_left_and_the_record_is_judged() {
    killed(1, "on");
}

#[test]
fn when_the_harness_itself_is_killed_nothing_is_left_and_the_record_is_judged() {
    killed(2, "on");
}

#[test]
fn under_the_warden_nothing_is_left_whichever_is_killed() {
    for which in 0..3 {
        killed(which, "off");
    }
}

#[test]
fn when_a_batch_is_killed_its_runs_end_with_it() {
    batch_killed("on");
    batch_killed("off");
}

fn batch_killed(sandbox: &str) {
    let place = Place::new();
    let mut batch =
        begin(&place, &["test", "calm", "--time", "60s", "--nodes", "3", "--seeds", "1..2", "--jobs", "2"], sandbox);
    let runs = place.out().join("latest/runs");
    await_that("both runs have begun", || {
        ["calm-1", "calm-2"].iter().all(|run| {
            fs::read_to_string(runs.join(run).join("history.jsonl"))
                .is_ok_and(|text| text.contains(r#""phase":"faults""#))
        })
    });
    kill(batch.id());
    batch.wait().unwrap();
    place.assert_empty();
}
