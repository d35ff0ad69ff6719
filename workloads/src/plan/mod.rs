//! Plans of many runs: which cell is run with which seed, and by whom.

mod deal;

pub use deal::{Deal, DealError, MOST_SHARDS, Part, Remaining, Unit};
