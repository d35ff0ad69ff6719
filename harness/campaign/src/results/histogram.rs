//! How long things took, in a few kilobytes however many there were.
//!
//! Percentiles of a night's elections need all of them or a summary that keeps percentiles. A sample would lose the tail,
//! which is what one looks for. So times are counted in buckets whose width grows with the value (as HdrHistogram
//! does): exact below 256 µs, above that 128 buckets for each doubling. The middle of a bucket stands for all in it, and is
//! never off by more than 0.4 %. Least and greatest are kept exactly. Two histograms add up to what one would have
//! counted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::bounded::Sum;

/// Values below are counted exactly; a power of two, twice the buckets for each doubling.
const EXACT: u32 = 256;

/// Counts of durations in microseconds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    counts: BTreeMap<u16, u64>,
    total: u64,
    least: Option<u32>,
    greatest: Option<u32>,
}

/// The bucket of a value.
fn bucket(value: u32) -> u16 {
    if value < EXACT {
        return value as u16;
    }
    let doublings = value.ilog2() - 7;
    // `value >> doublings` is 128 ..= 255: the eight leading bits of the value.
    (doublings * (EXACT / 2) + (value >> doublings)) as u16
}

/// The middle of a bucket.
fn middle(bucket: u16) -> u32 {
    let bucket = u32::from(bucket);
    if bucket < EXACT {
        return bucket;
    }
    let doublings = bucket / (EXACT / 2) - 1;
    let low = (bucket - doublings * (EXACT / 2)) << doublings;
    low + (1 << doublings) / 2
}

impl Histogram {
    /// Counts a duration.
    pub fn count(&mut self, micros: u32) {
        *self.counts.entry(bucket(micros)).or_default() += 1;
        self.total += 1;
        self.least = Some(self.least.map_or(micros, |least| least.min(micros)));
        self.greatest = Some(self.greatest.map_or(micros, |greatest| greatest.max(micros)));
    }

    /// How many were counted.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The sum of all, microseconds, off by at most 0.4 %.
    pub fn sum(&self) -> u64 {
        self.values().map(|(value, count)| u64::from(value).saturating_mul(count)).fold(0, u64::saturating_add)
    }

    /// The shortest, microseconds.
    pub fn least(&self) -> Option<u32> {
        self.least
    }

    /// The longest, microseconds.
    pub fn greatest(&self) -> Option<u32> {
        self.greatest
    }

    /// The quantile `q` (0 to 1), microseconds, by the rule of [`checkers::stats::quantile`], off by at most 0.4 %.
    /// `None` of nothing.
    pub fn quantile(&self, q: f64) -> Option<u32> {
        let rank = ((q.clamp(0.0, 1.0) * self.total as f64).ceil() as u64).clamp(1, self.total.max(1));
        let mut before = 0;
        for (&bucket, &count) in &self.counts {
            before += count;
            if before >= rank {
                return Some(middle(bucket).clamp(self.least?, self.greatest?));
            }
        }
        None
    }

    /// [`Self::quantile`], and `None` where fewer than [`checkers::stats::BEYOND`] values lie beyond it.
    pub fn shown_quantile(&self, q: f64) -> Option<u32> {
        self.quantile(q).filter(|_| checkers::stats::enough(self.total, q))
    }

    /// The values with how often each was counted, in order: the middles of the buckets, microseconds.
    pub fn values(&self) -> impl Iterator<Item = (u32, u64)> + '_ {
        self.counts.iter().map(|(&bucket, &count)| (middle(bucket), count))
    }
}

impl Extend<u32> for Histogram {
    fn extend<T: IntoIterator<Item = u32>>(&mut self, values: T) {
        values.into_iter().for_each(|value| self.count(value));
    }
}

impl Sum for Histogram {
    fn add(&mut self, other: Self) {
        for (bucket, count) in other.counts {
            *self.counts.entry(bucket).or_default() += count;
        }
        self.total += other.total;
        self.least = [self.least, other.least].into_iter().flatten().min();
        self.greatest = self.greatest.max(other.greatest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_value_is_off_by_less_than_half_a_per_cent(value in 0..=u32::MAX) {
            let error = middle(bucket(value)).abs_diff(value);
            prop_assert!(f64::from(error) <= f64::from(value) * 0.004, "{value} is shown as {}", middle(bucket(value)));
        }

        #[test]
        fn quantiles_are_those_of_the_values_themselves(mut values in prop::collection::vec(0..40_000_000u32, 1..300), q in 0.0..=1.0f64) {
            let mut histogram = Histogram::default();
            histogram.extend(values.iter().copied());
            values.sort_unstable();
            let sorted: Vec<u64> = values.iter().map(|&value| value.into()).collect();
            let exact = checkers::stats::quantile(&sorted, q).unwrap() as f64;
            prop_assert!((f64::from(histogram.quantile(q).unwrap()) - exact).abs() <= exact * 0.004);
        }
    }

    #[test]
    fn the_greatest_values_have_a_bucket_of_their_own_and_nothing_has_no_quantile() {
        assert_eq!(Histogram::default().quantile(0.5), None);
        let mut histogram = Histogram::default();
        histogram.extend([u32::MAX, 0]);
        assert_eq!(
            (histogram.quantile(0.0), histogram.quantile(1.0).map(|v| v > 4_280_000_000)),
            (Some(0), Some(true))
        );
        assert_eq!((histogram.least(), histogram.greatest()), (Some(0), Some(u32::MAX)));
    }
}
