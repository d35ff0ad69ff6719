//! Cells that are alike but for their workload, and how much is still new there.

use std::collections::{HashSet, VecDeque};

use workloads::vary::TargetCluster;

/// Over so many runs it is asked how much was new.
const RECENT: usize = 16;

/// All that a run showed was new, in thousandths.
const ALL: u64 = 1000;

/// A site where nothing is new any more keeps this weight.
const LEAST: u64 = 100;

/// What of a cell a search asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteKey {
    /// Cells with the same are one site: the system and its settings.
    pub site: String,
    pub place: TargetCluster,
}

/// Cells that are alike but for their workload.
#[derive(Debug, Clone)]
pub(super) struct Site {
    site_key: SiteKey,
    pub(super) place: TargetCluster,
    cells: Vec<usize>,
    known: HashSet<u64>,
    /// Of the last runs: how much was new, of how much.
    recent: VecDeque<(u64, u64)>,
}

/// The sites of these cells, in the order of their first.
pub(super) fn sites(cells: impl IntoIterator<Item = (usize, SiteKey)>) -> Vec<Site> {
    let mut sites: Vec<Site> = Vec::new();
    for (cell, site_key) in cells {
        match sites.iter_mut().find(|site| site.site_key == site_key) {
            Some(site) => site.cells.push(cell),
            None => {
                let place = site_key.place.clone();
                sites.push(Site { site_key, place, cells: vec![cell], known: HashSet::new(), recent: VecDeque::new() });
            }
        }
    }
    sites
}

impl Site {
    pub(super) fn has(&self, cell: usize) -> bool {
        self.cells.contains(&cell)
    }

    /// The cell that a run here counts for: the one that was dealt, if it is one of these.
    pub(super) fn cell(&self, dealt: usize) -> usize {
        let first = self.cells.first().copied().unwrap_or(dealt);
        if self.has(dealt) { dealt } else { first }
    }

    /// How likely it is drawn, beside others.
    pub(super) fn weight(&self) -> u64 {
        let (new, all) = self.recent.iter().fold((0, 0), |sum, run| (sum.0 + run.0, sum.1 + run.1));
        if self.recent.is_empty() { ALL } else { (ALL * new).checked_div(all).unwrap_or(0).max(LEAST) }
    }

    pub(super) fn learn(&mut self, situations: &[u64]) {
        let mut new = 0;
        for key in situations {
            if self.known.len() < super::KNOWN && self.known.insert(*key) {
                new += 1;
            }
        }
        self.recent.push_back((new, situations.len() as u64));
        if self.recent.len() > RECENT {
            self.recent.pop_front();
        }
    }
}
