//! **leader-agreement**: invalid when two different leaders are named for one term.
//!
//! A node names a leader by saying who leads its term, or by leading it. `leader` is the leader *of this term*, null
//! until learnt (node contract), so all who name one for a term must name the same. It sees what `election-safety`
//! cannot: a second leader whose own lines were never recorded, or a node that keeps the last term's leader beside
//! the new term.

use std::collections::BTreeMap;

use super::finding::{Findings, KEPT, Seen, not_judged};
use super::{Broken, Checker, Descriptor, Kind, Make};
use crate::kept::{Map, row};
use history::finding::Unjudged;
use history::finding::safety::{Finding, Statement};
use history::verdict::{Judgement, Violation};
use history::{Body, Event, Evidence, Name, Names, Role, Span};

/// The checker's name.
pub const NAME: &str = "leader-agreement";

/// What is to be known of it.
pub const CHECKER: Descriptor = Descriptor {
    name: NAME,
    kind: Kind::Safety,
    needs: "atomic evidence of `leader`, or of roles",
    claims: "all name the same leader of a term",
    told_first: false,
    make: Make::Fed(|_| Box::new(LeaderAgreement::new())),
};

/// The checker; its definition is the module's.
#[derive(Debug, Clone, Default)]
pub struct LeaderAgreement {
    /// For each term the leader that was named first.
    named: Map<u64, Naming>,
    /// The others, each with where it was named first.
    others: BTreeMap<(u64, Name), Naming>,
    /// The terms of these, in the order of the file.
    broken: Vec<(u64, Name)>,
    /// What each node named last, to be fast where nothing is new.
    last: Vec<Option<(u64, Name)>>,
}

#[derive(Debug, Clone, Copy)]
struct Naming {
    leader: Name,
    by: Name,
    seen: Seen,
}

row!(Naming { leader: Name, by: Name, seen: Seen });

impl LeaderAgreement {
    /// The checker before the first event.
    pub fn new() -> Self {
        Self::default()
    }

    fn name_leader(&mut self, term: u64, naming: Naming) {
        let at = naming.by.0 as usize;
        if self.last.len() <= at {
            self.last.resize(at + 1, None);
        }
        if self.last[at].replace((term, naming.leader)) == Some((term, naming.leader)) {
            return;
        }
        let (first, other) = (self.named.or_insert(term, naming).leader, (term, naming.leader));
        if first != naming.leader && self.broken.len() < KEPT && !self.others.contains_key(&other) {
            self.others.insert(other, naming);
            self.broken.push(other);
        }
    }
}

impl Checker for LeaderAgreement {
    fn name(&self) -> &'static str {
        NAME
    }

    fn is_blind_to_samples(&self) -> bool {
        true
    }

    fn feed(&mut self, event: &Event) {
        let Body::Observe(seen) = &event.body else { return };
        let (Evidence::Atomic, Some(term)) = (seen.evidence, seen.term) else { return };
        let here = Seen::new(event, seen.span);
        if let Some(Some(leader)) = seen.leader {
            self.name_leader(term, Naming { leader, by: seen.node, seen: here });
        }
        if seen.role == Some(Role::Leader) && seen.leader != Some(Some(seen.node)) {
            self.name_leader(term, Naming { leader: seen.node, by: seen.node, seen: here });
        }
    }

    fn finish(&mut self, names: &Names) -> Judgement {
        if self.named.is_empty() {
            return not_judged(self.name(), Unjudged::NoLeaderNamed);
        }
        let mut findings = Findings::default();
        let mut named = self.named.finder();
        for other in &self.broken {
            let term = &other.0;
            let (Some(first), Some(&second)) = (named.get(*term), self.others.get(other)) else { continue };
            let told = |naming: Naming| history::finding::safety::Naming {
                by: names.text(naming.by).to_owned(),
                leader: names.text(naming.leader).to_owned(),
            };
            let found = Finding::TwoLeadersNamed { term: *term, named: [told(first), told(second)] };
            let latest = first.seen.span.latest.max(second.seen.span.latest);
            let span = Span { earliest: second.seen.span.earliest, latest };
            let mut nodes = vec![first.by, first.leader, second.by, second.leader];
            nodes.sort_unstable();
            nodes.dedup();
            findings.push(names, found, span, &nodes, Some(*term), [first.seen, second.seen]);
        }
        findings.judge(self.name(), Statement::OneLeaderNamed { terms: self.named.len() as u64 })
    }

    /// A voter that forgot its vote votes again: two nodes may then win one term and both be named.
    fn could_be_caused(&self, _: &Broken, _: &Violation, _: &Names) -> bool {
        true
    }
}
