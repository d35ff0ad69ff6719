//! `leader-ignores-reply-term`: A leader overlooks the higher term in a reply to its heartbeat. Seen in verdi-raft#29. Exposed by isolating a follower,
//! healing, and holding only its own requests.

use super::Defect;
use crate::raft::{Role, Term};
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "leader-ignores-reply-term",
    row: Some(22),
    rule: "a higher term in a reply is adopted",
    property: "a node with a higher term rejoins within the bound",
    claim: "re-election",
    checker: "final-leader",
    needs: &[],
    rules: Ok(|| Box::new(LeaderIgnoresReplyTerm)),
};

#[derive(Debug)]
pub(crate) struct LeaderIgnoresReplyTerm;

impl Rules for LeaderIgnoresReplyTerm {
    fn term_after_reply(&self, role: Role, own: Term, reply: Term) -> Term {
        if role == Role::Leader { own } else { own.max(reply) }
    }
}
