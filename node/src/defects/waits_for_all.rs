//! `waits-for-all`: The election waits for a reply from every peer, and the failure of a request is none. The first lab
//! note's earlier stages wait too, though only until each has answered or timed out: so do the strategies `sequential` and `concurrent`. Exposed by pausing or
//! killing a peer.

use super::Defect;
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "waits-for-all",
    row: Some(26),
    rule: "a majority makes a leader; outstanding replies are not awaited",
    property: "a leader is elected within the bound",
    claim: "re-election",
    checker: "re-election",
    needs: &[],
    rules: Ok(|| Box::new(WaitsForAll)),
};

#[derive(Debug)]
pub(crate) struct WaitsForAll;

impl Rules for WaitsForAll {
    fn may_lead_before_answers(&self, unanswered: usize) -> bool {
        unanswered == 0
    }
}
