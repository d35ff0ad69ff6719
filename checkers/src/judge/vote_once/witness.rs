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

use std::collections::BTreeMap;

use super::super::finding::{KEPT, Seen};
use super::super::streams::Streams;
use super::{Ballot, Ballots, Life};
use crate::kept::{Map, row};
use history::{Name, Observation};

/// The votes that were counted, and the candidates that counted them.
#[derive(Debug, Clone, Default)]
pub(super) struct Witnesses {
    /// For each term and voter the candidate that counted its vote first, with its first such line.
    counted: Map<(u64, Name), (Name, Seen)>,
    /// Other candidates that counted it.
    again: BTreeMap<(u64, Name), Vec<(Name, Seen)>>,
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
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Course {
    first: Option<(u64, Seen)>,
    highest: u64,
}

row!(Course { first: Option<(u64, Seen)>, highest: u64 });

impl Course {
    pub(super) fn feed(&mut self, term: u64, seen: Seen) {
        self.first.get_or_insert((term, seen));
        self.highest = self.highest.max(term);
    }
}

impl Witnesses {
    pub(super) fn feed(&mut self, seen: &Observation, term: u64, here: Seen) {
        for &voter in seen.counted.iter().filter(|voter| **voter != seen.node) {
            let first = self.counted.or_insert((term, voter), (seen.node, here)).0;
            if first != seen.node {
                let again = self.again.entry((term, voter)).or_default();
                if again.iter().all(|(candidate, _)| *candidate != seen.node) {
                    again.push((seen.node, here));
                }
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.counted.is_empty()
    }

    /// All that is proved, given each node's lives and ballots as its observers saw them. `nodes`: how many nodes the record has.
    pub(super) fn proofs(
        &self,
        streams: &Streams<Life>,
        ballots: &Ballots,
        (nodes, ended): (usize, bool),
    ) -> Vec<(u64, Name, Proof)> {
        if self.is_empty() {
            return Vec::new();
        }
        let known = |voter: Name| (voter.0 as usize) < nodes;
        let mut counted = self.counted.finder();
        let twice = self.again.iter().filter(|((_, voter), _)| known(*voter));
        let twice = twice.filter_map(|(&(term, voter), again)| {
            let candidates = [counted.get((term, voter))?, *again.first()?];
            Some((term, voter, Proof::CountedTwice { candidates }))
        });
        let mut proofs: Vec<_> = twice.collect();
        let mut lost: BTreeMap<(u64, Name), Proof> = BTreeMap::new();
        for (voter, observer, lives) in streams.iter() {
            let Some(ballots) = ballots.get(&(voter, observer)) else { continue };
            let stream = Stream::new(&lives, ballots);
            for ((term, _), first) in self.counted.iter().filter(|((_, of), _)| *of == voter) {
                let again = self.again.get(&(term, voter)).into_iter().flatten();
                let mut found = std::iter::once(&first).chain(again).filter_map(|&by| stream.lost(term, by, ended));
                if let Some(proof) = found.next() {
                    lost.entry((term, voter)).or_insert(proof);
                }
            }
        }
        proofs.extend(lost.into_iter().map(|((term, voter), proof)| (term, voter, proof)));
        proofs.truncate(KEPT);
        proofs
    }
}

/// A vote that one life showed.
#[derive(Debug, Clone, Copy)]
struct Vote {
    term: u64,
    /// The place of the life.
    life: usize,
    whom: Name,
    seen: Seen,
}

/// The lives of a node, as one observer saw them.
struct Stream<'a> {
    lives: &'a [(u32, Life)],
    /// By term, then by life.
    votes: Vec<Vote>,
    /// Terms of which a line does not show the vote, each with the place of the life; in order.
    untold: Vec<(u64, usize)>,
    /// For each life the lowest term at which it or a later one began.
    lowest: Vec<u64>,
}

impl<'a> Stream<'a> {
    fn new(lives: &'a [(u32, Life)], ballots: &Map<(u32, u64), Ballot>) -> Self {
        let (mut votes, mut untold) = (Vec::new(), Vec::new());
        for ((incarnation, term), ballot) in ballots.iter() {
            let Ok(life) = lives.binary_search_by_key(&incarnation, |life| life.0) else { continue };
            votes.extend(ballot.vote.map(|(whom, seen)| Vote { term, life, whom, seen }));
            untold.extend(ballot.untold.then_some((term, life)));
        }
        votes.sort_unstable_by_key(|vote| (vote.term, vote.life));
        untold.sort_unstable();
        let mut lowest: Vec<u64> =
            lives.iter().map(|(_, life)| life.course.first.map_or(u64::MAX, |first| first.0)).collect();
        for at in (1..lowest.len()).rev() {
            lowest[at - 1] = lowest[at - 1].min(lowest[at]);
        }
        Self { lives, votes, untold, lowest }
    }

    /// Proof that a vote which a candidate counted was lost in a later life.
    fn lost(&self, term: u64, candidate: (Name, Seen), ended: bool) -> Option<Proof> {
        let from = self.votes.partition_point(|vote| vote.term < term);
        let to = self.votes.partition_point(|vote| vote.term <= term);
        let votes = &self.votes[from..to];
        // The last life that shows the vote: it must not be cast again.
        let shown = votes.iter().rfind(|vote| vote.whom == candidate.0)?;
        let next = shown.life + 1;
        // Only a life that began below, or that shows a vote of this term, can show that it was lost.
        let below = self.lowest.get(next).is_some_and(|lowest| *lowest < term);
        if !below && votes.last().is_none_or(|last| last.life < next) {
            return None;
        }
        let vote = |life: usize| votes.iter().find(|vote| vote.life == life);
        let later = || self.lives.iter().enumerate().skip(next).map(|(at, (_, life))| (at, life));
        let untold = |at: usize| self.untold.binary_search(&(term, at)).is_ok();
        let may_hold = |(at, life): (usize, &Life)| life.holes > 0 || (untold(at) && vote(at).is_none());
        if self.lives[shown.life].1.holes > 0 || later().any(may_hold) {
            return None;
        }
        let beyond = later().any(|(at, life)| life.course.highest > term || vote(at).is_some());
        if !(beyond || ended) {
            return None;
        }
        later().find_map(|(at, life)| {
            let (first, line) = life.course.first?;
            let other = vote(at);
            let (after, below) = match other {
                _ if first < term => (line, Some(first)),
                Some(vote) => (vote.seen, None),
                None => return None,
            };
            Some(Proof::Lost { candidate, shown: shown.seen, after, below, other: other.map(|vote| vote.whom) })
        })
    }
}
