//! Intervals for a share: so many of so many.
//!
//! [`wilson`] is short and close to its nominal confidence on average; it is for pages. [`clopper_pearson`] is exact: it
//! never covers less than it says, whatever the share, and is what a claim may rest on. Its ends are quantiles of beta
//! distributions; they are found by bisection of the regularised incomplete beta function, which converges for every
//! argument, where Newton's method does not.

use super::special::incomplete_beta;

/// The interval of Wilson (1927) for a share of `successes` in `trials`; `z` is 1.96 for 95 %. The whole of 0 to 1 of
/// no trials.
pub fn wilson(successes: u64, trials: u64, z: f64) -> (f64, f64) {
    if trials == 0 {
        return (0.0, 1.0);
    }
    let n = trials as f64;
    let p = successes.min(trials) as f64 / n;
    let z2 = z * z;
    let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = z / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    ((middle - half).max(0.0), (middle + half).min(1.0))
}

/// The exact two-sided interval (Clopper & Pearson, 1934) for a share of `successes` in `trials`, at `confidence` (0.95).
/// The whole of 0 to 1 of no trials.
pub fn clopper_pearson(successes: u64, trials: u64, confidence: f64) -> (f64, f64) {
    if trials == 0 {
        return (0.0, 1.0);
    }
    let successes = successes.min(trials);
    let (k, n, tail) = (successes as f64, trials as f64, (1.0 - confidence) / 2.0);
    let low = if successes == 0 { 0.0 } else { beta_quantile(tail, k, n - k + 1.0) };
    let high = if successes == trials { 1.0 } else { beta_quantile(1.0 - tail, k + 1.0, n - k) };
    (low, high)
}

/// The upper end of the exact one-sided interval (Clopper & Pearson) for a share when nothing was found in `trials`:
/// with `confidence` 0.95 about 3 / trials, the rule of three.
pub fn none_found(trials: u64, confidence: f64) -> f64 {
    if trials == 0 { 1.0 } else { 1.0 - (1.0 - confidence).powf(1.0 / trials as f64) }
}

/// The `x` at which the distribution function of Beta(`a`, `b`) is `p`.
fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    // Each step halves the interval: after 100 it is narrower than two neighbouring numbers.
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if incomplete_beta(middle, a, b) < p { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near((low, high): (f64, f64), (wanted_low, wanted_high): (f64, f64), by: f64) {
        assert!((low - wanted_low).abs() < by && (high - wanted_high).abs() < by, "{low} {high}");
    }

    /// 81 of 263: the example of Newcombe (1998), Statistics in Medicine 17, table I.
    #[test]
    fn intervals_meet_published_numbers() {
        near(wilson(81, 263, 1.96), (0.2553, 0.3662), 1e-4);
        near(clopper_pearson(81, 263, 0.95), (0.2527, 0.3676), 1e-4);
        near(wilson(15, 148, 1.96), (0.0624, 0.1605), 1e-4);
        near(clopper_pearson(15, 148, 0.95), (0.0578, 0.1617), 1e-4);
        near(wilson(0, 20, 1.96), (0.0, 0.1611), 1e-4);
        near(clopper_pearson(0, 20, 0.95), (0.0, 0.1684), 1e-4);
        near(clopper_pearson(1, 29, 0.95), (0.0009, 0.1776), 1e-4);
    }

    #[test]
    fn of_nothing_nothing_is_known() {
        assert_eq!(wilson(0, 0, 1.96), (0.0, 1.0));
        assert_eq!(clopper_pearson(0, 0, 0.95), (0.0, 1.0));
        assert_eq!(none_found(0, 0.95), 1.0);
    }

    #[test]
    fn all_is_the_mirror_of_none() {
        let (low, high) = clopper_pearson(20, 20, 0.95);
        assert!(high == 1.0 && (1.0 - low - clopper_pearson(0, 20, 0.95).1).abs() < 1e-12, "{low}");
    }

    #[test]
    fn the_exact_interval_holds_for_a_night_of_runs() {
        let (low, high) = clopper_pearson(3, 100_000, 0.95);
        // Garwood's interval for a Poisson count of 3: 0.6187 to 8.7673.
        near((low * 1e5, high * 1e5), (0.6187, 8.7673), 1e-2);
    }

    #[test]
    fn nothing_found_in_many_trials_follows_the_rule_of_three() {
        assert!((none_found(1000, 0.95) - 0.003).abs() < 1e-4);
        assert!((clopper_pearson(0, 1000, 0.90).1 - none_found(1000, 0.95)).abs() < 1e-12);
    }
}
