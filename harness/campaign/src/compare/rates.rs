//! How often runs failed on each side.

use std::collections::{BTreeMap, BTreeSet};

use crate::results::{Cause, Ending, Entry};
use checkers::stats::{Share, clopper_pearson, fisher};
use history::Verdict;
use serde::{Deserialize, Serialize};

use super::Side;

/// The most lines of findings that are kept.
const LINES: usize = 50;

/// The failure rates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rates {
    /// Runs that were `invalid`, of those that were judged `valid` or `invalid`.
    pub failed: ComparedRate,
    /// Runs that could not be judged (`unknown`, or the harness failed), of all but interrupted ones.
    pub undecided: ComparedRate,
    /// Runs with a stall, of all.
    pub stalled: ComparedRate,
    /// Runs with each finding, of those that were judged; the commonest first. Their p-values are not corrected for the
    /// number of lines and decide nothing.
    pub findings: Vec<FindingLine>,
}

/// The rate of one thing on both sides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComparedRate {
    /// On side A.
    pub a: Tally,
    /// On side B.
    pub b: Tally,
    /// Fisher's exact test, two-sided.
    pub p: f64,
}

/// So many of so many, with the exact 95 % interval of the rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// How many did.
    pub of: u64,
    /// How many there were.
    pub all: u64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FindingLine {
    pub checker: String,
    /// The code of what happened; none for what an earlier version grouped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What else is no chance, as short words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
    /// What happened, for people.
    pub text: String,
    /// How often.
    pub rate: ComparedRate,
}

impl ComparedRate {
    fn of(a: (u64, u64), b: (u64, u64)) -> Self {
        let share = |(of, all)| Share { of, all };
        Self { a: Tally::of(a), b: Tally::of(b), p: fisher(share(a), share(b)) }
    }

    /// Whether B's rate is higher, and more than chance makes it (p < 0.05).
    pub fn worse(&self) -> bool {
        self.p < 0.05 && self.b.rate() > self.a.rate()
    }
}

impl Tally {
    fn of((of, all): (u64, u64)) -> Self {
        let (low, high) = clopper_pearson(of, all, 0.95);
        Self { of, all, low, high }
    }

    /// The share; 0 of nothing.
    pub fn rate(&self) -> f64 {
        if self.all == 0 { 0.0 } else { self.of as f64 / self.all as f64 }
    }
}

pub(super) fn rates(a: &Side, b: &Side) -> Rates {
    let judged = |side: &Side| side.ended(Ending::Valid) + side.ended(Ending::Invalid);
    let failed = |side: &Side| (side.ended(Ending::Invalid), judged(side));
    let undecided = |side: &Side| {
        let undecided = side.ended(Ending::Unknown) + side.ended(Ending::Harness);
        (undecided, undecided + judged(side))
    };
    let stalled = |side: &Side| (side.stalled(), side.runs.len() as u64);
    Rates {
        failed: ComparedRate::of(failed(a), failed(b)),
        undecided: ComparedRate::of(undecided(a), undecided(b)),
        stalled: ComparedRate::of(stalled(a), stalled(b)),
        findings: findings(a, b, judged(a), judged(b)),
    }
}

/// Signatures without the system, so that one bug of two systems is one line.
fn findings(a: &Side, b: &Side, judged_a: u64, judged_b: u64) -> Vec<FindingLine> {
    let mut counts: BTreeMap<(String, Cause), (u64, u64)> = BTreeMap::new();
    for run in &a.runs {
        found(run).into_iter().for_each(|key| counts.entry(key).or_default().0 += 1);
    }
    for run in &b.runs {
        found(run).into_iter().for_each(|key| counts.entry(key).or_default().1 += 1);
    }
    let mut lines: Vec<FindingLine> = counts
        .into_iter()
        .map(|((checker, cause), (in_a, in_b))| {
            let (text, rate) = (cause.label(), ComparedRate::of((in_a, judged_a), (in_b, judged_b)));
            let (code, details) = match cause {
                Cause::Coded { code, details } => (Some(code), details),
                Cause::Told(_) => (None, Vec::new()),
            };
            FindingLine { checker, code, details, text, rate }
        })
        .collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line.rate.a.of + line.rate.b.of));
    lines.truncate(LINES);
    lines
}

fn found(run: &Entry) -> BTreeSet<(String, Cause)> {
    let invalid = run.failures.iter().filter(|failure| failure.verdict == Verdict::Invalid);
    invalid.map(|failure| (failure.signature.checker.clone(), failure.signature.cause.clone())).collect()
}
