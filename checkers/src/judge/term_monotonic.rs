//! **term-monotonic**: invalid when a node's term decreases, in stream order; across incarnations only for
//! `durable` observers.
//!
//! `currentTerm` increases monotonically (Raft paper, Figure 2, *persistent state on all servers*). Within an
//! incarnation that holds for whatever the node shows. Across a crash it holds only for what it had made durable
//! before it showed it: etcd prints its new term and then writes it, so that an honest etcd may come back with a
//! lower one.
//!
//! Order is that of the node's own stream, by incarnation, then position; the order of the file between
//! incarnations says nothing.

use super::drawn::WholePicture;
use super::finding::{Findings, KEPT, Seen, not_judged};
use super::streams::Streams;
use super::{Broken, Checker, Descriptor, Kind, Make};
use crate::kept::row;
use history::finding::Unjudged;
use history::finding::safety::{Finding, Statement};
use history::verdict::{Judgement, Violation};
use history::{Body, Event, Evidence, Name, Names};

/// The checker's name.
pub const NAME: &str = "term-monotonic";

/// What is to be known of it.
pub const CHECKER: Descriptor = Descriptor {
    name: NAME,
    kind: Kind::Safety,
    needs: "atomic evidence of terms",
    claims: "a node's term never decreases",
    told_first: false,
    make: Make::Fed(|_| Box::new(TermMonotonic::new())),
};

/// The checker; its definition is the module's.
#[derive(Debug, Clone, Default)]
pub struct TermMonotonic {
    streams: Streams<Option<Life>>,
    falls: Vec<Fall>,
    whole: WholePicture,
}

/// The terms of one incarnation in one stream.
#[derive(Debug, Clone, Copy)]
struct Life {
    durable: bool,
    /// Lines are missing after the last one.
    holed: bool,
    first: Shown,
    last: Shown,
    highest: Shown,
}

#[derive(Debug, Clone, Copy)]
struct Shown {
    term: u64,
    seen: Seen,
}

row!(Shown { term: u64, seen: Seen });

row!(Life { durable: bool, holed: bool, first: Shown, last: Shown, highest: Shown });

#[derive(Debug, Clone)]
struct Fall {
    node: Name,
    from: Shown,
    to: Shown,
    restarted: bool,
    /// Lines are missing between the two.
    holed: bool,
}

impl TermMonotonic {
    /// The checker before the first event.
    pub fn new() -> Self {
        Self::default()
    }

    /// Falls from one incarnation to a later one, in streams that show only what is durable.
    fn falls_across(&self) -> Vec<Fall> {
        let mut falls = Vec::new();
        for (node, _, lives) in self.streams.iter() {
            let mut before: Option<Shown> = None;
            for life in lives.into_iter().filter_map(|(_, life)| life).filter(|life| life.durable) {
                let fell = before.filter(|before| life.first.term < before.term);
                if let Some(from) = fell {
                    falls.push(Fall { node, from, to: life.first, restarted: true, holed: false });
                }
                // One loss is one finding: after it the node is measured by what it has reached since.
                before = match before {
                    Some(before) if fell.is_none() && before.term > life.highest.term => Some(before),
                    _ => Some(life.highest),
                };
            }
        }
        falls
    }
}

impl Checker for TermMonotonic {
    fn name(&self) -> &'static str {
        NAME
    }

    fn is_blind_to_samples(&self) -> bool {
        true
    }

    fn feed(&mut self, event: &Event) {
        let holed = |life: &mut Option<Life>| {
            if let Some(life) = life {
                life.holed = true;
            }
        };
        let seen = match &event.body {
            Body::Observe(seen) => seen,
            Body::Node(node) if node.what == history::Life::Gap => {
                return self.streams.of_incarnation(node.node, node.incarnation, holed);
            }
            _ => return,
        };
        let Evidence::Atomic = seen.evidence else { return };
        if seen.hole.is_some() {
            holed(self.streams.of(seen));
        }
        let Some(term) = seen.term else { return };
        let shown = Shown { term, seen: Seen::new(event, seen.span) };
        let node = seen.node;
        let life = self.streams.of(seen);
        let Some(life) = life else {
            *life = Some(Life { durable: seen.durable, holed: false, first: shown, last: shown, highest: shown });
            return;
        };
        if term < life.last.term && self.falls.len() < KEPT {
            self.falls.push(Fall { node, from: life.last, to: shown, restarted: false, holed: life.holed });
        }
        life.last = shown;
        life.holed = false;
        if term > life.highest.term {
            life.highest = shown;
        }
    }

    fn look_at(&mut self, picture: &WholePicture) {
        self.whole = picture.clone();
    }

    fn finish(&mut self, names: &Names) -> Judgement {
        if self.streams.is_empty() {
            return not_judged(self.name(), Unjudged::NoTerm);
        }
        let mut findings = Findings::default();
        let across = self.falls_across();
        // Where nobody knows what was done to a node, it may have lost its memory wherever it may have been started again.
        let picture = self.whole.get();
        let recorded = picture.is_some_and(|picture| picture.faults_recorded);
        let confused = |node: Name| picture.is_some_and(|picture| picture.is_confused(node));
        let proved = |fall: &&Fall| (recorded || !(fall.restarted || fall.holed)) && !confused(fall.node);
        for Fall { node, from, to, restarted, .. } in self.falls.iter().chain(&across).filter(proved) {
            let node_name = names.text(*node).to_owned();
            let found = Finding::TermFell { node: node_name, from: from.term, to: to.term, restarted: *restarted };
            let mut span = to.seen.span;
            span.latest = span.latest.max(from.seen.span.latest);
            findings.push(names, found, span, &[*node], Some(from.term), [from.seen, to.seen]);
        }
        findings.judge(self.name(), Statement::TermsRose)
    }

    /// Only the node that forgot may go back.
    fn could_be_caused(&self, by: &Broken, violation: &Violation, names: &Names) -> bool {
        violation.nodes.iter().any(|node| by.concerns(node, names))
    }
}
