//! `history.jsonl`: what was done to a cluster and what was seen of it, in the order the recorder fixed.
//!
//! [`line`] is the file as it is written: one flat JSON object a line, fields left out where they are unknown.
//! [`event`] is what judges see: the same, typed, names replaced by small numbers. [`reader`] leads from one to
//! the other and is the only place that knows how lenient to be with files that others wrote.

pub mod event;
pub mod header;
pub mod line;
pub mod reader;

pub use event::{Body, Event, Evidence, FaultEvent, LinkEvent, Name, NodeEvent, Observation, Role, Span, Stage};
pub use header::Header;
pub use line::Line;
pub use reader::{HistoryError, Reader};

/// The version of the history that this crate reads and writes.
pub const SCHEMA: u32 = 1;
