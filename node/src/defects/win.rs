//! Broken rules of which grants count, and of when a candidate leads.

use std::time::Duration;

use crate::raft::{Name, Term};
use crate::rules::{Grant, Rules};

/// `stale-grants`: Replies of an older term, or to a lost candidacy, are counted. Seen in little-raft#44. Exposed
/// by delaying a grant past the next candidacy of the one who asked.
#[derive(Debug)]
pub(crate) struct StaleGrants;

impl Rules for StaleGrants {
    fn grant_counts(&self, _: Grant, _: Term, _: u64) -> bool {
        true
    }
}

/// `lost-candidacy-wins`: Each candidacy counts its own grants to the end, and a node that comes to a majority leads now. That
/// holds also in a term that the candidacy was not for, and though it has stepped down. Seen in both lab notes. (Under
/// `stale-grants` such a grant counts for the present candidacy.) Exposed by grants that arrive after a newer term.
#[derive(Debug)]
pub(crate) struct LostCandidacyWins;

impl Rules for LostCandidacyWins {
    fn lost_candidacy_wins(&self) -> bool {
        true
    }
}

/// `duplicate-grants`: Every grant counts, also the second of one voter. Seen in nats-server#5149, xraft#27.
/// Exposed by delaying replies beyond the RPC timeout, so that the request is sent again.
#[derive(Debug)]
pub(crate) struct DuplicateGrants;

impl Rules for DuplicateGrants {
    fn tally(&self, grants: &[Name]) -> usize {
        grants.len()
    }
}

/// `waits-for-all`: The election waits for a reply from every peer, and the failure of a request is none. The first
/// lab note's earlier stages wait too, though only until each has answered or timed out: so do the strategies
/// `sequential` and `concurrent`. Exposed by pausing or killing a peer.
#[derive(Debug)]
pub(crate) struct WaitsForAll;

impl Rules for WaitsForAll {
    fn may_lead_before_answers(&self, unanswered: usize) -> bool {
        unanswered == 0
    }
}

/// `late-win`: The last vote is counted by one thread and the role changed by another, 10 ms later, which does not
/// ask whether the node has stepped down since. Seen in nats-server#7297, camunda#1068. Exposed by pausing a
/// candidate at the moment of winning, or by delay.
#[derive(Debug)]
pub(crate) struct LateWin;

impl Rules for LateWin {
    fn leads_after(&self) -> Option<Duration> {
        Some(Duration::from_millis(10))
    }
}
