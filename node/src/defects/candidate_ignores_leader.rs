//! `candidate-ignores-leader`: A candidate refuses AppendEntries of its own term and campaigns on, and so does a precandidate. Seen in
//! goraft#53. Exposed by simultaneous candidates, and with PreVote by whoever was cut off and comes back in the same term:
//! its campaign finds no majority, and ends no more.

use super::Defect;
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "candidate-ignores-leader",
    row: Some(21),
    rule: "a candidate yields to the leader of its own term",
    property: "every running node follows the leader within the bound",
    claim: "re-election",
    checker: "final-leader",
    needs: &["--set", "prevote=true"],
    rules: Ok(|| Box::new(CandidateIgnoresLeader)),
};

#[derive(Debug)]
pub(crate) struct CandidateIgnoresLeader;

impl Rules for CandidateIgnoresLeader {
    fn candidate_yields(&self) -> bool {
        false
    }
}
