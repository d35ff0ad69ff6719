//! Partition shapes: pure functions from nodes to links.

use serde::{Deserialize, Serialize};

use crate::link::Link;

/// Which links a `cut` or a `degrade` concerns. The *pivot* is the fault's resolved target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// Each pivot node, alone, from every other node, both ways.
    Isolate,
    /// The pivot nodes from the rest, both ways; the pivot nodes still see each other.
    Split,
    /// Half of the nodes (the pivot among them, rounded down) from the other half.
    Halves,
    /// A largest minority (the pivot among them) from the majority.
    Minority,
    /// Two halves that only the pivot connects.
    Bridge,
    /// Every node sees a majority, no two the same one: each node is cut from those farthest on a ring.
    MajoritiesRing,
    /// Nodes in a row, each sees only its neighbours; the pivot is at one end.
    Chain,
    /// Only the pivot sees everyone; no one else sees anyone but the pivot.
    Star,
    /// One link, both ways: the pivot and one other node.
    Link,
    /// One direction of one link: from the pivot to one other node.
    OneWay,
    /// Nothing reaches the pivot.
    Deaf,
    /// Nothing leaves the pivot.
    Mute,
    /// These links and no others.
    Links(Vec<Link>),
}
