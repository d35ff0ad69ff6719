//! Columns of integers, and the table of strings.
//!
//! Neighbours in a column are alike: times rise by a little, terms by one. The difference to the neighbour is a short
//! number that occurs again and again, which is what deflate is good at. Times become microseconds on the way, and no
//! value leaves the range in which a double is exact.

use std::collections::HashMap;

/// The largest integer that the page's numbers hold exactly.
const SAFE: u64 = (1 << 53) - 1;

/// Nanoseconds as whole microseconds.
pub(super) fn micros(nanoseconds: u64) -> u64 {
    nanoseconds / 1000
}

/// A number that the page can hold; a larger one (only a hostile file has one) becomes the largest.
pub(super) fn safe(value: u64) -> i64 {
    value.min(SAFE) as i64
}

/// An optional number of nanoseconds in a plain column.
pub(super) fn optional(nanoseconds: Option<u64>) -> i64 {
    nanoseconds.map_or(-1, |value| safe(micros(value)))
}

/// Differences to the value before.
#[derive(Debug, Default)]
pub(super) struct Delta {
    pub(super) column: Vec<i64>,
    last: i64,
}

impl Delta {
    pub(super) fn push(&mut self, value: u64) {
        let value = safe(value);
        self.column.push(value - self.last);
        self.last = value;
    }

    pub(super) fn of(values: impl Iterator<Item = u64>) -> Vec<i64> {
        let mut delta = Self::default();
        values.for_each(|value| delta.push(value));
        delta.column
    }
}

/// Intervals that do not overlap: the gap before each, and its length. Microseconds are taken of both ends before they
/// are subtracted, so that no error adds up.
#[derive(Debug, Default)]
pub(super) struct Spans {
    pub(super) gap: Vec<i64>,
    pub(super) length: Vec<i64>,
    last: i64,
}

impl Spans {
    pub(super) fn push(&mut self, start: u64, end: u64) {
        let start = safe(micros(start)).max(self.last);
        let end = safe(micros(end)).max(start);
        self.gap.push(start - self.last);
        self.length.push(end - start);
        self.last = end;
    }
}

/// The tables of strings and of sets of strings.
#[derive(Debug)]
pub(super) struct Strings {
    pub(super) all: Vec<String>,
    index: HashMap<String, i64>,
    pub(super) sets: Vec<Vec<i64>>,
    known_sets: HashMap<Vec<i64>, i64>,
}

impl Strings {
    pub(super) fn new() -> Self {
        let mut strings = Self {
            all: Vec::new(),
            index: HashMap::new(),
            sets: vec![Vec::new()],
            known_sets: [(Vec::new(), 0)].into(),
        };
        // The first two are fixed by the contract.
        strings.add("");
        strings.add("none");
        strings
    }

    /// The place of a string, which is cleaned already.
    pub(super) fn add(&mut self, text: &str) -> i64 {
        if let Some(at) = self.index.get(text) {
            return *at;
        }
        let at = self.all.len() as i64;
        self.all.push(text.to_owned());
        self.index.insert(text.to_owned(), at);
        at
    }

    /// The place of a list of strings.
    pub(super) fn set<'a>(&mut self, texts: impl Iterator<Item = &'a String>) -> i64 {
        let list: Vec<i64> = texts.map(|text| self.add(text)).collect();
        if let Some(at) = self.known_sets.get(&list) {
            return *at;
        }
        let at = self.sets.len() as i64;
        self.sets.push(list.clone());
        self.known_sets.insert(list, at);
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delta_column_adds_up_to_what_went_in() {
        let column = Delta::of([5, 9, 7, u64::MAX].into_iter());
        assert_eq!(column, [5, 4, -2, SAFE as i64 - 7]);
    }

    #[test]
    fn spans_that_touch_have_no_gap_and_no_rounding_adds_up() {
        let mut spans = Spans::default();
        for n in 0..1000u64 {
            spans.push(n * 1999, (n + 1) * 1999);
        }
        assert!(spans.gap.iter().all(|gap| *gap == 0));
        assert_eq!(spans.length.iter().sum::<i64>(), 1999);
    }

    #[test]
    fn a_string_is_stored_once_and_so_is_a_set() {
        let mut strings = Strings::new();
        let names = ["a".to_owned(), "b".to_owned()];
        assert_eq!(strings.set(names.iter()), strings.set(names.iter()));
        assert_eq!(strings.all, ["", "none", "a", "b"]);
    }
}
