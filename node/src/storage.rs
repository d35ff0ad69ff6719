//! Term and vote on disk.
//!
//! A save writes a temporary file beside the real one, syncs it, renames it into place and syncs the directory. So at every
//! instant the state file is wholly the old or wholly the new one. When [`Storage::save`] has returned it is the new one,
//! whatever happens to the machine. Writing in place would be one sync cheaper and could tear. Where the file system can, the two
//! files change names with each other, and the next save writes to the old one. Making a file and clearing the old one away costs
//! more than all the rest.
//!
//! The file is three lines: what it is, the state as JSON, and the CRC-32 of both. It names its node, since the
//! commonest way to break an election is a data directory started under another's name. Whatever is not exactly such
//! a file is an error that names it. A node that guessed "term 0" from a damaged file would vote twice.
//!
//! A missing file is a first start. That is a guess too (the file may have been lost), but without it there could be no first
//! start. A lost file is a fault outside Raft's model (`wipe`).

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::raft::{HardState, Name};
use crate::rules::Syncs;

const MAGIC: &str = "interregnum-node state 1";
const FILE: &str = "state";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    node: Name,
    term: u64,
    vote: Option<Name>,
}

/// What can be wrong with the state file; each message names it.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The system refuses.
    #[error("cannot {doing} {}: {source}; check that the data directory exists and can be written", path.display())]
    Io {
        /// Read, write …
        doing: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    /// Another process has it.
    #[error("data directory {} is in use by another process; give each node its own --data", directory.display())]
    InUse { directory: PathBuf },
    /// It is not a state file, or not wholly one.
    #[error("state file {} {what}; restore it, or start this node with an empty data directory and a new name", path.display())]
    Damaged {
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
}

/// One node's state file. Its directory is locked while this lives: two processes with one vote would vote twice.
#[derive(Debug)]
pub struct Storage {
    directory: PathBuf,
    /// The directory itself, to be synced.
    handle: File,
    name: Name,
    _lock: File,
}

impl Storage {
    /// The state of node `name` in `directory`, which is made when missing.
    pub fn open(directory: &Path, name: &Name) -> Result<Self, StorageError> {
        let io = |doing, path: &Path, source| StorageError::Io { doing, path: path.to_owned(), source };
        fs::create_dir_all(directory).map_err(|source| io("make", directory, source))?;
        let path = directory.join("lock");
        let lock = File::create(&path).map_err(|source| io("make", &path, source))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StorageError::InUse { directory: directory.to_owned() }),
            Err(TryLockError::Error(source)) => return Err(io("lock", &path, source)),
        }
        let handle = File::open(directory).map_err(|source| io("open", directory, source))?;
        Ok(Self { directory: directory.to_owned(), handle, name: name.clone(), _lock: lock })
    }

    /// What was last saved; term 0 without a vote at the first start.
    pub fn load(&self) -> Result<HardState, StorageError> {
        let path = self.directory.join(FILE);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(HardState::default()),
            Err(source) => return Err(self.io("read", path, source)),
        };
        decode(&bytes, &self.name).map_err(|what| StorageError::Damaged { path, what })
    }

    /// Makes `state` durable. When this has returned, it is, if all is synced.
    pub fn save(&self, state: &HardState, syncs: Syncs) -> Result<(), StorageError> {
        let path = self.directory.join(FILE);
        let temporary = self.directory.join("state.tmp");
        let write = || {
            let bytes = encode(state, &self.name)?;
            let mut file = File::options().write(true).create(true).truncate(false).open(&temporary)?;
            file.write_all(&bytes)?;
            file.set_len(bytes.len() as u64)?;
            if syncs.file {
                file.sync_all()?;
            }
            put(&temporary, &path, syncs.exchange)?;
            if syncs.folder { self.handle.sync_all() } else { Ok(()) }
        };
        write().map_err(|source| self.io("write", path.clone(), source))
    }

    fn io(&self, doing: &'static str, path: PathBuf, source: io::Error) -> StorageError {
        StorageError::Io { doing, path, source }
    }
}

/// Puts a file in the place of another, which is left where the file was, or is gone.
fn put(file: &Path, place: &Path, exchange: bool) -> io::Result<()> {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        use nix::fcntl::{AT_FDCWD, RenameFlags, renameat2};
        // At the first save there is nothing to change places with, and not every file system can.
        if exchange && renameat2(AT_FDCWD, file, AT_FDCWD, place, RenameFlags::RENAME_EXCHANGE).is_ok() {
            return Ok(());
        }
    }
    let _ = exchange;
    fs::rename(file, place)
}

fn encode(state: &HardState, name: &Name) -> io::Result<Vec<u8>> {
    let stored = Stored { node: name.clone(), term: state.term, vote: state.vote.clone() };
    let body = format!("{MAGIC}\n{}\n", serde_json::to_string(&stored)?);
    Ok(format!("{body}{:08x}\n", crc32fast::hash(body.as_bytes())).into_bytes())
}

fn decode(bytes: &[u8], name: &Name) -> Result<HardState, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "is not a state file of this program (not text)".to_owned())?;
    if !text.starts_with(MAGIC) {
        let empty = if text.is_empty() { " (it is empty)" } else { "" };
        return Err(format!("is not a state file of this program{empty}"));
    }
    let mut lines = text.split_inclusive('\n');
    let (Some(magic), Some(json), Some(sum), None) = (lines.next(), lines.next(), lines.next(), lines.next()) else {
        return Err("is torn: it does not have three lines".to_owned());
    };
    let expected = format!("{:08x}\n", crc32fast::hash(&bytes[..magic.len() + json.len()]));
    if sum != expected {
        return Err("is torn: its checksum does not match".to_owned());
    }
    let stored: Stored = serde_json::from_str(json).map_err(|error| format!("cannot be understood: {error}"))?;
    if stored.node != *name {
        return Err(format!("belongs to node {}, not {name}", stored.node));
    }
    Ok(HardState { term: stored.term, vote: stored.vote })
}

#[cfg(test)]
mod tests;
