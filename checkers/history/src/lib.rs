//! `history.jsonl`: what was done to a cluster and what was seen of it, in the order the recorder fixed.
//!
//! [`entry`] is what a line says, one type for each type of line: in this form the harness writes, and everybody who
//! shows a history reads. [`record`] leads from the text to it and back: one flat JSON object a
//! line, fields left out where they are unknown. [`vocabulary`] has the closed lists of words that lines have, and [`word`] (of `workloads`) one
//! reading of whatever else stands in their place.
//!
//! [`event`] is what judges see: names are small numbers, and what was left out is filled in by [`decode`]. [`reader`]
//! leads from a file to it. The harness judges live with the same [`Decoder`], fed with the lines that it has just
//! recorded.

pub mod build;
pub mod decode;
mod digits;
pub mod entry;
mod error;
pub mod event;
pub mod exit;
pub mod finding;
#[cfg(any(test, fuzzing))]
pub mod fuzzed;
pub mod header;
mod lenient;
mod line;
pub mod lines;
mod lives;
pub mod measures;
mod memo;
pub mod names;
pub mod numbers;
mod quick;
pub mod reader;
pub mod record;
pub mod run;
mod sequence;
pub mod verdict;
pub mod vocabulary;
pub mod voters;
pub mod words;

pub use decode::Decoder;
pub use entry::{Entry, Record};
pub use error::{HistoryError, NotAnEvent};
pub use event::{
    Attempts, Body, Event, FaultEvent, Life, LinkEvent, Name, NodeEvent, Observation, Span, Stall, VotersEvent,
};
pub use header::{Claims, Faults, Grade, Header, Observer};
pub use line::Known;
pub use names::Names;
pub use reader::Reader;
pub use run::RunFile;
pub use verdict::{Outcome, Verdict};
pub use vocabulary::{
    Answer, Cause, EndReason, Evidence, ExitReason, Expectation, Fate, HarnessEvent, Installed, Origin, Phase, Role,
    Rule, Stage, Stream,
};
pub use voters::Voters;
pub use workloads::word::{self, Vocabulary, Word};

/// The version of the history that this crate reads and writes.
pub const SCHEMA: u32 = 1;
