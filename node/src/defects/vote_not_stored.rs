//! `vote-not-stored`: A grant is sent and leaves no vote, so that the next candidate of the term is granted one too. Seen in the first
//! lab note. Exposed by any election where votes are shown, else by two candidates of one term.

use super::Defect;
use crate::raft::Name;
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "vote-not-stored",
    row: None,
    rule: "a granted vote is the voter's vote in that term",
    property: "a leader has the votes of a majority in its term",
    claim: "election-safety",
    checker: "leader-has-majority",
    needs: &[],
    rules: Ok(|| Box::new(VoteNotStored)),
};

#[derive(Debug)]
pub(crate) struct VoteNotStored;

impl Rules for VoteNotStored {
    fn vote_after_grant(&self, vote: Option<Name>, _: &Name) -> Option<Name> {
        vote
    }
}
