//! Files that appear whole or not at all.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A report cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The run folder has something that cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The first line of the history is not the header of a history of this version.
    #[error("{path} is not a history that this version can show: {why}")]
    History {
        /// Which file.
        path: PathBuf,
        /// Why, one sentence.
        why: String,
    },
    /// A file of the report cannot be written.
    #[error("cannot write {path}: {source}; is the disk full, or the folder read-only?")]
    Write {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A picture or an export could not be made.
    #[error("cannot make {what}: {why}")]
    Make {
        /// What, for example `plots/terms.svg`.
        what: String,
        /// Why.
        why: String,
    },
}

/// Puts `contents` at `path` by way of a temporary file beside it, so that nobody ever sees half of it.
///
/// # Errors
/// [`ReportError::Write`] with the path that was meant; then `path` is as it was before.
pub fn put(path: &Path, contents: &[u8]) -> Result<(), ReportError> {
    put_with(path, |out| out.write_all(contents))
}

/// As [`put`], with contents that are too large to be in memory at once.
///
/// # Errors
/// As [`put`].
pub fn put_with(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), ReportError> {
    replace(path, false, write).map_err(|source| ReportError::Write { path: path.to_owned(), source })
}

/// As [`put`], for whoever has words of its own for what went wrong.
///
/// # Errors
/// It cannot be written; then `path` is as it was before.
pub fn put_bytes(path: &Path, contents: &[u8]) -> io::Result<()> {
    replace(path, false, |out| out.write_all(contents))
}

/// Writes a file that nobody sees half of: beside its place first, then there by rename. `synced`: its contents are on disk
/// before that.
///
/// # Errors
/// It cannot be written; then `path` is as it was before.
pub fn replace(path: &Path, synced: bool, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".writing-").permissions(readable_by_all()).tempfile_in(folder)?;
    let mut buffered = io::BufWriter::with_capacity(1 << 16, &mut file);
    write(&mut buffered).and_then(|()| buffered.flush())?;
    drop(buffered);
    if synced {
        file.as_file().sync_all()?;
    }
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Temporary files are private by default; a report is meant to be served and shared (the umask still applies).
#[cfg(unix)]
fn readable_by_all() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o644)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        put(&path, b"one").unwrap();
        put(&path, b"two").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_that_does_not_exist_is_a_sentence_with_the_path() {
        let error = put(Path::new("/nonexistent/x.html"), b"").unwrap_err();
        assert!(error.to_string().starts_with("cannot write /nonexistent/x.html: "), "{error}");
    }
}
