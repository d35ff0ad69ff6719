//! Values over time, and three-valued truth.
//!
//! Everything the liveness checkers ask of a run is asked of piecewise constant functions of time: was this process
//! up, was that link open, what did this node believe. A [`Timeline`] holds one such function as its changes.
//!
//! Two sets of intervals make a three-valued one: where something *may* hold and where it *certainly* holds.
//! [`Spread`] collects both. All intervals are half open, `[from, to)`. What happened "in the span `[e, l]`" makes the
//! instants `e ..= l` uncertain, so an uncertain stretch is never shorter than one nanosecond. That nanosecond has
//! a use: a cut that is lifted and installed again at the same instant leaves a stretch behind in which the link may
//! have been open, and so ends a window, without any bookkeeping of its own.

/// Certainly not, possibly, certainly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tri {
    /// Certainly not.
    No,
    /// Not known.
    Maybe,
    /// Certainly.
    Yes,
}

impl Tri {
    /// It is not excluded.
    pub fn possible(self) -> bool {
        self != Self::No
    }

    /// It is proved.
    pub fn certain(self) -> bool {
        self == Self::Yes
    }
}

/// A piecewise constant function of time, from zero on.
#[derive(Debug, Clone, PartialEq)]
pub struct Timeline<T> {
    changes: Vec<(u64, T)>,
}

impl<T: Copy + PartialEq> Timeline<T> {
    /// The same value for ever.
    pub fn constant(value: T) -> Self {
        Self { changes: vec![(0, value)] }
    }

    /// From `at` on the value is `value`. Calls must come in the order of time; a second one for the same instant
    /// replaces the first.
    pub fn push(&mut self, at: u64, value: T) {
        while self.changes.last().is_some_and(|&(last, _)| last >= at && last > 0) {
            self.changes.pop();
        }
        match self.changes.last_mut() {
            Some((_, last)) if *last == value => {}
            Some((0, last)) if at == 0 => *last = value,
            _ => self.changes.push((at, value)),
        }
    }

    /// Where `at` lies among the changes.
    fn index(&self, at: u64) -> usize {
        self.changes.partition_point(|&(from, _)| from <= at).saturating_sub(1)
    }

    /// The value at an instant.
    pub fn at(&self, at: u64) -> T {
        self.changes[self.index(at)].1
    }

    /// The changes: each value and the instant from which it holds.
    pub fn changes(&self) -> &[(u64, T)] {
        &self.changes
    }

    /// The stretches between `from` and `to`, clipped to them: (from, to, value).
    pub fn between(&self, from: u64, to: u64) -> impl Iterator<Item = (u64, u64, T)> + '_ {
        (self.index(from)..self.changes.len()).map_while(move |i| {
            let (start, value) = self.changes[i];
            let end = self.changes.get(i + 1).map_or(u64::MAX, |next| next.0);
            let (start, end) = (start.max(from), end.min(to));
            (start < end).then_some((start, end, value))
        })
    }

    /// To ask for values at instants that only rise.
    pub(crate) fn walk(&self) -> Walk<'_, T> {
        Walk { changes: &self.changes }
    }

    /// The value is accepted at every instant of `[from, to]`, both included.
    pub fn throughout(&self, from: u64, to: u64, accept: impl Fn(T) -> bool) -> bool {
        self.between(from, to.saturating_add(1)).all(|(_, _, value)| accept(value))
    }

    /// Takes so many changes off the beginning.
    pub(crate) fn take_first(&mut self, changes: usize) -> Vec<(u64, T)> {
        self.changes.drain(..changes.min(self.changes.len())).collect()
    }

    /// Gives unused memory back.
    pub(crate) fn shrink(&mut self) {
        self.changes.shrink_to_fit();
    }
}

/// Values of a [`Timeline`] at instants that only rise.
#[derive(Debug)]
pub(crate) struct Walk<'a, T> {
    /// What is left, from the change on that holds.
    changes: &'a [(u64, T)],
}

impl<T: Copy> Walk<'_, T> {
    /// The value at an instant that is not before the last one.
    pub(crate) fn at(&mut self, instant: u64) -> T {
        while let [_, rest @ ..] = self.changes
            && rest.first().is_some_and(|next| next.0 <= instant)
        {
            self.changes = rest;
        }
        self.changes[0].1
    }
}

/// The same instants as disjoint stretches in the order of time.
pub fn union(mut stretches: Vec<(u64, u64)>) -> Vec<(u64, u64)> {
    stretches.sort_unstable();
    stretches.dedup_by(|next, last| {
        let joins = next.0 <= last.1;
        if joins {
            last.1 = last.1.max(next.1);
        }
        joins
    });
    stretches
}

/// Where something may hold and where it certainly holds, before both are made into one timeline.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spread {
    may: Vec<(u64, u64)>,
    must: Vec<(u64, u64)>,
}

impl Spread {
    /// It may hold in `[from, to)`.
    pub(crate) fn may(&mut self, from: u64, to: u64) {
        if from < to {
            self.may.push((from, to));
        }
    }

    /// It certainly holds in `[from, to)`.
    pub(crate) fn must(&mut self, from: u64, to: u64) {
        if from < to {
            self.must.push((from, to));
            self.may.push((from, to));
        }
    }

    /// Nothing is certain in any of these `[from, to)` after all.
    pub(crate) fn doubt(&mut self, doubts: impl IntoIterator<Item = (u64, u64)>) {
        let doubts = union(doubts.into_iter().filter(|(from, to)| from < to).collect());
        if doubts.is_empty() {
            return;
        }
        let (mut left, mut next) = (Vec::new(), 0);
        for (mut from, to) in union(std::mem::take(&mut self.must)) {
            while doubts.get(next).is_some_and(|doubt| doubt.1 <= from) {
                next += 1;
            }
            let mut i = next;
            while let Some(&(begin, end)) = doubts.get(i).filter(|doubt| doubt.0 < to) {
                if from < begin {
                    left.push((from, begin));
                }
                from = from.max(end);
                i += 1;
            }
            if from < to {
                left.push((from, to));
            }
        }
        self.must = left;
    }

    /// Takes over all that another one holds.
    pub(crate) fn join(&mut self, other: Self) {
        self.may.extend(other.may);
        self.must.extend(other.must);
    }

    /// The opposite as a timeline: `Yes` where it cannot hold, `No` where it certainly holds.
    pub(crate) fn negation(&self) -> Timeline<Tri> {
        let mut marks: Vec<(u64, i32, i32)> = Vec::with_capacity(2 * (self.may.len() + self.must.len()));
        for &(from, to) in &self.may {
            marks.extend([(from, 1, 0), (to, -1, 0)]);
        }
        for &(from, to) in &self.must {
            marks.extend([(from, 0, 1), (to, 0, -1)]);
        }
        marks.sort_unstable_by_key(|mark| mark.0);
        let mut timeline = Timeline::constant(Tri::Yes);
        let (mut may, mut must, mut i) = (0, 0, 0);
        while i < marks.len() {
            let at = marks[i].0;
            while i < marks.len() && marks[i].0 == at {
                may += marks[i].1;
                must += marks[i].2;
                i += 1;
            }
            if at == u64::MAX {
                break;
            }
            timeline.push(
                at,
                if must > 0 {
                    Tri::No
                } else if may > 0 {
                    Tri::Maybe
                } else {
                    Tri::Yes
                },
            );
        }
        timeline.shrink();
        timeline
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeline_keeps_only_changes() {
        let mut timeline = Timeline::constant(1);
        timeline.push(5, 1);
        timeline.push(7, 2);
        timeline.push(7, 3);
        timeline.push(9, 3);
        assert_eq!(timeline.changes(), [(0, 1), (7, 3)]);
        assert_eq!((timeline.at(6), timeline.at(7)), (1, 3));
        assert_eq!(timeline.between(6, 8).collect::<Vec<_>>(), [(6, 7, 1), (7, 8, 3)]);
    }

    #[test]
    fn a_change_that_is_taken_back_leaves_nothing() {
        let mut timeline = Timeline::constant(1);
        timeline.push(7, 2);
        timeline.push(7, 1);
        assert_eq!(timeline.changes(), [(0, 1)]);
    }

    #[test]
    fn certainty_beats_possibility_and_overlaps_count_once() {
        let mut cut = Spread::default();
        cut.may(10, 40);
        cut.must(20, 30);
        cut.must(25, 35);
        assert_eq!(
            cut.negation().changes(),
            [(0, Tri::Yes), (10, Tri::Maybe), (20, Tri::No), (35, Tri::Maybe), (40, Tri::Yes)]
        );
    }

    #[test]
    fn a_doubt_takes_certainty_and_leaves_possibility() {
        let mut cut = Spread::default();
        cut.must(10, 40);
        cut.doubt([(20, 30)]);
        assert_eq!(
            cut.negation().changes(),
            [(0, Tri::Yes), (10, Tri::No), (20, Tri::Maybe), (30, Tri::No), (40, Tri::Yes)]
        );
    }
}
