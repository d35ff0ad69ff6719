//! Two versions, or two settings, side by side: is B worse than A, and does the evidence say so?
//!
//! Two questions are asked, and each has an answer that can be trusted. *Does B fail more often?* is a question about
//! runs, and Fisher's exact test counts them. *Is B slower?* is one about quantiles of election times, and the bootstrap
//! draws runs again, never single elections, because the elections of one run are not independent.
//!
//! The answer is for CI, so it is one of three, and what each means is exact ([`decide`]). *Worse* has to be proven: one
//! comparison in twenty of equals, at most, says so by chance, over everything that is tested together. *Not shown to be worse*
//! is no proof of the contrary, and the sentence says how much worse B may still be. *Unknown*: there is too little to say
//! either. A red build that only says "run more" is annoying; a green one that looked at three elections is a lie.
//!
//! A comparison is worth what its two sides have in common. Whatever else differs between them is said first, on every
//! output, because no statistics can tell which of two differences made the difference.

mod baseline;
pub(crate) mod beside;
mod decide;
mod page;
mod paired;
pub mod plot;
mod rates;
mod runs;
mod side;
mod text;
mod times;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use baseline::{
    AGAINST, Against, AgainstKind, Baseline, BaselineError, LEAST_RUNS as LEAST_RUNS_OF_BASELINE, Machine, against,
};
pub use beside::Beside;
pub use decide::{Answer, Caution, Reason};
pub use paired::{KindOfPairs, PairFacts, Paired, Unfinished, answer_of_pairs, compare_pairs};
pub use rates::{ComparedRate, FindingLine, Rates, Tally};
pub use side::{Difference, Facts, Side, SideSummary, short};
pub use text::text;
pub use times::{OfKind, QuantileChange, Redrawn, Times, timed};

use reports::file::{self, ReportError};
use reports::verdict::pretty;

/// The version of `compare.json`.
pub const SCHEMA: u32 = 1;

/// What is asked of a comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Question {
    /// By how much, as a share, a quantile may certainly be longer before B is worse: 0.1.
    pub tolerance: f64,
    /// The fewest elections of a side of which anything is said.
    pub elections: u64,
    /// Whether intervals that hold only within the runs at hand may decide.
    pub within_runs: bool,
}

impl Default for Question {
    fn default() -> Self {
        Self { tolerance: 0.1, elections: 30, within_runs: false }
    }
}

/// The contents of `compare.json`. Times are nanoseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Whether B is worse.
    pub answer: Answer,
    pub sentence: String,
    /// Why: what proves that B is worse, or what there is too little of.
    pub reasons: Vec<String>,
    /// The same as values, in the same order.
    #[serde(default)]
    pub because: Vec<Reason>,
    /// What keeps the comparison from meaning more.
    pub warnings: Vec<String>,
    /// The same as values, in the same order.
    #[serde(default)]
    pub cautions: Vec<Caution>,
    /// By how much a quantile may be longer.
    pub tolerance: f64,
    /// The first side.
    pub a: SideSummary,
    /// The second side.
    pub b: SideSummary,
    /// In what the sides differ before anything was measured.
    pub differences: Vec<Difference>,
    /// How often runs failed.
    pub rates: Rates,
    /// Election times: for how long a majority was without a leader after a fault. Those of the first kind in `by_fault`.
    pub elections: Times,
    /// Election times by the kind of the fault that took the leader; the kind with the most on both sides first.
    #[serde(default)]
    pub by_fault: Vec<OfKind>,
    /// What the pairs say, where both sides were run for this comparison.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paired: Option<Paired>,
    /// Times without an effective leader, those that were cut off counted as censored.
    pub interregna: Times,
}

/// Compares two sides.
pub fn compare(a: &Side, b: &Side, question: &Question) -> Comparison {
    let rates = rates::rates(a, b);
    let by_fault = times::elections(a, b, question);
    let interregna = times::interregna(a, b, question);
    let differences = side::differences(a, b);
    let decision = decide::decide(&rates, &by_fault, question);
    let (because, reasons) = decision.reasons.into_iter().unzip();
    let [in_a, in_b] = timed(a, b);
    let summary_a = SideSummary { elections: in_a, ..side::summary(a) };
    let summary_b = SideSummary { elections: in_b, ..side::summary(b) };
    let (cautions, warnings) = decide::warnings(a, b, &differences, &rates, &by_fault).into_iter().unzip();
    Comparison {
        schema: SCHEMA,
        answer: decision.answer,
        sentence: decision.sentence,
        reasons,
        because,
        warnings,
        cautions,
        tolerance: question.tolerance,
        a: summary_a,
        b: summary_b,
        differences,
        rates,
        elections: by_fault.first().map_or_else(Times::none, |kind| kind.times.clone()),
        by_fault,
        interregna,
        paired: None,
    }
}

/// What was written of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The page to open.
    pub report: PathBuf,
    /// For machines.
    pub json: PathBuf,
}

/// Writes `plots/elections.svg` (and one for each further kind of fault), `report.html` and, last, `compare.json` into `folder`.
///
/// # Errors
/// A plot cannot be drawn or a file cannot be written.
pub fn write(folder: &Path, a: &Side, b: &Side, comparison: &Comparison) -> Result<Written, ReportError> {
    let plots = folder.join("plots");
    std::fs::create_dir_all(&plots).map_err(|source| ReportError::Write { path: plots.clone(), source })?;
    let curves = plot::elections(a, b, &comparison.by_fault)?;
    for (name, plot) in &curves {
        file::put(&plots.join(format!("{name}.svg")), plot.svg.as_bytes())?;
    }
    let written = Written { report: folder.join("report.html"), json: folder.join("compare.json") };
    let runs = comparison.paired.as_ref().map(|_| runs::table(folder, a, b));
    file::put(&written.report, page::page(comparison, &curves, runs.as_ref()).as_bytes())?;
    file::put(&written.json, &pretty(comparison, "compare.json")?)?;
    Ok(written)
}

#[cfg(test)]
pub(crate) mod tests;
