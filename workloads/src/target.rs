//! The nodes that a fault hits.
//!
//! A target is symbolic until the instant of injection ("the leader" may have changed by then). The harness
//! hands [`resolve`] a [`View`], what its observers last saw, and records the names it answers.
//!
//! What was last seen may be some milliseconds old, so that a fault aimed at the leader can miss. That cannot be helped with real
//! processes, and nothing depends on it. The history has the names that were hit, and the checkers decide from what the node
//! itself said whether it led at that moment. `leader` means *every* node that claims to lead. After a partition there may be
//! two, in different terms, and hitting one of them by chance would hit the wrong one half of the time.

use std::fmt;

use rand::Rng;
use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::draw;
use crate::link::NodeName;
use crate::role::Role;
use crate::word::Word;

/// The nodes that a fault is aimed at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
    /// Every node that follows.
    Followers,
    /// Every node but those that claim to lead; no node where none does.
    NotLeader,
    /// Every node that is a candidate or precandidate.
    Candidate,
    /// The node that fulfilled the condition of an `On` step.
    Trigger,
    /// One node, whichever.
    One,
    /// The largest number of voters that is not a majority, drawn at random, so that those left over are a majority.
    Minority,
    /// The smallest majority of the voters, drawn at random.
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
    /// The role it last showed, if any. A word beyond the four is shown and fits no target.
    pub role: Option<Word<'static, Role>>,
    /// The term it last showed.
    pub term: Option<u64>,
    /// The leader that it last named, or that it named none; absent if it has not said.
    pub leader: Option<Option<NodeName>>,
    /// The vote that it last showed, if any.
    pub vote: Option<NodeName>,
}

/// What the harness knows of the cluster at one instant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct View {
    /// One entry a node, in the order of the system's node names.
    pub nodes: Vec<NodeView>,
    /// The nodes that vote; none: all.
    pub voters: Option<Vec<NodeName>>,
    /// The highest term of which a leader has been seen, whatever became of it.
    pub led: Option<u64>,
    /// The node that fulfilled the condition of the step at hand.
    pub trigger: Option<NodeName>,
}

impl Choice {
    /// All choices, with the words that schedules have for them.
    pub const ALL: [(&str, Self); 10] = [
        ("leader", Self::Leader),
        ("follower", Self::Follower),
        ("followers", Self::Followers),
        ("not-leader", Self::NotLeader),
        ("candidate", Self::Candidate),
        ("trigger", Self::Trigger),
        ("one", Self::One),
        ("minority", Self::Minority),
        ("majority", Self::Majority),
        ("all", Self::All),
    ];
}

impl From<Choice> for Target {
    fn from(choice: Choice) -> Self {
        Self::Choice(choice)
    }
}

/// By hand, since an error of an untagged enum does not say what would have been right.
impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Target;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a target: ")?;
                for (word, _) in Choice::ALL {
                    write!(f, "\"{word}\", ")?;
                }
                f.write_str("or a list of node names")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Target, E> {
                let choice = Choice::ALL.iter().find(|(word, _)| *word == text);
                choice
                    .map(|(_, choice)| Target::Choice(*choice))
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Target, A::Error> {
                let mut names = Vec::new();
                while let Some(name) = list.next_element()? {
                    names.push(name);
                }
                Ok(Target::Names(names))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl NodeView {
    /// Up, and some link of it is not cut.
    pub fn connected(&self) -> bool {
        self.up && !self.isolated
    }

    /// The role it last showed is this one.
    pub fn is(&self, role: Role) -> bool {
        self.role.as_ref().is_some_and(|shown| shown.is(role))
    }

    /// It is at this leader's term, and names it or has not said which node it follows. Some systems never show a follower's term: it
    /// goes along by naming the leader.
    pub fn goes_along(&self, leader: &Self) -> bool {
        let named = self.leader.as_ref().map(|named| named.as_ref() == Some(&leader.name));
        if self.term.is_none() { named == Some(true) } else { self.term == leader.term && named != Some(false) }
    }
}

impl View {
    /// The node of this name.
    pub fn node(&self, name: &str) -> Option<&NodeView> {
        self.nodes.iter().find(|node| node.name == name)
    }

    /// Whether a node votes.
    pub fn votes(&self, node: &NodeView) -> bool {
        self.voters.as_ref().is_none_or(|voters| voters.contains(&node.name))
    }

    /// How many voters are a majority.
    pub fn majority(&self) -> usize {
        self.nodes.iter().filter(|node| self.votes(node)).count() / 2 + 1
    }

    /// The highest term that any node has shown, up or not.
    pub fn highest_term(&self) -> Option<u64> {
        self.nodes.iter().filter_map(|node| node.term).max()
    }
}

/// The nodes that a target means now, in the order of the view, each once. An empty answer means that no node fits: the
/// fault is to be recorded as skipped.
pub fn resolve(target: &Target, view: &View, rng: &mut (impl Rng + ?Sized)) -> Vec<NodeName> {
    let choice = match target {
        Target::Names(names) => return named(view, |node| names.contains(&node.name)),
        Target::Choice(choice) => choice,
    };
    match choice {
        Choice::Leader => named(view, |node| node.up && node.is(Role::Leader)),
        Choice::Candidate => named(view, |node| node.up && (node.is(Role::Candidate) || node.is(Role::Precandidate))),
        Choice::Trigger => named(view, |node| view.trigger.as_ref() == Some(&node.name)),
        Choice::Followers => named(view, |node| node.up && node.is(Role::Follower)),
        Choice::NotLeader if !view.nodes.iter().any(|node| node.up && node.is(Role::Leader)) => Vec::new(),
        Choice::NotLeader => named(view, |node| node.up && !node.is(Role::Leader)),
        Choice::All => named(view, |_| true),
        Choice::Follower => {
            // One that others can still see, if there is one: to isolate a node twice teaches nothing.
            let connected = named(view, |node| node.connected() && node.is(Role::Follower));
            let up = named(view, |node| node.up && node.is(Role::Follower));
            drawn(if connected.is_empty() { up } else { connected }, 1, rng)
        }
        Choice::One => drawn(named(view, |node| node.up), 1, rng),
        Choice::Minority | Choice::Majority => {
            let voters = named(view, |node| view.votes(node));
            let minority = voters.len().saturating_sub(1) / 2;
            drawn(voters, if *choice == Choice::Minority { minority } else { view.majority() }, rng)
        }
    }
}

fn named(view: &View, fits: impl Fn(&NodeView) -> bool) -> Vec<NodeName> {
    view.nodes.iter().filter(|node| fits(node)).map(|node| node.name.clone()).collect()
}

/// So many of these, drawn at random, in their old order.
fn drawn(mut names: Vec<NodeName>, count: usize, rng: &mut (impl Rng + ?Sized)) -> Vec<NodeName> {
    while names.len() > count {
        let out = usize::try_from(draw::below(rng, names.len() as u64)).unwrap_or_default();
        names.remove(out);
    }
    names
}

#[cfg(test)]
mod tests;
