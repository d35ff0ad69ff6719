//! One run's folder: from its history and verdict to its report, plots and exports.

use std::fs;
use std::path::{Path, PathBuf};

use checkers::Outcome;

use crate::file::{self, ReportError};
use crate::model::RunModel;
use crate::{export, plot};

pub mod interactive;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The page to open.
    pub report: PathBuf,
    /// Every file, the page included, in the order of writing.
    pub files: Vec<PathBuf>,
}

/// Reads `run_dir` and writes `report.html`, `plots/*.svg`, `trace.json` and `junit.xml` into it.
///
/// Only `history.jsonl` is required. Where `verdict.json` is missing the report says so, `run.json` and
/// `schedule.json` add to the commands that it shows.
///
/// # Errors
/// The history is missing or not one, or a file cannot be written.
pub fn write(run_dir: &Path) -> Result<Written, ReportError> {
    write_model(run_dir, &RunModel::read(run_dir)?)
}

/// As [`write()`], with an outcome that is not on disk yet: `verdict.json` is written last, after the report.
///
/// # Errors
/// As [`write()`].
pub fn write_judged(run_dir: &Path, outcome: &Outcome) -> Result<Written, ReportError> {
    write_model(run_dir, &RunModel::read_judged(run_dir, outcome)?)
}

fn write_model(run_dir: &Path, model: &RunModel) -> Result<Written, ReportError> {
    let plots = plot::all(model)?;
    let folder = run_dir.join("plots");
    fs::create_dir_all(&folder).map_err(|source| ReportError::Write { path: folder.clone(), source })?;
    let mut files = Vec::new();
    let mut put = |path: PathBuf, contents: &[u8]| -> Result<(), ReportError> {
        file::put(&path, contents)?;
        files.push(path);
        Ok(())
    };
    for plot in &plots {
        put(folder.join(format!("{}.svg", plot.name)), plot.svg.as_bytes())?;
    }
    put(run_dir.join("trace.json"), &export::trace::write(model)?)?;
    put(run_dir.join("junit.xml"), export::junit::write(model)?.as_bytes())?;
    let report = run_dir.join("report.html");
    put(report.clone(), interactive::page(model, &plots)?.as_bytes())?;
    Ok(Written { report, files })
}

#[cfg(test)]
mod tests;
