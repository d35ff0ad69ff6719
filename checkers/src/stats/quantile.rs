//! Quantiles and the distribution of values that were all seen.

/// The quantile `q` (0 to 1) of sorted values: the smallest value such that at least a share `q` of all is not greater
/// (type 1 of Hyndman & Fan, no interpolation: what is shown has happened). `None` of nothing.
pub fn quantile(sorted: &[u64], q: f64) -> Option<u64> {
    let last = sorted.len().checked_sub(1)?;
    let rank = (q.clamp(0.0, 1.0) * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1).min(last)).copied()
}

/// So many values lie beyond a quantile that is shown; with fewer it is the mood of the slowest few.
pub const BEYOND: f64 = 5.0;

/// Whether of `n` values enough lie beyond the quantile `q` for it to be shown: p50 from 10 on, p90 from 50, p99 from 500.
pub fn enough(n: u64, q: f64) -> bool {
    // The product misses five by a rounding error where arithmetic on paper meets it.
    n as f64 * (1.0 - q) >= BEYOND - 1e-9
}

/// [`quantile`], and `None` where fewer than [`BEYOND`] values lie beyond it.
pub fn shown_quantile(sorted: &[u64], q: f64) -> Option<u64> {
    quantile(sorted, q).filter(|_| enough(sorted.len() as u64, q))
}

/// The empirical distribution function of sorted values: each different value with the share that is not greater.
pub fn ecdf(sorted: &[u64]) -> Vec<(u64, f64)> {
    let mut points: Vec<(u64, f64)> = Vec::new();
    for (i, &value) in sorted.iter().enumerate() {
        let share = (i + 1) as f64 / sorted.len() as f64;
        match points.last_mut() {
            Some(last) if last.0 == value => last.1 = share,
            _ => points.push((value, share)),
        }
    }
    points
}

/// The arithmetic mean. `None` of nothing.
pub fn mean(values: &[u64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().map(|&value| value as f64).sum::<f64>() / values.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_happened() {
        let sorted: Vec<u64> = (1..=100).collect();
        assert_eq!(quantile(&sorted, 0.5), Some(50));
        assert_eq!(quantile(&sorted, 0.99), Some(99));
        assert_eq!(quantile(&sorted, 0.0), Some(1));
        assert_eq!(quantile(&sorted, 1.0), Some(100));
        assert_eq!(quantile(&[7], 0.9), Some(7));
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn a_quantile_with_fewer_than_five_values_beyond_it_is_not_shown() {
        for (q, least) in [(0.5, 10), (0.9, 50), (0.99, 500)] {
            let sorted: Vec<u64> = (1..=least).collect();
            assert_eq!(shown_quantile(&sorted, q), quantile(&sorted, q), "{q}");
            assert_eq!(shown_quantile(&sorted[1..], q), None, "{q}");
        }
    }

    #[test]
    fn an_ecdf_steps_once_for_each_value() {
        assert_eq!(ecdf(&[1, 1, 3, 9]), [(1, 0.5), (3, 0.75), (9, 1.0)]);
    }
}
