//! One run's folder: from its history and verdict to its report, plots and exports.

use std::path::{Path, PathBuf};
use std::{fs, io};

use history::Outcome;

use crate::export::EXPORTS;
use crate::file::{self, ReportError};
use crate::model::RunModel;
use crate::plot;

pub mod interactive;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The page to open.
    pub report: PathBuf,
    /// Every file, the page included, in the order of writing.
    pub files: Vec<PathBuf>,
}

/// Reads `run_dir` and writes `report.html`, `plots/*.svg` and every export into it.
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
    make_folder(&folder).map_err(|source| ReportError::Write { path: folder.clone(), source })?;
    let mut files = Vec::new();
    for plot in &plots {
        let path = folder.join(format!("{}.svg", plot.name));
        file::put(&path, plot.svg.as_bytes())?;
        files.push(path);
    }
    for export in EXPORTS {
        let path = run_dir.join(export.file());
        file::put_with(&path, |out| export.write(model, out))?;
        files.push(path);
    }
    let report = run_dir.join("report.html");
    file::put(&report, interactive::page(model, &plots)?.as_bytes())?;
    files.push(report.clone());
    Ok(Written { report, files })
}

/// A folder of the run itself. A link may lead anywhere, and the user who made the run folder may not be the one who reports on it.
fn make_folder(folder: &Path) -> io::Result<()> {
    match fs::symlink_metadata(folder) {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            "it is no folder of the run's own, so nothing is written there",
        )),
        Err(error) if error.kind() == io::ErrorKind::NotFound => fs::create_dir(folder),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod muted;
#[cfg(test)]
mod tests;
