//! `late-win`: The last vote is counted by one thread and the role changed by another, 10 ms later, which does not
//! ask whether the node has stepped down since. Seen in nats-server#7297, camunda#1068. Exposed by pausing a
//! candidate at the moment of winning, or by delay.

use std::time::Duration;

use super::Defect;
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "late-win",
    row: Some(13),
    rule: "a candidate that has stepped down does not lead",
    property: "a leader has the votes of a majority in its term",
    claim: "election-safety",
    checker: "leader-has-majority",
    needs: &[],
    rules: Ok(|| Box::new(LateWin)),
};

#[derive(Debug)]
pub(crate) struct LateWin;

impl Rules for LateWin {
    fn leads_after(&self) -> Option<Duration> {
        Some(Duration::from_millis(10))
    }
}
