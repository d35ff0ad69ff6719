//! The lab's tests by strategy and timer, and the two lab notes.

pub(crate) mod page;
pub mod plan;
