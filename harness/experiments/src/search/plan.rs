//! Does a search find rare bugs in fewer runs?
//!
//! The bugs are those that the [detection](crate::detection) mix finds in fewer than one run in ten, as far as was measured
//! ([`campaign::findability`]). Each is planted, and campaigns over the same mix hunt it until a run is invalid, or for
//! [`ROUNDS`] rounds of the mix. One side draws blind; the other is what `soak --search` does, its blind fifth included. Both
//! begin with the same seeds and the same order of parts, so that they differ in nothing but what was learnt. Only the node
//! gets the name of the bug.
//!
//! A trial is one campaign of each bug and side. The unbroken node is searched too, for the whole budget: whatever is found there
//! is a false alarm.

use campaign::findability::{Measured, measured};
use campaign::plan::{Cell, Experiment, Hunt};

use crate::detection::plan::{self as detection, NONE, SHOWN, mix};
use crate::registry::NamedExperiment;

/// A hunt has at most so many rounds of the mix.
pub const ROUNDS: u64 = 4;

/// How schedules are drawn: the axis `side`.
pub const SIDES: [&str; 2] = ["blind", "search"];

pub(crate) struct Search;

impl NamedExperiment for Search {
    fn name(&self) -> &'static str {
        "search"
    }

    fn about(&self) -> &'static str {
        "rare planted bugs: in how many runs does a search find them, beside the blind mix"
    }

    fn trials(&self) -> u64 {
        20
    }

    fn experiment(&self, trials: u64) -> Experiment {
        let parts = mix();
        let rare = measured().iter().filter(|bug| bug.is_rare()).map(|Measured { defect, .. }| defect.as_str());
        let bugs = rare.flat_map(|defect| SIDES.map(|side| (defect, side)));
        let groups: Vec<(&str, &str)> = bugs.chain([(NONE, SIDES[1])]).collect();
        let cell = |(defect, side): (&str, &str), part| {
            let cell = detection::cell(part, defect, SHOWN[0], 1);
            let axes = vec![("defect", defect.to_owned()), ("side", side.to_owned()), ("part", part.name.to_owned())];
            Cell { id: format!("{defect}/{side}/{}", part.name), axes, runs: trials.saturating_mul(ROUNDS), ..cell }
        };
        let cells = groups.iter().flat_map(|group| parts.iter().map(move |part| cell(*group, part))).collect();
        let hunt = Hunt {
            budget: ROUNDS * parts.len() as u64,
            parts: parts.len(),
            searches: groups.iter().map(|(_, side)| *side == SIDES[1]).collect(),
        };
        Experiment { name: self.name().into(), about: self.about().into(), trials, jobs: None, cells, hunt: Some(hunt) }
    }
}

#[cfg(test)]
mod tests;
