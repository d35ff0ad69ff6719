//! `no-own-vote`: A candidate counts its own vote but does not record it, and so may give it away. Seen in nebula#3415. Exposed by
//! symmetric delay.

use super::Defect;
use crate::raft::Name;
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "no-own-vote",
    row: Some(8),
    rule: "a candidate votes for itself",
    property: "one vote a term",
    claim: "election-safety",
    checker: "lawful-transitions",
    needs: &[],
    rules: Ok(|| Box::new(NoOwnVote)),
};

#[derive(Debug)]
pub(crate) struct NoOwnVote;

impl Rules for NoOwnVote {
    fn own_vote(&self, _: &Name) -> Option<Name> {
        None
    }
}
