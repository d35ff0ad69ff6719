//! Partition shapes: pure functions from nodes to links.
//!
//! A shape is a word for a pattern of broken links: Jepsen calls the result a *grudge*. Each is one function of a few lines with
//! its picture above it. All work on a *row*: the pivot first, then the other nodes in random order. A shape says of two places
//! in the row whether the link between them is cut. So it cannot name a node that does not exist, a link twice, or a link from a
//! node to itself.
//!
//! The choice that matters is symmetry. All shapes but `one-way`, `deaf` and `mute` cut both directions, since on
//! packets a TCP connection that loses one direction soon loses both (it misses the acknowledgements). What a one-way cut
//! means depends on the network; the shape only names the links.

use std::collections::BTreeSet;

use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::draw;
use crate::link::{Link, NodeName};

/// Which links a `cut` or a `degrade` concerns. The *pivot* is the fault's resolved target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// Each pivot node, alone, from every other node, both ways.
    Isolate,
    /// The pivot nodes from the rest, both ways; the pivot nodes still see each other.
    Split,
    /// Half of the nodes (the pivot among them, rounded down) from the other half.
    Halves,
    /// A largest minority (the pivot among them) from the majority.
    Minority,
    /// Two halves that only the pivot connects.
    Bridge,
    /// Every node sees a majority, no two the same one: each node is cut from those farthest on a ring.
    MajoritiesRing,
    /// Nodes in a row, each sees only its neighbours; the pivot is at one end.
    Chain,
    /// Only the pivot sees everyone; no one else sees anyone but the pivot.
    Star,
    /// The pivot keeps so few links that it is no majority with them; those that it keeps see everyone.
    Tether,
    /// One link, both ways: the pivot and one other node.
    Link,
    /// One direction of one link: from the pivot to one other node.
    OneWay,
    /// Nothing reaches the pivot.
    Deaf,
    /// Nothing leaves the pivot.
    Mute,
    /// These links and no others.
    Links(Vec<Link>),
}

impl Shape {
    /// All shapes that can be drawn around a pivot: every one but the explicit list.
    pub const ALL: [Self; 13] = [
        Self::Isolate,
        Self::Split,
        Self::Halves,
        Self::Minority,
        Self::Bridge,
        Self::MajoritiesRing,
        Self::Chain,
        Self::Star,
        Self::Tether,
        Self::Link,
        Self::OneWay,
        Self::Deaf,
        Self::Mute,
    ];

    /// The fewest nodes at which this shape cuts anything.
    pub(crate) fn least_nodes(&self) -> usize {
        match self {
            Self::Isolate | Self::Split | Self::Halves | Self::Link | Self::OneWay | Self::Deaf | Self::Mute => 2,
            Self::Tether | Self::Links(_) => 2,
            Self::Minority | Self::Bridge | Self::Chain | Self::Star => 3,
            Self::MajoritiesRing => 4,
        }
    }

    /// The links that this shape cuts (or makes worse) in a cluster of `nodes`, around `pivot`: sorted, each once.
    ///
    /// Defined for any number of nodes and any pivot. Names in the pivot that are not nodes count for nothing. A
    /// shape around single nodes (`isolate`, `split`, `deaf`, `mute`) takes nothing from an empty pivot; the others draw
    /// the pivot that they were not given. Where a pivot is larger than the shape has room for, its first names count.
    pub fn links(&self, nodes: &[NodeName], pivot: &[NodeName], rng: &mut (impl Rng + ?Sized)) -> Vec<Link> {
        let mut given: Vec<&NodeName> = Vec::new();
        for name in pivot.iter().filter(|name| nodes.contains(name)) {
            if !given.contains(&name) {
                given.push(name);
            }
        }
        // Pivot first, then the others in random order: shapes read their places off this row.
        let mut others: Vec<&NodeName> = nodes.iter().filter(|node| !given.contains(node)).collect();
        draw::shuffle(rng, &mut others);
        let row: Vec<&NodeName> = given.iter().copied().chain(others).collect();
        let links = match self {
            Self::Isolate => isolate(&row, given.len()),
            Self::Split => apart(&row, given.len()),
            Self::Halves => apart(&row, row.len() / 2),
            Self::Minority => apart(&row, row.len().saturating_sub(1) / 2),
            Self::Bridge => bridge(&row),
            Self::MajoritiesRing => majorities_ring(&row),
            Self::Chain => chain(&row),
            Self::Star => star(&row),
            Self::Tether => tether(&row),
            Self::Link => one_link(&row),
            Self::OneWay => one_way(&row),
            Self::Deaf => deaf(&row, given.len()),
            Self::Mute => mute(&row, given.len()),
            Self::Links(links) => listed(&row, links),
        };
        links.into_iter().collect()
    }
}

/// The nodes, pivot first.
type Row<'a> = [&'a NodeName];

/// Every link for which `cut` says so of the places of its ends in the row.
fn where_cut(row: &Row<'_>, cut: impl Fn(usize, usize) -> bool) -> BTreeSet<Link> {
    let places = || 0..row.len();
    let pairs = places().flat_map(|from| places().map(move |to| (from, to)));
    pairs.filter(|&(from, to)| from != to && cut(from, to)).map(|(from, to)| Link::new(row[from], row[to])).collect()
}

/// ```text
///   (P)    a---b        each pivot node alone,
///          |   |        also from the other pivot nodes
///   (Q)    c---d
/// ```
fn isolate(row: &Row<'_>, pivots: usize) -> BTreeSet<Link> {
    where_cut(row, |from, to| from < pivots || to < pivots)
}

/// ```text
///   P---Q | a---b       the first `size` of the row from the rest;
///    \ /  |  \ /        each side is whole
///     R   |   c
/// ```
fn apart(row: &Row<'_>, size: usize) -> BTreeSet<Link> {
    where_cut(row, |from, to| (from < size) != (to < size))
}

/// ```text
///   a       c
///   | \   / |           two halves that meet in the pivot only
///   |   P   |
///   | /   \ |
///   b       d
/// ```
fn bridge(row: &Row<'_>) -> BTreeSet<Link> {
    let half = row.len().saturating_sub(1) / 2;
    let side = |place: usize| place <= half;
    where_cut(row, |from, to| from != 0 && to != 0 && side(from) != side(to))
}

/// ```text
///      P                of five: each sees itself and its two neighbours,
///    /   \              a majority, and no two see the same three
///   d     a
///    \   /
///     c-b
/// ```
/// Each node sees as many neighbours on either side as make a majority with itself. Of three or fewer, that is all.
fn majorities_ring(row: &Row<'_>) -> BTreeSet<Link> {
    let (size, majority) = (row.len(), row.len() / 2 + 1);
    let reach = majority.saturating_sub(1).div_ceil(2);
    let distance = |a: usize, b: usize| a.abs_diff(b).min(size - a.abs_diff(b));
    where_cut(row, |from, to| distance(from, to) > reach)
}

/// ```text
///   P---a---b---c---d   each sees its neighbours only
/// ```
fn chain(row: &Row<'_>) -> BTreeSet<Link> {
    where_cut(row, |from, to| from.abs_diff(to) > 1)
}

/// ```text
///   a   b
///    \ /                only the pivot sees anyone
///     P
///    / \
///   c   d
/// ```
fn star(row: &Row<'_>) -> BTreeSet<Link> {
    where_cut(row, |from, to| from != 0 && to != 0)
}

/// ```text
///   P---a               of five: the pivot hears one other and is no majority with it,
///      /|\              while that one hears all nodes, and so still hears the pivot
///     b-c-d
/// ```
fn tether(row: &Row<'_>) -> BTreeSet<Link> {
    let kept = (row.len() / 2).saturating_sub(1);
    where_cut(row, |from, to| (from == 0 && to > kept) || (to == 0 && from > kept))
}

/// ```text
///   P   a               the first two of the row, both ways;
///   | X |               all else is whole
///   b---c
/// ```
fn one_link(row: &Row<'_>) -> BTreeSet<Link> {
    where_cut(row, |from, to| from < 2 && to < 2)
}

/// ```text
///   P --x--> a          what the first of the row sends to the second
///   P <----- a
/// ```
fn one_way(row: &Row<'_>) -> BTreeSet<Link> {
    where_cut(row, |from, to| (from, to) == (0, 1))
}

/// ```text
///   P <--x-- a          nothing reaches a pivot node;
///   P -----> a          what it sends arrives
/// ```
fn deaf(row: &Row<'_>, pivots: usize) -> BTreeSet<Link> {
    where_cut(row, |_, to| to < pivots)
}

/// ```text
///   P --x--> a          nothing leaves a pivot node;
///   P <----- a          what is sent to it arrives
/// ```
fn mute(row: &Row<'_>, pivots: usize) -> BTreeSet<Link> {
    where_cut(row, |from, _| from < pivots)
}

/// These, as far as both ends are nodes of the cluster.
fn listed(row: &Row<'_>, links: &[Link]) -> BTreeSet<Link> {
    let known = |link: &&Link| link.from != link.to && row.contains(&&link.from) && row.contains(&&link.to);
    links.iter().filter(known).cloned().collect()
}

#[cfg(test)]
mod tests;
