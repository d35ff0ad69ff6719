//! Statistics: what may be said of a set of durations, of a count of successes, or of the difference between two.
//!
//! Elections are few in a run and their durations have long tails, so nothing here assumes a distribution. Durations that
//! were cut off by a fault or by the end of the run are *censored*: it is known that they were longer than what was seen.
//! Leaving them out makes a cluster look faster than it is (the slow elections are the ones that get cut off), counting
//! them as ended does too; the product-limit estimate of Kaplan and Meier uses them for what they prove.
//!
//! Elections of one run are not independent of each other: they share a machine, a moment, a schedule and a history. What
//! is independent are runs, so intervals for durations come from drawing runs ([`bootstrap`]), and tests of failure
//! rates count runs ([`fisher`]). One method is one file; all are pure, and what draws at random draws from a fixed seed.

mod betting;
mod bootstrap;
mod difference;
mod fisher;
mod kolmogorov;
mod permutation;
mod quantile;
pub mod sequential;
mod share;
mod special;
mod survival;

pub use betting::{Ends, ends, evidence_above, evidence_below};
pub use bootstrap::{Change, Interval, Sample, blocks, bootstrap};
pub use difference::newcombe;
pub use fisher::{Share, fisher};
pub use kolmogorov::{ks_by_chance, ks_distance};
pub use permutation::permuted_above;
pub use quantile::{BEYOND, ecdf, enough, mean, quantile, shown_quantile};
pub use share::{clopper_pearson, none_found, wilson};
pub use survival::{Step, kaplan_meier, survival_quantile};
