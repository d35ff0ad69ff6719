//! Figure 16 of the Raft paper: the time without a leader after a crash.

pub(crate) mod page;
pub(crate) mod plan;
