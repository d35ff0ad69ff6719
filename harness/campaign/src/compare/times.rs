//! How long elections and interregna took on each side, and how sure the difference is.

use std::collections::BTreeSet;

use crate::results::{Entry, UNKNOWN_KIND};
use checkers::stats::{Change, Interval, Sample, blocks, bootstrap, enough, ks_distance};
use serde::{Deserialize, Serialize};

use super::{Question, Side};

/// The quantiles that are compared.
pub(super) const QUANTILES: [f64; 3] = [0.5, 0.9, 0.99];
/// With fewer runs than this that have elections, drawing runs says too little: percentile intervals from few blocks hold less
/// often than they say. The reason: equal clusters whose runs differ strongly among themselves were compared, 300 pairs each. Two
/// intervals that should hold together with 95 % missed for 18 % of the pairs with 3 runs a side, 10 % with 5, and 5 % with 8.
pub(super) const LEAST_RUNS: usize = 8;
/// How sure the intervals are, all that are judged together.
const CONFIDENCE: f64 = 0.95;
/// `compare`, so that the same folders give the same page.
const SEED: u64 = 0x63_6f6d_7061_7265;

/// What was drawn again for the intervals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Redrawn {
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
    pub drawn: Redrawn,
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
    /// Of no election.
    pub(super) fn none() -> Self {
        times(Vec::new(), Vec::new(), &Question::default(), None)
    }

    /// The quantiles that may decide.
    pub fn judged(&self) -> impl Iterator<Item = &QuantileChange> {
        self.quantiles.iter().filter(|quantile| quantile.judged)
    }
}

/// The elections after faults of one kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OfKind {
    /// What took the leader, `kill` for example; [`UNKNOWN_KIND`] where the runs do not tell.
    pub fault: String,
    /// Both sides are timed to the win, because one of them does not show which nodes follow.
    pub to_win: bool,
    pub times: Times,
}

impl OfKind {
    /// ` after a kill`, for a sentence; nothing where it is not known.
    pub fn after(&self) -> String {
        after(&self.fault)
    }
}

/// ` after a kill`.
pub(super) fn after(fault: &str) -> String {
    match fault {
        UNKNOWN_KIND => String::new(),
        kind => format!(" after a {}", reports::text::name(kind)),
    }
}

/// The election times of each kind of fault, never mixed; the kind with the most on both sides first. The intervals of all that are
/// judged hold together.
pub(super) fn elections(a: &Side, b: &Side, question: &Question) -> Vec<OfKind> {
    let kinds: BTreeSet<&str> = a.timed().chain(b.timed()).flat_map(kinds_of).collect();
    let mut all: Vec<(&str, bool, Runs, Runs)> = kinds
        .into_iter()
        .map(|kind| {
            let to_win = is_to_win(a, b, kind);
            (kind, to_win, runs_of(a, kind, to_win), runs_of(b, kind, to_win))
        })
        .collect();
    let number = |runs: &Runs| runs.iter().map(Vec::len).sum::<usize>();
    all.sort_by_key(|(kind, _, a, b)| (std::cmp::Reverse(number(a).min(number(b))), *kind));
    let together = all.iter().map(|(_, _, a, b)| judged_of(a, b, question)).sum::<usize>().max(1);
    let of_kind = |(fault, to_win, a, b): (&str, bool, Runs, Runs)| OfKind {
        fault: fault.to_owned(),
        to_win,
        times: times(a, b, question, Some(together)),
    };
    all.into_iter().map(of_kind).collect()
}

/// How many elections of each side were timed, after whatever kind of fault: the number that every output says.
pub fn timed(a: &Side, b: &Side) -> [u64; 2] {
    let kinds: BTreeSet<&str> = a.timed().chain(b.timed()).flat_map(kinds_of).collect();
    kinds.into_iter().fold([0, 0], |[in_a, in_b], kind| {
        let [of_a, of_b] = timed_after(a, b, kind);
        [in_a + of_a, in_b + of_b]
    })
}

/// How many of each side were timed after faults of one kind.
pub(super) fn timed_after(a: &Side, b: &Side, kind: &str) -> [u64; 2] {
    let to_win = is_to_win(a, b, kind);
    [a, b].map(|side| side.timed().map(|run| of_run(run, kind, to_win).len() as u64).sum())
}

/// The kinds of faults after which a run timed elections.
fn kinds_of(run: &Entry) -> Vec<&str> {
    if run.digest.by_fault.is_empty() && !run.digest.election_times.is_empty() {
        return vec![UNKNOWN_KIND];
    }
    run.digest.by_fault.keys().map(String::as_str).collect()
}

/// The times of a run after faults of one kind, microseconds; those of an older version are of an unknown one.
pub(super) fn of_run<'a>(run: &'a Entry, kind: &str, to_win: bool) -> &'a [u32] {
    match run.digest.by_fault.get(kind) {
        Some(times) if to_win => &times.to_win,
        Some(times) => &times.without_leader,
        None if kind == UNKNOWN_KIND && run.digest.by_fault.is_empty() => &run.digest.election_times,
        None => &[],
    }
}

/// Whether a side does not show which nodes follow: more than a fifth of its elections have a time to the win and no time to a
/// following.
pub(super) fn is_to_win(a: &Side, b: &Side, kind: &str) -> bool {
    let shown = |side: &Side| {
        let of_kind = || side.timed().filter_map(|run| run.digest.by_fault.get(kind));
        let followed: u64 = of_kind().map(|times| times.without_leader.len() as u64 + times.stalled).sum();
        let won: u64 = of_kind().map(|times| times.to_win.len() as u64 + times.win_stalled).sum();
        (won, 5 * followed >= 4 * won)
    };
    let ((won_a, shown_a), (won_b, shown_b)) = (shown(a), shown(b));
    won_a > 0 && won_b > 0 && !(shown_a && shown_b)
}

fn runs_of(side: &Side, kind: &str, to_win: bool) -> Runs {
    let times = |run: &Entry| of_run(run, kind, to_win).iter().map(|&time| (nanos(time), false)).collect();
    side.timed().map(times).collect()
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
    times(runs(a), runs(b), question, None)
}

/// The election times of a side after faults of one kind, ascending.
pub(super) fn sorted(side: &Side, kind: &str, to_win: bool) -> Vec<u64> {
    let mut sorted: Vec<u64> = side.timed().flat_map(|run| of_run(run, kind, to_win)).map(|&t| nanos(t)).collect();
    sorted.sort_unstable();
    sorted
}

fn nanos(micros: u32) -> u64 {
    u64::from(micros) * 1000
}

/// The times of each run, each with whether it was cut off.
type Runs = Vec<Vec<(u64, bool)>>;

fn with_any(runs: &[Vec<(u64, bool)>]) -> usize {
    runs.iter().filter(|run| !run.is_empty()).count()
}

/// The quantiles that may decide.
fn judged_of(a: &Runs, b: &Runs, question: &Question) -> usize {
    let least = [a, b].map(|runs| runs.iter().map(Vec::len).sum::<usize>() as u64).into_iter().min().unwrap_or(0);
    let may = (with_any(a).min(with_any(b)) >= LEAST_RUNS || question.within_runs) && least >= question.elections;
    if may { QUANTILES.iter().filter(|&&q| enough(least, q)).count() } else { 0 }
}

/// The times of both sides. `together`: how many quantiles are judged in all, if these may decide.
fn times(runs_a: Runs, runs_b: Runs, question: &Question, together: Option<usize>) -> Times {
    let may_decide = together.is_some() && judged_of(&runs_a, &runs_b, question) > 0;
    let enough_runs = with_any(&runs_a).min(with_any(&runs_b)) >= LEAST_RUNS;
    let drawn = if enough_runs { Redrawn::Runs } else { Redrawn::Stretches };
    let sample = |runs: &[Vec<(u64, bool)>]| match drawn {
        Redrawn::Runs => Sample::new(runs),
        Redrawn::Stretches => Sample::new(&runs.iter().flat_map(|run| blocks(run)).collect::<Vec<_>>()),
    };
    let (sample_a, sample_b) = (sample(&runs_a), sample(&runs_b));
    let least = sample_a.len().min(sample_b.len());
    // Where fewer than five lie beyond a quantile on a side, it is the mood of the slowest few, and not shown.
    let shown = |q: f64| enough(least as u64, q);
    let judged = |q: f64| may_decide && shown(q);
    // Together: each of k intervals is wrong with a chance of at most (1 - 0.95) / k (Bonferroni).
    let confidence = 1.0 - (1.0 - CONFIDENCE) / together.unwrap_or(1).max(1) as f64;
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
