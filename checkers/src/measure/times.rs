//! How the time of a run divides: with a leader and without, and how long it took faults to begin and links to heal.
//!
//! Only time in which a majority existed counts: some node was certainly up and linked both ways to a majority. An
//! interregnum ends with a leader, or, censored, when the majority or the run ends. Where between two sightings of one leader
//! of one term nothing excludes that it led on, there was no interregnum: polls blink, leaders do not.

use crate::stats;
use crate::world::Picture;
use crate::world::effective::{Effective, sweep};
use history::Name;

use history::measures::{FaultDelay, Interregnum, LinkHeal, Quantiles};

use super::elections;

/// Sums over the run, nanoseconds.
#[derive(Debug, Default)]
pub(super) struct Times {
    pub(super) majority: u64,
    pub(super) led: u64,
    pub(super) two_claimants: u64,
    pub(super) interregna: Vec<Interregnum>,
    /// The stretches with a majority, each `(from, to)`.
    pub(super) majorities: Vec<(u64, u64)>,
    /// The stretches with an effective leader.
    pub(super) stretches: Vec<[u64; 2]>,
}

pub(super) fn times(picture: &Picture) -> Times {
    let led = led(picture);
    let mut times = Times::default();
    let mut majorities: Vec<(u64, u64)> = Vec::new();
    sweep(picture, 0, picture.end, |from, to, view| {
        if elections::two_claim(view) {
            times.two_claimants += to - from;
        }
        if view.majority_exists() {
            match majorities.last_mut() {
                Some(last) if last.1 == from => last.1 = to,
                _ => majorities.push((from, to)),
            }
        }
        true
    });
    let mut next = 0;
    for &(from, to) in &majorities {
        times.majority += to - from;
        while led.get(next).is_some_and(|led| led.1 <= from) {
            next += 1;
        }
        let mut at = from;
        let mut i = next;
        while let Some(&(start, end)) = led.get(i).filter(|led| led.0 < to) {
            if start > at {
                times.interregna.push(Interregnum { start: at, end: start, censored: false });
            }
            times.led += end.min(to) - start.max(from);
            at = end.min(to);
            i += 1;
        }
        if at < to {
            times.interregna.push(Interregnum { start: at, end: to, censored: true });
        }
    }
    times.majorities = majorities;
    times.stretches = led.into_iter().map(|(from, to)| [from, to]).collect();
    times
}

/// The stretches with an effective leader.
pub(super) fn led(picture: &Picture) -> Vec<(u64, u64)> {
    let mut found: Vec<(u64, u64, Effective)> = Vec::new();
    let mut excluded = true;
    for (from, to, effective) in picture.effective.between(0, picture.end) {
        match effective {
            Effective::No => excluded = true,
            Effective::Maybe => {}
            Effective::Leader { .. } => {
                match found.last_mut() {
                    Some(last) if last.1 == from || (!excluded && last.2 == effective) => {
                        last.1 = to;
                        last.2 = effective;
                    }
                    _ => found.push((from, to, effective)),
                }
                excluded = false;
            }
        }
    }
    found.into_iter().map(|(from, to, _)| (from, to)).collect()
}

/// Quantiles of the interregna after the first leader: a cluster that starts and one that lost its leader are two things.
pub(super) fn quantiles(interregna: &[Interregnum]) -> Option<Quantiles> {
    let first = interregna.iter().position(|time| !time.censored).map_or(interregna.len(), |first| first + 1);
    let durations: Vec<(u64, bool)> = interregna[first..].iter().map(|i| (i.end - i.start, i.censored)).collect();
    let curve = stats::kaplan_meier(&durations);
    let beyond = |value: &u64| durations.iter().filter(|(duration, _)| duration > value).count() as f64;
    let quantile = |q| stats::survival_quantile(&curve, q).filter(|value| beyond(value) >= stats::BEYOND);
    (!durations.is_empty()).then(|| Quantiles {
        n: durations.len() as u64,
        censored: durations.iter().filter(|d| d.1).count() as u64,
        p50: quantile(0.5),
        p90: quantile(0.9),
        p99: quantile(0.99),
        max: durations.iter().map(|d| d.0).max(),
    })
}

pub(super) fn heals(picture: &Picture) -> Vec<LinkHeal> {
    let mut heals = Vec::new();
    for &(from, to) in picture.traffic.keys() {
        let (Some(a), Some(b)) = (within(picture, from), within(picture, to)) else { continue };
        for trouble in &picture.link(a, b).troubles {
            let Some(carried) = trouble.carried.filter(|&carried| carried < picture.end) else { continue };
            let link = format!("{}->{}", picture.name(a), picture.name(b));
            heals.push(LinkHeal { link, lifted: trouble.to - 1, first_byte: carried.saturating_sub(trouble.to - 1) });
        }
    }
    heals.sort_by(|a, b| (a.lifted, &a.link).cmp(&(b.lifted, &b.link)));
    heals
}

fn within(picture: &Picture, name: Name) -> Option<usize> {
    Some(name.0 as usize).filter(|&node| node < picture.nodes())
}

pub(super) fn delays(picture: &Picture) -> Vec<FaultDelay> {
    let installed = picture.faults.iter().filter(|fault| fault.outcome == history::event::Installed::Installed);
    installed
        .filter(|fault| fault.does.is_known())
        .map(|fault| FaultDelay {
            id: fault.id,
            kind: fault.kind.to_string(),
            delay: fault.inject.latest - fault.inject.earliest,
        })
        .collect()
}
