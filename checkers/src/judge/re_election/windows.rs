//! The windows in which a leader is owed.
//!
//! A window is a maximal interval in which the processes and links of a majority M certainly do not change: all of M up
//! and linked as the grade asks. Which M, depends on the grade that the system claims; a higher grade owes all that the
//! lower ones do.
//!
//! - `clean`: M is pairwise linked, and nobody outside M that may be up has a link into M that may be open. There is
//!   at most one such M at a time: two majorities meet in a node, and whoever is linked to that node is in both.
//! - `clique`: besides, every smallest majority that is pairwise linked, whatever others can do to it.
//! - `hub`: besides, every node with just so many neighbours that they are a majority with it.
//!
//! A majority is a quorum of every configuration that may be in force ([`crate::world::membership`]), and a change of who votes
//! ends a window.
//!
//! The smallest majorities are tried one by one, up to [`TRIED`] of them (nine nodes have 126, and 630 hubs); where
//! there would be more, only `clean` windows are judged. A clean M loses nothing by being the largest possible, as any
//! change at a node that could reach M would end the window anyway.

use std::collections::{BTreeMap, BTreeSet};

use crate::world::membership::{Config, Configurations, Membership};
use crate::world::timeline::Walk;
use crate::world::{Picture, Timeline, Tri};
use history::header::Grade;

/// So many majorities are followed at once; a cluster with more is judged by its `clean` windows only.
pub const TRIED: usize = 1000;

/// A window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Its majority.
    pub members: Vec<usize>,
    /// Its beginning.
    pub start: u64,
    /// Its end; the first instant that is not in it.
    pub end: u64,
    /// When its clock starts: every link that M needs counts as healed.
    pub clock: u64,
}

type Set = u128;

/// Which nodes are up and which links open, as bit sets, at one instant.
struct Topology {
    /// Certainly up.
    up: Set,
    /// May be up.
    perhaps: Set,
    /// For each node: to which others it is certainly linked both ways.
    linked: Vec<Set>,
    /// For each node: from which others a link into it may be open.
    heard: Vec<Set>,
}

/// The candidates for M that a grade adds: a set, and its hub if it needs only that one's links.
fn fixed(picture: &Picture, of: Configurations) -> Vec<(Set, Option<usize>)> {
    if picture.header.claims.grade < Grade::Clique {
        return Vec::new();
    }
    let Some(sets) = smallest(&picture.membership, of) else { return Vec::new() };
    let size = sets.iter().map(|set| set.count_ones() as usize).max().unwrap_or(0);
    let hub = picture.header.claims.grade >= Grade::Hub && sets.len() * size <= TRIED;
    let hubs = sets.iter().flat_map(|&set| {
        (0..picture.nodes()).filter(move |&node| set & (1 << node) != 0).map(move |node| (set, Some(node)))
    });
    let hubs: Vec<_> = if hub { hubs.collect() } else { Vec::new() };
    sets.into_iter().map(|set| (set, None)).chain(hubs).collect()
}

/// The smallest majorities that are quorums of every configuration that may be in force; none if there are too many.
fn smallest(membership: &Membership, of: Configurations) -> Option<Vec<Set>> {
    let mut sets: Vec<Set> = vec![0];
    if of.unknown {
        return None;
    }
    for half in membership.configs(of).flat_map(Config::halves) {
        if half.nodes.len() > 64 {
            return None;
        }
        let mut grown: BTreeSet<Set> = BTreeSet::new();
        for set in sets {
            let (in_it, rest): (Vec<usize>, Vec<usize>) = half.nodes.iter().partition(|&&node| set & (1 << node) != 0);
            let missing = half.majority().saturating_sub(in_it.len());
            if ways(rest.len(), missing) > TRIED {
                return None;
            }
            let mut found = Vec::new();
            choose(&rest, missing, set, &mut found);
            grown.extend(found);
            if grown.len() > TRIED {
                return None;
            }
        }
        sets = grown.into_iter().collect();
    }
    Some(sets.into_iter().filter(|&set| set != 0).collect())
}

/// In how many ways `size` of `of` can be chosen, as far as it matters.
fn ways(of: usize, size: usize) -> usize {
    let mut ways: usize = 1;
    for i in 0..size.min(of) {
        ways = ways.saturating_mul(of - i) / (i + 1);
        if ways > TRIED {
            break;
        }
    }
    ways
}

fn choose(from: &[usize], size: usize, set: Set, found: &mut Vec<Set>) {
    match (size, from) {
        (0, _) => found.push(set),
        (_, [first, rest @ ..]) if from.len() >= size => {
            choose(rest, size - 1, set | 1 << first, found);
            choose(rest, size, set, found);
        }
        _ => {}
    }
}

/// All processes and links, from instant to instant.
struct Walks<'a> {
    up: Vec<Walk<'a, Tri>>,
    /// From each node to each, row by row.
    open: Vec<Walk<'a, Tri>>,
}

impl<'a> Walks<'a> {
    fn new(picture: &'a Picture) -> Self {
        let nodes = picture.nodes();
        let links = (0..nodes * nodes).map(|link| picture.open(link / nodes, link % nodes).walk());
        Self { up: picture.up.iter().map(Timeline::walk).collect(), open: links.collect() }
    }
}

impl Topology {
    /// As it is at an instant, which is not before the one that was asked for last.
    fn at(walks: &mut Walks<'_>, instant: u64) -> Self {
        let nodes = walks.up.len();
        let (mut up, mut perhaps, mut into) = (0, 0, vec![0; nodes]);
        // For each node: to which others a link is certainly open.
        let mut reached: Vec<Set> = vec![0; nodes];
        for (node, walk) in walks.up.iter_mut().enumerate() {
            let value = walk.at(instant);
            up |= Set::from(value.certain()) << node;
            perhaps |= Set::from(value.possible()) << node;
        }
        for (link, walk) in walks.open.iter_mut().enumerate() {
            let (from, to) = (link / nodes, link % nodes);
            let value = if from == to { Tri::Yes } else { walk.at(instant) };
            reached[from] |= Set::from(value.certain()) << to;
            into[to] |= Set::from(value.possible()) << from;
        }
        let both = |a: usize| (0..nodes).filter(|&b| reached[b] & (1 << a) != 0).fold(0, |set: Set, b| set | 1 << b);
        let linked = (0..nodes).map(|a| reached[a] & both(a)).collect();
        Self { up, perhaps, linked, heard: into }
    }

    /// The majority of grade `clean`, if there is one.
    fn clean(&self, membership: &Membership, of: Configurations) -> Option<Set> {
        // A voter of whom there is no record may reach any majority.
        if membership.has_others(of) {
            return None;
        }
        (0..self.linked.len()).find_map(|node| {
            let set = self.heard[node] & self.perhaps;
            let closed =
                (0..self.linked.len()).filter(|&i| set & (1 << i) != 0).all(|i| self.heard[i] & self.perhaps == set);
            let enough = membership.owed(of, |node| set & (1 << node) != 0);
            (set & (1 << node) != 0 && enough && closed && self.clique(set)).then_some(set)
        })
    }

    fn clique(&self, set: Set) -> bool {
        set & !self.up == 0
            && (0..self.linked.len()).filter(|&i| set & (1 << i) != 0).all(|i| set & !self.linked[i] == 0)
    }

    fn holds(&self, set: Set, hub: Option<usize>) -> bool {
        match hub {
            None => self.clique(set),
            Some(hub) => set & !self.up == 0 && set & !self.linked[hub] == 0,
        }
    }
}

/// The instants at which any process or link, or who votes, changes, zero among them, ascending.
pub(super) fn changes(picture: &Picture) -> Vec<u64> {
    let nodes = picture.nodes();
    let mut times: Vec<u64> = vec![0];
    times.extend(picture.up.iter().flat_map(|up| up.changes().iter().map(|c| c.0)));
    for (a, b) in (0..nodes).flat_map(|a| (0..nodes).map(move |b| (a, b))) {
        times.extend(picture.open(a, b).changes().iter().map(|c| c.0));
    }
    times.extend(picture.membership.in_force().changes().iter().map(|c| c.0));
    times.retain(|&at| at < picture.end);
    times.sort_unstable();
    times.dedup();
    times
}

/// All windows of a run, in the order of their ends. None when the cluster has more nodes than can be followed.
pub fn windows(picture: &Picture) -> Option<Vec<Window>> {
    let nodes = picture.nodes();
    if nodes > Set::BITS as usize {
        return None;
    }
    let membership = &picture.membership;
    let mut fixed: BTreeMap<Configurations, Vec<(Set, Option<usize>)>> = BTreeMap::new();
    let times = changes(picture);
    let mut walks = Walks::new(picture);

    let mut open: BTreeMap<(Set, Option<usize>, bool), u64> = BTreeMap::new();
    let mut found = Vec::new();
    let mut before = None;
    for &at in &times {
        let topology = Topology::at(&mut walks, at);
        let of = picture.in_force(at);
        // The set of voters is one of the things that must not change in a window.
        let same = before.replace(of) == Some(of);
        let clean = topology.clean(membership, of);
        let mut now: BTreeMap<(Set, Option<usize>, bool), u64> = BTreeMap::new();
        let fixed = fixed.entry(of).or_insert_with(|| self::fixed(picture, of));
        let held = fixed.iter().filter(|(set, hub)| topology.holds(*set, *hub)).map(|&(set, hub)| (set, hub, false));
        for key in clean.map(|set| (set, None, true)).into_iter().chain(held) {
            let since = if same { open.remove(&key) } else { None };
            now.insert(key, since.unwrap_or(at));
        }
        close(picture, &open, at, &mut found);
        open = now;
    }
    close(picture, &open, picture.end, &mut found);
    Some(found)
}

fn close(picture: &Picture, open: &BTreeMap<(Set, Option<usize>, bool), u64>, end: u64, found: &mut Vec<Window>) {
    for (&(set, hub, _), &start) in open {
        let members: Vec<usize> = (0..picture.nodes()).filter(|&i| set & (1 << i) != 0).collect();
        let needed = |&(a, b): &(usize, usize)| a != b && hub.is_none_or(|hub| a == hub || b == hub);
        let pairs = members.iter().flat_map(|&a| members.iter().map(move |&b| (a, b)));
        let clock = pairs.filter(needed).map(|(a, b)| picture.healed(a, b, start)).fold(start, u64::max);
        found.push(Window { members, start, end, clock });
    }
}
