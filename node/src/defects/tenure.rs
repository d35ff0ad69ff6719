//! Broken rules of how long a leader leads.

use std::time::Duration;

use crate::rules::Rules;

/// `isolated-leader-stays`: A leader that no majority answers goes on leading, though CheckQuorum is claimed.
/// Lawful without that claim. Seen in etcd#13527. Exposed by cutting the leader off; followers that still hear a
/// leader which hears no node never elect another.
#[derive(Debug)]
pub(crate) struct IsolatedLeaderStays;

impl Rules for IsolatedLeaderStays {
    fn leads_unanswered(&self, _: bool, _: Duration, _: Duration) -> Option<Duration> {
        None
    }
}

/// `steps-down-unacknowledged`: A leader is a follower again when no majority has acknowledged a heartbeat by the time that the
/// one after the next is due. It does so whether or not it is told to check its quorum. Seen in the first lab note. Exposed by
/// links on which an answer takes longer than two heartbeat intervals.
#[derive(Debug)]
pub(crate) struct StepsDownUnacknowledged;

impl Rules for StepsDownUnacknowledged {
    fn leads_unanswered(&self, _: bool, _: Duration, heartbeat: Duration) -> Option<Duration> {
        Some(2 * heartbeat)
    }
}

/// `abdicates`: A leader gives up after twenty failed heartbeats in all, not in a row and not of a majority. Near
/// what a lab note's leader does (`steps-down-unacknowledged`). Exposed by killing one follower.
#[derive(Debug)]
pub(crate) struct Abdicates;

impl Rules for Abdicates {
    fn abdicates(&self, failures: u32) -> bool {
        failures >= 20
    }
}
