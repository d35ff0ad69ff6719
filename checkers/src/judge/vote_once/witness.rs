//! Witnesses: another node's line that it counted a real, granted vote.
//!
//! A node prints a vote before it sends it, and it may print it before it is durable. So what it printed may lawfully be
//! lost with it, and nothing follows from its own lines alone. But a vote that a candidate has counted was sent, and what
//! was sent must be kept. A witness convicts, without any clock and whatever is known of faults,
//!
//! - where two candidates counted one voter's vote of one term;
//! - where the voter's own line shows that vote, and a later life of it begins below that term, or votes for another in it. It
//!   must not be that the vote which was counted is a later one: that life, a life after it or a hole could hold a vote for the
//!   same candidate in the same term. So each of its later lives that shows the term must show another vote in it, or none in all its
//!   lines (two votes of one life are no better), no lines may be missing, and it must have gone beyond the term, or the history
//!   must have its end.

use std::collections::{BTreeMap, BTreeSet};

use super::super::finding::{KEPT, Seen};
use super::Life;
use history::{Name, Observation};

/// The votes that were counted, and the candidates that counted them.
#[derive(Debug, Clone, Default)]
pub(super) struct Witnesses {
    /// For each term and voter the candidates that counted its vote, each with its first such line.
    counted: BTreeMap<(u64, Name), Vec<(Name, Seen)>>,
}

/// What a witness proves.
#[derive(Debug, Clone, Copy)]
pub(super) enum Proof {
    /// Two candidates counted the vote.
    CountedTwice {
        /// Both, with their lines.
        candidates: [(Name, Seen); 2],
    },
    /// The voter came back without the vote that was counted.
    Lost {
        /// The candidate that counted it.
        candidate: (Name, Seen),
        /// The voter's own line that shows it.
        shown: Seen,
        /// What shows that it was lost: a line of a later life, at a term below, or with this vote.
        after: Seen,
        /// The term at which it came back, where that is below.
        below: Option<u64>,
        /// For whom it voted then.
        other: Option<Name>,
    },
}

/// What is remembered of one life besides its votes.
#[derive(Debug, Clone, Default)]
pub(super) struct Course {
    first: Option<(u64, Seen)>,
    highest: u64,
    /// Terms of lines that do not show the vote.
    unknown: BTreeSet<u64>,
}

impl Course {
    pub(super) fn feed(&mut self, term: u64, shows_vote: bool, seen: Seen) {
        self.first.get_or_insert((term, seen));
        self.highest = self.highest.max(term);
        if !shows_vote {
            self.unknown.insert(term);
        }
    }
}

impl Witnesses {
    pub(super) fn feed(&mut self, seen: &Observation, term: u64, here: Seen) {
        for &voter in seen.counted.iter().filter(|voter| **voter != seen.node) {
            let counted = self.counted.entry((term, voter)).or_default();
            if counted.iter().all(|(candidate, _)| *candidate != seen.node) {
                counted.push((seen.node, here));
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.counted.is_empty()
    }

    /// All that is proved, given each node's lives as one observer saw them. `nodes`: how many nodes the record has.
    pub(super) fn proofs<'a>(
        &self,
        streams: impl Iterator<Item = (Name, &'a [(u32, Life)])>,
        (nodes, ended): (usize, bool),
    ) -> Vec<(u64, Name, Proof)> {
        let mut proofs = Vec::new();
        let known = |voter: Name| (voter.0 as usize) < nodes;
        for (&(term, voter), counted) in self.counted.iter().filter(|((_, voter), _)| known(*voter)) {
            if let [first, second, ..] = counted[..] {
                proofs.push((term, voter, Proof::CountedTwice { candidates: [first, second] }));
            }
        }
        let mut of: BTreeMap<Name, Vec<&'a [(u32, Life)]>> = BTreeMap::new();
        streams.for_each(|(node, lives)| of.entry(node).or_default().push(lives));
        for (&(term, voter), counted) in &self.counted {
            let lives = of.get(&voter).into_iter().flatten();
            let lost =
                lives.flat_map(|lives| counted.iter().filter_map(|&candidate| lost(lives, term, candidate, ended)));
            proofs.extend(lost.take(1).map(|proof| (term, voter, proof)));
        }
        proofs.truncate(KEPT);
        proofs
    }
}

/// Proof that a vote which a candidate counted was lost in a later life.
fn lost(lives: &[(u32, Life)], term: u64, candidate: (Name, Seen), ended: bool) -> Option<Proof> {
    let vote = |life: &Life| life.ballots().find(|(of, _)| *of == term).and_then(|(_, ballot)| ballot.vote);
    // The last life that shows the vote: it must not be cast again.
    let at = lives.iter().rposition(|(_, life)| vote(life).is_some_and(|(whom, _)| whom == candidate.0))?;
    let (_, shown) = vote(&lives[at].1)?;
    let (holder, later) = (&lives[at].1, &lives[at + 1..]);
    let may_hold = |life: &Life| life.holes > 0 || (life.course.unknown.contains(&term) && vote(life).is_none());
    if holder.holes > 0 || later.iter().any(|(_, life)| may_hold(life)) {
        return None;
    }
    let beyond = later.iter().any(|(_, life)| life.course.highest > term || vote(life).is_some());
    if !(beyond || ended) {
        return None;
    }
    later.iter().find_map(|(_, life)| {
        let (first, line) = life.course.first?;
        let other = vote(life);
        let (after, below) = match other {
            _ if first < term => (line, Some(first)),
            Some((_, line)) => (line, None),
            None => return None,
        };
        Some(Proof::Lost { candidate, shown, after, below, other: other.map(|(whom, _)| whom) })
    })
}
