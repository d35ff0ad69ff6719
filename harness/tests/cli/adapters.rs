//! Logs of real programs, in the shapes that they have today, replayed by nodes that do nothing else (`cases/adapters`,
//! `play.py`): what `observe` understands of each. Names and ids are invented.

use std::process::Command;
use std::sync::{Mutex, PoisonError};

use cluster::system::System;

use crate::place::{Done, Place};
use crate::skipped::skipped;

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/adapters");

/// Observes a case; none where there is no Python to play it.
fn observed(name: &str) -> Option<Done> {
    if Command::new("python3").arg("--version").output().is_err() {
        skipped("python3 is not on PATH");
        return None;
    }
    // One after the other: three Pythons at a time are enough for a busy machine.
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let place = Place::new();
    let system = format!("{CASES}/{name}/{name}.toml");
    let done = place.run_bare(&["observe", "--system", &system, "--network", "direct", "--time", "2s"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.stdout.contains(", 0 unreadable"), "{done:?}");
    let strangers = done.stdout.lines().find(|line| line.contains("times a name stood there"));
    assert_eq!(strangers, None, "everybody is known once all have spoken: {done:?}");
    Some(done)
}

impl Done {
    /// A line of this node has all of this.
    fn says(&self, node: &str, parts: &[&str]) {
        let mut lines = self.stdout.lines().filter(|line| line.contains(&format!("  {node} ")));
        assert!(lines.any(|line| parts.iter().all(|part| line.contains(part))), "{node} {parts:?}: {self:?}");
    }
}

/// In some line with all of these parts a node names n1, in every such field n1 and no other node. Ids are learnt as nodes
/// speak, and which node speaks first is chance: the named node is known, or not known *yet*.
fn names_n1(done: &Done, node: &str, parts: &[&str], field: &str) {
    let lines = done.stdout.lines().filter(|line| line.contains(&format!("  {node} ")));
    let lines = lines.filter(|line| parts.iter().all(|part| line.contains(part)));
    let named: Vec<_> = lines
        .flat_map(|line| line.split(", "))
        .filter_map(|part| part.strip_prefix(field)?.strip_prefix(' '))
        .collect();
    assert!(!named.is_empty(), "{node} names no {field}: {done:?}");
    let right = |whom: &&str| *whom == "n1" || whom.ends_with("(no node is known by it)");
    assert!(named.iter().all(right), "{node} {named:?}: {done:?}");
}

fn sentinels(name: &str) {
    let Some(done) = observed(name) else { return };
    done.says("n1", &["candidate, term 11, vote n1"]);
    done.says("n1", &["leader, term 11, leader n1"]);
    done.says("n1", &["follower"]);
    for node in ["n2", "n3"] {
        names_n1(&done, node, &["term 11"], "vote");
    }
}

#[test]
fn sentinels_of_redis_7_2_and_later_are_understood() {
    sentinels("sentinel-7.2");
}

#[test]
fn sentinels_that_log_in_logfmt_are_understood() {
    sentinels("valkey-logfmt");
}

#[test]
fn the_cases_of_sentinel_have_the_rules_of_the_built_in_system() {
    let built_in = System::load("redis-sentinel").unwrap();
    for name in ["sentinel-7.2", "valkey-logfmt"] {
        let case = System::load(&format!("{CASES}/{name}/{name}.toml")).unwrap();
        assert_eq!(format!("{:?}", case.observers), format!("{:?}", built_in.observers), "{name}");
    }
}

#[test]
fn a_node_whose_id_is_zero_leads_and_is_voted_for() {
    let Some(done) = observed("zero-id") else { return };
    done.says("n1", &["candidate, term 50, vote n1"]);
    done.says("n1", &["leader, term 50, vote n1"]);
    for node in ["n2", "n3"] {
        done.says(node, &["follower, term 50"]);
        for field in ["vote", "leader"] {
            names_n1(&done, node, &["follower", "term 50"], field);
        }
    }
}

#[test]
fn colours_around_words_are_no_part_of_them() {
    let Some(done) = observed("ansi-colours") else { return };
    assert!(done.stdout.contains("7 lines understood, 0 unreadable, 0 not matched"), "{done:?}");
    done.says("n1", &["leader, term 2"]);
}

#[test]
fn epochs_may_be_hexadecimal() {
    let Some(done) = observed("hex-epoch") else { return };
    for (node, term) in [("n1", "term 10"), ("n2", "term 10"), ("n3", "term 16")] {
        done.says(node, &["follower", term]);
    }
    assert!(done.stdout.contains("6 lines understood"), "{done:?}");
}

#[test]
fn a_term_may_stand_in_another_field_than_the_message() {
    let Some(done) = observed("json-fields") else { return };
    done.says("n1", &["leader, term 282"]);
    assert!(done.stdout.contains("1 lines understood, 0 unreadable, 3 not matched"), "{done:?}");
}

#[test]
fn etcd_3_6_is_understood() {
    let Some(done) = observed("etcd-3.6") else { return };
    done.says("n1", &["candidate, term 2, vote n1"]);
    done.says("n1", &["leader, term 2, leader n1"]);
    for node in ["n2", "n3"] {
        names_n1(&done, node, &["term 2"], "vote");
        names_n1(&done, node, &["term 2"], "leader");
    }
}

#[test]
fn nats_2_11_is_understood_to_the_last_digit() {
    let Some(done) = observed("nats-2.11") else { return };
    done.says("n1", &["leader, term 1191202101440508490, leader n1"]);
    for node in ["n2", "n3"] {
        names_n1(&done, node, &[], "leader");
    }
}
