//! Two lab notes as they stand: whole nodes, mistakes included (`--as`).
//!
//! Both notes tell of the election part of a well-known course lab, and both end with code that passes its tests and is
//! wrong. Each of their mistakes is a defect here, and a note is a strategy, a timer and a handful of those, none of them written
//! twice. Where a note shows nothing, Figure 2 holds.
//!
//! *The first note* has three stages of one implementation. `lab-note-1:sync` asks one peer after the other. `lab-note-1:async`
//! asks all at once and waits for all. `lab-note-1:early` (or plain `lab-note-1`) leads at the majority. What it calls its vote
//! is the leader that it acknowledges now. So a heartbeat sets the vote (`vote-means-leader`), a grant leaves none
//! (`vote-not-stored`), and the end of the wait clears it in the same term (`vote-cleared-on-timeout`). A follower's wait is the
//! same for all, in slices that are too short (`fixed-wait-short-slices`). A node that acknowledges no leader does not wait at
//! all (`no-leader-means-candidate`). A candidate waits for a random time before it raises its term, which is all that keeps two
//! of them apart. Here it draws from `--election`, since the note's own range is not known. A node that is granted enough votes
//! leads, whatever has become of the candidacy (`lost-candidacy-wins`). A leader whose heartbeats a majority does not acknowledge
//! is a follower again (`steps-down-unacknowledged`). Nothing is written (`vote-not-persisted`). A voter compares the candidate's
//! last index with its own commitIndex, which is 0 here, as nothing is ever committed: so it compares nothing
//! (`logs-not-compared`).
//!
//! *The second note* runs the election inside the loop that also waits ([`Strategy::InTheLoop`]). A candidate's term and vote are
//! not written (`own-vote-not-persisted`). The term of its requests is read anew a moment later (`request-term-reread`), and they
//! always tell of an empty log (`last-log-always-zero`). A node that is granted enough votes leads without another look
//! (`lost-candidacy-wins`); the term in a reply is never looked at (`reply-term-ignored`). Every request for a vote restarts the
//! timer, granted or not, unless its term is older: of that `timer-reset-by-refusal` is the greater part.
//!
//! Times are not part of a note here, since the harness derives its bound from them. The first one's own are `--election
//! 150ms..300ms --heartbeat 120ms`, of which the 300 ms become 200 slices of 1 ms. The second has a tick of 10 ms.

use std::ops::RangeInclusive;
use std::time::Duration;

use rand_chacha::ChaCha8Rng;

use crate::clock;
use crate::defects::{
    disk::{OwnVoteNotPersisted, VoteNotPersisted},
    request::{LastLogAlwaysZero, RequestTermReread},
    tenure::StepsDownUnacknowledged,
    term::ReplyTermIgnored,
    timer::{FixedWaitShortSlices, NoLeaderMeansCandidate, TimerResetByRefusal},
    vote::{LogsNotCompared, VoteClearedOnTimeout, VoteMeansLeader, VoteNotStored},
    win::LostCandidacyWins,
};
use crate::raft::{HardState, LogEnd, Name, Role, Term, Why};
use crate::rules::{Contact, Rules};
use crate::strategy::Strategy;

/// The note whose code a node behaves like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// The first note, at one of its stages: how it talks to its peers.
    One(Strategy),
    Two,
}

impl Note {
    /// The note of this name, as `--as` takes it; `Ok(None)` for no note, which is written `none` or not at all.
    pub fn named(name: &str) -> Result<Option<Self>, String> {
        match name {
            "" | "none" => Ok(None),
            "lab-note-1" | "lab-note-1:early" => Ok(Some(Self::One(Strategy::Early))),
            "lab-note-1:async" => Ok(Some(Self::One(Strategy::Concurrent))),
            "lab-note-1:sync" => Ok(Some(Self::One(Strategy::Sequential))),
            "lab-note-2" => Ok(Some(Self::Two)),
            _ => {
                Err("expected lab-note-1 (or a stage of it: lab-note-1:sync, :async or :early), lab-note-2 or none"
                    .into())
            }
        }
    }

    /// How it talks to its peers.
    pub fn strategy(self) -> Strategy {
        match self {
            Self::One(stage) => stage,
            Self::Two => Strategy::InTheLoop,
        }
    }

    /// How it waits.
    pub fn timer(self) -> clock::Kind {
        match self {
            Self::One(_) => clock::Kind::Counted,
            Self::Two => clock::Kind::Sliced,
        }
    }

    pub fn rules(self) -> Box<dyn Rules> {
        match self {
            Self::One(_) => Box::new(LabNote1),
            Self::Two => Box::new(LabNote2),
        }
    }
}

#[derive(Debug)]
struct LabNote1;

impl Rules for LabNote1 {
    fn election_timeout(&self, role: Role, range: &RangeInclusive<Duration>, rng: &mut ChaCha8Rng) -> Duration {
        FixedWaitShortSlices.election_timeout(role, range, rng)
    }

    fn waits_for(&self, leader: Option<&Name>) -> bool {
        NoLeaderMeansCandidate.waits_for(leader)
    }

    /// No mistake: the only randomness that it has.
    fn hesitates(&self) -> bool {
        true
    }

    fn vote_after_timeout(&self, vote: Option<Name>) -> Option<Name> {
        VoteClearedOnTimeout.vote_after_timeout(vote)
    }

    fn vote_after_grant(&self, vote: Option<Name>, candidate: &Name) -> Option<Name> {
        VoteNotStored.vote_after_grant(vote, candidate)
    }

    fn vote_after_heartbeat(&self, vote: Option<Name>, leader: &Name) -> Option<Name> {
        VoteMeansLeader.vote_after_heartbeat(vote, leader)
    }

    fn log_is_current(&self, candidate: LogEnd, voter: LogEnd) -> bool {
        LogsNotCompared.log_is_current(candidate, voter)
    }

    fn lost_candidacy_wins(&self) -> bool {
        LostCandidacyWins.lost_candidacy_wins()
    }

    fn leads_unanswered(&self, check_quorum: bool, t_max: Duration, heartbeat: Duration) -> Option<Duration> {
        StepsDownUnacknowledged.leads_unanswered(check_quorum, t_max, heartbeat)
    }

    fn writes(&self, before: &HardState, next: &HardState, why: Why) -> Vec<HardState> {
        VoteNotPersisted.writes(before, next, why)
    }
}

#[derive(Debug)]
struct LabNote2;

impl Rules for LabNote2 {
    fn writes(&self, before: &HardState, next: &HardState, why: Why) -> Vec<HardState> {
        OwnVoteNotPersisted.writes(before, next, why)
    }

    fn asks_after(&self) -> Option<Duration> {
        RequestTermReread.asks_after()
    }

    fn log_told(&self, log: LogEnd) -> LogEnd {
        LastLogAlwaysZero.log_told(log)
    }

    fn lost_candidacy_wins(&self) -> bool {
        LostCandidacyWins.lost_candidacy_wins()
    }

    fn term_after_reply(&self, role: Role, own: Term, reply: Term) -> Term {
        ReplyTermIgnored.term_after_reply(role, own, reply)
    }

    fn restarts_timer(&self, contact: Contact) -> bool {
        contact != Contact::StaleCandidate && TimerResetByRefusal.restarts_timer(contact)
    }
}
