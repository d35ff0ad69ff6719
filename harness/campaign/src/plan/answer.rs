//! What an experiment answers: `results.json`, and what its page gets besides the runs.
//!
//! How a question is answered is known to the experiment alone; the code that carries it out hands it the runs ([`Answering`]).

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use reports::ReportError;
use serde::{Deserialize, Serialize};

use super::Experiment;
use crate::results::Entry;

/// Reads the runs of an experiment, each once, and writes its page and its numbers into the folder.
pub type Answering =
    fn(&Path, &Experiment, &mut dyn Iterator<Item = Entry>, &ExperimentFacts) -> Result<ExperimentAnswer, ReportError>;

/// An experiment, and how its question is answered.
#[derive(Debug, Clone)]
pub struct ExperimentQuestion {
    /// What is run.
    pub experiment: Arc<Experiment>,
    /// What makes an answer of the runs.
    pub answering: Answering,
}

/// What an experiment knows of itself beside its runs.
#[derive(Debug, Clone, Default)]
pub struct ExperimentFacts {
    /// Its folder as its user would type it: for the commands on the page.
    pub folder: PathBuf,
    /// The version that ran it.
    pub version: String,
    /// The first seed.
    pub seed: u64,
    /// For how long it ran, over all invocations.
    pub spent: Duration,
    /// It is running still.
    pub running: bool,
    /// Why it ended before its time, one sentence; none when it came to its end.
    pub cut_short: Option<String>,
    /// What else is to be reported, each one sentence.
    pub notes: Vec<String>,
}

/// `results.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExperimentAnswer {
    /// 1.
    pub schema: u32,
    pub experiment: String,
    /// The version of `interregnum` that ran it.
    pub version: String,
    /// The trials asked for.
    pub trials: u64,
    /// The first seed.
    pub seed: u64,
    /// Seconds that it ran.
    pub seconds: u64,
    /// It was not ended early, and every run wanted was carried out or tried.
    pub complete: bool,
    /// How many runs it has.
    pub wanted: u64,
    /// How many were carried out.
    pub done: u64,
    /// How many could not be carried out.
    pub failed: u64,
    /// What was not planned.
    pub alarms: Vec<String>,
    /// The answer in a few sentences.
    pub sentences: Vec<String>,
    /// The cells, in the order of the plan.
    pub cells: Vec<CellCount>,
    /// What the experiment's page says, in numbers.
    pub answer: serde_json::Value,
}

/// The runs of a cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CellCount {
    pub id: String,
    /// How many runs it has.
    pub wanted: u64,
    /// How many were carried out.
    pub done: u64,
    /// Of these, valid.
    pub valid: u64,
    /// Of these, invalid.
    pub invalid: u64,
    /// Of these, unknown.
    pub unknown: u64,
    /// How many could not be carried out.
    pub failed: u64,
    /// What the first that could not be carried out said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// The schema of `results.json`.
pub const SCHEMA: u32 = 1;

/// The name of the page.
pub const REPORT: &str = "report.html";

/// The name of the numbers.
pub const RESULTS: &str = "results.json";
