//! Which lines of a history may not be held against each other.
//!
//! Two leaders of a term are a finding within one life of the cluster only. Where nobody knows whether a process of a node has the
//! data of the one before it, nobody knows of which life its lines are, nor with which lines of other nodes they belong together. The
//! same holds where lives were put side by side by their number alone, and where a query may have left out whatever shows that a
//! process begins: of two clusters, one after the other, each has its leader of term 2. What names another leader of a term across
//! such a place is written down as a sample, which shows and never convicts, and as a doubt.

use std::collections::{BTreeMap, BTreeSet};

use history::Role;
use history::entry::State;

use super::process::is_process;
use super::record::Cast;
use super::tongue::outer;

/// What may not be held against others.
#[derive(Debug, Default)]
pub(super) struct Apart {
    /// Lines that name a leader whom others contradict: of which node, and which entry of its story.
    lines: BTreeSet<(usize, usize)>,
    /// The first line of each such node and term.
    first: BTreeSet<(usize, usize)>,
    /// Of which nodes it is not known that all their lines are of one life, and of the same as those of the others.
    nodes: Vec<bool>,
    /// Of which nodes the lines show where a process begins.
    legible: Vec<bool>,
}

/// Who says it, in which stretch of certainly the same data, and who is said to lead.
type Claim<'a> = (usize, usize, &'a str);

impl Apart {
    /// Of these nodes; `sure`: their incarnations are certainly of one life of the cluster, as far as each node's data is.
    pub(super) fn of(cast: &[Cast<'_>], sure: bool) -> Self {
        let unsure = |cast: &Cast<'_>| !sure || cast.incarnations.iter().skip(1).any(|one| one.unsure);
        let nodes: Vec<bool> = cast.iter().map(unsure).collect();
        let legible: Vec<bool> = cast.iter().map(is_legible).collect();
        let mut all = Self { nodes, ..Self::default() };
        for claims in claims(cast).values() {
            let together = |one: &Claim<'_>, other: &Claim<'_>| match one.0 == other.0 {
                true => one.1 == other.1,
                false => !all.nodes[one.0] && !all.nodes[other.0] && (legible[one.0] || legible[other.0]),
            };
            for (one, entries) in claims {
                let others: Vec<_> = claims.keys().filter(|other| other.2 != one.2).collect();
                if !others.is_empty() && !others.iter().any(|other| together(one, other)) {
                    all.lines.extend(entries.iter().map(|entry| (one.0, *entry)));
                    all.first.extend(entries.first().map(|entry| (one.0, *entry)));
                }
            }
        }
        all.legible = legible;
        all
    }

    /// A line must not convict.
    pub(super) fn holds(&self, node: usize, entry: usize) -> bool {
        self.lines.contains(&(node, entry))
    }

    /// Lines that would accuse a node if its data were known.
    pub(super) fn doubts(&self) -> impl Iterator<Item = (usize, usize)> {
        self.first.iter().copied()
    }

    /// A vote that a node has counted may be held against its voter; none: of the voter there is no log.
    pub(super) fn is_counted(&self, node: usize, voter: Option<usize>) -> bool {
        let is = |all: &[bool], node: usize| all.get(node).copied().unwrap_or(false);
        let unsure = self.is_unsure(node) || voter.is_some_and(|voter| self.is_unsure(voter));
        !unsure && (is(&self.legible, node) || voter.is_some_and(|voter| is(&self.legible, voter)))
    }

    /// What a node shows of logs and of votes that it counted must not be held against others.
    pub(super) fn is_unsure(&self, node: usize) -> bool {
        self.nodes.get(node).copied().unwrap_or(false)
    }
}

/// Its lines show where a process begins: one does, or its processes have ids, or lines of the kind were kept with which one begins.
fn is_legible(cast: &Cast<'_>) -> bool {
    let follows = |said: &State<'_>| {
        said.term.is_some() && said.role.as_ref().and_then(|role| role.known()) == Some(Role::Follower)
    };
    cast.story.iter().all(|entry| entry.kept.process.is_some_and(is_process))
        || cast.incarnations.iter().any(|one| one.begins.is_some() || one.said().any(|(_, said)| follows(said)))
}

/// The claims of each term, with the entries that make them.
fn claims<'a>(cast: &'a [Cast<'a>]) -> BTreeMap<u64, BTreeMap<Claim<'a>, Vec<usize>>> {
    let mut all: BTreeMap<u64, BTreeMap<Claim<'_>, Vec<usize>>> = BTreeMap::new();
    for (node, cast) in cast.iter().enumerate() {
        let mut stretch = 0;
        for (one, place) in cast.incarnations.iter().zip(0..) {
            stretch += usize::from(place > 0 && one.unsure);
            for (entry, said) in one.said() {
                let (Some(term), Some(leader)) = (said.term, leader(said, cast.node)) else { continue };
                all.entry(term).or_default().entry((node, stretch, leader)).or_default().push(entry);
            }
        }
    }
    all
}

/// Whom a line calls the leader of its term.
fn leader<'a>(said: &'a State<'_>, node: &'a str) -> Option<&'a str> {
    match said.role.as_ref().and_then(|role| role.known()) {
        Some(Role::Leader) => Some(node),
        _ => said.leader.as_ref()?.as_deref().map(outer),
    }
}
