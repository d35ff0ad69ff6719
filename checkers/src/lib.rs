//! The history of a run, the judges of it, and the measures and statistics drawn from it.
//!
//! A run leaves one file behind, `history.jsonl`, and everything that Interregnum says of the run is said on the
//! evidence of that file alone. [`history`] reads it, [`judge`] decides, [`measure`] counts, [`history::verdict`] is what
//! they say together, and [`stats`] holds the statistics that all of them share.
//!
//! The reasoning is three-valued. What the file proves is *certain*, what it does not exclude is *possible*, and
//! only certainty makes a run `invalid`.

pub mod judge;
mod kept;
pub mod measure;
pub mod stats;
pub mod world;
