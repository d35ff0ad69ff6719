//! What `check` makes of files that are no whole history.

use std::fs;

use crate::place::{LEADER, Place};

fn refused(text: &[u8], says: &[&str]) {
    let place = Place::new();
    let path = place.path().join("history.jsonl");
    fs::write(&path, text).unwrap();
    let done = place.run_bare(&["check", "history.jsonl"]);
    done.refused(64, &[&["history.jsonl"], says].concat());
    assert_eq!(done.stdout, "");
    let folder = place.path().display().to_string();
    place.run_bare(&["check", &folder]).refused(64, says);
    assert_eq!(fs::read(path).unwrap(), text);
}

#[test]
fn an_empty_history_is_refused() {
    refused(b"", &["empty"]);
}

#[test]
fn a_history_of_another_schema_is_refused() {
    refused(
        b"{\"schema\":99,\"run\":\"x\",\"system\":\"y\",\"nodes\":[\"n1\"]}\n",
        &["line 1", "schema 99", "schema 1"],
    );
}

#[test]
fn what_is_no_history_is_refused() {
    refused(b"Dear diary,\ntoday we were leader.\n", &["line 1"]);
    refused(b"{\"hello\":\"world\"}\n", &["line 1"]);
    refused(b"\x7fELF\x02\x01\x01\0\0\0\0", &["line 1"]);
    refused(b"{\"schema\":1", &["line 1"]);
}

#[test]
fn a_packed_history_is_refused_with_the_name_of_its_packer() {
    let packed: [(&[u8], &str); 4] =
        [(b"\x1f\x8b\x08\0", "gzip"), (b"\x28\xb5\x2f\xfd\n", "zstd"), (b"\xfd7zXZ\0", "xz"), (b"BZh9\n", "bzip2")];
    for (begins, packer) in packed {
        refused(begins, &["packed by", packer, "unpack it"]);
    }
}

#[test]
fn a_torn_history_is_judged_and_said_to_be_cut_off() {
    let place = Place::new();
    let system = place.system(&format!("{LEADER}; exec sleep 1000"));
    let done = place.run(&["test", "calm", "--time", "1s", "--system", &system]);
    done.valid();
    let whole = fs::read(place.latest().join("history.jsonl")).unwrap();
    fs::write(place.path().join("torn.jsonl"), &whole[..whole.len() - 20]).unwrap();
    let torn = place.run_bare(&["check", "torn.jsonl"]);
    assert_eq!(torn.code, 2, "what was promised was kept until then, and nobody knows the rest: {torn:?}");
    assert!(torn.stdout.contains("cut off"), "{torn:?}");
    let json = place.run_bare(&["check", "torn.jsonl", "--format", "json"]).json();
    assert_eq!(json["run"], "calm-1");
}

#[test]
fn one_unreadable_file_does_not_hide_what_the_others_say() {
    let place = Place::new();
    let system = place.system(&format!("{LEADER}; exec sleep 1000"));
    place.run(&["test", "calm", "--time", "1s", "--system", &system]);
    let run = place.latest().display().to_string();
    let empty = place.file("empty.jsonl", "");
    let done = place.run_bare(&["check", &empty, &run]);
    assert_eq!(done.code, 64, "{done:?}");
    assert!(done.stderr.contains("empty.jsonl") && done.stdout.contains("calm-1"), "{done:?}");
}
