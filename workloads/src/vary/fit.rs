//! A schedule for another cluster than it was drawn for.

use std::collections::BTreeSet;

use super::{TargetCluster, injects};
use crate::fault::{Fault, Need};
use crate::link::{Link, NodeName};
use crate::schedule::{Action, Schedule};
use crate::shape::Shape;
use crate::shrink::{faults, without};
use crate::target::Target;

/// The schedule for this cluster: nodes that it names become others where the cluster is smaller, and what cannot be done
/// there is left out. None where no fault is left of those that it had, or nothing that could be carried out.
pub fn fitted(schedule: &Schedule, place: &TargetCluster) -> Option<Schedule> {
    let mut fitted = Schedule { nodes: place.nodes.clone(), ..schedule.clone() };
    let mut impossible = BTreeSet::new();
    for step in &mut fitted.steps {
        if let Action::Inject(fault) = &mut step.action
            && !fits(fault, &schedule.nodes, place)
        {
            impossible.insert(step.id);
        }
    }
    if !impossible.is_empty() {
        fitted = without(&fitted, &impossible)?;
    }
    let had_faults = schedule.steps.iter().any(|step| injects(&step.action));
    ((!had_faults || !faults(&fitted).is_empty()) && fitted.check().is_ok()).then_some(fitted)
}

/// Gives a fault the names of another cluster. False when it cannot be done there.
fn fits(fault: &mut Fault, before: &[NodeName], place: &TargetCluster) -> bool {
    let TargetCluster { nodes, disks } = place;
    let renamed = |name: &NodeName| {
        let at = before.iter().position(|known| known == name)?;
        nodes.get(at % nodes.len().max(1)).cloned()
    };
    if let Some(Target::Names(names)) = fault.target_mut() {
        let mut others: Vec<NodeName> = Vec::new();
        for name in names.iter().filter_map(renamed) {
            if !others.contains(&name) {
                others.push(name);
            }
        }
        if others.is_empty() {
            return false;
        }
        *names = others;
    }
    if let Fault::Cut { shape, .. } | Fault::Degrade { shape, .. } = fault {
        if let Shape::Links(links) = shape {
            let mut others: Vec<Link> = Vec::new();
            for link in links.iter() {
                let (Some(from), Some(to)) = (renamed(&link.from), renamed(&link.to)) else { continue };
                let link = Link::new(from, to);
                if link.from != link.to && !others.contains(&link) {
                    others.push(link);
                }
            }
            *links = others;
            if links.is_empty() {
                return false;
            }
        }
        if nodes.len() < shape.least_nodes() {
            return false;
        }
    }
    *disks || fault.kind().descriptor().needs != Some(Need::Disk)
}
