//! The folders that an invocation leaves behind.
//!
//! Nothing recorded is ever overwritten. A name is claimed with `mkdir`, which either makes a new folder or fails, and a taken
//! name gets `-2`, `-3` and so on. `latest` is replaced by renaming a fresh link over it, so that it always points somewhere
//! whole.

use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A folder cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot make the folder {}: {source}; name another place with --out", path.display())]
pub struct FolderError {
    path: PathBuf,
    source: io::Error,
}

/// Makes the folder that holds those of invocations, if it is not there.
pub fn make(out: &Path) -> Result<(), FolderError> {
    std::fs::create_dir_all(out).map_err(|source| FolderError { path: out.to_owned(), source })
}

/// The default of `--out`.
pub const OUT: &str = "interregnum-out";

/// Claims a new folder `OUT/<time>-<name>` and points `latest` at it.
pub fn claim(out: &Path, name: &str, now: SystemTime) -> Result<PathBuf, FolderError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| FolderError { path, source }
    };
    make(out)?;
    let out = out.canonicalize().map_err(failed(out))?;
    let stamp = humantime::format_rfc3339_seconds(now).to_string().replace(':', "-");
    let folder = claim_name(&out, &format!("{stamp}-{}", plain(name))).map_err(failed(&out))?;
    point_latest(&out, &folder).map_err(failed(&folder))?;
    Ok(folder)
}

/// Claims `parent/name`, or `parent/name-2` and so on when that is taken.
pub fn claim_name(parent: &Path, name: &str) -> io::Result<PathBuf> {
    std::fs::create_dir_all(parent)?;
    claim_below(parent, name)
}

/// The same in a folder that must be there.
pub fn claim_below(parent: &Path, name: &str) -> io::Result<PathBuf> {
    let mut number = 1u32;
    loop {
        let folder = match number {
            1 => parent.join(name),
            _ => parent.join(format!("{name}-{number}")),
        };
        match std::fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(error),
        }
    }
}

/// A name in which nothing is special to a file system or a shell.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect()
}

/// Points `out/latest` at one of the folders in `out`.
pub fn point_latest(out: &Path, folder: &Path) -> io::Result<()> {
    let Some(name) = folder.file_name() else { return Ok(()) };
    let fresh = out.join(format!(".latest-{}", std::process::id()));
    let _ = std::fs::remove_file(&fresh);
    std::os::unix::fs::symlink(name, &fresh)?;
    std::fs::rename(&fresh, out.join("latest"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_name_gets_a_number_and_latest_points_at_the_newest() {
        let out = tempfile::tempdir().unwrap();
        let now = SystemTime::UNIX_EPOCH;
        let first = claim(out.path(), "chaos", now).unwrap();
        let second = claim(out.path(), "chaos", now).unwrap();
        assert_eq!(first.file_name().unwrap(), "1970-01-01T00-00-00Z-chaos");
        assert_eq!(second.file_name().unwrap(), "1970-01-01T00-00-00Z-chaos-2");
        assert_eq!(out.path().join("latest").canonicalize().unwrap(), second);
    }

    #[test]
    fn a_name_from_a_user_cannot_leave_the_folder() {
        assert_eq!(plain("../a b/c"), "..-a-b-c");
    }

    #[test]
    fn a_file_in_the_way_is_an_error_that_names_it() {
        let out = tempfile::tempdir().unwrap();
        let file = out.path().join("file");
        std::fs::write(&file, "").unwrap();
        let error = claim(&file, "chaos", SystemTime::UNIX_EPOCH).unwrap_err().to_string();
        assert!(error.contains("file") && error.contains("--out"), "{error}");
    }
}
