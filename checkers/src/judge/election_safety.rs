//! **election-safety**: invalid when two nodes were leader of one term, at any time.
//!
//! At most one leader can be elected in a given term (Raft paper, Figure 3, *Election Safety*; section 5.2). No clock
//! is needed and no order: it does not matter when they led, in which incarnation, or whether the first had long
//! stepped down. Two leaders of *different* terms at one instant are lawful, and common after a partition.
//!
//! Only atomic evidence counts. A role and a term that were read one after the other may belong to different
//! moments, and then an honest leader of term 16 reads as "leader of 15".

use std::collections::BTreeMap;

use super::circumstances::Circumstances;
use super::finding::{Findings, Found, KEPT, Seen, not_judged};
use super::{Broken, Checker, Descriptor, Kind, Make};
use crate::kept::Map;
use history::finding::Unjudged;
use history::finding::safety::{Finding, Statement};
use history::verdict::{Judgement, Violation};
use history::{Body, Event, Evidence, Name, Names, Role, Span};

/// The checker's name.
pub const NAME: &str = "election-safety";

/// What is to be known of it.
pub const CHECKER: Descriptor = Descriptor {
    name: NAME,
    kind: Kind::Safety,
    needs: "atomic evidence of role and term",
    claims: "at most one leader a term",
    told_first: false,
    make: Make::Fed(|_| Box::new(ElectionSafety::new())),
};

/// The checker; its definition is the module's.
#[derive(Debug, Clone, Default)]
pub struct ElectionSafety {
    /// For each term who led it first, and where it was first seen to.
    leaders: Map<u64, (Name, Seen)>,
    /// The others, where they were first seen to.
    others: BTreeMap<(u64, Name), Seen>,
    /// Terms with a second leader, and who it is.
    broken: Vec<(u64, Name)>,
    last: Option<(u64, Name)>,
    roles_seen: bool,
    circumstances: Circumstances,
}

impl ElectionSafety {
    /// The checker before the first event.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Checker for ElectionSafety {
    fn name(&self) -> &'static str {
        NAME
    }

    fn is_blind_to_samples(&self) -> bool {
        true
    }

    fn feed(&mut self, event: &Event) {
        let seen = match &event.body {
            Body::Observe(seen) if seen.evidence == Evidence::Atomic => seen,
            Body::Fault(_) => return self.circumstances.feed(event),
            _ => return,
        };
        let (Some(role), Some(term)) = (seen.role, seen.term) else { return };
        self.roles_seen = true;
        if role != Role::Leader || self.last == Some((term, seen.node)) {
            return;
        }
        self.last = Some((term, seen.node));
        let here = Seen::new(event, seen.span);
        let first = self.leaders.or_insert(term, (seen.node, here)).0;
        if first != seen.node && self.broken.len() < KEPT && !self.others.contains_key(&(term, seen.node)) {
            self.others.insert((term, seen.node), here);
            self.broken.push((term, seen.node));
        }
    }

    fn finish(&mut self, names: &Names) -> Judgement {
        if !self.roles_seen {
            return not_judged(self.name(), Unjudged::NoRoleWithTerm);
        }
        let mut findings = Findings::default();
        let mut leaders = self.leaders.finder();
        for &(term, second) in &self.broken {
            let (Some((first, first_seen)), Some(&second_seen)) = (leaders.get(term), self.others.get(&(term, second)))
            else {
                continue;
            };
            let leaders = [first, second].map(|leader| names.text(leader).to_owned());
            let at_the_time = [
                self.circumstances.of_node(first, first_seen.span, names),
                self.circumstances.of_node(second, second_seen.span, names),
                self.circumstances.paused(second_seen.span, names),
            ];
            let circumstances = at_the_time.into_iter().flatten().collect();
            let found = Found::with(Finding::TwoLeadersInOneTerm { term, leaders }, circumstances);
            let latest = first_seen.span.latest.max(second_seen.span.latest);
            let span = Span { earliest: second_seen.span.earliest, latest };
            findings.push(names, found, span, &[first, second], Some(term), [first_seen, second_seen]);
        }
        let fine = Statement::OneLeaderATerm { terms: self.leaders.len() as u64 };
        let mut judgement = findings.judge(self.name(), fine);
        judgement.counts.insert("terms-led".to_owned(), self.leaders.len() as u64);
        judgement
    }

    /// A voter that forgot its vote votes again: any two nodes may then win one term.
    fn could_be_caused(&self, _: &Broken, _: &Violation, _: &Names) -> bool {
        true
    }
}
