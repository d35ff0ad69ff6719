//! What a campaign is: the same for all its shards, and for the invocation that goes on with it.

use serde::{Deserialize, Serialize};

/// `campaign.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// 1.
    pub schema: u32,
    /// The version of `interregnum` that runs it.
    pub version: String,
    /// Of everything below but the shard: campaigns with the same id can be gone on with and merged.
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
    /// Which part of it this folder holds; none for the whole.
    pub shard: Option<Shard>,
}

/// A part of a campaign: `3/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shard {
    /// From 1 to `of`.
    pub number: u32,
    /// How many there are.
    pub of: u32,
}
