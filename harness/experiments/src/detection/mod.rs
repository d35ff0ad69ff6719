//! Planted bugs against one mix of workloads, and the unbroken node.

pub(crate) mod page;
pub mod plan;
