//! The distance of Kolmogorov and Smirnov: how far apart two distributions are at the worst place.
//!
//! It is a share: 0.1 says that somewhere a tenth more of the one has ended than of the other. Only the distance is
//! given and no p-value: that would take independent elections, and those of one run are not. How far apart chance alone
//! brings independent samples ([`ks_by_chance`]) is the least that it brings others.

/// The largest difference of the empirical distribution functions of two sorted samples, 0 to 1. `None` where one is
/// empty.
pub fn ks_distance(a: &[u64], b: &[u64]) -> Option<f64> {
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let (mut i, mut j, mut most) = (0, 0, 0f64);
    while i < a.len() && j < b.len() {
        // Both step over a value before they are compared: between two equal values there is no place to stand.
        let value = a[i].min(b[j]);
        i += a[i..].iter().take_while(|&&v| v == value).count();
        j += b[j..].iter().take_while(|&&v| v == value).count();
        most = most.max((i as f64 / a.len() as f64 - j as f64 / b.len() as f64).abs());
    }
    Some(most)
}

/// How far apart two independent samples of one continuous distribution, of `n` and `m` values, are at most 19 times in 20
/// (Smirnov, Table for Estimating the Goodness of Fit of Empirical Distributions, 1948). For large samples; small ones are
/// nearer together. `None` where one is empty.
pub fn ks_by_chance(n: u64, m: u64) -> Option<f64> {
    let (n, m) = (n as f64, m as f64);
    (n > 0.0 && m > 0.0).then(|| (1.358 * ((n + m) / (n * m)).sqrt()).min(1.0))
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn chance_brings_one_pair_of_samples_in_twenty_farther_apart() {
        let mut rng = ChaCha8Rng::seed_from_u64(16);
        let mut sample = |size: usize| -> Vec<u64> {
            let mut values: Vec<u64> = (0..size).map(|_| rng.next_u64()).collect();
            values.sort_unstable();
            values
        };
        let limit = ks_by_chance(50, 1000).unwrap();
        assert!((limit - 0.1968).abs() < 1e-4, "{limit}");
        let apart = (0..2000).filter(|_| ks_distance(&sample(50), &sample(1000)) > Some(limit)).count();
        // 100 of 2000 on average; the limit is for large samples, and fifty are a little nearer.
        assert!((60..=130).contains(&apart), "{apart}");
        assert_eq!((ks_by_chance(0, 5), ks_by_chance(5, 0), ks_by_chance(1, 1)), (None, None, Some(1.0)));
    }

    /// The two-sample example of Conover, Practical Nonparametric Statistics, §6.3, in tenths: T = 0.4.
    #[test]
    fn it_meets_the_textbook() {
        let a = [76, 84, 86, 87, 93, 99, 101, 106, 112];
        let b = [52, 57, 59, 65, 68, 82, 91, 98, 108, 113, 115, 123, 125, 134, 146];
        let distance = ks_distance(&a, &b).unwrap();
        assert!((distance - 0.4).abs() < 1e-12, "{distance}");
    }

    #[test]
    fn it_is_nothing_for_equals_and_all_for_strangers() {
        assert_eq!(ks_distance(&[1, 2, 2, 3], &[1, 2, 2, 3]), Some(0.0));
        assert_eq!(ks_distance(&[1, 2], &[3, 4]), Some(1.0));
        assert_eq!(ks_distance(&[5, 5, 5], &[5]), Some(0.0));
        assert_eq!(ks_distance(&[], &[5]), None);
    }
}
