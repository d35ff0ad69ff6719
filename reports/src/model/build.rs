//! The one pass that turns lines into a model.

use std::collections::HashMap;

use history::Outcome;
use history::entry::{Harness, Observe, State};
use history::measures::{Election, Measures};
use history::{EndReason, Entry, Evidence, Fate, Header, Record, Span, Word};

use super::clients::Clients;
use super::fault::Faults;
use super::lane::{LaneBuilder, Track};
use super::names::{Name, Names};
use super::row::{Row, RowContent, RowKind, row};
use super::rows::Rows;
use super::{End, Held, Lane, RunModel};
use crate::text;

/// A file with more names than this is not a cluster; further names get no lane.
const MOST_LANES: usize = 256;

/// What an observer said last of a node. A question without answer is a state too, so that only the first of a series is
/// a row.
#[derive(PartialEq, Eq)]
struct Said {
    role: Name,
    term: Option<u64>,
    vote: Name,
    leader: Name,
    missed: bool,
}

impl Said {
    /// It did not answer.
    const NOTHING: Self =
        Self { role: Name::UNKNOWN, term: None, vote: Name::UNKNOWN, leader: Name::UNKNOWN, missed: true };

    fn of(state: &State<'_>, names: &mut Names) -> Self {
        Self {
            role: names.of(state.role.as_ref().map(Word::text)),
            term: state.term,
            vote: names.known(state.vote.as_ref().map(Option::as_deref)),
            leader: names.known(state.leader.as_ref().map(Option::as_deref)),
            missed: false,
        }
    }
}

pub(super) struct Builder {
    model: RunModel,
    lanes: Vec<LaneBuilder>,
    index: HashMap<String, usize>,
    evidence: HashMap<String, Evidence>,
    said: HashMap<(Name, Name), Said>,
    names: Names,
    rows: Rows,
    faults: Faults,
    phases: Vec<(u64, String)>,
    clients: Clients,
    line: u64,
    last: u64,
}

impl Builder {
    pub(super) fn new(mut header: Header, mut outcome: Option<Outcome>) -> Self {
        super::occasional::leave_out_what_is_not_owed(&mut header, outcome.as_mut());
        let findings = outcome.as_ref().map(RunModel::findings_of).unwrap_or_default();
        let mut builder = Self {
            lanes: Vec::new(),
            index: HashMap::new(),
            evidence: header.observers.iter().map(|o| (o.name.clone(), o.evidence)).collect(),
            said: HashMap::new(),
            names: Names::default(),
            rows: Rows::new(&findings),
            faults: Faults::default(),
            phases: Vec::new(),
            clients: Clients::default(),
            line: 1,
            last: 0,
            model: RunModel::default(),
        };
        for node in &header.nodes {
            builder.lane(node);
        }
        builder.model.findings = findings;
        builder.model.header = header;
        builder.model.outcome = outcome;
        builder
    }

    fn lane(&mut self, node: &str) -> Option<&mut LaneBuilder> {
        if !self.index.contains_key(node) {
            if self.lanes.len() >= MOST_LANES {
                return None;
            }
            self.index.insert(node.to_owned(), self.lanes.len());
            self.lanes.push(LaneBuilder::new(node));
        }
        self.lanes.get_mut(*self.index.get(node)?)
    }

    pub(super) fn blank(&mut self) {
        self.line += 1;
    }

    pub(super) fn unreadable(&mut self, text: &str, last: bool) {
        self.line += 1;
        if last {
            self.model.end.torn = true;
        } else {
            self.model.end.unreadable += 1;
        }
        let words = if last { "the last line is torn: " } else { "not an event: " };
        self.rows.push(Row {
            line: self.line,
            t: self.last,
            kind: RowKind::Strange,
            node: Name::UNKNOWN,
            what: RowContent::Text(format!("{words}{}", text::clean(text, 120)).into()),
        });
    }

    pub(super) fn line(&mut self, record: &Record<'_>) {
        self.line += 1;
        let t = record.t.or(record.span.map(|span| span.latest)).unwrap_or(self.last);
        self.last = self.last.max(t);
        let span = record.span.unwrap_or(Span::at(t));
        self.model.length = self.model.length.max(t).max(span.latest);
        let mut shown = true;
        let mut atomic = false;
        match &record.entry {
            Entry::Node(node) => {
                if let Some(lane) = self.lane(&node.node) {
                    lane.process(node.event.known(), span.latest);
                }
                shown = !node.event.is(Fate::Eof);
                // A new incarnation says its first state anew.
                if node.event.is(Fate::Start) {
                    let node = self.names.intern(&node.node);
                    self.said.retain(|(of, _), _| *of != node);
                }
            }
            Entry::Observe(seen) => {
                self.model.observations += 1;
                let evidence = self.evidence_of(seen);
                atomic = evidence == Evidence::Atomic;
                self.lane(&seen.node);
                if let Some(lane) = self.index.get(&*seen.node).and_then(|index| self.lanes.get_mut(*index)) {
                    lane.observe(&seen.state, self.line, evidence, span, &mut self.names);
                }
                let said = Said::of(&seen.state, &mut self.names);
                shown = self.is_news(&seen.node, seen.observer.as_deref(), said);
            }
            Entry::Miss(miss) => {
                self.model.misses += 1;
                shown = self.is_news(&miss.node, miss.observer.as_deref(), Said::NOTHING);
            }
            Entry::Fault(fault) => self.faults.fault(fault, self.line, span),
            Entry::Link(link) => self.faults.link(link, span),
            Entry::Harness(harness) => self.harness(harness, t, span),
            Entry::Probe(probe) => {
                shown = probe.attempts != Some(0) && self.clients.feed(probe, span);
            }
            Entry::Voters(_) | Entry::Expect(_) | Entry::Unknown(_) => {}
        }
        if shown && let Some(row) = row(record, self.line, t, atomic, &mut self.names) {
            self.rows.push(row);
        }
    }

    fn harness(&mut self, harness: &Harness<'_>, t: u64, span: Span) {
        match harness {
            Harness::Phase { phase, .. } => {
                self.phases.push((t, text::name(phase.as_ref().map_or("?", Word::text))));
            }
            Harness::Stall { .. } => {
                self.model.stalls.push(Held { start: span.earliest, end: span.latest, what: () });
            }
            Harness::End { reason } => {
                let reason = reason.as_ref().map(|reason| text::word(reason, text::LONGEST));
                self.model.end.reason = Some(reason.unwrap_or(EndReason::Complete.into()));
            }
            _ => {}
        }
    }

    /// The line's own word, else what the header declares of its observer.
    fn evidence_of(&self, seen: &Observe<'_>) -> Evidence {
        match &seen.evidence {
            Some(evidence) => evidence.known().unwrap_or_default(),
            None => seen.observer.as_deref().and_then(|name| self.evidence.get(name)).copied().unwrap_or_default(),
        }
    }

    fn is_news(&mut self, node: &str, observer: Option<&str>, said: Said) -> bool {
        let key = (self.names.intern(node), self.names.of(observer));
        match self.said.get(&key) {
            Some(before) if *before == said => false,
            _ => {
                self.said.insert(key, said);
                true
            }
        }
    }

    pub(super) fn finish(self) -> RunModel {
        let mut model = self.model;
        let end = model.length;
        model.end = End { lines: self.line, ..model.end };
        model.lanes = self.lanes.into_iter().map(|lane| lane.finish(end)).collect();
        (model.faults, model.links) = self.faults.finish(end);
        let ends = self.phases.iter().skip(1).map(|(t, _)| *t).chain([end]);
        model.phases = self
            .phases
            .iter()
            .zip(ends)
            .map(|((start, phase), end)| Held { start: *start, end: end.max(*start), what: phase.clone() })
            .collect();
        (model.clients, model.client_trouble) = self.clients.finish();
        model.claimants = claimants(&model.lanes, end);
        match &model.outcome {
            Some(outcome) => {
                model.elections = outcome.measures.elections.clone();
                model.effective = effective(&outcome.measures);
            }
            None => model.elections = elections(&model.lanes),
        }
        (model.rows, model.changes) = self.rows.finish();
        model.names = self.names;
        model
    }
}

/// How many nodes claim to lead at each instant. A paused leader claims still; a dead one does not.
fn claimants(lanes: &[Lane], end: u64) -> Vec<Held<u32>> {
    let mut steps: Vec<(u64, i32)> = lanes
        .iter()
        .flat_map(|lane| &lane.roles)
        .filter(|role| role.what.leads())
        .flat_map(|role| [(role.start, 1), (role.end, -1)])
        .collect();
    steps.sort_unstable();
    let mut track = Track::default();
    track.set(0, 0u32, |a, b| a == b);
    let mut number = 0i32;
    for (index, (at, step)) in steps.iter().enumerate() {
        number += step;
        if steps.get(index + 1).is_none_or(|next| next.0 != *at) {
            track.set(*at, number.max(0) as u32, |a, b| a == b);
        }
    }
    let mut held = track.finish(end);
    held.retain(|held| held.length() > 0);
    held
}

/// When a node led effectively, as the measures have it.
fn effective(measures: &Measures) -> Option<Vec<Held<u32>>> {
    let end = measures.observed;
    let mut all = Vec::new();
    let mut at = 0;
    for &[from, to] in measures.led.as_ref()? {
        let (from, to) = (from.max(at), to.min(end));
        all.push(Held { start: at, end: from, what: 0 });
        all.push(Held { start: from, end: to, what: 1 });
        at = to.max(at);
    }
    all.push(Held { start: at, end, what: 0 });
    all.retain(|held| held.start < held.end);
    Some(all)
}

/// The first leader of each term as the lanes show it, for a run that was not judged.
fn elections(lanes: &[Lane]) -> Vec<Election> {
    let mut won: Vec<Election> = lanes
        .iter()
        .flat_map(|lane| lane.roles.iter().map(move |held| (lane, held)))
        .filter(|(_, held)| held.what.leads())
        .filter_map(|(lane, held)| {
            let term = held.what.term?;
            Some(Election { term, leader: lane.node.clone(), won: held.start, ..Election::default() })
        })
        .collect();
    won.sort_by_key(|election| (election.term, election.won));
    won.dedup_by_key(|election| election.term);
    won
}
