//! Broken rules of what a node becomes when it meets another term, or the leader of its own.

use crate::raft::{Role, Term};
use crate::rules::Rules;

/// `term-lowered`: The term of a reply is taken whatever it is. Seen in eliben/raft#14, nats-server#5671. Exposed
/// by inflating the terms of two nodes unequally and healing the higher first.
#[derive(Debug)]
pub(crate) struct TermLowered;

impl Rules for TermLowered {
    fn term_after_reply(&self, _: Role, _: Term, reply: Term) -> Term {
        reply
    }
}

/// `leader-ignores-reply-term`: A leader overlooks the higher term in a reply to its heartbeat. Seen in
/// verdi-raft#29. Exposed by isolating a follower, healing, and holding only its own requests.
#[derive(Debug)]
pub(crate) struct LeaderIgnoresReplyTerm;

impl Rules for LeaderIgnoresReplyTerm {
    fn term_after_reply(&self, role: Role, own: Term, reply: Term) -> Term {
        if role == Role::Leader { own } else { own.max(reply) }
    }
}

/// `reply-term-ignored`: The term in a reply is never looked at, by no node. Seen in the second lab note. Exposed as
/// `leader-ignores-reply-term` is: by a follower whose term is newer and whose own requests are not heard, as
/// before a sticky leader.
#[derive(Debug)]
pub(crate) struct ReplyTermIgnored;

impl Rules for ReplyTermIgnored {
    fn term_after_reply(&self, _: Role, own: Term, _: Term) -> Term {
        own
    }
}

/// `leader-keeps-leading`: A leader takes the higher term, grants its vote, and goes on leading. Seen in
/// willemt/raft#10. Exposed by cutting the link from the leader to one follower.
#[derive(Debug)]
pub(crate) struct LeaderKeepsLeading;

impl Rules for LeaderKeepsLeading {
    fn role_in_newer_term(&self, role: Role) -> Role {
        if role == Role::Leader { role } else { Role::Follower }
    }
}

/// `candidate-ignores-leader`: A candidate refuses AppendEntries of its own term and campaigns on, and so does a
/// precandidate. Seen in goraft#53. Exposed by simultaneous candidates, and with PreVote by a node that was cut off and
/// comes back in the same term: its campaign finds no majority, and ends no more.
#[derive(Debug)]
pub(crate) struct CandidateIgnoresLeader;

impl Rules for CandidateIgnoresLeader {
    fn candidate_yields(&self) -> bool {
        false
    }
}
