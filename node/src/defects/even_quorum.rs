//! `even-quorum`: Half of an even number of votes suffices: n/2 rounded up, which is right for odd clusters only.
//! Seen in leifdb#73. Exposed by splitting four nodes in halves.

use super::Defect;
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "even-quorum",
    row: Some(12),
    rule: "a leader needs the votes of more than half, also where the number of members is even",
    property: "at most one leader a term",
    claim: "election-safety",
    checker: "leader-has-majority",
    needs: &["--nodes", "4"],
    rules: Ok(|| Box::new(EvenQuorum)),
};

#[derive(Debug)]
pub(crate) struct EvenQuorum;

impl Rules for EvenQuorum {
    fn quorum(&self, members: usize) -> usize {
        members.div_ceil(2)
    }
}
