//! The nemesis carries schedules out on real processes, through the program itself.

#![allow(clippy::unwrap_used)]

use std::fs::{self, File};
use std::io::BufReader;
use std::process::Command;

use checkers::history::{Body, Life, Reader, Stage};

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

#[test]
fn a_lift_does_not_overtake_a_slow_injection() {
    let folder = tempfile::tempdir().unwrap();
    let (system, schedule) = (folder.path().join("deaf.toml"), folder.path().join("schedule.json"));
    fs::write(&system, SYSTEM).unwrap();
    fs::write(&schedule, SCHEDULE).unwrap();
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
    let mut told = Vec::new();
    while let Some(event) = reader.next_event().unwrap() {
        match event.body {
            Body::Fault(fault) if fault.stage == Stage::Inject => told.push("injected"),
            Body::Fault(_) => told.push("lifted"),
            Body::Node(node) if node.what == Life::Start => told.push("started"),
            _ => {}
        }
    }
    assert_eq!(told, ["started", "injected", "started", "lifted"]);
}
