//! What a campaign does with a [search](crate::search): it asks what to draw, and keeps on disk what was learnt.
//!
//! The ledger says from what each run came and what it showed, so what a search knows is read from it. Only the schedules of
//! parents are not in it: each is a file in `search/`, written before the line of its run. One that is gone is forgotten.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use workloads::Schedule;

use super::taken::RunJob;
use super::{Orders, ReadyCell};
use crate::plan::{ExperimentQuestion, Hunt, PlannedRun};
use crate::results::{Ending, Entry};
use crate::search::{self, DrawnRun, Learned, Search};

/// The searches of a campaign: one, or of an experiment one for each of its hunts that searches.
pub(super) struct Searching {
    seed: u64,
    hunt: Option<Hunt>,
    site_keys: Vec<search::SiteKey>,
    searches: BTreeMap<u64, Search>,
    /// Hunts that have found something.
    found: BTreeSet<u64>,
}

impl Searching {
    /// None: everything is drawn blind.
    pub(super) fn new(orders: &Orders) -> Option<Self> {
        let hunt = orders.experiment.as_ref().and_then(|ExperimentQuestion { experiment, .. }| experiment.hunt.clone());
        let searches = orders.identity.search || hunt.is_some();
        let site_keys = orders.cells.iter().map(|cell: &ReadyCell| cell.site_key.clone()).collect();
        searches.then(|| Self {
            seed: orders.identity.seed,
            hunt,
            site_keys,
            searches: BTreeMap::new(),
            found: BTreeSet::new(),
        })
    }

    /// The hunt of a unit, whether it searches, the place of the unit in it, and its cells.
    fn of(&self, number: u64) -> (u64, bool, u64, std::ops::Range<usize>) {
        match &self.hunt {
            None => (0, true, number, 0..self.site_keys.len()),
            Some(hunt) => (hunt.of(number), hunt.searches(number), hunt.step(number), hunt.cells(number)),
        }
    }

    /// Its hunt is over.
    pub(super) fn is_over(&self, unit: &PlannedRun) -> bool {
        self.hunt.is_some() && self.found.contains(&self.of(unit.number).0)
    }

    /// What is drawn for a unit; none: what is dealt.
    pub(super) fn draw(&mut self, unit: &PlannedRun) -> Option<DrawnRun> {
        let (hunt, searches, place, cells) = self.of(unit.number);
        if !searches || search::is_blind(place, cells.len() as u64) {
            return None;
        }
        Some(self.search(hunt, cells).draw(unit))
    }

    fn search(&mut self, hunt: u64, cells: std::ops::Range<usize>) -> &mut Search {
        let site_keys = &self.site_keys;
        let seed = self.seed ^ hunt;
        self.searches
            .entry(hunt)
            .or_insert_with(|| Search::new(seed, cells.filter_map(|cell| Some((cell, site_keys.get(cell)?.clone())))))
    }

    /// Takes the line of a run into account. What its schedule has to do with it now is answered.
    pub(super) fn learn(&mut self, entry: &Entry, cell: usize) -> Learned {
        let (hunt, searches, _, cells) = self.of(entry.unit.number);
        if entry.ending() == Ending::Invalid && self.hunt.is_some() {
            self.found.insert(hunt);
            self.searches.remove(&hunt);
        }
        if !searches || self.is_over(&PlannedRun { number: entry.unit.number, cell, seed: entry.unit.seed }) {
            return Learned::default();
        }
        let origin = entry.search.as_ref();
        self.search(hunt, cells).learn(entry.unit.number, cell, &entry.digest.situations, origin)
    }

    /// Reads the schedules of the parents that the ledger names.
    pub(super) fn load(&mut self, folder: &Path) {
        for search in self.searches.values_mut() {
            for number in search.parents().collect::<Vec<_>>() {
                let text = std::fs::read_to_string(folder.join(search::learnt(number)));
                if let Some(schedule) = text.ok().and_then(|text| Schedule::from_json(&text).ok()) {
                    search.give(number, schedule);
                }
            }
        }
    }

    /// Keeps what a run taught: its schedule if it is a parent now, or if a search had drawn it and it failed.
    ///
    /// # Errors
    /// A file cannot be written.
    pub(super) fn keep(
        &mut self,
        folder: &Path,
        (entry, cell): (&Entry, usize),
        job: &RunJob,
        run: &Path,
    ) -> io::Result<()> {
        let Learned { parent, forgotten } = self.learn(entry, cell);
        let lost = job.asked.schedule.as_ref().filter(|_| matches!(entry.ending(), Ending::Invalid | Ending::Unknown));
        if let Some(schedule) = lost.filter(|_| job.origin.is_some()) {
            put(folder, &search::failed(entry.unit.number), schedule)?;
        }
        if let Some(number) = forgotten {
            drop(std::fs::remove_file(folder.join(search::learnt(number))));
        }
        if !parent {
            return Ok(());
        }
        let written = || Schedule::from_json(&std::fs::read_to_string(run.join("schedule.json")).ok()?).ok();
        let Some(schedule) = job.asked.schedule.clone().or_else(written) else { return Ok(()) };
        put(folder, &search::learnt(entry.unit.number), &schedule)?;
        let (hunt, _, _, cells) = self.of(entry.unit.number);
        self.search(hunt, cells).give(entry.unit.number, schedule);
        Ok(())
    }
}

fn put(folder: &Path, name: &str, schedule: &Schedule) -> io::Result<()> {
    std::fs::create_dir_all(folder.join(search::FOLDER))?;
    reports::file::put_bytes(&folder.join(name), schedule.to_json().as_bytes())
}

#[cfg(test)]
mod tests;
