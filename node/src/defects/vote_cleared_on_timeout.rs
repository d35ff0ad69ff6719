//! `vote-cleared-on-timeout`: The vote is cleared when the wait for a leader is over, in the same term. Seen in the first lab note, whose
//! candidates then wait once more. A candidate that raises its term in the same step has no vote to lose; with PreVote it first asks, in the old term,
//! whether it could win. Exposed by taking the leader away.

use super::Defect;
use crate::raft::Name;
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "vote-cleared-on-timeout",
    row: None,
    rule: "the vote of a term stays when the wait for a leader is over",
    property: "one vote a term",
    claim: "election-safety",
    checker: "vote-once",
    needs: &["--set", "prevote=true"],
    rules: Ok(|| Box::new(VoteClearedOnTimeout)),
};

#[derive(Debug)]
pub(crate) struct VoteClearedOnTimeout;

impl Rules for VoteClearedOnTimeout {
    fn vote_after_timeout(&self, _: Option<Name>) -> Option<Name> {
        None
    }
}
