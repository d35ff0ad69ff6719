//! The doctor tries things and says what it saw.

#![allow(clippy::unwrap_used)]

use cluster::doctor::{Check, examine};

fn find<'a>(checks: &'a [Check], ability: &str) -> &'a Check {
    checks.iter().find(|check| check.ability == ability).unwrap()
}

#[test]
fn what_is_missing_comes_with_a_remedy_and_what_is_there_with_figures() {
    let dir = tempfile::tempdir().unwrap();
    let checks = examine(&dir.path().join("not/there/yet"));
    for check in &checks {
        println!("{check:?}");
        assert!(!check.detail.is_empty());
        assert_eq!(check.remedy.is_some(), !check.ok, "{check:?}");
    }
    assert!(find(&checks, "loopback").ok);
    assert!(find(&checks, "verified kills and pauses").detail.contains("µs"));
    assert!(find(&checks, "timer precision").detail.contains("p99"));
}

#[test]
fn a_folder_that_cannot_be_written_is_said() {
    let checks = examine(std::path::Path::new("/proc/1"));
    let fsync = find(&checks, "fsync");
    assert!(!fsync.ok);
    assert!(fsync.detail.contains("/proc/1"), "{fsync:?}");
    assert_eq!(fsync.remedy.as_deref(), Some("--out /dev/shm/interregnum-out"));
}
