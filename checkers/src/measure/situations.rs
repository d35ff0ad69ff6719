//! Which situations a run showed: the states of the cluster in which something happened to it.
//!
//! A campaign of ten thousand elections may have shown the same ten situations a thousand times each. So a run says which it
//! showed, and a campaign counts the distinct ones. There are three kinds:
//!
//! - *a fault strikes*: its kind, whom it hits, and for every node whether it is up, its role and the rank of its term, and for
//!   every link whether it is open;
//! - *a vote is split*: the same at the beginning of a candidacy of a term that got no leader;
//! - *a fault is answered*: the situation in which it struck, who leads next, after how many terms in vain, and whether
//!   other faults struck meanwhile.
//!
//! Terms count by their order and not by their values. Names do not count at all: a situation is drawn as a graph whose nodes
//! and links have colours, and two that differ in nothing but who is called `n1` have the same key. The key is a hash that
//! is refined along the links (Weisfeiler and Leman): after each round a node's colour says more of its neighbourhood. In small
//! clusters each node is marked once in turn, which tells apart what refinement alone does not, such as a ring of six from two
//! of three. What even that takes for the same counts once.

use std::collections::BTreeMap;

use history::Role;
use history::event::Installed;
use history::measures::Election;

use crate::world::fault::Fault;
use crate::world::state::Know;
use crate::world::{Picture, Tri};

/// Of a run that goes on for longer, so many faults, splits and answers are looked at, the first of each.
const LOOKED_AT: usize = 2000;

/// Clusters of up to so many nodes have each of them marked in turn.
const MARKED: usize = 9;

/// So many times a colour takes in those around it. In clusters that can be drawn on a sheet of paper this reaches everybody.
const ROUNDS: usize = 3;

/// Keys are numbers below this, so that every reader of JSON reads them exactly.
const KEYS: u64 = 1 << 52;

/// Terms in vain beyond so many make no other situation.
const VAIN: u64 = 3;

/// The keys of the situations that a run showed, ascending, each once.
pub(super) fn situations(picture: &Picture, elections: &[Election]) -> Vec<u64> {
    let mut keys = Vec::new();
    let installed = || picture.faults.iter().filter(|fault| fault.outcome == Installed::Installed && !fault.orphan);
    for fault in installed().take(LOOKED_AT) {
        keys.push(struck(picture, fault).key(&fault.kind));
    }
    let split = picture.terms.iter().filter(|(_, facts)| facts.won.is_none()).filter_map(|(_, facts)| facts.candidate);
    for (candidacy, _) in split.take(LOOKED_AT) {
        let mut seen = Situation::at(picture, candidacy.span.latest);
        seen.mark(candidacy.node.0 as usize, HIT);
        keys.push(seen.key("split"));
    }
    let by_id: BTreeMap<u32, &Fault> = installed().map(|fault| (fault.id, fault)).collect();
    let mut struck_at: Vec<u64> = installed().map(|fault| fault.inject.earliest).collect();
    struck_at.sort_unstable();
    let answers = elections.iter().filter_map(|election| Some((election, *by_id.get(&election.fault?)?)));
    for (election, fault) in answers.take(LOOKED_AT) {
        let before = |at: u64| struck_at.partition_point(|&struck| struck <= at);
        let others = before(election.won).saturating_sub(before(fault.inject.earliest)).min(2);
        let mut seen = struck(picture, fault);
        if let Some(winner) = picture.header.nodes.iter().position(|node| *node == election.leader) {
            seen.mark(winner, ANSWERS);
        }
        let vain = election.split_rounds.min(VAIN);
        keys.push(seen.key(&format!("{} answered {vain} {others}", fault.kind)));
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The situation in which a fault struck.
fn struck(picture: &Picture, fault: &Fault) -> Situation {
    let mut seen = Situation::at(picture, fault.inject.earliest);
    for node in &fault.nodes {
        seen.mark(node.0 as usize, HIT);
    }
    for &(from, to) in &fault.links {
        seen.mark_link(from.0 as usize, to.0 as usize);
    }
    seen
}

/// In a node's colour: the fault hits it, or it is the candidate.
const HIT: u64 = 1 << 16;
/// In a node's colour: it is the next leader.
const ANSWERS: u64 = 1 << 17;
/// In a link's colour: the fault concerns it.
const CONCERNED: u64 = 1 << 8;

/// A cluster at an instant: a graph whose nodes and links have colours.
#[derive(Debug, Clone)]
struct Situation {
    nodes: Vec<u64>,
    /// From each node to each, row by row.
    links: Vec<u64>,
}

impl Situation {
    fn at(picture: &Picture, instant: u64) -> Self {
        let size = picture.nodes();
        let known: Vec<(Option<Role>, Option<u64>)> =
            picture.known.iter().map(|known| shown(known.at(instant).0)).collect();
        let mut terms: Vec<u64> = known.iter().filter_map(|(_, term)| *term).collect();
        terms.sort_unstable_by(|a, b| b.cmp(a));
        terms.dedup();
        let rank = |term: u64| terms.iter().position(|known| *known == term).unwrap_or(0).min(250) as u64 + 1;
        let colour = |(node, (role, term)): (usize, &(Option<Role>, Option<u64>))| {
            let up = picture.up[node].at(instant);
            // Who is down has no role; its term is on its disk.
            let role = if up == Tri::No { 0 } else { role.map_or(0, place) };
            tri(up) | role << 2 | term.map_or(0, rank) << 8
        };
        let nodes = known.iter().enumerate().map(colour).collect();
        let pairs = (0..size).flat_map(|from| (0..size).map(move |to| (from, to)));
        let link = |(from, to)| if from == to { 0 } else { tri(picture.open(from, to).at(instant)) };
        Self { nodes, links: pairs.map(link).collect() }
    }

    /// What is no node of the record is nowhere in the picture.
    fn mark(&mut self, node: usize, with: u64) {
        if let Some(colour) = self.nodes.get_mut(node) {
            *colour |= with;
        }
    }

    fn mark_link(&mut self, from: usize, to: usize) {
        let size = self.nodes.len();
        if from < size && to < size {
            self.links[from * size + to] |= CONCERNED;
        }
    }

    /// The same for all situations in which the same thing happens and that differ in names only.
    fn key(&self, what: &str) -> u64 {
        let what = what.bytes().fold(0, |hash, byte| mixed(&[hash, u64::from(byte)]));
        let size = self.nodes.len();
        let whole = if size <= MARKED {
            (0..size).map(|marked| mixed(&[self.refined(Some(marked))])).fold(0, u64::wrapping_add)
        } else {
            self.refined(None)
        };
        mixed(&[what, size as u64, whole]) % KEYS
    }

    /// The colours of all nodes after some rounds, in no order.
    fn refined(&self, marked: Option<usize>) -> u64 {
        let size = self.nodes.len();
        let mut colours: Vec<u64> =
            (0..size).map(|node| mixed(&[self.nodes[node], u64::from(marked == Some(node))])).collect();
        for _ in 0..ROUNDS {
            let around = |node: usize| {
                let others = (0..size).filter(|other| *other != node);
                let said = others.map(|other| {
                    mixed(&[colours[other], self.links[node * size + other], self.links[other * size + node]])
                });
                mixed(&[colours[node], said.fold(0, u64::wrapping_add)])
            };
            colours = (0..size).map(around).collect();
        }
        colours.iter().map(|colour| mixed(&[*colour])).fold(0, u64::wrapping_add)
    }
}

/// Role and term, as far as they are certain.
fn shown(known: Know) -> (Option<Role>, Option<u64>) {
    match known {
        Know::Exact(state) => (state.role(), state.term()),
        Know::OneOf(a, b) => {
            (a.role().filter(|role| b.role() == Some(*role)), a.term().filter(|term| b.term() == Some(*term)))
        }
        Know::Terms(low, high) => (None, (low == high).then_some(low)),
        Know::Nothing => (None, None),
    }
}

fn place(role: Role) -> u64 {
    match role {
        Role::Follower => 1,
        Role::Precandidate => 2,
        Role::Candidate => 3,
        Role::Leader => 4,
    }
}

fn tri(value: Tri) -> u64 {
    match value {
        Tri::No => 0,
        Tri::Maybe => 1,
        Tri::Yes => 2,
    }
}

/// One number of several, of which every bit depends on every bit (the finalizer of SplitMix64). Spelt out, for keys are
/// stored and have to stay.
fn mixed(numbers: &[u64]) -> u64 {
    numbers.iter().fold(0x9e37_79b9_7f4a_7c15, |hash, number| {
        let mut z = hash.wrapping_mul(0x0000_0100_0000_01b3).wrapping_add(*number).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `nodes` followers of one term, all links open, n1 leads.
    fn led(nodes: usize) -> Situation {
        let mut colours = vec![2 | 1 << 2 | 1 << 8; nodes];
        colours[0] = 2 | 4 << 2 | 1 << 8;
        Situation { nodes: colours, links: vec![2; nodes * nodes] }
    }

    fn renamed(of: &Situation, to: &[usize]) -> Situation {
        let size = of.nodes.len();
        let mut nodes = vec![0; size];
        let mut links = vec![0; size * size];
        for from in 0..size {
            nodes[to[from]] = of.nodes[from];
            for other in 0..size {
                links[to[from] * size + to[other]] = of.links[from * size + other];
            }
        }
        Situation { nodes, links }
    }

    fn without_links(mut of: Situation, gone: &[(usize, usize)]) -> Situation {
        let size = of.nodes.len();
        for (a, b) in gone {
            of.links[a * size + b] = 0;
            of.links[b * size + a] = 0;
        }
        of
    }

    #[test]
    fn names_make_no_other_situation() {
        let mut seen = without_links(led(5), &[(0, 3), (1, 2), (1, 4)]);
        seen.mark(3, HIT);
        seen.mark_link(2, 4);
        for to in [[1, 0, 2, 3, 4], [4, 3, 2, 1, 0], [2, 4, 1, 0, 3]] {
            assert_eq!(renamed(&seen, &to).key("kill"), seen.key("kill"), "{to:?}");
        }
    }

    #[test]
    fn another_link_role_term_target_or_fault_makes_another_situation() {
        let plain = led(5);
        let mut keys = vec![plain.key("kill"), plain.key("pause"), led(4).key("kill")];
        keys.push(without_links(led(5), &[(0, 1)]).key("kill"));
        keys.push(without_links(led(5), &[(1, 2)]).key("kill"));
        let mut one_way = led(5);
        one_way.links[1] = 0;
        keys.push(one_way.key("kill"));
        for (node, with) in [(0, HIT), (1, HIT), (1, ANSWERS), (1, 1 << 9)] {
            let mut other = led(5);
            other.mark(node, with);
            keys.push(other.key("kill"));
        }
        let count = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), count);
        assert!(keys.iter().all(|key| *key < KEYS));
    }

    #[test]
    fn a_ring_of_six_is_told_from_two_of_three() {
        let same = || Situation { nodes: vec![2; 6], links: vec![2; 36] };
        let kept = |links: &[(usize, usize)]| {
            let all = (0..6).flat_map(|a| (a + 1..6).map(move |b| (a, b)));
            let gone: Vec<(usize, usize)> = all.filter(|link| !links.contains(link)).collect();
            without_links(same(), &gone).key("cut")
        };
        let ring = kept(&[(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (0, 5)]);
        let threes = kept(&[(0, 1), (1, 2), (0, 2), (3, 4), (4, 5), (3, 5)]);
        assert_ne!(ring, threes);
    }

    #[test]
    fn a_stored_key_stays() {
        assert_eq!(led(3).key("kill"), 3_923_266_614_992_384);
    }
}
