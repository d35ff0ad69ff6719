//! What is known of the hosts' clocks.

use std::collections::BTreeMap;

use history::header::HostClocks;

use super::ImportError;
use super::messages::{Offset, Offsets};
use super::read::{FileRead, KeptLine};
use super::record::LoggedNode;

/// What is known of the hosts' clocks.
#[derive(Debug, Clone, Default)]
pub struct Clocks {
    /// East of UTC in nanoseconds, for nodes whose stamps do not say their zone.
    pub zones: BTreeMap<String, i64>,
    /// How far two hosts' clocks may be apart, if the user says so, nanoseconds.
    pub skew: Option<u64>,
    /// How far they are apart is worked out from the lines: see [`super::messages`].
    pub by_messages: bool,
}

impl Clocks {
    /// What the lines of these nodes tell of their clocks, if that is asked for.
    pub fn learn(&self, members: &[LoggedNode<'_>]) -> Option<Offsets> {
        self.by_messages.then(|| Offsets::learn(members))
    }

    /// How far a clock was ahead at a line of this offset; none: unknown.
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

/// Moves stamps that say no zone by what the operator says of their nodes'.
pub(super) fn move_zones(file: &mut FileRead, node: &dyn Fn(&KeptLine) -> Option<String>, clocks: &Clocks) {
    if clocks.zones.is_empty() {
        return;
    }
    for kept in &mut file.kept {
        let zone = node(kept).and_then(|node| clocks.zones.get(&node));
        if let (Some(zone), Some(stamp)) = (zone, kept.stamp.as_mut().filter(|stamp| stamp.zone.is_none())) {
            stamp.nanos -= zone;
            stamp.zone = Some((zone / 1_000_000_000) as i32);
        }
    }
}

/// Zones are told of nodes that there are.
pub(super) fn known_nodes(clocks: &Clocks, nodes: &[String]) -> Result<(), ImportError> {
    let Some(node) = clocks.zones.keys().find(|node| !nodes.contains(node)) else { return Ok(()) };
    let known = if nodes.is_empty() { "no node".to_owned() } else { nodes.join(", ") };
    Err(ImportError::Whole(format!("--zone {node}=…: there is no log of {node}; there are logs of {known}")))
}
