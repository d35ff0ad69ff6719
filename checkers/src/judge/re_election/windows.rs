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
//! The smallest majorities are tried one by one, up to [`TRIED`] of them (nine nodes have 126, and 630 hubs); where
//! there would be more, only `clean` windows are judged. A clean M loses nothing by being the largest possible, as any
//! change at a node that could reach M would end the window anyway.

use std::collections::BTreeMap;

use crate::world::{Picture, Tri};
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
fn fixed(picture: &Picture) -> Vec<(Set, Option<usize>)> {
    let voters: Vec<usize> = (0..picture.nodes()).filter(|&node| picture.voters[node]).collect();
    let size = picture.majority;
    if picture.header.claims.grade < Grade::Clique || voters.len() < size || voters.len() > 64 {
        return Vec::new();
    }
    let mut ways: usize = 1;
    for i in 0..size {
        ways = ways.saturating_mul(voters.len() - i) / (i + 1);
        if ways > TRIED {
            return Vec::new();
        }
    }
    let mut sets = Vec::with_capacity(ways);
    choose(&voters, size, 0, &mut sets);
    let hub = picture.header.claims.grade >= Grade::Hub && sets.len() * size <= TRIED;
    let hubs =
        sets.iter().flat_map(|&set| voters.iter().filter(move |&&v| set & (1 << v) != 0).map(move |&v| (set, Some(v))));
    let hubs: Vec<_> = if hub { hubs.collect() } else { Vec::new() };
    sets.into_iter().map(|set| (set, None)).chain(hubs).collect()
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

impl Topology {
    fn at(picture: &Picture, instant: u64) -> Self {
        let nodes = picture.nodes();
        let set =
            |accept: &dyn Fn(usize) -> bool| (0..nodes).filter(|&i| accept(i)).fold(0, |set: Set, i| set | 1 << i);
        let open = |a: usize, b: usize| if a == b { Tri::Yes } else { picture.open(a, b).at(instant) };
        Self {
            up: set(&|i| picture.up[i].at(instant).certain()),
            perhaps: set(&|i| picture.up[i].at(instant).possible()),
            linked: (0..nodes).map(|a| set(&|b| open(a, b).certain() && open(b, a).certain())).collect(),
            heard: (0..nodes).map(|a| set(&|b| open(b, a).possible())).collect(),
        }
    }

    /// The majority of grade `clean`, if there is one.
    fn clean(&self, voters: Set, majority: usize) -> Option<Set> {
        (0..self.linked.len()).find_map(|node| {
            let set = self.heard[node] & self.perhaps;
            let closed =
                (0..self.linked.len()).filter(|&i| set & (1 << i) != 0).all(|i| self.heard[i] & self.perhaps == set);
            let enough = (set & voters).count_ones() as usize >= majority;
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

/// The instants at which any process or link changes, zero among them, ascending.
pub(super) fn changes(picture: &Picture) -> Vec<u64> {
    let nodes = picture.nodes();
    let mut times: Vec<u64> = vec![0];
    times.extend(picture.up.iter().flat_map(|up| up.changes().iter().map(|c| c.0)));
    for (a, b) in (0..nodes).flat_map(|a| (0..nodes).map(move |b| (a, b))) {
        times.extend(picture.open(a, b).changes().iter().map(|c| c.0));
    }
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
    let voters = (0..nodes).filter(|&i| picture.voters[i]).fold(0, |set: Set, i| set | 1 << i);
    let fixed = fixed(picture);
    let times = changes(picture);

    let mut open: BTreeMap<(Set, Option<usize>, bool), u64> = BTreeMap::new();
    let mut found = Vec::new();
    for &at in &times {
        let topology = Topology::at(picture, at);
        let clean = topology.clean(voters, picture.majority);
        let mut now: BTreeMap<(Set, Option<usize>, bool), u64> = BTreeMap::new();
        let held = fixed.iter().filter(|(set, hub)| topology.holds(*set, *hub)).map(|&(set, hub)| (set, hub, false));
        for key in clean.map(|set| (set, None, true)).into_iter().chain(held) {
            now.insert(key, open.remove(&key).unwrap_or(at));
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
