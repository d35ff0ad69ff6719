//! `last-log-always-zero`: A candidate tells of an empty log, whatever it has. Seen in the second lab note. Exposed by logs that are not
//! empty: nobody votes for it.

use super::Defect;
use crate::raft::LogEnd;
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "last-log-always-zero",
    row: None,
    rule: "a candidate tells where its log ends",
    property: "a leader is elected within the bound",
    claim: "re-election",
    checker: "re-election",
    needs: &["--set", "log=1/5"],
    rules: Ok(|| Box::new(LastLogAlwaysZero)),
};

#[derive(Debug)]
pub(crate) struct LastLogAlwaysZero;

impl Rules for LastLogAlwaysZero {
    fn log_told(&self, _: LogEnd) -> LogEnd {
        LogEnd::default()
    }
}
