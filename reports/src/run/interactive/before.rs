//! What came before a finding: the fault that a person would name beside it.
//!
//! Several faults may be in force at the moment, and another may just be over. The one that is named is
//!
//! 1. of those that concern a node of the finding and are in force, or were over no longer than [`JUST`] before it: the one whose
//!    beginning or end is the nearest;
//! 2. else the newest that is in force, whomever it concerns;
//! 3. else the one that ended last, no longer than [`RECENT`] before.
//!
//! It is an order of events and no more: "after" claims no cause. So a beginning or an end counts only if it was over before the
//! earliest instant at which the finding can have been, and an end only if the fault was certainly lifted.

use std::collections::BTreeSet;

use history::Installed;
use history::finding::{Circumstance, liveness};
use workloads::fault::Descriptor;

use crate::model::{Fault, Finding, RunModel};
use crate::text::{duration, name};
use crate::verdict::Kind;

/// A fault longer ago than that is not told beside a finding, nanoseconds.
const RECENT: u64 = 30_000_000_000;
/// A fault that ended no longer ago than that was just lifted, nanoseconds.
const JUST: u64 = 1_000_000_000;

/// What is asked of the faults: what came before this moment of a finding.
struct Moment {
    /// When it was, at the earliest and at the latest.
    span: [u64; 2],
    /// Whom it concerned, cleaned; none: everybody.
    nodes: Option<Vec<String>>,
    /// How the sentence goes on to it.
    joined: &'static str,
}

impl Moment {
    /// What was broken at an instant has one. What did not happen for a while has the beginning of that while.
    fn of(finding: &Finding) -> Option<Self> {
        use history::finding::Finding::Liveness;
        use liveness::Finding as Code;
        let at = |instant: u64, nodes, joined| Some(Self { span: [instant; 2], nodes, joined });
        match &finding.violation.finding {
            _ if finding.kind == Kind::Safety => {
                let nodes = finding.violation.nodes.iter().map(|node| name(node)).collect();
                Some(Self { span: finding.violation.span, nodes: Some(nodes), joined: ", " })
            }
            Liveness(Code::NoLeaderWithinBound { from, .. } | Code::NoFinalLeader { from, .. }) => {
                at(*from, None, "; that time began ")
            }
            Liveness(Code::HealthyLeaderUnseated { at: gave_way, outsider, .. }) => {
                at(*gave_way, Some(vec![name(outsider)]), "; that was ")
            }
            _ => None,
        }
    }

    fn concerned(&self, fault: &Fault) -> bool {
        let Some(nodes) = &self.nodes else { return true };
        let ends = fault.links.iter().filter_map(|link| link.split_once("->")).flat_map(|(from, to)| [from, to]);
        fault.nodes.iter().map(String::as_str).chain(ends).any(|node| nodes.iter().any(|concerned| concerned == node))
    }
}

/// What of a fault came before a moment.
enum Before {
    /// It is in force, since then.
    Begun(u64),
    /// It was lifted, then.
    Ended(u64),
}

impl Before {
    fn of(fault: &Fault, moment: &Moment) -> Option<Self> {
        let [earliest, _] = moment.span;
        if !fault.installed() || fault.in_force > earliest {
            return None;
        }
        match fault.end {
            Some(end) if end > earliest => Some(Self::Begun(fault.in_force)),
            Some(end) => {
                let lifted = fault.lifted.as_ref().is_some_and(|lifted| lifted.is(Installed::Installed));
                lifted.then_some(Self::Ended(end))
            }
            None => Some(Self::Begun(fault.in_force)),
        }
    }

    fn when(&self) -> u64 {
        match self {
            Self::Begun(when) | Self::Ended(when) => *when,
        }
    }

    fn is_in_force(&self) -> bool {
        matches!(self, Self::Begun(_))
    }
}

/// `, 1.8 s after {n1, n2} was cut from {n3, n4, n5}`; empty if nothing came before.
pub(super) fn told(model: &RunModel, finding: &Finding) -> String {
    let Some(moment) = Moment::of(finding) else { return String::new() };
    let [earliest, latest] = moment.span;
    let circumstances = &finding.violation.circumstances;
    let all = || {
        let before = model.faults.iter().filter_map(|fault| Some((fault, Before::of(fault, &moment)?)));
        before.filter(|(fault, before)| before.is_in_force() || !circumstances.iter().any(|one| denies(one, fault)))
    };
    let recent = |before: &Before, most| before.is_in_force() || earliest - before.when() <= most;
    let found = all()
        .filter(|(fault, before)| moment.concerned(fault) && recent(before, JUST))
        .max_by_key(|(_, before)| before.when())
        .or_else(|| all().filter(|(_, before)| before.is_in_force()).max_by_key(|(_, before)| before.when()))
        .or_else(|| all().filter(|(_, before)| recent(before, RECENT)).max_by_key(|(_, before)| before.when()));
    let Some((fault, before)) = found else { return String::new() };
    let since = match latest - before.when() {
        0 => "just".to_owned(),
        time => duration(time),
    };
    let words = match before {
        // What the sentence tells already is not told again: only when it began.
        Before::Begun(_) if circumstances.iter().any(|one| tells_of(one, fault)) && since != "just" => {
            format!("by then for {since}")
        }
        Before::Begun(_) => format!("{since} after {}", done(model, fault)),
        Before::Ended(_) => format!("{since} after {}", undone(model, fault)),
    };
    format!("{}{words}", moment.joined)
}

/// Whether a circumstance says of all the time that something like this fault was in force: that such a one was lifted would
/// contradict it.
fn denies(circumstance: &Circumstance, fault: &Fault) -> bool {
    let does = Descriptor::of(&fault.kind);
    match circumstance {
        Circumstance::Paused { .. } => does.pauses(),
        Circumstance::CutOff { .. } => does.cuts(),
        Circumstance::Believed { .. } => false,
        Circumstance::Foreign(_) => true,
    }
}

/// Whether a circumstance is the work of this fault, all of it.
fn tells_of(circumstance: &Circumstance, fault: &Fault) -> bool {
    let Circumstance::Paused { nodes } = circumstance else { return false };
    let of = |nodes: &[String]| nodes.iter().map(|node| name(node)).collect::<BTreeSet<_>>();
    fault.kind == "pause" && of(nodes) == of(&fault.nodes)
}

/// What a fault did, in the past tense.
fn done(model: &RunModel, fault: &Fault) -> String {
    let does = Descriptor::of(&fault.kind);
    match (does.done, sides(model, fault).as_slice()) {
        (Some(done), _) if !fault.nodes.is_empty() => format!("{} was {done}", set(&fault.nodes)),
        (_, [one, other]) if does.cuts() => format!("{} was cut from {}", set(one), set(other)),
        (_, parts) if does.cuts() && parts.len() > 2 => {
            let parts: Vec<String> = parts.iter().map(|part| set(part)).collect();
            format!("the cluster was cut into {}", parts.join(", "))
        }
        _ => format!("the {}", fault.label()),
    }
}

/// What the end of a fault did.
fn undone(model: &RunModel, fault: &Fault) -> String {
    let does = Descriptor::of(&fault.kind);
    if let (true, [one, other]) = (does.cuts(), sides(model, fault).as_slice()) {
        return format!("the cut between {} and {} was {}", set(one), set(other), does.undone);
    }
    match does.done {
        Some(_) if !fault.nodes.is_empty() => format!("{} was {}", set(&fault.nodes), does.undone),
        Some(_) => format!("the {} was over", fault.label()),
        None => format!("the {} was {}", fault.label(), does.undone),
    }
}

/// One node by its name, several as a set.
fn set(nodes: &[String]) -> String {
    match nodes {
        [one] => one.clone(),
        few if few.len() <= 8 => format!("{{{}}}", few.join(", ")),
        many => format!("{{{} and {} more}}", many[..6].join(", "), many.len() - 6),
    }
}

/// The parts into which a cut divides the cluster; fewer than two if it does not.
fn sides(model: &RunModel, fault: &Fault) -> Vec<Vec<String>> {
    let cut: BTreeSet<(&str, &str)> = fault.links.iter().filter_map(|link| link.split_once("->")).collect();
    let mut rest: Vec<String> = model.header.nodes.iter().take(64).map(|node| name(node)).collect();
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let mut part = vec![rest.remove(0)];
        let mut next = 0;
        while let Some(node) = part.get(next).cloned() {
            next += 1;
            // A link that is cut in one direction only still joins two nodes.
            let joined = |other: &String| {
                !(cut.contains(&(node.as_str(), other.as_str())) && cut.contains(&(other.as_str(), node.as_str())))
            };
            let (near, far): (Vec<String>, Vec<String>) = rest.into_iter().partition(joined);
            part.extend(near);
            rest = far;
        }
        part.sort_by_key(|node| model.header.nodes.iter().position(|known| name(known) == *node));
        parts.push(part);
    }
    parts.sort_by_key(Vec::len);
    parts
}

#[cfg(test)]
mod tests;
