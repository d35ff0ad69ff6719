//! What was so when a promise was broken.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Role;

/// What was so at the time of a finding. It explains and proves nothing, and no two moments are alike: nothing is grouped
/// by it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Circumstance {
    /// A node was cut off from others, in both directions and all the time.
    CutOff {
        /// The node.
        node: String,
        /// The others.
        from: Vec<String>,
    },
    /// Nodes were paused all the time.
    Paused {
        /// Which.
        nodes: Vec<String>,
    },
    /// What a node was last seen to believe before the end of it.
    Believed {
        /// The node.
        node: String,
        /// Its state; none: it was not seen.
        state: Option<Belief>,
    },
    /// One of another version.
    #[serde(untagged)]
    Foreign(Value),
}

/// What a node believed. A field that is none is unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Belief {
    /// Its role.
    pub role: Option<Role>,
    /// Its term.
    pub term: Option<u64>,
    /// The leader that it named, other than itself.
    pub leader: Option<String>,
}
