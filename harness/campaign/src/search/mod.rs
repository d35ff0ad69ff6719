//! What a campaign with `--search` draws next, from what its runs have shown.
//!
//! A workload draws every schedule as if it were the first. A search remembers. A schedule that showed a
//! [situation](history::measures::Measures::situations) which no run before had shown becomes a *parent*. Four of five runs are
//! [children](workloads::vary) of parents: a parent with one to three things changed, often spliced with another. That is all;
//! there is no model of the cluster and nothing to tune.
//!
//! - *Which parent.* Each with a weight: how much it was the first to show, divided by one more than the children that it has.
//! - *Which site.* Cells whose system, settings and nodes are the same are a site: what was seen under PreVote says nothing of a
//!   cluster without. A site is drawn by how much of what its last runs showed was new there; one without runs counts as all new.
//! - *Blind runs.* Every fifth is what it would be without a search ([`is_blind`]). Everything that is said of rates and chances is
//!   said of these, since a search goes where something happens.
//!
//! Every draw comes from a generator of the campaign's seed and the number of the run, and from what was learnt by then, in the
//! order of the ledger. So the same results give the same draws, and a campaign that is continued learns its ledger anew and goes
//! on as if nothing had been. Nothing here reads a clock or a file.

mod site;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use rand_chacha::ChaCha8Rng;
use workloads::vary::{self, Child};
use workloads::{Schedule, draw};

use crate::plan::PlannedRun;
use crate::results::Origin;
use site::Site;
pub use site::SiteKey;

/// Of so many runs one is drawn blind.
pub const FIFTH: u64 = 5;

/// At most so many schedules are remembered.
const PARENTS: usize = 200;

/// So often another parent is tried when nothing of one can be done at a site.
const TRIES: usize = 6;

/// So many situations are remembered; what comes later is taken for known.
const KNOWN: usize = 1 << 20;

/// The folder of the schedules that a search has learnt, below the campaign's.
pub const FOLDER: &str = "search";

/// Options that say how a workload draws a schedule, and mean nothing to one that is given.
pub(crate) const DRAWN_BY: [&str; 5] = ["--nodes=", "--time=", "--by=", "--faults=", "--rounds="];

/// Where the schedule of a run that became a parent is, below the campaign's folder.
pub fn learnt(number: u64) -> String {
    format!("{FOLDER}/{number}.json")
}

/// Where the schedule of a run that failed is, if a search had drawn it.
pub fn failed(number: u64) -> String {
    format!("{FOLDER}/failed-{number}.json")
}

/// Whether the run at this place is drawn blind. Every fifth is. Where the number of cells is a multiple of five, the blind one
/// of the five moves on when all cells had their turn. Otherwise the same cells would be blind for ever.
pub fn is_blind(place: u64, cells: u64) -> bool {
    let moved = if cells.is_multiple_of(FIFTH) { place / (FIFTH * cells.max(1)) } else { 0 };
    place % FIFTH == moved % FIFTH
}

/// A schedule that was the first to show something.
#[derive(Debug, Clone)]
struct Parent {
    /// How much.
    new: u64,
    /// How many children of it have been run.
    children: u64,
    /// None: it is still to be given.
    schedule: Option<Arc<Schedule>>,
}

/// What is drawn for a run.
#[derive(Debug, Clone, PartialEq)]
pub struct DrawnRun {
    /// The cell that it counts for.
    pub cell: usize,
    /// The schedule; none: as the workload of the unit's own cell draws it.
    pub schedule: Option<Schedule>,
    /// From what it came.
    pub origin: Origin,
}

/// What a run changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Learned {
    /// Its schedule is a parent now, and is to be [given](Search::give).
    pub parent: bool,
    /// The run whose schedule has made room for it.
    pub forgotten: Option<u64>,
}

/// What was learnt.
#[derive(Debug, Clone)]
pub struct Search {
    seed: u64,
    sites: Vec<Site>,
    /// By the number of the run.
    parents: BTreeMap<u64, Parent>,
    known: HashSet<u64>,
}

impl Search {
    /// Nothing is learnt yet. `cells`: those that may be drawn, by their places in the campaign.
    pub fn new(seed: u64, cells: impl IntoIterator<Item = (usize, SiteKey)>) -> Self {
        Self { seed, sites: site::sites(cells), parents: BTreeMap::new(), known: HashSet::new() }
    }

    /// What is drawn for a unit that is not [blind](is_blind).
    pub fn draw(&self, unit: &PlannedRun) -> DrawnRun {
        let mut rng = draw::generator(self.seed ^ unit.number.wrapping_mul(0x9e37_79b9_7f4a_7c15), "search");
        self.child(unit, &mut rng).unwrap_or_else(|| DrawnRun {
            cell: unit.cell,
            schedule: None,
            origin: Origin::default(),
        })
    }

    fn child(&self, unit: &PlannedRun, rng: &mut ChaCha8Rng) -> Option<DrawnRun> {
        let site = pick(rng, &self.sites, |site| site.weight())?;
        let parents: Vec<(u64, &Parent, &Arc<Schedule>)> = self
            .parents
            .iter()
            .filter_map(|(number, parent)| Some((*number, parent, parent.schedule.as_ref()?)))
            .collect();
        for _ in 0..TRIES {
            let weight = |(_, parent, _): &(u64, &Parent, &Arc<Schedule>)| 1000 * parent.new / (1 + parent.children);
            let (number, _, schedule) = pick(rng, &parents, weight)?;
            let (other, _, donor) = pick(rng, &parents, weight)?;
            if let Some(Child { schedule, ways }) = vary::child(schedule, Some(donor), &site.place, unit.seed, rng) {
                let mut parents = vec![*number, *other];
                parents.dedup();
                let cell = site.cell(unit.cell);
                return Some(DrawnRun { cell, schedule: Some(schedule), origin: Origin { parents, ways } });
            }
        }
        None
    }

    /// Takes a run into account, in the order of the ledger: what it showed, and from what it came. One whose harness failed
    /// showed nothing.
    pub fn learn(&mut self, number: u64, cell: usize, situations: &[u64], origin: Option<&Origin>) -> Learned {
        if let Some(parent) = origin.and_then(|origin| self.parents.get_mut(origin.parents.first()?)) {
            parent.children += 1;
        }
        if let Some(site) = self.sites.iter_mut().find(|site| site.has(cell)) {
            site.learn(situations);
        }
        let mut new = 0;
        for key in situations {
            if self.known.len() < KNOWN && self.known.insert(*key) {
                new += 1;
            }
        }
        if new == 0 {
            return Learned::default();
        }
        self.parents.insert(number, Parent { new, children: 0, schedule: None });
        if self.parents.len() <= PARENTS {
            return Learned { parent: true, forgotten: None };
        }
        // The one that showed least goes; of several the oldest.
        let least =
            self.parents.iter().min_by_key(|(number, parent)| (parent.new, **number)).map(|(number, _)| *number);
        least.map(|least| self.parents.remove(&least));
        Learned { parent: least != Some(number), forgotten: least.filter(|least| *least != number) }
    }

    /// The schedule of a run that became a parent.
    pub fn give(&mut self, number: u64, schedule: Schedule) {
        if let Some(parent) = self.parents.get_mut(&number) {
            parent.schedule = Some(Arc::new(schedule));
        }
    }

    /// The runs whose schedules are parents.
    pub fn parents(&self) -> impl Iterator<Item = u64> + '_ {
        self.parents.keys().copied()
    }
}

/// One of these, each as likely as its weight says; none of none, or where all weigh nothing.
fn pick<'a, T>(rng: &mut ChaCha8Rng, among: &'a [T], weight: impl Fn(&T) -> u64) -> Option<&'a T> {
    let total = among.iter().map(&weight).fold(0, u64::saturating_add);
    let mut ticket = draw::below(rng, total);
    among.iter().find(|one| {
        let weight = weight(one);
        let found = ticket < weight;
        ticket = ticket.saturating_sub(weight);
        found
    })
}

#[cfg(test)]
mod tests;
