//! What the runs against one bug came to.

use std::collections::BTreeMap;

use campaign::results::Entry;
use checkers::stats::wilson;
use history::Verdict;
use serde_json::{Value, json};

/// 95 %.
const Z: f64 = 1.96;

/// The runs against one bug, with one way of showing.
#[derive(Debug, Clone, Default)]
pub(super) struct Score {
    /// Runs that were carried out.
    pub(super) runs: u64,
    /// Of these, those in which a checker found something.
    pub(super) found: u64,
    /// Of these, those that could not be judged.
    pub(super) unknown: u64,
    /// In how many runs which checker found something.
    pub(super) checkers: BTreeMap<String, u64>,
    /// In how many of them which kind of fault was in force.
    pub(super) faults: BTreeMap<String, u64>,
    /// For each part of the mix: found, of so many runs.
    pub(super) parts: BTreeMap<String, (u64, u64)>,
    /// Wall time of all runs together, nanoseconds.
    pub(super) time: u64,
    /// The first run that found something: its folder, if it was kept, and what was said of it.
    pub(super) first: Option<(Option<String>, String)>,
}

impl Score {
    pub(super) fn add(&mut self, part: &str, entry: &Entry) {
        self.runs += 1;
        self.time = self.time.saturating_add(entry.duration);
        let of_part = self.parts.entry(part.to_owned()).or_default();
        of_part.1 += 1;
        match entry.verdict {
            Some(Verdict::Invalid) => {}
            Some(Verdict::Unknown) => {
                self.unknown += 1;
                return;
            }
            _ => return,
        }
        self.found += 1;
        of_part.0 += 1;
        let invalid = || entry.failures.iter().filter(|failure| failure.verdict == Verdict::Invalid);
        let each_once = |counts: &mut BTreeMap<String, u64>, words: Vec<&str>| {
            let words: std::collections::BTreeSet<&str> = words.into_iter().collect();
            words.into_iter().for_each(|word| *counts.entry(word.to_owned()).or_default() += 1);
        };
        each_once(&mut self.checkers, invalid().map(|failure| failure.signature.checker.as_str()).collect());
        each_once(&mut self.faults, invalid().flat_map(|failure| &failure.faults).map(String::as_str).collect());
        let kept = self.first.as_ref().is_some_and(|(folder, _)| folder.is_some());
        if self.first.is_none() || (!kept && entry.folder.is_some()) {
            self.first = Some((entry.folder.clone(), entry.sentence.clone()));
        }
    }

    /// Which share of the runs finds it: the 95 % interval.
    pub(super) fn interval(&self) -> (f64, f64) {
        wilson(self.found, self.runs, Z)
    }

    /// After how many runs of the mix, in random order, it is found in half of all cases; none if it never was.
    pub(super) fn median_runs(&self) -> Option<u64> {
        // The chance that none of the first m finds it: each is drawn from what is left.
        let (mut missed, mut left) = (1.0, self.runs);
        for drawn in 1..=self.runs {
            missed *= left.saturating_sub(self.found) as f64 / left as f64;
            left -= 1;
            if missed <= 0.5 {
                return Some(drawn);
            }
        }
        None
    }

    /// The wall time of so many runs, nanoseconds, with so many clusters at once.
    pub(super) fn median_time(&self, at_once: f64) -> Option<u64> {
        let one = self.time as f64 / self.runs.max(1) as f64;
        self.median_runs().map(|runs| (runs as f64 * one / at_once.max(1.0)) as u64)
    }

    /// The most frequent of these words first.
    pub(super) fn most(counts: &BTreeMap<String, u64>) -> Vec<(&str, u64)> {
        let mut words: Vec<(&str, u64)> = counts.iter().map(|(word, count)| (word.as_str(), *count)).collect();
        words.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        words
    }

    pub(super) fn numbers(&self, at_once: f64) -> Value {
        let (low, high) = self.interval();
        json!({
            "runs": self.runs, "found": self.found, "unknown": self.unknown, "rate-low": low, "rate-high": high,
            "median-runs": self.median_runs(), "median-seconds": self.median_time(at_once).map(|time| time as f64 / 1e9),
            "checkers": self.checkers, "faults": self.faults,
            "parts": self.parts.iter().map(|(part, (found, runs))| json!({"part": part, "found": found, "runs": runs}))
                .collect::<Vec<_>>(),
        })
    }
}
