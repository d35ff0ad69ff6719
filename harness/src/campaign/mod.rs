//! Many runs, for hours, unattended.
//!
//! Each run is a process of its own ([`child`]), so that nothing one run does (a panic, a leak, a node that eats all
//! memory) can hurt the campaign, and the campaign's own process does little: it deals units, starts children, reads the
//! `verdict.json` that each leaves behind, and appends one line to the ledger. What it holds in memory is what its page
//! shows, and does not grow with the number of runs.
//!
//! The ledger is the campaign. A unit is done when its line is on disk, and not before: whoever kills the campaign, or
//! pulls the plug, loses the runs that were under way and no other, and the same command goes on from the ledger. Whatever
//! else is in the folder (page, metrics, counters) is drawn from it and can be drawn again.

pub mod child;
pub mod engine;
