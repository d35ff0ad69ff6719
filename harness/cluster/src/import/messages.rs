//! What the lines tell of the hosts' clocks.
//!
//! Three things have an order, whatever the clocks say. A node stands for election before another one votes for it. A vote is
//! given before it is counted. A leader is elected before another node names it. Each such pair bounds how far one clock may be
//! ahead of the other. Pairs in both directions give an interval. The bounds of several nodes add up along any path between them
//! (difference constraints, closed by Floyd and Warshall).
//!
//! Pairs that contradict each other mean that a clock jumped, or drifted by more than a message takes. A new *stretch* begins
//! there, and nothing is concluded from one stretch about another. All this is for measures and pictures: no judge proves
//! anything by it.

use std::collections::BTreeMap;

use history::Role;

use super::line_parser::outer;
use super::record::LoggedNode;

/// A line with a stamp: of which node, which entry of its story, and when at the earliest or the latest by its host's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Event {
    node: usize,
    entry: usize,
    nanos: i64,
}

/// The one was before the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Order {
    before: Event,
    after: Event,
}

/// How far a clock is ahead of the reference's, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offset {
    /// In the middle of what is possible.
    pub ahead: i64,
    /// It may be so much more or less.
    pub width: u64,
}

/// A contradiction: between two lines a clock jumped or drifted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jump {
    /// The two nodes.
    pub nodes: [usize; 2],
    /// The later of the two lines, by the clock of the second node.
    pub at: i64,
}

/// One node's part of a stretch.
#[derive(Debug, Clone, Copy)]
struct Piece {
    first: usize,
    last: usize,
    offset: Option<Offset>,
}

/// What is known of all clocks.
#[derive(Debug, Default)]
pub struct Offsets {
    /// On whose clock the times are.
    pub reference: usize,
    /// How many pairs of lines there were.
    pub pairs: usize,
    /// Where they contradict each other.
    pub jumps: Vec<Jump>,
    nodes: Vec<Vec<Piece>>,
}

/// No bound.
const FREE: i64 = i64::MAX;

impl Offsets {
    /// Learns it from the lines of all nodes.
    pub fn learn(members: &[LoggedNode<'_>]) -> Self {
        Self::of(members.len(), orders(members))
    }

    fn of(nodes: usize, mut orders: Vec<Order>) -> Self {
        orders.sort_by_key(|order| order.after.nanos);
        let mut uses = vec![0_usize; nodes];
        for event in orders.iter().flat_map(|order| [order.before, order.after]) {
            uses[event.node] += 1;
        }
        // The first of those with the most.
        let reference = (0..nodes).rev().max_by_key(|node| uses[*node]).unwrap_or(0);
        let mut all = Self { reference, pairs: orders.len(), jumps: Vec::new(), nodes: vec![Vec::new(); nodes] };
        let mut stretch = Stretch::new(nodes);
        for order in orders {
            if !stretch.add(order) {
                let nodes = [order.before.node, order.after.node];
                all.jumps.push(Jump { nodes, at: order.after.nanos });
                all.close(&stretch);
                stretch = Stretch::new(all.nodes.len());
                // Alone it contradicts nothing.
                stretch.add(order);
            }
        }
        all.close(&stretch);
        all
    }

    fn close(&mut self, stretch: &Stretch) {
        for (node, pieces) in self.nodes.iter_mut().enumerate() {
            if let Some([first, last]) = stretch.entries[node] {
                pieces.push(Piece { first, last, offset: stretch.offset(self.reference, node) });
            }
        }
    }

    /// How far a node's clock was ahead at this entry of its story; none: not known.
    pub fn at(&self, node: usize, entry: usize) -> Option<Offset> {
        if node == self.reference && self.jumps.is_empty() {
            return Some(Offset { ahead: 0, width: 0 });
        }
        let pieces = self.nodes.get(node)?;
        let mut inside = pieces.iter().filter(|piece| piece.first <= entry && entry <= piece.last);
        match (inside.next(), inside.next()) {
            (Some(piece), None) => piece.offset,
            (Some(_), Some(_)) => None,
            (None, _) => {
                let before = pieces.iter().all(|piece| entry < piece.first);
                let after = pieces.iter().all(|piece| piece.last < entry);
                let nearest = if before { pieces.first() } else { pieces.last() };
                nearest.filter(|_| before || after)?.offset
            }
        }
    }

    /// The offsets of a node, one for each stretch in which it has a part.
    pub fn of_node(&self, node: usize) -> impl Iterator<Item = Option<Offset>> {
        self.nodes.get(node).into_iter().flatten().map(|piece| piece.offset)
    }
}

/// Pairs that do not contradict each other.
struct Stretch {
    /// For each pair of nodes: the second's clock is ahead of the first's by no more than this.
    most: Vec<Vec<i64>>,
    /// For each node the first and the last entry that a pair names.
    entries: Vec<Option<[usize; 2]>>,
}

impl Stretch {
    fn new(nodes: usize) -> Self {
        let mut most = vec![vec![FREE; nodes]; nodes];
        (0..nodes).for_each(|node| most[node][node] = 0);
        Self { most, entries: vec![None; nodes] }
    }

    /// Takes a pair. False: it contradicts those before it, and is not taken.
    fn add(&mut self, Order { before, after }: Order) -> bool {
        let (from, to) = (before.node, after.node);
        let bound = after.nanos.saturating_sub(before.nanos);
        if sum(self.most[to][from], bound) < 0 {
            return false;
        }
        if bound < self.most[from][to] {
            let nodes = self.most.len();
            for first in 0..nodes {
                for second in 0..nodes {
                    let way = sum(sum(self.most[first][from], bound), self.most[to][second]);
                    self.most[first][second] = self.most[first][second].min(way);
                }
            }
        }
        for event in [before, after] {
            let [first, last] = self.entries[event.node].unwrap_or([event.entry; 2]);
            self.entries[event.node] = Some([first.min(event.entry), last.max(event.entry)]);
        }
        true
    }

    fn offset(&self, reference: usize, node: usize) -> Option<Offset> {
        let (most, least) = (self.most[reference][node], self.most[node][reference]);
        if most == FREE || least == FREE {
            return None;
        }
        // From -least to most; together they are never negative.
        let span = most.saturating_add(least).max(0);
        let ahead = span / 2 - least;
        Some(Offset { ahead, width: u64::try_from(span - span / 2).unwrap_or(0) })
    }
}

fn sum(one: i64, other: i64) -> i64 {
    if one == FREE || other == FREE { FREE } else { one.saturating_add(other) }
}

/// What lines of different nodes say of their order.
fn orders(members: &[LoggedNode<'_>]) -> Vec<Order> {
    let numbers: BTreeMap<&str, usize> = members.iter().enumerate().map(|(at, member)| (member.node, at)).collect();
    let number = |name: &str| numbers.get(outer(name)).copied();
    // The first line that says so; of a vote: of a term, the voter and the candidate.
    let (mut stood, mut led, mut voted) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let mut named: Vec<(u64, usize, Event)> = Vec::new();
    let mut counted: Vec<(u64, usize, Event)> = Vec::new();
    for (node, member) in members.iter().enumerate() {
        for (entry, said) in member.incarnations.iter().flat_map(|one| one.said()) {
            let (Some(term), Some(stamp)) = (said.term, member.story[entry].kept.stamp) else { continue };
            let first = Event { node, entry, nanos: stamp.nanos };
            let last = Event { nanos: stamp.nanos.saturating_add(stamp.width.max(0)), ..first };
            let role = said.role.as_ref().and_then(|role| role.known());
            if role == Some(Role::Candidate) {
                stood.entry((term, node)).or_insert(first);
            }
            if role == Some(Role::Leader) {
                led.entry((term, node)).or_insert(first);
            }
            if let Some(whom) =
                said.vote.as_ref().and_then(|vote| number(vote.as_deref()?)).filter(|whom| *whom != node)
            {
                voted.entry((term, node, whom)).or_insert((first, last));
            }
            if let Some(whom) =
                said.leader.as_ref().and_then(|leader| number(leader.as_deref()?)).filter(|whom| *whom != node)
            {
                named.push((term, whom, last));
            }
            for voter in said.counted.iter().flatten().filter_map(|voter| number(voter)).filter(|voter| *voter != node)
            {
                counted.push((term, voter, last));
            }
        }
    }
    let mut orders = Vec::new();
    let mut add = |before: Option<&Event>, after: Event| orders.extend(before.map(|&before| Order { before, after }));
    for ((term, _, whom), (_, last)) in &voted {
        add(stood.get(&(*term, *whom)), *last);
    }
    for (term, voter, last) in counted {
        add(voted.get(&(term, voter, last.node)).map(|(first, _)| first), last);
    }
    for (term, leader, last) in named {
        add(led.get(&(term, leader)), last);
    }
    orders
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message that left one node and reached the other, each by its own clock.
    fn sent(from: usize, at: i64, to: usize, then: i64) -> Order {
        let event = |node, nanos: i64| Event { node, entry: usize::try_from(nanos).unwrap(), nanos };
        Order { before: event(from, at), after: event(to, then) }
    }

    #[test]
    fn messages_both_ways_bound_a_clock_from_both_sides() {
        // The second clock is 1000 ahead; a message takes 10.
        let all = Offsets::of(2, vec![sent(0, 100, 1, 1110), sent(1, 1200, 0, 210)]);
        assert_eq!((all.reference, all.pairs, all.jumps.len()), (0, 2, 0));
        assert_eq!(all.at(1, 1110), Some(Offset { ahead: 1000, width: 10 }));
        assert_eq!(all.at(1, 1), Some(Offset { ahead: 1000, width: 10 }), "before the first pair");
        assert_eq!(all.at(0, 5), Some(Offset { ahead: 0, width: 0 }));
    }

    #[test]
    fn messages_one_way_only_say_nothing_and_paths_add_up() {
        let one_way = Offsets::of(2, vec![sent(0, 100, 1, 1110)]);
        assert_eq!(one_way.at(1, 1110), None);
        // 1 is 1000 ahead of 0, and 2 is 500 ahead of 1.
        let path = [sent(0, 100, 1, 1110), sent(1, 1200, 0, 210), sent(1, 1300, 2, 1810), sent(2, 1900, 1, 1410)];
        let all = Offsets::of(3, path.to_vec());
        let found = [0, 2].map(|node| all.at(node, 1350).unwrap());
        assert_eq!(all.reference, 1);
        assert_eq!(found, [Offset { ahead: -1000, width: 10 }, Offset { ahead: 500, width: 10 }]);
    }

    #[test]
    fn a_clock_that_jumps_begins_a_new_stretch_and_nothing_is_said_in_between() {
        let first = [sent(0, 100, 1, 1110), sent(1, 1200, 0, 210)];
        let second = [sent(0, 5000, 1, 5010), sent(1, 5100, 0, 5110)];
        let all = Offsets::of(2, [first, second].concat());
        assert_eq!(all.jumps, [Jump { nodes: [0, 1], at: 5010 }]);
        assert_eq!(all.at(1, 1150).unwrap().ahead, 1000);
        assert_eq!(all.at(1, 5050).unwrap().ahead, 0);
        assert_eq!(all.at(1, 3000), None);
        assert_eq!(all.at(0, 3000), None);
    }

    #[test]
    fn nobody_and_nothing_is_no_error() {
        assert_eq!(Offsets::of(0, Vec::new()).at(0, 0), Some(Offset { ahead: 0, width: 0 }));
        assert_eq!(Offsets::of(3, Vec::new()).at(2, 7), None);
    }
}
