//! A run as functions of time.

use std::collections::BTreeMap;

use history::{Header, Name, Span};

use super::effective::Effective;
use super::fault::{self, Fault};
use super::link::{Cap, Link, Traffic};
use super::process::{self, Mark, Turn};
use super::state::{self, Known};
use super::{Host, Timeline, Tri, World, effective};

/// A phase of the run.
#[derive(Debug, Clone)]
pub struct Phase {
    /// When it began.
    pub at: u64,
    /// `setup`, `settle`, `faults`, `heal`, `final`, `teardown`.
    pub name: String,
    /// For `final`: the chosen nodes; empty means all.
    pub nodes: Vec<Name>,
    /// The line that says so.
    pub line: u64,
}

/// A node was seen to be candidate, or leader, of a term.
#[derive(Debug, Clone, Copy)]
pub struct Candidacy {
    /// Which node.
    pub node: Name,
    /// Of which term.
    pub term: u64,
    /// Which incarnation of the node.
    pub incarnation: u32,
    /// When.
    pub span: Span,
    /// The line that says so.
    pub line: u64,
}

/// What is known of a term: who was first seen as its candidate and as its leader, each with whether the evidence is
/// atomic.
#[derive(Debug, Clone, Copy, Default)]
pub struct TermFacts {
    /// The first candidate.
    pub candidate: Option<(Candidacy, bool)>,
    /// The leader.
    pub won: Option<(Candidacy, bool)>,
    /// When a node first named another as its leader: a message of that leader had arrived.
    pub heard: Option<u64>,
}

/// A run as functions of time, over `[0, end)`.
#[derive(Debug)]
pub struct Picture {
    /// The header of the history.
    pub header: Header,
    /// The end of what can be judged: the last event, or the beginning of the teardown.
    pub end: u64,
    /// For each node whether it votes.
    pub voters: Vec<bool>,
    /// How many voters are a majority.
    pub majority: usize,
    /// For each node when its process was up.
    pub up: Vec<Timeline<Tri>>,
    /// For each node what is known of its state.
    pub known: Vec<Timeline<Known>>,
    /// When the cluster had an effective leader.
    pub effective: Timeline<Effective>,
    /// The faults that were or may have been in force.
    pub faults: Vec<Fault>,
    /// The phases in order.
    pub phases: Vec<Phase>,
    /// When the harness did not run.
    pub stalls: Vec<Span>,
    /// How busy the machine was.
    pub host: Host,
    /// When nodes were started or became ready.
    pub readies: Vec<Span>,
    /// What is known of each term.
    pub terms: BTreeMap<u64, TermFacts>,
    /// Candidacies that won, with atomic evidence: the first line as candidate, the first as leader.
    pub wins: Vec<(Candidacy, Candidacy)>,
    pub(crate) marks: Vec<Vec<Mark>>,
    pub(crate) traffic: BTreeMap<(Name, Name), Traffic>,
    links: Vec<Link>,
    cap: Cap,
}

impl Picture {
    pub(crate) fn new(world: World, end: u64) -> Self {
        let World { header, tracks, marks, readies, faults, traffic, stalls, host, phases, terms, wins, .. } = world;
        let nodes = header.nodes.len();
        let voters: Vec<bool> = match &header.voters {
            Some(voters) => header.nodes.iter().map(|node| voters.contains(node)).collect(),
            None => vec![true; nodes],
        };
        let declared = header.voters.as_ref().map_or(nodes, Vec::len);
        let faults = fault::pair(&faults);
        let up = (0..nodes).map(|node| process::up(name(node), &marks[node], &faults)).collect();
        let known = tracks.into_iter().map(state::combine).collect();
        let links = links(nodes, &faults, &traffic);
        let resumes = matches!(header.network.as_str(), "proxy" | "direct");
        let cap = Cap { declared: header.heal_cap, resumes, bound: header.bound };
        let mut picture = Self {
            end,
            voters,
            majority: declared / 2 + 1,
            up,
            known,
            effective: Timeline::constant(Effective::No),
            faults,
            phases,
            stalls,
            host,
            readies,
            terms,
            wins,
            marks,
            traffic,
            links,
            cap,
            header,
        };
        picture.effective = effective::timeline(&picture);
        picture
    }

    /// How many nodes the header names.
    pub fn nodes(&self) -> usize {
        self.up.len()
    }

    /// A node's name.
    pub fn name(&self, node: usize) -> &str {
        self.header.nodes.get(node).map_or("?", String::as_str)
    }

    /// When the link from one node to another was open.
    pub fn open(&self, from: usize, to: usize) -> &Timeline<Tri> {
        &self.link(from, to).open
    }

    pub(crate) fn link(&self, from: usize, to: usize) -> &Link {
        &self.links[from * self.up.len() + to]
    }

    /// When the link, open at `instant`, counts as healed from what befell it before.
    pub fn healed(&self, from: usize, to: usize, instant: u64) -> u64 {
        self.link(from, to).healed(instant, &self.cap)
    }

    /// No fault began before `instant`, and no process had been paused or ended by then.
    pub fn undisturbed_before(&self, instant: u64) -> bool {
        let disturbs = |mark: &Mark| matches!(mark.turn, Turn::Stop | Turn::Exit) && mark.span.earliest < instant;
        self.faults.iter().all(|fault| fault.inject.earliest >= instant) && !self.marks.iter().flatten().any(disturbs)
    }

    /// A stall overlaps `[from, to)`.
    pub fn stalled(&self, from: u64, to: u64) -> bool {
        self.stalls.iter().any(|stall| stall.earliest < to && stall.latest >= from)
    }

    /// The lines that tell of changes of these nodes' processes, and of their links, in or next to `[from, to)`: the
    /// last before its beginning and the first after its end for each kind.
    pub fn around(&self, members: &[usize], from: u64, to: u64) -> Vec<u64> {
        let mut lines = Vec::new();
        for &member in members {
            let marks = &self.marks[member];
            lines.extend(marks.iter().rfind(|m| m.span.earliest <= from).map(|m| m.line));
            lines.extend(marks.iter().find(|m| m.span.latest >= to && m.span.earliest <= self.end).map(|m| m.line));
        }
        let lifted = self.faults.iter().filter_map(|f| f.lift.as_ref()).filter(|l| l.span.earliest <= from);
        lines.extend(lifted.max_by_key(|l| l.span.latest).map(|l| l.line));
        let injected = |f: &&Fault| f.inject.earliest <= from;
        lines.extend(self.faults.iter().filter(injected).max_by_key(|f| f.inject.latest).map(|f| f.line));
        let next = |f: &&Fault| f.inject.latest >= to && f.inject.earliest <= self.end;
        lines.extend(self.faults.iter().filter(next).min_by_key(|f| f.inject.earliest).map(|f| f.line));
        lines
    }

    /// The lines that show what these nodes believed last before `instant`.
    pub fn beliefs(&self, members: &[usize], instant: u64) -> Vec<u64> {
        members.iter().map(|&member| self.known[member].at(instant).1).filter(|&line| line > 0).collect()
    }

    /// When a fault was injected, this node's process may have ended already, and not by that fault.
    pub(crate) fn may_be_dead_before(&self, fault: &Fault, node: Name) -> bool {
        let began = |m: &&Mark| m.span.earliest < fault.inject.earliest && m.fault != Some(fault.id);
        let mut lives = self.marks.get(node.0 as usize).into_iter().flatten();
        let last = lives.rfind(|m| matches!(m.turn, Turn::Start | Turn::Exit) && began(m));
        last.is_some_and(|mark| mark.turn == Turn::Exit)
    }

    /// When an incarnation of this node ended, for each end the earliest instant.
    pub(crate) fn exits(&self, node: usize) -> impl Iterator<Item = u64> + '_ {
        self.marks[node].iter().filter(|m| m.turn == Turn::Exit).map(|m| m.span.earliest)
    }
}

/// A node's number as a name.
pub(crate) fn name(node: usize) -> Name {
    Name(u32::try_from(node).unwrap_or(u32::MAX))
}

fn links(nodes: usize, faults: &[Fault], traffic: &BTreeMap<(Name, Name), Traffic>) -> Vec<Link> {
    // Faults that name their links are looked up by them; the few that do not are tried on every link.
    let mut named: BTreeMap<(Name, Name), Vec<usize>> = BTreeMap::new();
    let mut vague = Vec::new();
    for (i, fault) in faults.iter().enumerate().filter(|(_, f)| f.does.on_link()) {
        match fault.links.as_slice() {
            _ if !fault.does.is_known() => vague.push(i),
            [] => vague.push(i),
            links => links.iter().for_each(|&link| named.entry(link).or_default().push(i)),
        }
    }
    let nothing = Traffic::default();
    let mut links = Vec::with_capacity(nodes * nodes);
    for from in (0..nodes).map(name) {
        for to in (0..nodes).map(name) {
            let own = named.get(&(from, to)).into_iter().flatten();
            let these = own.chain(&vague).map(|&i| &faults[i]);
            links.push(Link::new(from, to, these, traffic.get(&(from, to)).unwrap_or(&nothing)));
        }
    }
    links
}
