//! Files that a user names: read only where reading them comes to an end.
//!
//! A device gives bytes for ever, a FIFO waits for a writer, and a file of gigabytes is a mistake. Each is a
//! sentence here, before anything of it is read.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The longest schedule that is read, bytes.
pub const SCHEDULE: u64 = 32 << 20;

/// A file cannot be taken as input.
#[derive(Debug, thiserror::Error)]
#[error("{}: {why}", path.display())]
pub struct InputError {
    path: PathBuf,
    why: String,
}

/// The text of a regular file of at most `most` bytes.
///
/// # Errors
/// It is not there, is no regular file, is longer, or is not UTF-8.
pub fn text(path: &Path, most: u64) -> Result<String, InputError> {
    let failed = |why: String| InputError { path: path.to_owned(), why };
    let about = std::fs::metadata(path).map_err(|error| failed(error.to_string()))?;
    if !about.is_file() {
        return Err(failed("it is no regular file; give the path of a file".to_owned()));
    }
    let too_long = |bytes: u64| failed(format!("it has {bytes} bytes or more, and at most {most} are read"));
    if about.len() > most {
        return Err(too_long(about.len()));
    }
    let mut bytes = Vec::new();
    // It may grow meanwhile.
    let file = File::open(path).map_err(|error| failed(error.to_string()))?;
    file.take(most + 1).read_to_end(&mut bytes).map_err(|error| failed(error.to_string()))?;
    if bytes.len() as u64 > most {
        return Err(too_long(bytes.len() as u64));
    }
    String::from_utf8(bytes).map_err(|_| failed("it is not UTF-8 text; save it as UTF-8".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_end_or_too_much_of_it_is_a_sentence() {
        let why = text(Path::new("/dev/zero"), 10).unwrap_err().to_string();
        assert!(why.contains("/dev/zero") && why.contains("regular file"), "{why}");
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert!(text(&fifo, 10).is_err(), "nobody ever writes into it");
        let file = folder.path().join("file");
        std::fs::write(&file, "eleven byte").unwrap();
        assert_eq!(text(&file, 11).unwrap(), "eleven byte");
        assert!(text(&file, 10).unwrap_err().to_string().contains("at most 10"));
        std::fs::write(&file, b"\xff").unwrap();
        assert!(text(&file, 10).unwrap_err().to_string().contains("UTF-8"));
    }
}
