//! `half-quorum`: Half of the votes suffice: n/2 in place of n/2 + 1, so that each half of four nodes, and each one of three, may
//! have a leader of its own. Exposed by splitting four in halves.

use super::Defect;
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "half-quorum",
    row: Some(16),
    rule: "a leader needs the votes of a majority",
    property: "at most one leader a term",
    claim: "election-safety",
    checker: "leader-has-majority",
    needs: &[],
    rules: Ok(|| Box::new(HalfQuorum)),
};

#[derive(Debug)]
pub(crate) struct HalfQuorum;

impl Rules for HalfQuorum {
    fn quorum(&self, members: usize) -> usize {
        (members / 2).max(1)
    }
}
