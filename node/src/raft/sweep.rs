//! Asking the peers, in the order and at the pace of the strategy.
//!
//! A sweep is one round of requests: a candidacy's, or one interval's heartbeats. All strategies but `sequential` send
//! it at once and this module has nothing to remember. `sequential` keeps the peers still to be asked, and the one whose
//! reply or failure it waits for. The transport promises one of both for each request, within the RPC timeout, so
//! a sweep always ends. A new round drops what is left of the one before: its requests would be of no use.

use std::collections::VecDeque;

use super::{Action, AppendRequest, Call, Name, Raft, Request, Standing, VoteRequest};

/// What `sequential` has not sent yet.
#[derive(Debug, Clone, Default)]
pub(super) struct Sweep {
    waiting: VecDeque<Name>,
    /// Asked last; the next is asked when it has answered or failed.
    asked: Option<Name>,
}

impl Sweep {
    /// Whether some peer has not been asked, or has neither answered nor failed.
    pub(super) fn goes_on(&self) -> bool {
        self.asked.is_some()
    }
}

impl Raft {
    /// Begins a candidacy, a tenure or a time of following: replies to what was sent before count for nothing.
    pub(super) fn begin_round(&mut self) {
        self.round += 1;
        self.defect_state.begin_round();
        self.sweep = Sweep::default();
    }

    /// Asks every peer.
    pub(super) fn ask_all(&mut self) {
        for peer in self.config.peers.clone() {
            self.ask(peer);
        }
    }

    /// Asks `peer` what the present role has to ask: at once, or when its turn comes.
    pub(super) fn ask(&mut self, peer: Name) {
        if !self.config.strategy.one_at_a_time() {
            self.send(peer);
            return;
        }
        self.sweep.waiting.push_back(peer);
        self.go_on();
    }

    /// `peer` has answered `call`, or the request has failed: the next one's turn.
    pub(super) fn answered_or_failed(&mut self, peer: &Name, call: Call) {
        if call.round == self.round && self.sweep.asked.as_ref() == Some(peer) {
            self.sweep.asked = None;
            self.settle();
            self.go_on();
        }
    }

    fn go_on(&mut self) {
        while self.sweep.asked.is_none() {
            let Some(peer) = self.sweep.waiting.pop_front() else { return };
            if self.send(peer.clone()) {
                self.sweep.asked = Some(peer);
            }
        }
    }

    /// Sends it now; says whether there was anything to send.
    fn send(&mut self, to: Name) -> bool {
        if self.is_given_up(&to) {
            return false;
        }
        let request = match self.standing {
            Standing::Follower => return false,
            Standing::Precandidate(_) => Request::PreVote(self.vote_request(self.hard.term + 1)),
            Standing::Candidate(_) => Request::RequestVote(self.vote_request(self.hard.term)),
            Standing::Leader(_) => Request::AppendEntries(self.append_request()),
        };
        let term = request.term();
        self.actions.push(Action::Send { to, call: Call { term, round: self.round }, request });
        true
    }

    pub(super) fn vote_request(&self, term: u64) -> VoteRequest {
        let log = self.rules.log_told(self.config.log);
        VoteRequest { term, candidate_id: self.config.name.clone(), last_log_index: log.1, last_log_term: log.0 }
    }

    fn append_request(&self) -> AppendRequest {
        AppendRequest {
            term: self.hard.term,
            leader_id: self.config.name.clone(),
            prev_log_index: self.config.log.1,
            prev_log_term: self.config.log.0,
            entries: Vec::new(),
            leader_commit: 0,
        }
    }

    /// Makes ready what each outcome of this candidacy begins with: the leader's heartbeat, the next candidate's request, and the
    /// wait of both the follower and the next candidate. One wait serves both, since only one of them comes to be. So
    /// `speculative` draws the same timeouts as `early` and does exactly the same.
    pub(super) fn prepare(&mut self) {
        if !self.config.strategy.prepares() {
            return;
        }
        let again = self.vote_request(self.hard.term + 1);
        let again = if self.config.prevote { Request::PreVote(again) } else { Request::RequestVote(again) };
        self.actions.push(Action::Prepare(vec![Request::AppendEntries(self.append_request()), again]));
        if self.next_wait.is_none() {
            self.next_wait = Some(self.draw_wait());
        }
    }
}
