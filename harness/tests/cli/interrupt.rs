//! One interrupt is enough: everything is stopped, what there is is written, and the exit code is 130.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::place::{Done, LEADER, Place, await_that, reap};

/// How long a person waits before pressing Ctrl-C again.
const SOON: Duration = Duration::from_secs(15);

const LONG: [&str; 6] = ["test", "calm", "--time", "60s", "--nodes", "3"];

fn begin(place: &Place, args: &[&str]) -> Child {
    let mut command = place.command(args);
    command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[derive(Clone, Copy)]
enum To {
    Outer,
    Group,
}

fn interrupt(child: Child, signal: Signal, to: To) -> Done {
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    let begun = Instant::now();
    match to {
        To::Outer => kill_process(pid, signal).unwrap(),
        To::Group => kill_process_group(pid, signal).unwrap(),
    }
    let done = reap(child);
    assert!(begun.elapsed() < SOON, "it took {:?}: {done:?}", begun.elapsed());
    assert_eq!(done.code, 130, "{done:?}");
    done
}

fn single(signal: Signal, to: To) {
    let place = Place::new();
    let child = begin(&place, &LONG);
    place.await_recorded(r#""phase":"faults""#);
    let done = interrupt(child, signal, to);
    place.assert_empty();
    assert!(done.stdout.contains("interrupted") && done.stdout.contains("report.html"), "{done:?}");
    assert_whole(&place.latest());
}

/// The run has its history with the reason of its end, its verdict and its report.
fn assert_whole(run: &std::path::Path) {
    let history = fs::read_to_string(run.join("history.jsonl")).unwrap();
    let end = history.lines().last().unwrap();
    assert!(end.contains(r#""event":"end""#) && end.contains("interrupted"), "{end}");
    assert!(history.contains(r#""phase":"heal""#));
    for file in ["verdict.json", "report.html", "junit.xml"] {
        assert!(run.join(file).exists(), "{file} is missing");
    }
    let record: serde_json::Value = serde_json::from_str(&fs::read_to_string(run.join("run.json")).unwrap()).unwrap();
    assert_eq!(record["exit"], 130);
}

#[test]
fn one_interrupt_of_the_process_that_the_shell_started_ends_a_run() {
    single(Signal::INT, To::Outer);
}

#[test]
fn one_interrupt_of_the_whole_group_ends_a_run() {
    single(Signal::INT, To::Group);
}

#[test]
fn a_termination_ends_a_run_like_an_interrupt() {
    single(Signal::TERM, To::Outer);
}

#[test]
fn a_quit_ends_a_run_like_an_interrupt_and_leaves_a_verdict() {
    single(Signal::QUIT, To::Outer);
    single(Signal::QUIT, To::Group);
}

#[test]
fn an_interrupt_before_any_node_is_ready_ends_a_run() {
    let place = Place::new();
    let system = place.system("exec sleep 1000; : \"$1\"");
    let text = fs::read_to_string(&system).unwrap().replace("timeout = \"1s\"", "timeout = \"50s\"");
    fs::write(&system, text).unwrap();
    let child = begin(&place, &["test", "calm", "--system", &system]);
    place.await_recorded(r#""event":"start""#);
    interrupt(child, Signal::INT, To::Outer);
    place.assert_empty();
    assert_eq!(place.json("run.json")["exit"], 130);
}

#[test]
fn an_interrupt_lifts_the_faults_that_are_in_force() {
    let place = Place::new();
    let schedule = r#"{"schema":1,"workload":"mine","seed":1,"nodes":["n1","n2","n3"],"duration":"60s","steps":[
        {"id":1,"when":{"at":"0s"},"do":{"inject":{"kind":"pause","target":["n1"]}}},
        {"id":2,"when":{"at":"59s"},"do":{"lift":1}}]}"#;
    let file = place.file("schedule.json", schedule);
    let child = begin(&place, &["test", "--schedule", &file]);
    place.await_recorded(r#""event":"stop""#);
    interrupt(child, Signal::INT, To::Group);
    place.assert_empty();
    let history = fs::read_to_string(place.latest().join("history.jsonl")).unwrap();
    let position = |what: &str| history.find(what).unwrap_or_else(|| panic!("{what} is missing: {history}"));
    assert!(position(r#""event":"continue""#) < position(r#""phase":"teardown""#));
    assert!(history.contains(r#""stage":"lift""#));
}

#[test]
fn one_interrupt_ends_a_batch_with_all_its_runs() {
    for to in [To::Outer, To::Group] {
        let place = Place::new();
        let child = begin(&place, &[&LONG[..], &["--seeds", "1..3", "--jobs", "2"]].concat());
        let runs = place.out().join("latest/runs");
        await_that("two runs have begun", || {
            ["calm-1", "calm-2"].iter().all(|run| {
                fs::read_to_string(runs.join(run).join("history.jsonl"))
                    .is_ok_and(|text| text.contains(r#""phase":"faults""#))
            })
        });
        let done = interrupt(child, Signal::INT, to);
        place.assert_empty();
        assert!(done.stdout.contains("calm-1") && done.stdout.contains("calm-2"), "{done:?}");
        assert!(place.latest().join("report.html").exists());
        assert_whole(&place.latest().join("runs/calm-1"));
        assert_whole(&place.latest().join("runs/calm-2"));
        assert!(!place.latest().join("runs/calm-3").exists(), "no run was begun after the interrupt");
    }
}

#[test]
fn an_impatient_second_interrupt_changes_nothing() {
    let place = Place::new();
    let system = place.system(&format!("trap '' TERM; {LEADER}; while :; do sleep 0.1; done"));
    let child = begin(&place, &["test", "calm", "--time", "60s", "--system", &system]);
    place.await_recorded(r#""phase":"faults""#);
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
    place.await_recorded(r#""phase":"teardown""#);
    interrupt(child, Signal::INT, To::Group);
    place.assert_empty();
    assert_whole(&place.latest());
}

#[test]
fn an_interrupted_observe_prints_what_it_saw() {
    let place = Place::new();
    let system = place.system(&format!("{LEADER}; : > \"$1.ready\"; exec sleep 1000"));
    let mut command = place.bare(&["observe", "--system", &system, "--time", "60s"]);
    command.env("TMPDIR", place.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let folders = || fs::read_dir(place.path()).unwrap().flatten().filter(|entry| entry.path().is_dir());
    await_that("it has seen the leader", || {
        folders().any(|entry| {
            fs::read_to_string(entry.path().join("history.jsonl")).is_ok_and(|text| text.contains("atomic\",\"span"))
        })
    });
    let done = interrupt(child, Signal::INT, To::Outer);
    assert!(done.stdout.contains("n1 events") && done.stdout.contains("leader"), "{done:?}");
    assert_eq!(folders().count(), 0, "its folder is gone");
    place.assert_empty();
}
