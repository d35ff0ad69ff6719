//! What is known of the hosts' clocks.

use std::collections::BTreeMap;

/// What is known of the hosts' clocks.
#[derive(Debug, Clone, Default)]
pub struct Clocks {
    /// East of UTC in nanoseconds, for nodes whose stamps do not say their zone.
    pub zones: BTreeMap<String, i64>,
    /// How far two hosts' clocks may be apart, if somebody says so, nanoseconds.
    pub skew: Option<u64>,
}

impl Clocks {
    /// A node's time on the common clock.
    pub fn moved(&self, _node: &str, nanos: i64) -> i64 {
        nanos
    }

    /// How far from what a node's clock says a line may have been; none: nobody knows.
    pub fn width(&self, _node: &str, _nanos: i64) -> Option<u64> {
        self.skew
    }

    /// The word for it in the header.
    pub fn word(&self) -> &'static str {
        if self.skew.is_some() { "told" } else { "none" }
    }
}
