//! The page of partial networks: a table of topologies by variants, each cell measured, expected, and compared by a rule.
//!
//! What is measured is the time in which the links stayed broken ([`history::measures::Held`]). Numbers are means over runs, with
//! Student's 95 % interval: runs are few, and independent of each other. The rule that says *agrees* is stated on the page and is
//! one function ([`cell::agrees`]). A cell that disagrees stays so. Where the reason is known, the plan has it
//! (`crate::topologies::plan::EXPLAINED`), and the page shows it as what it is, an explanation after the fact.

mod body;
mod cell;
mod plot;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::topologies::plan::{STALL, TOPOLOGIES, VARIANTS};
use campaign::plan::{Cell, Experiment};
use campaign::results::{Ending, Entry};
use history::measures::Held;
use serde::Serialize;

use crate::pages::{Drawn, Page};
use cell::CellResult;
use reports::file::ReportError;
use reports::text::{clean, count};

/// The runs of one cell.
#[derive(Debug, Clone, Default)]
struct Runs {
    held: Vec<Held>,
    /// Runs in which another node led when the links broke, or none, or in which the links never were broken for a second.
    unfit: u64,
    /// Runs in which the machine was stalled for [`STALL`].
    stalled: u64,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Topologies {
    cells: BTreeMap<String, Runs>,
    alarms: Vec<String>,
}

/// `answer` in `results.json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Results {
    agree: u64,
    disagree: u64,
    not_measured: u64,
    cells: Vec<CellResult>,
}

impl Page for Topologies {
    fn add(&mut self, cell: &Cell, entry: &Entry) {
        let wanted = TOPOLOGIES.iter().find(|row| Some(row.id) == cell.axis("topology"));
        let leader = wanted.map(|row| format!("n{}", row.leader));
        let runs = self.cells.entry(cell.id.clone()).or_default();
        match entry.digest.held.clone().filter(|held| held.leader_before == leader && held.lasted() > 0) {
            Some(held) if Duration::from_nanos(held.stalled) >= STALL => runs.stalled += 1,
            Some(held) => runs.held.push(held),
            None => runs.unfit += 1,
        }
        if entry.ending() == Ending::Invalid && self.alarms.len() < 20 {
            self.alarms.push(format!("{}, run {}: {}", cell.id, clean(&entry.run, 80), clean(&entry.sentence, 200)));
        }
    }

    fn draw(&self, _: &Experiment) -> Result<Drawn, ReportError> {
        let none = Runs::default();
        let cells: Vec<CellResult> = TOPOLOGIES
            .iter()
            .flat_map(|row| (0..VARIANTS.len()).map(move |at| (row, at)))
            .map(|(row, at)| {
                let id = format!("{}/{}", row.id, VARIANTS[at].name);
                cell::result(row, at, self.cells.get(&id).unwrap_or(&none))
            })
            .collect();
        let of = |agrees: Option<bool>| cells.iter().filter(|cell| cell.agrees == agrees).count() as u64;
        let results =
            Results { agree: of(Some(true)), disagree: of(Some(false)), not_measured: of(None), cells: cells.clone() };
        let plots = vec![plot::plot(&results.cells)?];
        Ok(Drawn {
            body: body::body(&results, &plots),
            sentences: sentences(&results),
            alarms: self.alarms.clone(),
            numbers: serde_json::to_value(&results).unwrap_or_default(),
            plots,
        })
    }
}

fn sentences(results: &Results) -> Vec<String> {
    let measured = results.agree + results.disagree;
    if measured == 0 {
        return vec!["No cell was measured yet.".to_owned()];
    }
    let mut sentence =
        format!("Of {} measured, {} with what was expected", count(measured, "cell"), agree(results.agree));
    if results.disagree > 0 {
        let unexplained = results.cells.iter().filter(|cell| cell.agrees == Some(false) && cell.explained.is_none());
        sentence += &format!(", {} not ({} unexplained)", results.disagree, unexplained.count());
    }
    if results.not_measured > 0 {
        sentence += &format!("; {} not measured", results.not_measured);
    }
    vec![sentence + "."]
}

fn agree(cells: u64) -> String {
    if cells == 1 { "1 agrees".to_owned() } else { format!("{cells} agree") }
}

#[cfg(test)]
mod tests;
