//! Broken rules of how long a node waits for a leader, and of what restarts the wait.

use std::ops::RangeInclusive;
use std::time::Duration;

use rand_chacha::ChaCha8Rng;

use crate::raft::{Name, Role};
use crate::rules::{Contact, Rules, drawn};

/// `fixed-timeout`: Every wait is T_min, so that nodes which last heard the same heartbeat campaign together, for
/// ever. Seen in goraft#13, openraft#1838. Exposed by killing the leader just after a heartbeat.
#[derive(Debug)]
pub(crate) struct FixedTimeout;

impl Rules for FixedTimeout {
    fn election_timeout(&self, _: Role, range: &RangeInclusive<Duration>, _: &mut ChaCha8Rng) -> Duration {
        *range.start()
    }
}

/// In so many slices the wait is cut.
const SLICES: u32 = 200;

fn whole_milliseconds(time: Duration) -> Duration {
    Duration::from_millis(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

/// `fixed-wait-short-slices`: A follower's wait is the same for all: the longest timeout in 200 slices of whole
/// milliseconds, so that of 300 ms there are left 200, and of less than 200 ms nothing. Seen in the first lab note.
/// Exposed by a short timeout; else it only makes the followers of one leader campaign together, once: a
/// candidate's own waits are drawn.
#[derive(Debug)]
pub(crate) struct FixedWaitShortSlices;

impl Rules for FixedWaitShortSlices {
    fn election_timeout(&self, role: Role, range: &RangeInclusive<Duration>, rng: &mut ChaCha8Rng) -> Duration {
        if role == Role::Follower { SLICES * whole_milliseconds(*range.end() / SLICES) } else { drawn(range, rng) }
    }
}

/// `no-leader-means-candidate`: A node that acknowledges no leader campaigns at once, also one that has just granted a vote or
/// learnt of a newer term. Seen in the first lab note, whose candidates wait for a random time first. Exposed by
/// any election.
#[derive(Debug)]
pub(crate) struct NoLeaderMeansCandidate;

impl Rules for NoLeaderMeansCandidate {
    fn waits_for(&self, leader: Option<&Name>) -> bool {
        leader.is_some()
    }
}

/// `timer-reset-by-refusal`: Every RequestVote restarts the timer, also a refused one. Seen in raft-rs#14,
/// etcd#12959; in the second lab note, of requests that are not of an older term. Exposed by a node with a stale
/// log and shorter timeouts than the others.
#[derive(Debug)]
pub(crate) struct TimerResetByRefusal;

impl Rules for TimerResetByRefusal {
    fn restarts_timer(&self, contact: Contact) -> bool {
        contact != Contact::StaleHeartbeat
    }
}

/// `timer-kept-on-grant`: A voter does not give its candidate the time to win. Seen in hashicorp/raft#91,
/// braft#465. Exposed by tight timeouts.
#[derive(Debug)]
pub(crate) struct TimerKeptOnGrant;

impl Rules for TimerKeptOnGrant {
    fn restarts_timer(&self, contact: Contact) -> bool {
        contact == Contact::Heartbeat
    }
}

/// `timer-reset-by-stale-leader`: AppendEntries of an old term restarts the timer. Seen in miniraft-cpp#28. Exposed
/// by cutting the leader off, electing another, restoring only the first one's outbound links (network `proxy`) and
/// killing the second.
#[derive(Debug)]
pub(crate) struct TimerResetByStaleLeader;

impl Rules for TimerResetByStaleLeader {
    fn restarts_timer(&self, contact: Contact) -> bool {
        contact != Contact::RefusedVote
    }
}
