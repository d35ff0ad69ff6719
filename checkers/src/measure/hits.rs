//! What was done to whom: which faults hit which roles, and which were in force together.
//!
//! A campaign that killed nothing but followers has shown little, however long it ran. So each installed fault counts
//! for the role that its target had when it began. The role must be certain then, and stay the same for as long as the
//! injection took: a leader that may have stepped down before the signal reached it is `unknown`, not a leader hit. A
//! process that ends tells no more of itself, and that does not take back what it had said before.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use crate::world::Picture;
use crate::world::fault::Fault;
use crate::world::state::Know;
use history::Name;
use history::event::Installed;
use history::measures::Whom;

/// How often which kind of fault hit which role.
pub(super) fn hits(picture: &Picture) -> BTreeMap<String, u64> {
    let mut hits = BTreeMap::new();
    let mut count = |kind: &str, whom: Whom| *hits.entry(format!("{kind} {whom}")).or_default() += 1;
    for fault in installed(picture) {
        let of_links = !fault.does.on_process() || (fault.nodes.is_empty() && !fault.links.is_empty());
        if of_links {
            count(
                &fault.kind,
                singled_out(fault, picture.nodes()).map_or(Whom::Links, |node| role(picture, fault, node)),
            );
        } else if fault.nodes.is_empty() {
            count(&fault.kind, Whom::Unknown);
        } else {
            let nodes: BTreeSet<Name> = fault.nodes.iter().copied().collect();
            nodes.into_iter().for_each(|node| count(&fault.kind, role(picture, fault, node)));
        }
    }
    hits
}

fn installed(picture: &Picture) -> impl Iterator<Item = &Fault> {
    picture.faults.iter().filter(|fault| fault.outcome == Installed::Installed)
}

/// The one node that a fault of links parts from all others, in one direction or both.
fn singled_out(fault: &Fault, nodes: usize) -> Option<Name> {
    if fault.links.is_empty() {
        return <[Name; 1]>::try_from(fault.nodes.as_slice()).ok().map(|[only]| only);
    }
    let &(from, to) = fault.links.first()?;
    let alone = |node: &Name| {
        let other = |&(from, to): &(Name, Name)| match (from == *node, to == *node) {
            (true, false) => Some(to),
            (false, true) => Some(from),
            _ => None,
        };
        let others: Option<BTreeSet<Name>> = fault.links.iter().map(other).collect();
        others.is_some_and(|others| others.len() + 1 == nodes)
    };
    match (alone(&from), alone(&to)) {
        (true, false) => Some(from),
        (false, true) => Some(to),
        // Two nodes that are parted from each other: neither is the one.
        _ => None,
    }
}

fn role(picture: &Picture, fault: &Fault, node: Name) -> Whom {
    let Some(known) = picture.known.get(node.0 as usize) else { return Whom::Unknown };
    if picture.may_be_dead_before(fault, node) {
        return Whom::Unknown;
    }
    let mut found = None;
    for (_, _, (know, _)) in known.between(fault.inject.earliest, fault.inject.latest.saturating_add(1)) {
        let role = match know {
            Know::Exact(state) => state.role(),
            Know::OneOf(a, b) if a.role() == b.role() => a.role(),
            Know::Nothing if found.is_some() => break,
            _ => None,
        };
        match (role, found) {
            (None, _) => return Whom::Unknown,
            (Some(now), Some(before)) if now != before => return Whom::Unknown,
            (Some(now), _) => found = Some(now),
        }
    }
    found.map_or(Whom::Unknown, Whom::from)
}

/// How often which two kinds of faults were certainly in force at once: each pair of faults counts once.
pub(super) fn overlaps(picture: &Picture) -> BTreeMap<String, u64> {
    let certain = |fault: &Fault| {
        let (from, to) = fault.in_force().1;
        (from, to.min(picture.end))
    };
    let mut faults: Vec<(u64, u64, &str)> = installed(picture)
        .map(|fault| (certain(fault), &fault.kind))
        .map(|((a, b), kind)| (a, b, kind.as_ref()))
        .collect();
    faults.retain(|(from, to, _)| from < to);
    faults.sort_unstable();
    let mut overlaps: BTreeMap<String, u64> = BTreeMap::new();
    let mut ends: BinaryHeap<Reverse<(u64, &str)>> = BinaryHeap::new();
    let mut in_force: BTreeMap<&str, u64> = BTreeMap::new();
    for (from, to, kind) in faults {
        while let Some(Reverse((_, over))) = ends.peek().filter(|Reverse((end, _))| *end <= from).copied() {
            ends.pop();
            in_force.entry(over).and_modify(|count| *count -= 1);
        }
        for (&other, &count) in in_force.iter().filter(|(_, count)| **count > 0) {
            let (a, b) = if other <= kind { (other, kind) } else { (kind, other) };
            *overlaps.entry(format!("{a} + {b}")).or_default() += count;
        }
        *in_force.entry(kind).or_default() += 1;
        ends.push(Reverse((to, kind)));
    }
    overlaps
}
