//! Real programs under chaos, judged a second time: by the log files of their nodes alone. Whatever was done to them, the logs
//! convict no node, and they name the same leaders of the same terms as the history that the harness wrote.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use history::entry::Observe;
use history::{Entry, Record, Role};

use super::real::is_installed;

fn interregnum(arguments: &[&str], out: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_interregnum"));
    command.args(arguments).arg("--out").arg(out).env_remove("CI").output().unwrap()
}

/// The leader of each term, by the lines of the log.
fn leaders(history: &Path) -> BTreeSet<(u64, String)> {
    let text = std::fs::read_to_string(history).unwrap();
    let seen = text.lines().filter_map(|line| Record::read(line).ok()).filter_map(|record| match record.entry {
        Entry::Observe(seen) => Some(seen),
        _ => None,
    });
    let leads =
        |seen: &Observe<'_>| seen.observer.as_deref() == Some("log") && seen.state.role == Some(Role::Leader.into());
    seen.filter(leads).filter_map(|seen| Some((seen.state.term?, seen.node.into_owned()))).collect()
}

/// The run folders below a folder, or the folder itself.
fn runs(of: &Path) -> Vec<PathBuf> {
    let several = std::fs::read_dir(of.join("runs")).map(|all| all.flatten().map(|entry| entry.path()).collect());
    several.unwrap_or_else(|_| vec![of.to_owned()])
}

/// Three seeds of chaos of this length, and the logs of each alone.
fn agree(system: &str, time: &str, stream: &str, more: &[&str]) {
    let (out, imported) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let arguments = ["test", "chaos", "--system", system, "--seeds", "1..3", "--jobs", "3", "--time", time];
    let done = interregnum(&arguments, out.path());
    // A busy machine may leave too little to be judged.
    assert!(matches!(done.status.code(), Some(0 | 2)), "{done:?}");
    let all = runs(&out.path().join("latest").canonicalize().unwrap());
    assert_eq!(all.len(), 3);
    let mut led = 0;
    for run in all {
        let files: Vec<String> = ["n1", "n2", "n3"]
            .into_iter()
            .map(|node| format!("{node}={}", run.join("nodes").join(node).join(stream).display()))
            .collect();
        let files = files.iter().map(String::as_str);
        let arguments: Vec<&str> =
            ["check", "--from", system].into_iter().chain(files).chain(more.iter().copied()).collect();
        let done = interregnum(&arguments, imported.path());
        assert!(matches!(done.status.code(), Some(0 | 2)), "{}: {done:?}", run.display());
        let whole = leaders(&run.join("history.jsonl"));
        let parts = runs(&imported.path().join("latest").canonicalize().unwrap());
        let told: BTreeSet<_> = parts.iter().flat_map(|part| leaders(&part.join("history.jsonl"))).collect();
        assert_eq!(told, whole, "{}", run.display());
        led += whole.len();
    }
    assert!(led > 0, "nobody led");
}

#[test]
fn the_logs_of_etcd_under_chaos_name_the_leaders_of_its_history() {
    if is_installed("etcd") {
        agree("etcd", "5s", "stderr.log", &[]);
    }
}

/// The groups of streams are other groups, with leaders of their own.
#[test]
fn the_logs_of_nats_under_chaos_name_the_leaders_of_its_history() {
    if is_installed("nats-server") {
        agree("nats", "5s", "stderr.log", &["--group", "_meta_"]);
    }
}

#[test]
fn the_logs_of_sentinels_under_chaos_name_the_leaders_of_their_history() {
    if is_installed("redis-sentinel") && is_installed("redis-server") {
        agree("redis-sentinel", "8s", "stdout.log", &[]);
    }
}
