//! Many runs, for hours, unattended.
//!
//! Each run is a process of its own ([`child`]). So nothing one run does (a panic, a leak, a node that eats all memory) can hurt
//! the campaign. The campaign's own process does little. It deals units, starts children, reads the `verdict.json` that each
//! leaves behind, and appends one line to the [`ledger`]. What it holds in memory is what its page shows, and does not grow with
//! the number of runs.
//!
//! The ledger is the campaign. A unit is done when its line is on disk, and not before. A campaign that is killed, or whose
//! machine loses power, loses the runs under way and no other. The same command continues from the ledger. Whatever else is in
//! the folder (page, metrics, the time that was spent) is drawn from it and can be drawn again.
//!
//! | room | decides |
//! | --- | --- |
//! | [`plan`] | which cell is run with which seed, and by which shard; pure |
//! | [`search`] | what is drawn next from what runs showed, with `--search`; pure |
//! | [`campaign_folder`] | which folder: a new one, or that of the campaign that was not finished |
//! | [`jobs`] | how many clusters at once; pure |
//! | [`keep`] | what stays on disk |
//! | [`conduct`] | what to do next; the only one that waits |
//! | [`paired`] | two versions in turn, until it is known which is better |
//! | [`shrink`] | the smallest schedule that still fails |
//! | [`screen`] | what a person sees meanwhile |
//! | [`results`] | what the runs say together; pure |
//! | [`page`], [`batch`], [`compare`], [`index`], [`export`] | how that is shown |

#![allow(missing_docs, reason = "used by this workspace alone: a field whose name says it all has no second line")]

pub mod batch;
pub mod calibrate;
pub mod campaign_folder;
pub mod child;
mod columns;
pub mod compare;
pub mod conduct;
pub mod engine;
pub mod export;
pub mod findability;
pub mod index;
pub mod jobs;
pub mod keep;
mod lag;
pub mod ledger;
pub mod merged;
pub mod page;
pub mod paired;
pub mod part;
pub mod plan;
mod publish;
pub mod results;
pub mod screen;
pub mod search;
pub mod shrink;
pub mod space;

#[cfg(test)]
mod muted;
#[cfg(test)]
#[path = "../../../reports/examples/sample_report/sample.rs"]
#[allow(dead_code)]
pub(crate) mod sample;
#[cfg(test)]
#[path = "../../../reports/src/skeleton.rs"]
mod skeleton;
#[cfg(test)]
mod snapshots;
#[cfg(test)]
#[path = "../../../checkers/tests/liveness/story.rs"]
#[allow(dead_code)]
mod story;
#[cfg(test)]
use reports::verdict;

pub use campaign_folder::SCHEMA;
