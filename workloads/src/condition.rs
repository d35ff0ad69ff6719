//! What a step may wait for or expect, asked of what the observers saw.
//!
//! A condition is a pure function of two views: the one at the moment the wait began and the one of now. Most are *levels* (they
//! hold or do not hold now). `becomes` and `votes` are *edges*. A node that already was a candidate when the wait began does not
//! fulfil `becomes candidate` until it is one again in a newer term. Otherwise a trigger would fire on the state that the step
//! before it left behind.
//!
//! The nemesis must ask on every observation, not on a timer: a candidacy may last a millisecond.

use serde::{Deserialize, Serialize};

use crate::link::NodeName;
use crate::role::Role;
use crate::schedule::StepId;
use crate::target::{NodeView, View};
use crate::word::Word;

/// A question about the cluster as observed. A node is *connected* when it is up and not isolated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Condition {
    /// Some connected node leads the highest term that any connected node leads, alone in it. A majority of all voters is
    /// connected, at its term and names it (or does not say which node it names). The lab's *one leader*.
    Leader,
    /// As `leader`, and no other connected node says that it leads, in whatever term: the former leader has given way.
    OnlyLeader,
    /// As `leader`, and the term is higher than every term of which a leader had been observed when the step named here was done.
    /// A candidacy that was under way by then, or a term that an isolated node has worked up to, does not count.
    NewLeader {
        /// The step after which the leader must be new.
        since: StepId,
    },
    /// Some connected node says that it leads, whether or not others follow: the one of the highest term is the trigger.
    Leads,
    /// No connected node says that it leads.
    NoLeader,
    /// No node, connected or not, leads a term higher than every term observed when the step named here was done. Says
    /// more than `no-leader` where every node is cut off: a node that is alone must not have been elected.
    NoNewLeader {
        /// The step since when no node may have been elected.
        since: StepId,
    },
    /// All connected nodes show the same term.
    TermsAgree,
    /// A connected node is seen to take this role after the step begins to wait; that node is the trigger.
    Becomes {
        /// `follower`, `precandidate`, `candidate` or `leader`.
        role: Word<'static, Role>,
    },
    /// A connected node is seen to vote for another in a new term; that voter is the trigger.
    Votes,
}

/// What a condition is compared with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Since {
    /// What was seen when the wait began.
    pub before: View,
    /// The highest term that had been observed when the step named by [`Condition::since`] was done. None if no term had been, or
    /// if the condition names no step.
    pub highest_term: Option<u64>,
    /// Likewise the highest term of which a leader had been observed.
    pub highest_led: Option<u64>,
}

/// A condition holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Met {
    /// The node that fulfilled it: the leader, or the node that took the role or voted. To be handed to
    /// [`crate::target::resolve`] as [`View::trigger`].
    pub trigger: Option<NodeName>,
}

impl Condition {
    /// Some node takes this role.
    pub fn becomes(role: Role) -> Self {
        Self::Becomes { role: role.into() }
    }

    /// The step whose highest term the condition is to be compared with, if it names one.
    pub fn since(&self) -> Option<StepId> {
        match self {
            Self::NewLeader { since } | Self::NoNewLeader { since } => Some(*since),
            _ => None,
        }
    }

    /// Whether some node fulfils this condition, so that a fault of the same step may aim at the trigger.
    pub(crate) fn has_trigger(&self) -> bool {
        !matches!(self, Self::NoLeader | Self::NoNewLeader { .. } | Self::TermsAgree)
    }

    /// It asks for a leader that a majority follows.
    pub fn is_of_a_leader(&self) -> bool {
        matches!(self, Self::Leader | Self::OnlyLeader | Self::NewLeader { .. })
    }

    /// Whether it holds now, and which node fulfils it.
    pub fn holds(&self, now: &View, since: &Since) -> Option<Met> {
        match self {
            Self::Leader => by(one_leader(now)),
            Self::OnlyLeader => {
                by(one_leader(now).filter(|_| connected(now).filter(|node| node.is(Role::Leader)).count() == 1))
            }
            Self::NewLeader { .. } => by(one_leader(now).filter(|leader| leader.term > since.highest_led)),
            Self::Leads => by(connected(now).filter(|node| node.is(Role::Leader)).max_by_key(|node| node.term)),
            Self::NoLeader => when(!connected(now).any(|node| node.is(Role::Leader))),
            Self::NoNewLeader { .. } => {
                when(!now.nodes.iter().any(|node| node.is(Role::Leader) && node.term > since.highest_term))
            }
            Self::TermsAgree => when(terms_agree(now)),
            Self::Becomes { role } => {
                let role = role.known()?;
                by(connected(now).find(|node| took(role, since.before.node(&node.name), node)))
            }
            Self::Votes => by(connected(now).find(|node| voted(since.before.node(&node.name), node))),
        }
    }
}

fn when(holds: bool) -> Option<Met> {
    holds.then(Met::default)
}

fn by(node: Option<&NodeView>) -> Option<Met> {
    node.map(|node| Met { trigger: Some(node.name.clone()) })
}

fn connected(view: &View) -> impl Iterator<Item = &NodeView> {
    view.nodes.iter().filter(|node| node.connected())
}

/// The leader of the highest led term, if it leads it alone and a majority of all voters goes along. A leader of an
/// older term, which has not yet heard of its successor, does not disturb.
fn one_leader(view: &View) -> Option<&NodeView> {
    let led = |node: &&NodeView| node.is(Role::Leader) && node.term.is_some();
    let leader = connected(view).filter(led).max_by_key(|node| node.term)?;
    let rivals = connected(view).filter(led).filter(|node| node.term == leader.term).count();
    let following = connected(view).filter(|node| view.votes(node) && node.goes_along(leader)).count();
    (rivals == 1 && following >= view.majority()).then_some(leader)
}

/// At least one connected node, all of them at one known term.
fn terms_agree(view: &View) -> bool {
    let mut terms = connected(view).map(|node| node.term);
    match terms.next() {
        Some(Some(first)) => terms.all(|term| term == Some(first)),
        _ => false,
    }
}

/// The node came into this role since: it had another, or it is a candidate (or leader) again in a newer term. A follower
/// that merely hears of a newer term has not become one.
fn took(role: Role, before: Option<&NodeView>, now: &NodeView) -> bool {
    let again = |before: &NodeView| role != Role::Follower && now.term > before.term;
    now.is(role) && before.is_none_or(|before| !before.is(role) || again(before))
}

/// The node shows a vote for another that it did not show before, or shows it in a newer term.
fn voted(before: Option<&NodeView>, now: &NodeView) -> bool {
    let for_another = now.vote.as_ref().is_some_and(|vote| *vote != now.name);
    for_another && before.is_none_or(|before| before.vote != now.vote || now.term > before.term)
}

#[cfg(test)]
mod tests;
