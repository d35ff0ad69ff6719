//! The named workloads: each a pure function from a request to a schedule.

use serde::{Deserialize, Serialize};

/// How the lab's workloads take a node away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// Its links are cut; it keeps running and raises its term.
    #[default]
    Cut,
    /// Its process is paused; connections to it are swallowed.
    Pause,
    /// Its process is killed and started again; connections to it are refused.
    Kill,
}

/// The parameters of a workload that a user may set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Parameters {
    /// How nodes are taken away, for the lab's workloads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<By>,
    /// Kinds and effects added to what `chaos` draws from, such as `loss` or `wipe`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
}
