//! The real programs, where they are installed; on CI they must be.

use std::process::Command;

use history::entry::{Harness, Observe};
use history::{Entry, Record, Role};
use serde_json::Value;

use crate::skipped::{is_wide, skipped};

/// Whether a program is to be run and is on PATH. Without it there is nothing to test, except on CI, where it must be there.
pub(crate) fn is_installed(program: &str) -> bool {
    let mut path = std::env::var_os("PATH").unwrap_or_default();
    path.push(":/usr/sbin");
    let found = std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    if !is_wide(format!("it runs the real {program}")) {
        return false;
    }
    assert!(found || std::env::var_os("CI").is_none(), "{program} is not installed; .ci/run installs it");
    if !found {
        skipped(format!("{program} is not on PATH; Debian has a package of it"));
    }
    found
}

/// What `observe` shows of a system for some time, as lines of a history.
fn observed(system: &str, time: &str) -> String {
    let arguments = ["observe", "--system", system, "--network", "direct", "--time", time, "--format", "json"];
    let output = Command::new(env!("CARGO_BIN_EXE_interregnum")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What an observer showed.
fn seen<'a>(lines: &'a str, observer: &str) -> impl Iterator<Item = Observe<'a>> {
    let all = lines.lines().filter_map(|line| Record::read(line).ok());
    let seen = all.filter_map(|record| match record.entry {
        Entry::Observe(seen) => Some(seen),
        _ => None,
    });
    seen.filter(move |seen| seen.observer.as_deref() == Some(observer))
}

/// The leaders that an observer showed, with their terms.
fn led(lines: &str, observer: &str) -> Vec<(String, Option<u64>)> {
    let leads = |seen: &Observe<'_>| seen.state.role == Some(Role::Leader.into());
    seen(lines, observer).filter(leads).map(|seen| (seen.node.into_owned(), seen.state.term)).collect()
}

#[test]
fn etcd_elects_a_leader_and_log_and_status_name_the_same() {
    if !is_installed("etcd") {
        return;
    }
    let lines = observed("etcd", "6s");
    let (told, polled) = (led(&lines, "log"), led(&lines, "status"));
    // At the end the nodes are stopped one after the other: each hands its leadership on then, and no observer polls any more.
    let both = told.iter().find(|leads| polled.contains(leads));
    let (leader, term) = both.unwrap_or_else(|| panic!("{told:?} against {polled:?}")).clone();
    assert!(term >= Some(2), "{told:?}");
    let names = |seen: &Observe<'_>| seen.state.leader == Some(Some(leader.as_str().into()));
    assert!(seen(&lines, "status").filter(names).count() > 3, "ids of the status were not learnt");
}

#[test]
fn nats_elects_a_leader_of_its_meta_group() {
    if !is_installed("nats-server") {
        return;
    }
    let lines = observed("nats", "1s");
    let (told, polled) = (led(&lines, "log"), led(&lines, "jsz"));
    assert!(told.iter().all(|(_, term)| *term >= Some(1)) && !told.is_empty(), "{told:?}");
    assert!(polled.iter().any(|(node, _)| *node == told[0].0), "{told:?} against {polled:?}");
}

/// What the probe saw of a system to which nothing is done.
fn probed(system: &str, time: &str) -> Value {
    let out = tempfile::tempdir().unwrap();
    let arguments = ["test", "calm", "--system", system, "--network", "direct", "--time", time, "--out"];
    let output = Command::new(env!("CARGO_BIN_EXE_interregnum")).args(arguments).arg(out.path()).output().unwrap();
    // A busy machine may leave too little to be judged.
    assert!(matches!(output.status.code(), Some(0 | 2)), "{}", String::from_utf8_lossy(&output.stderr));
    let verdict = std::fs::read(out.path().join("latest/verdict.json")).unwrap();
    let verdict: Value = serde_json::from_slice(&verdict).unwrap();
    verdict["measures"]["clients"].clone()
}

#[test]
fn clients_of_etcd_and_of_nats_are_answered() {
    for (program, system, time) in [("etcd", "etcd", "6s"), ("nats-server", "nats", "10s")] {
        if is_installed(program) {
            let clients = probed(system, time);
            assert!(clients["until_first"].is_u64(), "{system}: {clients}");
        }
    }
}

/// Nothing but what the system file provokes makes them elect; a run under faults that saw it is `valid`. Not by pauses:
/// a sentinel that was paused for two seconds keeps still for half a minute (TILT).
#[test]
fn sentinels_under_faults_elect_who_carries_out_the_failover_of_a_primary_that_sleeps() {
    if !(is_installed("redis-sentinel") && is_installed("redis-server")) {
        return;
    }
    let out = tempfile::tempdir().unwrap();
    let arguments = ["test", "re-election", "--system", "redis-sentinel", "--network", "direct", "--by", "kill"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_interregnum"));
    let output = command.args(arguments).args(["--seed", "1", "--out"]).arg(out.path()).output().unwrap();
    let read = |file: &str| std::fs::read_to_string(out.path().join("latest").join(file)).unwrap();
    let verdict: Value = serde_json::from_str(&read("verdict.json")).unwrap();
    assert_eq!((output.status.code(), &verdict["verdict"]), (Some(0), &Value::from("valid")), "{verdict:#}");
    let of = |checker: &str| verdict["checkers"].as_array().unwrap().iter().find(|one| one["checker"] == checker);
    assert!(of("coverage").unwrap()["counts"]["elections-after-a-fault"].as_u64() >= Some(2), "{verdict:#}");
    assert!(of("re-election").is_none_or(|one| one["judged"] == false), "no leader is owed");
    let clients = &verdict["measures"]["clients"];
    assert!(clients["until_first"].is_u64(), "{clients}");
    let history = read("history.jsonl");
    let told = led(&history, "log");
    assert!(told.len() >= 3 && told.iter().all(|(_, epoch)| *epoch >= Some(1)), "{told:?}");
    let provoked =
        |line| matches!(Record::read(line), Ok(Record { entry: Entry::Harness(Harness::Provoked { .. }), .. }));
    assert!(history.lines().any(provoked), "what was provoked is not in the history");
}
