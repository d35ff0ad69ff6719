//! Fisher's exact test: do two groups fail at different rates?
//!
//! Failures are rare, and the usual tests rest on approximations that fail exactly there: with 0 of 400 runs against 3
//! of 400 a normal approximation is a fiction. Fisher's test counts. Given how many runs there were and how many failed
//! in all, it asks how likely a split at least as lopsided as the one seen is, if which runs failed were chance. It is
//! conservative (it says less often than promised that there is a difference), which is the side to err on.

use super::special::ln_factorial;

/// Splits whose chance differs by less than this share are taken as equally likely; R's `fisher.test` takes the same.
const TIE: f64 = 1e-7;

/// So many of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// How many did.
    pub of: u64,
    /// How many there were; at least `of`.
    pub all: u64,
}

/// The two-sided p-value of Fisher's exact test (Fisher, 1922) for two shares: the sum of the chances of all splits that
/// are no likelier than the one seen, with both totals fixed. 1 where one side has nothing.
pub fn fisher(a: Share, b: Share) -> f64 {
    let (k, failed) = (a.of.min(a.all), a.of.min(a.all) + b.of.min(b.all));
    let (least, most) = (failed.saturating_sub(b.all), failed.min(a.all));
    // Everything but the four cells is the same for all splits; the chances are scaled to sum to 1 at the end, which
    // needs no totals and loses no digits.
    let split = |k: u64| {
        -(ln_factorial(k) + ln_factorial(a.all - k) + ln_factorial(failed - k) + ln_factorial(b.all + k - failed))
    };
    // The likeliest split is near the proportional one; taking it as the unit keeps every exponent from overflowing.
    let all = u128::from(a.all) + u128::from(b.all);
    if all == 0 {
        return 1.0;
    }
    let proportional = (u128::from(failed) * u128::from(a.all) / all) as u64;
    let unit = split(proportional.clamp(least, most));
    let seen = (split(k) - unit).exp();
    let (mut total, mut as_extreme) = (0.0, 0.0);
    for chance in (least..=most).map(|k| (split(k) - unit).exp()) {
        total += chance;
        if chance <= seen * (1.0 + TIE) {
            as_extreme += chance;
        }
    }
    (as_extreme / total).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p(a: u64, of_a: u64, b: u64, of_b: u64) -> f64 {
        fisher(Share { of: a, all: of_a }, Share { of: b, all: of_b })
    }

    /// The lady tasting tea (Fisher, 1935) and the convicts' twins (Fisher, 1962), as R's `fisher.test` gives them, and
    /// the students of the encyclopaedias.
    #[test]
    fn it_meets_published_values() {
        assert!((p(3, 4, 1, 4) - 0.485_714_285).abs() < 1e-8);
        assert!((p(2, 17, 10, 13) - 0.000_536_7).abs() < 1e-7, "{}", p(2, 17, 10, 13));
        assert!((p(1, 10, 11, 14) - 0.002_759_456).abs() < 1e-8, "{}", p(1, 10, 11, 14));
    }

    #[test]
    fn it_is_the_same_from_both_sides() {
        for (a, of_a, b, of_b) in [(0, 400, 3, 400), (7, 31, 2, 90), (5, 5, 0, 9)] {
            assert!((p(a, of_a, b, of_b) - p(b, of_b, a, of_a)).abs() < 1e-12);
            assert!((p(a, of_a, b, of_b) - p(of_a - a, of_a, of_b - b, of_b)).abs() < 1e-9);
        }
    }

    #[test]
    fn equal_shares_and_nothing_at_all_prove_nothing() {
        assert!((p(5, 100, 5, 100) - 1.0).abs() < 1e-9);
        assert_eq!(p(0, 10, 0, 10), 1.0);
        assert_eq!(p(0, 0, 3, 3), 1.0);
        assert_eq!(p(0, 0, 0, 0), 1.0);
    }

    #[test]
    fn one_failure_in_one_run_against_none_in_one_proves_nothing() {
        assert_eq!(p(0, 1, 1, 1), 1.0);
    }

    #[test]
    fn a_night_of_runs_neither_overflows_nor_vanishes() {
        let strong = p(10, 50_000, 400, 50_000);
        assert!((strong / 1.199_153_05e-104 - 1.0).abs() < 1e-6, "{strong}");
        // C(400, 3) / C(800, 3) on either side: 0.2487.
        let weak = p(0, 400, 3, 400);
        assert!((weak - 2.0 * (400.0 * 399.0 * 398.0) / (800.0 * 799.0 * 798.0)).abs() < 1e-9, "{weak}");
    }
}
