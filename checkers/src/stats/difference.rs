//! How much two shares differ.
//!
//! The interval of Newcombe (1998, method 10): the Wilson intervals of both shares, put together so that each end of the
//! difference uses the ends that bring it about. It is short, never leaves −1 to 1, and holds near 0 and 1, where most shares
//! of failing runs are and where the textbook interval is a point.

use super::{Share, wilson};

/// The interval of the share `a` less the share `b`; `z` is 1.96 for 95 %.
pub fn newcombe(a: Share, b: Share, z: f64) -> (f64, f64) {
    if a.all == 0 || b.all == 0 {
        return (-1.0, 1.0);
    }
    let share = |s: Share| s.of.min(s.all) as f64 / s.all as f64;
    let (pa, pb) = (share(a), share(b));
    let ((low_a, high_a), (low_b, high_b)) = (wilson(a.of, a.all, z), wilson(b.of, b.all, z));
    let difference = pa - pb;
    let low = difference - ((pa - low_a).powi(2) + (high_b - pb).powi(2)).sqrt();
    let high = difference + ((high_a - pa).powi(2) + (pb - low_b).powi(2)).sqrt();
    (low.max(-1.0), high.min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(a: u64, of_a: u64, b: u64, of_b: u64) -> (f64, f64) {
        newcombe(Share { of: a, all: of_a }, Share { of: b, all: of_b }, 1.96)
    }

    /// Newcombe (1998), Statistics in Medicine 17, table II, method 10.
    #[test]
    fn it_meets_published_numbers() {
        for ((a, of_a, b, of_b), (low, high)) in [
            ((56, 70, 48, 80), (0.0524, 0.3339)),
            ((9, 10, 3, 10), (0.1705, 0.8090)),
            ((10, 10, 0, 20), (0.6791, 1.0)),
            ((0, 10, 0, 20), (-0.1611, 0.2775)),
        ] {
            let found = of(a, of_a, b, of_b);
            assert!((found.0 - low).abs() < 2e-4 && (found.1 - high).abs() < 2e-4, "{a}/{of_a} {b}/{of_b}: {found:?}");
        }
    }

    #[test]
    fn of_nothing_nothing_is_known() {
        assert_eq!(of(0, 0, 3, 4), (-1.0, 1.0));
    }
}
