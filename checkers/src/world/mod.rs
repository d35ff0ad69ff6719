//! What was so, when: processes, links, and what nodes believed, as functions of time.
//!
//! The liveness checkers and the measures all ask the same questions of a run, so the answers are worked out once. A
//! [`World`] is fed every event and keeps only changes; [`World::close`] makes a [`Picture`] of it. Nothing is
//! concluded before that, because a history tells of things late: a fault's line is written when the fault is in force,
//! with a span that began earlier, and an `exit` after the last line of the process. A judge that decided as lines come
//! would have to take things back.
//!
//! The price is memory for the changes: 40 bytes for each change of a node's role, term or leader, about as much again
//! for each while the picture exists. Twenty thousand terms of five nodes are some tens of megabytes. Polls that repeat what
//! is known cost nothing.
//!
//! Everything is three-valued ([`Tri`]): see [`process`], [`link`], [`state`] for what counts as certain, and
//! [`effective`] for when a cluster has a leader.

mod campaign;
mod contact;
pub mod effective;
pub mod expected;
pub mod fault;
pub(crate) mod index;
pub mod link;
pub mod membership;
mod picture;
pub mod probed;
mod process;
mod signs;
pub mod stall;
pub mod state;
pub mod timeline;

use std::collections::BTreeMap;

use history::{
    Body, Event, ExitReason, FaultEvent, Header, LinkEvent, Name, Names, NodeEvent, Observation, Role, Rule, Span,
    Stall, Word,
};

pub(crate) use picture::name;
pub use picture::{Candidacy, Phase, Picture, TermFacts};
pub use timeline::{Timeline, Tri};

use campaign::Campaigns;
use contact::Contacts;

use crate::kept::{List, Map};
use expected::Expected;
use history::event::Life;
use link::Traffic;
use membership::Beliefs;
use process::{First, Mark, Turn};
use state::Track;

/// At most so much of the end of a history is lost when the harness is killed: nothing is concluded from the silence
/// of the last so many nanoseconds of a history without `end`.
const LOST: u64 = 100_000_000;

/// How busy the machine was during the run: sums over the samples that there are.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Host {
    cpu: (f64, u32),
    idle: (f64, u32),
}

impl Host {
    fn add(&mut self, cpu: Option<f64>, idle: Option<f64>) {
        for (sum, share) in [(&mut self.cpu, cpu), (&mut self.idle, idle)] {
            if let Some(share) = share.filter(|share| (0.0..=1.0).contains(share)) {
                *sum = (sum.0 + share, sum.1.saturating_add(1));
            }
        }
    }

    /// The mean share of the time in which some task waited for a processor.
    pub fn waiting(&self) -> Option<f64> {
        mean(self.cpu)
    }

    /// The mean share of the processors that was idle.
    pub fn idle(&self) -> Option<f64> {
        mean(self.idle)
    }
}

fn mean((sum, count): (f64, u32)) -> Option<f64> {
    (count > 0).then(|| sum / f64::from(count))
}

/// Whether the incarnations of a node that were counted fit those that lines tell.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    /// The highest that was counted.
    counted: u32,
    /// A line told of a lower one after that: lives may be taken for one, or one life for two.
    confused: bool,
}

impl Count {
    fn line(&mut self, incarnation: u32, told: bool) {
        if told {
            self.confused |= incarnation < self.counted;
        } else {
            self.counted = self.counted.max(incarnation);
        }
    }
}

/// Records a run for [`World::close`].
#[derive(Debug, Clone)]
pub struct World {
    header: Header,
    periods: Vec<Option<u64>>,
    tracks: Vec<Vec<Track>>,
    marks: Vec<List<Mark>>,
    firsts: Vec<Option<First>>,
    signs: Vec<signs::Life>,
    readies: List<Span>,
    faults: fault::Events,
    traffic: BTreeMap<(Name, Name), Traffic>,
    /// A line named, by a name, somebody who is no node of the record.
    strangers: bool,
    /// An observation is missing somewhere.
    holed: bool,
    /// When lines of a node were lost first.
    gap: Option<u64>,
    counts: Vec<Count>,
    /// Lines other than those of faults name faults, or rules that only a fault puts into force.
    blamed: bool,
    beliefs: Beliefs,
    /// The names that are no node's, beginning with the first number after the nodes.
    others: Vec<String>,
    expected: Expected,
    stalls: Vec<Stall>,
    host: Host,
    messages: Vec<(Span, u64)>,
    probes: Vec<probed::Stretch>,
    phases: Vec<Phase>,
    terms: Map<u64, TermFacts>,
    candidates: Vec<Option<Candidacy>>,
    campaigns: Vec<Campaigns>,
    contacts: Contacts,
    wins: List<(Candidacy, Candidacy)>,
    /// When the first line was written: before it nothing is told.
    begun: Option<u64>,
    last: u64,
    ended: bool,
}

impl World {
    /// An empty record of a run with this header.
    pub fn new(header: &Header) -> Self {
        let nodes = header.nodes.len();
        Self {
            periods: header.observers.iter().map(|observer| observer.period).collect(),
            tracks: vec![Vec::new(); nodes],
            marks: vec![List::default(); nodes],
            firsts: vec![None; nodes],
            signs: vec![signs::Life::default(); nodes],
            strangers: false,
            holed: false,
            gap: None,
            counts: vec![Count::default(); nodes],
            blamed: false,
            beliefs: Beliefs::new(nodes),
            others: Vec::new(),
            readies: List::default(),
            faults: fault::Events::default(),
            traffic: BTreeMap::new(),
            expected: Expected::new(nodes),
            stalls: Vec::new(),
            host: Host::default(),
            messages: Vec::new(),
            probes: Vec::new(),
            phases: Vec::new(),
            terms: Map::default(),
            candidates: vec![None; nodes],
            campaigns: vec![Campaigns::default(); nodes],
            contacts: Contacts::new(nodes),
            wins: List::default(),
            begun: None,
            last: 0,
            ended: false,
            header: header.clone(),
        }
    }

    /// Takes one event into account.
    pub fn feed(&mut self, event: &Event) {
        self.last = self.last.max(event.t);
        self.begun.get_or_insert(event.t);
        match &event.body {
            Body::Observe(seen) => self.observe(seen, event.line),
            Body::Node(node) => self.node(node, event.line),
            Body::Fault(fault) => self.fault(fault, event.line),
            Body::Link(link) => self.link(link),
            Body::Stall(stall) => self.stalls.push(*stall),
            Body::Pressure { cpu, idle } => self.host.add(*cpu, *idle),
            Body::Messages { span, passed } => self.messages.push((*span, *passed)),
            Body::Probe(attempts) => probed::add(&mut self.probes, attempts),
            Body::Phase { phase, nodes } => {
                self.phases.push(Phase { at: event.t, name: *phase, nodes: nodes.clone(), line: event.line });
            }
            Body::End { .. } => self.ended = true,
            Body::Voters(voters) => self.beliefs.told(voters),
            Body::Expect { met: true, leader: true, span, .. } => self.expected.met(*span),
            Body::Miss { .. } | Body::Expect { .. } | Body::OtherGroup | Body::Unknown => {}
        }
    }

    fn observe(&mut self, seen: &Observation, line: u64) {
        self.last = self.last.max(seen.span.latest);
        self.expected.observe(seen);
        self.strangers |= seen.outsider;
        let index = seen.node.0 as usize;
        let (Some(tracks), Some(signs)) = (self.tracks.get_mut(index), self.signs.get_mut(index)) else {
            self.strangers = true;
            return;
        };
        signs.observe(seen, line);
        self.counts[index].line(seen.incarnation, seen.told);
        let since = self.campaigns[index].observe(seen);
        self.contacts.observe(seen, line);
        if seen.alive {
            self.firsts[index].get_or_insert(First { born: false, latest: seen.span.latest });
        }
        let track = match tracks.iter_mut().position(|track| track.observer == seen.observer) {
            Some(found) => &mut tracks[found],
            None => {
                let period = self.periods.get(seen.observer as usize).copied().flatten();
                tracks.push(Track::new(seen, period));
                let newest = tracks.len() - 1;
                &mut tracks[newest]
            }
        };
        if let Some(hole) = seen.hole {
            track.forget(hole, seen.incarnation, line);
            self.holed = true;
        }
        let new = track.feed(seen, line);
        if seen.stray {
            tracks.iter_mut().for_each(|track| track.forget(seen.span, seen.incarnation, line));
            self.holed = true;
        }
        if new {
            self.term(seen, line, since);
        }
    }

    /// Notes candidacies, wins, and when a leader was first heard of.
    fn term(&mut self, seen: &Observation, line: u64, since: u64) {
        self.heard(seen);
        let (Some(term), Some(role @ (Role::Candidate | Role::Leader))) = (seen.term, seen.role) else { return };
        let atomic = seen.evidence == history::Evidence::Atomic;
        let since = since.min(seen.span.earliest);
        let mark = Candidacy { node: seen.node, term, incarnation: seen.incarnation, span: seen.span, since, line };
        let facts = self.terms.or_insert(term, TermFacts::default());
        let place = if role == Role::Leader { &mut facts.won } else { &mut facts.candidate };
        // An atomic line says when; a sample only that it had been so.
        let better = place.as_ref().is_none_or(|(old, was_atomic)| {
            (atomic && !was_atomic) || (atomic == *was_atomic && mark.span.latest < old.span.latest)
        });
        if better {
            *place = Some((mark, atomic));
        }
        let own = &mut self.candidates[seen.node.0 as usize];
        match role {
            Role::Candidate if atomic => {
                let same = own.as_ref().is_some_and(|old| old.term == term && old.incarnation == seen.incarnation);
                if !same {
                    *own = Some(mark);
                }
            }
            Role::Leader if atomic => {
                if let Some(began) = own.take_if(|old| old.term == term && old.incarnation == seen.incarnation) {
                    self.wins.push((began, mark));
                }
            }
            _ => {}
        }
    }

    /// An atomic line tells of the beginning of its span, when the node itself says that it was; a sample only of its end.
    fn heard(&mut self, seen: &Observation) {
        let (Some(term), Some(Some(leader))) = (seen.term, seen.leader) else { return };
        if leader == seen.node {
            return;
        }
        let atomic = seen.evidence == history::Evidence::Atomic;
        let at = if atomic { seen.span.earliest } else { seen.span.latest };
        let first = &mut self.terms.or_insert(term, TermFacts::default()).heard;
        *first = Some(first.map_or(at, |first| first.min(at)));
    }

    fn node(&mut self, event: &NodeEvent, line: u64) {
        self.last = self.last.max(event.span.latest);
        let index = event.node.0 as usize;
        let (Some(marks), Some(tracks)) = (self.marks.get_mut(index), self.tracks.get_mut(index)) else {
            self.strangers = true;
            return;
        };
        self.blamed |= event.fault.is_some();
        self.counts[index].line(event.incarnation, event.told);
        self.beliefs.lived(event.node, &event.what, event.span);
        self.campaigns[index].lives(event);
        let born = event.what == Life::Start && event.told && event.incarnation == 1;
        self.firsts[index].get_or_insert(First { born, latest: event.span.latest });
        let turn = match event.what {
            Life::Start => Some(Turn::Start),
            Life::Exit { reason: Some(ExitReason::Forked), .. } => Some(Turn::Away),
            Life::Exit { .. } => Some(Turn::Exit),
            Life::Stop => Some(Turn::Stop),
            Life::Continue => Some(Turn::Continue),
            Life::Ready | Life::Eof | Life::Gap | Life::Silent => None,
        };
        let incarnation = event.told.then_some(event.incarnation);
        if let Some(turn) = turn {
            marks.push(Mark { turn, span: event.span, line, fault: event.fault, incarnation });
        }
        if turn.is_some() {
            self.signs[index].turns();
        }
        if event.what == Life::Gap {
            let first = self.gap.get_or_insert(event.span.earliest);
            *first = event.span.earliest.min(*first);
        }
        match event.what {
            Life::Start | Life::Eof | Life::Gap | Life::Exit { reason: Some(ExitReason::Forked), .. } => {
                tracks.iter_mut().for_each(|track| track.forget(event.span, event.incarnation, line));
            }
            _ => {}
        }
        if matches!(event.what, Life::Start | Life::Exit { .. }) {
            self.expected.lived(index);
        }
        if matches!(event.what, Life::Start | Life::Ready) {
            self.readies.push(event.span);
        }
    }

    fn fault(&mut self, fault: &FaultEvent, line: u64) {
        for node in &fault.nodes {
            self.signs.get_mut(node.0 as usize).map(signs::Life::turns);
        }
        self.faults.take(fault, line);
    }

    fn link(&mut self, event: &LinkEvent) {
        let traffic = self.traffic.entry((event.from, event.to)).or_default();
        let cut = event.is_cut();
        match &event.rule {
            Some(Word::Known(Rule::Open)) | None => {}
            // A rule that nobody knows may have done something to the link.
            Some(Word::Known(Rule::Cut | Rule::Degrade) | Word::Foreign(_)) => {
                self.blamed = true;
                let held = if cut { &mut traffic.cut } else { &mut traffic.weak };
                held.push(event.span);
            }
        }
        if !cut {
            traffic.uncut = traffic.uncut.max(event.span.latest);
        }
        if event.passed > 0 {
            let crossed = if cut { &mut traffic.leaked } else { &mut traffic.carried };
            crossed.push(event.span);
        }
    }

    /// Gives the names that are no node's, so that they can be shown.
    pub fn name_strangers(&mut self, names: &Names) {
        let nodes = self.header.nodes.len();
        let all = (nodes..names.len()).filter_map(|name| u32::try_from(name).ok());
        self.others = all.map(|name| names.text(Name(name)).to_owned()).collect();
    }

    /// The picture of the run, after the last event.
    pub fn close(mut self) -> Picture {
        if self.holed {
            self.tracks.iter_mut().flatten().for_each(Track::end_in_doubt);
        }
        let mut end = if self.ended { self.last } else { self.last.saturating_sub(LOST) };
        if let Some(teardown) = self.phases.iter().find(|phase| phase.name == Some(history::Phase::Teardown)) {
            end = end.min(teardown.at);
        }
        Picture::new(self, end)
    }
}
