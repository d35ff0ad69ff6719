//! `vote-cleared-by-heartbeat`: AppendEntries of the same term clears the vote. Seen in camunda#5356, akka-raft#56, CCF#8094. Exposed by two candidates in
//! one term, the loser's requests arriving after the winner's first heartbeat.

use super::Defect;
use crate::raft::Name;
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "vote-cleared-by-heartbeat",
    row: Some(1),
    rule: "the vote stays through a heartbeat of the same term",
    property: "one vote a term",
    claim: "election-safety",
    checker: "vote-once",
    needs: &[],
    rules: Ok(|| Box::new(VoteClearedByHeartbeat)),
};

#[derive(Debug)]
pub(crate) struct VoteClearedByHeartbeat;

impl Rules for VoteClearedByHeartbeat {
    fn vote_after_heartbeat(&self, _: Option<Name>, _: &Name) -> Option<Name> {
        None
    }
}
