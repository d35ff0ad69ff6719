//! What expectations of the schedule show that were met.
//!
//! A system that prints only its transitions, and not all of them, shows when a state began and not how long it lasted. So no
//! two of its lines prove that there was a leader at one instant. But the schedule asks: "is there a leader, followed by a
//! majority?" Where that was met, the harness looked at one instant at all that had been printed by then.
//!
//! What it saw may have been printed long before, and the leader may have gone since without a word. So an expectation speaks
//! only for the time since the last line that shows this leader in this term ([`Met::since`]): its own line that it leads, or
//! another's that names it.

use history::{Evidence, Name, Observation, Role, Span};

/// A leader was expected, and at one instant it was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Met {
    /// The instant.
    pub at: u64,
    /// The earliest instant at which the last line can have been printed that shows this leader.
    pub since: u64,
    /// The leader.
    pub leader: Name,
}

/// What nodes printed last, and what was expected of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Expected {
    nodes: Vec<Option<Shown>>,
    met: Vec<Met>,
}

/// What a node printed last of its term.
#[derive(Debug, Clone, Copy)]
struct Shown {
    span: Span,
    term: u64,
    leads: bool,
    /// The leader that it names.
    leader: Option<Name>,
}

impl Expected {
    pub(crate) fn new(nodes: usize) -> Self {
        Self { nodes: vec![None; nodes], met: Vec::new() }
    }

    /// A node printed its state.
    pub(crate) fn observe(&mut self, seen: &Observation) {
        let Some(node) = self.nodes.get_mut(seen.node.0 as usize) else { return };
        if seen.evidence != Evidence::Atomic {
            return;
        }
        let (Some(term), role) = (seen.term, seen.role) else {
            // In which term it is now, it does not say.
            if seen.role.is_some() {
                *node = None;
            }
            return;
        };
        let leader = seen.leader.flatten();
        *node = Some(Shown { span: seen.span, term, leads: role == Some(Role::Leader), leader });
    }

    /// A node's process began or ended.
    pub(crate) fn lived(&mut self, node: usize) {
        if let Some(node) = self.nodes.get_mut(node) {
            *node = None;
        }
    }

    /// An expectation of a leader was met, at the end of this time.
    pub(crate) fn met(&mut self, span: Span) {
        let leads = |(node, shown): (usize, &Option<Shown>)| shown.filter(|shown| shown.leads).map(|own| (node, own));
        let leader = self.nodes.iter().enumerate().filter_map(leads).max_by_key(|(_, shown)| shown.term);
        let Some((leader, own)) = leader else { return };
        let leader = super::name(leader);
        let naming = self.nodes.iter().flatten().filter(|s| s.term == own.term && s.leader == Some(leader));
        let since = naming.map(|shown| shown.span.earliest).fold(own.span.earliest, u64::max);
        self.met.push(Met { at: span.latest, since, leader });
    }

    /// All that were met, in the order of their instants.
    pub(crate) fn into_met(mut self) -> Vec<Met> {
        self.met.sort_by_key(|met| met.at);
        self.met
    }
}
