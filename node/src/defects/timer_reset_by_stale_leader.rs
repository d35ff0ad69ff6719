//! `timer-reset-by-stale-leader`: AppendEntries of an old term restarts the timer. Seen in miniraft-cpp#28. Exposed by cutting the leader off, electing
//! another, restoring only the first one's outbound links (network `proxy`) and killing the second.

use super::Defect;
use crate::rules::{Contact, Rules};

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "timer-reset-by-stale-leader",
    row: Some(20),
    rule: "only a heartbeat of the current term restarts the election timer",
    property: "a leader is elected within the bound",
    claim: "re-election",
    checker: "re-election",
    needs: &[],
    rules: Ok(|| Box::new(TimerResetByStaleLeader)),
};

#[derive(Debug)]
pub(crate) struct TimerResetByStaleLeader;

impl Rules for TimerResetByStaleLeader {
    fn restarts_timer(&self, contact: Contact) -> bool {
        contact != Contact::RefusedVote
    }
}
