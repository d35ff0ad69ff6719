//! What scripts, shells and other users ask of it.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use crate::place::{LEADER, Place, finish};

#[test]
fn every_listing_is_there_for_people_and_for_machines() {
    let place = Place::new();
    let all = place.run_bare(&["list", "--format", "json"]).json();
    for what in ["workloads", "systems", "checkers", "faults"] {
        let one = place.run_bare(&["list", what, "--format", "json"]).json();
        assert_eq!(one[what], all[what]);
        let text = place.run_bare(&["list", what]);
        assert_eq!(text.code, 0);
        for entry in one[what].as_array().unwrap() {
            assert!(text.stdout.contains(entry["name"].as_str().unwrap()), "{text:?}");
        }
    }
    assert!(all["workloads"].as_array().unwrap().len() >= 8);
    assert!(all["systems"][0]["name"] == "reference");
}

#[test]
fn completions_are_scripts_that_their_shell_accepts() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = place.run_bare(&["completions", shell]);
        assert_eq!(script.code, 0, "{script:?}");
        assert!(script.stdout.contains("interregnum") && script.stdout.contains("doctor"), "{shell}");
        let file = place.file(shell, &script.stdout);
        if let Ok(read) = Command::new(shell).args(["-n", &file]).output() {
            assert!(read.status.success(), "{shell}: {}", String::from_utf8_lossy(&read.stderr));
        }
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let place = Place::new();
    for args in [&["completions", "bash"][..], &["man"], &["list"], &["--help"]] {
        let mut child = place.bare(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let done = crate::place::reap(child);
        assert!(!done.stderr.contains("bug") && done.stderr.is_empty(), "{args:?}: {done:?}");
        assert_eq!(done.code, 0, "{args:?}: {done:?}");
    }
}

#[test]
fn the_manual_names_every_command_and_every_exit_code() {
    let man = Place::new().run_bare(&["man"]);
    assert_eq!(man.code, 0, "{man:?}");
    assert!(man.stdout.starts_with(".ie") || man.stdout.starts_with(".TH"), "{man:?}");
    for word in ["test", "check", "report", "replay", "list", "observe", "doctor", "completions", "64", "70", "130"] {
        assert!(man.stdout.contains(word), "{word}");
    }
}

#[test]
fn help_and_version_are_no_mistakes() {
    let place = Place::new();
    let help = place.run_bare(&["test", "--help"]);
    assert_eq!((help.code, help.stderr.as_str()), (0, ""), "{help:?}");
    assert!(help.stdout.contains("--seeds"), "{help:?}");
    let version = place.run_bare(&["--version"]);
    let lines: Vec<&str> = version.stdout.lines().collect();
    assert_eq!((version.code, lines[0]), (0, concat!("interregnum ", env!("CARGO_PKG_VERSION"))), "{version:?}");
    assert!(lines[1].starts_with("commit: ") && lines[2].starts_with("schemas: history.jsonl 1, "), "{version:?}");
    let short = place.run_bare(&["-V"]);
    assert_eq!((short.code, short.stdout.trim()), (0, lines[0]), "{short:?}");
}

#[test]
fn the_doctor_answers_in_json() {
    let done = Place::new().run_bare(&["doctor", "--format", "json"]);
    let checks = done.json();
    assert!(checks.as_array().unwrap().iter().all(|check| check["ability"].is_string() && check["ok"].is_boolean()));
    assert_eq!(done.code, 0, "this machine runs these tests: {done:?}");
}

#[test]
fn observe_prints_what_each_observer_saw_and_leaves_nothing() {
    let place = Place::new();
    let done = place.run_bare(&["observe", "--nodes", "3", "--time", "1500ms"]);
    assert_eq!(done.code, 0, "{done:?}");
    for part in ["n1 events", "n2 status", "atomic", "sampled", "leader", "term 1"] {
        assert!(done.stdout.contains(part), "{part:?} is missing: {done:?}");
    }
    let json = place.run_bare(&["observe", "--nodes", "3", "--time", "1s", "--format", "json"]);
    assert_eq!(json.code, 0, "{json:?}");
    let lines: Vec<serde_json::Value> = json.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().any(|line| line["type"] == "observe" && line["observer"] == "events"));
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0, "no folder is left");
}

#[test]
fn observe_shows_what_a_node_that_is_not_understood_does() {
    let place = Place::new();
    let system = place.system("echo hello; sleep 0.2; exit 6");
    let done = place.run_bare(&["observe", "--system", &system, "--time", "1s"]);
    assert_eq!(done.code, 70, "{done:?}");
    assert!(done.stdout.contains("n1 process") && done.stdout.contains("exit"), "{done:?}");
    assert!(done.stderr.contains("status 6"), "{done:?}");
}

#[test]
fn without_a_sandbox_a_whole_run_works() {
    let place = Place::new();
    let mut command = place.command(&["test", "calm", "--time", "1s", "--nodes", "3"]);
    command.env("INTERREGNUM_SANDBOX", "off");
    let done = finish(command);
    done.valid();
    let history = fs::read_to_string(place.latest().join("history.jsonl")).unwrap();
    assert!(history.lines().next().unwrap().contains("warden"), "how it ran is in the header");
    place.assert_empty();
}

#[test]
fn an_ordinary_user_can_run_it() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("all the other tests are run by an ordinary user here");
        return;
    }
    let place = Place::new();
    // The folders on the way to the binaries may be closed to others.
    for program in ["interregnum", "interregnum-node"] {
        let built = std::path::Path::new(env!("CARGO_BIN_EXE_interregnum")).with_file_name(program);
        fs::copy(built, place.path().join(program)).unwrap();
    }
    let run = |sandbox: &str| {
        let mut command = Command::new(place.path().join("interregnum"));
        command.args(["test", "calm", "--time", "1s", "--nodes", "3", "--out"]).arg(place.out());
        command.env("INTERREGNUM_SANDBOX", sandbox).env("HOME", place.path()).stdin(Stdio::null());
        finish(drop_root(command, &place))
    };
    for sandbox in ["on", "off"] {
        let done = run(sandbox);
        done.valid();
    }
    place.assert_empty();
}

fn drop_root(mut command: Command, place: &Place) -> Command {
    command.uid(65534).gid(65534).current_dir(place.path());
    command
}

#[test]
fn settings_reach_the_nodes_and_the_record() {
    let place = Place::new();
    let system = place.system(&format!("echo \"$@\" >&2; {LEADER}; exec sleep 1000"));
    let text = fs::read_to_string(&system).unwrap();
    let text =
        text.replace("[cluster]", "[params]\ncolour = \"red\"\n[cluster]").replace("{data}", "{data}={param.colour}");
    fs::write(&system, text).unwrap();
    let done = place.run(&["test", "calm", "--time", "1s", "--system", &system, "--set", "colour=blue"]);
    done.valid();
    assert!(fs::read_to_string(place.latest().join("nodes/n1/stderr.log")).unwrap().contains("=blue"));
    assert_eq!(place.json("run.json")["set"][0], "colour=blue");
}
