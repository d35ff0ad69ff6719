//! One finished run of a campaign.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Signature;
use crate::verdict::Verdict;

/// One line of `runs.jsonl`: everything that a campaign remembers of a finished run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Which run it was.
    pub unit: Unit,
    /// The name of the run, unique in its campaign.
    pub run: String,
    /// When it began, RFC 3339.
    pub began: String,
    /// How long it took, nanoseconds of wall time.
    pub duration: u64,
    /// The exit code of its process; 70 for one that was killed by a signal or by the watchdog.
    pub exit: u8,
    /// Its verdict; none when it left none behind.
    pub verdict: Option<Verdict>,
    /// What is said of it, one sentence.
    pub sentence: String,
    /// Its network.
    #[serde(default)]
    pub network: String,
    /// What was wrong, each signature once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<Failure>,
    /// Its numbers.
    #[serde(default)]
    pub digest: Digest,
    /// Where its artifacts are, relative to the campaign's folder; none when they were not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
}

/// One thing to be run: a cell of the campaign and a seed.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Unit {
    /// Its number in the campaign, from 0. The same in every shard.
    pub number: u64,
    /// The system, as `--system` takes it.
    pub system: String,
    /// The workload, as `test` takes it: `chaos`, `re-election:pause`.
    pub workload: String,
    /// The seed.
    pub seed: u64,
}

/// A way in which a run failed, or could not be judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// What it is grouped by.
    pub signature: Signature,
    /// `invalid` or `unknown`.
    pub verdict: Verdict,
    /// How often in this run.
    pub count: u64,
    /// The first of them, one sentence, unmasked.
    pub sentence: String,
}

/// The numbers of a run that add up.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Digest {
    /// Terms that got a leader.
    pub elections: u64,
    /// Of these, those that count as judged: in a valid run without a stall, a distinct term got an effective leader after
    /// an installed fault took the leader before; first elections do not count.
    pub judged: u64,
    /// From the fault to the instant at which a majority follows, microseconds, for each election after a fault.
    pub election_times: Vec<u32>,
    /// Times without an effective leader, microseconds, that ended with one.
    pub interregna: Vec<u32>,
    /// Times without an effective leader, microseconds, that were cut off.
    pub censored: Vec<u32>,
    /// Terms without a leader though somebody was a candidate.
    pub split_terms: u64,
    /// Re-election windows passed.
    pub windows_passed: u64,
    /// Re-election windows untested.
    pub windows_untested: u64,
    /// How often the machine or the harness stalled.
    pub stalls: u64,
    /// For how long, nanoseconds.
    pub stalled: u64,
    /// How often which fault hit which role: `kill leader` → 3. What had no one target node counts as `links`.
    pub hits: BTreeMap<String, u64>,
    /// How often which kinds of faults were in force at once, in alphabetical order: `cut + kill` → 2.
    pub overlaps: BTreeMap<String, u64>,
}
