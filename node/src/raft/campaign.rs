//! How a node comes to lead and how it stops: the sender's side of Figure 2.

use std::time::Duration;

use super::{Call, Name, Raft, Reply, Standing, Tenure, VoteCount, Why};
use crate::rules::Grant;

impl Raft {
    pub(super) fn on_tick(&mut self, now: Duration) {
        if self.act_late(now) {
            return;
        }
        match &self.standing {
            Standing::Leader(tenure) => {
                if self.quorum_lost_at(tenure).is_some_and(|lost| lost <= now) {
                    self.step_down(now);
                } else if tenure.heartbeat_at <= now && !self.sweep.goes_on() {
                    self.heartbeat(now);
                }
            }
            _ if self.campaigns_at() <= now && !self.stands_still() => {
                self.hard.vote = self.rules.vote_after_timeout(self.hard.vote.take());
                if self.hesitate(now) {
                    return;
                }
                if self.config.prevote && self.rules.pre_votes() {
                    self.start_pre_vote(now);
                } else {
                    self.start_election(now);
                }
            }
            _ => {}
        }
    }

    fn start_pre_vote(&mut self, now: Duration) {
        self.begin_round();
        self.leader = None;
        let vote_count = VoteCount { grants: vec![self.config.name.clone()], ..VoteCount::default() };
        self.standing = Standing::Precandidate(vote_count);
        self.restart_timer(now);
        self.vote_count(now);
    }

    fn start_election(&mut self, now: Duration) {
        self.begin_round();
        self.hard.term += 1;
        self.hard.vote = self.rules.own_vote(&self.config.name);
        self.why = Why::Candidacy;
        self.leader = None;
        let vote_count = VoteCount { grants: vec![self.config.name.clone()], ..VoteCount::default() };
        self.standing = Standing::Candidate(vote_count);
        self.restart_timer(now);
        self.vote_count(now);
    }

    /// Shows the candidacy, asks everyone, and counts its own vote, which may be all it needs.
    fn vote_count(&mut self, now: Duration) {
        self.settle();
        self.ask_for_votes(now);
        if matches!(self.standing, Standing::Candidate(_)) {
            self.prepare();
        }
        self.conclude(now);
    }

    /// Whether a node that this candidate asked has neither answered nor failed.
    fn goes_on(&self) -> bool {
        match &self.standing {
            Standing::Precandidate(vote_count) | Standing::Candidate(vote_count) => {
                vote_count.settled.len() < self.config.peers.len()
            }
            _ => false,
        }
    }

    /// Whether the strategy has this candidate begin no other candidacy yet.
    pub(super) fn stands_still(&self) -> bool {
        self.config.strategy.stands_still() && self.goes_on()
    }

    /// Leads, or goes from PreVote to the election, if the votes suffice.
    fn conclude(&mut self, now: Duration) {
        let (Standing::Precandidate(vote_count) | Standing::Candidate(vote_count)) = &self.standing else { return };
        let unanswered = self.config.peers.len().saturating_sub(vote_count.answered.len());
        if self.rules.tally(&vote_count.grants) < self.quorum()
            || (self.config.strategy.awaits_everyone() && self.goes_on())
            || !self.rules.may_lead_before_answers(unanswered)
        {
            if self.config.strategy.gives_up() && !self.goes_on() {
                self.follow(now);
            }
            return;
        }
        if matches!(self.standing, Standing::Precandidate(_)) {
            self.start_election(now);
        } else {
            self.win(now);
        }
    }

    pub(super) fn lead(&mut self, now: Duration) {
        self.begin_round();
        self.defect_state.lead();
        self.leader = Some(self.config.name.clone());
        let heard = self.config.peers.iter().map(|peer| (peer.clone(), now)).collect();
        self.standing = Standing::Leader(Tenure { heartbeat_at: now, heard, failures: 0 });
        self.settle();
        self.heartbeat(now);
    }

    /// Sends one to every peer; the next is due an interval after this one was, unless that has passed too.
    fn heartbeat(&mut self, now: Duration) {
        let interval = self.config.heartbeat;
        if let Standing::Leader(tenure) = &mut self.standing {
            tenure.heartbeat_at += interval;
            if tenure.heartbeat_at <= now {
                tenure.heartbeat_at = now + interval;
            }
        }
        self.ask_all();
    }

    /// Gives up leading without a newer term. It led this term, so its vote in it is its own and stays.
    fn step_down(&mut self, now: Duration) {
        self.hard.vote = self.rules.vote_after_stepping_down(self.hard.vote.take());
        self.leader = None;
        self.follow(now);
    }

    pub(super) fn on_reply(&mut self, now: Duration, from: Name, call: Call, reply: Reply) {
        if !self.config.peers.contains(&from) {
            return;
        }
        self.has_answered(&from);
        let echo = matches!(reply, Reply::PreVote { vote_granted: true, .. });
        if !echo {
            let term = self.rules.term_after_reply(self.role(), self.hard.term, reply.term());
            if term != self.hard.term {
                self.take_term(now, term);
            }
        }
        let asked = match reply {
            Reply::PreVote { .. } => self.hard.term + 1,
            _ => self.hard.term,
        };
        self.count_for_its_own_candidacy(now, &from, call, Some(reply));
        let current = call.round == self.round;
        let grant = Grant { request_term: call.term, reply_term: reply.term(), round: call.round };
        match (&mut self.standing, reply) {
            (Standing::Leader(tenure), Reply::AppendEntries { term, .. }) if current && term == asked => {
                tenure.heard.insert(from.clone(), now);
            }
            (Standing::Precandidate(vote_count), Reply::PreVote { vote_granted, .. })
            | (Standing::Candidate(vote_count), Reply::RequestVote { vote_granted, .. }) => {
                if current {
                    vote_count.answered.insert(from.clone());
                    vote_count.settled.insert(from.clone());
                }
                if vote_granted && self.rules.grant_counts(grant, asked, self.round) {
                    vote_count.grants.push(from.clone());
                }
                self.conclude(now);
            }
            _ => {}
        }
        self.answered_or_failed(&from, call);
    }

    /// A candidate asks again until it is answered (5.1); a leader's next heartbeat comes anyway.
    pub(super) fn on_failed(&mut self, now: Duration, to: Name, call: Call) {
        self.has_failed(now, &to, call);
        if call.round != self.round {
            return;
        }
        match &mut self.standing {
            Standing::Follower => {}
            Standing::Leader(tenure) => {
                tenure.failures += 1;
                if self.rules.abdicates(tenure.failures) {
                    self.step_down(now);
                }
            }
            Standing::Precandidate(vote_count) | Standing::Candidate(vote_count) => {
                vote_count.settled.insert(to.clone());
                let unanswered = !vote_count.answered.contains(&to);
                self.conclude(now);
                if unanswered && call.round == self.round && !self.config.strategy.gives_up() {
                    self.ask(to.clone());
                }
            }
        }
        self.answered_or_failed(&to, call);
    }
}
