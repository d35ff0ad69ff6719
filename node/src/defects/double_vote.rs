//! `double-vote`: Whoever asks gets the vote, also when another has it already. Exposed by two candidates in one term.

use super::Defect;
use crate::raft::Name;
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "double-vote",
    row: None,
    rule: "one vote a term",
    property: "at most one leader a term",
    claim: "election-safety",
    checker: "vote-once",
    needs: &[],
    rules: Ok(|| Box::new(DoubleVote)),
};

#[derive(Debug)]
pub(crate) struct DoubleVote;

impl Rules for DoubleVote {
    fn vote_is_free(&self, _: Option<&Name>, _: &Name) -> bool {
        true
    }
}
