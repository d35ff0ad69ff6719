//! Which runs a campaign has, and to which cell each belongs.

use super::{Orders, ReadyCell};
use crate::plan::{self, Deal, ExperimentQuestion, Hunts, Spread};
use crate::results::Entry;

/// All runs of a campaign, in the order of their numbers.
pub(super) type PlannedRuns = Box<dyn Iterator<Item = plan::PlannedRun> + Send>;

impl Orders {
    /// The cell of a finished run.
    pub(super) fn cell_of(&self, entry: &Entry) -> Option<usize> {
        match &self.experiment {
            Some(question) => question.experiment.find(&entry.cell),
            None if entry.search.is_some() => {
                let is_of = |cell: &ReadyCell| cell.system == entry.unit.system && cell.workload == entry.unit.workload;
                self.cells.iter().position(is_of)
            }
            None => usize::try_from(entry.unit.number % self.cells.len().max(1) as u64).ok(),
        }
    }
}

/// The units of a campaign, and how many there are.
pub(super) fn units(orders: &Orders) -> Result<(PlannedRuns, Option<u64>), plan::DealError> {
    let identity = &orders.identity;
    if let Some(ExperimentQuestion { experiment, .. }) = &orders.experiment {
        if let Some(hunt) = &experiment.hunt {
            return Ok((Box::new(Hunts::new(hunt, experiment.trials, identity.seed)), None));
        }
        let spread = Spread::new(experiment.cells.iter().map(|cell| cell.runs), identity.seed);
        return Ok((Box::new(spread), Some(experiment.runs())));
    }
    let part = identity.shard.map(|shard| plan::Part { number: shard.number, of: shard.of });
    let deal = Deal::new(orders.cells.len(), identity.seed, identity.runs, part)?;
    let total = deal.count_all();
    Ok((Box::new(deal), total))
}
