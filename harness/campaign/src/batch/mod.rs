//! Many runs side by side: an index page, a merged verdict, a table for the terminal.
//!
//! The runs that are not valid come first, because a reader looks for them; among equals the order of the caller is kept. The
//! merged verdict is the worst of the runs: `invalid` over `unknown` over `valid`. A run that never got a verdict keeps the whole
//! from being `valid`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use checkers::judge::re_election;
use checkers::stats;
use history::verdict::Gist;
use history::{Outcome, Verdict};
use serde::{Deserialize, Serialize};

use crate::compare::Against;
use crate::page::Times;
use reports::file::{self, ReportError};
use reports::text::count;
use reports::verdict::{FILE, pretty};

mod page;
mod run;
mod table;

pub(crate) use page::href;
pub use run::{Task, run};
pub use table::table;

/// One run of a batch. Durations are nanoseconds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BatchRow {
    /// The run's name.
    pub name: String,
    pub workload: String,
    pub system: String,
    pub network: String,
    pub seed: Option<u64>,
    /// Its verdict; none when it did not come so far.
    pub verdict: Option<Verdict>,
    /// Its exit code.
    pub exit: i32,
    /// What is said of it, one sentence.
    pub sentence: String,
    /// The sentence in codes, where a verdict said it.
    #[serde(skip_serializing_if = "Gist::is_empty")]
    pub gist: Gist,
    /// Why it failed for the harness or its environment, as a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// The checkers that do not call it valid.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub checkers: Vec<String>,
    /// Terms that got a leader.
    pub elections: u64,
    /// Re-election windows passed.
    pub windows_passed: u64,
    /// Median election time of the re-elections, if enough of them lie beyond it.
    pub p50: Option<u64>,
    /// 99th percentile of it, likewise.
    pub p99: Option<u64>,
    pub longest: Option<u64>,
    /// All of them, for what is said of the batch as a whole.
    #[serde(skip)]
    pub times: Vec<u64>,
    /// How long the run took.
    pub duration: u64,
    /// Its folder, relative to the batch's.
    pub folder: PathBuf,
}

impl BatchRow {
    /// What was said of a run. Its name, its folder, how long it took and how it ended are for the caller to say.
    pub fn of(outcome: &Outcome) -> Self {
        let times = outcome.measures.re_election_times();
        let objecting = outcome.checkers.iter().filter(|one| one.judged && one.verdict != Verdict::Valid);
        Self {
            workload: outcome.workload.clone(),
            system: outcome.system.clone(),
            network: outcome.network.clone(),
            seed: outcome.seed,
            verdict: Some(outcome.verdict),
            sentence: outcome.sentence.clone(),
            gist: outcome.gist(),
            checkers: objecting.map(|one| one.checker.clone()).collect(),
            elections: outcome.measures.elections.len() as u64,
            windows_passed: outcome.counted(re_election::NAME, "windows-passed"),
            p50: stats::shown_quantile(&times, 0.5),
            p99: stats::shown_quantile(&times, 0.99),
            longest: times.last().copied(),
            times,
            ..Self::default()
        }
    }
}

/// The contents of a batch's `verdict.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchVerdict {
    /// [`history::verdict::SCHEMA`].
    pub schema: u32,
    /// All runs merged.
    pub verdict: Verdict,
    pub sentence: String,
    /// How many runs there were of each verdict, and `none`.
    pub counts: BTreeMap<String, u64>,
    /// Election times of all re-elections of the runs.
    #[serde(default)]
    pub election_times: Times,
    /// The runs, in the order of the caller.
    pub runs: Vec<BatchRow>,
}

impl BatchVerdict {
    /// What is said of all of them together.
    pub fn of(rows: &[BatchRow]) -> Self {
        let mut counts: BTreeMap<String, u64> =
            ["valid", "invalid", "unknown", "none"].into_iter().map(|word| (word.to_owned(), 0)).collect();
        for row in rows {
            *counts.entry(row.verdict.map_or("none", Verdict::as_str).to_owned()).or_default() += 1;
        }
        // A run without verdict proves nothing, and so do no runs at all.
        let merged = rows.iter().map(|row| row.verdict.unwrap_or(Verdict::Unknown)).reduce(Verdict::merge);
        let of = |word: &str| counts.get(word).copied().unwrap_or(0);
        let mut parts = vec![format!("{} valid", of("valid"))];
        for (word, said) in [("invalid", "invalid"), ("unknown", "unknown"), ("none", "without verdict")] {
            if of(word) > 0 {
                parts.push(format!("{} {said}", of(word)));
            }
        }
        let sentence = format!("{}: {}.", count(rows.len() as u64, "run"), parts.join(", "));
        Self {
            schema: history::verdict::SCHEMA,
            verdict: merged.unwrap_or(Verdict::Unknown),
            sentence,
            counts,
            election_times: times(rows),
            runs: rows.to_vec(),
        }
    }
}

fn times(rows: &[BatchRow]) -> Times {
    let mut times: Vec<u64> = rows.iter().flat_map(|row| &row.times).copied().collect();
    times.sort_unstable();
    let at = |q| stats::shown_quantile(&times, q);
    Times { n: times.len() as u64, p50: at(0.5), p90: at(0.9), p99: at(0.99), max: times.last().copied() }
}

/// What the runs of a batch are for, where that is more than the runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BatchFacts {
    /// What they are, a few words.
    pub title: String,
    /// What there is to say of it, each one sentence.
    pub lines: Vec<String>,
    /// The steps of the schedule that all of them ran, each one sentence.
    pub steps: Vec<String>,
    /// The command that does it again.
    pub command: String,
}

/// What was written of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The page to open.
    pub report: PathBuf,
    /// The merged verdict.
    pub verdict: PathBuf,
}

/// Writes the index page `report.html` and, last, the merged `verdict.json` into the batch's folder. The page says what the runs
/// are beside a baseline, where the folder has that.
///
/// # Errors
/// A file cannot be written.
pub fn write(dir: &Path, rows: &[BatchRow]) -> Result<Written, ReportError> {
    write_about(dir, rows, None)
}

/// The same, with what the runs are for at the head of the page.
///
/// # Errors
/// A file cannot be written.
pub fn write_about(dir: &Path, rows: &[BatchRow], about: Option<&BatchFacts>) -> Result<Written, ReportError> {
    let verdict = BatchVerdict::of(rows);
    let written = Written { report: dir.join("report.html"), verdict: dir.join(FILE) };
    file::put(&written.report, page::page(&verdict, about, Against::read(dir).as_ref()).as_bytes())?;
    file::put(&written.verdict, &pretty(&verdict, FILE)?)?;
    Ok(written)
}

/// The runs to look at first come first: invalid, without verdict, unknown, valid.
pub(crate) fn worst_first(rows: &[BatchRow]) -> Vec<&BatchRow> {
    let mut rows: Vec<&BatchRow> = rows.iter().collect();
    rows.sort_by_key(|row| match row.verdict {
        Some(Verdict::Invalid) => 0,
        None => 1,
        Some(Verdict::Unknown) => 2,
        Some(Verdict::Valid) => 3,
    });
    rows
}

#[cfg(test)]
pub(crate) mod tests;
