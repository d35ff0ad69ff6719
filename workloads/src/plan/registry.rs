//! All experiments, by name.

use super::Plan;
use super::detection::Detection;
use super::figure16::Figure16;
use super::strategies::Strategies;
use super::topologies::Topologies;

/// All plans, in the order in which they are listed.
pub fn all() -> &'static [&'static dyn Plan] {
    &[&Strategies, &Figure16, &Topologies, &Detection]
}

/// The plan of this name.
///
/// # Errors
/// When there is none; the error suggests the nearest name and lists the others.
pub fn find(name: &str) -> Result<&'static dyn Plan, UnknownPlan> {
    all().iter().find(|plan| plan.name() == name).copied().ok_or_else(|| UnknownPlan::new(name))
}

/// There is no plan of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no experiment {given:?}; did you mean {nearest:?}? There are {}", .known.join(", "))]
pub struct UnknownPlan {
    /// What was given.
    pub given: String,
    /// The name that is most like it.
    pub nearest: &'static str,
    /// All names.
    pub known: Vec<&'static str>,
}

impl UnknownPlan {
    fn new(given: &str) -> Self {
        let known: Vec<&'static str> = all().iter().map(|plan| plan.name()).collect();
        let nearest = known.iter().copied().min_by_key(|name| strsim::levenshtein(given, name)).unwrap_or_default();
        Self { given: given.to_owned(), nearest, known }
    }
}

#[cfg(test)]
mod tests;
