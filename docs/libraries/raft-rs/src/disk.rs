//! Term, vote and log in one file, which is replaced at each change: a log is short here.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use protobuf::Message;
use raft::eraftpb::{ConfState, Entry, HardState};
use raft::storage::MemStorage;
use raft::{GetEntriesContext, Storage};

pub struct Disk {
    folder: PathBuf,
}

impl Disk {
    pub fn open(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// What was kept, for the library to read from; nothing at a first start.
    pub fn load(&self, voters: Vec<u64>) -> MemStorage {
        let memory = MemStorage::new_with_conf_state(ConfState::from((voters, vec![])));
        let Ok(kept) = fs::read(self.folder.join("state")) else { return memory };
        let mut rest = kept.as_slice();
        let state = part::<HardState>(&mut rest);
        let mut log = Vec::new();
        while !rest.is_empty() {
            log.push(part::<Entry>(&mut rest));
        }
        memory.wl().append(&log).expect("entries that follow");
        memory.wl().set_hardstate(state);
        memory
    }

    /// Returns when all that the library has is durable.
    pub fn save(&self, memory: &MemStorage) {
        let state = memory.initial_state().expect("memory can be read").hard_state;
        let (first, last) = (memory.first_index(), memory.last_index());
        let (first, last) = (first.expect("memory can be read"), last.expect("memory can be read"));
        let mut bytes = whole(&state);
        if first <= last {
            for entry in
                memory.entries(first, last + 1, None, GetEntriesContext::empty(false)).expect("memory can be read")
            {
                bytes.extend(whole(&entry));
            }
        }
        let [new, old] = ["state.new", "state"].map(|name| self.folder.join(name));
        let mut file = File::create(&new).expect("a file can be made");
        file.write_all(&bytes).and_then(|()| file.sync_all()).expect("it can be written");
        fs::rename(new, old).expect("it can take its place");
        File::open(&self.folder).and_then(|folder| folder.sync_all()).expect("its name can be made durable");
    }
}

/// A message behind its length.
fn whole(message: &impl Message) -> Vec<u8> {
    let bytes = message.write_to_bytes().expect("a message can be written");
    [(bytes.len() as u32).to_be_bytes().as_slice(), &bytes].concat()
}

/// The next of several.
fn part<M: Message>(rest: &mut &[u8]) -> M {
    let (length, after) = rest.split_first_chunk().expect("a file that was written whole");
    let (bytes, after) = after.split_at(u32::from_be_bytes(*length) as usize);
    *rest = after;
    M::parse_from_bytes(bytes).expect("a file that was written whole")
}
