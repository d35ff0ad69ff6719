//! From a line to an event, and how lenient to be on the way.
//!
//! Histories are written by this harness, by older and newer versions of it, by other people's recorders and by
//! hand. Whatever may be left out is *unknown* and is given the reading that accuses nobody: an outcome that is not
//! stated is `indeterminate`, a role that is not known is no role, a vote for somebody who is no node of the record is an
//! unknown vote, an observer that nobody declared shows neither every change nor only what is durable (except `events`,
//! whose name is the node contract and means both). Kinds of lines and fields that this version does not know are passed
//! over, and so are lines of another Raft group.
//!
//! What cannot be guessed without risking a wrong verdict is an error that names the line; see [`crate::record`].

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Deserialize as _;
use workloads::Condition;

use super::entry::{self, Described, Entry, Harness, Record, State};
use super::error::NotAnEvent;
use super::header::Observer;
use super::line::Known;
use super::lives::Lives;
use super::memo::{Look, Memo};
use super::record::without_line_number;
use super::sequence::Sequences;
use super::vocabulary::{Answer, Cause, EndReason, Expectation, Fate};
use super::voters::Voters;
use super::word::Word;
use super::{
    Attempts, Body, Event, Evidence, ExitReason, FaultEvent, Header, HistoryError, Installed, Life, LinkEvent, Name,
    Names, NodeEvent, Observation, SCHEMA, Span, Stage, Stall, VotersEvent,
};

/// The observer whose name stands for the node contract.
const NODE_CONTRACT: &str = "events";

/// Turns lines into events. Fed with the lines of one history, in order.
#[derive(Debug)]
pub struct Decoder {
    header: Header,
    names: Names,
    observers: Vec<Observer>,
    /// For each node its incarnations, as far as lines that do not say theirs are counted.
    lives: Lives,
    /// What was injected, for lifts that do not repeat it.
    injected: HashMap<u32, Injected>,
    /// What the lines of each observer were numbered.
    sequences: Sequences,
    /// The group of the record: the header's, or that of the first line that names one.
    group: Option<String>,
    /// The time of the line before.
    now: u64,
    /// The last line says neither when it was recorded nor when it was.
    untimed: bool,
    /// Observations that were read before.
    memo: Memo,
    /// What the line before said, unless it is remembered there.
    current: Event,
    /// Where the memo remembers what the line before said.
    remembered: Option<usize>,
}

#[derive(Debug, Clone, Default)]
struct Injected {
    kind: String,
    mended: bool,
    unplugged: bool,
    nodes: Vec<Name>,
    links: Vec<(Name, Name)>,
}

impl Decoder {
    /// Reads the header line.
    ///
    /// # Errors
    /// The line is not a header ([`HistoryError::NotAHistory`]), or has another [`SCHEMA`].
    pub fn new(line: &[u8]) -> Result<Self, HistoryError> {
        let header = read_header(line)?;
        let names = Names::of(&header);
        let (observers, group) = (header.observers.clone(), header.group.clone());
        Ok(Self {
            header,
            names,
            observers,
            lives: Lives::default(),
            injected: HashMap::new(),
            sequences: Sequences::default(),
            group,
            now: 0,
            untimed: false,
            memo: Memo::default(),
            current: Event { line: 0, t: 0, body: Body::Unknown },
            remembered: None,
        })
    }

    /// The header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The names that occurred so far.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// The observers: those of the header in order, then those that only observations name.
    pub fn observers(&self) -> &[Observer] {
        &self.observers
    }

    /// The last line says neither when it was recorded nor when it was. It was before the next line was recorded.
    pub(super) fn is_untimed(&self) -> bool {
        self.untimed
    }

    /// Reads an event line; `number` is its line in the file (the header is line 1).
    ///
    /// # Errors
    /// The line is not an event ([`HistoryError::NotAnEvent`]).
    pub fn decode(&mut self, line: &[u8], number: u64) -> Result<Event, HistoryError> {
        self.read(line, number).cloned()
    }

    /// As [`Self::decode`], without a copy: what the line says is lent until the next one is read.
    ///
    /// # Errors
    /// The line is not an event ([`HistoryError::NotAnEvent`]).
    pub fn read(&mut self, line: &[u8], number: u64) -> Result<&Event, HistoryError> {
        self.event(line, number).map_err(|NotAnEvent(why)| HistoryError::NotAnEvent { line: number, why })?;
        Ok(self.last())
    }

    /// What the last line said.
    pub(super) fn last(&self) -> &Event {
        self.remembered.map_or(&self.current, |place| self.memo.event(place))
    }

    fn event(&mut self, text: &[u8], number: u64) -> Result<(), NotAnEvent> {
        let look = self.memo.look(text);
        if let Look::Known(place, numbers) = look {
            let event = self.memo.recall(place, &numbers);
            if let Body::Observe(seen) = &mut event.body {
                self.lives.told(seen.node, seen.span, seen.incarnation);
                seen.hole = self.sequences.take((seen.node, seen.observer), seen.incarnation, seen.span, numbers.seq);
            }
            (event.line, self.now) = (number, numbers.t);
            (self.remembered, self.untimed) = (Some(place), false);
            return Ok(());
        }
        let text = std::str::from_utf8(text).map_err(|error| format!("it is not UTF-8 ({error})"))?;
        let Record { t, span, group, entry } = Record::read(text)?;
        // What a line says by itself may be remembered: that of no group.
        let lasting = match (&entry, look) {
            (Entry::Observe(seen), Look::New(shape)) if group.is_none() && shape.is_of(t, span, seen) => Some(shape),
            _ => None,
        };
        self.untimed = t.is_none() && span.is_none();
        let t = t.or(span.map(|span| span.latest)).unwrap_or(self.now);
        let span = span.unwrap_or(Span::at(t));
        let mut body = match entry {
            _ if self.is_of_another_group(group) => Body::OtherGroup,
            Entry::Observe(seen) => self.observe(&seen, span)?,
            Entry::Voters(voters) => self.voters(voters, span)?,
            Entry::Node(node) => self.node(&node, span),
            Entry::Miss(miss) => Body::Miss { node: self.names.intern(&miss.node) },
            Entry::Fault(fault) => self.fault(fault, span),
            Entry::Link(link) => self.link(&link, span),
            Entry::Expect(expect) => self::expect(&expect, span),
            Entry::Probe(probe) => self::probe(&probe, span),
            Entry::Harness(harness) => self.harness(harness, span),
            Entry::Unknown(_) => Body::Unknown,
        };
        self.now = t;
        if self.untimed {
            body = untimed(body);
        }
        self.current = Event { line: number, t, body };
        self.remembered = None;
        if let (Some(shape), Body::Observe(_)) = (lasting, &self.current.body) {
            self.memo.keep(&shape, &self.current);
        }
        Ok(())
    }

    /// A record is of one group: without one in the header it is that of the first line which names one.
    fn is_of_another_group(&mut self, group: Option<String>) -> bool {
        group.is_some_and(|group| *self.group.get_or_insert_with(|| group.clone()) != group)
    }

    /// A node that a vote or a leader names; and what stood there, where that is no node of the record.
    fn named(&mut self, named: &Known<Cow<'_, str>>, instead: &Option<Cow<'_, str>>) -> (Known<Name>, Option<Name>) {
        let nodes = self.header.nodes.len();
        match named {
            // An id that is a node's name was not taken for one by whoever wrote the line.
            None => (
                None,
                instead
                    .as_deref()
                    .filter(|id| self.names.get(id).is_none_or(|name| name.0 as usize >= nodes))
                    .map(|id| self.names.intern(id)),
            ),
            Some(None) => (Some(None), None),
            Some(Some(text)) => match self.names.intern(text) {
                name if (name.0 as usize) < nodes => (Some(Some(name)), None),
                name => (None, Some(name)),
            },
        }
    }

    fn observe(&mut self, seen: &entry::Observe<'_>, span: Span) -> Result<Body, NotAnEvent> {
        let node = self.names.intern(&seen.node);
        let incarnation = self.incarnation(node, span, seen.incarnation);
        // A word for evidence that nobody knows is the weakest.
        let evidence = seen.evidence.as_ref().map(|evidence| evidence.known().unwrap_or_default());
        let observer = self.observer(seen.observer.as_deref().unwrap_or(""), evidence)?;
        // Whoever saw it, it may have been one who shows every change.
        let stray = seen.observer.is_none()
            && self.observers.iter().any(|one| one.complete && evidence.is_none_or(|said| said == one.evidence));
        let declared = &self.observers[usize::from(observer)];
        let evidence = evidence.unwrap_or(declared.evidence);
        let (durable, complete) = (declared.durable, declared.complete);
        let (alive, piped) = (declared.may_show_life(), declared.is_of_a_pipe());
        let State { role, term, vote, leader, vote_id, leader_id, log, counted, candidate_log, .. } = &seen.state;
        let by_name = |named: &Known<Cow<'_, str>>| matches!(named, Some(Some(_)));
        let (vote_by_name, leader_by_name) = (by_name(vote), by_name(leader));
        let (vote, foreign_vote) = self.named(vote, vote_id);
        let (leader, foreign_leader) = self.named(leader, leader_id);
        let outsider = foreign_vote.is_some() && vote_by_name || foreign_leader.is_some() && leader_by_name;
        let counted = counted.as_deref().map_or_else(Vec::new, |counted| self.intern_all(counted));
        let hole = self.sequences.take((node, observer), incarnation, span, seen.seq);
        Ok(Body::Observe(Observation {
            node,
            incarnation,
            told: seen.incarnation.is_some(),
            observer,
            evidence,
            durable,
            complete,
            span,
            role: role.as_ref().and_then(Word::known),
            term: *term,
            vote,
            leader,
            foreign_vote,
            foreign_leader,
            outsider,
            log: log.map(|[term, index]| (term, index)),
            counted,
            candidate_log: candidate_log.map(|[term, index]| (term, index)),
            alive,
            piped,
            hole,
            stray,
        }))
    }

    /// The incarnation of a line that shows its node alive, which may say itself which it is.
    fn incarnation(&mut self, node: Name, span: Span, given: Option<u32>) -> u32 {
        match given {
            Some(given) => {
                self.lives.told(node, span, given);
                given
            }
            None => self.lives.seen(node, span),
        }
    }

    fn voters(&mut self, line: entry::Voters<'_>, span: Span) -> Result<Body, NotAnEvent> {
        let node = self.names.intern(&line.node);
        let incarnation = self.incarnation(node, span, line.incarnation);
        let evidence = match (line.evidence.as_ref(), line.observer.as_deref()) {
            (Some(word), _) => word.known().unwrap_or_default(),
            (None, Some(name)) => {
                let observer = self.observer(name, None)?;
                self.observers[usize::from(observer)].evidence
            }
            (None, None) => Evidence::Sampled,
        };
        let voters = match line.voters {
            Some(Voters::Listed(voters)) => Some(self.intern_all(&voters)),
            Some(Voters::Unknown) | None => None,
        };
        let (outgoing, learners) = (self.intern_all(&line.outgoing), self.intern_all(&line.learners));
        Ok(Body::Voters(VotersEvent { node, incarnation, span, evidence, voters, outgoing, learners }))
    }

    fn observer(&mut self, name: &str, evidence: Option<Evidence>) -> Result<u16, NotAnEvent> {
        let at = match self.observers.iter().position(|observer| observer.name == name) {
            Some(at) => at,
            None => {
                let contract = name == NODE_CONTRACT;
                self.observers.push(Observer {
                    name: name.to_owned(),
                    evidence: evidence.unwrap_or(if contract { Evidence::Atomic } else { Evidence::Sampled }),
                    durable: contract,
                    complete: contract,
                    ..Observer::default()
                });
                self.observers.len() - 1
            }
        };
        u16::try_from(at).map_err(|_| "it names the 65537th observer; a history has at most 65536".into())
    }

    fn node(&mut self, line: &entry::Node<'_>, span: Span) -> Body {
        let node = self.names.intern(&line.node);
        let what = match line.event.known() {
            Some(Fate::Start) => Life::Start,
            Some(Fate::Ready) => Life::Ready,
            Some(Fate::Stop) => Life::Stop,
            Some(Fate::Continue) => Life::Continue,
            Some(Fate::Eof) => Life::Eof,
            Some(Fate::Exit) => Life::Exit { status: line.status, signal: line.signal, reason: line.exit_reason() },
            Some(Fate::Gap) => Life::Gap,
            Some(Fate::Silent) => Life::Silent,
            None => return Body::Unknown,
        };
        let ends = matches!(&what, Life::Exit { reason, .. } if *reason != Some(ExitReason::Forked));
        let incarnation = match line.incarnation {
            given if what == Life::Start => self.lives.started(node, span, given),
            Some(given) if ends => {
                self.lives.told_end(node, span, given);
                given
            }
            None if ends => self.lives.ended(node, span),
            given => self.incarnation(node, span, given),
        };
        let told = line.incarnation.is_some();
        Body::Node(NodeEvent { node, incarnation, span, what, fault: line.fault, told })
    }

    fn fault(&mut self, line: entry::Fault<'_>, span: Span) -> Body {
        let Some(stage) = line.stage.known() else { return Body::Unknown };
        let outcome = line.outcome.and_then(|outcome| outcome.known()).unwrap_or(Installed::Indeterminate);
        let kind = line.fault.as_ref().and_then(Described::kind);
        let mended = line.fault.as_ref().map(Described::is_mended);
        let unplugged = line.fault.as_ref().map(Described::is_unplugged);
        let operation = line.fault.as_ref().and_then(Described::operation).map(|(text, nth)| (text.to_owned(), nth));
        let nodes = line.nodes.as_ref().map(|nodes| self.intern_all(nodes));
        let links = line.links.as_ref().map(|links| self.links(links));
        let before = match stage {
            Stage::Inject => Injected::default(),
            Stage::Lift => self.injected.get(&line.id).cloned().unwrap_or_default(),
        };
        let fault = FaultEvent {
            id: line.id,
            stage,
            outcome,
            span,
            kind: kind.map_or(before.kind, str::to_owned),
            mended: mended.unwrap_or(before.mended),
            unplugged: unplugged.unwrap_or(before.unplugged),
            operation,
            nodes: nodes.unwrap_or(before.nodes),
            links: links.unwrap_or(before.links),
        };
        if stage == Stage::Inject
            && outcome == Installed::Installed
            && workloads::fault::Descriptor::of(&fault.kind).kills()
        {
            for &node in &fault.nodes {
                self.lives.ended(node, span);
            }
        }
        if stage == Stage::Inject {
            let FaultEvent { kind, mended, unplugged, nodes, links, .. } = fault.clone();
            self.injected.insert(line.id, Injected { kind, mended, unplugged, nodes, links });
        }
        Body::Fault(fault)
    }

    fn link(&mut self, line: &entry::Link<'_>, span: Span) -> Body {
        let (from, to) = (self.names.intern(&line.from), self.names.intern(&line.to));
        let rule = line.rule.as_ref().filter(|rule| !rule.text().is_empty());
        let rule = rule.map(|rule| rule.borrowed().into_owned());
        // A count that was left out is unknown, and an unknown count proves no cut.
        let Some(passed) = line.passed else { return Body::Unknown };
        Body::Link(LinkEvent { from, to, span, rule, passed })
    }

    fn harness(&mut self, line: Harness<'_>, span: Span) -> Body {
        match line {
            Harness::Stall { cause, .. } => {
                Body::Stall(Stall { span, disk: cause.is_some_and(|cause| cause.is(Cause::Disk)) })
            }
            Harness::Pressure { cpu, idle, .. } => Body::Pressure { cpu, idle },
            Harness::Messages { passed: Some(passed) } => Body::Messages { span, passed },
            Harness::Phase { phase, nodes } => Body::Phase {
                phase: phase.and_then(|phase| phase.known()),
                nodes: nodes.map(|nodes| self.intern_all(&nodes)).unwrap_or_default(),
            },
            Harness::End { reason } => {
                let reason = reason.unwrap_or(Word::Known(EndReason::Complete));
                Body::End { reason: reason.into_owned() }
            }
            _ => Body::Unknown,
        }
    }

    fn intern_all(&mut self, names: &[String]) -> Vec<Name> {
        names.iter().map(|name| self.names.intern(name)).collect()
    }

    fn links(&mut self, links: &[workloads::Link]) -> Vec<(Name, Name)> {
        links.iter().map(|link| (self.names.intern(&link.from), self.names.intern(&link.to))).collect()
    }
}

fn expect(line: &entry::Expect<'_>, span: Span) -> Body {
    let met = match line.outcome.as_ref().and_then(Word::known) {
        Some(Expectation::Met) => true,
        Some(Expectation::Unmet) => false,
        Some(Expectation::Skipped) | None => return Body::Unknown,
    };
    let condition = line.condition.as_ref().and_then(|condition| Condition::deserialize(condition).ok());
    Body::Expect { step: line.id, met, leader: condition.is_some_and(|condition| condition.is_of_a_leader()), span }
}

/// An outcome that nobody knows is neither an answer nor none.
fn probe(line: &entry::Probe<'_>, span: Span) -> Body {
    let Some(outcome) = line.outcome.known() else { return Body::Unknown };
    let (answered, count) = (outcome == Answer::Answered, line.attempts.unwrap_or(1));
    Body::Probe(Attempts { span, answered, count, slowest: line.slowest })
}

/// Of a line that does not say when it was: at any time until it was recorded. One that tells of a whole time tells nothing then.
fn untimed(mut body: Body) -> Body {
    if let Body::Link(_) | Body::Node(NodeEvent { what: Life::Silent, .. }) = body {
        return Body::Unknown;
    }
    if let Some(moment) = body.moment() {
        moment.earliest = 0;
    }
    body
}

fn read_header(line: &[u8]) -> Result<Header, HistoryError> {
    let not = |why: &str| HistoryError::NotAHistory(why.to_owned());
    let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
    let text = std::str::from_utf8(line).map_err(|error| not(&format!("it is not UTF-8 ({error})")))?;
    let mut value: serde_json::Value =
        serde_json::from_str(text).map_err(|error| not(&format!("it is not JSON: {}", without_line_number(&error))))?;
    let object = value.as_object_mut().ok_or_else(|| not("it is not a JSON object"))?;
    object.retain(|_, value| !value.is_null());
    match object.get("schema").map(serde_json::Value::as_u64) {
        None => return Err(not("it has no \"schema\"")),
        Some(None) => return Err(not("its \"schema\" is not a number")),
        Some(Some(found)) if found != u64::from(SCHEMA) => return Err(HistoryError::Schema { found }),
        Some(Some(_)) => {}
    }
    if !object.contains_key("nodes") {
        return Err(not("it has no \"nodes\""));
    }
    let header: Header = serde_json::from_value(value).map_err(|error| not(&error.to_string()))?;
    if header.nodes.is_empty() {
        return Err(not("its list of \"nodes\" is empty"));
    }
    for (at, name) in header.nodes.iter().enumerate() {
        if header.nodes[..at].contains(name) {
            return Err(not(&format!("it names the node {name} twice")));
        }
    }
    Ok(header)
}
