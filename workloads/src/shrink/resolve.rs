//! A schedule whose targets are those that a run of it hit.

use std::collections::BTreeMap;

use crate::fault::Fault;
use crate::link::{Link, NodeName};
use crate::schedule::{Action, Schedule, StepId};
use crate::shape::Shape;
use crate::target::{Choice, Target};

/// Whom a fault hit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hit {
    /// The nodes.
    pub nodes: Vec<NodeName>,
    /// The links.
    pub links: Vec<Link>,
}

/// The schedule with the targets replaced by what a run of it hit: nodes by name, links one by one. Moments and waits
/// stay as they are: how long real processes take differs from run to run, and a step that came too early would hit
/// something else altogether.
///
/// A fault that hit nobody keeps its target. Nothing is required any more of leaders hit, elections and windows: the
/// node that led then need not lead now.
pub fn resolved(schedule: &Schedule, hits: &BTreeMap<StepId, Hit>) -> Schedule {
    let mut resolved = schedule.clone();
    for step in &mut resolved.steps {
        if let (Action::Inject(fault), Some(hit)) = (&mut step.action, hits.get(&step.id)) {
            aim(fault, hit, &schedule.nodes);
        }
    }
    let required = &mut resolved.coverage;
    (required.leader_hits, required.windows, required.elections) = (0, 0, required.elections.min(1));
    resolved
}

fn aim(fault: &mut Fault, hit: &Hit, nodes: &[NodeName]) {
    let known = |names: &[NodeName]| !names.is_empty() && names.iter().all(|name| nodes.contains(name));
    if let Fault::Cut { shape, target } | Fault::Degrade { shape, target, .. } = fault {
        if !hit.links.is_empty() {
            *shape = Shape::Links(hit.links.clone());
            *target = if known(&hit.nodes) { Target::Names(hit.nodes.clone()) } else { Choice::All.into() };
        }
    } else if let (Some(target), true) = (fault.target_mut(), known(&hit.nodes)) {
        *target = Target::Names(hit.nodes.clone());
    }
}
