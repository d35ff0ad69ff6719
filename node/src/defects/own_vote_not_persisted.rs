//! `own-vote-not-persisted`: A candidate's term and its vote for itself are not written; what a voter promises is. Seen in the second lab
//! note. Exposed by killing a candidate or leader and starting it again.

use super::Defect;
use crate::raft::{HardState, Why};
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "own-vote-not-persisted",
    row: None,
    rule: "a candidate's term and vote are durable before it asks",
    property: "a node's term never falls and it votes once a term, across restarts",
    claim: "election-safety",
    checker: "term-monotonic",
    needs: &[],
    rules: Ok(|| Box::new(OwnVoteNotPersisted)),
};

#[derive(Debug)]
pub(crate) struct OwnVoteNotPersisted;

impl Rules for OwnVoteNotPersisted {
    fn writes(&self, _: &HardState, next: &HardState, why: Why) -> Vec<HardState> {
        if why == Why::Candidacy { Vec::new() } else { vec![next.clone()] }
    }
}
