//! Answers to questions that would otherwise walk over the whole run each time.
//!
//! A long run has a hundred thousand faults, and of each of them somebody asks "which start came next?" or "had the
//! process ended before?". Whoever answers by looking at all lines makes the whole judgement grow with the square of the
//! run. Lines stand nearly in the order of time, but a history may come from anywhere, so the order is never relied on:
//! each of these is sorted once, and asked by bisection.

use history::Span;

/// Pairs of a key and a value: the least value among those whose key is *at least* something.
#[derive(Debug, Clone)]
pub(crate) struct Least<T> {
    keys: Vec<u64>,
    /// The least value from here to the end.
    least: Vec<T>,
}

impl<T: Copy + Ord> Least<T> {
    pub(crate) fn new(pairs: impl IntoIterator<Item = (u64, T)>) -> Self {
        let mut pairs: Vec<(u64, T)> = pairs.into_iter().collect();
        pairs.sort_unstable_by_key(|pair| pair.0);
        for i in (1..pairs.len()).rev() {
            pairs[i - 1].1 = pairs[i - 1].1.min(pairs[i].1);
        }
        Self { keys: pairs.iter().map(|pair| pair.0).collect(), least: pairs.iter().map(|pair| pair.1).collect() }
    }

    /// The least value of those with a key of `key` or more.
    pub(crate) fn from(&self, key: u64) -> Option<T> {
        self.least.get(self.keys.partition_point(|&own| own < key)).copied()
    }
}

/// Pairs of a key and a value: the greatest value among those whose key is *at most* something.
#[derive(Debug, Clone)]
pub(crate) struct Most<T> {
    keys: Vec<u64>,
    /// The greatest value from the beginning to here.
    most: Vec<T>,
}

impl<T: Copy + Ord> Most<T> {
    pub(crate) fn new(pairs: impl IntoIterator<Item = (u64, T)>) -> Self {
        let mut pairs: Vec<(u64, T)> = pairs.into_iter().collect();
        pairs.sort_unstable_by_key(|pair| pair.0);
        for i in 1..pairs.len() {
            pairs[i].1 = pairs[i].1.max(pairs[i - 1].1);
        }
        Self { keys: pairs.iter().map(|pair| pair.0).collect(), most: pairs.iter().map(|pair| pair.1).collect() }
    }

    /// The greatest value of those with a key of `key` or less.
    pub(crate) fn to(&self, key: u64) -> Option<T> {
        let among = self.keys.partition_point(|&own| own <= key);
        among.checked_sub(1).map(|last| self.most[last])
    }
}

/// Spans of one kind of event, to be asked which comes first from some instant on.
#[derive(Debug, Clone)]
pub(crate) struct Ends {
    /// By the latest instant: the smallest span, and the smallest latest instant.
    by_latest: Least<Span>,
    latest: Least<u64>,
    /// By the earliest instant: the smallest latest, and the smallest earliest instant.
    by_earliest: Least<u64>,
    earliest: Least<u64>,
    any: bool,
}

impl Ends {
    pub(crate) fn of(spans: impl Iterator<Item = Span>) -> Self {
        let spans: Vec<Span> = spans.collect();
        Self {
            by_latest: Least::new(spans.iter().map(|span| (span.latest, *span))),
            latest: Least::new(spans.iter().map(|span| (span.latest, span.latest))),
            by_earliest: Least::new(spans.iter().map(|span| (span.earliest, span.latest))),
            earliest: Least::new(spans.iter().map(|span| (span.earliest, span.earliest))),
            any: !spans.is_empty(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        !self.any
    }

    /// The smallest span of those that may have been at `from` or later.
    pub(crate) fn first(&self, from: u64) -> Option<Span> {
        self.by_latest.from(from)
    }

    /// The smallest latest instant from `from` on.
    pub(crate) fn first_latest(&self, from: u64) -> Option<u64> {
        self.latest.from(from)
    }

    /// The smallest earliest instant from `from` on.
    pub(crate) fn first_earliest(&self, from: u64) -> Option<u64> {
        self.earliest.from(from)
    }

    /// The end that they put to what began in `began`: the earliest and the latest instant at which it can have come. One
    /// that overlaps `began` may have come after it, and so ends certainty, or before, and so ends no doubt.
    pub(crate) fn after(&self, began: Span) -> Span {
        let later = began.latest.checked_add(1).and_then(|from| self.by_earliest.from(from));
        Span {
            earliest: self.first(began.earliest).map_or(u64::MAX, |span| span.earliest),
            latest: later.unwrap_or(u64::MAX),
        }
    }
}

/// Numbers in an order of their own: the place of the *first* that is at least something.
#[derive(Debug, Clone)]
pub(crate) struct First {
    /// The greatest number up to here: it rises, and where it passes a bound for the first time, that number did.
    highest: Vec<u64>,
}

impl First {
    pub(crate) fn new(numbers: impl IntoIterator<Item = u64>) -> Self {
        let mut so_far = 0;
        let rising = |number: u64| {
            so_far = number.max(so_far);
            so_far
        };
        Self { highest: numbers.into_iter().map(rising).collect() }
    }

    /// The place of the first number that is `least` or more.
    pub(crate) fn at_least(&self, least: u64) -> Option<usize> {
        let place = self.highest.partition_point(|&highest| highest < least);
        (place < self.highest.len()).then_some(place)
    }
}

/// Numbers in an order of their own: the place of the *last* that is below something.
#[derive(Debug, Clone)]
pub(crate) struct Last {
    /// The lowest number from here to the end: it rises, and where it is below a bound for the last time, that number is.
    lowest: Vec<u64>,
}

impl Last {
    pub(crate) fn new(numbers: impl IntoIterator<Item = u64>) -> Self {
        let mut lowest: Vec<u64> = numbers.into_iter().collect();
        for i in (1..lowest.len()).rev() {
            lowest[i - 1] = lowest[i - 1].min(lowest[i]);
        }
        Self { lowest }
    }

    /// The place of the last number that is below `bound`.
    pub(crate) fn below(&self, bound: u64) -> Option<usize> {
        self.lowest.partition_point(|&lowest| lowest < bound).checked_sub(1)
    }
}

/// For each of some places in a row of numbers, the first number *from that place on* that is at least something. The
/// questions come from the last place to the first, with the numbers pushed in the same order.
#[derive(Debug)]
pub(crate) struct FirstFrom<T> {
    /// The nearest is last; each is lower than all that are farther.
    rising: Vec<(u64, T)>,
}

impl<T: Copy> FirstFrom<T> {
    pub(crate) fn new() -> Self {
        Self { rising: Vec::new() }
    }

    /// The number before all those that were pushed until now.
    pub(crate) fn push(&mut self, number: u64, what: T) {
        while self.rising.last().is_some_and(|last| last.0 <= number) {
            self.rising.pop();
        }
        self.rising.push((number, what));
    }

    /// The first from here on that is `least` or more.
    pub(crate) fn at_least(&self, least: u64) -> Option<T> {
        let enough = self.rising.partition_point(|pair| pair.0 >= least);
        enough.checked_sub(1).map(|nearest| self.rising[nearest].1)
    }
}

/// How many numbers were added at places below some place: a binary indexed tree (Fenwick, 1994).
#[derive(Debug)]
pub(crate) struct Counts {
    sums: Vec<u32>,
}

impl Counts {
    pub(crate) fn new(places: usize) -> Self {
        Self { sums: vec![0; places + 1] }
    }

    pub(crate) fn add(&mut self, place: usize) {
        let mut at = place + 1;
        while let Some(sum) = self.sums.get_mut(at) {
            *sum += 1;
            at += at & at.wrapping_neg();
        }
    }

    /// How many were added at places below this one.
    pub(crate) fn below(&self, place: usize) -> u32 {
        let (mut at, mut sum) = (place.min(self.sums.len() - 1), 0);
        while at > 0 {
            sum += self.sums[at];
            at &= at - 1;
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_answers_as_walking_over_everything_does(
            pairs in prop::collection::vec((0u64..20, 0u64..20), 0..12),
            asked in 0u64..22,
        ) {
            let least = pairs.iter().filter(|pair| pair.0 >= asked).map(|pair| pair.1).min();
            prop_assert_eq!(Least::new(pairs.iter().copied()).from(asked), least);
            let most = pairs.iter().filter(|pair| pair.0 <= asked).map(|pair| pair.1).max();
            prop_assert_eq!(Most::new(pairs.iter().copied()).to(asked), most);
            let numbers = || pairs.iter().map(|pair| pair.0);
            prop_assert_eq!(First::new(numbers()).at_least(asked), numbers().position(|number| number >= asked));
            prop_assert_eq!(Last::new(numbers()).below(asked), pairs.iter().rposition(|pair| pair.0 < asked));
            let mut first_from = FirstFrom::new();
            for (from, pair) in pairs.iter().enumerate().rev() {
                first_from.push(pair.0, from);
                let walked = pairs[from..].iter().position(|pair| pair.0 >= asked).map(|place| from + place);
                prop_assert_eq!(first_from.at_least(asked), walked);
            }
            let mut counts = Counts::new(20);
            pairs.iter().for_each(|pair| counts.add(pair.0 as usize));
            let below = numbers().filter(|&number| number < asked).count();
            prop_assert_eq!(counts.below(asked as usize), below as u32);
        }
    }
}
