//! `steps-down-unacknowledged`: A leader is a follower again when no majority has acknowledged a heartbeat by the time that the one after the
//! next is due, whether or not it is told to check its quorum. Seen in the first lab note. Exposed by links on which an answer takes
//! longer than two heartbeat intervals.

use std::time::Duration;

use super::Defect;
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "steps-down-unacknowledged",
    row: None,
    rule: "a leader leads on though heartbeats are not acknowledged; with CheckQuorum, for an election timeout",
    property: "no needless elections",
    claim: "stability",
    checker: "stability",
    needs: &[],
    rules: Ok(|| Box::new(StepsDownUnacknowledged)),
};

#[derive(Debug)]
pub(crate) struct StepsDownUnacknowledged;

impl Rules for StepsDownUnacknowledged {
    fn leads_unanswered(&self, _: bool, _: Duration, heartbeat: Duration) -> Option<Duration> {
        Some(2 * heartbeat)
    }
}
