//! What is known of the hosts' clocks.

use std::collections::BTreeMap;

use history::header::HostClocks;

use super::messages::{Offset, Offsets};
use super::record::Cast;

/// What is known of the hosts' clocks.
#[derive(Debug, Clone, Default)]
pub struct Clocks {
    /// East of UTC in nanoseconds, for nodes whose stamps do not say their zone.
    pub zones: BTreeMap<String, i64>,
    /// How far two hosts' clocks may be apart, if somebody says so, nanoseconds.
    pub skew: Option<u64>,
    /// How far they are apart is worked out from the lines: see [`super::messages`].
    pub by_messages: bool,
}

impl Clocks {
    /// What the lines of these nodes tell of their clocks, if that is asked for.
    pub fn learn(&self, cast: &[Cast<'_>]) -> Option<Offsets> {
        self.by_messages.then(|| Offsets::learn(cast))
    }

    /// How far a clock was ahead at a line of this offset; none: nobody knows.
    pub fn offset(&self, learnt: Option<Offset>) -> Option<Offset> {
        learnt.or(self.skew.map(|width| Offset { ahead: 0, width }))
    }

    /// The word for it in the header.
    pub fn word(&self) -> HostClocks {
        match (self.by_messages, self.skew) {
            (true, _) => HostClocks::Messages,
            (false, Some(_)) => HostClocks::Told,
            (false, None) => HostClocks::None,
        }
    }
}
