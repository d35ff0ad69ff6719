//! `logs-not-compared`: Votes are granted whatever the candidate's log. Exposed by nodes with unequal logs.

use super::Defect;
use crate::raft::LogEnd;
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "logs-not-compared",
    row: Some(15),
    rule: "a voter refuses a candidate whose log is behind its own",
    property: "no leader's log is older than that of one who voted for it",
    claim: "election-safety",
    checker: "leader-log",
    needs: &["--set", "n1.log=1/5"],
    rules: Ok(|| Box::new(LogsNotCompared)),
};

#[derive(Debug)]
pub(crate) struct LogsNotCompared;

impl Rules for LogsNotCompared {
    fn log_is_current(&self, _: LogEnd, _: LogEnd) -> bool {
        true
    }
}
