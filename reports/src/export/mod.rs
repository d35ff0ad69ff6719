//! The run for other tools, one format a file. What writes a run's folder, and what tells of it, reads [`EXPORTS`].

use std::io::{self, Write};

use crate::model::RunModel;

pub(crate) mod junit;
pub(crate) mod trace;

/// A format in which a run is written for other tools.
pub(crate) trait Export: Sync {
    /// The file's name in the run's folder.
    fn file(&self) -> &'static str;

    /// What a reader should know of the file, if anything: a few words.
    fn hint(&self) -> Option<&'static str> {
        None
    }

    /// Writes the file.
    fn write(&self, model: &RunModel, out: &mut dyn Write) -> io::Result<()>;
}

/// All of them, in the order in which they are written.
pub(crate) const EXPORTS: [&dyn Export; 2] = [&trace::Trace, &junit::Junit];

#[cfg(test)]
mod tests;
