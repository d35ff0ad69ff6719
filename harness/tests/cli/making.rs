//! The Makefile: where it looks for what it built, and what it says last.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use crate::place::Place;
use crate::skipped::skipped;

const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// `make` with these words and variables; none where there is no make.
fn make(words: &[&str], variables: &[(&str, &str)]) -> Option<Output> {
    let mut command = Command::new("make");
    command.args(["--no-print-directory", "-C", REPOSITORY]).args(words);
    // Those of the make that runs this test.
    for variable in ["MAKEFLAGS", "MAKELEVEL", "MFLAGS", "INTERREGNUM_SKIPPED", "CARGO_TARGET_DIR"] {
        command.env_remove(variable);
    }
    let output = command.envs(variables.iter().copied()).output();
    if output.is_err() {
        skipped("make is not on PATH");
    }
    output.ok()
}

/// A `cargo` whose tests skip what these lines say and end so. It has no nextest.
fn cargo(place: &Place, skipped: &str, code: i32) -> String {
    let test = format!("test) echo testing; printf '{skipped}' >> \"$INTERREGNUM_SKIPPED\"; exit {code};;");
    cargo_that(place, &format!("nextest) exit 101;;\n{test}"))
}

/// A `cargo` that does this, by its first word.
fn cargo_that(place: &Place, does: &str) -> String {
    let target = place.path().display();
    let metadata = format!("metadata) echo '{{\"target_directory\":\"{target}\"}}';;");
    let script = format!("#!/bin/sh\ncase $1 in\n{metadata}\n{does}\nesac\n");
    let cargo = place.file("cargo", &script);
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    format!("CARGO={cargo}")
}

#[test]
fn the_last_lines_of_make_test_count_and_name_what_was_skipped_and_its_exit_code_is_kept() {
    let place = Place::new();
    let two = "SKIPPED: b, because x\\nSKIPPED: a, because y\\nSKIPPED: b, because x\\n";
    let Some(done) = make(&["test", &cargo(&place, two, 0)], &[]) else { return };
    let said = String::from_utf8_lossy(&done.stdout);
    let last = "SKIPPED: a, because y\nSKIPPED: b, because x\nleft to make test-wide: 0\nproofs skipped because something is missing here: 2\n";
    assert!(done.status.success() && said.ends_with(last), "{done:?}");

    let failed = make(&["test", &cargo(&place, "SKIPPED: c, because z\\n", 101)], &[]).unwrap();
    let said = String::from_utf8_lossy(&failed.stdout);
    assert!(!failed.status.success(), "{failed:?}");
    let last =
        "SKIPPED: c, because z\nleft to make test-wide: 0\nproofs skipped because something is missing here: 1\n";
    assert!(said.ends_with(last), "those of the time before are gone: {failed:?}");

    let none = make(&["test", &cargo(&place, "", 0)], &[]).unwrap();
    let last = "testing\nleft to make test-wide: 0\nproofs skipped because something is missing here: 0\n";
    assert!(String::from_utf8_lossy(&none.stdout).ends_with(last), "{none:?}");
}

#[test]
fn what_is_left_to_the_wide_tests_is_counted_apart_from_what_is_missing() {
    let place = Place::new();
    let lines = "WIDE: b, because y\\nSKIPPED: a, because x\\nWIDE: c, because z\\n";
    let Some(done) = make(&["check", &cargo(&place, lines, 0)], &[]) else { return };
    let last = "left to make test-wide: 2\nproofs skipped because something is missing here: 1\n";
    assert!(String::from_utf8_lossy(&done.stdout).ends_with(last), "{done:?}");
}

#[test]
fn nextest_runs_the_tests_where_it_is_installed() {
    let place = Place::new();
    let does = "nextest) [ \"$2\" = --version ] || echo \"nextest $*\";;\ntest) echo \"test $*\";;";
    let Some(done) = make(&["test", &cargo_that(&place, does)], &[]) else { return };
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(said.contains("nextest nextest run --locked --workspace\n"), "{done:?}");
    assert!(said.contains("test test --locked --workspace --doc"), "examples are left to cargo: {done:?}");
}

#[test]
fn make_finds_what_it_built_in_a_target_directory_that_was_moved() {
    let place = Place::new();
    let moved = place.path().join("moved").display().to_string();
    let cargo = format!("CARGO={}", env!("CARGO"));
    let Some(done) = make(&["-n", "test-chaos", &cargo], &[("CARGO_TARGET_DIR", &moved)]) else { return };
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success() && said.contains(&format!("{moved}/release/interregnum test ")), "{done:?}");
    let done = make(&["-n", "test", &cargo], &[("CARGO_TARGET_DIR", &moved)]).unwrap();
    assert!(
        String::from_utf8_lossy(&done.stdout).contains(&format!("INTERREGNUM_SKIPPED='{moved}/skipped'")),
        "{done:?}"
    );
}

/// All that tests may say in place of a proof.
const OTHER_WORDS: [&str; 4] = ["\"not tried", "nothing to prove", "NOTHING PROVED", "\"skipped, because"];

#[test]
fn a_test_that_proves_nothing_says_so_in_one_way() {
    let mut read = 0;
    let mut folders: Vec<_> = ["harness/tests", "reports/tests", "node/tests", "checkers/tests", "workloads/tests"]
        .map(|folder| Path::new(REPOSITORY).join(folder))
        .into();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("cli/making.rs") {
                let text = fs::read_to_string(&path).unwrap();
                let code =
                    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
                let found = OTHER_WORDS.iter().find(|words| code.contains(**words));
                assert_eq!(found, None, "{}: call `skipped`, so that make test counts it", path.display());
                read += 1;
            }
        }
    }
    assert!(read > 50, "{read}");
}
