//! **leader-agreement**: invalid when two different leaders are named for one term.
//!
//! A node names a leader by saying who leads its term, or by leading it. `leader` is the leader *of this term*, null
//! until learnt (node contract), so all who name one for a term must name the same. It sees what `election-safety`
//! cannot: a second leader whose own lines were never recorded, or a node that keeps the last term's leader beside
//! the new term.

use std::collections::BTreeMap;

use super::finding::{Findings, KEPT, Seen, not_judged};
use super::{Broken, Checker, Descriptor, Kind, Make};
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
    /// For each term the leaders that were named, each with where it was named first.
    named: BTreeMap<u64, Vec<Naming>>,
    broken: Vec<(u64, usize)>,
    /// What each node named last, to be fast where nothing is new.
    last: Vec<Option<(u64, Name)>>,
}

#[derive(Debug, Clone, Copy)]
struct Naming {
    leader: Name,
    by: Name,
    seen: Seen,
}

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
        let named = self.named.entry(term).or_default();
        if named.iter().all(|known| known.leader != naming.leader) {
            named.push(naming);
            if named.len() > 1 && self.broken.len() < KEPT {
                self.broken.push((term, named.len() - 1));
            }
        }
    }
}

impl Checker for LeaderAgreement {
    fn name(&self) -> &'static str {
        NAME
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
        for (term, at) in &self.broken {
            let (first, second) = (self.named[term][0], self.named[term][*at]);
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
