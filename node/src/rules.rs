//! The decisions of Figure 2 (and of the thesis's PreVote), one small method each.
//!
//! The core asks these wherever the paper states a rule on which safety or liveness hangs. Every method has the right answer as
//! its default. So the correct node is the empty implementation, [`Figure2`], and a defect is an implementation that overrides
//! exactly one method. With this file and [`crate::raft`] a reader has the correct node whole. What only a broken rule brings
//! about stands apart, in one file of the core (`raft/defect_state.rs`).
//!
//! The alternative, a flag for each defect tested inside the core, would have put the broken code among the right code. A reader
//! could then never be sure which node the code showed.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::time::Duration;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::raft::{HardState, LogEnd, Name, Role, Term, Why};

/// What reaches a waiting node and might restart its election timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contact {
    /// It granted a vote.
    GrantedVote,
    /// It refused one to a candidate of its own term.
    RefusedVote,
    /// It refused one to a candidate of an older term.
    StaleCandidate,
    /// AppendEntries of its own term.
    Heartbeat,
    /// AppendEntries of an older term.
    StaleHeartbeat,
}

/// A grant on its way to being counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// The term for which the request asked.
    pub request_term: Term,
    /// The term in the reply.
    pub reply_term: Term,
    /// The candidacy that sent the request.
    pub round: u64,
}

/// What is synced at a save.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Syncs {
    /// The bytes, before the file gets its name.
    pub file: bool,
    /// The folder, after that.
    pub folder: bool,
    /// The old and the new file change names with each other, where the file system can; else the new one replaces the
    /// old one.
    pub exchange: bool,
}

/// The rules. `self` has no state: a rule depends on its arguments alone.
pub trait Rules: std::fmt::Debug + Send {
    // How many votes make a leader, and of how many members.

    /// How many votes of `members` make a leader: a majority (5.2).
    fn quorum(&self, members: usize) -> usize {
        members / 2 + 1
    }

    /// Of how many a majority is needed: of all `members`, also those of which nothing has been heard since a request
    /// to them failed (`silent`).
    fn electorate(&self, members: usize, silent: usize) -> usize {
        let _ = silent;
        members
    }

    // How long a node waits for a leader, and what restarts the wait.

    /// How long to wait before campaigning, drawn anew for each wait and in every role (5.2).
    fn election_timeout(&self, role: Role, range: &RangeInclusive<Duration>, rng: &mut ChaCha8Rng) -> Duration {
        let _ = role;
        drawn(range, rng)
    }

    /// A follower waits as long for a leader that it does not know yet as for one that it has heard (5.2).
    fn waits_for(&self, leader: Option<&Name>) -> bool {
        let _ = leader;
        true
    }

    /// Whether a follower that has waited in vain waits once more, as a candidate does: it campaigns at once.
    fn hesitates(&self) -> bool {
        false
    }

    /// What restarts the election timer, besides starting an election.
    fn restarts_timer(&self, contact: Contact) -> bool {
        matches!(contact, Contact::GrantedVote | Contact::Heartbeat)
    }

    // The rules for giving a vote, and how long it stays given.

    /// One vote a term (5.2).
    fn vote_is_free(&self, vote: Option<&Name>, candidate: &Name) -> bool {
        vote.is_none_or(|given| given == candidate)
    }

    /// The candidate's log must be at least as up to date as the voter's (5.4.1).
    fn log_is_current(&self, candidate: LogEnd, voter: LogEnd) -> bool {
        candidate >= voter
    }

    /// A candidate votes for itself (5.2).
    fn own_vote(&self, name: &Name) -> Option<Name> {
        Some(name.clone())
    }

    /// A node that grants a vote has given it (5.2).
    fn vote_after_grant(&self, vote: Option<Name>, candidate: &Name) -> Option<Name> {
        let _ = vote;
        Some(candidate.clone())
    }

    /// The vote stays through a heartbeat of the same term, from any node.
    fn vote_after_heartbeat(&self, vote: Option<Name>, leader: &Name) -> Option<Name> {
        let _ = leader;
        vote
    }

    /// The vote of a term stays when the wait for a leader is over: only a newer term brings a new one.
    fn vote_after_timeout(&self, vote: Option<Name>) -> Option<Name> {
        vote
    }

    /// The vote stays when a leader steps down without a newer term (CheckQuorum).
    fn vote_after_stepping_down(&self, vote: Option<Name>) -> Option<Name> {
        vote
    }

    // What is written, what is synced, and when.

    /// What is written, in order, to make `next` durable in place of `before`: term and vote together, in one piece,
    /// whatever changed them.
    fn writes(&self, before: &HardState, next: &HardState, why: Why) -> Vec<HardState> {
        let _ = (before, why);
        vec![next.clone()]
    }

    /// What is persisted is durable before it is shown, sent or counted on.
    fn persists_first(&self) -> bool {
        true
    }

    /// What is synced when term and vote are saved: the new file before it gets its name, and the folder after that.
    fn syncs(&self) -> Syncs {
        Syncs { file: true, folder: true, exchange: true }
    }

    // What a candidate asks and is told, and which peers it asks again.

    /// Where PreVote is on, an election is preceded by it (thesis, 9.6).
    fn pre_votes(&self) -> bool {
        true
    }

    /// The term in the reply to a PreVote for the term `asked` by a node whose own is `own`. A grant echoes `asked`, so that it
    /// counts; a refusal carries `own`, so that a node that lags catches up.
    fn pre_vote_reply_term(&self, own: Term, asked: Term, granted: bool) -> Term {
        if granted { asked } else { own }
    }

    /// How long after its candidacy began a candidate asks for votes. Not at all: it asks in the same step, and so in the term of
    /// its candidacy.
    fn asks_after(&self) -> Option<Duration> {
        None
    }

    /// A candidate tells where its log ends (5.4.1).
    fn log_told(&self, log: LogEnd) -> LogEnd {
        log
    }

    /// A request that fails leaves no mark on its peer: it is asked again (5.1), and once it answers it is as good as ever.
    fn failure_is_forgiven(&self) -> bool {
        true
    }

    // Which grants count, and when a candidate leads.

    /// A grant counts only for the candidacy that asked for it. The term of the request and of the reply are `asked`, the term in
    /// which votes are being gathered, and the candidacy is still `round`.
    fn grant_counts(&self, grant: Grant, asked: Term, round: u64) -> bool {
        grant.request_term == asked && grant.reply_term == asked && grant.round == round
    }

    /// Whether a candidacy that is over still gathers votes, and leads when they suffice.
    fn lost_candidacy_wins(&self) -> bool {
        false
    }

    /// How many votes these grants are: one for each voter, however often it answered.
    fn tally(&self, grants: &[Name]) -> usize {
        grants.iter().collect::<BTreeSet<_>>().len()
    }

    /// Whether a candidate with a majority may lead while `unanswered` of its peers have sent no reply: it need not
    /// wait.
    fn may_lead_before_answers(&self, unanswered: usize) -> bool {
        let _ = unanswered;
        true
    }

    /// How long after its last vote a candidate leads: not at all, in the same step, so that nothing can come between.
    fn leads_after(&self) -> Option<Duration> {
        None
    }

    // What a node becomes when it meets another term, or the leader of its own.

    /// The term after a reply: the higher of both (5.1).
    fn term_after_reply(&self, role: Role, own: Term, reply: Term) -> Term {
        let _ = role;
        own.max(reply)
    }

    /// What becomes of a node that learns a higher term (5.1).
    fn role_in_newer_term(&self, role: Role) -> Role {
        let _ = role;
        Role::Follower
    }

    /// A candidate, or a node that asks whether to become one, yields to the leader of its own term (5.2).
    fn candidate_yields(&self) -> bool {
        true
    }

    // How long a leader leads.

    /// For how long a leader goes on that no majority answers: with CheckQuorum for `t_max`, else for ever.
    fn leads_unanswered(&self, check_quorum: bool, t_max: Duration, heartbeat: Duration) -> Option<Duration> {
        let _ = heartbeat;
        check_quorum.then_some(t_max)
    }

    /// Whether a leader gives up after `failures` failed heartbeats in its tenure: failures of single peers
    /// mean nothing.
    fn abdicates(&self, failures: u32) -> bool {
        let _ = failures;
        false
    }
}

/// A time from `range`, each as likely as another.
pub fn drawn(range: &RangeInclusive<Duration>, rng: &mut ChaCha8Rng) -> Duration {
    let nanos = |d: &Duration| u64::try_from(d.as_nanos()).unwrap_or(u64::MAX);
    Duration::from_nanos(rng.random_range(nanos(range.start())..=nanos(range.end())))
}

/// The rules as published: every default.
#[derive(Debug, Clone, Copy, Default)]
pub struct Figure2;

impl Rules for Figure2 {}
