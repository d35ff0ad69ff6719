//! Which lines of a history may not be held against each other.
//!
//! Two leaders of a term are a finding within one life of the cluster only. Where it is unknown whether a process of a node has
//! the data of the one before it, the life of its lines is unknown too. So is which lines of other nodes belong together with
//! them. The same holds where a query may have left out whatever shows that a process begins. Of two clusters, one after the
//! other, each has its leader of term 2. And the log of one node may be of the first of them only, and that of another node of
//! the second.
//!
//! So the lines of each node are taken apart into *stretches* of certainly the same data. Lines of two nodes belong together if
//! their stretches overlap, by the nodes' own clocks. Besides, no node may have come back between the two lines with data that
//! may be other data. This use of clocks can only acquit. Where no line has a stamp, they belong together if each node has one
//! stretch only. A line that names another leader of a term and does not belong to the others is written down as a sample, which
//! shows and never convicts, and as a doubt.

use std::cmp::Ordering::{self, Equal, Greater, Less};
use std::collections::{BTreeMap, BTreeSet};

use history::Role;
use history::entry::State;

use super::epochs::begun;
use super::line_parser::outer;
use super::lives::Incarnation;
use super::process::is_process;
use super::record::LoggedNode;
use super::stamp::{self, Stamp};

/// What may not be held against others.
#[derive(Debug, Default)]
pub(super) struct Incomparable {
    /// Lines that name a leader that others contradict: of which node, and which entry of its story.
    lines: BTreeSet<(usize, usize)>,
    /// Lines that count a vote which may be held against its voter.
    counted: BTreeSet<(usize, usize, String)>,
    /// The first line of each such node and term.
    first: BTreeSet<(usize, usize)>,
}

/// The node that says it, and the stretch of certainly the same data.
type StretchId = (usize, usize);

/// The stretches of all nodes.
struct Stretches<'a> {
    members: &'a [LoggedNode<'a>],
    nodes: Vec<Node>,
    /// When nodes have come back with other data, or with data that may be other data: not before the first, not after the second.
    unsure: Vec<(Stamp, Stamp)>,
}

/// What is known of one node's stretches.
#[derive(Default)]
struct Node {
    /// With which entry each begins.
    begins: Vec<usize>,
    /// From when to when, by the node's own clock.
    times: Vec<Option<(Stamp, Stamp)>>,
    /// It is known of all its lines that they are of one life, and of the same as those of the others.
    sure: bool,
    /// Its lines show where a process begins.
    legible: bool,
}

impl Incomparable {
    /// Of these nodes; `sure`: their incarnations are certainly of one life of the cluster, as far as each node's data is. `changes`:
    /// when nodes have come back with other data.
    pub(super) fn of(members: &[LoggedNode<'_>], sure: bool, changes: &[(Stamp, Stamp)]) -> Self {
        let stretches = Stretches::of(members, sure, changes);
        let mut all = Self::default();
        for claims in stretches.claims().values() {
            for ((place, whom), entries) in claims {
                let others = claims.iter().filter(|((_, other), _)| other != whom);
                let mut met = others.map(|((other, _), of)| stretches.meet((*place, entries), (*other, of))).peekable();
                if met.peek().is_some() && !met.any(|met| met) {
                    all.lines.extend(entries.iter().map(|entry| (place.0, *entry)));
                    all.first.extend(entries.first().map(|entry| (place.0, *entry)));
                }
            }
        }
        all.count(&stretches);
        all
    }

    /// Finds the counted votes that may be held against their voters.
    fn count(&mut self, stretches: &Stretches<'_>) {
        for ((_, name), counters) in stretches.counters() {
            let voter = stretches.members.iter().position(|member| member.node == name);
            for (place, entries) in &counters {
                let others = counters.iter().filter(|(other, _)| other.0 != place.0);
                let mut met = others.map(|(other, of)| stretches.meet((*place, entries), (*other, of))).peekable();
                let alone = met.peek().is_some() && !met.any(|met| met);
                if alone {
                    self.first.extend(entries.first().map(|entry| (place.0, *entry)));
                }
                if !alone && voter.is_none_or(|voter| stretches.is_voter(voter, (*place, entries))) {
                    self.counted.extend(entries.iter().map(|entry| (place.0, *entry, name.to_owned())));
                }
            }
        }
    }

    /// A line must not convict.
    pub(super) fn holds(&self, node: usize, entry: usize) -> bool {
        self.lines.contains(&(node, entry))
    }

    /// Lines that would accuse a node if its data were known.
    pub(super) fn doubts(&self) -> impl Iterator<Item = (usize, usize)> {
        self.first.iter().copied()
    }

    /// That this line counts a vote may be held against its voter.
    pub(super) fn is_counted(&self, node: usize, entry: usize, voter: &str) -> bool {
        self.counted.contains(&(node, entry, voter.to_owned()))
    }
}

impl<'a> Stretches<'a> {
    fn of(members: &'a [LoggedNode<'a>], sure: bool, changes: &[(Stamp, Stamp)]) -> Self {
        let mut all = Self { members, nodes: Vec::new(), unsure: changes.to_vec() };
        members.iter().for_each(|member| all.take(member, sure));
        all
    }

    /// Takes the lines of a node.
    fn take(&mut self, member: &LoggedNode<'_>, sure: bool) {
        let sure = sure && !member.incarnations.iter().skip(1).any(|one| one.unsure);
        let mut node = Node { sure, legible: is_legible(member), ..Node::default() };
        let mut term = None;
        for (one, place) in member.incarnations.iter().zip(0..) {
            let mut other = place == 0 || one.unsure;
            self.unsure.extend(begun(one, member.story).filter(|_| place > 0 && one.unsure));
            for (entry, now) in entries(one) {
                // Where no line shows that a process begins, one may begin with each term.
                other |= !node.legible && now.is_some() && term.is_some() && now != term;
                term = now.or(term);
                if std::mem::take(&mut other) {
                    node.begins.push(entry);
                    node.times.push(None);
                }
                let Some(stamp) = member.story[entry].kept.stamp else { continue };
                if let Some(time) = node.times.last_mut() {
                    let (first, last) = time.unwrap_or((stamp, stamp));
                    let first = if stamp.nanos < first.nanos { stamp } else { first };
                    *time = Some((first, if stamp.nanos > last.nanos { stamp } else { last }));
                }
            }
        }
        self.nodes.push(node);
    }

    fn time(&self, node: usize, entry: usize) -> Option<Stamp> {
        self.members[node].story[entry].kept.stamp
    }

    /// Some of what is said in one place may be held against some of what is said in the other.
    fn meet(&self, (one, entries): (StretchId, &[usize]), (other, of): (StretchId, &[usize])) -> bool {
        if one.0 == other.0 {
            return one.1 == other.1;
        }
        let (a, b) = (&self.nodes[one.0], &self.nodes[other.0]);
        if !a.legible && !b.legible {
            return false;
        }
        let ends =
            |all: &[usize]| [all.first().copied(), all.last().copied()].into_iter().flatten().collect::<Vec<_>>();
        let pairs = ends(entries).into_iter().flat_map(|entry| ends(of).into_iter().map(move |other| (entry, other)));
        let mut pairs = pairs.map(|(entry, at)| (self.time(one.0, entry), self.time(other.0, at)));
        match (a.times[one.1], b.times[other.1]) {
            (Some(one), Some(other)) if overlap(one, other) => {
                pairs.any(|pair| matches!(pair, (Some(one), Some(other)) if self.is_quiet(one, other)))
            }
            (None, None) => a.sure && b.sure,
            _ => false,
        }
    }

    /// No node has come back between the two with data that may be other data.
    fn is_quiet(&self, one: Stamp, other: Stamp) -> bool {
        let (from, to) = if one.nanos <= other.nanos { (one, other) } else { (other, one) };
        !self
            .unsure
            .iter()
            .any(|unsure| compared(from, unsure.1) != Some(Greater) && compared(unsure.0, to) != Some(Greater))
    }

    /// A vote that is counted in these lines may be held against this voter: its data is one, and that of then.
    fn is_voter(&self, voter: usize, (place, entries): (StretchId, &[usize])) -> bool {
        let (of, node) = (&self.nodes[voter], &self.nodes[place.0]);
        let [time] = of.times[..] else { return false };
        if voter == place.0 || (!of.legible && !node.legible) {
            return voter == place.0;
        }
        let counted: Vec<Stamp> = entries.iter().filter_map(|entry| self.time(place.0, *entry)).collect();
        match (time, counted.first()) {
            (Some((first, last)), Some(counted)) => is_within(*counted, (first, last)) && self.is_quiet(*counted, last),
            (None, None) => of.sure && node.sure,
            _ => false,
        }
    }

    /// The leaders of each term as nodes name them, with the entries that say so.
    fn claims(&self) -> BTreeMap<u64, Claims<'_>> {
        let mut all: BTreeMap<u64, Claims<'_>> = BTreeMap::new();
        for (node, member) in self.members.iter().enumerate() {
            for (entry, said) in member.incarnations.iter().flat_map(|one| one.said()) {
                let (Some(term), Some(leader)) = (said.term, leader(said, member.node)) else { continue };
                let place = (node, self.nodes[node].stretch(entry));
                all.entry(term).or_default().entry((place, leader)).or_default().push(entry);
            }
        }
        all
    }

    /// The nodes that counted each voter's vote of each term, with the entries that say so.
    fn counters(&self) -> BTreeMap<(u64, &str), BTreeMap<StretchId, Vec<usize>>> {
        let mut all: BTreeMap<(u64, &str), BTreeMap<StretchId, Vec<usize>>> = BTreeMap::new();
        for (node, member) in self.members.iter().enumerate() {
            for (entry, said) in member.incarnations.iter().flat_map(|one| one.said()) {
                let Some(term) = said.term else { continue };
                for voter in said.counted.iter().flatten() {
                    let place = (node, self.nodes[node].stretch(entry));
                    all.entry((term, outer(voter))).or_default().entry(place).or_default().push(entry);
                }
            }
        }
        all
    }
}

impl Node {
    fn stretch(&self, entry: usize) -> usize {
        self.begins.partition_point(|begin| *begin <= entry).saturating_sub(1)
    }
}

/// Lines that name a leader, by where they stand and which node they name.
type Claims<'a> = BTreeMap<(StretchId, &'a str), Vec<usize>>;

/// The entries of an incarnation, in order, each with the term that it shows.
fn entries(one: &Incarnation) -> impl Iterator<Item = (usize, Option<u64>)> {
    let first = one.lines.first().map(|line| line.entry);
    let begins = one.begins.filter(|begins| first.is_none_or(|first| *begins < first));
    begins.map(|begins| (begins, None)).into_iter().chain(one.lines.iter().map(|line| (line.entry, line.term())))
}

/// Both went on at some instant.
fn overlap(one: (Stamp, Stamp), other: (Stamp, Stamp)) -> bool {
    is_within(one.0, other) || is_within(other.0, one)
}

fn is_within(time: Stamp, (first, last): (Stamp, Stamp)) -> bool {
    matches!(compared(first, time), Some(Less | Equal)) && matches!(compared(time, last), Some(Less | Equal))
}

/// By the clocks of two nodes. Stamps with a zone and stamps without one cannot be compared.
fn compared(one: Stamp, other: Stamp) -> Option<Ordering> {
    let of = |stamp: Stamp| if one.year && other.year { stamp.nanos } else { stamp::within_year(stamp) };
    (one.zone.is_some() == other.zone.is_some()).then(|| of(one).cmp(&of(other)))
}

/// Its lines show where a process begins: one does, or its processes have ids, or lines of the kind were kept with which one begins.
fn is_legible(member: &LoggedNode<'_>) -> bool {
    let follows = |said: &State<'_>| {
        said.term.is_some() && said.role.as_ref().and_then(|role| role.known()) == Some(Role::Follower)
    };
    member.story.iter().all(|entry| entry.kept.process.is_some_and(is_process))
        || member.incarnations.iter().any(|one| one.begins.is_some() || one.said().any(|(_, said)| follows(said)))
}

/// The node that a line calls the leader of its term.
fn leader<'a>(said: &'a State<'_>, node: &'a str) -> Option<&'a str> {
    match said.role.as_ref().and_then(|role| role.known()) {
        Some(Role::Leader) => Some(node),
        _ => said.leader.as_ref()?.as_deref().map(outer),
    }
}
