//! `candidate-ignores-leader`: A candidate refuses AppendEntries of its own term and campaigns on. Seen in goraft#53. Exposed by simultaneous candidates.

use super::Defect;
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "candidate-ignores-leader",
    row: Some(21),
    rule: "a candidate yields to the leader of its own term",
    property: "no needless elections",
    claim: "stability",
    checker: "stability",
    needs: &[],
    rules: Ok(|| Box::new(CandidateIgnoresLeader)),
};

#[derive(Debug)]
pub(crate) struct CandidateIgnoresLeader;

impl Rules for CandidateIgnoresLeader {
    fn candidate_yields(&self) -> bool {
        false
    }
}
