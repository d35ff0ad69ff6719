//! Which faults are in force, and what that adds up to for each node and each link.
//!
//! Faults overlap. A link is cut while *any* cut in force names it; a node is paused while any pause names it and
//! down while any kill does. So a fault's end is not "undo what it did" but "forget it, and see what is left".
//! This module keeps that account and nothing else: no process, no socket, no clock.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use workloads::{Effect, StepId};

use crate::network::{NodeIndex, Rule, Rules};

/// What one fault in force does.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Hold {
    /// These nodes are down until the fault is lifted; `forever` ones even through the heal phase.
    Down {
        nodes: Vec<NodeIndex>,
        /// They stay down.
        forever: bool,
    },
    /// These nodes, in these incarnations, are paused.
    Paused(Vec<(NodeIndex, u32)>),
    /// These nodes, in these incarnations, are paused now and then.
    Stuttering(Vec<(NodeIndex, u32)>),
    /// These links are cut.
    Cut(Vec<(NodeIndex, NodeIndex)>),
    /// These links are worse.
    Degraded(Vec<(NodeIndex, NodeIndex)>, Effect),
    /// Something is wrong with the disks of these nodes.
    Sick(Vec<NodeIndex>, Ill),
}

/// What may be wrong with a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ill {
    /// An fsync fails.
    FsyncFails,
    /// Nothing new finds room.
    Full,
    /// An fsync takes so much longer at the mean.
    Slow(Duration),
    /// Nothing is answered that changes or syncs it.
    Hangs,
    /// Nothing on it can be changed.
    ReadOnly,
}

/// The faults in force.
#[derive(Debug, Clone, Default)]
pub(crate) struct FaultsInForce {
    holds: BTreeMap<StepId, Hold>,
    owed: BTreeSet<NodeIndex>,
}

impl FaultsInForce {
    /// A fault is in force from now on.
    pub(crate) fn add(&mut self, id: StepId, hold: Hold) {
        self.holds.insert(id, hold);
    }

    /// A fault is over; answers what it did, if it was in force.
    pub(crate) fn remove(&mut self, id: StepId) -> Option<Hold> {
        self.holds.remove(&id)
    }

    /// What a fault in force does.
    pub(crate) fn get(&self, id: StepId) -> Option<&Hold> {
        self.holds.get(&id)
    }

    /// The faults that a heal undoes, in its order: links, then pauses, then nodes that are down for a time.
    pub(crate) fn ids_in_healing_order(&self) -> Vec<StepId> {
        let rank = |hold: &Hold| match hold {
            Hold::Cut(_) | Hold::Degraded(..) | Hold::Sick(..) => Some(0),
            Hold::Stuttering(_) => Some(1),
            Hold::Paused(_) => Some(2),
            Hold::Down { forever: false, .. } => Some(3),
            Hold::Down { forever: true, .. } => None,
        };
        let mut ids: Vec<_> = self.holds.iter().filter_map(|(id, hold)| Some((rank(hold)?, *id))).collect();
        ids.sort_unstable();
        ids.into_iter().map(|(_, id)| id).collect()
    }

    /// A fault keeps one node more down.
    pub(crate) fn hold_down(&mut self, id: StepId, node: NodeIndex) {
        match self.holds.entry(id).or_insert_with(|| Hold::Down { nodes: Vec::new(), forever: false }) {
            Hold::Down { nodes, .. } if !nodes.contains(&node) => nodes.push(node),
            _ => {}
        }
    }

    /// What is wrong with the disk of a node.
    pub(crate) fn ills(&self, node: NodeIndex) -> Vec<Ill> {
        let of =
            |hold: &Hold| if let Hold::Sick(nodes, ill) = hold { nodes.contains(&node).then_some(*ill) } else { None };
        self.holds.values().filter_map(of).collect()
    }

    /// Some fault keeps this node down.
    pub(crate) fn is_down(&self, node: NodeIndex) -> bool {
        self.holds.values().any(|hold| matches!(hold, Hold::Down { nodes, .. } if nodes.contains(&node)))
    }

    /// A fault is over that kept this node down. Answers whether the node may be started now. If another fault still keeps it
    /// down, its start waits until that fault is over too, or turns out not to have come about.
    pub(crate) fn may_start(&mut self, node: NodeIndex) -> bool {
        let down = self.is_down(node);
        if down {
            self.owed.insert(node);
        } else {
            self.owed.remove(&node);
        }
        !down
    }

    /// The nodes whose start is owed and that nothing keeps down any more.
    pub(crate) fn take_owed(&mut self) -> Vec<NodeIndex> {
        let free: Vec<_> = self.owed.iter().copied().filter(|&node| !self.is_down(node)).collect();
        self.owed.retain(|node| !free.contains(node));
        free
    }

    /// Some fault keeps this incarnation paused.
    pub(crate) fn is_paused(&self, node: NodeIndex, incarnation: u32) -> bool {
        self.holds.values().any(|hold| matches!(hold, Hold::Paused(nodes) if nodes.contains(&(node, incarnation))))
    }

    /// Nodes that stay down for good.
    pub(crate) fn gone(&self) -> BTreeSet<NodeIndex> {
        self.holds
            .values()
            .filter_map(|hold| match hold {
                Hold::Down { nodes, forever: true } => Some(nodes.iter().copied()),
                _ => None,
            })
            .flatten()
            .collect()
    }

    /// The rule of every link that is not open. Of several effects on a link, delays and losses add up and the
    /// lowest rate holds.
    pub(crate) fn rules(&self) -> Rules {
        let mut rules = Rules::new();
        for hold in self.holds.values() {
            match hold {
                Hold::Cut(links) => {
                    for link in links {
                        rules.entry(*link).or_default().cut = true;
                    }
                }
                Hold::Degraded(links, effect) => {
                    for link in links {
                        let rule: &mut Rule = rules.entry(*link).or_default();
                        rule.effect = worse(rule.effect, effect);
                    }
                }
                _ => {}
            }
        }
        rules
    }
}

fn worse(one: Effect, other: &Effect) -> Effect {
    let either = |a: f64, b: f64| 1.0 - (1.0 - a) * (1.0 - b);
    Effect {
        delay: one.delay + other.delay,
        jitter: one.jitter + other.jitter,
        loss: either(one.loss, other.loss),
        duplicate: either(one.duplicate, other.duplicate),
        reorder: either(one.reorder, other.reorder),
        corrupt: either(one.corrupt, other.corrupt),
        mended: one.mended || other.mended,
        rate: match (one.rate, other.rate) {
            (0, rate) | (rate, 0) => rate,
            (a, b) => a.min(b),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_link_stays_cut_while_any_cut_names_it() {
        let mut faults = FaultsInForce::default();
        faults.add(1, Hold::Cut(vec![(0, 1), (1, 0)]));
        faults.add(2, Hold::Cut(vec![(0, 1)]));
        faults.remove(1);
        assert_eq!(faults.rules().keys().collect::<Vec<_>>(), [&(0, 1)]);
        faults.remove(2);
        assert!(faults.rules().is_empty());
    }

    #[test]
    fn a_pause_of_an_earlier_incarnation_does_not_hold_the_next_one() {
        let mut faults = FaultsInForce::default();
        faults.add(1, Hold::Paused(vec![(0, 1)]));
        assert!(faults.is_paused(0, 1));
        assert!(!faults.is_paused(0, 2));
    }

    #[test]
    fn a_node_stays_down_while_any_kill_names_it() {
        let mut faults = FaultsInForce::default();
        faults.add(1, Hold::Down { nodes: vec![0], forever: false });
        faults.add(2, Hold::Down { nodes: vec![0, 1], forever: true });
        faults.remove(1);
        assert!(faults.is_down(0));
        assert_eq!(faults.gone(), BTreeSet::from([0, 1]));
    }

    #[test]
    fn a_start_that_a_kill_prevented_is_owed_when_that_kill_did_not_come_about() {
        let mut faults = FaultsInForce::default();
        faults.add(1, Hold::Down { nodes: vec![0], forever: false });
        faults.add(2, Hold::Down { nodes: vec![0, 1], forever: false });
        faults.remove(1);
        assert!(!faults.may_start(0));
        assert!(faults.take_owed().is_empty(), "the other kill still holds it");
        faults.remove(2);
        assert_eq!(faults.take_owed(), [0]);
        assert!(faults.take_owed().is_empty(), "it is owed once");
    }

    #[test]
    fn overlapping_degradations_add_up() {
        let mut faults = FaultsInForce::default();
        let slow = Effect { delay: Duration::from_millis(5), rate: 1000, ..Effect::default() };
        let lossy = Effect { delay: Duration::from_millis(1), loss: 0.5, rate: 10, ..Effect::default() };
        faults.add(1, Hold::Degraded(vec![(0, 1)], slow));
        faults.add(2, Hold::Degraded(vec![(0, 1)], lossy));
        let effect = faults.rules()[&(0, 1)].effect;
        assert_eq!((effect.delay, effect.loss, effect.rate), (Duration::from_millis(6), 0.5, 10));
    }
}
