//! The product-limit estimate: what durations prove of which some were cut off.

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
    steps.iter().find(|step| reached(step.survival, q)).map(|step| step.at)
}

/// Whether a survival has fallen so far that a share `q` has ended. A product of fractions misses 0.5 by a rounding
/// error where arithmetic on paper meets it.
pub(super) fn reached(survival: f64, q: f64) -> bool {
    survival <= 1.0 - q + 1e-9
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
