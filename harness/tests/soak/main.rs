//! Campaigns, driven as a person or an engine drives them: killed, interrupted, started twice, and gone on with.

#![allow(clippy::unwrap_used)]

#[path = "../cli/place.rs"]
#[allow(dead_code)]
mod place;
#[path = "../skipped/mod.rs"]
mod skipped;

mod before;
mod ended;
mod experiments;
mod exporter;
mod refused;
mod resumed;
mod searched;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use place::Place;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// A leader in a line of shell that stays.
fn stayer(place: &Place) -> String {
    place.system(&format!("{}; exec sleep 1000", place::LEADER))
}

/// Starts a campaign without waiting for it.
fn begin(place: &Place, args: &[&str]) -> Child {
    let mut command = place.command(args);
    command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap(), signal).unwrap();
}

/// The folders of campaigns, in order of time.
fn campaigns(place: &Place) -> Vec<PathBuf> {
    let entries = fs::read_dir(place.out()).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut folders: Vec<PathBuf> =
        entries.filter(|path| !path.is_symlink() && path.join("campaign.json").exists()).collect();
    folders.sort();
    folders
}

/// The whole lines of a ledger.
fn ledger(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("runs.jsonl")).unwrap_or_default();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// How often each unit is in the ledger.
fn units(folder: &Path) -> BTreeMap<u64, usize> {
    let mut units = BTreeMap::new();
    for entry in ledger(folder) {
        *units.entry(entry["unit"]["number"].as_u64().unwrap()).or_insert(0) += 1;
    }
    units
}

/// The only campaign, once so many of its runs are in the ledger.
fn await_runs(place: &Place, runs: usize) -> PathBuf {
    place::await_that(&format!("{runs} runs are in the ledger"), || {
        campaigns(place).first().is_some_and(|folder| ledger(folder).len() >= runs)
    });
    campaigns(place).remove(0)
}
