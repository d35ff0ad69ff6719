//! How often repetitions of a run ended as it did.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use history::Verdict;
use history::exit::ExitCode;
use serde::Serialize;

use super::hints::tripped;
use super::{Rate, ShrinkSummary, outcome};
use crate::batch::BatchRow;

/// What is looked for in repetitions of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// One of these checkers is tripped again.
    Tripped(Vec<String>),
    /// The run was not invalid: anything but `valid` is news.
    NotValid,
}

/// What repetitions came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Repeated {
    /// The checkers of which one had to be tripped. None for a run that was not invalid: then the repetitions that were not valid
    /// are counted.
    pub checkers: Vec<String>,
    /// How often that was so.
    #[serde(flatten)]
    pub rate: outcome::Stated,
    /// How often each checker was tripped.
    pub tripped: BTreeMap<String, u64>,
    /// Runs that were not judged to their end, and do not count.
    pub left_out: u64,
    /// The folder of the first run in which it was so.
    #[serde(skip)]
    pub example: Option<PathBuf>,
}

impl Wanted {
    /// What to look for in repetitions of this run: what it tripped; or, for the folder of a shrunk schedule, what that
    /// was shrunk for.
    pub fn of(run: &Path) -> Self {
        let judged = checkers::judge::judge_file(&run.join("history.jsonl")).map(|outcome| tripped(&outcome));
        let shrunk = || {
            let json = std::fs::read(run.join("shrink.json")).ok()?;
            serde_json::from_slice::<ShrinkSummary>(&json).ok().map(|summary| summary.checkers)
        };
        match judged.ok().or_else(shrunk) {
            Some(checkers) if !checkers.is_empty() => Self::Tripped(checkers),
            _ => Self::NotValid,
        }
    }

    /// Counts it in the rows of a batch in `folder`.
    pub fn count(&self, folder: &Path, rows: &[BatchRow]) -> Repeated {
        let (mut rate, mut counts, mut left_out, mut example) = (Rate::default(), BTreeMap::new(), 0, None);
        for row in rows {
            // A run that was cut short had less time to show anything.
            let ended = ![ExitCode::Interrupted, ExitCode::Harness].contains(&ExitCode::of(row.exit));
            let run = folder.join(&row.folder);
            let Some(outcome) = reports::verdict::read(&run).ok().filter(|_| ended) else {
                left_out += 1;
                continue;
            };
            let found = tripped(&outcome);
            let is_so = match self {
                Self::Tripped(wanted) => found.iter().any(|checker| wanted.contains(checker)),
                Self::NotValid => outcome.verdict != Verdict::Valid,
            };
            rate = rate.and(is_so);
            if is_so && example.is_none() {
                example = Some(run);
            }
            for checker in found {
                *counts.entry(checker).or_insert(0) += 1;
            }
        }
        let checkers = match self {
            Self::Tripped(checkers) => checkers.clone(),
            Self::NotValid => Vec::new(),
        };
        Repeated { checkers, rate: rate.stated(), tripped: counts, left_out, example }
    }
}

impl Repeated {
    /// For people: `reproduced 7 of 20: 35 % [18 %, 57 %]`, and what was tripped.
    pub fn sentence(&self) -> String {
        let rate = self.rate.counted;
        let mut text = match (self.checkers.is_empty(), rate.reproduced) {
            (false, _) => rate.to_string(),
            (true, 0) => {
                let below = (self.rate.high * 100.0).ceil();
                format!("not valid in 0 of {}: 0 % [0 %, {below:.0} %]", rate.runs)
            }
            (true, _) => rate.to_string().replacen("reproduced", "not valid in", 1),
        };
        // Of a run that was not invalid, whatever is broken is looked for.
        let wanted: Vec<String> = match self.checkers.is_empty() {
            true => self.tripped.keys().cloned().collect(),
            false => self.checkers.clone(),
        };
        text += &outcome::broken(&wanted, &self.tripped);
        if self.left_out > 0 {
            text += &format!("; {} more ended without a verdict that counts", self.left_out);
        }
        text
    }
}
