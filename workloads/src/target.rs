//! Whom a fault hits.
//!
//! A target is symbolic until the instant of injection ("the leader" may have changed by then). The harness
//! hands [`resolve`] a [`View`], what its observers last saw, and records the names it answers.

use serde::{Deserialize, Serialize};

use crate::link::NodeName;

/// Whom a fault is aimed at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", untagged)]
pub enum Target {
    /// Chosen when the fault is injected.
    Choice(Choice),
    /// These nodes, by name.
    Names(Vec<NodeName>),
}

/// A target that is resolved when the fault is injected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    /// Every node that claims to lead.
    Leader,
    /// One node that follows.
    Follower,
    /// Every node that is a candidate or precandidate.
    Candidate,
    /// The node that fulfilled the condition of an `On` step.
    Trigger,
    /// One node, whichever.
    One,
    /// The largest number of nodes that is not a majority, drawn at random, so that those left over are a majority.
    Minority,
    /// The smallest majority, drawn at random.
    Majority,
    /// Every node.
    All,
}

/// What the harness knows of one node when a target is resolved or a condition is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NodeView {
    /// Its name.
    pub name: NodeName,
    /// Its process runs and is not paused.
    pub up: bool,
    /// Every link to and from it is cut.
    pub isolated: bool,
    /// The role it last showed (`follower`, `precandidate`, `candidate`, `leader`), if any.
    pub role: Option<String>,
    /// The term it last showed.
    pub term: Option<u64>,
    /// The leader that it last named, if any.
    pub leader: Option<NodeName>,
    /// The vote that it last showed, if any.
    pub vote: Option<NodeName>,
}

/// What the harness knows of the cluster at one instant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct View {
    /// One entry a node, in the order of the system's node names.
    pub nodes: Vec<NodeView>,
    /// The node that fulfilled the condition of the step at hand.
    pub trigger: Option<NodeName>,
}
