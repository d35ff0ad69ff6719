//! Values over time, as bytes.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use super::store::{Place, Store};
use super::{Packer, Row, TOGETHER, Unpacker};
use crate::world::Timeline;

/// A [`Timeline`] that takes little room. Whoever asks in the order of time is answered as fast as a timeline answers.
pub(crate) struct Series<T> {
    /// The first instant of each piece.
    firsts: Vec<u64>,
    pieces: Vec<Place>,
    store: Store,
    changes: usize,
    /// The piece that was looked at last.
    looked: Mutex<Looked<T>>,
}

/// A piece, and its rows.
type Looked<T> = (usize, Vec<(u64, T)>);

impl<T> fmt::Debug for Series<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Series").field("changes", &self.changes).finish_non_exhaustive()
    }
}

/// A series that is being made.
#[derive(Debug)]
pub(crate) struct Growing<T> {
    firsts: Vec<u64>,
    pieces: Vec<Place>,
    store: Store,
    new: Timeline<T>,
}

impl<T: Row + PartialEq> Growing<T> {
    /// The same value for ever.
    pub(crate) fn constant(value: T) -> Self {
        Self { firsts: Vec::new(), pieces: Vec::new(), store: Store::default(), new: Timeline::constant(value) }
    }

    /// As [`Timeline::push`]. Of the last changes so many can be replaced as become bytes together.
    pub(crate) fn push(&mut self, at: u64, value: T) {
        self.new.push(at, value);
        if self.new.changes().len() >= 2 * TOGETHER {
            let old = self.new.take_first(TOGETHER);
            self.add(&old);
        }
    }

    fn add(&mut self, rows: &[(u64, T)]) {
        self.firsts.push(rows[0].0);
        self.pieces.push(self.store.keep(&Packer::pack(rows)));
    }

    /// There is nothing more to come.
    pub(crate) fn done(mut self) -> Series<T> {
        let changes = self.pieces.len() * TOGETHER + self.new.changes().len();
        let new = self.new.take_first(usize::MAX);
        new.chunks(TOGETHER).for_each(|rows| self.add(rows));
        let Self { mut firsts, mut pieces, store, .. } = self;
        firsts.shrink_to_fit();
        pieces.shrink_to_fit();
        Series { firsts, pieces, store, changes, looked: Mutex::new((usize::MAX, Vec::new())) }
    }
}

impl<T: Row + PartialEq> Series<T> {
    /// All changes, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, T)> + '_ {
        self.pieces.iter().flat_map(|place| Unpacker::unpack(self.store.get(*place)))
    }

    /// Asks the rows of a piece.
    fn look<R>(&self, piece: usize, ask: impl FnOnce(&[(u64, T)]) -> R) -> R {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        if looked.0 != piece {
            let rows = self.pieces.get(piece).map(|place| Unpacker::unpack(self.store.get(*place))).unwrap_or_default();
            *looked = (piece, rows);
        }
        ask(&looked.1)
    }

    /// A change: from which instant on, and the value; none after the last.
    pub(crate) fn get(&self, change: usize) -> Option<(u64, T)> {
        if change >= self.changes {
            return None;
        }
        self.look(change / TOGETHER, |rows| rows.get(change % TOGETHER).copied())
    }

    /// How many changes there are.
    pub(crate) fn changes(&self) -> usize {
        self.changes
    }

    /// How many changes there are up to an instant.
    pub(crate) fn until(&self, at: u64) -> usize {
        let piece = self.firsts.partition_point(|first| *first <= at).saturating_sub(1);
        piece * TOGETHER + self.look(piece, |rows| rows.partition_point(|row| row.0 <= at))
    }

    /// The value at an instant.
    pub(crate) fn at(&self, at: u64) -> T {
        let piece = self.firsts.partition_point(|first| *first <= at).saturating_sub(1);
        self.look(piece, |rows| rows[rows.partition_point(|row| row.0 <= at).saturating_sub(1)].1)
    }

    /// The stretches between `from` and `to`, clipped to them: (from, to, value).
    pub(crate) fn between(&self, from: u64, to: u64) -> impl Iterator<Item = (u64, u64, T)> + '_ {
        let mut change = self.until(from).saturating_sub(1);
        let mut now = self.get(change);
        std::iter::from_fn(move || {
            let (start, value) = now?;
            change += 1;
            now = self.get(change);
            let end = now.map_or(u64::MAX, |next| next.0);
            let (start, end) = (start.max(from), end.min(to));
            (start < end).then_some((start, end, value))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_answers_as_the_timeline_does() {
        let (mut timeline, mut growing) = (Timeline::constant(0u64), Growing::constant(0u64));
        for n in 1..1_000u64 {
            timeline.push(n * 10, n * n);
            growing.push(n * 10, n * n);
        }
        let series = growing.done();
        assert_eq!(series.changes(), timeline.changes().len());
        assert!(series.iter().eq(timeline.changes().iter().copied()));
        for at in [0, 5, 1_279, 1_280, 1_281, 5_000, 9_990, 20_000, 3] {
            assert_eq!(series.at(at), timeline.at(at), "{at}");
            assert_eq!(series.until(at), timeline.changes().partition_point(|change| change.0 <= at), "{at}");
            let (from, to) = (at, at + 3_000);
            assert!(series.between(from, to).eq(timeline.between(from, to)), "{at}");
        }
        assert_eq!((series.get(999), series.get(1_000)), (Some((9_990, 999 * 999)), None));
    }
}
