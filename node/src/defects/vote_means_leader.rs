//! `vote-means-leader`: The vote is the leader acknowledged now: a heartbeat sets it, whatever it was. Seen in the first lab note.
//! Exposed by whoever voted for another than the winner, such as a candidate that lost.

use super::Defect;
use crate::raft::Name;
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "vote-means-leader",
    row: None,
    rule: "a heartbeat leaves the vote of its term as it is",
    property: "one vote a term",
    claim: "election-safety",
    checker: "vote-once",
    needs: &[],
    rules: Ok(|| Box::new(VoteMeansLeader)),
};

#[derive(Debug)]
pub(crate) struct VoteMeansLeader;

impl Rules for VoteMeansLeader {
    fn vote_after_heartbeat(&self, _: Option<Name>, leader: &Name) -> Option<Name> {
        Some(leader.clone())
    }
}
