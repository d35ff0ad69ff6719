//! What can be wrong with a history as a file.

use std::path::PathBuf;

use super::SCHEMA;

/// A history cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The file cannot be opened.
    #[error("cannot open {}: {source}", path.display())]
    Open {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
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
    /// A packer wrote it.
    #[error("the file is packed by {packer}; unpack it, and name the file that comes of it")]
    Packed {
        /// The program that packed it.
        packer: &'static str,
    },
    /// The first line is not a header.
    #[error("line 1 is not the header of a history: {0}")]
    NotAHistory(String),
    /// Another version wrote it.
    #[error("line 1: the history has schema {found}, and this version reads schema {SCHEMA}")]
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

/// A line is not an event, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotAnEvent(pub(crate) String);

impl From<String> for NotAnEvent {
    fn from(why: String) -> Self {
        Self(why)
    }
}

impl From<&str> for NotAnEvent {
    fn from(why: &str) -> Self {
        Self(why.to_owned())
    }
}
