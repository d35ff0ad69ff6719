//! Which experiment has which page.

use campaign::plan::Experiment;

use super::{Page, detection, figure16, plain, strategies, topologies};

/// The page of an experiment, with nothing on it yet.
pub(super) fn page(experiment: &Experiment) -> Box<dyn Page> {
    match experiment.name.as_str() {
        "detection" => Box::new(detection::Detection::default()),
        "strategies" => Box::new(strategies::Strategies::default()),
        "figure16" => Box::new(figure16::Figure16::default()),
        "topologies" => Box::new(topologies::Topologies::default()),
        _ => Box::new(plain::Plain),
    }
}
