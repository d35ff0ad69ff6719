//! Plans of many runs: which cell is run with which seed, and by whom.

mod answer;
mod deal;
mod experiment;
mod hunts;
mod spread;

pub use answer::{Answer, Answering, CellCount, Question, REPORT, RESULTS, SCHEMA, Told};
pub use deal::{Deal, DealError, Part, Remaining, Unit};
pub use experiment::{Cell, Draw, Experiment, NotAsked, Steps, Work};
pub use hunts::{Hunt, Hunts};
pub use spread::Spread;
