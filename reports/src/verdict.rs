//! `verdict.json`, field by field described in `docs/verdict.md`.

use std::path::Path;

use history::Outcome;
pub use history::finding::Kind;

use crate::file::{self, ReportError};

/// Writes `verdict.json` into the run's folder, pretty-printed and the same for the same outcome. Write it last: its
/// presence means that the run is whole.
///
/// # Errors
/// The file cannot be written.
pub fn write(run_dir: &Path, outcome: &Outcome) -> Result<(), ReportError> {
    file::put(&run_dir.join("verdict.json"), &pretty(outcome, "verdict.json")?)
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
        assert_eq!(outcome, serde_json::from_slice(&first).unwrap());
        assert!(first.ends_with(b"}\n"));
    }

    #[test]
    fn the_headline_names_the_kind_of_promise_that_was_broken() {
        assert_eq!(headline(&sample::unsafe_outcome()), "INVALID (safety)");
        assert_eq!(headline(&sample::stuck_outcome()), "INVALID (liveness)");
        assert_eq!(headline(&sample::valid_outcome()), "VALID");
        assert_eq!(headline(&sample::unknown_outcome()), "UNKNOWN");
    }
}
