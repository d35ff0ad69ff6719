//! `timer-reset-by-refusal`: Every RequestVote restarts the timer, also a refused one. Seen in raft-rs#14, etcd#12959; in the second lab note, of requests that
//! are not of an older term. Exposed by a node with a stale log
//! and shorter timeouts than the others.

use super::Defect;
use crate::rules::{Contact, Rules};

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "timer-reset-by-refusal",
    row: Some(18),
    rule: "refusing a vote does not restart the election timer",
    property: "a leader is elected within the bound",
    claim: "re-election",
    checker: "re-election",
    needs: &["--set", "log=1/5", "--set", "n1.log=0/0", "--set", "n1.election=50ms..100ms"],
    rules: Ok(|| Box::new(TimerResetByRefusal)),
};

#[derive(Debug)]
pub(crate) struct TimerResetByRefusal;

impl Rules for TimerResetByRefusal {
    fn restarts_timer(&self, contact: Contact) -> bool {
        contact != Contact::StaleHeartbeat
    }
}
