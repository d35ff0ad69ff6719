//! All experiments, by name: the plan of each, and its page.

use campaign::plan::Experiment;

use crate::pages::Page;
use crate::{detection, figure16, plain, search, strategies, topologies};

/// A named experiment.
pub trait NamedExperiment: Sync {
    /// Its name on the command line, and of the make target.
    fn name(&self) -> &'static str;

    /// One line on what it asks.
    fn about(&self) -> &'static str;

    /// How many trials a user gets by default. What a trial is, is the plan's: usually one run of each cell.
    fn trials(&self) -> u64;

    /// The cells, with so many trials. Pure: the same trials give the same cells, in the same order, with the same ids.
    fn experiment(&self, trials: u64) -> Experiment;
}

/// A page with nothing on it yet.
type Fresh = fn() -> Box<dyn Page>;

/// One row an experiment, in the order in which they are listed.
const ALL: [(&dyn NamedExperiment, Fresh); 5] = [
    (&strategies::plan::Strategies, || Box::new(strategies::page::Strategies::default())),
    (&figure16::plan::Figure16, || Box::new(figure16::page::Figure16::default())),
    (&topologies::plan::Topologies, || Box::new(topologies::page::Topologies::default())),
    (&detection::plan::Detection, || Box::new(detection::page::Detection::default())),
    (&search::plan::Search, || Box::new(search::page::Search::default())),
];

/// All plans, in the order in which they are listed.
pub fn all() -> impl Iterator<Item = &'static dyn NamedExperiment> {
    ALL.iter().map(|(plan, _)| *plan)
}

/// The plan of this name.
///
/// # Errors
/// When there is none; the error suggests the nearest name and lists the others.
pub fn find(name: &str) -> Result<&'static dyn NamedExperiment, UnknownExperiment> {
    all().find(|plan| plan.name() == name).ok_or_else(|| UnknownExperiment::new(name))
}

/// The page of an experiment, with nothing on it yet. One without an entry is shown cell by cell.
pub(crate) fn page(experiment: &Experiment) -> Box<dyn Page> {
    let known = ALL.iter().find(|(plan, _)| plan.name() == experiment.name);
    known.map_or_else(|| Box::new(plain::Plain) as Box<dyn Page>, |(_, fresh)| fresh())
}

/// There is no plan of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no experiment {given:?}; did you mean {nearest:?}? There are {}", .known.join(", "))]
pub struct UnknownExperiment {
    /// What was given.
    pub given: String,
    /// The name that is most like it.
    pub nearest: &'static str,
    pub known: Vec<&'static str>,
}

impl UnknownExperiment {
    fn new(given: &str) -> Self {
        let known: Vec<&'static str> = all().map(|plan| plan.name()).collect();
        let nearest = known.iter().copied().min_by_key(|name| strsim::levenshtein(given, name)).unwrap_or_default();
        Self { given: given.to_owned(), nearest, known }
    }
}

#[cfg(test)]
mod tests;
