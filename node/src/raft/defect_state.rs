//! What only a broken rule brings about. The correct node never comes to any of it: the other files read without this one.
//!
//! Each broken rule that takes more than another answer keeps here what it needs:
//!
//! - Under `lost-candidacy-wins` each candidacy has a tally of its own that outlives it, as where a callback counts the grants of
//!   its own requests. A tally that comes to a majority makes its node leader of the term of that moment, whatever it is by then.
//! - Under `request-term-reread` a candidate asks a moment later than it campaigns, and in the term of that moment. Under
//!   `late-win` it leads a moment later than it has its votes.
//! - Under `connected-quorum` and `peer-left-busy` it matters of which peers nothing has been heard since a request failed.
//! - Under `vote-after-answer` what is to be made durable waits until all else is done.
//! - In the first lab note a node that has waited for a leader in vain waits once more, as a candidate does, before it is one.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{Action, Call, HardState, Name, Raft, Reply, Request, Role, Standing, VoteCount};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct DefectState {
    /// The tallies of all candidacies, by round.
    tallies: BTreeMap<u64, VoteCount>,
    /// When a candidate will ask for votes.
    ask_at: Option<Duration>,
    /// When a candidate that has its votes will lead.
    lead_at: Option<Duration>,
    /// Peers of which nothing has been heard since a request to them failed.
    silent: BTreeSet<Name>,
    /// What is to be persisted after all else.
    unsaved: Vec<Action>,
    /// It has waited for a leader in vain and waits once more.
    pub(super) hesitates: bool,
}

impl DefectState {
    /// What was to happen a moment after the candidacy began is dropped with it.
    pub(super) fn begin_round(&mut self) {
        self.ask_at = None;
    }

    /// It leads now, and not a moment later.
    pub(super) fn lead(&mut self) {
        self.lead_at = None;
    }

    /// `due`, or what comes before it.
    pub(super) fn wake_at(&self, due: Duration) -> Duration {
        due.min(self.lead_at.unwrap_or(due)).min(self.ask_at.unwrap_or(due))
    }
}

impl Raft {
    /// Persists before anything that follows.
    pub(super) fn persist(&mut self, write: HardState) {
        let action = Action::Persist(write, self.why);
        if self.rules.persists_first() { &mut self.actions } else { &mut self.defect_state.unsaved }.push(action);
    }

    /// Persists what was not persisted in time.
    pub(super) fn persist_late(&mut self) {
        self.actions.append(&mut self.defect_state.unsaved);
    }

    /// Does what was to be done a moment ago; whether there was anything.
    pub(super) fn act_late(&mut self, now: Duration) -> bool {
        let is_due = |at: Option<Duration>| at.is_some_and(|at| at <= now);
        if is_due(self.defect_state.lead_at) {
            self.lead(now);
        } else if is_due(self.defect_state.ask_at) {
            self.ask_late();
        } else {
            return false;
        }
        true
    }

    /// As what it waits.
    pub(super) fn waits_as(&self) -> Role {
        if self.defect_state.hesitates { Role::Candidate } else { self.role() }
    }

    /// When it campaigns unless something comes between.
    pub(super) fn campaigns_at(&self) -> Duration {
        let follows = matches!(self.standing, Standing::Follower) && !self.defect_state.hesitates;
        if follows && !self.rules.waits_for(self.leader.as_ref()) { Duration::ZERO } else { self.election_at }
    }

    /// Waits once more for a leader, as a candidate does; whether it does so.
    pub(super) fn hesitate(&mut self, now: Duration) -> bool {
        let follows = matches!(self.standing, Standing::Follower) && !self.defect_state.hesitates;
        let hesitates = follows && self.rules.hesitates();
        if hesitates {
            self.defect_state.hesitates = true;
            self.leader = None;
            self.restart_timer(now);
        }
        hesitates
    }

    /// Asks every peer for a vote, in the same step.
    pub(super) fn ask_for_votes(&mut self, now: Duration) {
        match self.rules.asks_after() {
            Some(time) if matches!(self.standing, Standing::Candidate(_)) => {
                self.defect_state.ask_at = Some(now + time)
            }
            _ => self.ask_all(),
        }
    }

    /// Asks every peer in the term of now, on behalf of the candidacy that began a moment ago.
    fn ask_late(&mut self) {
        self.defect_state.ask_at = None;
        if matches!(self.standing, Standing::Candidate(_)) {
            return self.ask_all();
        }
        let request = Request::RequestVote(self.vote_request(self.hard.term));
        let call = Call { term: self.hard.term, round: self.round };
        for to in self.config.peers.clone() {
            self.actions.push(Action::Send { to, call, request: request.clone() });
        }
    }

    /// Leads, in the same step.
    pub(super) fn win(&mut self, now: Duration) {
        match self.rules.leads_after() {
            Some(time) => {
                self.defect_state.lead_at.get_or_insert(now + time);
            }
            None => self.lead(now),
        }
    }

    /// How many members there are, of which a majority is needed.
    pub(super) fn electorate(&self) -> usize {
        self.rules.electorate(self.config.peers.len() + 1, self.defect_state.silent.len())
    }

    /// Whether `peer` is never asked again.
    pub(super) fn is_given_up(&self, peer: &Name) -> bool {
        self.defect_state.silent.contains(peer) && !self.rules.failure_is_forgiven()
    }

    /// `peer` has answered.
    pub(super) fn has_answered(&mut self, peer: &Name) {
        if self.rules.failure_is_forgiven() {
            self.defect_state.silent.remove(peer);
        }
    }

    /// A request to `peer` has failed.
    pub(super) fn has_failed(&mut self, now: Duration, peer: &Name, call: Call) {
        self.defect_state.silent.insert(peer.clone());
        self.count_for_its_own_candidacy(now, peer, call, None);
    }

    /// Counts a reply to a vote request, or the failure of one, for the candidacy that asked. It leads if that one is over and
    /// now has its votes. The present candidacy is counted elsewhere too, and wins there.
    pub(super) fn count_for_its_own_candidacy(&mut self, now: Duration, from: &Name, call: Call, reply: Option<Reply>) {
        let vote_granted = match reply {
            Some(Reply::RequestVote { vote_granted, .. }) => vote_granted,
            None => false,
            Some(Reply::PreVote { .. } | Reply::AppendEntries { .. }) => return,
        };
        if !self.rules.lost_candidacy_wins() {
            return;
        }
        let own = || VoteCount { grants: vec![self.config.name.clone()], ..VoteCount::default() };
        let mut tally = self.defect_state.tallies.remove(&call.round).unwrap_or_else(own);
        let had_won = self.suffices(&tally);
        tally.settled.insert(from.clone());
        if vote_granted {
            tally.grants.push(from.clone());
        }
        let wins = !had_won && self.suffices(&tally);
        self.defect_state.tallies.insert(call.round, tally);
        let present = call.round == self.round && matches!(self.standing, Standing::Candidate(_));
        if wins && !present {
            self.lead(now);
        }
    }

    fn suffices(&self, tally: &VoteCount) -> bool {
        let all_settled = tally.settled.len() == self.config.peers.len();
        self.rules.tally(&tally.grants) >= self.quorum() && (all_settled || !self.config.strategy.awaits_everyone())
    }
}
