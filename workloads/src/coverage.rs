//! What a run must have done for its verdict to mean anything.

use serde::{Deserialize, Serialize};

/// The least that a run of a workload must show; a run that shows less is `unknown`, not `valid`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Coverage {
    /// Faults that hit a node which claimed to lead.
    pub leader_hits: u32,
    /// Terms that got a leader.
    pub elections: u32,
    /// Re-election windows passed.
    pub windows: u32,
    /// Faults installed.
    pub faults: u32,
    /// `Expect` steps that were met; every one that is not met also counts against coverage.
    pub expectations: u32,
    /// Every installed cut must be proved by counters: no byte passed while it was in force.
    pub cuts_proven: bool,
    /// An `Expect` step that is not met counts for nothing: it was there to wait. So it is in schedules that were made from
    /// others, where it is unknown what to expect.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub waits_in_vain: bool,
}
