//! When a cluster has an effective leader.
//!
//! A node that leads term t is an *effective leader* at an instant when a majority of the voters, it included if it
//! votes, are all up, linked both ways to it, at term t, and name it. A cluster is not without a leader merely because the
//! last node has not heard of it, nor is it with one because a node believes that it leads. Where several configurations of
//! voters may be in force ([`super::membership`]) the majority is one of each, and with a majority of some the leader is
//! possible. A leader of whom there is no record is possible, too, where there may be such a voter or where a node names one.
//!
//! Nothing here depends on how the instant was reached, so a [`sweep`] walks once over all changes of all processes, links
//! and beliefs and keeps the present values in a [`View`] of which anything can be asked.
//!
//! A field that a node's observer never shows counts as agreeing; one that it shows at other times and not now makes
//! the leader only possible.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use history::Role;
use smallvec::SmallVec;

use super::membership::Configurations;
use super::picture::{Picture, name};
use super::state::{Agrees, Know};
use super::{Timeline, Tri};

/// Whether there is an effective leader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effective {
    /// Certainly none.
    No,
    /// Perhaps.
    Maybe,
    /// This node, of this term.
    Leader {
        /// Its number.
        node: u32,
        /// The term; `u64::MAX - 1` where the observers show no terms.
        term: u64,
    },
}

impl Effective {
    /// A leader was seen.
    pub fn seen(self) -> bool {
        matches!(self, Self::Leader { .. })
    }
}

/// Everything as it is at one instant.
pub struct View<'a> {
    picture: &'a Picture,
    /// Which processes are up.
    pub up: Vec<Tri>,
    /// What is known of each node.
    pub know: Vec<Know>,
    /// Which configurations may be in force.
    pub in_force: Configurations,
    open: Vec<Tri>,
}

impl View<'_> {
    /// The link from one node to another.
    pub fn open(&self, from: usize, to: usize) -> Tri {
        self.open[from * self.up.len() + to]
    }

    /// Both directions.
    pub fn linked(&self, a: usize, b: usize) -> Tri {
        self.open(a, b).min(self.open(b, a))
    }

    fn leads(&self, node: usize, term: u64) -> Agrees {
        self.know[node].agrees(term, |state| state.leads(term))
    }

    fn follows(&self, node: usize, leader: usize, term: u64) -> Agrees {
        self.know[node].agrees(term, |state| state.follows(name(leader), term))
    }

    /// How far `node` is up, at `term`, and names `leader`, whatever links there are.
    fn names(&self, node: usize, leader: usize, term: u64) -> Agrees {
        if node == leader { self.leads(node, term) } else { self.follows(node, leader, term) }
    }

    fn supports(&self, node: usize, leader: usize, term: u64) -> Agrees {
        let able = if node == leader { self.up[node] } else { self.up[node].min(self.linked(node, leader)) };
        match able {
            Tri::No => Agrees::No,
            Tri::Maybe => self.names(node, leader, term).min(Agrees::Perhaps),
            Tri::Yes => self.names(node, leader, term),
        }
    }

    /// How far `leader` is an effective leader of `term`, and every node of `required` that runs names it.
    fn effective(&self, leader: usize, term: u64, required: &[usize]) -> Agrees {
        let mut least = self.supports(leader, leader, term);
        if least == Agrees::No {
            return least;
        }
        for &node in required {
            let running = self.up[node];
            let names = self.names(node, leader, term);
            least = least.min(match running {
                Tri::No => Agrees::Yes,
                Tri::Maybe => names.max(Agrees::Perhaps),
                Tri::Yes => names,
            });
        }
        let members = &self.picture.membership;
        if members.led(self.in_force, |node| self.supports(node, leader, term) == Agrees::Yes) {
            least
        } else if members.possible(self.in_force, |node| self.supports(node, leader, term) != Agrees::No) {
            least.min(Agrees::Perhaps)
        } else {
            Agrees::No
        }
    }

    /// Somebody who is no node of the record may be an effective leader of `term`.
    fn stranger(&self, term: u64) -> bool {
        let follows = |node: usize| {
            let follows = self.know[node].agrees(term, |state| state.follows_a_stranger(term));
            self.up[node].possible() && follows != Agrees::No
        };
        self.picture.membership.possible(self.in_force, follows)
    }

    /// Whether there is an effective leader that every running node of `required` names at its term.
    pub fn leader(&self, required: &[usize]) -> Effective {
        let mut found = Effective::No;
        // How far nodes agree changes, as the term rises, only at the lowest term of what one of them may have.
        let mut lows: SmallVec<[u64; 12]> = SmallVec::new();
        for term in self.know.iter().flat_map(|know| know.low_terms()).flatten().chain([0]) {
            if !lows.contains(&term) {
                lows.push(term);
            }
        }
        let named = || self.know.iter().any(|know| know.states().any(|state| state.names_a_stranger()));
        if (self.picture.membership.has_others(self.in_force) || named())
            && lows.iter().any(|term| self.stranger(*term))
        {
            found = Effective::Maybe;
        }
        for node in 0..self.up.len() {
            if !self.up[node].possible() || self.surely_no_leader(node) {
                continue;
            }
            for &term in &lows {
                match self.effective(node, term, required) {
                    Agrees::Yes => return Effective::Leader { node: name(node).0, term },
                    Agrees::Perhaps => found = Effective::Maybe,
                    Agrees::No => {}
                }
            }
        }
        found
    }

    fn surely_no_leader(&self, node: usize) -> bool {
        let other = |role: Option<Role>| role.is_some_and(|role| role != Role::Leader);
        match &self.know[node] {
            Know::Nothing | Know::Terms(..) => false,
            Know::OneOf(a, b) => other(a.role()) && other(b.role()),
            Know::Exact(state) => other(state.role()),
        }
    }

    /// A node sees a majority: it is certainly up and linked both ways to so many voters that are.
    pub fn majority_exists(&self) -> bool {
        (0..self.up.len()).any(|hub| {
            let reached = |node: usize| self.up[node].certain() && (node == hub || self.linked(node, hub).certain());
            self.up[hub].certain() && self.picture.membership.led(self.in_force, reached)
        })
    }
}

/// Walks over `[from, to)` and shows every stretch in which nothing changes: (its begin, its end, everything).
/// The walk ends early when `visit` says `false`.
pub fn sweep(picture: &Picture, from: u64, to: u64, mut visit: impl FnMut(u64, u64, &View<'_>) -> bool) {
    if from >= to {
        return;
    }
    let nodes = picture.nodes();
    let members = picture.membership.in_force();
    let mut view = View {
        picture,
        up: picture.up.iter().map(|up| up.at(from)).collect(),
        know: picture.known.iter().map(|known| known.at(from).0).collect(),
        in_force: members.at(from),
        open: (0..nodes * nodes).map(|i| picture.open(i / nodes, i % nodes).at(from)).collect(),
    };
    // Sources: processes, then beliefs, then links, then who votes. The heap holds the next change of each.
    let source = |at: usize| match at {
        _ if at < nodes => Source::Process(at),
        _ if at < 2 * nodes => Source::Belief(at - nodes),
        _ if at < 2 * nodes + nodes * nodes => Source::Link(at - 2 * nodes),
        _ => Source::Voters,
    };
    let time = |at: usize, change: usize| match source(at) {
        Source::Process(node) => picture.up[node].changes().get(change).map(|c| c.0),
        Source::Belief(node) => picture.known[node].get(change).map(|c| c.0),
        Source::Link(link) => picture.open(link / nodes, link % nodes).changes().get(change).map(|c| c.0),
        Source::Voters => members.changes().get(change).map(|c| c.0),
    };
    let first = |at: usize| {
        let change = match source(at) {
            Source::Process(node) => picture.up[node].changes().partition_point(|c| c.0 <= from),
            Source::Belief(node) => picture.known[node].until(from),
            Source::Link(link) => picture.open(link / nodes, link % nodes).changes().partition_point(|c| c.0 <= from),
            Source::Voters => members.changes().partition_point(|c| c.0 <= from),
        };
        time(at, change).map(|when| Reverse((when, at, change)))
    };
    let mut heap: BinaryHeap<_> = (0..=2 * nodes + nodes * nodes).filter_map(first).collect();
    let mut at = from;
    while at < to {
        let next = heap.peek().map_or(u64::MAX, |Reverse((next, ..))| *next).min(to);
        if !visit(at, next, &view) {
            return;
        }
        at = next;
        while let Some(mut due) = heap.peek_mut().filter(|due| due.0.0 <= at) {
            let Reverse((_, from, change)) = *due;
            match source(from) {
                Source::Process(node) => view.up[node] = picture.up[node].changes()[change].1,
                Source::Belief(node) => {
                    view.know[node] = picture.known[node].get(change).map_or(Know::Nothing, |change| change.1.0);
                }
                Source::Link(link) => view.open[link] = picture.open(link / nodes, link % nodes).changes()[change].1,
                Source::Voters => view.in_force = members.changes()[change].1,
            }
            match time(from, change + 1) {
                Some(following) => *due = Reverse((following, from, change + 1)),
                None => {
                    PeekMut::pop(due);
                }
            }
        }
    }
}

/// What changes over time.
enum Source {
    Process(usize),
    Belief(usize),
    Link(usize),
    Voters,
}

/// When there was an effective leader.
pub(super) fn timeline(picture: &Picture) -> Timeline<Effective> {
    let mut timeline = Timeline::constant(Effective::No);
    sweep(picture, 0, picture.end, |from, _, view| {
        timeline.push(from, view.leader(&[]));
        true
    });
    timeline.shrink();
    timeline
}
