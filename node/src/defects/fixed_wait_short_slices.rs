//! `fixed-wait-short-slices`: A follower's wait is the same for all: the longest timeout in 200 slices of whole milliseconds, so that
//! of 300 ms there are left 200, and of less than 200 ms nothing. Seen in the first lab note. Exposed by a short timeout; else it only makes the
//! followers of one leader campaign together, once: a candidate's own waits are drawn.

use std::ops::RangeInclusive;
use std::time::Duration;

use rand_chacha::ChaCha8Rng;

use super::Defect;
use crate::raft::Role;
use crate::rules::{Rules, drawn};

/// What is broken, and who should notice.
pub(super) const DEFECT: Defect = Defect {
    name: "fixed-wait-short-slices",
    row: None,
    rule: "a follower's wait is drawn anew for each wait, and as long as it is said to be",
    property: "a leader is elected within the bound",
    claim: "re-election",
    checker: "re-election",
    needs: &[],
    rules: Ok(|| Box::new(FixedWaitShortSlices)),
};

/// In so many slices the wait is cut.
const SLICES: u32 = 200;

fn whole_milliseconds(time: Duration) -> Duration {
    Duration::from_millis(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

#[derive(Debug)]
pub(crate) struct FixedWaitShortSlices;

impl Rules for FixedWaitShortSlices {
    fn election_timeout(&self, role: Role, range: &RangeInclusive<Duration>, rng: &mut ChaCha8Rng) -> Duration {
        if role == Role::Follower { SLICES * whole_milliseconds(*range.end() / SLICES) } else { drawn(range, rng) }
    }
}
