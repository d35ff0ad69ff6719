//! The nemesis carries schedules out on real processes, through the program itself.

#![allow(clippy::unwrap_used)]

use std::fs::{self, File};
use std::io::BufReader;
use std::process::Command;

use history::{Body, Life, Reader, Stage};

/// A node that leads from the start, says so once, and does not listen to SIGTERM: to stop it takes the whole grace.
const SYSTEM: &str = r#"
schema = 1
name = "deaf"
[cluster]
nodes = 1
[node]
command = ["/bin/sh", "-c", "trap '' TERM; echo '{{\"role\":\"leader\",\"term\":1,\"vote\":\"n1\",\"leader\":\"n1\"}}'; while :; do sleep 0.02; done"]
stop = { signal = "TERM", grace = "400ms" }
[claims]
reelection = "5s"
judged = ["stability"]
[[observe]]
kind = "events"
"#;

/// The lift's time comes while the node is still being stopped.
const SCHEDULE: &str = r#"{"schema":1,"workload":"custom","seed":1,"nodes":["n1"],"duration":"10s","steps":[
    {"id":1,"when":{"at":"0s"},"do":{"inject":{"kind":"stop","target":["n1"]}}},
    {"id":2,"when":{"at":"50ms"},"do":{"lift":1}}]}"#;

/// While both nodes are being stopped, which takes the whole grace, the kill that holds n1 down is lifted.
const OVERLAP: &str = r#"{"schema":1,"workload":"custom","seed":1,"nodes":["n1","n2"],"duration":"10s","steps":[
    {"id":1,"when":{"at":"0s"},"do":{"inject":{"kind":"kill","target":["n1"]}}},
    {"id":2,"when":{"at":"100ms"},"do":{"inject":{"kind":"stop","target":["n1","n2"]}}},
    {"id":3,"when":{"at":"200ms"},"do":{"lift":1}},
    {"id":4,"when":{"at":"900ms"},"do":{"lift":2}}]}"#;

#[test]
fn a_node_whose_kill_is_lifted_while_another_fault_takes_hold_comes_back_with_that_fault() {
    let events = carry_out(&SYSTEM.replace("nodes = 1", "nodes = 2"), OVERLAP);
    let starts = events.iter().filter(|body| matches!(body, Body::Node(node) if node.what == Life::Start)).count();
    assert_eq!(starts, 4, "both nodes are started again");
}

#[test]
fn a_lift_does_not_overtake_a_slow_injection() {
    let mut told = Vec::new();
    for body in carry_out(SYSTEM, SCHEDULE) {
        match body {
            Body::Fault(fault) if fault.stage == Stage::Inject => told.push("injected"),
            Body::Fault(_) => told.push("lifted"),
            Body::Node(node) if node.what == Life::Start => told.push("started"),
            _ => {}
        }
    }
    assert_eq!(told, ["started", "injected", "started", "lifted"]);
}

/// Carries a schedule out on a system and reads what was recorded.
fn carry_out(system_file: &str, steps: &str) -> Vec<Body> {
    let folder = tempfile::tempdir().unwrap();
    let (system, schedule) = (folder.path().join("deaf.toml"), folder.path().join("schedule.json"));
    fs::write(&system, system_file).unwrap();
    fs::write(&schedule, steps).unwrap();
    let said = Command::new(env!("CARGO_BIN_EXE_interregnum"))
        .args(["test", "--network", "direct", "--system"])
        .arg(&system)
        .arg("--schedule")
        .arg(&schedule)
        .arg("--out")
        .arg(folder.path().join("out"))
        .output()
        .unwrap();
    let history = File::open(folder.path().join("out/latest/history.jsonl"));
    let history = history.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&said.stderr)));
    let mut reader = Reader::new(BufReader::new(history)).unwrap();
    let mut events = Vec::new();
    while let Some(event) = reader.next_event().unwrap() {
        events.push(event.body);
    }
    events
}
