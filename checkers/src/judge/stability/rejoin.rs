//! A node that comes back from isolation does not unseat a healthy leader: required from grade `clique` on.
//!
//! In plain Raft a node that is cut off campaigns in vain, again and again, and its term rises; when it is linked again
//! that term alone unseats the leader. It is lawful there. PreVote (thesis, 9.6) is there to prevent it: nobody raises its
//! term whom no majority encourages. So where the grade claims PreVote and CheckQuorum, this is judged.
//!
//! That a leader went after somebody came back proves nothing: it may have gone for reasons of its own, and even under
//! PreVote a node may be cut off between a majority's encouragement and its election, and return with a term that is
//! lawfully higher by one. What is proved takes two halves, neither of which needs a clock:
//!
//! - **a term without leave**: a node was candidate of two terms, and from the first candidacy to the second so few voters
//!   could have heard and answered it that they were no majority with it (as in `no-leader-without-quorum`, counted over
//!   all that time). Whoever encouraged it for the second must have done so in between. Nobody did.
//! - **a leader unseated by it**: an effective leader of term T and a majority, pairwise linked, healed, all up, all at T
//!   for an election round and more, go on to a term at least as high as that, two or more above T, in one step. An
//!   election of their own would have been for T + 1.
//!
//! So a cluster whose nodes do ask for leave is never accused, whatever happens to it; and a node that merely campaigned
//! alone is not either, if it did no harm. A harness that stalls in the second half excuses.

use std::collections::BTreeSet;

use crate::world::index::First;
use crate::world::{Picture, Tri, effective::Effective};
use history::Role;
use history::finding::liveness::Finding;
use history::header::Grade;
use history::verdict::Violation;

use super::super::prose::{self, evidence};

/// A leader's last instant in its term and its first in the next must not be further apart than this, so that there was
/// no time for an election that nobody saw.
const STEP: u64 = 50_000_000;

/// A candidacy that no majority can have encouraged.
struct Alone {
    node: usize,
    /// The last of several in a row.
    term: u64,
    /// When the candidacy before it was seen to have begun, and the line that says so.
    since: (u64, u64),
    /// The last candidacy itself.
    at: (u64, u64),
}

/// Exact knowledge of one node's term and role: from, to, term, role, line.
type Seen = (u64, u64, u64, Option<Role>, u64);

/// All healthy leaders that were unseated by a term which nobody had encouraged.
pub(super) fn unseated(picture: &Picture) -> Vec<Violation> {
    if picture.header.claims.grade < Grade::Clique {
        return Vec::new();
    }
    let seen: Vec<Sight> = (0..picture.nodes()).map(|node| Sight::new(picture, node)).collect();
    let mut found: BTreeSet<(usize, u64)> = BTreeSet::new();
    let mut violations = Vec::new();
    for alone in (0..picture.nodes()).flat_map(|node| without_leave(picture, node, &seen[node].seen)) {
        for leader in (0..picture.nodes()).filter(|&leader| leader != alone.node) {
            if let Some((term, violation)) = unseats(picture, &seen, &alone, leader)
                && found.insert((leader, term))
            {
                violations.push(violation);
            }
        }
    }
    violations
}

/// What is known exactly of one node, in the order of time.
struct Sight {
    seen: Vec<Seen>,
    terms: First,
}

impl Sight {
    fn new(picture: &Picture, node: usize) -> Self {
        let stretches = picture.known[node].between(0, picture.end);
        let known = stretches.filter_map(|(from, to, (know, line))| {
            know.exact().and_then(|state| state.term().map(|term| (from, to, term, state.role(), line)))
        });
        let seen: Vec<Seen> = known.collect();
        Self { terms: First::new(seen.iter().map(|seen| seen.2)), seen }
    }

    /// The first that begins after `instant` and is at `term` or above.
    fn reaches(&self, term: u64, instant: u64) -> Option<usize> {
        let from = self.seen.partition_point(|seen| seen.0 <= instant).max(self.terms.at_least(term)?);
        self.seen[from..].iter().position(|seen| seen.2 >= term).map(|place| from + place)
    }

    /// Those of which a part lies in `[from, to)`.
    fn between(&self, from: u64, to: u64) -> &[Seen] {
        let begin = self.seen.partition_point(|seen| seen.1 <= from);
        let end = self.seen.partition_point(|seen| seen.0 < to);
        &self.seen[begin.min(end)..end]
    }
}

/// For each row of candidacies without leave the last.
fn without_leave(picture: &Picture, node: usize, seen: &[Seen]) -> Vec<Alone> {
    let candidacies: Vec<&Seen> = seen.iter().filter(|seen| seen.3 == Some(Role::Candidate)).collect();
    let mut rows: Vec<Alone> = Vec::new();
    for pair in candidacies.windows(2) {
        let (first, second) = (pair[0], pair[1]);
        if second.2 <= first.2 || !alone(picture, node, first.0, second.0) {
            continue;
        }
        let alone = Alone { node, term: second.2, since: (first.0, first.4), at: (second.0, second.4) };
        match rows.last_mut() {
            Some(row) if row.at.1 == first.4 => (row.term, row.at) = (alone.term, alone.at),
            _ => rows.push(alone),
        }
    }
    rows
}

/// A node could not have heard from a majority, itself included, in answer to a request of `[from, to]`.
fn alone(picture: &Picture, node: usize, from: u64, to: u64) -> bool {
    let never = |timeline: &crate::world::Timeline<Tri>| timeline.throughout(from, to, |value| value == Tri::No);
    let apart = |voter: usize| {
        voter != node
            && (never(&picture.up[voter]) || never(picture.open(node, voter)) || never(picture.open(voter, node)))
    };
    let of = picture.membership.of(node, from, to);
    // Whoever votes and is not in the record may have campaigned himself.
    !picture.membership.has_others(of) && picture.membership.denied(of, |voter| !apart(voter))
}

/// Whether `leader` was healthy and gave way to that term; its own term, and what is wrong.
fn unseats(picture: &Picture, seen: &[Sight], alone: &Alone, leader: usize) -> Option<(u64, Violation)> {
    let next = seen[leader].reaches(alone.term, alone.at.0)?;
    let (led, then) = (seen[leader].seen.get(next.checked_sub(1)?)?, seen[leader].seen[next]);
    let term = led.2;
    if led.3 != Some(Role::Leader) || alone.term < term.saturating_add(2) || then.0.saturating_sub(led.1) > STEP {
        return None;
    }
    let round = super::round(picture);
    // Before anybody of the majority moved: requests reach its members one after the other.
    let members = majority(picture, alone.node, leader, then.0.checked_sub(round)?, then.0)?;
    let moved = |member: usize| seen[member].reaches(term + 1, alone.at.0).map(|place| seen[member].seen[place]);
    let until = members.iter().filter_map(|&member| moved(member)).map(|seen| seen.0).min()?.min(led.1);
    let from = until.checked_sub(round)?;
    let at_term = |&member: &usize| {
        seen[member].between(from, until).iter().all(|seen| seen.2 == term)
            && moved(member).is_none_or(|seen| seen.2 >= alone.term)
    };
    let mut effective = picture.effective.between(from, until.saturating_sub(STEP).max(from + 1));
    let leads = effective
        .all(|(_, _, value)| matches!(value, Effective::Leader { node, term: led } if node as usize == leader && led == term));
    let healthy = majority(picture, alone.node, leader, from, then.0)?;
    if !leads || !healthy.iter().all(at_term) || picture.stalled(from, then.0) {
        return None;
    }
    Some((term, violation(picture, alone, &healthy, (leader, term, led.4), then)))
}

/// The voters but `outsider` that were certainly up and pairwise linked, and healed, all that time, if they are a
/// majority and `leader` is one of them.
fn majority(picture: &Picture, outsider: usize, leader: usize, from: u64, to: u64) -> Option<Vec<usize>> {
    let up = |node: usize| picture.up[node].throughout(from, to, Tri::certain);
    let one_way = |a, b| picture.open(a, b).throughout(from, to, Tri::certain) && picture.healed(a, b, from) <= from;
    let linked = |a, b| a == b || (one_way(a, b) && one_way(b, a));
    let of = picture.membership.of(leader, from, to);
    let voters = picture.membership.voters(of);
    let mut members: Vec<usize> =
        voters.into_iter().filter(|&node| node != outsider && up(node) && linked(node, leader)).collect();
    // Whoever lacks a link to most of the others goes first, the leader never.
    loop {
        let lacks = |node: usize| members.iter().filter(|&&other| !linked(node, other)).count();
        let worst = members.iter().copied().filter(|&node| node != leader).max_by_key(|&node| lacks(node));
        match worst.filter(|&node| lacks(node) > 0) {
            Some(node) => members.retain(|&member| member != node),
            None => break,
        }
    }
    let enough = picture.membership.owed(of, |node| members.contains(&node));
    (members.contains(&leader) && enough).then_some(members)
}

fn violation(
    picture: &Picture,
    alone: &Alone,
    members: &[usize],
    (leader, term, line): (usize, u64, u64),
    then: Seen,
) -> Violation {
    let names = prose::names(picture, members);
    let mut lines = picture.beliefs(members, then.0.saturating_sub(STEP));
    lines.extend([alone.since.1, alone.at.1, line, then.4]);
    let (outsider, leader) = (picture.name(alone.node), picture.name(leader));
    let mut nodes = names.clone();
    nodes.push(outsider.to_owned());
    let finding = Finding::HealthyLeaderUnseated {
        outsider: outsider.to_owned(),
        campaigned_to: alone.term,
        since: alone.since.0,
        leader: leader.to_owned(),
        term,
        at: then.0,
        members: names,
    };
    Violation {
        finding: finding.into(),
        span: [alone.since.0, then.0],
        nodes,
        term: Some(then.2),
        evidence: evidence(lines),
        ..Violation::default()
    }
}
