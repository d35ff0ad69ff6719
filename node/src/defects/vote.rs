//! Broken rules of which node is given a vote, and of how long it stays given.

use crate::raft::{LogEnd, Name};
use crate::rules::Rules;

/// `double-vote`: Every node that asks gets the vote, also when another has it already. Exposed by two candidates in one
/// term.
#[derive(Debug)]
pub(crate) struct DoubleVote;

impl Rules for DoubleVote {
    fn vote_is_free(&self, _: Option<&Name>, _: &Name) -> bool {
        true
    }
}

/// `logs-not-compared`: Votes are granted whatever the candidate's log. Exposed by nodes with unequal logs.
#[derive(Debug)]
pub(crate) struct LogsNotCompared;

impl Rules for LogsNotCompared {
    fn log_is_current(&self, _: LogEnd, _: LogEnd) -> bool {
        true
    }
}

/// `no-own-vote`: A candidate counts its own vote but does not record it, and so may give it away. Seen in
/// nebula#3415. Exposed by symmetric delay.
#[derive(Debug)]
pub(crate) struct NoOwnVote;

impl Rules for NoOwnVote {
    fn own_vote(&self, _: &Name) -> Option<Name> {
        None
    }
}

/// `vote-not-stored`: A grant is sent and leaves no vote, so that the next candidate of the term is granted one
/// too. Seen in the first lab note. Exposed by any election where votes are shown, else by two candidates of one
/// term.
#[derive(Debug)]
pub(crate) struct VoteNotStored;

impl Rules for VoteNotStored {
    fn vote_after_grant(&self, vote: Option<Name>, _: &Name) -> Option<Name> {
        vote
    }
}

/// `vote-cleared-by-heartbeat`: AppendEntries of the same term clears the vote. Seen in camunda#5356, akka-raft#56,
/// CCF#8094. Exposed by two candidates in one term, the loser's requests arriving after the winner's first
/// heartbeat.
#[derive(Debug)]
pub(crate) struct VoteClearedByHeartbeat;

impl Rules for VoteClearedByHeartbeat {
    fn vote_after_heartbeat(&self, _: Option<Name>, _: &Name) -> Option<Name> {
        None
    }
}

/// `vote-means-leader`: The vote is the leader acknowledged now: a heartbeat sets it, whatever it was. Seen in the
/// first lab note. Exposed by a node that voted for another than the winner, such as a candidate that lost.
#[derive(Debug)]
pub(crate) struct VoteMeansLeader;

impl Rules for VoteMeansLeader {
    fn vote_after_heartbeat(&self, _: Option<Name>, leader: &Name) -> Option<Name> {
        Some(leader.clone())
    }
}

/// `vote-cleared-on-timeout`: The vote is cleared when the wait for a leader is over, in the same term. Seen in the
/// first lab note, whose candidates then wait once more. A candidate that raises its term in the same step has no
/// vote to lose; with PreVote it first asks, in the old term, whether it could win. Exposed by taking the leader
/// away.
#[derive(Debug)]
pub(crate) struct VoteClearedOnTimeout;

impl Rules for VoteClearedOnTimeout {
    fn vote_after_timeout(&self, _: Option<Name>) -> Option<Name> {
        None
    }
}

/// `vote-cleared-on-step-down`: A leader that CheckQuorum unseats forgets that it voted for itself. Seen in
/// hazelcast#16643, nats-server#7698. Exposed by cutting the leader off while a rival of the same term is paused,
/// then releasing the rival.
#[derive(Debug)]
pub(crate) struct VoteClearedOnStepDown;

impl Rules for VoteClearedOnStepDown {
    fn vote_after_stepping_down(&self, _: Option<Name>) -> Option<Name> {
        None
    }
}
