//! Two lab notes as they stand: whole nodes, mistakes included (`--as`).
//!
//! Both notes tell of the election part of a well-known course lab, and both end with code that passes its tests and is
//! wrong. What they get wrong are rows of the catalogue of bugs, each of which is a defect here; so a note is a strategy,
//! a timer and a handful of broken rules, each taken from its defect and none written twice. What both have: grants of a lost
//! candidacy count (`stale-grants`), logs are not compared (`logs-not-compared`), every RequestVote restarts the timer
//! (`timer-reset-by-refusal`), the wait is cut into slices, and the election waits for all replies, which is the strategy's
//! doing. The catalogue says of three more that one note has them; how they are dealt out here is a choice:
//!
//! | | `lab-note-1` | `lab-note-2` |
//! | --- | --- | --- |
//! | strategy | `sequential` | `concurrent` |
//! | votes needed | half of an even number (`even-quorum`) | a majority |
//! | term and vote | never written (`vote-not-persisted`) | persisted |
//! | after the last vote | leads | leads 10 ms later, whatever happened since (`late-win`) |
//! | failed heartbeats | mean nothing | twenty in all unseat the leader (`abdicates`) |
//!
//! Times are not part of a note here, since the harness derives its bound from them: one note's own are
//! `--election 300ms..300ms --heartbeat 120ms`.

use std::time::Duration;

use crate::clock;
use crate::defects::{
    abdicates::Abdicates, even_quorum::EvenQuorum, late_win::LateWin, logs_not_compared::LogsNotCompared,
    stale_grants::StaleGrants, timer_reset_by_refusal::TimerResetByRefusal, vote_not_persisted::VoteNotPersisted,
};
use crate::raft::{HardState, LogEnd, Term};
use crate::rules::{Contact, Grant, Rules};
use crate::strategy::Strategy;

/// Whose code a node behaves like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// See the module.
    One,
    /// See the module.
    Two,
}

impl Note {
    /// The note of this name, as `--as` takes it; `Ok(None)` for no note, which is written `none` or not at all.
    pub fn named(name: &str) -> Result<Option<Self>, String> {
        match name {
            "" | "none" => Ok(None),
            "lab-note-1" => Ok(Some(Self::One)),
            "lab-note-2" => Ok(Some(Self::Two)),
            _ => Err("expected lab-note-1, lab-note-2 or none".into()),
        }
    }

    /// How it talks to its peers.
    pub fn strategy(self) -> Strategy {
        match self {
            Self::One => Strategy::Sequential,
            Self::Two => Strategy::Concurrent,
        }
    }

    /// How it waits.
    pub fn timer(self) -> clock::Kind {
        clock::Kind::Sliced
    }

    /// Its rules.
    pub fn rules(self) -> Box<dyn Rules> {
        match self {
            Self::One => Box::new(LabNote1),
            Self::Two => Box::new(LabNote2),
        }
    }
}

#[derive(Debug)]
struct LabNote1;

impl Rules for LabNote1 {
    fn quorum(&self, members: usize) -> usize {
        EvenQuorum.quorum(members)
    }

    fn writes(&self, before: &HardState, next: &HardState) -> Vec<HardState> {
        VoteNotPersisted.writes(before, next)
    }

    fn grant_counts(&self, grant: Grant, asked: Term, round: u64) -> bool {
        StaleGrants.grant_counts(grant, asked, round)
    }

    fn log_is_current(&self, candidate: LogEnd, voter: LogEnd) -> bool {
        LogsNotCompared.log_is_current(candidate, voter)
    }

    fn restarts_timer(&self, contact: Contact) -> bool {
        TimerResetByRefusal.restarts_timer(contact)
    }
}

#[derive(Debug)]
struct LabNote2;

impl Rules for LabNote2 {
    fn leads_after(&self) -> Option<Duration> {
        LateWin.leads_after()
    }

    fn abdicates(&self, failures: u32) -> bool {
        Abdicates.abdicates(failures)
    }

    fn grant_counts(&self, grant: Grant, asked: Term, round: u64) -> bool {
        StaleGrants.grant_counts(grant, asked, round)
    }

    fn log_is_current(&self, candidate: LogEnd, voter: LogEnd) -> bool {
        LogsNotCompared.log_is_current(candidate, voter)
    }

    fn restarts_timer(&self, contact: Contact) -> bool {
        TimerResetByRefusal.restarts_timer(contact)
    }
}
