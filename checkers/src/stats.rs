//! Statistics: what may be said of a set of durations or of a count of successes.
//!
//! Elections are few in a run and their durations have long tails, so nothing here assumes a distribution. Durations that
//! were cut off by a fault or by the end of the run are *censored*: it is known that they were longer than what was seen.
//! Leaving them out makes a cluster look faster than it is (the slow elections are the ones that get cut off), counting
//! them as ended does too; the product-limit estimate of Kaplan and Meier uses them for what they prove.

/// The quantile `q` (0 to 1) of sorted values: the smallest value such that at least a share `q` of all is not greater
/// (type 1 of Hyndman & Fan, no interpolation: what is shown has happened). `None` of nothing.
pub fn quantile(sorted: &[u64], q: f64) -> Option<u64> {
    let last = sorted.len().checked_sub(1)?;
    let rank = (q.clamp(0.0, 1.0) * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1).min(last)).copied()
}

/// A step of a survival curve: from `at` on, the share `survival` has not ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Duration at which at least one ended.
    pub at: u64,
    /// Estimated share that lasts longer.
    pub survival: f64,
}

/// The product-limit estimate (Kaplan & Meier, 1958) of durations, each with whether it was censored. At the same
/// duration endings count before censorings.
pub fn kaplan_meier(durations: &[(u64, bool)]) -> Vec<Step> {
    let mut sorted = durations.to_vec();
    sorted.sort_unstable();
    let mut steps = Vec::new();
    let (mut survival, mut i) = (1.0, 0);
    while i < sorted.len() {
        let at = sorted[i].0;
        let tied = sorted[i..].iter().take_while(|d| d.0 == at).count();
        let ended = sorted[i..i + tied].iter().filter(|d| !d.1).count();
        if ended > 0 {
            survival *= 1.0 - ended as f64 / (sorted.len() - i) as f64;
            steps.push(Step { at, survival });
        }
        i += tied;
    }
    steps
}

/// The quantile `q` (0 to 1) of a survival curve: the smallest duration by which a share `q` has ended. `None` where
/// the estimate does not reach so far.
pub fn survival_quantile(steps: &[Step], q: f64) -> Option<u64> {
    // A product of fractions misses 0.5 by a rounding error where arithmetic on paper meets it.
    steps.iter().find(|step| step.survival <= 1.0 - q + 1e-9).map(|step| step.at)
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

/// The upper end of the exact one-sided interval (Clopper & Pearson) for a share when nothing was found in `trials`:
/// with `confidence` 0.95 about 3 / trials, the rule of three.
pub fn none_found(trials: u64, confidence: f64) -> f64 {
    if trials == 0 { 1.0 } else { 1.0 - (1.0 - confidence).powf(1.0 / trials as f64) }
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

    /// The 6-MP arm of Freireich's leukaemia trial, the field's textbook example.
    #[test]
    fn kaplan_meier_meets_the_textbook() {
        let ended = [6, 6, 6, 7, 10, 13, 16, 22, 23].map(|at| (at, false));
        let censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35].map(|at| (at, true));
        let steps = kaplan_meier(&[&ended[..], &censored[..]].concat());
        let expected = [(6, 0.857), (7, 0.807), (10, 0.753), (13, 0.690), (16, 0.627), (22, 0.538), (23, 0.448)];
        assert_eq!(steps.len(), expected.len());
        for (step, (at, survival)) in steps.iter().zip(expected) {
            assert_eq!(step.at, at);
            assert!((step.survival - survival).abs() < 0.001, "{step:?}");
        }
        assert_eq!(survival_quantile(&steps, 0.5), Some(23));
        assert_eq!(survival_quantile(&steps, 0.9), None);
    }

    #[test]
    fn without_censoring_the_survival_curve_gives_the_plain_quantiles() {
        let all: Vec<(u64, bool)> = (1..=10).map(|at| (at, false)).collect();
        assert_eq!(survival_quantile(&kaplan_meier(&all), 0.5), Some(5));
        assert_eq!(survival_quantile(&kaplan_meier(&all), 0.9), Some(9));
    }

    #[test]
    fn wilson_meets_published_numbers() {
        let (low, high) = wilson(81, 263, 1.96);
        assert!((low - 0.2553).abs() < 1e-4 && (high - 0.3662).abs() < 1e-4, "{low} {high}");
        let (low, high) = wilson(0, 20, 1.96);
        assert!(low.abs() < 1e-9 && (high - 0.1611).abs() < 1e-3, "{low} {high}");
        assert_eq!(wilson(0, 0, 1.96), (0.0, 1.0));
    }

    #[test]
    fn nothing_found_in_many_trials_follows_the_rule_of_three() {
        assert!((none_found(1000, 0.95) - 0.003).abs() < 1e-4);
        assert_eq!(none_found(0, 0.95), 1.0);
    }

    #[test]
    fn an_ecdf_steps_once_for_each_value() {
        assert_eq!(ecdf(&[1, 1, 3, 9]), [(1, 0.5), (3, 0.75), (9, 1.0)]);
    }
}
