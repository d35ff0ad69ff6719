//! Experiments: a plan's runs turned into the page that answers its question.
//!
//! A page is fed with finished runs one at a time, each with its cell, and keeps what it needs to draw itself. So the ledger of a
//! campaign of any length is read once, line by line, and only sums and the times that a plot shows stay in memory. Everything
//! that all experiments have in common is here. That is how many of the wanted runs there were, what could not be carried out and
//! why, whether the experiment was ended early, and the file names. A page of its own has a row in [`registry`](crate::registry);
//! any other is shown cell by cell, in a plain table.
//!
//! An experiment measures, so a broken promise of a node that is broken on purpose is a result. What was not planned is an
//! *alarm* ([`Drawn::alarms`]): an unbroken node that failed. It stands first on the page, in red, and on the terminal.

use std::collections::HashMap;
use std::path::Path;

use campaign::plan::{Cell, CellCount, Experiment, ExperimentAnswer, ExperimentFacts, REPORT, RESULTS, SCHEMA};
use campaign::results::{Ending, Entry};
use maud::Markup;

use reports::file::{self, ReportError};
use reports::plot::Plot;

/// The page of one experiment.
pub trait Page {
    /// Takes a run that was carried out: it has a verdict, whichever. Called once for each, in the order in which they ended.
    fn add(&mut self, cell: &Cell, entry: &Entry);

    /// Draws what is known by now.
    ///
    /// # Errors
    /// A plot cannot be drawn.
    fn draw(&self, experiment: &Experiment) -> Result<Drawn, ReportError>;
}

/// What a page has to say.
#[derive(Debug, Default)]
pub struct Drawn {
    /// What stands below the frame's header, from `h2` on. Plots are embedded where the page wants them.
    pub body: Markup,
    /// The answer in a few sentences, for the header and the terminal.
    pub sentences: Vec<String>,
    /// What was not planned, one sentence each: an unbroken node that failed.
    pub alarms: Vec<String>,
    /// The numbers: `answer` in `results.json`.
    pub numbers: serde_json::Value,
    /// Plots that are also files of their own, `plots/NAME.svg`.
    pub plots: Vec<Plot>,
}

/// Writes `plots/*.svg`, `report.html` and, last, `results.json`, each by rename. They may be there already.
///
/// # Errors
/// A file cannot be written, or a plot cannot be drawn.
pub fn write(
    folder: &Path,
    experiment: &Experiment,
    entries: impl IntoIterator<Item = Entry>,
    told: &ExperimentFacts,
) -> Result<ExperimentAnswer, ReportError> {
    let (answer, drawn) = answer(experiment, entries, told)?;
    if !drawn.plots.is_empty() {
        let plots = folder.join("plots");
        let failed = |source| ReportError::Write { path: plots.clone(), source };
        std::fs::create_dir_all(&plots).map_err(failed)?;
        for plot in &drawn.plots {
            file::put(&plots.join(format!("{}.svg", plot.name)), plot.svg.as_bytes())?;
        }
    }
    let page = crate::frame::page(experiment, &answer, &drawn, told);
    file::put(&folder.join(REPORT), page.as_bytes())?;
    file::put(&folder.join(RESULTS), &reports::verdict::pretty(&answer, RESULTS)?)?;
    Ok(answer)
}

/// What the runs say, and how the page shows it.
fn answer(
    experiment: &Experiment,
    entries: impl IntoIterator<Item = Entry>,
    told: &ExperimentFacts,
) -> Result<(ExperimentAnswer, Drawn), ReportError> {
    let places: HashMap<&str, usize> =
        experiment.cells.iter().enumerate().map(|(at, cell)| (cell.id.as_str(), at)).collect();
    let mut page = crate::registry::page(experiment);
    let count = |cell: &Cell| CellCount {
        id: cell.id.clone(),
        wanted: cell.runs,
        done: 0,
        valid: 0,
        invalid: 0,
        unknown: 0,
        failed: 0,
        trouble: None,
    };
    let mut cells: Vec<CellCount> = experiment.cells.iter().map(count).collect();
    for entry in entries {
        let Some(&at) = places.get(entry.cell.as_str()) else { continue };
        let (cell, count) = (&experiment.cells[at], &mut cells[at]);
        match entry.ending() {
            Ending::Harness | Ending::Interrupted => {
                count.failed += 1;
                count.trouble.get_or_insert_with(|| entry.sentence.clone());
                continue;
            }
            Ending::Valid => count.valid += 1,
            Ending::Invalid => count.invalid += 1,
            Ending::Unknown => count.unknown += 1,
        }
        count.done += 1;
        page.add(cell, &entry);
    }
    let drawn = page.draw(experiment)?;
    let sum = |of: fn(&CellCount) -> u64| cells.iter().map(of).sum();
    let (wanted, done, failed): (u64, u64, u64) = (sum(|c| c.wanted), sum(|c| c.done), sum(|c| c.failed));
    // A hunt that has found something is over before its budget.
    let hunted = experiment.hunt.is_some() && done > 0;
    let answer = ExperimentAnswer {
        schema: SCHEMA,
        experiment: experiment.name.clone(),
        version: told.version.clone(),
        trials: experiment.trials,
        seed: told.seed,
        seconds: told.spent.as_secs(),
        complete: told.cut_short.is_none() && !told.running && (done + failed >= wanted || hunted),
        wanted,
        done,
        failed,
        alarms: drawn.alarms.clone(),
        sentences: drawn.sentences.clone(),
        cells,
        answer: drawn.numbers.clone(),
    };
    Ok((answer, drawn))
}
