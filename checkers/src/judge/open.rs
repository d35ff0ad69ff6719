//! What a record leaves open: names that are no node's, lines that are missing, lines of another group.
//!
//! None of it accuses anybody, so a checker that meets it stays silent. A reader must know that, and why, so it is counted, with
//! an example, and said beside the verdict.

use std::collections::BTreeMap;

use history::finding::{LeftOpen, Opening, Reservation};
use history::{Body, Event, Header, Life, Name, Names, Observation};

/// Counts it while the record is read.
#[derive(Debug, Clone, Default)]
pub(super) struct Open {
    nodes: usize,
    /// How many names the header has: its nodes and voters.
    known: usize,
    strangers: Tally,
    /// Names whose next line may yet tell whom they mean, by node and observer.
    waiting: BTreeMap<(Name, u16), Waiting>,
    gaps: Tally,
    other_groups: u64,
}

/// Names in the last lines of one observer of a node, all of one term.
#[derive(Debug, Clone, Default)]
struct Waiting {
    term: Option<u64>,
    votes: Tally,
    leaders: Tally,
}

/// How often, and where first.
#[derive(Debug, Clone, Default)]
struct Tally {
    count: u64,
    first: Option<(u64, Opening, Name)>,
}

impl Tally {
    fn add(&mut self, line: u64, what: Opening, name: Name) {
        self.count += 1;
        if self.first.is_none_or(|(first, ..)| line < first) {
            self.first = Some((line, what, name));
        }
    }

    fn add_all(&mut self, other: &Self) {
        let more = other.count.saturating_sub(1);
        if let Some((line, what, name)) = other.first {
            self.add(line, what, name);
            self.count += more;
        }
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
            self.strangers.add(line, Opening::Node, node);
        }
        match &event.body {
            Body::Observe(seen) => {
                self.named(seen, line);
                if seen.hole.is_some() {
                    self.gaps.add(line, Opening::Hole, seen.node);
                }
            }
            Body::Node(node) if node.what == Life::Gap => self.gaps.add(line, Opening::Gap, node.node),
            Body::Fault(fault) => {
                let links = fault.links.iter().flat_map(|&(from, to)| [(Opening::Link, from), (Opening::Link, to)]);
                let named = fault.nodes.iter().map(|&node| (Opening::Fault, node)).chain(links);
                for (what, name) in named.filter(|(_, name)| name.0 as usize >= self.known) {
                    self.strangers.add(line, what, name);
                }
            }
            Body::Link(link) => {
                for name in [link.from, link.to].into_iter().filter(|name| name.0 as usize >= self.known) {
                    self.strangers.add(line, Opening::Link, name);
                }
            }
            Body::OtherGroup => self.other_groups += 1,
            _ => {}
        }
    }

    /// A name that is no node's may be told by the observer's next lines of the same term: an id that is learnt a moment
    /// later leaves nothing open.
    fn named(&mut self, seen: &Observation, line: u64) {
        let key = (seen.node, seen.observer);
        let foreign = seen.foreign_vote.is_some() || seen.foreign_leader.is_some();
        if !foreign && !self.waiting.contains_key(&key) {
            return;
        }
        let waiting = self.waiting.entry(key).or_default();
        if waiting.term != seen.term {
            let before = std::mem::replace(waiting, Waiting { term: seen.term, ..Waiting::default() });
            self.strangers.add_all(&before.votes);
            self.strangers.add_all(&before.leaders);
        }
        if seen.vote.is_some() {
            waiting.votes = Tally::default();
        }
        if seen.leader.is_some() {
            waiting.leaders = Tally::default();
        }
        seen.foreign_vote.iter().for_each(|&name| waiting.votes.add(line, Opening::Vote, name));
        seen.foreign_leader.iter().for_each(|&name| waiting.leaders.add(line, Opening::Leader, name));
    }

    /// What is to be said of it.
    pub(super) fn reservations(&mut self, names: &Names) -> Vec<Reservation> {
        std::mem::take(&mut self.waiting)
            .into_values()
            .flat_map(|waiting| [waiting.votes, waiting.leaders])
            .for_each(|open| self.strangers.add_all(&open));
        let tell = |tally: &Tally| {
            let (line, what, name) = tally.first?;
            let name = names.text(name).to_owned();
            Some(LeftOpen { count: tally.count, line, what: what.into(), name })
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
