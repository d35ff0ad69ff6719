//! `no-leader-means-candidate`: Who acknowledges no leader campaigns at once, also who has just granted a vote or learnt of a newer term.
//! Seen in the first lab note, whose candidates wait for a random time first. Exposed by any election.

use super::Defect;
use crate::raft::Name;
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "no-leader-means-candidate",
    row: None,
    rule: "a follower waits as long for a leader that it does not know yet",
    property: "a leader is elected within the bound",
    claim: "re-election",
    checker: "re-election",
    needs: &[],
    rules: Ok(|| Box::new(NoLeaderMeansCandidate)),
};

#[derive(Debug)]
pub(crate) struct NoLeaderMeansCandidate;

impl Rules for NoLeaderMeansCandidate {
    fn waits_for(&self, leader: Option<&Name>) -> bool {
        leader.is_some()
    }
}
