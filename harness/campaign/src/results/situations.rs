//! How many distinct situations many runs showed, and from which run on each was known.
//!
//! For each key of a [situation](history::measures::Measures::situations) the lowest number of a run that showed it is kept. So
//! the curve (how many were known after so many runs) is the same in whatever order runs ended, and for merged shards. Keys are
//! hashes, so the smallest of them are a fair sample of all. Beyond [`KEPT`] only these are kept, and the number is an estimate,
//! good to a half per cent.

use super::bounded::{Smallest, Sum};

/// So many keys are kept.
const KEPT: usize = 1 << 16;

/// Keys are below this.
const KEYS: f64 = (1u64 << 52) as f64;

/// The lowest number of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct First(u64);

impl Sum for First {
    fn add(&mut self, other: Self) {
        self.0 = self.0.min(other.0);
    }
}

/// The distinct situations of many runs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Situations {
    first: Smallest<u64, First, KEPT>,
    /// The highest number of a run.
    last: u64,
}

impl Situations {
    /// Takes those of a run into account.
    pub fn add(&mut self, number: u64, keys: &[u64]) {
        self.last = self.last.max(number);
        for &key in keys {
            self.first.add(key, First(number));
        }
    }

    /// Every one is known, and their number is no estimate.
    pub fn is_exact(&self) -> bool {
        self.first.len() < KEPT
    }

    /// How many there are.
    pub fn distinct(&self) -> u64 {
        match self.first.iter().next_back() {
            Some((largest, _)) if !self.is_exact() => ((KEPT - 1) as f64 * KEYS / (*largest as f64).max(1.0)) as u64,
            _ => self.first.len() as u64,
        }
    }

    /// How many were known after so many runs, in at most `points` steps.
    pub fn curve(&self, points: u64) -> Vec<[u64; 2]> {
        if self.first.is_empty() || points == 0 {
            return Vec::new();
        }
        let mut firsts: Vec<u64> = self.first.iter().map(|(_, first)| first.0).collect();
        firsts.sort_unstable();
        let (runs, all) = (self.last.saturating_add(1), firsts.len() as u64);
        let points = points.min(runs);
        let at = |point: u64| {
            let run = u64::try_from(u128::from(runs) * u128::from(point) / u128::from(points)).unwrap_or(runs);
            let known = firsts.partition_point(|first| *first < run) as u64;
            let known =
                u64::try_from(u128::from(known) * u128::from(self.distinct()) / u128::from(all)).unwrap_or(known);
            [run, known]
        };
        (1..=points).map(at).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_situation_counts_once_and_from_the_first_run_that_showed_it_in_whatever_order_they_ended() {
        let runs: [(u64, &[u64]); 4] = [(0, &[5, 6]), (1, &[6]), (2, &[7, 5]), (3, &[6, 8])];
        let sums = |order: [usize; 4]| {
            let mut all = Situations::default();
            order.iter().for_each(|&at| all.add(runs[at].0, runs[at].1));
            all
        };
        let all = sums([0, 1, 2, 3]);
        assert_eq!((all.distinct(), all.is_exact()), (4, true));
        assert_eq!(all.curve(4), [[1, 2], [2, 2], [3, 3], [4, 4]]);
        assert_eq!(all.curve(2), [[2, 2], [4, 4]]);
        assert_eq!(sums([3, 1, 0, 2]), all);
    }

    #[test]
    fn nothing_shown_is_nothing_drawn() {
        let mut none = Situations::default();
        none.add(3, &[]);
        assert_eq!((none.distinct(), none.curve(5)), (0, Vec::new()));
    }

    #[test]
    fn beyond_what_is_kept_the_number_is_an_estimate() {
        let mut many = Situations::default();
        let spread = (1u64 << 52) / 200_000;
        for number in 0..200_000u64 {
            many.add(number, &[number * spread]);
        }
        assert!(!many.is_exact());
        let share = many.distinct() as f64 / 200_000.0;
        assert!((0.99..1.01).contains(&share), "{share}");
        let last = many.curve(10).pop().unwrap();
        assert_eq!(last, [200_000, many.distinct()]);
    }
}
