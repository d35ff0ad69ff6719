//! Are the values of one group larger than those of another? By exchanging who belongs where.
//!
//! If both groups were made alike, every way to deal the same values into groups of these sizes is as likely as the one that was
//! seen. So the share of ways with a difference of means at least as large is a p-value, and exact, whatever the values look
//! like (Fisher 1935; Pitman 1937). Where there are too many ways to count, some are drawn, the seen one counts among them, and the
//! p-value is exact still, only coarser (Phipson & Smyth, "Permutation P-values Should Never Be Zero", 2010).

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use workloads::draw::below;

/// So many ways are counted; of more, so many are drawn.
const WAYS: usize = 20_000;

/// The p-value of "the values of `b` are those of `a`, larger by `by` at most", against "they are larger by more". One where a
/// group is empty. The same values and `seed` give the same.
pub fn permuted_above(a: &[f64], b: &[f64], by: f64, seed: u64) -> f64 {
    if a.is_empty() || b.is_empty() {
        return 1.0;
    }
    let mut all: Vec<f64> = a.iter().copied().chain(b.iter().map(|value| value - by)).collect();
    let seen: f64 = all[a.len()..].iter().sum();
    // Equal sums may differ by a rounding error.
    let reaches = |sum: f64| sum >= seen - 1e-9 * (1.0 + seen.abs());
    if let Some(ways) = ways(all.len(), b.len()).filter(|&ways| ways <= WAYS) {
        let mut count = 0;
        every(&all, b.len(), 0.0, &mut |sum| count += usize::from(reaches(sum)));
        return count as f64 / ways as f64;
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let as_large = (0..WAYS).filter(|_| {
        // Those at the end are drawn anew from all.
        for place in (a.len()..all.len()).rev() {
            all.swap(place, below(&mut rng, place as u64 + 1) as usize);
        }
        reaches(all[a.len()..].iter().sum())
    });
    (1 + as_large.count()) as f64 / (1 + WAYS) as f64
}

/// In how many ways `take` of `n` can be taken; none where the number is beyond all use.
fn ways(n: usize, take: usize) -> Option<usize> {
    (0..take).try_fold(1usize, |ways, i| Some(ways.checked_mul(n - i)? / (i + 1)))
}

/// Tells the sum of every way to take `take` of `values`.
fn every(values: &[f64], take: usize, sum: f64, tell: &mut impl FnMut(f64)) {
    if take == 0 {
        return tell(sum);
    }
    for (place, value) in values.iter().enumerate().take(values.len() + 1 - take) {
        every(&values[place + 1..], take - 1, sum + value, tell);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_are_counted_by_hand() {
        // 20 ways; only the seen one reaches 4 + 5 + 6.
        assert!((permuted_above(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0], 0.0, 1) - 0.05).abs() < 1e-12);
        assert!((permuted_above(&[4.0, 5.0, 6.0], &[1.0, 2.0, 3.0], 0.0, 1) - 1.0).abs() < 1e-12);
        assert!((permuted_above(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0], 3.0, 1) - 0.6).abs() < 0.11);
        assert_eq!(permuted_above(&[], &[1.0], 0.0, 1), 1.0);
        assert_eq!(permuted_above(&[2.0; 5], &[2.0; 5], 0.0, 1), 1.0);
    }

    #[test]
    fn equals_are_told_apart_no_more_often_than_they_may_be_with_few_values_and_with_many() {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        for (n, times) in [(6, 2000), (14, 60)] {
            let mut group = |by: f64| -> Vec<f64> {
                (0..n).map(|_| (below(&mut rng, 1000) as f64 / 1000.0).powi(4) + by).collect()
            };
            let wrong = (0..times).filter(|&seed| permuted_above(&group(0.0), &group(0.3), 0.3, seed) <= 0.05).count();
            assert!(wrong as f64 <= 0.065 * times as f64 + 3.0, "{wrong} of {times}");
        }
    }

    #[test]
    fn a_clear_difference_is_found_also_where_ways_are_drawn() {
        let a: Vec<f64> = (0..30).map(|i| f64::from(i % 7)).collect();
        let b: Vec<f64> = a.iter().map(|value| value + 5.0).collect();
        assert!(permuted_above(&a, &b, 1.0, 3) < 0.001);
        assert!(permuted_above(&a, &b, 5.0, 3) > 0.3);
    }
}
