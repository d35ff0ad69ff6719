//! `unanimous-quorum`: A leader needs the votes of all others. Exposed by killing one of three.

use super::Defect;
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "unanimous-quorum",
    row: Some(16),
    rule: "a majority suffices to make a leader",
    property: "a leader is elected within the bound",
    claim: "re-election",
    checker: "re-election",
    needs: &[],
    rules: Ok(|| Box::new(UnanimousQuorum)),
};

#[derive(Debug)]
pub(crate) struct UnanimousQuorum;

impl Rules for UnanimousQuorum {
    fn quorum(&self, members: usize) -> usize {
        members
    }
}
