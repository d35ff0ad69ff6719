//! How long elections and interregna took on each side, and how sure the difference is.

use checkers::campaign::Entry;
use checkers::stats::{Change, Interval, Sample, blocks, bootstrap, enough, ks_distance};
use serde::{Deserialize, Serialize};

use super::{Question, Side};

/// The quantiles that are compared.
pub(super) const QUANTILES: [f64; 3] = [0.5, 0.9, 0.99];
/// With fewer runs than this that have elections, drawing runs says too little: percentile intervals from few blocks hold
/// less often than they say. Equal clusters whose runs differ strongly among themselves, 300 pairs each, had two intervals
/// that should hold together with 95 % miss for 18 % of the pairs with 3 runs a side, 10 % with 5, 5 % with 8.
pub(super) const LEAST_RUNS: usize = 8;
/// How sure the intervals are, all that are judged together.
const CONFIDENCE: f64 = 0.95;
/// `compare`, so that the same folders give the same page.
const SEED: u64 = 0x63_6f6d_7061_7265;

/// What was drawn again for the intervals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Drawn {
    /// Runs: the intervals hold for other runs like these.
    Runs,
    /// Stretches of consecutive elections within runs, for want of runs: the intervals hold for these very runs.
    Stretches,
}

/// Times of both sides. Nanoseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Times {
    /// How many there are in A.
    pub in_a: u64,
    /// How many there are in B.
    pub in_b: u64,
    /// How many of A's were cut off before they ended.
    pub censored_in_a: u64,
    /// How many of B's were.
    pub censored_in_b: u64,
    /// Runs of A that have any.
    pub runs_in_a: u64,
    /// Runs of B that have any.
    pub runs_in_b: u64,
    /// What was drawn again.
    pub drawn: Drawn,
    /// The confidence of each single interval, so that those judged hold together with 95 %.
    pub confidence: f64,
    /// The largest difference of the two distributions (Kolmogorov–Smirnov); none where one side has nothing or times
    /// were cut off.
    pub distance: Option<f64>,
    /// The quantiles that both sides reach.
    pub quantiles: Vec<QuantileChange>,
}

/// A quantile on both sides. An end of an interval that is none is beyond all bounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuantileChange {
    /// Which: 0.5.
    pub q: f64,
    /// In A.
    pub a: u64,
    /// In B.
    pub b: u64,
    /// The interval of B less A, nanoseconds.
    pub difference: [Option<f64>; 2],
    /// The interval of B / A − 1.
    pub relative: [Option<f64>; 2],
    /// Whether there is enough for it to decide.
    pub judged: bool,
}

impl QuantileChange {
    /// `p90`.
    pub fn name(&self) -> String {
        format!("p{:.0}", self.q * 100.0)
    }

    /// B / A − 1.
    pub fn ratio(&self) -> f64 {
        if self.a == 0 { 0.0 } else { self.b as f64 / self.a as f64 - 1.0 }
    }
}

impl Times {
    /// The quantiles that may decide.
    pub fn judged(&self) -> impl Iterator<Item = &QuantileChange> {
        self.quantiles.iter().filter(|quantile| quantile.judged)
    }
}

pub(super) fn elections(a: &Side, b: &Side, question: &Question) -> Times {
    let runs = |side: &Side| -> Runs {
        let times = |run: &Entry| run.digest.election_times.iter().map(|&time| (nanos(time), false)).collect();
        side.timed().map(times).collect()
    };
    times(runs(a), runs(b), question, true)
}

/// Interregna are shown and decide nothing: most of their time is that of the elections, and what decides must be little.
/// Which of them a stall overlapped is not kept, so those of runs with a stall are left out.
pub(super) fn interregna(a: &Side, b: &Side, question: &Question) -> Times {
    let runs = |side: &Side| -> Runs {
        let times = |run: &Entry| {
            let ended = run.digest.later_interregna().iter().map(|&time| (nanos(time), false));
            ended.chain(run.digest.censored.iter().map(|&time| (nanos(time), true))).collect()
        };
        side.timed().filter(|run| run.digest.stalls == 0).map(times).collect()
    };
    times(runs(a), runs(b), question, false)
}

/// All election times of a side, ascending.
pub(super) fn sorted(side: &Side) -> Vec<u64> {
    let mut sorted: Vec<u64> = side.timed().flat_map(|run| &run.digest.election_times).map(|&t| nanos(t)).collect();
    sorted.sort_unstable();
    sorted
}

fn nanos(micros: u32) -> u64 {
    u64::from(micros) * 1000
}

/// The times of each run, each with whether it was cut off.
type Runs = Vec<Vec<(u64, bool)>>;

fn times(runs_a: Runs, runs_b: Runs, question: &Question, decides: bool) -> Times {
    let with_any = |runs: &[Vec<(u64, bool)>]| runs.iter().filter(|run| !run.is_empty()).count();
    let enough_runs = with_any(&runs_a).min(with_any(&runs_b)) >= LEAST_RUNS;
    let drawn = if enough_runs { Drawn::Runs } else { Drawn::Stretches };
    let sample = |runs: &[Vec<(u64, bool)>]| match drawn {
        Drawn::Runs => Sample::new(runs),
        Drawn::Stretches => Sample::new(&runs.iter().flat_map(|run| blocks(run)).collect::<Vec<_>>()),
    };
    let (sample_a, sample_b) = (sample(&runs_a), sample(&runs_b));
    let least = sample_a.len().min(sample_b.len());
    let may_decide = decides && (enough_runs || question.within_runs) && least as u64 >= question.elections;
    // Where fewer than five lie beyond a quantile on a side, it is the mood of the slowest few, and not shown.
    let shown = |q: f64| enough(least as u64, q);
    let judged = |q: f64| may_decide && shown(q);
    // Together: each of k intervals is wrong with a chance of at most (1 - 0.95) / k (Bonferroni).
    let together = QUANTILES.iter().filter(|&&q| judged(q)).count().max(1);
    let confidence = 1.0 - (1.0 - CONFIDENCE) / together as f64;
    let changes = bootstrap(&sample_a, &sample_b, &QUANTILES, confidence, SEED);
    let cut = |runs: &[Vec<(u64, bool)>]| runs.iter().flatten().filter(|time| time.1).count() as u64;
    let (cut_a, cut_b) = (cut(&runs_a), cut(&runs_b));
    let plain = |runs: &[Vec<(u64, bool)>]| {
        let mut all: Vec<u64> = runs.iter().flatten().map(|time| time.0).collect();
        all.sort_unstable();
        all
    };
    let distance = if cut_a + cut_b == 0 { ks_distance(&plain(&runs_a), &plain(&runs_b)) } else { None };
    Times {
        in_a: sample_a.len() as u64,
        in_b: sample_b.len() as u64,
        censored_in_a: cut_a,
        censored_in_b: cut_b,
        runs_in_a: with_any(&runs_a) as u64,
        runs_in_b: with_any(&runs_b) as u64,
        drawn,
        confidence,
        distance,
        quantiles: QUANTILES
            .iter()
            .zip(changes)
            .filter(|(q, _)| shown(**q))
            .filter_map(|(&q, c)| Some(change(q, c?, judged(q))))
            .collect(),
    }
}

fn change(q: f64, change: Change, judged: bool) -> QuantileChange {
    let ends = |interval: Interval| [interval.low, interval.high].map(|end| end.is_finite().then_some(end));
    QuantileChange {
        q,
        a: change.a,
        b: change.b,
        difference: ends(change.difference),
        relative: ends(change.relative),
        judged,
    }
}
