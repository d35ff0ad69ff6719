//! Shrinking: the smallest schedule that still trips the checker that a run tripped.
//!
//! The list of what to try is pure ([`workloads::shrink`]); here is how it is tried. A candidate is run again and again, each
//! time as a process of its own, several clusters at once. After each run a sequential test ([`checkers::stats::sequential`])
//! decides: the candidate fails often enough to be kept, too seldom, or needs another run. The run that is being shrunk decides
//! what is often enough: it is repeated first, until its own rate is known. A candidate with fewer faults is kept for certain if
//! it fails a third as often, and dropped if it fails a twelfth as often. A schedule with one fault gives a bug one chance where
//! one with thirty gave it thirty. To ask for the same rate would be to keep faults for their number. More is asked of candidates
//! that only wait less: a second saved is not worth a rarer failure.
//!
//! Most of the time is saved by not running. A run is ended as soon as its history shows what was looked for, or when its outcome
//! decides nothing any more. Before anything is halved, the faults that were in force when the promise was broken are tried alone
//! ([`hints`]).
//!
//! What the search measured on the way is not the rate of the result: it kept what happened to fail. So the rate is
//! measured anew, on runs that decided nothing.

mod hints;
mod outcome;
mod reduction;
mod repeat;
mod repeater;
mod task;
pub mod words;

pub use hints::Original;
pub use outcome::{Rate, ShrinkSummary};
pub use reduction::Stopped;
pub use repeat::{Repeated, Wanted};
pub use task::{ShrinkError, Task, one_run, wanted};
