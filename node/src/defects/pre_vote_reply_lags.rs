//! `pre-vote-reply-lags`: The reply to a PreVote carries the lower of both nodes' terms. A grant by a voter whose
//! term lags then counts for nothing, and a refusal never tells a candidate whose term lags how far behind it is: two
//! such nodes can never elect each other. Seen in etcd#8243, rabbitmq/ra#439. Exposed by killing a follower, raising
//! the terms of the others, killing the leader and starting the follower again.

use super::Defect;
use crate::raft::Term;
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "pre-vote-reply-lags",
    row: Some(25),
    rule: "a pre-vote counts though its voter's term lags, and a refusal brings a candidate whose term lags up to date",
    property: "a leader is elected within the bound",
    claim: "re-election",
    checker: "re-election",
    needs: &["--set", "prevote=true"],
    rules: Ok(|| Box::new(PreVoteReplyLags)),
};

#[derive(Debug)]
pub(crate) struct PreVoteReplyLags;

impl Rules for PreVoteReplyLags {
    fn pre_vote_reply_term(&self, own: Term, asked: Term, granted: bool) -> Term {
        let candidates = asked.saturating_sub(1);
        if granted && own == candidates { asked } else { own.min(candidates) }
    }
}
