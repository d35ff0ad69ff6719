//! `history.jsonl`: what was done to a cluster and what was seen of it, in the order the recorder fixed.
//!
//! [`mod@line`] is the file as it is written: one flat JSON object a line, fields left out where they are unknown.
//! [`event`] is what judges see: the same, typed, names replaced by small numbers. [`reader`] leads from one to
//! the other with the help of [`decode`], the only place that knows how lenient to be with files that others wrote.
//! The harness judges live with the same [`Decoder`], fed with the lines that it has just recorded.

pub mod decode;
mod error;
pub mod event;
pub mod finding;
pub mod header;
mod lenient;
pub mod line;
pub mod measures;
pub mod names;
pub mod reader;
pub mod verdict;
pub mod words;

pub use decode::Decoder;
pub use error::HistoryError;
pub use event::{
    Body, Event, Evidence, FORKED, FaultEvent, Installed, Life, LinkEvent, Name, NodeEvent, Observation, Role, Span,
    Stage,
};
pub use header::{Claims, Grade, Header, Observer};
pub use line::Line;
pub use names::{Names, voters};
pub use reader::Reader;
pub use verdict::{Outcome, Verdict};

/// The version of the history that this crate reads and writes.
pub const SCHEMA: u32 = 1;
