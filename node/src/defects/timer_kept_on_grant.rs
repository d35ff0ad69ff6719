//! `timer-kept-on-grant`: A voter does not give its candidate the time to win. Seen in hashicorp/raft#91, braft#465. Exposed by tight timeouts.

use super::Defect;
use crate::rules::{Contact, Rules};

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "timer-kept-on-grant",
    row: Some(19),
    rule: "granting a vote restarts the election timer",
    property: "a leader is elected within the bound",
    claim: "re-election",
    checker: "re-election",
    needs: &[],
    rules: Ok(|| Box::new(TimerKeptOnGrant)),
};

#[derive(Debug)]
pub(crate) struct TimerKeptOnGrant;

impl Rules for TimerKeptOnGrant {
    fn restarts_timer(&self, contact: Contact) -> bool {
        contact == Contact::Heartbeat
    }
}
