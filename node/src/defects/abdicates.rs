//! `abdicates`: A leader gives up after twenty failed heartbeats in all, not in a row and not of a majority. Near what a lab
//! note's leader does (`steps-down-unacknowledged`). Exposed by killing one follower.

use super::Defect;
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "abdicates",
    row: Some(28),
    rule: "failed heartbeats to single peers do not unseat a leader",
    property: "no needless elections",
    claim: "stability",
    checker: "stability",
    needs: &[],
    rules: Ok(|| Box::new(Abdicates)),
};

#[derive(Debug)]
pub(crate) struct Abdicates;

impl Rules for Abdicates {
    fn abdicates(&self, failures: u32) -> bool {
        failures >= 20
    }
}
