//! What a record leaves open: names that are no node's, lines that are missing, lines of another group.
//!
//! None of it accuses anybody, so a checker that meets it stays silent. A reader must know that, and why, so it is counted, with
//! an example, and said beside the verdict.

use history::finding::{LeftOpen, Reservation};
use history::{Body, Event, Header, Life, Name, Names};

/// Counts it while the record is read.
#[derive(Debug, Clone, Default)]
pub(super) struct Open {
    nodes: usize,
    /// How many names the header has: its nodes and voters.
    known: usize,
    strangers: Tally,
    gaps: Tally,
    other_groups: u64,
}

/// How often, and where first.
#[derive(Debug, Clone, Default)]
struct Tally {
    count: u64,
    first: Option<(u64, &'static str, Name)>,
}

impl Tally {
    fn add(&mut self, line: u64, what: &'static str, name: Name) {
        self.count += 1;
        self.first.get_or_insert((line, what, name));
    }
}

impl Open {
    pub(super) fn new(header: &Header) -> Self {
        Self { nodes: header.nodes.len(), known: Names::of(header).len(), ..Self::default() }
    }

    fn is_no_node(&self, name: Name) -> bool {
        name.0 as usize >= self.nodes
    }

    /// The event is about somebody who is no node of the record.
    pub(super) fn is_about_a_stranger(&self, event: &Event) -> bool {
        about(&event.body).is_some_and(|node| self.is_no_node(node))
    }

    pub(super) fn feed(&mut self, event: &Event) {
        let line = event.line;
        if let Some(node) = about(&event.body).filter(|&node| node.0 as usize >= self.known) {
            self.strangers.add(line, "node", node);
        }
        match &event.body {
            Body::Observe(seen) => {
                seen.foreign_vote.iter().for_each(|&name| self.strangers.add(line, "vote", name));
                seen.foreign_leader.iter().for_each(|&name| self.strangers.add(line, "leader", name));
                if seen.hole.is_some() {
                    self.gaps.add(line, "hole", seen.node);
                }
            }
            Body::Node(node) if node.what == Life::Gap => self.gaps.add(line, "gap", node.node),
            Body::Fault(fault) => {
                let links = fault.links.iter().flat_map(|&(from, to)| [("link", from), ("link", to)]);
                let named = fault.nodes.iter().map(|&node| ("fault", node)).chain(links);
                for (what, name) in named.filter(|(_, name)| name.0 as usize >= self.known) {
                    self.strangers.add(line, what, name);
                }
            }
            Body::Link(link) => {
                for name in [link.from, link.to].into_iter().filter(|name| name.0 as usize >= self.known) {
                    self.strangers.add(line, "link", name);
                }
            }
            Body::OtherGroup => self.other_groups += 1,
            _ => {}
        }
    }

    /// What is to be said of it.
    pub(super) fn reservations(&self, names: &Names) -> Vec<Reservation> {
        let tell = |tally: &Tally| {
            let (line, what, name) = tally.first?;
            let name = names.text(name).to_owned();
            Some(LeftOpen { count: tally.count, line, what: what.to_owned(), name })
        };
        let other = (self.other_groups > 0).then_some(Reservation::OtherGroup { lines: self.other_groups });
        let strangers = tell(&self.strangers).map(Reservation::UnknownNames);
        strangers.into_iter().chain(tell(&self.gaps).map(Reservation::LinesMissing)).chain(other).collect()
    }
}

/// Whom an event is about.
fn about(body: &Body) -> Option<Name> {
    match body {
        Body::Observe(seen) => Some(seen.node),
        Body::Node(node) => Some(node.node),
        Body::Voters(voters) => Some(voters.node),
        Body::Miss { node } => Some(*node),
        _ => None,
    }
}
