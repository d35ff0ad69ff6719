//! Vote and log in one file, which is replaced at each change, and what has been applied in memory: a log is short here.

use super::{interregnum, Cursor, Types};
use openraft::storage::{LogFlushed, LogState, RaftLogStorage, RaftStateMachine};
use openraft::{
    EmptyNode, Entry, EntryPayload, LogId, Membership, RaftLogReader, RaftSnapshotBuilder, RaftTypeConfig, Snapshot,
    SnapshotMeta, StorageError, StoredMembership, Vote,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::fs::{self, File};
use std::io::Write;
use std::ops::RangeBounds;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

type Answer<T> = Result<T, StorageError<u64>>;

/// What outlasts a kill.
#[derive(Default, Serialize, Deserialize)]
struct Kept {
    /// openraft's vote: a term, a node, and whether a majority has voted so.
    vote: Option<Vote<u64>>,
    /// For whom this node voted in that term. Once a majority has, openraft puts the winner into `vote` instead.
    voted: Option<u64>,
    log: BTreeMap<u64, Entry<Types>>,
    purged: Option<LogId<u64>>,
}

struct Disk {
    me: u64,
    folder: PathBuf,
    kept: Kept,
    /// Whether the vote was saved in this life: a node that finds its own candidacy on disk begins as a follower.
    of_this_life: bool,
}

#[derive(Clone)]
pub struct Log(Arc<Mutex<Disk>>);

impl Log {
    /// A node that has no file begins as all of them do: with the members as the first entry, which is what `initialize` writes.
    pub fn open(me: u64, folder: &Path, members: Membership<u64, EmptyNode>) -> Self {
        let kept = match fs::read(folder.join("state")) {
            Ok(text) => serde_json::from_slice(&text).expect("a file that was written whole"),
            Err(_) => {
                let first = Entry { log_id: LogId::default(), payload: EntryPayload::Membership(members) };
                Kept { log: BTreeMap::from([(0, first)]), ..Kept::default() }
            }
        };
        Self(Arc::new(Mutex::new(Disk { me, folder: folder.to_owned(), kept, of_this_life: false })))
    }

    /// Says what the node is, by its vote.
    pub fn tell(&self) {
        self.disk().tell();
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().expect("nobody has panicked")
    }

    /// Changes what is kept, and returns when it is durable.
    fn change<T>(&self, what: impl FnOnce(&mut Disk) -> T) -> T {
        tokio::task::block_in_place(|| {
            let mut disk = self.disk();
            let result = what(&mut disk);
            disk.write();
            result
        })
    }
}

impl Disk {
    fn write(&self) {
        let text = serde_json::to_vec(&self.kept).expect("a state can be written as JSON");
        let [new, old] = ["state.new", "state"].map(|name| self.folder.join(name));
        let mut file = File::create(&new).expect("a file can be made");
        file.write_all(&text).and_then(|()| file.sync_all()).expect("it can be written");
        fs::rename(new, old).expect("it can take its place");
        File::open(&self.folder).and_then(|folder| folder.sync_all()).expect("its name can be made durable");
    }

    fn tell(&self) {
        let vote = self.kept.vote.unwrap_or_default();
        let voted = self.kept.voted.map(|id| format!("n{id}"));
        let first = vote.leader_id().voted_for();
        let leader = first.filter(|_| vote.is_committed()).map(|id| format!("n{id}"));
        let role = match (first == Some(self.me), vote.is_committed()) {
            (true, true) => "leader",
            (true, false) if self.of_this_life => "candidate",
            _ => "follower",
        };
        interregnum::say(role, vote.leader_id().get_term(), Some(voted.as_deref()), Some(leader.as_deref()));
    }
}

impl RaftLogReader<Types> for Log {
    async fn try_get_log_entries<R: RangeBounds<u64> + Clone + Debug + Send>(
        &mut self,
        range: R,
    ) -> Answer<Vec<Entry<Types>>> {
        Ok(self.disk().kept.log.range(range).map(|(_, entry)| entry.clone()).collect())
    }
}

impl RaftLogStorage<Types> for Log {
    type LogReader = Self;

    async fn get_log_state(&mut self) -> Answer<LogState<Types>> {
        let kept = &self.disk().kept;
        let last = kept.log.values().next_back().map(|entry| entry.log_id);
        Ok(LogState { last_purged_log_id: kept.purged, last_log_id: last.or(kept.purged) })
    }

    async fn get_log_reader(&mut self) -> Self {
        self.clone()
    }

    /// Persist, then print; openraft sends after that.
    async fn save_vote(&mut self, vote: &Vote<u64>) -> Answer<()> {
        self.change(|disk| {
            let kept = &mut disk.kept;
            let before = kept.vote.unwrap_or_default().leader_id().get_term();
            if !vote.is_committed() {
                kept.voted = vote.leader_id().voted_for();
            } else if before < vote.leader_id().get_term() {
                kept.voted = None;
            }
            kept.vote = Some(*vote);
            disk.of_this_life = true;
        });
        self.tell();
        Ok(())
    }

    async fn read_vote(&mut self) -> Answer<Option<Vote<u64>>> {
        Ok(self.disk().kept.vote)
    }

    async fn append<I: IntoIterator<Item = Entry<Types>> + Send>(
        &mut self,
        entries: I,
        done: LogFlushed<Types>,
    ) -> Answer<()> {
        self.change(|disk| disk.kept.log.extend(entries.into_iter().map(|entry| (entry.log_id.index, entry))));
        done.log_io_completed(Ok(()));
        Ok(())
    }

    async fn truncate(&mut self, from: LogId<u64>) -> Answer<()> {
        self.change(|disk| drop(disk.kept.log.split_off(&from.index)));
        Ok(())
    }

    async fn purge(&mut self, upto: LogId<u64>) -> Answer<()> {
        self.change(|disk| {
            disk.kept.log = disk.kept.log.split_off(&(upto.index + 1));
            disk.kept.purged = Some(upto);
        });
        Ok(())
    }
}

/// What was applied; there is nothing in it but the members. openraft applies the log anew after each start.
#[derive(Clone, Default)]
pub struct Machine {
    applied: Option<LogId<u64>>,
    members: StoredMembership<u64, EmptyNode>,
}

impl Machine {
    fn snapshot(&self) -> Snapshot<Types> {
        let snapshot_id = self.applied.map_or_else(String::new, |applied| applied.to_string());
        let meta = SnapshotMeta { last_log_id: self.applied, last_membership: self.members.clone(), snapshot_id };
        Snapshot { meta, snapshot: Box::default() }
    }
}

impl RaftSnapshotBuilder<Types> for Machine {
    async fn build_snapshot(&mut self) -> Answer<Snapshot<Types>> {
        Ok(self.snapshot())
    }
}

impl RaftStateMachine<Types> for Machine {
    type SnapshotBuilder = Self;

    async fn applied_state(&mut self) -> Answer<(Option<LogId<u64>>, StoredMembership<u64, EmptyNode>)> {
        Ok((self.applied, self.members.clone()))
    }

    async fn apply<I: IntoIterator<Item = Entry<Types>> + Send>(&mut self, entries: I) -> Answer<Vec<()>> {
        let mut answers = Vec::new();
        for entry in entries {
            self.applied = Some(entry.log_id);
            if let EntryPayload::Membership(members) = entry.payload {
                self.members = StoredMembership::new(Some(entry.log_id), members);
            }
            answers.push(());
        }
        Ok(answers)
    }

    async fn get_snapshot_builder(&mut self) -> Self {
        self.clone()
    }

    async fn begin_receiving_snapshot(&mut self) -> Answer<Box<<Types as RaftTypeConfig>::SnapshotData>> {
        Ok(Box::new(Cursor::default()))
    }

    async fn install_snapshot(&mut self, meta: &SnapshotMeta<u64, EmptyNode>, _: Box<Cursor<Vec<u8>>>) -> Answer<()> {
        self.applied = meta.last_log_id;
        self.members = meta.last_membership.clone();
        Ok(())
    }

    async fn get_current_snapshot(&mut self) -> Answer<Option<Snapshot<Types>>> {
        Ok(None)
    }
}
