//! What can be wrong with files that are to be read as logs: one sentence each, with file and line.

use std::path::PathBuf;

/// The input cannot be judged. Each message is one sentence that says what is wrong, where, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file cannot be opened or read.
    #[error("{}: cannot be read: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    /// A compressed file ends in the middle, or is damaged.
    #[error(
        "{file}:{line}: the compressed file is damaged or cut off here ({why}); get a whole copy, or unpack what there is by hand"
    )]
    Damaged {
        file: String,
        /// The line after which nothing could be read.
        line: u64,
        /// What the decoder says.
        why: String,
    },
    /// Something in a file.
    #[error("{file}:{line}: {what}")]
    At {
        /// Which file, as it was given.
        file: String,
        /// From 1.
        line: u64,
        /// What is wrong and what to do.
        what: String,
    },
    /// Something about the whole of what was given.
    #[error("{0}")]
    Whole(String),
    /// The history cannot be written.
    #[error("cannot write the history: {0}")]
    Write(std::io::Error),
}

impl ImportError {
    /// Something in a file.
    pub(super) fn at(file: impl Into<String>, line: u64, what: impl Into<String>) -> Self {
        Self::At { file: file.into(), line, what: what.into() }
    }

    /// It is not a mistake in what was given: the surroundings failed.
    pub fn is_of_the_surroundings(&self) -> bool {
        matches!(self, Self::Write(_))
    }
}
