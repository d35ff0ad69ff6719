//! The Python node that readers are shown, under its system file, from wherever they stand.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::place::{Place, finish};
use crate::skipped::skipped;

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/examples");

fn no_python() -> bool {
    let none = Command::new("python3").arg("--version").output().is_err();
    if none {
        skipped("python3 is not on PATH");
    }
    none
}

fn from(place: &Place, dir: &Path, args: &[&str]) -> crate::place::Done {
    let mut command = place.command(args);
    command.current_dir(dir);
    finish(command)
}

#[test]
fn the_python_node_is_judged_from_any_working_directory() {
    if no_python() {
        return;
    }
    let examples = PathBuf::from(EXAMPLES).canonicalize().unwrap();
    let absolute = examples.join("pynode.toml").display().to_string();
    let calm = |place: &Place, dir: &Path, system: &str| {
        let done = from(place, dir, &["test", "calm", "--time", "1s", "--system", system]);
        done.valid();
    };
    let place = Place::new();
    calm(&place, &examples, "./pynode.toml");
    calm(&place, examples.parent().unwrap(), "examples/pynode.toml");
    calm(&place, Path::new("/"), &absolute);
}

#[test]
fn the_python_nodes_elect_again_when_their_leader_is_killed() {
    if no_python() {
        return;
    }
    for system in ["pynode.toml", "small.toml", "shy.toml"] {
        elects_again(&format!("{EXAMPLES}/{system}"));
    }
}

#[test]
fn the_monitors_of_ceph_are_understood() {
    if Command::new("ceph-mon").arg("--version").output().is_err() {
        skipped("ceph-mon is not on PATH");
        return;
    }
    let place = Place::new();
    let system = format!("{EXAMPLES}/ceph-mon.toml");
    let done = place.run_bare(&["observe", "--time", "12s", "--system", &system]);
    done.valid();
    assert!(done.stdout.contains("atomic, leader, term"), "{}", done.stdout);
    assert!(done.stdout.contains("atomic, follower, term"), "{}", done.stdout);
    assert!(!done.stdout.contains("had named a leader"), "{}", done.stdout);
}

#[test]
fn every_system_file_of_the_documentation_is_run_by_a_test() {
    let this = include_str!("examples.rs");
    let files = fs::read_dir(EXAMPLES).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let systems: Vec<_> = files.filter(|name| name.ends_with(".toml")).collect();
    assert!(systems.len() >= 3, "{systems:?}");
    for system in systems {
        assert!(
            this.contains(&format!("\"{system}\"")) || this.contains(&format!("/{system}\"")),
            "{system} is not run"
        );
    }
}

fn elects_again(system: &str) {
    let place = Place::new();
    let done = place.run(&["test", "re-election", "--by", "kill", "--system", system]);
    done.valid();
    let verdict = place.json("verdict.json");
    assert!(verdict["measures"]["elections"].as_array().unwrap().len() >= 2, "{verdict}");
    place.assert_empty();
}

#[test]
fn a_relative_program_is_meant_from_the_system_file_then_from_the_working_directory() {
    let place = Place::new();
    place.system(&format!("{}; exec sleep 1000", crate::place::LEADER));
    let elsewhere = place.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let calm = ["test", "calm", "--time", "1s", "--system"];
    let beside = from(&place, &elsewhere, &[&calm[..], &["../system.toml"]].concat());
    beside.valid();
    fs::rename(place.path().join("system.toml"), elsewhere.join("system.toml")).unwrap();
    let working = from(&place, place.path(), &[&calm[..], &["elsewhere/system.toml"]].concat());
    working.valid();
}
