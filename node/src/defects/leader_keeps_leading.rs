//! `leader-keeps-leading`: A leader takes the higher term, grants its vote, and goes on leading. Seen in willemt/raft#10. Exposed by cutting the link
//! from the leader to one follower.

use super::Defect;
use crate::raft::Role;
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "leader-keeps-leading",
    row: Some(14),
    rule: "a leader that learns a higher term becomes follower",
    property: "a leader's term does not change while it leads",
    claim: "election-safety",
    checker: "lawful-transitions",
    needs: &[],
    rules: Ok(|| Box::new(LeaderKeepsLeading)),
};

#[derive(Debug)]
pub(crate) struct LeaderKeepsLeading;

impl Rules for LeaderKeepsLeading {
    fn role_in_newer_term(&self, role: Role) -> Role {
        if role == Role::Leader { role } else { Role::Follower }
    }
}
