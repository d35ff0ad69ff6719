//! Runs to detection, side by side.
//!
//! A hunt that found its bug took so many runs; one that did not was cut off by its budget. Runs are alike to each other and a
//! bug shows in each with some chance, so the number of runs until it does is as good as exponential. Its mean is estimated by
//! all runs divided by how often the bug was found. The logarithm of the ratio of two means has the variance 1/d + 1/e when the
//! bugs were found d and e times. (Half a find is added to each, so that none is infinite.) The pooled ratio is the mean of the
//! logarithms, each with the weight of one over its variance.

use std::collections::BTreeMap;

use campaign::findability::measured;
use campaign::plan::{Cell, Experiment, Hunt};
use campaign::results::{Ending, Entry};
use maud::{Markup, html};
use serde_json::json;

use super::plan::SIDES;
use crate::detection::plan::NONE;
use crate::pages::{Drawn, Page};
use reports::file::ReportError;
use reports::text::{LONGEST, clean, count, grouped};

/// The two-sided quantile of the normal distribution for 95 %.
const Z: f64 = 1.96;

/// What a search is to be at most, and what no bug may be wholly above.
const GOAL: (f64, f64) = (0.5, 1.25);

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Search {
    /// By bug and side: the number of each run, and whether it was invalid.
    runs: BTreeMap<(String, String), BTreeMap<u64, bool>>,
    /// What was said of the first invalid run of the unbroken node.
    alarm: Option<String>,
}

/// The hunts of one bug and side.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Hunted {
    /// How many there were.
    hunts: u64,
    /// How many found it.
    found: u64,
    /// Their runs until it was found, or all.
    runs: u64,
}

/// A ratio with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Ratio {
    log: f64,
    variance: f64,
}

impl Page for Search {
    fn add(&mut self, cell: &Cell, entry: &Entry) {
        let axis = |name| cell.axis(name).unwrap_or_default().to_owned();
        let invalid = entry.ending() == Ending::Invalid;
        if invalid && cell.axis("defect") == Some(NONE) {
            self.alarm.get_or_insert_with(|| entry.sentence.clone());
        }
        self.runs.entry((axis("defect"), axis("side"))).or_default().insert(entry.unit.number, invalid);
    }

    fn draw(&self, experiment: &Experiment) -> Result<Drawn, ReportError> {
        let rows = self.rows(experiment);
        let all: Vec<Ratio> = rows.iter().filter_map(|(_, sides)| Ratio::of(sides)).collect();
        let pooled = Ratio::pooled(&all);
        let unbroken = self.hunted(experiment, NONE, SIDES[1]);
        let mut drawn = Drawn { body: body(&rows, pooled, unbroken), ..Drawn::default() };
        if let Some(said) = &self.alarm {
            let runs = self.runs.get(&(NONE.to_owned(), SIDES[1].to_owned()));
            let invalid = runs.map_or(0, |runs| runs.values().filter(|invalid| **invalid).count());
            drawn.alarms.push(format!("{invalid} runs of the unbroken node are invalid: {}", clean(said, LONGEST)));
        }
        if let Some(pooled) = pooled {
            drawn.sentences.push(format!(
                "Runs to detection with a search are {} times those of the blind mix, pooled over {}.",
                pooled.words(),
                count(all.len() as u64, "bug"),
            ));
            let above =
                rows.iter().filter(|(_, sides)| Ratio::of(sides).is_some_and(|ratio| ratio.interval().0 > GOAL.1));
            let above: Vec<&str> = above.map(|(defect, _)| defect.as_str()).collect();
            if !above.is_empty() {
                drawn.sentences.push(format!("It certainly takes longer to {}.", above.join(", ")));
            }
        }
        let numbers = |(defect, sides): &(String, [Hunted; 2])| {
            let side = |hunted: Hunted| json!({"hunts": hunted.hunts, "found": hunted.found, "runs": hunted.runs});
            let ratio = Ratio::of(sides).map(Ratio::numbers);
            json!({"defect": defect, "blind": side(sides[0]), "search": side(sides[1]), "ratio": ratio})
        };
        let rows: Vec<_> = rows.iter().map(numbers).collect();
        drawn.numbers = json!({"bugs": rows, "pooled": pooled.map(Ratio::numbers), "unbroken-runs": unbroken.runs});
        Ok(drawn)
    }
}

impl Search {
    /// The bugs that were hunted, in the order of the score card.
    fn rows(&self, experiment: &Experiment) -> Vec<(String, [Hunted; 2])> {
        let row = |defect: &str| (defect.to_owned(), SIDES.map(|side| self.hunted(experiment, defect, side)));
        let rows = measured().iter().filter(|bug| bug.is_rare()).map(|bug| row(&bug.defect));
        rows.filter(|(_, sides)| sides.iter().any(|side| side.runs > 0)).collect()
    }

    fn hunted(&self, experiment: &Experiment, defect: &str, side: &str) -> Hunted {
        let runs = self.runs.get(&(defect.to_owned(), side.to_owned()));
        let (Some(hunt), Some(runs)) = (&experiment.hunt, runs) else { return Hunted::default() };
        Hunted::of(hunt, runs)
    }
}

impl Hunted {
    fn of(hunt: &Hunt, runs: &BTreeMap<u64, bool>) -> Self {
        let mut hunts: BTreeMap<u64, (u64, bool)> = BTreeMap::new();
        for (number, invalid) in runs {
            let (taken, found) = hunts.entry(hunt.of(*number)).or_default();
            // What was under way when it was found counts for nothing.
            if !*found {
                *taken += 1;
                *found = *invalid;
            }
        }
        Self {
            hunts: hunts.len() as u64,
            found: hunts.values().filter(|(_, found)| *found).count() as u64,
            runs: hunts.values().map(|(taken, _)| taken).sum(),
        }
    }

    /// Runs until it is found, on average.
    fn mean(self) -> Option<f64> {
        (self.found > 0).then(|| self.runs as f64 / self.found as f64)
    }
}

impl Ratio {
    /// Of the search to the blind side.
    fn of([blind, search]: &[Hunted; 2]) -> Option<Self> {
        if blind.runs == 0 || search.runs == 0 || blind.found + search.found == 0 {
            return None;
        }
        let rate = |side: &Hunted| (side.found as f64 + 0.5) / side.runs as f64;
        let variance = 1.0 / (blind.found as f64 + 0.5) + 1.0 / (search.found as f64 + 0.5);
        Some(Self { log: (rate(blind) / rate(search)).ln(), variance })
    }

    fn pooled(all: &[Self]) -> Option<Self> {
        let weight: f64 = all.iter().map(|one| 1.0 / one.variance).sum();
        let sum: f64 = all.iter().map(|one| one.log / one.variance).sum();
        (!all.is_empty()).then(|| Self { log: sum / weight, variance: 1.0 / weight })
    }

    fn interval(self) -> (f64, f64) {
        let half = Z * self.variance.sqrt();
        ((self.log - half).exp(), (self.log + half).exp())
    }

    /// `0.62 (0.41 to 0.94)`.
    fn words(self) -> String {
        let (low, high) = self.interval();
        format!("{:.2} ({low:.2} to {high:.2})", self.log.exp())
    }

    fn numbers(self) -> serde_json::Value {
        let (low, high) = self.interval();
        json!({"ratio": self.log.exp(), "low": low, "high": high})
    }
}

fn body(rows: &[(String, [Hunted; 2])], pooled: Option<Ratio>, unbroken: Hunted) -> Markup {
    html! {
        h2 id="bugs" { "Runs to detection" }
        div.scroll tabindex="0" { table {
            thead { tr {
                th { "Bug" } th.num { "Blind: found by" } th.num { "Runs" } th.num { "Search: found by" } th.num { "Runs" } th.num { "Ratio" }
            } }
            tbody {
                @for (defect, sides) in rows {
                    tr {
                        td { code { (defect) } }
                        @for side in sides { (hunted(*side)) }
                        td.num { @match Ratio::of(sides) { Some(ratio) => (ratio.words()), None => span.muted { "–" } } }
                    }
                }
                @if let Some(pooled) = pooled {
                    tr { td { strong { "pooled" } } td colspan="4" {} td.num { strong { (pooled.words()) } } }
                }
            }
        } }
        p.muted.small {
            "Found by so many of so many campaigns; runs are those of all of them until it was found, or all, and in brackets what "
            "that makes for one find. A ratio below 1 speaks for the search; in brackets its 95 % interval. The aim is "
            (GOAL.0) " pooled, and no interval wholly above " (GOAL.1) "."
        }
        h2 id="unbroken" { "The unbroken node" }
        p { (count(unbroken.runs, "run")) " of the unbroken node were drawn in the same way, " (grouped(unbroken.found)) " of its campaigns raised a false alarm." }
    }
}

fn hunted(side: Hunted) -> Markup {
    html! {
        td.num { (grouped(side.found)) " of " (grouped(side.hunts)) }
        td.num { (grouped(side.runs)) @if let Some(mean) = side.mean() { span.muted.small { " (" (format!("{mean:.1}")) ")" } } }
    }
}

#[cfg(test)]
mod tests;
