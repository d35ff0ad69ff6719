//! What a campaign is: the same for all its shards, and for the invocation that goes on with it.

use serde::{Deserialize, Serialize};

use super::tally::CellName;

/// `campaign.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// 1.
    pub schema: u32,
    /// The version of `interregnum` that runs it.
    pub version: String,
    /// Of everything below but the shard: campaigns with the same id can be continued and merged.
    pub id: String,
    /// The systems, as `--system` takes them.
    pub systems: Vec<String>,
    /// The workloads, as `test` takes them.
    pub workloads: Vec<String>,
    /// Further options that all runs share, as `test` takes them.
    pub options: Vec<String>,
    /// The first seed.
    pub seed: u64,
    /// How many runs, over all shards; none for a campaign that is bounded by time alone.
    pub runs: Option<u64>,
    /// What is run with each seed, in the order of the units. Not every workload can be run with every system, so this is not the
    /// table of both. Empty in a `campaign.json` that was written before it was recorded; then only `id` tells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cells: Vec<CellName>,
    /// The experiment that it is, by its plan's name; none for a campaign of systems and workloads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experiment: Option<String>,
    /// What its runs showed decides what four of five of them are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub search: bool,
    /// Which part of it this folder holds; none for the whole.
    pub shard: Option<Shard>,
}

impl Identity {
    /// Whether the same command made both, whatever the files of its systems say: all but the id, the version and the shard.
    pub(crate) fn asks_for_the_same(&self, other: &Self) -> bool {
        let known = |one: &Self| Self { id: String::new(), version: String::new(), shard: None, ..one.clone() };
        known(self) == known(other)
    }

    /// Whether what is run is known of both and is not the same.
    pub(crate) fn runs_other_cells(&self, other: &Self) -> bool {
        !self.cells.is_empty() && !other.cells.is_empty() && self.cells != other.cells
    }
}

/// A part of a campaign: `3/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shard {
    /// From 1 to `of`.
    pub number: u32,
    /// How many there are.
    pub of: u32,
}
