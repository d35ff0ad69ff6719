//! Questions that many runs answer: a folder each, with its plan, its published figures and its page.
//!
//! A [`NamedExperiment`] is pure: trials in, cells out. A campaign carries the cells out and knows no experiment by name. The
//! experiment's page ([`pages`]) reads and draws what its runs come to.

#![allow(missing_docs, reason = "used by this workspace alone: a field whose name says it all has no second line")]

mod curves;
pub mod detection;
mod figure16;
mod frame;
pub mod pages;
mod plain;
mod registry;
pub mod search;
pub mod strategies;
#[cfg(test)]
mod tests;
pub mod topologies;

pub use pages::write;
pub use registry::{NamedExperiment, UnknownExperiment, all, find};
