//! What is known of what a node believed, over time.
//!
//! A line of a `complete` observer says when the node came into a state, and the node stays in it until its next
//! line. Between the two bounds of a line's span the node was in the one or the other. So knowledge is exact nearly
//! always.
//!
//! An observer that is not complete (polls, or log lines of which some transitions have none) says only that at some
//! instant of the span the node was in a state. Between two consecutive observations that are equal in role, term and
//! leader, in one incarnation and not too far apart, the state is taken to have held:
//!
//! - The state has a term and names a leader: terms never go back, a node leads a term at most once, and within a term a leader
//!   once learnt is kept. (A node that asks for pre-votes may forget its leader and hear of it again between two polls; such
//!   a blink does not matter to anything judged here.) "Not too far apart" is ten periods of the observer, at least [`FAR`].
//! - The state names no leader, or no term: it is such a blink itself, perhaps, and the leader was there between the two. It
//!   held only if no observation is missing there: one and a half periods, at least [`NEAR`].
//!
//! Between two observations that differ, or of which others are missing, anything with a term from the first's to the second's
//! is possible. A miss is no observation.
//!
//! A node may have several observers. The best one leads: the complete one, then atomic ones, then samples. Where it
//! knows nothing exact, another one's exact knowledge is taken if the best one does not exclude it.

use history::{Name, Observation, Role, Span};
use workloads::Vocabulary;

use crate::kept::{Growing, List, Packer, Row, Series, Unpacker};

mod know;

pub use know::{Know, Known};

/// Equal observations further apart than this (or ten periods, if that is more) prove nothing of the time between.
pub const FAR: u64 = 2_000_000_000;

/// Equal observations without a leader or a term that are further apart than this (or one and a half periods, if that is more)
/// prove nothing of the time between.
pub const NEAR: u64 = 100_000_000;

const NO_TERM: u64 = u64::MAX;
const ANY_TERM: u64 = u64::MAX - 1;
const NO_LEADER: u32 = u32::MAX;
const UNKNOWN: u32 = u32::MAX - 1;
const NOT_SHOWN: u32 = u32::MAX - 2;
/// With this bit set it is the number of a name that is no node's: unknown, and shown as it stood there.
const FOREIGN: u32 = 1 << 31;

fn is_foreign(leader: u32) -> bool {
    leader & FOREIGN != 0 && leader < NOT_SHOWN
}

/// Role, term and leader as a node showed them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    term: u64,
    leader: u32,
    role: Option<Role>,
}

/// How far a state agrees that some node leads some term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Agrees {
    No,
    Perhaps,
    Yes,
}

impl State {
    /// What an observation shows. A role that is left out follows from the leader where that is known.
    fn of(seen: &Observation) -> Self {
        let role = seen.role.or_else(|| match seen.leader {
            Some(Some(leader)) if leader == seen.node => Some(Role::Leader),
            Some(_) => Some(Role::Follower),
            None => None,
        });
        let leader = match seen.leader {
            _ if role == Some(Role::Leader) => seen.node.0,
            Some(Some(leader)) => leader.0,
            Some(None) => NO_LEADER,
            None => seen.foreign_leader.map_or(UNKNOWN, |name| name.0 | FOREIGN),
        };
        Self { term: seen.term.map_or(NO_TERM, |term| term.min(ANY_TERM - 1)), leader, role }
    }

    /// The term, where it was shown.
    pub fn term(&self) -> Option<u64> {
        (self.term < ANY_TERM).then_some(self.term)
    }

    /// The role, where it was shown.
    pub fn role(&self) -> Option<Role> {
        self.role
    }

    /// The leader that it names; also one that is no node of the record.
    pub fn leader(&self) -> Option<Name> {
        (self.leader < NOT_SHOWN).then_some(Name(self.leader & !FOREIGN))
    }

    /// How far it is at `term` and may follow somebody who is no node of the record.
    pub(crate) fn follows_a_stranger(&self, term: u64) -> Agrees {
        let may = is_foreign(self.leader) || matches!(self.leader, UNKNOWN | NOT_SHOWN);
        if may && self.role != Some(Role::Leader) { self.at_term(term).min(Agrees::Perhaps) } else { Agrees::No }
    }

    /// It names somebody who is no node of the record.
    pub(crate) fn names_a_stranger(&self) -> bool {
        is_foreign(self.leader)
    }

    /// Once a node has come into it, it stays in it for as long as its term lasts.
    fn is_kept(&self) -> bool {
        self.term < ANY_TERM && self.leader < NOT_SHOWN
    }

    fn at_term(&self, term: u64) -> Agrees {
        match self.term {
            ANY_TERM => Agrees::Yes,
            _ if term == ANY_TERM => Agrees::Perhaps,
            NO_TERM => Agrees::Perhaps,
            own if own == term => Agrees::Yes,
            _ => Agrees::No,
        }
    }

    /// In this state the node leads `term`.
    pub(crate) fn leads(&self, term: u64) -> Agrees {
        match self.role {
            Some(Role::Leader) if self.term == term || self.term == ANY_TERM => Agrees::Yes,
            Some(Role::Leader) | None if self.term == NO_TERM => Agrees::Perhaps,
            None if self.term == term || self.term == ANY_TERM => Agrees::Perhaps,
            _ => Agrees::No,
        }
    }

    /// In this state the node is at `term` and names `leader`, which is another node.
    pub(crate) fn follows(&self, leader: Name, term: u64) -> Agrees {
        let naming = match (self.leader, self.role) {
            (own, _) if own == leader.0 => Agrees::Yes,
            (own, _) if is_foreign(own) => Agrees::Perhaps,
            (NOT_SHOWN, Some(Role::Follower)) => Agrees::Yes,
            (NOT_SHOWN | UNKNOWN, Some(Role::Candidate)) => Agrees::No,
            (NOT_SHOWN | UNKNOWN, _) => Agrees::Perhaps,
            _ => Agrees::No,
        };
        self.at_term(term).min(naming)
    }
}

/// Consecutive equal observations, or for complete observers one change.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    first: Span,
    last: Span,
    line: u64,
    incarnation: u32,
    /// Nothing is known from here on, when there is no state.
    state: Option<State>,
}

impl Stretch {
    /// The state held from this to the next: `far` apart where it is kept, else `near`.
    fn joins(&self, next: &Self, (far, near): (u64, u64)) -> bool {
        let apart = if self.state.is_some_and(|state| state.is_kept()) { far } else { near };
        self.state == next.state
            && self.incarnation == next.incarnation
            && next.first.earliest.saturating_sub(self.last.latest) <= apart
    }
}

impl Row for State {
    const NUMBERS: usize = 3;

    fn put(self, out: &mut Packer) {
        let role = Role::ALL.iter().position(|role| Some(*role) == self.role).map_or(0, |place| place + 1);
        (self.term, self.leader, role as u64).put(out);
    }

    fn take(from: &mut Unpacker<'_>) -> Self {
        let (term, leader, role): (_, _, u64) = Row::take(from);
        let role = (role as usize).checked_sub(1).and_then(|place| Role::ALL.get(place)).copied();
        Self { term, leader, role }
    }
}

impl Row for Stretch {
    const NUMBERS: usize = 10;

    fn put(self, out: &mut Packer) {
        let apart = self.last.earliest.wrapping_sub(self.first.earliest);
        let width = self.last.latest.wrapping_sub(self.last.earliest);
        (self.first, (apart, width), (self.line, self.incarnation, self.state)).put(out);
    }

    fn take(from: &mut Unpacker<'_>) -> Self {
        let (first, (apart, width), (line, incarnation, state)): (Span, (u64, u64), _) = Row::take(from);
        let earliest = first.earliest.wrapping_add(apart);
        let last = Span { earliest, latest: earliest.wrapping_add(width) };
        Self { first, last, line, incarnation, state }
    }
}

/// All that one observer showed of one node.
#[derive(Debug, Clone)]
pub(crate) struct Track {
    pub(crate) observer: u16,
    complete: bool,
    atomic: bool,
    far: u64,
    near: u64,
    shows_term: bool,
    shows_leader: bool,
    stretches: List<Stretch>,
}

impl Track {
    pub(crate) fn new(seen: &Observation, period: Option<u64>) -> Self {
        Self {
            observer: seen.observer,
            complete: seen.complete,
            atomic: seen.evidence == history::Evidence::Atomic,
            far: period.unwrap_or(0).saturating_mul(10).max(FAR),
            near: period.map_or(0, |period| period.saturating_add(period / 2)).max(NEAR),
            shows_term: false,
            shows_leader: false,
            stretches: List::default(),
        }
    }

    /// Takes an observation into account; true when it showed something new.
    pub(crate) fn feed(&mut self, seen: &Observation, line: u64) -> bool {
        let state = State::of(seen);
        self.shows_term |= seen.term.is_some();
        self.shows_leader |= seen.leader.is_some();
        let new =
            Stretch { first: seen.span, last: seen.span, line, incarnation: seen.incarnation, state: Some(state) };
        if self.complete {
            return self.append(new);
        }
        !self.goes_on(&new) && self.insert(new)
    }

    fn append(&mut self, new: Stretch) -> bool {
        if let Some(last) = self.stretches.last_mut().copied() {
            if last.incarnation == new.incarnation && last.state == new.state {
                return false;
            }
            if last.incarnation != new.incarnation && last.state.is_some() {
                let between = Span::new(last.last.latest, new.first.earliest);
                let incarnation = new.incarnation;
                self.stretches.push(Stretch {
                    first: between,
                    last: between,
                    line: new.line,
                    incarnation,
                    state: None,
                });
            }
        }
        self.stretches.push(new);
        true
    }

    /// Nearly always a poll says what the one before it said.
    fn goes_on(&mut self, new: &Stretch) -> bool {
        let apart = (self.far, self.near);
        let begun = |last: &Stretch| last.first.earliest.max(last.last.earliest) <= new.first.earliest;
        let last = self.stretches.last_mut().filter(|last| begun(last) && last.joins(new, apart));
        let goes_on = last.is_some();
        if let Some(last) = last {
            last.last = new.last;
        }
        goes_on
    }

    /// Polls may stand in the file in any order: an observation finds its place by its time. One that falls into
    /// a stretch of another state leaves of that stretch only what its two ends prove.
    fn insert(&mut self, new: Stretch) -> bool {
        let apart = (self.far, self.near);
        let place = |known: &[Stretch]| {
            known.iter().rposition(|s| s.first.earliest <= new.first.earliest).map_or(0, |last| last + 1)
        };
        if place(self.stretches.newest()) == 0 && self.stretches.has_older() {
            self.stretches.open();
        }
        let known = self.stretches.newest();
        let place = place(known);
        let next = known.get(place).copied();
        let follows = |end: &Span| next.filter(|next| end.earliest <= next.first.earliest);
        let Some(before) = place.checked_sub(1) else {
            known.insert(0, new);
            return true;
        };
        let stretch = &mut known[before];
        let inside = new.first.earliest < stretch.last.earliest;
        if stretch.joins(&new, apart) {
            if inside || (next.is_some() && follows(&new.last).is_none()) {
                return false;
            }
            stretch.last = new.last;
            // It was the one that was missing between two stretches.
            if let Some(next) = follows(&new.last).filter(|next| stretch.joins(next, apart)) {
                stretch.last = next.last;
                known.remove(place);
            }
            return false;
        }
        if inside {
            let end = Stretch { first: stretch.last, ..*stretch };
            stretch.last = stretch.first;
            known.insert(place, end);
        }
        known.insert(place, new);
        self.stretches.settle();
        true
    }

    /// Lines were lost, or the process is another one: from this span on nothing is known until the next line.
    /// Observers that are not complete promise nothing between their observations anyway.
    pub(crate) fn forget(&mut self, span: Span, incarnation: u32, line: u64) {
        if !self.complete {
            return;
        }
        let unknown = Stretch { first: span, last: span, line, incarnation, state: None };
        match self.stretches.last_mut().filter(|last| last.state.is_none()) {
            // Nothing was known already; a hole of which the next line tells may have begun before that.
            Some(last) => {
                let first = Span::new(last.first.earliest.min(span.earliest), last.first.latest.max(span.latest));
                *last = Stretch { first, last: first, ..unknown };
            }
            None => self.stretches.push(unknown),
        }
    }

    fn rank(&self) -> u8 {
        match (self.complete, self.atomic) {
            (true, _) => 0,
            (false, true) => 1,
            (false, false) => 2,
        }
    }

    fn shown(&self, mut state: State) -> State {
        if !self.shows_term {
            state.term = ANY_TERM;
        }
        if !self.shows_leader && state.leader == UNKNOWN {
            state.leader = NOT_SHOWN;
        }
        state
    }

    /// Its record has holes, so that lines may be missing after its last one too.
    pub(crate) fn end_in_doubt(&mut self) {
        if let Some(last) = self.stretches.iter().filter(|stretch| stretch.state.is_some()).last() {
            self.forget(last.first, last.incarnation, last.line);
        }
    }

    /// Knowledge over time.
    fn timeline(mut self) -> Series<Known> {
        let stretches = std::mem::take(&mut self.stretches).into_vec();
        if self.complete { self.complete_timeline(stretches) } else { self.sampled_timeline(&stretches) }
    }

    fn complete_timeline(&self, mut changes: Vec<Stretch>) -> Series<Known> {
        // Lines stand in stream order, so no change can have come before the one before it.
        let mut floor = 0;
        for change in &mut changes {
            floor = change.first.earliest.max(floor);
            change.first.earliest = floor;
        }
        let mut ceiling = u64::MAX;
        for change in changes.iter_mut().rev() {
            ceiling = change.first.latest.min(ceiling).max(change.first.earliest);
            change.first.latest = ceiling;
        }
        let mut timeline = Growing::constant((Know::Nothing, 0));
        // State i is possible from the earliest instant of its own line to the latest of the next one's, so the
        // states that are possible at an instant are consecutive: `low ..= high`.
        let entered = |i: usize| changes.get(i).map_or(u64::MAX, |c| c.first.earliest);
        let left = |i: usize| changes.get(i).map_or(u64::MAX, |c| c.first.latest.saturating_add(1));
        let (mut low, mut high, mut at) = (0, 0, left(0));
        while at < u64::MAX {
            while entered(high + 1) <= at {
                high += 1;
            }
            while left(low + 1) <= at {
                low += 1;
            }
            timeline.push(at, self.among(&changes[low..=high]));
            at = entered(high + 1).min(left(low + 1));
        }
        timeline.done()
    }

    fn one(&self, change: &Stretch) -> Known {
        (change.state.map_or(Know::Nothing, |state| Know::Exact(self.shown(state))), change.line)
    }

    fn among(&self, possible: &[Stretch]) -> Known {
        let line = possible.last().map_or(0, |last| last.line);
        let know = match possible {
            [only] => self.one(only).0,
            [a, b] => match (a.state, b.state) {
                (Some(a), Some(b)) => Know::OneOf(self.shown(a), self.shown(b)),
                _ => Know::Nothing,
            },
            _ => {
                let terms = possible.iter().map(|s| s.state.and_then(|state| self.shown(state).term()));
                let (low, high) = terms.fold((Some(u64::MAX), Some(0)), |(low, high), term| {
                    (low.zip(term).map(|(a, b)| a.min(b)), high.zip(term).map(|(a, b)| a.max(b)))
                });
                low.zip(high).map_or(Know::Nothing, |(low, high)| Know::Terms(low, high))
            }
        };
        (know, line)
    }

    fn sampled_timeline(&self, stretches: &[Stretch]) -> Series<Known> {
        let mut timeline = Growing::constant((Know::Nothing, 0));
        let (mut before, mut before_latest, mut floor) = (Know::Nothing, 0, 0);
        for (i, stretch) in stretches.iter().enumerate() {
            let next = stretches.get(i + 1);
            let after = next.map_or(Know::Nothing, |next| self.between(stretch, next));
            let held = stretch.first.latest.max(before_latest).max(floor);
            let until = next.map_or(u64::MAX, |next| next.first.earliest).min(stretch.last.earliest);
            if let Some(state) = stretch.state.filter(|_| held < until) {
                timeline.push(held, (Know::Exact(self.shown(state)), stretch.line));
                floor = until;
            } else {
                floor = floor.max(until);
                timeline.push(floor, (either(before, after), stretch.line));
                floor = floor.max(stretch.last.latest);
            }
            timeline.push(floor, (after, stretch.line));
            (before, before_latest) = (after, stretch.last.latest);
        }
        timeline.done()
    }

    /// What can have been between two stretches that do not join.
    fn between(&self, a: &Stretch, b: &Stretch) -> Know {
        if a.incarnation != b.incarnation || b.first.earliest <= a.last.latest {
            return Know::Nothing;
        }
        let term = |stretch: &Stretch| stretch.state.and_then(|state| self.shown(state).term());
        match (term(a), term(b)) {
            (Some(low), Some(high)) if low <= high => Know::Terms(low, high),
            _ => Know::Nothing,
        }
    }
}

/// One range of terms or the other.
fn either(a: Know, b: Know) -> Know {
    match (a, b) {
        (Know::Terms(low, high), Know::Terms(other_low, other_high)) => {
            Know::Terms(low.min(other_low), high.max(other_high))
        }
        _ => Know::Nothing,
    }
}

/// The knowledge of all observers of a node together.
pub(crate) fn combine(mut tracks: Vec<Track>) -> Series<Known> {
    tracks.sort_by_key(Track::rank);
    let mut tracks = tracks.into_iter().map(Track::timeline);
    let Some(mut best) = tracks.next() else { return Growing::constant((Know::Nothing, 0)).done() };
    for other in tracks {
        let mut merged = Growing::constant((Know::Nothing, 0));
        let (mut ours, mut theirs) = (best.iter().peekable(), other.iter().peekable());
        let (mut a, mut b) = (ours.next(), theirs.next());
        while let (Some((from_a, leading)), Some((from_b, second))) = (a, b) {
            let value = match (leading.0, second.0) {
                (Know::Exact(_), _) | (_, Know::Nothing) => leading,
                (known, Know::Exact(state)) if known.allows(&state) => second,
                (Know::Nothing, _) => second,
                _ => leading,
            };
            merged.push(from_a.max(from_b), value);
            let (next_a, next_b) = (ours.peek().map(|next| next.0), theirs.peek().map(|next| next.0));
            let Some(next) = next_a.into_iter().chain(next_b).min() else { break };
            if next_a.is_some_and(|change| change <= next) {
                a = ours.next();
            }
            if next_b.is_some_and(|change| change <= next) {
                b = theirs.next();
            }
        }
        drop((ours, theirs));
        best = merged.done();
    }
    best
}

#[cfg(test)]
mod tests;
