//! Broken rules of what is written, of what is synced, and of when.

use crate::raft::{HardState, Why};
use crate::rules::{Rules, Syncs};

/// `vote-not-persisted`: Term and vote are never written. Seen in PySyncObj#202, raft-java#57, the first lab note.
/// Exposed by killing everyone at once: terms begin again; or by killing a voter right after its grant.
#[derive(Debug)]
pub(crate) struct VoteNotPersisted;

impl Rules for VoteNotPersisted {
    fn writes(&self, _: &HardState, _: &HardState, _: Why) -> Vec<HardState> {
        Vec::new()
    }
}

/// `own-vote-not-persisted`: A candidate's term and its vote for itself are not written; what a voter promises is.
/// Seen in the second lab note. Exposed by killing a candidate or leader and starting it again.
#[derive(Debug)]
pub(crate) struct OwnVoteNotPersisted;

impl Rules for OwnVoteNotPersisted {
    fn writes(&self, _: &HardState, next: &HardState, why: Why) -> Vec<HardState> {
        if why == Why::Candidacy { Vec::new() } else { vec![next.clone()] }
    }
}

/// `term-and-vote-apart`: The vote is written first and the term after it, so that a crash in between leaves the
/// new term's vote in the old term. Seen in hashicorp/raft#661. Exposed by killing a node between the two writes (a
/// slow disk makes that time longer: `--set persist-delay=20ms --set persist-delay-on=all`).
#[derive(Debug)]
pub(crate) struct TermAndVoteApart;

impl Rules for TermAndVoteApart {
    fn writes(&self, before: &HardState, next: &HardState, _: Why) -> Vec<HardState> {
        let vote_only = HardState { term: before.term, vote: next.vote.clone() };
        let mut writes = vec![vote_only, next.clone()];
        writes.dedup();
        writes.retain(|write| write != before);
        writes
    }
}

/// `vote-after-answer`: What changed is shown and answered first and made durable afterwards: a crash in between
/// forgets a vote that counts. Exposed by a crash before the first operation on the disk.
#[derive(Debug)]
pub(crate) struct VoteAfterAnswer;

impl Rules for VoteAfterAnswer {
    fn persists_first(&self) -> bool {
        false
    }
}

/// `no-fsync`: Nothing is synced: what was written survives the process and not the machine. Seen in robustmq#2039,
/// tikv#1610. Exposed by a power cut of a simulated disk.
#[derive(Debug)]
pub(crate) struct NoFsync;

impl Rules for NoFsync {
    fn syncs(&self) -> Syncs {
        Syncs { file: false, folder: false, exchange: true }
    }
}

/// `no-dir-fsync`: The bytes are synced and the new name is not: after a power cut the old file may stand in its
/// place. Exposed by a power cut of a simulated disk.
#[derive(Debug)]
pub(crate) struct NoDirFsync;

impl Rules for NoDirFsync {
    fn syncs(&self) -> Syncs {
        Syncs { file: true, folder: false, exchange: true }
    }
}

/// `rename-without-fsync`: The folder is synced and the bytes are not: a journal that brings the data of a rename
/// along hides it, POSIX does not. Exposed by a power cut of a simulated disk of the model `torn`, or `strict`.
#[derive(Debug)]
pub(crate) struct RenameWithoutFsync;

impl Rules for RenameWithoutFsync {
    fn syncs(&self) -> Syncs {
        Syncs { file: false, folder: true, exchange: false }
    }
}
