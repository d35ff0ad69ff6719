//! Rows one after the other.

use super::store::{Place, Store};
use super::{Packer, Row, TOGETHER, Unpacker};

/// A list that grows at its end.
#[derive(Debug, Clone)]
pub(crate) struct List<R> {
    old: Vec<Place>,
    store: Store,
    new: Vec<R>,
    /// Rows were put elsewhere than at the end: nothing more becomes bytes.
    open: bool,
}

impl<R> Default for List<R> {
    fn default() -> Self {
        Self { old: Vec::new(), store: Store::default(), new: Vec::new(), open: false }
    }
}

impl<R: Row> List<R> {
    /// Adds a row at the end.
    pub(crate) fn push(&mut self, row: R) {
        self.new.push(row);
        self.settle();
    }

    /// Makes bytes of the oldest of the newest rows, where they are many.
    pub(crate) fn settle(&mut self) {
        if self.new.len() >= 2 * TOGETHER && !self.open {
            self.old.push(self.store.keep(&Packer::pack(&self.new[..TOGETHER])));
            self.new.drain(..TOGETHER);
        }
    }

    /// The last row.
    pub(crate) fn last_mut(&mut self) -> Option<&mut R> {
        // Of many rows the last [`TOGETHER`] at least are new.
        self.new.last_mut()
    }

    /// The newest rows, at least the last [`TOGETHER`], if there are so many.
    pub(crate) fn newest(&mut self) -> &mut Vec<R> {
        &mut self.new
    }

    /// There are older rows than the newest.
    pub(crate) fn has_older(&self) -> bool {
        !self.old.is_empty()
    }

    /// Makes all rows the newest, from now on.
    pub(crate) fn open(&mut self) {
        let mut rows = Vec::with_capacity(self.len());
        let old = std::mem::take(&mut self.old);
        let store = std::mem::take(&mut self.store);
        old.iter().for_each(|place| rows.extend(Unpacker::unpack::<R>(store.get(*place))));
        rows.append(&mut self.new);
        self.new = rows;
        self.open = true;
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.old.len() * TOGETHER + self.new.len()
    }

    /// There is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All rows, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = R> + '_ {
        self.old.iter().flat_map(|place| Unpacker::unpack(self.store.get(*place))).chain(self.new.iter().copied())
    }

    /// All rows, in order.
    pub(crate) fn into_vec(mut self) -> Vec<R> {
        self.open();
        self.new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_holds_what_was_pushed() {
        let mut list = List::default();
        for n in 0..1_000u64 {
            list.push(n * n);
            assert_eq!(list.last_mut(), Some(&mut (n * n)));
        }
        assert!(list.has_older());
        assert_eq!((list.len(), list.is_empty()), (1_000, false));
        assert!(list.iter().eq((0..1_000).map(|n| n * n)));
        list.open();
        list.newest().insert(0, 7);
        (0..1_000).for_each(|n| list.push(n));
        assert!(!list.has_older());
        assert_eq!(list.into_vec().len(), 2_001);
    }
}
