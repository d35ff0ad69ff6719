//! Broken rules of what a candidate asks and is told, and which peers it asks again.

use std::time::Duration;

use crate::raft::{LogEnd, Term};
use crate::rules::Rules;

/// `request-term-reread`: The term of a vote request is read anew when it is sent, a moment after the candidacy
/// began (here a millisecond, so that it happens at all). By then it may be another's. Seen in the second lab note.
/// Exposed by two candidates at once; by itself it costs a vote here and there, since a grant that comes back
/// counts for no candidacy.
#[derive(Debug)]
pub(crate) struct RequestTermReread;

impl Rules for RequestTermReread {
    fn asks_after(&self) -> Option<Duration> {
        Some(Duration::from_millis(1))
    }
}

/// `last-log-always-zero`: A candidate tells of an empty log, whatever it has. Seen in the second lab note. Exposed
/// by logs that are not empty: no node votes for it.
#[derive(Debug)]
pub(crate) struct LastLogAlwaysZero;

impl Rules for LastLogAlwaysZero {
    fn log_told(&self, _: LogEnd) -> LogEnd {
        LogEnd::default()
    }
}

/// `disruptive-rejoin`: A node that is told to ask first (PreVote) does not, so that a node that comes back from
/// isolation unseats the leader. Lawful for plain Raft; judged only where PreVote is claimed. Seen in etcd#9563,
/// hashicorp/raft#411. Exposed by isolating a follower for some seconds, and healing.
#[derive(Debug)]
pub(crate) struct DisruptiveRejoin;

impl Rules for DisruptiveRejoin {
    fn pre_votes(&self) -> bool {
        false
    }
}

/// `pre-vote-reply-lags`: The reply to a PreVote carries the lower of both nodes' terms. A grant by a voter whose term lags then
/// counts for nothing, and a refusal never tells a candidate whose term lags how far behind it is. Two such nodes can never elect
/// each other. Seen in etcd#8243, rabbitmq/ra#439. Exposed by killing a follower, raising the terms of the others, killing the
/// leader and starting the follower again.
#[derive(Debug)]
pub(crate) struct PreVoteReplyLags;

impl Rules for PreVoteReplyLags {
    fn pre_vote_reply_term(&self, own: Term, asked: Term, granted: bool) -> Term {
        let candidates = asked.saturating_sub(1);
        if granted && own == candidates { asked } else { own.min(candidates) }
    }
}

/// `peer-left-busy`: A failed request leaves its peer marked busy, and a busy peer is not asked again before the
/// node restarts. Seen in NuRaft#112. Exposed by pausing a peer and continuing it.
#[derive(Debug)]
pub(crate) struct PeerLeftBusy;

impl Rules for PeerLeftBusy {
    fn failure_is_forgiven(&self) -> bool {
        false
    }
}
