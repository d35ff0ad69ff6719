//! `watch`: reads along what commands print, and judges it when they end.

use std::fs::File;
use std::io::Write;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};

use crate::place::{Place, await_that, reap};

#[test]
fn what_commands_print_is_judged_in_the_end_and_kept_in_a_run_folder() {
    let place = Place::new();
    let log =
        |node: &str| format!("{node}=cat {}/tests/cases/logs/etcd-two-leaders/{node}.log", env!("CARGO_MANIFEST_DIR"));
    let out = place.out().display().to_string();
    let done = place.run_bare(&["watch", "--from", "etcd", "--out", &out, &log("n1"), &log("n2"), &log("n3")]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(
        done.stdout.contains("n1  leader, term 4") && done.stdout.contains("both elected leader of term 4"),
        "{done:?}"
    );
    for file in ["history.jsonl", "verdict.json", "report.html", "nodes/n1/stdout.log"] {
        assert!(place.latest().join(file).exists(), "{file}");
    }
    let none = place.run_bare(&["watch", "--from", "etcd", "--out", &out, "n1=true"]);
    assert!(none.code == 64 && none.stderr.contains("no command gave a line"), "{none:?}");
    let wrong = place.run_bare(&["watch", "--from", "etcd", "--out", &out, "journalctl"]);
    assert!(wrong.code == 64 && wrong.stderr.contains("n1='ssh a journalctl -fu etcd'"), "{wrong:?}");
}

/// The commands never end: a log that is followed goes on.
#[test]
fn an_interrupt_ends_it_with_what_was_seen_and_what_was_typed_and_with_the_commands() {
    let place = Place::new();
    let followed = |node: &str| {
        let log = format!("{}/tests/cases/logs/etcd-two-leaders/{node}.log", env!("CARGO_MANIFEST_DIR"));
        let copy = place.file(&format!("{node}.log"), &std::fs::read_to_string(log).unwrap());
        format!("{node}=tail -n +1 -f {copy} | cat")
    };
    let mut command = place.command(&["watch", "--from", "etcd", &followed("n1"), &followed("n2"), &followed("n3")]);
    let shown = place.path().join("shown");
    command.stdin(Stdio::piped()).stdout(File::create(&shown).unwrap()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let has = |what: &str| {
        await_that(&format!("{what} is shown"), || {
            std::fs::read_to_string(&shown).is_ok_and(|text| text.contains(what))
        });
    };
    has("n1  leader, term 4");
    has("n2  leader, term 4");
    let all = std::fs::metadata(place.path().join("n3.log")).unwrap().len();
    let kept = place.out().join("latest/nodes/n3/stdout.log");
    await_that("the log of n3 is kept", || std::fs::metadata(&kept).is_ok_and(|file| file.len() == all));
    let mut typed = child.stdin.take().unwrap();
    writeln!(typed, "mark \"pulled the cable of b\"\nmark\nwhat is this").unwrap();
    has("marked: pulled the cable of b");
    kill_process(Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap(), Signal::INT).unwrap();
    let done = reap(child);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.stderr.contains("write mark \"what you did\""), "{done:?}");
    has("n1 and n2 were both elected leader of term 4");
    let history = std::fs::read_to_string(place.latest().join("history.jsonl")).unwrap();
    assert!(history.contains("\"event\":\"mark\"") && history.contains("pulled the cable of b"), "{history}");
    assert_eq!(history.matches("\"event\":\"mark\"").count(), 1, "{history}");
    for file in ["verdict.json", "report.html", "logs.html", "nodes/n3/stdout.log"] {
        assert!(place.latest().join(file).exists(), "{file}");
    }
    drop(typed);
    place.assert_empty();
}

#[test]
fn a_system_that_is_not_known_and_a_command_that_cannot_be_found_are_told() {
    let place = Place::new();
    let out = place.out().display().to_string();
    let unknown = place.run_bare(&["watch", "--from", "etcdd", "--out", &out, "n1=true"]);
    assert!(unknown.code == 64 && unknown.stderr.contains("etcdd"), "{unknown:?}");
    let missing = place.run_bare(&["watch", "--from", "etcd", "--out", &out, "n1=/nonexistent"]);
    assert!(missing.code == 64 && missing.stderr.contains("n1 gave no line: /nonexistent"), "{missing:?}");
}
