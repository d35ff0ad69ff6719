//! Which candidate next.
//!
//! The search holds the smallest schedule that is known to be good and a list of what to try on it, the boldest first. The list
//! has hints from outside, then faults by delta debugging, waits likewise, fewer nodes, and shorter times. It hands candidates
//! out one after the other *as if none so far were good*. With several machines that is speculation, and mostly right: most
//! candidates fail. As soon as one is good it takes the place of the schedule. What else is being tried is void, since it was
//! made from a larger one, and the list is written anew from there on. When the list is at its end and everything on it has
//! failed, the schedule is minimal: among what failed is every way to leave out one fault.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

use super::{Size, earlier_operations, faults, fewer_nodes, sooner_over, sooner_steps, waits, without};
use crate::schedule::{Schedule, StepId};

/// The number of a candidate that is being tried.
pub type Ticket = u32;

/// What a candidate has less of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Faults, guided by a hint.
    Hint,
    /// Faults.
    Faults,
    /// Waits.
    Waits,
    /// Nodes.
    Nodes,
    /// Time.
    Time,
    /// Operations of disks before the one at which a node crashes.
    Operations,
}

/// A schedule to be tried.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// What it has less of.
    pub kind: Kind,
    /// The schedule. It passes [`Schedule::check`] and is smaller than [`Search::best`] was when it was made.
    pub schedule: Schedule,
    /// How finely to cut once it is good.
    then: usize,
}

/// A search for a small schedule.
#[derive(Debug)]
pub struct Search {
    best: Schedule,
    hints: Vec<BTreeSet<StepId>>,
    plan: VecDeque<Candidate>,
    open: BTreeMap<Ticket, Candidate>,
    /// What was handed out for the present schedule or has failed before, as JSON.
    seen: HashSet<String>,
    failed: HashSet<String>,
    next: Ticket,
}

impl Search {
    /// A search that begins with a schedule which is known to be good. A hint is a set of faults which alone may be
    /// enough; hints are tried first, in their order.
    pub fn new(schedule: Schedule, hints: Vec<BTreeSet<StepId>>) -> Self {
        let mut search = Self {
            best: schedule,
            hints,
            plan: VecDeque::new(),
            open: BTreeMap::new(),
            seen: HashSet::new(),
            failed: HashSet::new(),
            next: 0,
        };
        search.replan(Kind::Hint, 2);
        search
    }

    /// The smallest schedule that is known to be good.
    pub fn best(&self) -> &Schedule {
        &self.best
    }

    /// The next candidate to be tried; `None` when nothing is left to try unless one that is being tried is good.
    pub fn propose(&mut self) -> Option<(Ticket, Candidate)> {
        while let Some(candidate) = self.plan.pop_front() {
            if self.seen.insert(candidate.schedule.to_json()) {
                self.next += 1;
                self.open.insert(self.next, candidate.clone());
                return Some((self.next, candidate));
            }
        }
        None
    }

    /// Whether everything has been tried and nothing was good: the schedule is minimal.
    pub fn is_over(&self) -> bool {
        self.plan.is_empty() && self.open.is_empty()
    }

    /// A candidate is good: it takes the place of the best, and all others that are being tried are void. `false` when
    /// it was void itself.
    pub fn accept(&mut self, ticket: Ticket) -> bool {
        let Some(good) = self.open.remove(&ticket) else { return false };
        self.best = good.schedule;
        self.open.clear();
        self.replan(good.kind, good.then);
        true
    }

    /// A candidate is no good. `false` when it was void.
    pub fn reject(&mut self, ticket: Ticket) -> bool {
        let Some(bad) = self.open.remove(&ticket) else { return false };
        self.failed.insert(bad.schedule.to_json());
        true
    }

    /// What to try on the present schedule: on from the kind that was just good, then what comes before it.
    fn replan(&mut self, from: Kind, granularity: usize) {
        self.seen.clone_from(&self.failed);
        let best = &self.best;
        let units = faults(best).len();
        let hints = self.hints.iter().filter_map(|hint| keep_only(best, &faults(best), hint));
        let hints = hints.map(|schedule| Candidate { kind: Kind::Hint, schedule, then: 2 });
        // Once times are being cut, faults are tried one by one.
        let granularity = if from <= Kind::Faults { granularity } else { units };
        let of = |kind, schedules: Vec<Schedule>| {
            schedules.into_iter().map(move |schedule| Candidate { kind, schedule, then: 2 })
        };
        let mut plan: Vec<Candidate> = hints.collect();
        plan.extend(halving(best, &faults(best), Kind::Faults, granularity));
        let finer = if from == Kind::Waits { units.max(2) } else { 1 };
        plan.extend(halving(best, &waits(best), Kind::Waits, finer));
        plan.extend(of(Kind::Nodes, fewer_nodes(best)));
        plan.extend(of(Kind::Time, sooner_over(best)));
        plan.extend(of(Kind::Time, sooner_steps(best)));
        plan.extend(of(Kind::Operations, earlier_operations(best)));
        // The sort is stable: within a kind the order stays.
        plan.sort_by_key(|candidate| (candidate.kind < from, candidate.kind));
        debug_assert!(plan.iter().all(|candidate| Size::of(&candidate.schedule) < Size::of(best)));
        self.plan = plan.into();
    }
}

/// Delta debugging's list for steps of one sort: parts alone, then all but a part, ever finer; from so many parts on.
fn halving(schedule: &Schedule, units: &[StepId], kind: Kind, granularity: usize) -> Vec<Candidate> {
    let mut list = Vec::new();
    let mut parts = granularity.clamp(1, units.len().max(1));
    while !units.is_empty() {
        let size = units.len().div_ceil(parts);
        let chunks: Vec<BTreeSet<StepId>> = units.chunks(size).map(|chunk| chunk.iter().copied().collect()).collect();
        if chunks.len() > 1 {
            let alone = chunks.iter().filter_map(|chunk| keep_only(schedule, units, chunk));
            list.extend(alone.map(|schedule| Candidate { kind, schedule, then: 2 }));
        }
        // Of two parts, all but one is the other; of one part, it is nothing at all.
        if chunks.len() != 2 {
            let but = chunks.iter().filter_map(|chunk| without(schedule, chunk));
            list.extend(but.map(|schedule| Candidate { kind, schedule, then: (parts - 1).max(2) }));
        }
        if parts == units.len() {
            break;
        }
        parts = (parts * 2).min(units.len());
    }
    list
}

/// The schedule with these of the units only.
fn keep_only(schedule: &Schedule, units: &[StepId], keep: &BTreeSet<StepId>) -> Option<Schedule> {
    let rest: BTreeSet<StepId> = units.iter().copied().filter(|unit| !keep.contains(unit)).collect();
    if rest.len() == units.len() { None } else { without(schedule, &rest) }
}
