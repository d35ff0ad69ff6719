//! What is wrong on the command line: exit code 64, one sentence, and nothing made.

use crate::place::Place;

/// Refused as the user's mistake, before any folder is made.
fn refused(args: &[&str], says: &[&str]) {
    let place = Place::new();
    place.run(args).refused(64, says);
    assert!(!place.out().exists(), "{args:?} left a folder behind");
}

#[test]
fn a_seed_that_is_no_number_is_refused_with_an_example() {
    refused(&["test", "calm", "--seed", "x"], &["\"x\" is not a seed", "--seed"]);
    refused(&["test", "calm", "--seed", "-1"], &["--seed"]);
    refused(&["test", "calm", "--seeds", "1..x"], &["\"x\" is not a seed", "1..20"]);
    refused(&["test", "calm", "--seeds", "5..1"], &["lower number first"]);
}

#[test]
fn an_unknown_workload_suggests_the_nearest() {
    refused(&["test", "re-electoin"], &["re-electoin", "did you mean \"re-election\"?"]);
    refused(&["test", "calm,choas"], &["choas", "did you mean \"chaos\"?"]);
}

#[test]
fn an_unknown_system_names_those_there_are() {
    refused(&["test", "calm", "--system", "refrence"], &["refrence", "built in: reference"]);
}

#[test]
fn an_impossible_number_of_nodes_is_refused() {
    refused(&["test", "calm", "--nodes", "0"], &["0 nodes", "at least 1"]);
    refused(&["test", "calm", "--nodes", "1000"], &["1000 nodes", "at most 100"]);
    refused(&["test", "calm", "--nodes", "three"], &["three", "--nodes"]);
    refused(&["test", "calm", "--nodes", "1000", "--seeds", "1..2"], &["1000 nodes", "at most 100"]);
}

#[test]
fn a_setting_that_does_not_fit_says_which_and_why() {
    refused(&["test", "calm", "--set", "foo"], &["--set foo", "NAME=VALUE"]);
    refused(&["test", "calm", "--set", "elction=1"], &["elction", "did you mean `election`?"]);
    refused(&["test", "calm", "--set", "n9.log=1/1"], &["n9", "`n1`"]);
    refused(&["test", "calm", "--set", "election=banana"], &["election", "banana", "150ms..300ms"]);
    refused(&["test", "calm", "--set", "election=banana", "--seeds", "1..3"], &["election", "banana", "150ms..300ms"]);
}

#[test]
fn an_unknown_network_names_those_there_are() {
    refused(&["test", "calm", "--network", "foo"], &["foo", "--network", "auto, switch, proxy or direct"]);
}

#[test]
fn a_workload_that_needs_what_the_network_cannot_do_is_refused() {
    refused(&["test", "re-election", "--by", "cut", "--network", "direct"], &["cut"]);
}

#[test]
fn a_time_that_is_none_is_refused() {
    refused(&["test", "calm", "--time", "banana"], &["banana", "--time", "10s"]);
    refused(&["test", "calm", "--time", "0s"], &["--time"]);
    refused(&["test", "calm", "--bound", "later"], &["later", "--bound", "10s"]);
}

#[test]
fn an_option_that_the_workload_does_not_take_is_refused() {
    refused(&["test", "calm", "--by", "kill"], &["calm", "--by"]);
    refused(&["test", "calm", "--faults", "+loss"], &["calm", "--faults"]);
    refused(&["test", "chaos", "--faults", "+fire"], &["fire"]);
    refused(&["test", "re-election", "--by", "magic"], &["magic", "cut, pause or kill"]);
}

#[test]
fn an_unknown_option_or_command_is_refused_in_one_sentence() {
    refused(&["test", "calm", "--sede", "1"], &["--sede", "--seed"]);
    let place = Place::new();
    place.run_bare(&["tset"]).refused(64, &["tset", "test"]);
    place.run_bare(&["check"]).refused(64, &["RUN"]);
    place.run_bare(&["completions", "tcsh2"]).refused(64, &["tcsh2", "bash"]);
}

#[test]
fn no_command_at_all_shows_the_help_and_is_a_mistake() {
    let done = Place::new().run_bare(&[]);
    assert_eq!(done.code, 64, "{done:?}");
    assert!(done.stderr.contains("Does this cluster elect leaders correctly"), "{done:?}");
    assert!(done.stderr.contains("Exit codes:"), "{done:?}");
}

#[test]
fn a_schedule_that_is_wrong_says_where() {
    let place = Place::new();
    let refused = |path: &str, says: &[&str]| {
        place.run(&["test", "--schedule", path]).refused(64, says);
        assert!(!place.out().exists());
    };
    refused("nothere.json", &["nothere.json", "check the path"]);
    refused(&place.file("torn.json", "{\"schema\":1,"), &["torn.json", "not JSON"]);
    refused(&place.file("other.json", "{\"hello\":1}"), &["other.json"]);
    let steps = |step: &str| {
        let head = r#"{"schema":1,"workload":"mine","seed":1,"nodes":["n1","n2","n3"],"duration":"1s""#;
        format!(r#"{head},"steps":[{step}]}}"#)
    };
    let unknown = r#"{"id":1,"when":{"at":"0s"},"do":{"inject":{"kind":"fire","target":"leader"}}}"#;
    refused(&place.file("unknown.json", &steps(unknown)), &["unknown.json", "step 1", "fire"]);
    let stranger = r#"{"id":1,"when":{"at":"0s"},"do":{"inject":{"kind":"kill","target":["n7"]}}}"#;
    refused(&place.file("stranger.json", &steps(stranger)), &["step 1", "n7"]);
    let dangling = r#"{"id":1,"when":{"at":"0s"},"do":{"lift":7}}"#;
    refused(&place.file("dangling.json", &steps(dangling)), &["step 1", "7"]);
}

#[test]
fn a_folder_that_is_no_run_is_refused_by_everything_that_takes_one() {
    let place = Place::new();
    std::fs::create_dir(place.path().join("plain")).unwrap();
    for folder in ["nothere", "plain"] {
        place.run(&["replay", folder]).refused(64, &[folder, "the folder of a run"]);
        place.run_bare(&["report", folder]).refused(64, &[folder]);
        place.run_bare(&["check", folder]).refused(64, &[folder]);
    }
    assert!(!place.out().exists());
}

#[test]
fn an_output_folder_that_cannot_be_made_is_the_machines_fault_and_says_what_to_do() {
    let place = Place::new();
    let file = place.file("file", "");
    place.run_bare(&["test", "calm", "--out", &file]).refused(70, &["file", "--out"]);
    place.run_bare(&["test", "calm", "--out", "/proc/nowhere"]).refused(70, &["/proc/nowhere", "--out"]);
    assert_eq!(std::fs::read_to_string(file).unwrap(), "");
}

#[test]
fn results_that_nobody_can_get_are_a_failure_and_a_reader_that_went_away_is_none() {
    let place = Place::new();
    let system = place.system(&format!("{}; exec sleep 1000", crate::place::LEADER));
    let out = place.out().display().to_string();
    place.run(&["test", "calm", "--time", "1s", "--system", &system]).valid();
    let run = place.latest().display().to_string();
    let calm = ["test", "calm", "--time", "1s", "--system", &system, "--out", &out];
    let commands: [&[&str]; 15] = [
        &["--help"],
        &["--version"],
        &["soak", "--help"],
        &["list"],
        &["list", "--format", "json"],
        &["man"],
        &["completions", "bash"],
        &["doctor"],
        &["observe", "--time", "1s", "--system", &system],
        &["check", &run],
        &["report", &run],
        &calm,
        &["replay", &run, "--out", &out],
        &["compare", &run, &run],
        &["soak", "calm", "--runs", "1", "--time", "1s", "--system", &system, "--out", &out],
    ];
    for args in commands {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let done = place.bare(args).stdout(full).stderr(std::process::Stdio::piped()).output().unwrap();
        assert_eq!(done.status.code(), Some(70), "{args:?}: {done:?}");
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(said.contains("standard output cannot be written"), "{args:?}: {said}");
    }
    for args in [&["list", "workloads"][..], &["--help"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let status = place.bare(args).stdout(writer).status().unwrap();
        assert_eq!(status.code(), Some(0), "{args:?}");
    }
}

#[test]
fn a_schedule_without_an_end_is_not_read() {
    let place = Place::new();
    place.run(&["test", "--schedule", "/dev/zero"]).refused(64, &["/dev/zero", "no regular file"]);
    let fifo = place.path().join("fifo");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    place.run(&["test", "--schedule", &fifo.display().to_string()]).refused(64, &["fifo", "no regular file"]);
}

#[test]
fn a_folder_whose_name_is_no_text_is_refused_with_a_sentence() {
    use std::os::unix::ffi::OsStrExt;
    let place = Place::new();
    let out = place.path().join(std::ffi::OsStr::from_bytes(b"out-\xff"));
    let mut command = place.bare(&["test", "calm", "--time", "1s", "--nodes", "1", "--out"]);
    command.arg(&out);
    crate::place::finish(command).refused(64, &["UTF-8", "--out"]);
}
