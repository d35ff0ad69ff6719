//! Plans of many runs: which cell is run with which seed, and by which shard.

mod answer;
mod deal;
mod experiment;
mod hunts;
mod spread;

pub use answer::{
    Answering, CellCount, ExperimentAnswer, ExperimentFacts, ExperimentQuestion, REPORT, RESULTS, SCHEMA,
};
pub use deal::{Deal, DealError, Part, PlannedRun, Remaining};
pub use experiment::{Cell, Draw, Experiment, NotAsked, Steps, Work};
pub use hunts::{Hunt, Hunts};
pub use spread::Spread;
