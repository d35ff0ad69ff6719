//! Sums by key in bounded memory, whatever the order.
//!
//! A campaign does not grow with its length, so every map of it has a limit. And a campaign merged from shards must come to the
//! same sums as one that was not. So what is left out may not depend on what came first. Both are met by giving up on the
//! *frequent* keys. The smallest keys in the order of the keys are kept, fully counted from their first appearance. That works
//! because a key that was put out once has so many smaller ones before it for ever. What has no room is handed back to the
//! caller, who sums it into something coarser.
//!
//! Time and the numbers of runs have neighbours, and for them there is a better way. [`Coarse`] keeps all of them, in stretches
//! that double in length when there are too many. The length that is reached depends on the keys alone, not on their order: a set
//! of keys that is too many for a length stays so when more come.

use std::collections::BTreeMap;

/// Something that can be summed.
pub trait Sum {
    /// Adds another one. In any order, any grouping: the same sum.
    fn add(&mut self, other: Self);
}

impl Sum for u64 {
    fn add(&mut self, other: Self) {
        *self = self.saturating_add(other);
    }
}

/// At most so many keys, the smallest ones.
#[derive(Debug, Clone, PartialEq)]
pub struct Smallest<K, V, const MOST: usize> {
    kept: BTreeMap<K, V>,
}

impl<K, V, const MOST: usize> Default for Smallest<K, V, MOST> {
    fn default() -> Self {
        Self { kept: BTreeMap::new() }
    }
}

impl<K: Ord, V: Sum, const MOST: usize> Smallest<K, V, MOST> {
    /// Adds to the sum of a key. Gives back what there is no room for: this, or what has to make room for it.
    pub fn add(&mut self, key: K, value: V) -> Option<(K, V)> {
        if let Some(sum) = self.kept.get_mut(&key) {
            sum.add(value);
            return None;
        }
        self.kept.insert(key, value);
        if self.kept.len() > MOST { self.kept.pop_last() } else { None }
    }

    /// The sums.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.kept.iter()
    }

    /// The sums, to be changed in what is no part of a sum.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.kept.values_mut()
    }

    /// How many keys are kept.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// There are none.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }
}

/// Sums by a number in at most so many stretches of equal length, a power of two.
#[derive(Debug, Clone, PartialEq)]
pub struct Coarse<V, const MOST: usize> {
    level: u32,
    kept: BTreeMap<u64, V>,
}

impl<V, const MOST: usize> Default for Coarse<V, MOST> {
    fn default() -> Self {
        Self { level: 0, kept: BTreeMap::new() }
    }
}

impl<V: Sum, const MOST: usize> Coarse<V, MOST> {
    /// Adds to the sum of the stretch that `at` falls into.
    pub fn add(&mut self, at: u64, value: V) {
        Self::put(&mut self.kept, at >> self.level, value);
        while self.kept.len() > MOST.max(1) && self.level < 63 {
            self.level += 1;
            for (stretch, value) in std::mem::take(&mut self.kept) {
                Self::put(&mut self.kept, stretch >> 1, value);
            }
        }
    }

    fn put(kept: &mut BTreeMap<u64, V>, stretch: u64, value: V) {
        match kept.entry(stretch) {
            std::collections::btree_map::Entry::Occupied(mut sum) => sum.get_mut().add(value),
            std::collections::btree_map::Entry::Vacant(place) => drop(place.insert(value)),
        }
    }

    /// How long a stretch is.
    pub fn width(&self) -> u64 {
        1 << self.level
    }

    /// The stretches that have something: the number that each begins with, and its sum.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &V)> {
        self.kept.iter().map(|(stretch, value)| (stretch << self.level, value))
    }

    /// The sums, to be changed in what is no part of a sum.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.kept.values_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_keys_are_kept_with_their_full_sums_and_the_rest_is_handed_back() {
        let mut sums: Smallest<u32, u64, 2> = Smallest::default();
        assert_eq!(sums.add(5, 1), None);
        assert_eq!(sums.add(9, 1), None);
        assert_eq!(sums.add(9, 1), None);
        assert_eq!(sums.add(1, 1), Some((9, 2)));
        assert_eq!(sums.add(9, 1), Some((9, 1)));
        assert_eq!(sums.add(5, 1), None);
        assert_eq!(sums.iter().collect::<Vec<_>>(), [(&1, &1), (&5, &2)]);
    }

    #[test]
    fn stretches_double_until_they_are_few_enough() {
        let mut sums: Coarse<u64, 3> = Coarse::default();
        for at in [0, 1, 2] {
            sums.add(at, 1);
        }
        assert_eq!((sums.width(), sums.iter().count()), (1, 3));
        sums.add(100, 1);
        assert_eq!(sums.width(), 2);
        assert_eq!(sums.iter().collect::<Vec<_>>(), [(0, &2), (2, &1), (100, &1)]);
        sums.add(u64::MAX, 1);
        assert_eq!(sums.width(), 4);
        assert_eq!(sums.iter().map(|(_, sum)| sum).sum::<u64>(), 5);
    }
}
