//! `peer-left-busy`: A failed request leaves its peer marked busy, and a busy peer is not asked again before the node
//! restarts. Seen in NuRaft#112. Exposed by pausing a peer and continuing it.

use super::Defect;
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "peer-left-busy",
    row: Some(27),
    rule: "a peer is asked again after a request to it has failed",
    property: "every running node follows the leader within the bound",
    claim: "re-election",
    checker: "re-election",
    needs: &[],
    rules: Ok(|| Box::new(PeerLeftBusy)),
};

#[derive(Debug)]
pub(crate) struct PeerLeftBusy;

impl Rules for PeerLeftBusy {
    fn failure_is_forgiven(&self) -> bool {
        false
    }
}
