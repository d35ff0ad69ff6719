//! `duplicate-grants`: Every grant counts, also the second of one voter. Seen in nats-server#5149, xraft#27. Exposed by delaying replies beyond
//! the RPC timeout, so that the request is sent again.

use super::Defect;
use crate::raft::Name;
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "duplicate-grants",
    row: Some(7),
    rule: "a voter counts once however often it answers",
    property: "a leader has the votes of a majority in its term",
    claim: "election-safety",
    checker: "leader-has-majority",
    needs: &[],
    rules: Ok(|| Box::new(DuplicateGrants)),
};

#[derive(Debug)]
pub(crate) struct DuplicateGrants;

impl Rules for DuplicateGrants {
    fn tally(&self, grants: &[Name]) -> usize {
        grants.len()
    }
}
