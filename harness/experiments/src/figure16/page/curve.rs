//! One curve against its published samples.

use crate::figure16::plan::Curve;
use checkers::stats::{self, Sample, bootstrap, ks_by_chance};
use serde::Serialize;

use super::published::{self, HOWARD, ONGARO, Published};
use super::{Busy, TARGET, TARGETS, Trials};

/// The quantiles that are compared.
pub(super) const QUANTILES: [f64; 3] = [0.5, 0.9, 0.99];
/// Fixes the draws of the intervals.
const SEED: u64 = 16;

/// What was measured of one curve. Times are microseconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct CurveResult {
    /// The range of the election timeout, milliseconds.
    pub(super) range: String,
    /// Fair trials.
    pub(super) trials: u64,
    /// Of these, cut off before there was a leader.
    pub(super) censored: u64,
    /// In how many runs.
    pub(super) runs: u64,
    /// Crashes left out because the cluster was not in step before.
    pub(super) out_of_step: u64,
    /// A distance of at most [`TARGET`] is the target.
    pub(super) has_target: bool,
    /// The measured quantiles ([`QUANTILES`]), none where too many were cut off.
    pub(super) quantiles: [Option<u64>; 3],
    /// Against each published sample that there is, the paper's first.
    pub(super) against: Vec<Against>,
    /// How busy the host was.
    pub(super) host: Busy,
}

/// One curve against one sample.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Against {
    pub(super) dataset: &'static str,
    pub(super) n: u64,
    /// The Kolmogorov–Smirnov distance, at the published quantiles.
    pub(super) distance: f64,
    /// How far apart chance alone brings samples of these sizes, at most 19 times in 20.
    pub(super) by_chance: f64,
    /// Where it is largest: the time, the published and the measured share.
    pub(super) at: (u64, f64, f64),
    /// The longest trial was cut off here, and the comparison ends with it.
    pub(super) compared_to: Option<u64>,
    /// Measured over published for each of [`QUANTILES`], with a 95 % interval from drawing runs.
    pub(super) ratios: [Option<Ratio>; 3],
}

/// Measured over published.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Ratio {
    pub(super) ratio: f64,
    /// None where too many draws did not reach the quantile.
    pub(super) interval: Option<[f64; 2]>,
}

impl Against {
    /// Farther than the target, and no farther than chance may bring so few trials: more of them would tell.
    pub(super) fn is_open(&self) -> bool {
        self.distance > TARGET && self.distance <= self.by_chance
    }
}

impl CurveResult {
    /// As people write it.
    pub(super) fn title(&self) -> String {
        title(&self.range)
    }

    /// Against the paper.
    pub(super) fn against_ongaro(&self) -> Option<&Against> {
        self.against.iter().find(|against| against.dataset == ONGARO)
    }

    /// Farther than the target, whether it has one or not.
    pub(super) fn is_far(&self) -> bool {
        self.against_ongaro().is_some_and(|against| against.distance > TARGET)
    }
}

/// `150–155 ms`.
pub(super) fn title(range: &str) -> String {
    format!("{} ms", range.replace('-', "–"))
}

/// The distribution of the times: each time at which some trial ended, with the share that took no longer. Of trials that
/// were cut off it is known only that they took longer (Kaplan and Meier).
pub(super) fn distribution(trials: &Trials) -> Vec<(u64, f64)> {
    let durations: Vec<(u64, bool)> = trials.each().map(duration).collect();
    stats::kaplan_meier(&durations).into_iter().map(|step| (step.at, 1.0 - step.survival)).collect()
}

/// Where what is known of the distribution ends: the longest trial, if that was cut off.
fn known_to(trials: &Trials) -> Option<u64> {
    trials.each().map(duration).max().filter(|(_, cut_off)| *cut_off).map(|(time, _)| time)
}

pub(super) fn result(curve: &Curve, trials: &Trials) -> CurveResult {
    let n = trials.each().count();
    let blocks: Vec<Vec<(u64, bool)>> = trials.runs.iter().map(|run| run.iter().map(duration).collect()).collect();
    let sample = Sample::new(&blocks);
    let quantiles = if n == 0 { vec![None; 3] } else { sample.quantiles(&QUANTILES) };
    let shown = |at: usize| quantiles[at].filter(|_| stats::enough(n as u64, QUANTILES[at]));
    let samples = [(ONGARO, published::sample(ONGARO, curve.range)), (HOWARD, published::sample(HOWARD, curve.range))];
    let against = samples.into_iter().filter_map(|(name, published)| against(name, published?, trials, &sample));
    CurveResult {
        range: curve.range.to_owned(),
        trials: n as u64,
        censored: trials.each().filter(|crash| crash.arrival.is_none()).count() as u64,
        runs: trials.runs.len() as u64,
        out_of_step: trials.out_of_step,
        has_target: TARGETS.contains(&curve.range),
        quantiles: [shown(0), shown(1), shown(2)],
        against: against.collect(),
        host: trials.host.busy(),
    }
}

fn duration(crash: &campaign::results::CrashTimes) -> (u64, bool) {
    crash.arrival.map_or((u64::from(crash.watched), true), |arrival| (u64::from(arrival), false))
}

fn against(dataset: &'static str, published: &Published, trials: &Trials, sample: &Sample) -> Option<Against> {
    let (steps, known_to) = (distribution(trials), known_to(trials));
    let share = |time: u64| steps[..steps.partition_point(|step| step.0 <= time)].last().map_or(0.0, |step| step.1);
    let points = published.points.iter().copied().filter(|(time, _)| known_to.is_none_or(|known_to| *time <= known_to));
    let points: Vec<(u64, f64)> = points.filter(|_| !sample.is_empty()).collect();
    let gap = |&(time, published): &(u64, f64)| (share(time) - published).abs();
    let &at = points.iter().max_by(|a, b| gap(a).total_cmp(&gap(b)))?;
    let compared_to = known_to.filter(|_| points.len() < published.points.len());
    let n = trials.each().count() as u64;
    let ratios = QUANTILES.map(|q| ratio(published.quantile(q).filter(|_| stats::enough(n, q))?, q, sample));
    Some(Against {
        dataset,
        n: published.n,
        distance: gap(&at),
        by_chance: ks_by_chance(n, published.n)?,
        at: (at.0, at.1, share(at.0)),
        compared_to,
        ratios,
    })
}

fn ratio(published: u64, q: f64, sample: &Sample) -> Option<Ratio> {
    let measured = sample.quantiles(&[q])[0]?;
    let fixed = Sample::new(&[vec![(published, false)]]);
    let change = bootstrap(&fixed, sample, &[q], 0.95, SEED).into_iter().next().flatten();
    let interval =
        change.filter(|_| sample.blocks() > 1).map(|change| [change.relative.low + 1.0, change.relative.high + 1.0]);
    Some(Ratio { ratio: measured as f64 / published as f64, interval: interval.filter(|ends| ends[1].is_finite()) })
}
