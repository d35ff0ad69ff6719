//! Partial networks by variants of Raft.

pub(crate) mod page;
pub mod plan;
