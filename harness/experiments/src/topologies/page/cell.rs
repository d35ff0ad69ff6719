//! One cell: what was measured, and whether it is what was expected.

use crate::topologies::plan::{EXPLAINED, Expected, Topology, VARIANTS};
use history::measures::Held;
use serde::Serialize;

use super::Runs;

/// A minute, nanoseconds.
const MINUTE: f64 = 60e9;

/// A mean over runs with its 95 % interval (Student's, for independent runs); the ends are the mean's for a single run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Mean {
    pub(super) mean: f64,
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) runs: u64,
}

impl Mean {
    fn touches(&self, low: f64, high: f64) -> bool {
        let (least, most) = if self.runs < 4 { (self.mean, self.mean) } else { (self.low, self.high) };
        least <= high && most >= low
    }
}

/// What was measured of one topology under one variant.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct CellResult {
    pub(super) topology: &'static str,
    pub(super) variant: &'static str,
    /// Runs that count.
    pub(super) runs: u64,
    /// Runs left out: the links did not break under the leader that was wanted.
    pub(super) unfit: u64,
    /// Runs left out: the machine was stalled.
    pub(super) stalled: u64,
    /// Time with an effective leader, 0 to 1.
    pub(super) availability: Option<Mean>,
    /// New leaders a minute.
    pub(super) leaders: Option<Mean>,
    /// Terms a minute.
    pub(super) terms: Option<Mean>,
    /// How long a leader led, milliseconds.
    pub(super) tenure: Option<Mean>,
    /// Until the first effective leader, milliseconds; over the runs that had one.
    pub(super) recovery: Option<Mean>,
    /// Runs without a leader for at least the last half of the time.
    pub(super) deadlocks: u64,
    /// Runs in which two nodes claimed to lead, in different terms.
    pub(super) two_claimants: u64,
    /// What is expected, in words.
    pub(super) expected: String,
    /// Whether it is so; none without a run.
    pub(super) agrees: Option<bool>,
    /// Why it is not, where that is known.
    pub(super) explained: Option<&'static str>,
}

pub(super) fn result(row: &Topology, variant: usize, runs: &Runs) -> CellResult {
    let held = &runs.held;
    let of = |number: &dyn Fn(&Held) -> Option<f64>| mean(&held.iter().filter_map(number).collect::<Vec<_>>());
    let a_minute = |number: u64, held: &Held| Some(number as f64 * MINUTE / held.lasted() as f64);
    let expected = row.expected[variant];
    let name = VARIANTS[variant].name;
    let mut result = CellResult {
        topology: row.id,
        variant: name,
        runs: held.len() as u64,
        unfit: runs.unfit,
        stalled: runs.stalled,
        availability: of(&|held| Some(held.led as f64 / held.lasted() as f64)),
        leaders: of(&|held| a_minute(held.leaders, held)),
        terms: of(&|held| a_minute(held.terms, held)),
        tenure: of(&|held| held.tenure().map(|tenure| tenure as f64 / 1e6)),
        recovery: of(&|held| held.recovery.map(|recovery| recovery as f64 / 1e6)),
        deadlocks: held.iter().filter(|held| is_deadlock(held)).count() as u64,
        two_claimants: held.iter().filter(|held| held.two_claimants > 0).count() as u64,
        expected: words(expected),
        agrees: None,
        explained: None,
    };
    result.agrees = agrees(&result, expected);
    if result.agrees == Some(false) {
        let explained = EXPLAINED.iter().find(|(topology, variant, _)| *topology == row.id && *variant == name);
        result.explained = explained.map(|(_, _, why)| *why);
    }
    result
}

/// No leader for at least the last half of the time.
fn is_deadlock(held: &Held) -> bool {
    2 * held.without_at_end >= held.lasted()
}

/// The rule of the page:
/// - *stable*: a leader at least 99 % of the time, at most one new leader a minute, no deadlock;
/// - *flapping*: availability within five points of what is expected, new leaders a minute between two thirds and one and
///   a half of it, and no deadlock;
/// - *deadlock*: in at least three quarters of the runs;
/// - *recovers*: a deadlock in no run, at most two new leaders a minute, and a recovery between half and twice of what is
///   expected.
///
/// Of four or more runs the interval has to touch such a range; of fewer the mean has to lie in it. Two runs that differ have an
/// interval that touches everything.
fn agrees(cell: &CellResult, expected: Expected) -> Option<bool> {
    let (availability, leaders) = (cell.availability?, cell.leaders?);
    Some(match expected {
        Expected::Stable => availability.mean >= 0.99 && leaders.mean <= 1.0 && cell.deadlocks == 0,
        Expected::Flapping(share, changes) => {
            availability.touches(share - 0.05, share + 0.05)
                && leaders.touches(changes / 1.5, changes * 1.5)
                && cell.deadlocks == 0
        }
        Expected::Deadlock => 4 * cell.deadlocks >= 3 * cell.runs,
        Expected::Recovers(low, high) => {
            let in_time = |recovery: Mean| recovery.touches(low as f64 / 2.0, 2.0 * high as f64);
            cell.deadlocks == 0 && leaders.mean <= 2.0 && cell.recovery.is_some_and(in_time)
        }
    })
}

fn words(expected: Expected) -> String {
    match expected {
        Expected::Stable => "stable".to_owned(),
        Expected::Flapping(share, changes) => format!("{:.0} %, {changes:.0} leaders/min", share * 100.0),
        Expected::Deadlock => "deadlock".to_owned(),
        Expected::Recovers(low, high) if low == high => format!("recovers, {low} ms"),
        Expected::Recovers(low, high) => format!("recovers, {low}–{high} ms"),
    }
}

/// The mean of independent values, with Student's 95 % interval.
fn mean(values: &[f64]) -> Option<Mean> {
    let n = values.len() as f64;
    let mean = (!values.is_empty()).then(|| values.iter().sum::<f64>() / n)?;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let half = if values.len() > 1 { student(values.len() - 1) * (squares / (n - 1.0) / n).sqrt() } else { 0.0 };
    Some(Mean { mean, low: (mean - half).max(0.0), high: mean + half, runs: values.len() as u64 })
}

/// The 97.5 % quantile of Student's distribution, by degrees of freedom. Beyond the table it is that of the next lower entry,
/// which makes intervals wider and never narrower.
fn student(freedom: usize) -> f64 {
    const TABLE: [(usize, f64); 14] = [
        (1, 12.706),
        (2, 4.303),
        (3, 3.182),
        (4, 2.776),
        (5, 2.571),
        (6, 2.447),
        (7, 2.365),
        (8, 2.306),
        (9, 2.262),
        (10, 2.228),
        (15, 2.131),
        (20, 2.086),
        (30, 2.042),
        (60, 2.000),
    ];
    TABLE.iter().rev().find(|(least, _)| *least <= freedom).map_or(f64::INFINITY, |(_, t)| *t)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_has_students_interval() {
        // Eight values with mean 4.5 and deviation √6: 4.5 ± 2.365·√6/√8.
        let mean = mean(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]).unwrap();
        assert!(
            (mean.mean - 4.5).abs() < 1e-9 && (mean.high - 4.5 - 2.365 * (6.0f64 / 8.0).sqrt()).abs() < 1e-6,
            "{mean:?}"
        );
        let one = super::mean(&[3.0]).unwrap();
        assert_eq!((one.low, one.high), (3.0, 3.0));
        assert_eq!(super::mean(&[]), None);
    }

    #[test]
    fn students_table_is_wider_in_between() {
        assert!((student(12) - 2.228).abs() < 1e-9 && (student(1000) - 2.0).abs() < 1e-9);
    }
}
