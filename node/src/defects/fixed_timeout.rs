//! `fixed-timeout`: Every wait is T_min, so that nodes which last heard the same heartbeat campaign together, for ever. Seen in goraft#13,
//! openraft#1838. Exposed by killing the leader just after a heartbeat.

use std::ops::RangeInclusive;
use std::time::Duration;

use rand_chacha::ChaCha8Rng;

use super::Defect;
use crate::raft::Role;
use crate::rules::Rules;

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "fixed-timeout",
    row: Some(17),
    rule: "election timeouts are drawn anew for each wait",
    property: "a leader is elected within the bound",
    claim: "re-election",
    checker: "re-election",
    needs: &[],
    rules: Ok(|| Box::new(FixedTimeout)),
};

#[derive(Debug)]
pub(crate) struct FixedTimeout;

impl Rules for FixedTimeout {
    fn election_timeout(&self, _: Role, range: &RangeInclusive<Duration>, _: &mut ChaCha8Rng) -> Duration {
        *range.start()
    }
}
