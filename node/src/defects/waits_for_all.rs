//! `waits-for-all`: The election waits until every peer has answered or timed out. Seen in both lab notes. Exposed by pausing a peer, with an
//! RPC timeout longer than the election timeout.

use super::Defect;
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "waits-for-all",
    rule: "a majority makes a leader; outstanding replies are not awaited",
    property: "a leader is elected within the bound",
    claim: "re-election",
    checker: "re-election",
    rules: || Box::new(WaitsForAll),
};

#[derive(Debug)]
struct WaitsForAll;

impl Rules for WaitsForAll {
    fn may_lead_before_answers(&self, unanswered: usize) -> bool {
        unanswered == 0
    }
}
