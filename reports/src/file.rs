//! Files that appear whole or not at all.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A report cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The run folder has something that cannot be read.
    #[error("cannot read {path}: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    /// The first line of the history is not the header of a history of this version.
    #[error("{path} is not a history that this version can show: {why}")]
    History {
        path: PathBuf,
        /// Why, one sentence.
        why: String,
    },
    /// A file of the report cannot be written.
    #[error("cannot write {path}: {source}; is the disk full, or the folder read-only?")]
    Write { path: PathBuf, source: std::io::Error },
    /// A picture or an export could not be made.
    #[error("cannot make {what}: {why}")]
    Make {
        /// What, for example `plots/terms.svg`.
        what: String,
        why: String,
    },
}

/// Puts `contents` at `path` by way of a temporary file beside it, so that half of it is never seen.
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
pub(crate) fn put_with(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), ReportError> {
    replace(path, false, write).map_err(|source| ReportError::Write { path: path.to_owned(), source })
}

/// As [`put`], for callers with words of their own for what went wrong.
///
/// # Errors
/// It cannot be written; then `path` is as it was before.
pub fn put_bytes(path: &Path, contents: &[u8]) -> io::Result<()> {
    replace(path, false, |out| out.write_all(contents))
}

/// Whether a file can be put at `path`, before there is anything to put: nothing is there afterwards that was not before.
///
/// # Errors
/// It cannot: the folder is missing or cannot be written to, or what is at `path` is no file.
pub fn may_put(path: &Path) -> io::Result<()> {
    let other = |why: &str| Err(io::Error::other(why.to_owned()));
    match std::fs::metadata(path) {
        Ok(there) if there.is_dir() => return other("it is a folder"),
        Ok(there) if !there.is_file() => return other("what is there is no regular file"),
        _ => {}
    }
    if path.file_name().is_none() || path.as_os_str().as_encoded_bytes().ends_with(b"/") {
        return other("this is no name of a file");
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    // The error of a temporary file would name that file.
    let why = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => io::Error::new(error.kind(), "its folder is missing"),
        kind => io::Error::new(kind, kind.to_string()),
    };
    tempfile::Builder::new().prefix(".writing-").tempfile_in(folder).map(drop).map_err(why)
}

/// Writes a file of which half is never seen: beside its place first, then there by rename. `synced`: its contents are on disk
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
    fn whether_a_file_can_be_put_is_known_before_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("there"), "old").unwrap();
        may_put(&at("there")).unwrap();
        may_put(&at("new")).unwrap();
        assert_eq!(std::fs::read_to_string(at("there")).unwrap(), "old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing stays behind");
        let refused = |path: &Path| may_put(path).unwrap_err().to_string();
        assert_eq!(refused(&at("missing/x")), "its folder is missing");
        assert_eq!(refused(folder.path()), "it is a folder");
        assert_eq!(refused(&at("new/")), "this is no name of a file");
        assert_eq!(refused(Path::new("/dev/null")), "what is there is no regular file");
        assert_eq!(refused(Path::new("")), "this is no name of a file");
        assert!(may_put(Path::new("/proc/x.json")).is_err() && may_put(&at("there/x")).is_err());
    }

    #[test]
    fn a_folder_that_does_not_exist_is_a_sentence_with_the_path() {
        let error = put(Path::new("/nonexistent/x.html"), b"").unwrap_err();
        assert!(error.to_string().starts_with("cannot write /nonexistent/x.html: "), "{error}");
    }
}
