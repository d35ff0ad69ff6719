//! Shrinking: the smallest schedule that still trips the checker that a run tripped.
//!
//! The list of what to try is pure ([`workloads::shrink`]); here is how it is tried. A candidate is run again and again,
//! each time as a process of its own, several clusters at once, and a sequential test
//! ([`checkers::stats::sequential`]) says after each run whether the candidate fails often enough to be kept, too
//! seldom, or needs another run. What is often enough follows from the run that is being shrunk: first that is repeated
//! until its own rate is known; a candidate with fewer faults is kept for certain if it fails a third as often, and
//! dropped if it fails a twelfth as often. A schedule with one fault gives a bug one chance where one with thirty gave it
//! thirty, so to ask for the same rate would be to keep faults for their number. More is asked of candidates that only wait
//! less: a second saved is not worth a rarer failure.
//!
//! Most of the time is saved by not running: a run is ended as soon as its history shows what was looked for, a run
//! whose outcome decides nothing any more is ended too, and before anything is halved the faults that were in force
//! when the promise was broken are tried alone ([`hints`]).
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
