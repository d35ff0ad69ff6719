//! `reply-term-ignored`: The term in a reply is never looked at, by nobody. Seen in the second lab note. Exposed as
//! `leader-ignores-reply-term` is: by a follower whose term is newer and whose own requests are not heard, as before a sticky leader.

use super::Defect;
use crate::raft::{Role, Term};
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "reply-term-ignored",
    row: None,
    rule: "the higher term in a reply is adopted, in every role",
    property: "all follow one leader after the last heal",
    claim: "re-election",
    checker: "final-leader",
    needs: &["--set", "check-quorum=true", "--set", "sticky=true"],
    rules: Ok(|| Box::new(ReplyTermIgnored)),
};

#[derive(Debug)]
pub(crate) struct ReplyTermIgnored;

impl Rules for ReplyTermIgnored {
    fn term_after_reply(&self, _: Role, own: Term, _: Term) -> Term {
        own
    }
}
