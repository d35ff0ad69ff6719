//! Plans of many runs: which cell is run with which seed, and by whom; and the named [experiments](Plan).

mod deal;
pub mod detection;
mod experiment;
pub mod figure16;
mod registry;
mod spread;
pub mod strategies;
pub mod topologies;

pub use deal::{Deal, DealError, MOST_SHARDS, Part, Remaining, Unit};
pub use experiment::{Cell, Draw, Experiment, Plan, Steps, Work};
pub use registry::{UnknownPlan, all, find};
pub use spread::Spread;
