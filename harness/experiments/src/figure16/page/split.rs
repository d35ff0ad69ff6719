//! Split votes: how often a first round after a crash was split, against the dissertation's formula.

use crate::figure16::plan::{POINTS, SERVERS, SPLIT_RANGE, split_probability};
use checkers::stats::{shown_quantile, wilson};
use serde::Serialize;

use super::{Busy, Trials};

/// 95 % of a normal distribution lie within so many deviations.
const Z: f64 = 1.959_964;

/// What was measured at one point of the formula.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct SplitResult {
    pub(super) id: String,
    /// Servers that are down, the crashed one among them.
    pub(super) down: u32,
    /// Link delay as a share of the range.
    pub(super) latency: f64,
    /// Half of the median candidacy that was won, as a share of the range: the latency as the servers had it.
    pub(super) latency_seen: Option<f64>,
    /// Fair trials.
    pub(super) trials: u64,
    /// Crashes left out because the cluster was not in step before.
    pub(super) out_of_step: u64,
    /// Trials whose first round was split.
    pub(super) split: u64,
    /// The share of these, with its Wilson interval; none without a trial.
    pub(super) share: Option<[f64; 3]>,
    /// The formula at `latency`.
    pub(super) formula: f64,
    /// The formula at `latency_seen`.
    pub(super) formula_seen: Option<f64>,
    /// Rounds until there was a leader, in the mean.
    pub(super) rounds: Option<f64>,
    /// What the formula says of that: 1/(1−p).
    pub(super) rounds_formula: f64,
    /// How busy the host was.
    pub(super) host: Busy,
}

pub(super) fn results<'a>(trials: &impl Fn(&str) -> &'a Trials) -> Vec<SplitResult> {
    POINTS
        .iter()
        .map(|point| result(point.id, point.down, point.delay as f64 / SPLIT_RANGE as f64, trials(point.id)))
        .collect()
}

fn result(id: &str, down: u32, latency: f64, trials: &Trials) -> SplitResult {
    let n = trials.each().count() as u64;
    let split = trials.each().filter(|crash| crash.split_rounds > 0).count() as u64;
    let ended: Vec<u64> =
        trials.each().filter(|crash| crash.arrival.is_some()).map(|crash| u64::from(crash.split_rounds) + 1).collect();
    let mut campaigns: Vec<u64> = trials.each().filter_map(|crash| crash.campaign).map(u64::from).collect();
    campaigns.sort_unstable();
    // A candidacy takes a message there and one back.
    let range = SPLIT_RANGE as f64 * 1000.0;
    let latency_seen = shown_quantile(&campaigns, 0.5).map(|campaign| campaign as f64 / 2.0 / range);
    let formula = split_probability(SERVERS, down, latency);
    let interval = |ends: (f64, f64)| [split as f64 / n as f64, ends.0, ends.1];
    SplitResult {
        id: id.to_owned(),
        down,
        latency,
        latency_seen,
        trials: n,
        out_of_step: trials.out_of_step,
        split,
        share: (n > 0).then(|| interval(wilson(split, n, Z))),
        formula,
        formula_seen: latency_seen.map(|latency| split_probability(SERVERS, down, latency.min(1.0))),
        rounds: (!ended.is_empty()).then(|| ended.iter().sum::<u64>() as f64 / ended.len() as f64),
        rounds_formula: 1.0 / (1.0 - formula),
        host: trials.host.busy(),
    }
}
