//! What was being done to the cluster when something went wrong.
//!
//! Only what is certain is said: a link counts as cut from the end of the injection's span to the beginning of the
//! lift's, two nodes as cut off from each other if that holds in both directions for the whole time asked about.

use std::collections::{BTreeMap, BTreeSet};

use history::finding::Circumstance;
use history::{Body, Event, Installed, Name, Names, Span, Stage};
use workloads::fault::Descriptor;

/// Remembers faults.
#[derive(Debug, Clone, Default)]
pub(super) struct Circumstances {
    faults: BTreeMap<u32, Fault>,
}

#[derive(Debug, Clone)]
struct Fault {
    does: &'static Descriptor,
    nodes: Vec<Name>,
    links: Vec<(Name, Name)>,
    from: u64,
    until: u64,
}

impl Circumstances {
    pub(super) fn feed(&mut self, event: &Event) {
        let Body::Fault(fault) = &event.body else { return };
        let does = Descriptor::of(&fault.kind);
        if !does.cuts() && !does.pauses() {
            return;
        }
        if fault.stage == Stage::Lift {
            if let Some(known) = self.faults.get_mut(&fault.id) {
                known.until = known.until.min(fault.span.earliest);
            }
        } else if fault.outcome == Installed::Installed {
            let (nodes, links) = (fault.nodes.clone(), fault.links.clone());
            let fresh = Fault { does, nodes, links, from: fault.span.latest, until: u64::MAX };
            self.faults.insert(fault.id, fresh);
        }
    }

    /// From whom this node was cut off all this time, in both directions.
    fn cut_off(&self, node: Name, span: Span) -> Vec<Name> {
        let mut cut: BTreeSet<(Name, Name)> = BTreeSet::new();
        for fault in self.faults.values().filter(|fault| fault.does.cuts() && fault.covers(span)) {
            cut.extend(&fault.links);
        }
        let others = cut.iter().filter(|(from, to)| *from == node && cut.contains(&(*to, *from)));
        others.map(|(_, to)| *to).collect()
    }

    /// That the node was cut off from others, if it was.
    pub(super) fn of_node(&self, node: Name, span: Span, names: &Names) -> Option<Circumstance> {
        let from = self.cut_off(node, span);
        let from: Vec<String> = from.into_iter().map(|other| names.text(other).to_owned()).collect();
        (!from.is_empty()).then(|| Circumstance::CutOff { node: names.text(node).to_owned(), from })
    }

    /// That nodes were paused, if any was.
    pub(super) fn paused(&self, span: Span, names: &Names) -> Option<Circumstance> {
        let paused: BTreeSet<Name> = self
            .faults
            .values()
            .filter(|fault| fault.does.pauses() && fault.covers(span))
            .flat_map(|fault| fault.nodes.iter().copied())
            .collect();
        let nodes: Vec<String> = paused.into_iter().map(|node| names.text(node).to_owned()).collect();
        (!nodes.is_empty()).then_some(Circumstance::Paused { nodes })
    }
}

impl Fault {
    fn covers(&self, span: Span) -> bool {
        self.from <= span.earliest && span.latest <= self.until
    }
}
