//! `vote-not-persisted`: Term and vote are never written. Seen in PySyncObj#202, raft-java#57, the first lab note. Exposed by killing everyone at once: terms begin
//! again; or by killing a voter right after its grant.

use super::Defect;
use crate::raft::{HardState, Why};
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "vote-not-persisted",
    row: Some(3),
    rule: "term and vote are durable before anything depends on them",
    property: "a node's term never falls and it votes once a term, across restarts",
    claim: "election-safety",
    checker: "term-monotonic",
    needs: &[],
    rules: Ok(|| Box::new(VoteNotPersisted)),
};

#[derive(Debug)]
pub(crate) struct VoteNotPersisted;

impl Rules for VoteNotPersisted {
    fn writes(&self, _: &HardState, _: &HardState, _: Why) -> Vec<HardState> {
        Vec::new()
    }
}
