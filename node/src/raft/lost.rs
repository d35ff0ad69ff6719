//! What some nodes do that Figure 2 does not: a candidacy that is over is counted to its end.
//!
//! The correct node has nothing to do here. Under `lost-candidacy-wins` each candidacy has a tally of its own that outlives
//! it, as where a callback counts the grants of the requests that it was made for. A tally that comes to a majority makes
//! its node leader of the term of that moment, whatever it is by then. Under `request-term-reread` a candidate asks a moment
//! later than it campaigns, and in the term of that moment.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Action, Call, Canvass, Name, Raft, Reply, Request, Standing};

/// The tallies of all candidacies, by round.
#[derive(Debug, Default)]
pub(super) struct Lost(BTreeMap<u64, Canvass>);

impl Raft {
    /// Counts a reply to a vote request, or the failure of one, for the candidacy that asked, and leads if that one is over
    /// and now has its votes. The present candidacy is counted elsewhere too, and wins there.
    pub(super) fn count_for_its_own_candidacy(&mut self, now: Duration, from: &Name, call: Call, reply: Option<Reply>) {
        let vote_granted = match reply {
            Some(Reply::RequestVote { vote_granted, .. }) => vote_granted,
            None => false,
            Some(Reply::PreVote { .. } | Reply::AppendEntries { .. }) => return,
        };
        if !self.rules.lost_candidacy_wins() {
            return;
        }
        let own = || Canvass { grants: vec![self.config.name.clone()], ..Canvass::default() };
        let mut tally = self.lost.0.remove(&call.round).unwrap_or_else(own);
        let had_won = self.suffices(&tally);
        tally.settled.insert(from.clone());
        if vote_granted {
            tally.grants.push(from.clone());
        }
        let wins = !had_won && self.suffices(&tally);
        self.lost.0.insert(call.round, tally);
        let present = call.round == self.round && matches!(self.standing, Standing::Candidate(_));
        if wins && !present {
            self.lead(now);
        }
    }

    fn suffices(&self, tally: &Canvass) -> bool {
        let all_settled = tally.settled.len() == self.config.peers.len();
        self.rules.tally(&tally.grants) >= self.quorum() && (all_settled || !self.config.strategy.awaits_everyone())
    }

    /// Asks everybody in the term of now, on behalf of the candidacy that began a moment ago.
    pub(super) fn ask_late(&mut self) {
        self.ask_at = None;
        if matches!(self.standing, Standing::Candidate(_)) {
            return self.ask_all();
        }
        let request = Request::RequestVote(self.vote_request(self.hard.term));
        let call = Call { term: self.hard.term, round: self.round };
        for to in self.config.peers.clone() {
            self.actions.push(Action::Send { to, call, request: request.clone() });
        }
    }
}
