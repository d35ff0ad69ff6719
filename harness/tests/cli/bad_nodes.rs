//! Nodes that do not behave: never ready, dead at once, dead later, or talking nonsense without end.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};

use crate::place::{LEADER, PATIENCE, Place, await_that, reap, system_text};

const CALM: [&str; 4] = ["test", "calm", "--time", "1s"];

fn run(place: &Place, script: &str) -> crate::place::Done {
    let system = place.system(script);
    let done = place.run(&[&CALM[..], &["--system", &system]].concat());
    place.assert_empty();
    done
}

/// The run failed before it could say anything of the cluster, and all that it has recorded is there.
fn failed_before_ready(script: &str, says: &[&str]) {
    let place = Place::new();
    run(&place, script).refused(70, says);
    assert_eq!(place.json("run.json")["exit"], 70);
    assert_eq!(place.json("verdict.json")["verdict"], "unknown");
    let history = fs::read_to_string(place.latest().join("history.jsonl")).unwrap();
    assert!(history.lines().last().unwrap().contains(r#""event":"end""#), "{history}");
    assert!(place.latest().join("report.html").exists());
}

#[test]
fn a_node_that_finds_its_port_taken_is_a_failure_of_the_surroundings() {
    failed_before_ready(
        "echo 'listen: Address already in use' >&2; exit 1",
        &["n1", "status 1", "Address already in use", "nodes/n1"],
    );
}

#[test]
fn a_node_that_dies_at_once_is_a_failure_of_the_surroundings() {
    failed_before_ready("exit 3", &["n1 exited with status 3 before it was ready", "nodes/n1"]);
    failed_before_ready("kill -SEGV $$", &["n1 was killed by signal 11 (SIGSEGV) before it was ready"]);
}

#[test]
fn a_node_that_never_becomes_ready_is_given_up_after_the_systems_timeout() {
    let begun = Instant::now();
    failed_before_ready("while :; do sleep 0.1; done", &["n1 was not ready within 1s", "nodes/n1"]);
    assert!(begun.elapsed() < PATIENCE / 2);
}

#[test]
fn a_node_that_does_not_listen_to_its_stop_signal_is_killed() {
    let place = Place::new();
    run(&place, "trap '' TERM; while :; do sleep 0.1; done").refused(70, &["n1 was not ready"]);
}

#[test]
fn a_node_that_dies_after_it_was_ready_is_a_bug_of_the_system() {
    let place = Place::new();
    let done = run(&place, &format!("{LEADER}; sleep 0.5; exit 4"));
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.stdout.contains("process") && done.stdout.contains("n1 exited with status 4"), "{done:?}");
    assert_eq!(place.json("verdict.json")["verdict"], "invalid");
}

#[test]
fn what_a_node_leaves_behind_when_it_dies_is_killed_with_the_run() {
    let place = Place::new();
    let child = "setsid sh -c 'sleep 1000; : \"$0\"' \"$1\"";
    let done = run(&place, &format!("{LEADER}; {child} & sleep 0.3; exit 5"));
    assert_eq!(done.code, 1, "a death is judged, though its pipes stay open: {done:?}");
    assert!(done.stdout.contains("n1 exited with status 5"), "{done:?}");
}

#[test]
fn garbage_is_kept_as_log_lines_and_judged_as_nothing() {
    let place = Place::new();
    let garbage = r#"head -c 100000 /dev/urandom; printf '\n{"role":7}\n{"term":-1,"role":"leader"}\n[1]\n{"role":\n'"#;
    let done = run(&place, &format!("{LEADER}; {garbage}; exec sleep 1000"));
    assert!([0, 2].contains(&done.code), "nothing was broken: {done:?}");
    assert!(fs::metadata(place.latest().join("nodes/n1/stdout.log")).unwrap().len() > 100_000);
}

#[test]
fn what_looked_like_an_event_and_is_none_is_quoted_when_nothing_else_came() {
    failed_before_ready(
        r#"echo "hello"; echo "role=leader term=3"; echo bye; exec sleep 1000"#,
        &["n1 was not ready within 1s", "looked like an event", "role=leader term=3"],
    );
}

#[test]
fn garbage_alone_is_no_sign_of_readiness() {
    failed_before_ready(
        r#"while printf '\377\000<b>{"role":"king"}\n'; do sleep 0.05; done"#,
        &["n1 was not ready within 1s"],
    );
}

#[test]
fn a_gigabyte_without_a_newline_costs_neither_memory_nor_the_run() {
    let place = Place::new();
    let system =
        place.system(&format!("{LEADER}; head -c 1000000000 /dev/zero; echo; : > \"$1/done\"; exec sleep 1000"));
    let mut command = place.command(&["test", "calm", "--time", "60s", "--system", &system]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut most = 0;
    await_that("a gigabyte was drained, so that the node could go on", || {
        let harness = place.processes().into_iter().filter(|(_, line)| line.contains("--system"));
        most = harness.filter_map(|(pid, _)| resident(pid)).max().unwrap_or(0).max(most);
        place.out().join("latest/data/n1/done").exists()
    });
    kill_process(Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap(), Signal::INT).unwrap();
    let done = reap(child);
    assert_eq!(done.code, 130, "{done:?}");
    place.assert_empty();
    assert!(most > 0 && most < 150_000, "the harness took {most} KiB");
    let kept = fs::metadata(place.latest().join("nodes/n1/stdout.log")).unwrap().len();
    assert!((1_000_000..=270 << 20).contains(&kept), "{kept} bytes were kept");
    let history = fs::read_to_string(place.latest().join("history.jsonl")).unwrap();
    assert!(history.contains(r#""event":"gap""#), "the line that was lost is on record");
}

/// The resident memory of a process in KiB.
fn resident(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().split(' ').next()?.parse().ok()
}

#[test]
fn the_final_phase_waits_for_the_node_that_says_it_follows_nobody() {
    let place = Place::new();
    let program = place.file(
        "node.sh",
        r#"#!/bin/sh
case $1 in
    n1) printf '{"role":"leader","term":1,"vote":"n1","leader":"n1"}\n' ;;
    n2) printf '{"role":"follower","term":1,"vote":"n1","leader":"n1"}\n' ;;
    n3) printf '{"role":"follower","term":1,"vote":null,"leader":null}\n' ;;
esac
exec sleep 1000
"#,
    );
    fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
    let system = place.file("system.toml", &system_text("3", r#"["./node.sh", "{name}"]"#));
    let done = place.run(&[&CALM[..], &["--bound", "1s", "--system", &system]].concat());
    place.assert_empty();
    let verdict = place.json("verdict.json");
    let said = |name| verdict["checkers"].as_array().unwrap().iter().find(|said| said["checker"] == name).unwrap();
    if said("final-leader")["judged"] == false {
        // A stall in the phase leaves it untested: these tests may share a machine.
        let stalls = &said("harness-health")["counts"]["stalls"];
        return assert!(stalls.as_u64() > Some(0), "{verdict}");
    }
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.stdout.contains("in the final phase n1, n2 and n3 did not all name an effective leader"), "{done:?}");
}
