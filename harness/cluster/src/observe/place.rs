//! Where a file that is read stands: on a disk of the machine, or on one that the harness simulates.
//!
//! A simulated disk is read from its image. To open a file on its mount would wait for a disk that hangs, as the node does.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::disk::Disk;

/// A file by its path.
#[derive(Debug, Clone)]
pub(super) enum FileLocation {
    /// On a disk of the machine.
    Machine(PathBuf),
    /// On a simulated one, relative to its folder.
    Simulated(Disk, PathBuf),
}

/// A file that was opened.
pub(super) enum Opened {
    /// On a disk of the machine.
    Machine(File),
    /// On a simulated one: the number that it had then.
    Simulated(Disk, u64),
}

impl FileLocation {
    /// What tells this file from others that come in its place, and its length.
    pub(super) fn about(&self) -> Option<(u64, u64)> {
        match self {
            Self::Machine(path) => std::fs::metadata(path).ok().map(|about| (about.ino(), about.len())),
            Self::Simulated(disk, path) => disk.look(path).map(|seen| (seen.origin, seen.size)),
        }
    }

    /// Opens it, with what tells it from others.
    pub(super) fn open(&self) -> Option<(Opened, u64)> {
        match self {
            Self::Machine(path) => {
                let file = File::open(path).ok()?;
                let number = file.metadata().map_or(0, |about| about.ino());
                Some((Opened::Machine(file), number))
            }
            Self::Simulated(disk, path) => {
                let seen = disk.look(path)?;
                Some((Opened::Simulated(disk.clone(), seen.number), seen.origin))
            }
        }
    }

    /// All of it, if it has at most so many bytes.
    ///
    /// # Errors
    /// It is longer, or the disk fails. One that is not there is [`io::ErrorKind::NotFound`].
    pub(super) fn read(&self, most: u64) -> io::Result<Vec<u8>> {
        let long = || io::Error::other(format!("has more than {most} bytes, and is not read"));
        match self {
            Self::Machine(path) => {
                let length = std::fs::metadata(path)?.len();
                if length > most { Err(long()) } else { std::fs::read(path) }
            }
            Self::Simulated(disk, path) => {
                let seen = disk.look(path).ok_or(io::ErrorKind::NotFound)?;
                if seen.size > most {
                    return Err(long());
                }
                disk.read(seen.number, 0, seen.size).ok_or_else(|| io::ErrorKind::NotFound.into())
            }
        }
    }

    /// Its path, for people.
    pub(super) fn path(&self) -> PathBuf {
        match self {
            Self::Machine(path) => path.clone(),
            Self::Simulated(disk, path) => disk.folder().join(path),
        }
    }
}

impl Opened {
    /// Its length; none if unknown, as of a file that is gone.
    pub(super) fn length(&self) -> Option<u64> {
        match self {
            Self::Machine(file) => file.metadata().ok().map(|about| about.len()),
            Self::Simulated(disk, number) => disk.length(*number),
        }
    }

    /// What stands at an offset, at most as long as the buffer; nothing at the end.
    pub(super) fn read(&mut self, offset: u64, chunk: &mut [u8]) -> usize {
        match self {
            Self::Machine(file) => {
                if file.seek(SeekFrom::Start(offset)).is_err() {
                    return 0;
                }
                file.read(chunk).unwrap_or(0)
            }
            Self::Simulated(disk, number) => {
                let bytes = disk.read(*number, offset, chunk.len() as u64).unwrap_or_default();
                let length = bytes.len().min(chunk.len());
                chunk[..length].copy_from_slice(&bytes[..length]);
                length
            }
        }
    }
}

/// Which simulated disk a path is on, if it is on one.
pub(super) type Through = Box<dyn Fn(&Path) -> Option<Disk> + Send + Sync>;

/// The place of a path.
pub(super) fn of(path: &Path, through: Option<&Through>) -> FileLocation {
    let found = through.and_then(|through| through(path));
    let inside =
        found.and_then(|disk| path.strip_prefix(disk.folder()).map(Path::to_owned).ok().map(|inside| (disk, inside)));
    match inside {
        Some((disk, inside)) => FileLocation::Simulated(disk, inside),
        None => FileLocation::Machine(path.to_owned()),
    }
}
