//! `stale-grants`: Replies of an older term, or to a lost candidacy, are counted. Seen in little-raft#44. Exposed by delaying a grant past the
//! next candidacy of the one who asked.

use super::Defect;
use crate::raft::Term;
use crate::rules::{Grant, Rules};

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "stale-grants",
    row: Some(6),
    rule: "a grant counts only for the candidacy that asked for it",
    property: "a leader has the votes of a majority in its term",
    claim: "election-safety",
    checker: "leader-has-majority",
    needs: &[],
    rules: Ok(|| Box::new(StaleGrants)),
};

#[derive(Debug)]
pub(crate) struct StaleGrants;

impl Rules for StaleGrants {
    fn grant_counts(&self, _: Grant, _: Term, _: u64) -> bool {
        true
    }
}
