//! `vote-cleared-on-step-down`: A leader that CheckQuorum unseats forgets that it voted for itself. Seen in hazelcast#16643, nats-server#7698. Exposed by
//! cutting the leader off while a rival of the same term is paused, then releasing the rival.

use super::Defect;
use crate::raft::Name;
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "vote-cleared-on-step-down",
    row: Some(2),
    rule: "the vote stays when a leader steps down in its own term",
    property: "one vote a term",
    claim: "election-safety",
    checker: "vote-once",
    needs: &["--set", "check-quorum=true"],
    rules: Ok(|| Box::new(VoteClearedOnStepDown)),
};

#[derive(Debug)]
pub(crate) struct VoteClearedOnStepDown;

impl Rules for VoteClearedOnStepDown {
    fn vote_after_stepping_down(&self, _: Option<Name>) -> Option<Name> {
        None
    }
}
