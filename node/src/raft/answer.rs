//! How a node answers: the receiver's side of Figure 2.

use std::time::Duration;

use super::{AppendRequest, LogEnd, Raft, Reply, Request, Standing, VoteRequest, Why};
use crate::rules::Contact;

impl Raft {
    pub(super) fn answer(&mut self, now: Duration, request: &Request) -> Reply {
        match request {
            Request::PreVote(vote) => self.answer_pre_vote(now, vote),
            Request::RequestVote(vote) => self.answer_vote(now, vote),
            Request::AppendEntries(append) => self.answer_append(now, append),
        }
    }

    /// Changes nothing: neither term, vote nor timer.
    fn answer_pre_vote(&self, now: Duration, request: &VoteRequest) -> Reply {
        let could_vote = request.term > self.hard.term
            || (request.term == self.hard.term
                && self.rules.vote_is_free(self.hard.vote.as_ref(), &request.candidate_id));
        let vote_granted =
            could_vote && !self.hears_leader(now) && self.rules.log_is_current(request.log(), self.config.log);
        Reply::PreVote {
            term: self.rules.pre_vote_reply_term(self.hard.term, request.term, vote_granted),
            vote_granted,
        }
    }

    fn answer_vote(&mut self, now: Duration, request: &VoteRequest) -> Reply {
        if self.config.sticky && self.hears_leader(now) {
            return Reply::RequestVote { term: self.hard.term, vote_granted: false };
        }
        self.adopt(now, request.term);
        let vote_granted = request.term == self.hard.term
            && self.rules.vote_is_free(self.hard.vote.as_ref(), &request.candidate_id)
            && self.rules.log_is_current(request.log(), self.config.log);
        self.why = if vote_granted { Why::Grant } else { Why::Other };
        if vote_granted {
            self.hard.vote = self.rules.vote_after_grant(self.hard.vote.take(), &request.candidate_id);
            if matches!(self.standing, Standing::Precandidate(_)) {
                self.follow(now);
            }
            self.contact(now, Contact::GrantedVote);
        } else {
            let stale = request.term < self.hard.term;
            self.contact(now, if stale { Contact::StaleCandidate } else { Contact::RefusedVote });
        }
        Reply::RequestVote { term: self.hard.term, vote_granted }
    }

    fn answer_append(&mut self, now: Duration, request: &AppendRequest) -> Reply {
        self.adopt(now, request.term);
        if request.term < self.hard.term {
            self.contact(now, Contact::StaleHeartbeat);
            return self.refuse_append();
        }
        match self.standing {
            // Another leader of this very term: no rule makes it possible, and none makes it right to obey.
            Standing::Leader(_) => return self.refuse_append(),
            Standing::Precandidate(_) | Standing::Candidate(_) if !self.rules.candidate_yields() => {
                return self.refuse_append();
            }
            _ => self.follow(now),
        }
        self.leader = Some(request.leader_id.clone());
        self.hard.vote = self.rules.vote_after_heartbeat(self.hard.vote.take(), &request.leader_id);
        self.heard_at = Some(now);
        self.contact(now, Contact::Heartbeat);
        // Of its log it knows only the end; that, and the empty log, are all that it can match.
        let previous = LogEnd(request.prev_log_term, request.prev_log_index);
        let success = previous == LogEnd::default() || previous == self.config.log;
        Reply::AppendEntries { term: self.hard.term, success }
    }

    fn refuse_append(&self) -> Reply {
        Reply::AppendEntries { term: self.hard.term, success: false }
    }
}
