//! System files that are wrong: refused with the file and the line before anything is made or started.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::place::{Place, system_text};

const SLEEPS: &str = r#"["sleep", "1000", "{data}"]"#;

/// A system file with this text is refused, and the sentence contains all of this.
fn refused(text: &str, says: &[&str]) {
    let place = Place::new();
    let file = place.file("mine.toml", text);
    place.run(&["test", "calm", "--system", &file]).refused(64, says);
    assert!(!place.out().exists(), "it left a folder behind");
    place.assert_empty();
}

#[test]
fn an_unknown_key_is_refused_with_file_line_and_suggestion() {
    let text = system_text("3", SLEEPS).replace("nodes = 3", "nodez = 3");
    refused(&text, &["mine.toml:4:", "nodez", "did you mean `nodes`?"]);
}

#[test]
fn a_wrong_type_is_refused_with_file_and_line() {
    refused(&system_text("\"three\"", SLEEPS), &["mine.toml:4:", "nodes"]);
    refused(&system_text("3", "\"sleep 1000\""), &["mine.toml:8:", "command"]);
    refused("schema = 1\nname = ", &["mine.toml:2:"]);
}

#[test]
fn a_file_that_is_missing_or_unreadable_is_refused() {
    let place = Place::new();
    place.run(&["test", "calm", "--system", "./nothere.toml"]).refused(64, &["./nothere.toml", "check the path"]);
    place.run(&["test", "calm", "--system", "./"]).refused(64, &["./"]);
    fs::write(place.path().join("binary.toml"), [0xff, 0xfe, 0x00]).unwrap();
    place.run(&["test", "calm", "--system", "./binary.toml"]).refused(64, &["binary.toml"]);
    assert!(!place.out().exists());
}

#[test]
fn a_cluster_of_no_nodes_or_of_two_with_one_name_is_refused() {
    refused(&system_text("0", SLEEPS), &["mine.toml:4:", "nodes"]);
    refused(&system_text(r#"["a", "b", "a"]"#, SLEEPS), &["mine.toml:4:", "`a`"]);
}

#[test]
fn a_substitution_that_does_not_exist_is_refused() {
    refused(&system_text("3", r#"["sleep", "{dta}"]"#), &["mine.toml:8:", "dta", "data"]);
}

#[test]
fn a_program_that_is_missing_or_may_not_be_executed_is_refused() {
    refused(&system_text("1", r#"["./nothere"]"#), &["./nothere", "no such file"]);
    refused(&system_text("1", r#"["no-such-program-x"]"#), &["no-such-program-x", "PATH"]);
    refused(&system_text("1", r#"["./"]"#), &["./"]);
    let place = Place::new();
    let program = place.file("node", "#!/bin/sh\n");
    fs::set_permissions(program, fs::Permissions::from_mode(0o644)).unwrap();
    let file = place.file("mine.toml", &system_text("1", r#"["./node"]"#));
    place.run(&["test", "calm", "--system", &file]).refused(64, &["node", "chmod +x"]);
    assert!(!place.out().exists());
}

#[test]
fn a_program_that_the_kernel_cannot_run_is_a_failure_that_names_the_node() {
    let place = Place::new();
    let program = place.file("node", "\u{7f}ELF and then nothing that a kernel takes for a program");
    fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
    let file = place.file("mine.toml", &system_text("1", r#"["./node", "{data}"]"#));
    place.run(&["test", "calm", "--system", &file]).refused(70, &["n1", "node"]);
    place.assert_empty();
}

#[test]
fn a_system_with_one_address_for_all_is_refused_on_the_proxy_and_told_what_to_do() {
    let place = Place::new();
    let file = place.file("mine.toml", &system_text("3", SLEEPS).replace("per-link", "global"));
    let done = place.run(&["test", "calm", "--system", &file, "--network", "proxy"]);
    done.refused(64, &["proxy", "address", "--network switch"]);
    assert!(!place.out().exists(), "it left a folder behind");
    place.assert_empty();
}
