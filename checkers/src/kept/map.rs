//! A map whose keys nearly always rise.
//!
//! It is a sorted list in pieces. A key may come in any order; what is old becomes bytes, and what is looked at again becomes
//! rows again, for a while.

use super::store::{Place, Store};
use super::{Packer, Row, TOGETHER, Unpacker};

/// So many pieces are rows at most, or a few more.
const NEW: usize = 8;

/// A map from keys to values, in the order of the keys.
#[derive(Debug, Clone)]
pub(crate) struct Map<K, V> {
    pieces: Vec<Piece<K, V>>,
    /// The bytes of those that are old.
    store: Store,
    /// How many pieces are rows.
    new: usize,
    entries: usize,
}

#[derive(Debug, Clone)]
struct Piece<K, V> {
    /// The lowest key.
    first: K,
    rows: Rows<K, V>,
}

#[derive(Debug, Clone)]
enum Rows<K, V> {
    New(Vec<(K, V)>),
    Old(Place),
}

impl<K: Row, V: Row> Piece<K, V> {
    fn rows(&self, store: &Store) -> Vec<(K, V)> {
        match &self.rows {
            Rows::New(rows) => rows.clone(),
            Rows::Old(place) => Unpacker::unpack(store.get(*place)),
        }
    }
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self { pieces: Vec::new(), store: Store::default(), new: 0, entries: 0 }
    }
}

impl<K: Row + Ord, V: Row> Map<K, V> {
    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.entries
    }

    /// There is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries == 0
    }

    /// The value of a key; if there is none, this one.
    pub(crate) fn or_insert(&mut self, key: K, value: V) -> &mut V {
        let mut piece = self.piece(&key);
        if self.pieces.is_empty() {
            self.pieces.push(Piece { first: key, rows: Rows::New(Vec::new()) });
            self.new += 1;
        }
        let last = piece + 1 == self.pieces.len();
        let rows = self.open(piece);
        let mut at = match rows.last() {
            Some(last) if last.0 < key => rows.len(),
            _ => rows.partition_point(|row| row.0 < key),
        };
        if rows.get(at).is_none_or(|row| row.0 != key) {
            if at == rows.len() && at >= TOGETHER && last {
                self.pieces.push(Piece { first: key, rows: Rows::New(Vec::new()) });
                self.new += 1;
                (piece, at) = (piece + 1, 0);
                self.age(piece);
            } else if rows.len() >= 2 * TOGETHER {
                (piece, at) = self.split(piece, at);
            }
            self.entries += 1;
            self.pieces[piece].first = key.min(self.pieces[piece].first);
            self.open(piece).insert(at, (key, value));
        }
        &mut self.open(piece)[at].1
    }

    /// The value of a key.
    pub(crate) fn get_mut(&mut self, key: K) -> Option<&mut V> {
        if self.pieces.is_empty() {
            return None;
        }
        let piece = self.piece(&key);
        let rows = self.open(piece);
        let at = rows.binary_search_by(|row| row.0.cmp(&key)).ok()?;
        Some(&mut rows[at].1)
    }

    /// All entries, in the order of their keys.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (K, V)> + '_ {
        self.pieces.iter().flat_map(|piece| piece.rows(&self.store))
    }

    /// All entries, from the highest key down.
    pub(crate) fn down(&self) -> impl Iterator<Item = (K, V)> + '_ {
        self.pieces.iter().rev().flat_map(|piece| piece.rows(&self.store).into_iter().rev())
    }

    /// To look up entries; cheap where the keys that are asked for rise.
    pub(crate) fn finder(&self) -> Finder<'_, K, V> {
        Finder { map: self, at: usize::MAX, rows: Vec::new() }
    }

    /// The piece in which a key belongs.
    fn piece(&self, key: &K) -> usize {
        match self.pieces.last() {
            Some(last) if last.first <= *key => self.pieces.len() - 1,
            _ => self.pieces.partition_point(|piece| piece.first <= *key).saturating_sub(1),
        }
    }

    /// The rows of a piece.
    fn open(&mut self, piece: usize) -> &mut Vec<(K, V)> {
        if let Rows::Old(place) = self.pieces[piece].rows {
            self.pieces[piece].rows = Rows::New(Unpacker::unpack(self.store.get(place)));
            self.store.give_up(place);
            self.new += 1;
            self.age(piece);
        }
        match &mut self.pieces[piece].rows {
            Rows::New(rows) => rows,
            Rows::Old(_) => unreachable!("a piece that was opened"),
        }
    }

    /// Where too many pieces are rows, all become bytes but this one and the last two.
    fn age(&mut self, keep: usize) {
        if self.new <= NEW {
            return;
        }
        let (mut new, end) = (0, self.pieces.len());
        for (at, piece) in self.pieces.iter_mut().enumerate() {
            let Rows::New(rows) = &piece.rows else { continue };
            if at == keep || at + 2 >= end {
                new += 1;
            } else {
                piece.rows = Rows::Old(self.store.keep(&Packer::pack(rows)));
            }
        }
        self.new = new;
        if self.store.is_wasteful() {
            let wasteful = std::mem::take(&mut self.store);
            for piece in &mut self.pieces {
                if let Rows::Old(place) = &mut piece.rows {
                    *place = self.store.keep(wasteful.get(*place));
                }
            }
        }
    }

    /// Makes two pieces of one, and says where a place in it is then.
    fn split(&mut self, piece: usize, at: usize) -> (usize, usize) {
        let rest = self.open(piece).split_off(TOGETHER);
        let Some(first) = rest.first().map(|row| row.0) else { return (piece, at) };
        self.pieces.insert(piece + 1, Piece { first, rows: Rows::New(rest) });
        self.new += 1;
        let place = if at > TOGETHER { (piece + 1, at - TOGETHER) } else { (piece, at) };
        self.age(place.0);
        place
    }
}

/// Looks up entries of a [`Map`], and keeps the piece that it looked at last.
#[derive(Debug)]
pub(crate) struct Finder<'a, K, V> {
    map: &'a Map<K, V>,
    at: usize,
    rows: Vec<(K, V)>,
}

impl<K: Row + Ord, V: Row> Finder<'_, K, V> {
    /// The value of a key.
    pub(crate) fn get(&mut self, key: K) -> Option<V> {
        let rows = self.look(self.map.piece(&key));
        let at = rows.binary_search_by(|row| row.0.cmp(&key)).ok()?;
        Some(rows[at].1)
    }

    /// The entries from a key to another, both included.
    pub(crate) fn range(&mut self, from: K, to: K) -> Vec<(K, V)> {
        let mut found = Vec::new();
        for piece in self.map.piece(&from).. {
            let rows = self.look(piece);
            let begin = rows.partition_point(|row| row.0 < from);
            let end = rows.partition_point(|row| row.0 <= to);
            found.extend_from_slice(rows.get(begin..end).unwrap_or_default());
            if end < rows.len() || rows.is_empty() {
                break;
            }
        }
        found
    }

    fn look(&mut self, piece: usize) -> &[(K, V)] {
        if self.at != piece {
            self.rows = self.map.pieces.get(piece).map(|piece| piece.rows(&self.map.store)).unwrap_or_default();
            self.at = piece;
        }
        &self.rows
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// Keys that mostly rise, with some from anywhere.
    fn keys() -> impl Strategy<Value = Vec<u64>> {
        let key = prop_oneof![4 => 0u64..20, 1 => 0u64..4_000];
        prop::collection::vec(key, 0..3_000).prop_map(|steps| {
            let mut at = 0;
            steps
                .into_iter()
                .map(|step| {
                    if step < 20 {
                        at += step;
                        at
                    } else {
                        step
                    }
                })
                .collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn it_is_a_map(keys in keys(), asked in prop::collection::vec(0u64..30_000, 20)) {
            let (mut map, mut other) = (Map::<u64, (u64, bool)>::default(), BTreeMap::new());
            for (n, &key) in keys.iter().enumerate() {
                let value = map.or_insert(key, (n as u64, false));
                prop_assert_eq!(*value, *other.entry(key).or_insert((n as u64, false)));
                if n % 3 == 0 {
                    value.1 = true;
                    other.insert(key, (value.0, true));
                }
            }
            prop_assert_eq!(map.len(), other.len());
            prop_assert_eq!(map.is_empty(), other.is_empty());
            prop_assert!(map.iter().eq(other.iter().map(|(key, value)| (*key, *value))));
            prop_assert!(map.down().eq(other.iter().rev().map(|(key, value)| (*key, *value))));
            let mut finder = map.finder();
            for &low in asked.iter().chain(&keys) {
                prop_assert_eq!(finder.get(low), other.get(&low).copied());
                let high = low + 700;
                let all: Vec<_> = other.range(low..=high).map(|(key, value)| (*key, *value)).collect();
                prop_assert_eq!(finder.range(low, high), all);
            }
            for &key in &asked {
                prop_assert_eq!(map.get_mut(key).copied(), other.get(&key).copied());
            }
        }
    }

    #[test]
    fn what_is_looked_at_again_and_again_takes_no_more_room() {
        let mut map = Map::<u64, u64>::default();
        for key in 0..20_000 {
            map.or_insert(key, key * key);
        }
        let before = map.store.bytes();
        for n in 0..20_000 {
            *map.or_insert(n * 7_919 % 20_000, 0) += 1;
        }
        assert!(map.iter().eq((0..20_000).map(|key| (key, key * key + 1))));
        assert!(map.store.bytes() < 2 * before + 2 * super::super::store::PAGE, "{before} and {}", map.store.bytes());
    }

    #[test]
    fn keys_that_fall_are_kept_as_well() {
        let mut map = Map::<u64, u64>::default();
        for key in (0..5_000).rev() {
            map.or_insert(key, key + 1);
        }
        assert!(map.iter().eq((0..5_000).map(|key| (key, key + 1))));
        assert!(map.pieces.iter().filter(|piece| matches!(piece.rows, Rows::New(_))).count() <= NEW + 1);
    }
}
