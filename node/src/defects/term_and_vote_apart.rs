//! `term-and-vote-apart`: The vote is written first and the term after it, so that a crash in between leaves the new
//! term's vote in the old term. Seen in hashicorp/raft#661. Exposed by killing a node between the two writes (a slow
//! disk makes that time longer: `--set persist-delay=20ms --set persist-delay-on=all`).

use super::Defect;
use crate::raft::{HardState, Why};
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "term-and-vote-apart",
    row: Some(4),
    rule: "term and vote are written together",
    property: "one vote a term, across restarts",
    claim: "election-safety",
    checker: "vote-once",
    needs: &[],
    rules: Ok(|| Box::new(TermAndVoteApart)),
};

#[derive(Debug)]
pub(crate) struct TermAndVoteApart;

impl Rules for TermAndVoteApart {
    fn writes(&self, before: &HardState, next: &HardState, _: Why) -> Vec<HardState> {
        let vote_only = HardState { term: before.term, vote: next.vote.clone() };
        let mut writes = vec![vote_only, next.clone()];
        writes.dedup();
        writes.retain(|write| write != before);
        writes
    }
}
