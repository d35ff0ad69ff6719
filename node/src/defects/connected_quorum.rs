//! `connected-quorum`: The majority is one of the peers that seem to be connected: those of which nothing has been
//! heard since a request to them failed do not count. Seen in leifdb#73. Exposed by isolating a node.

use super::Defect;
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "connected-quorum",
    row: Some(12),
    rule: "a majority is one of all members, whether they can be reached or not",
    property: "at most one leader a term",
    claim: "election-safety",
    checker: "leader-has-majority",
    needs: &[],
    rules: Ok(|| Box::new(ConnectedQuorum)),
};

#[derive(Debug)]
pub(crate) struct ConnectedQuorum;

impl Rules for ConnectedQuorum {
    fn electorate(&self, members: usize, silent: usize) -> usize {
        members.saturating_sub(silent).max(1)
    }
}
