//! A schedule whose targets are those that a run of it hit.

use std::collections::{BTreeMap, BTreeSet};

use crate::fault::Fault;
use crate::link::{Link, NodeName};
use crate::schedule::{Action, Schedule, StepId};
use crate::shape::Shape;
use crate::target::{Choice, Target};

/// The nodes and links that a fault hit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hit {
    /// The nodes.
    pub nodes: Vec<NodeName>,
    /// The links.
    pub links: Vec<Link>,
    /// The text of the operation at which nodes crashed, and which of these it was.
    pub operation: Option<(String, u32)>,
}

/// The schedule with each crash point that was learnt and reached by the text of its operation: a replay need not learn.
pub fn by_text(schedule: &Schedule, hits: &BTreeMap<StepId, Hit>) -> Schedule {
    let mut meant = schedule.clone();
    let mut named = BTreeSet::new();
    for step in &mut meant.steps {
        let text = hits.get(&step.id).and_then(|hit| hit.operation.clone());
        let (Action::Inject(Fault::CrashAt { learnt, operation, nth, .. }), Some((text, count))) =
            (&mut step.action, text)
        else {
            continue;
        };
        if *learnt && !text.is_empty() && count > 0 {
            (*learnt, *operation, *nth) = (false, text, count);
            named.insert(step.id);
        }
    }
    // It certainly exists now.
    for step in &mut meant.steps {
        step.only_with = step.only_with.filter(|point| !named.contains(point));
    }
    meant
}

/// The schedule with the targets replaced by what a run of it hit: nodes by name, links one by one. Moments and waits stay as
/// they are. How long real processes take differs from run to run, and a step that came too early would hit something else
/// altogether.
///
/// A fault that hit no node keeps its target. Nothing is required any more of leaders hit, elections and windows: the
/// node that led then need not lead now.
pub fn resolved(schedule: &Schedule, hits: &BTreeMap<StepId, Hit>) -> Schedule {
    let mut resolved = by_text(schedule, hits);
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
        // The node is known: it need not be found out of several.
        if let Fault::CrashAt { part, learnt: false, .. } = fault {
            *part = None;
        }
    }
}
