//! `isolated-leader-stays`: A leader that no majority answers goes on leading, though CheckQuorum is claimed. Lawful
//! without that claim. Seen in etcd#13527. Exposed by cutting the leader off; followers that still hear a leader
//! which hears nobody never elect another.

use std::time::Duration;

use super::Defect;
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "isolated-leader-stays",
    row: Some(24),
    rule: "where CheckQuorum is claimed, a leader that no majority answers steps down",
    property: "a leader is elected within the bound",
    claim: "clique",
    checker: "re-election",
    needs: &["--set", "prevote=true", "--set", "check-quorum=true"],
    rules: Ok(|| Box::new(IsolatedLeaderStays)),
};

#[derive(Debug)]
pub(crate) struct IsolatedLeaderStays;

impl Rules for IsolatedLeaderStays {
    fn leads_unanswered(&self, _: bool, _: Duration, _: Duration) -> Option<Duration> {
        None
    }
}
