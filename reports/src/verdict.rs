//! `verdict.json`, field by field described in `docs/verdict.md`: here it is written, and here it is read back.

use std::io;
use std::path::Path;

use history::Outcome;
pub use history::finding::Kind;

use crate::file::{self, ReportError};

/// Its name in a run's folder.
pub const FILE: &str = "verdict.json";

/// Why a run's folder says no outcome.
#[derive(Debug, thiserror::Error)]
pub enum NoOutcome {
    /// The run has not ended, or did not come to its end.
    #[error("there is no {FILE}, so the run did not come to its end")]
    Missing,
    /// The file cannot be read.
    #[error("{FILE} cannot be read ({0})")]
    Unreadable(io::Error),
    /// The file holds something else.
    #[error("{FILE} cannot be read ({0})")]
    Foreign(serde_json::Error),
}

/// What a run's folder says of the run.
///
/// # Errors
/// It says nothing.
pub fn read(run_dir: &Path) -> Result<Outcome, NoOutcome> {
    let json = std::fs::read(run_dir.join(FILE)).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => NoOutcome::Missing,
        _ => NoOutcome::Unreadable(error),
    })?;
    serde_json::from_slice(&json).map_err(NoOutcome::Foreign)
}

/// Writes `verdict.json` into the run's folder, pretty-printed and the same for the same outcome. Write it last: its
/// presence means that the run is whole.
///
/// # Errors
/// The file cannot be written.
pub fn write(run_dir: &Path, outcome: &Outcome) -> Result<(), ReportError> {
    file::put(&run_dir.join(FILE), &pretty(outcome, FILE)?)
}

/// `value` as JSON with two spaces of indentation and a line end, `what` being the name of the file for an error.
pub fn pretty<T: serde::Serialize>(value: &T, what: &str) -> Result<Vec<u8>, ReportError> {
    let mut text = serde_json::to_vec_pretty(value)
        .map_err(|error| ReportError::Make { what: what.to_owned(), why: error.to_string() })?;
    text.push(b'\n');
    Ok(text)
}

/// The verdict in capitals, with the kind of promise that was broken: `INVALID (safety)`.
pub fn headline(outcome: &Outcome) -> String {
    crate::text::clean(&history::words::headline(outcome), 90)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn the_same_outcome_is_written_byte_for_byte_the_same_and_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let outcome = sample::unsafe_outcome();
        write(folder.path(), &outcome).unwrap();
        let first = std::fs::read(folder.path().join("verdict.json")).unwrap();
        write(folder.path(), &outcome).unwrap();
        assert_eq!(first, std::fs::read(folder.path().join("verdict.json")).unwrap());
        assert_eq!(outcome, read(folder.path()).unwrap());
        assert!(first.ends_with(b"}\n"));
    }

    #[test]
    fn a_folder_without_a_verdict_or_with_something_else_says_why_there_is_no_outcome() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(read(folder.path()), Err(NoOutcome::Missing)));
        std::fs::write(folder.path().join(FILE), "{\"schema\": 1").unwrap();
        assert!(matches!(read(folder.path()), Err(NoOutcome::Foreign(_))));
        std::fs::remove_file(folder.path().join(FILE)).unwrap();
        std::fs::create_dir(folder.path().join(FILE)).unwrap();
        let why = read(folder.path()).unwrap_err();
        assert!(matches!(why, NoOutcome::Unreadable(_)) && why.to_string().contains("cannot be read"));
    }

    #[test]
    fn the_headline_names_the_kind_of_promise_that_was_broken() {
        assert_eq!(headline(&sample::unsafe_outcome()), "INVALID (safety)");
        assert_eq!(headline(&sample::stuck_outcome()), "INVALID (liveness)");
        assert_eq!(headline(&sample::valid_outcome()), "VALID");
        assert_eq!(headline(&sample::unknown_outcome()), "UNKNOWN");
    }
}
