//! The page of Figure 16: both panels as the paper plots them, the published samples beside the measured ones, and split votes
//! against the dissertation's formula.
//!
//! The comparison is of whole distributions. The published samples are known by a dozen quantiles each. So the distance of
//! Kolmogorov and Smirnov is taken at those points, and ratios of quantiles say in which direction and how far. Trials that were
//! cut off are known to have lasted longer, and the measured distribution is Kaplan and Meier's. Where the longest of all was cut
//! off, the comparison ends with it. Trials whose cluster was not in step before the crash measure something else: they are left
//! out, and counted.
//!
//! A curve that is farther than the target has missed it only where chance does not bring so few trials as far, once in twenty
//! times.
//!
//! How sure a ratio is comes from drawing runs again, not trials: the trials of one run share a moment and a machine.

mod body;
mod curve;
mod plot;
mod published;
mod split;

use std::collections::BTreeMap;

use crate::figure16::plan::{CURVES, heartbeat};
use campaign::plan::{Cell, Experiment};
use campaign::results::{CrashTimes, Ending, Entry};
use serde::Serialize;

use crate::pages::{Drawn, Page};
use curve::{Against, CurveResult};
use reports::file::ReportError;
use reports::text::{clean, count};
use split::SplitResult;

/// The distance that a curve may have to its published samples.
const TARGET: f64 = 0.12;

/// The curves for which that is the target.
const TARGETS: [&str; 7] = ["150-155", "150-175", "150-200", "150-300", "100-200", "50-100", "25-50"];

/// The trials of one cell, and how busy the host was meanwhile.
#[derive(Debug, Clone, Default)]
struct Trials {
    /// The crashes of each run that were fair trials.
    runs: Vec<Vec<CrashTimes>>,
    /// Crashes of a leader with which not all had been in step for a whole heartbeat interval.
    out_of_step: u64,
    host: Host,
}

/// Sums over runs, weighed with how long each was.
#[derive(Debug, Clone, Copy, Default)]
struct Host {
    observed: u64,
    stalled: u64,
    idle: (f64, f64),
    waiting: (f64, f64),
}

/// What is reported of the host.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
struct Busy {
    /// The mean share of the host's processors that was idle.
    idle: Option<f64>,
    /// The mean share of the time in which some task of the host waited for a processor.
    waiting: Option<f64>,
    /// The share of the time in which the harness, a node or the disk stalled.
    stalled: f64,
}

impl Host {
    fn add(&mut self, entry: &Entry) {
        let digest = &entry.digest;
        self.observed = self.observed.saturating_add(digest.observed);
        self.stalled = self.stalled.saturating_add(digest.stalled);
        let weight = digest.observed as f64;
        for (sum, share) in [(&mut self.idle, digest.host_idle), (&mut self.waiting, digest.host_waiting)] {
            if let Some(share) = share {
                *sum = (sum.0 + share * weight, sum.1 + weight);
            }
        }
    }

    fn join(&mut self, other: &Self) {
        self.observed = self.observed.saturating_add(other.observed);
        self.stalled = self.stalled.saturating_add(other.stalled);
        for (sum, more) in [(&mut self.idle, other.idle), (&mut self.waiting, other.waiting)] {
            *sum = (sum.0 + more.0, sum.1 + more.1);
        }
    }

    fn busy(&self) -> Busy {
        let mean = |(sum, weight): (f64, f64)| (weight > 0.0).then(|| sum / weight);
        let stalled = if self.observed > 0 { self.stalled as f64 / self.observed as f64 } else { 0.0 };
        Busy { idle: mean(self.idle), waiting: mean(self.waiting), stalled: stalled.min(1.0) }
    }
}

impl Trials {
    fn add(&mut self, cell: &Cell, entry: &Entry) {
        let interval = u32::try_from(heartbeat(cell.axis("range").unwrap_or_default()).as_micros()).unwrap_or(u32::MAX);
        let (fair, unfair): (Vec<CrashTimes>, Vec<CrashTimes>) =
            entry.digest.crashes.iter().partition(|crash| crash.settled >= interval);
        self.out_of_step += unfair.len() as u64;
        self.runs.push(fair);
        self.host.add(entry);
    }

    fn each(&self) -> impl Iterator<Item = &CrashTimes> {
        self.runs.iter().flatten()
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Figure16 {
    cells: BTreeMap<String, Trials>,
    alarms: Vec<String>,
}

/// `answer` in `results.json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Results {
    target: f64,
    curves: Vec<CurveResult>,
    split_votes: Vec<SplitResult>,
    host: Busy,
}

impl Page for Figure16 {
    fn add(&mut self, cell: &Cell, entry: &Entry) {
        self.cells.entry(cell.id.clone()).or_default().add(cell, entry);
        // With one fixed timeout no Raft owes a leader within any time: that curve shows why.
        if entry.ending() == Ending::Invalid && cell.id != CURVES[0].range && self.alarms.len() < 20 {
            self.alarms.push(format!("{}, run {}: {}", cell.id, clean(&entry.run, 80), clean(&entry.sentence, 200)));
        }
    }

    fn draw(&self, _: &Experiment) -> Result<Drawn, ReportError> {
        let none = Trials::default();
        let trials = |id: &str| self.cells.get(id).unwrap_or(&none);
        let curves: Vec<CurveResult> = CURVES.iter().map(|curve| curve::result(curve, trials(curve.range))).collect();
        let split_votes = split::results(&trials);
        let mut host = Host::default();
        self.cells.values().for_each(|trials| host.join(&trials.host));
        let results = Results { target: TARGET, curves, split_votes, host: host.busy() };
        let plots = vec![plot::panel(1, &trials)?, plot::panel(2, &trials)?, plot::split(&results.split_votes)?];
        Ok(Drawn {
            body: body::body(&results, &plots),
            sentences: sentences(&results),
            alarms: self.alarms.clone(),
            numbers: serde_json::to_value(&results).unwrap_or_default(),
            plots,
        })
    }
}

fn sentences(results: &Results) -> Vec<String> {
    let aimed: Vec<&CurveResult> = results.curves.iter().filter(|curve| curve.has_target).collect();
    let measured = |curve: &&&CurveResult| curve.against_ongaro().is_some();
    let distance = |curve: &CurveResult| curve.against_ongaro().map_or(f64::INFINITY, |against| against.distance);
    let met = aimed.iter().filter(|curve| distance(curve) <= TARGET).count();
    let of = aimed.iter().filter(measured).count();
    if of == 0 {
        return vec!["No trial yet of a curve that has a target.".to_owned()];
    }
    let mut sentences = vec![format!(
        "Of the {} for which a Kolmogorov–Smirnov distance of at most {TARGET} to the published samples is the target, {met} {} it{}.",
        count(aimed.len() as u64, "curve"),
        if met == 1 { "meets" } else { "meet" },
        if of < aimed.len() { format!(" ({of} were measured)") } else { String::new() },
    )];
    let open = aimed.iter().filter(|curve| curve.against_ongaro().is_some_and(Against::is_open)).count() as u64;
    if open > 0 {
        sentences.push(format!(
            "{} farther, but no farther than chance alone brings so few trials: more of them would show it.",
            if open == 1 { "1 is".to_owned() } else { format!("{open} are") }
        ));
    }
    let worst = aimed.iter().filter(measured).max_by(|a, b| distance(a).total_cmp(&distance(b)));
    if let Some(worst) = worst {
        sentences.push(format!("The farthest is {} with {:.3}.", worst.title(), distance(worst)));
    }
    if let Some(idle) = results.host.idle {
        sentences.push(format!("{:.0} % of the host was idle meanwhile.", idle * 100.0));
    }
    sentences
}

#[cfg(test)]
mod tests;
