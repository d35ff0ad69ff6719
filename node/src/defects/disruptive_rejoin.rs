//! `disruptive-rejoin`: A node that is told to ask first (PreVote) does not, so that whoever comes back from
//! isolation unseats the leader. Lawful for plain Raft; judged only where PreVote is claimed. Seen in etcd#9563,
//! hashicorp/raft#411. Exposed by isolating a follower for some seconds, and healing.

use super::Defect;
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "disruptive-rejoin",
    row: Some(23),
    rule: "where PreVote is claimed, an election is preceded by it",
    property: "no needless elections",
    claim: "clique",
    checker: "stability",
    needs: &["--set", "prevote=true", "--set", "check-quorum=true"],
    rules: Ok(|| Box::new(DisruptiveRejoin)),
};

#[derive(Debug)]
pub(crate) struct DisruptiveRejoin;

impl Rules for DisruptiveRejoin {
    fn pre_votes(&self) -> bool {
        false
    }
}
