//! From the text of a line to what it says, and back.
//!
//! What cannot be guessed without risking a wrong verdict makes a line no event: an observation of no node, a fault
//! without its number (its lift could not be told from another's), a number that is not one. Types of lines and fields
//! that this version does not know are passed over.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;

use serde::{Serialize, Serializer};
use serde_json::Value;
use workloads::Link as LinkName;

use crate::entry::{Described, Entry, Expect, Fault, Harness, Link, Miss, Node, Observe, Probe, Record, State, Voters};
use crate::error::NotAnEvent;
use crate::event::Span;
use crate::line::{KEYS, Line};
use crate::quick;
use crate::vocabulary::{Cause, HarnessEvent, Kind};
use crate::voters;
use crate::word::{Vocabulary, Word};

impl<'a> Record<'a> {
    /// What a line says: all but [`State::other`].
    ///
    /// # Errors
    /// The line is not an event.
    pub fn read(text: &'a str) -> Result<Self, NotAnEvent> {
        quick::read(text).map_or_else(|| Self::slowly(text), Ok)
    }

    /// As [`Self::read`], whatever the line looks like.
    pub(crate) fn slowly(text: &'a str) -> Result<Self, NotAnEvent> {
        // serde would read an array as the fields in their order.
        if text.trim_ascii_start().starts_with('[') {
            return Err("it is not a JSON object".into());
        }
        match serde_json::from_str(text) {
            Ok(line) => Self::of(line),
            Err(error) => foreign(text).ok_or_else(|| without_line_number(&error).into()),
        }
    }

    /// All that a line says. Slower: for people.
    ///
    /// # Errors
    /// The line is not an event.
    pub fn read_whole(text: &'a str) -> Result<Self, NotAnEvent> {
        let mut record = Self::read(text)?;
        if let Entry::Observe(seen) = &mut record.entry {
            let mut all: BTreeMap<String, Value> = serde_json::from_str(text).unwrap_or_default();
            all.retain(|key, _| !KEYS.contains(&key.as_str()));
            seen.state.other = all;
        }
        Ok(record)
    }

    /// Appends the line that says it, without a newline.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn write(&self, out: &mut Vec<u8>) -> io::Result<()> {
        Ok(serde_json::to_writer(out, self)?)
    }

    fn of(mut line: Line<'a>) -> Result<Self, NotAnEvent> {
        let (t, span) = (line.t, line.span.map(|[earliest, latest]| Span::new(earliest, latest)));
        let group = line.group.take();
        let entry = match Kind::exactly(&line.kind) {
            Some(Kind::Observe) => Entry::Observe(observe(line)?),
            Some(Kind::Node) => Entry::Node(node(line)?),
            Some(Kind::Voters) => Entry::Voters(voters(line)?),
            Some(Kind::Miss) => Entry::Miss(miss(line)?),
            Some(Kind::Fault) => Entry::Fault(fault(line)?),
            Some(Kind::Link) => Entry::Link(link(line)?),
            Some(Kind::Expect) => Entry::Expect(expect(line)?),
            Some(Kind::Probe) => Entry::Probe(probe(line)?),
            Some(Kind::Harness) => Entry::Harness(harness(line)),
            None if line.kind.is_empty() => return Err("it has no \"type\"".into()),
            None => Entry::Unknown(line.kind),
        };
        Ok(Self { t, span, group, entry })
    }
}

impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut line = self.entry.line();
        (line.t, line.span) = (self.t, self.span.map(|span| [span.earliest, span.latest]));
        line.group = self.group.clone();
        line.serialize(serializer)
    }
}

/// A type of line that this version does not know may use known fields in ways of its own.
fn foreign(text: &str) -> Option<Record<'static>> {
    let line: Value = serde_json::from_str(text).ok()?;
    let kind = line.get("type")?.as_str()?;
    if kind.is_empty() || Kind::exactly(kind).is_some() {
        return None;
    }
    let t = line.get("t").and_then(Value::as_u64);
    Some(Record { t, span: None, group: None, entry: Entry::Unknown(Cow::Owned(kind.to_owned())) })
}

/// serde_json counts lines within the text it was given, which is always one.
pub(crate) fn without_line_number(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line 1 column ") {
        Some(at) => format!("{} (column {})", &text[..at], error.column()),
        None => text,
    }
}

/// The node that a line names.
fn named<'a>(node: Option<Cow<'a, str>>, kind: Kind) -> Result<Cow<'a, str>, NotAnEvent> {
    node.ok_or_else(|| format!("a line of type \"{kind}\" names its \"node\"").into())
}

fn observe(line: Line<'_>) -> Result<Observe<'_>, NotAnEvent> {
    Ok(Observe {
        node: named(line.node, Kind::Observe)?,
        incarnation: line.incarnation,
        observer: line.observer,
        evidence: line.evidence.map(Word::read),
        seq: line.seq,
        state: State {
            role: line.role.map(Word::read),
            term: line.term,
            vote: line.vote,
            leader: line.leader,
            vote_id: line.vote_id,
            leader_id: line.leader_id,
            log: line.log,
            counted: line.counted,
            candidate_log: line.candidate_log,
            other: BTreeMap::new(),
        },
    })
}

fn voters(line: Line<'_>) -> Result<Voters<'_>, NotAnEvent> {
    let list = |key: &str, value: Option<Value>| match value {
        None => Ok(Vec::new()),
        Some(Value::Array(names)) => voters::list(key, &names),
        Some(_) => Err(format!("its \"{key}\" are no list of names")),
    };
    Ok(Voters {
        node: named(line.node, Kind::Voters)?,
        incarnation: line.incarnation,
        observer: line.observer,
        evidence: line.evidence.map(Word::read),
        voters: line.voters.as_ref().map(crate::Voters::read).transpose()?,
        outgoing: list("outgoing", line.outgoing)?,
        learners: list("learners", line.learners)?,
    })
}

fn node(line: Line<'_>) -> Result<Node<'_>, NotAnEvent> {
    let fault = fault_id(&line);
    Ok(Node {
        node: named(line.node, Kind::Node)?,
        incarnation: line.incarnation,
        event: line.event.map(Word::read).ok_or("a line of type \"node\" says which \"event\"")?,
        pid: line.pid,
        status: line.status,
        signal: line.signal,
        fault,
        reason: line.reason,
    })
}

fn miss(line: Line<'_>) -> Result<Miss<'_>, NotAnEvent> {
    Ok(Miss {
        node: named(line.node, Kind::Miss)?,
        incarnation: line.incarnation,
        observer: line.observer,
        error: line.error,
    })
}

fn fault(line: Line<'_>) -> Result<Fault<'_>, NotAnEvent> {
    let ends = |link: &String| ends(link).map(|(from, to)| LinkName::new(from, to));
    Ok(Fault {
        id: line.id.ok_or("a line of type \"fault\" has the fault's \"id\"")?,
        stage: line.stage.map(Word::read).ok_or("a line of type \"fault\" has a \"stage\", \"inject\" or \"lift\"")?,
        fault: line.fault.map(Described::read),
        nodes: line.nodes,
        links: line.links.map(|links| links.iter().map(ends).collect()).transpose()?,
        outcome: line.outcome.map(Word::read),
        reason: line.reason,
        operations: line.operations,
        lost: line.lost,
    })
}

fn link(line: Line<'_>) -> Result<Link<'_>, NotAnEvent> {
    let (from, to) = match line.link.ok_or("a line of type \"link\" names its \"link\"")? {
        Cow::Borrowed(link) => ends(link).map(|(from, to)| (Cow::Borrowed(from), Cow::Borrowed(to)))?,
        Cow::Owned(link) => ends(&link).map(|(from, to)| (from.to_owned().into(), to.to_owned().into()))?,
    };
    Ok(Link {
        from,
        to,
        rule: line.rule.map(Word::read),
        passed: line.passed,
        held: line.held,
        dropped: line.dropped,
        packets: line.packets,
    })
}

/// The ends of a link.
pub(crate) fn ends(link: &str) -> Result<(&str, &str), NotAnEvent> {
    link.split_once("->").ok_or_else(|| format!("{link:?} is not a link; write it as \"n1->n2\"").into())
}

fn expect(line: Line<'_>) -> Result<Expect<'_>, NotAnEvent> {
    Ok(Expect {
        id: line.id.ok_or("a line of type \"expect\" has its step's \"id\"")?,
        condition: line.condition,
        outcome: line.outcome.map(Word::read),
        reason: line.reason,
        operations: line.operations,
    })
}

fn probe(line: Line<'_>) -> Result<Probe<'_>, NotAnEvent> {
    Ok(Probe {
        outcome: line.outcome.map(Word::read).ok_or("a line of type \"probe\" has an \"outcome\"")?,
        attempts: line.attempts,
        slowest: line.slowest,
        node: line.node,
        reason: line.reason,
    })
}

/// The number of the fault that did what the line tells.
fn fault_id(line: &Line<'_>) -> Option<u32> {
    line.fault.as_ref().and_then(Value::as_u64).and_then(|id| u32::try_from(id).ok())
}

fn harness(line: Line<'_>) -> Harness<'_> {
    let fault = fault_id(&line);
    let Line { event, node, incarnation, nodes, phase, cause, cpu, idle, io, passed, reason, .. } = line;
    match event.as_deref().and_then(HarnessEvent::meant) {
        Some(HarnessEvent::Phase) => Harness::Phase { phase: phase.map(Word::read), nodes },
        Some(HarnessEvent::Stall) => Harness::Stall { cause: cause_of(cause, reason.as_deref()), reason },
        Some(HarnessEvent::Pressure) => Harness::Pressure { cpu, idle, io },
        Some(HarnessEvent::Messages) => Harness::Messages { passed },
        Some(HarnessEvent::OutputLost) => Harness::OutputLost { reason },
        Some(HarnessEvent::CaptureLost) => Harness::CaptureLost { reason },
        Some(HarnessEvent::Provoked) => Harness::Provoked { reason },
        Some(HarnessEvent::Uncarried) => Harness::Uncarried { node, reason },
        Some(HarnessEvent::Helper) => Harness::Helper { node, incarnation, fault, reason },
        Some(HarnessEvent::Unprotected) => Harness::Unprotected { reason },
        Some(HarnessEvent::End) => Harness::End { reason: reason.map(Word::read) },
        None => Harness::Other { event: event.unwrap_or_default(), node, reason },
    }
}

/// Why something stalled. Versions that had no word for it said it in a sentence, of which one has a meaning to this day.
fn cause_of<'a>(cause: Option<Cow<'a, str>>, reason: Option<&str>) -> Option<Word<'a, Cause>> {
    let disk = || (reason == Some("the disk did not answer")).then_some(Word::Known(Cause::Disk));
    cause.map(Word::read).or_else(disk)
}

/// The same text, borrowed.
fn lent<'b>(text: &'b Option<Cow<'_, str>>) -> Option<Cow<'b, str>> {
    text.as_deref().map(Cow::Borrowed)
}

fn word<'b, T: Vocabulary>(word: &'b Option<Word<'_, T>>) -> Option<Cow<'b, str>> {
    word.as_ref().map(|word| Cow::Borrowed(word.text()))
}

impl Entry<'_> {
    /// As the file has it, without its times.
    fn line(&self) -> Line<'_> {
        let of = |kind: Kind| Line { kind: kind.as_str().into(), ..Line::default() };
        match self {
            Self::Node(node) => Line {
                node: Some((&*node.node).into()),
                incarnation: node.incarnation,
                event: Some(node.event.text().into()),
                pid: node.pid,
                status: node.status,
                signal: node.signal,
                fault: node.fault.map(Value::from),
                reason: lent(&node.reason),
                ..of(Kind::Node)
            },
            Self::Observe(seen) => seen.line(of(Kind::Observe)),
            Self::Voters(voters) => voters.line(of(Kind::Voters)),
            Self::Miss(miss) => Line {
                node: Some((&*miss.node).into()),
                incarnation: miss.incarnation,
                observer: lent(&miss.observer),
                error: lent(&miss.error),
                ..of(Kind::Miss)
            },
            Self::Fault(fault) => Line {
                id: Some(fault.id),
                stage: Some(fault.stage.text().into()),
                fault: fault.fault.as_ref().map(|fault| fault.value().clone()),
                nodes: fault.nodes.clone(),
                links: fault.links.as_ref().map(|links| links.iter().map(ToString::to_string).collect()),
                outcome: word(&fault.outcome),
                reason: lent(&fault.reason),
                operations: fault.operations.clone(),
                lost: fault.lost.clone(),
                ..of(Kind::Fault)
            },
            Self::Link(link) => Line {
                link: Some(format!("{}->{}", link.from, link.to).into()),
                rule: word(&link.rule),
                passed: link.passed,
                held: link.held,
                dropped: link.dropped,
                packets: link.packets,
                ..of(Kind::Link)
            },
            Self::Expect(expect) => Line {
                id: Some(expect.id),
                condition: expect.condition.clone(),
                outcome: word(&expect.outcome),
                reason: lent(&expect.reason),
                operations: expect.operations.clone(),
                ..of(Kind::Expect)
            },
            Self::Probe(probe) => Line {
                outcome: Some(probe.outcome.text().into()),
                attempts: probe.attempts,
                slowest: probe.slowest,
                node: lent(&probe.node),
                reason: lent(&probe.reason),
                ..of(Kind::Probe)
            },
            Self::Harness(harness) => harness.line(of(Kind::Harness)),
            Self::Unknown(kind) => Line { kind: (&**kind).into(), ..Line::default() },
        }
    }
}

impl Observe<'_> {
    fn line<'b>(&'b self, of: Line<'b>) -> Line<'b> {
        let known = |name: &'b Option<Option<Cow<'_, str>>>| name.as_ref().map(lent);
        let State { role, term, vote, leader, vote_id, leader_id, log, counted, candidate_log, other } = &self.state;
        Line {
            node: Some((&*self.node).into()),
            incarnation: self.incarnation,
            observer: lent(&self.observer),
            evidence: word(&self.evidence),
            role: word(role),
            term: *term,
            vote: known(vote),
            leader: known(leader),
            vote_id: lent(vote_id),
            leader_id: lent(leader_id),
            log: *log,
            counted: counted.clone(),
            candidate_log: *candidate_log,
            seq: self.seq,
            other: Cow::Borrowed(other),
            ..of
        }
    }
}

impl Voters<'_> {
    fn line<'b>(&'b self, of: Line<'b>) -> Line<'b> {
        let list = |names: &[String]| (!names.is_empty()).then(|| Value::from(names));
        Line {
            node: Some((&*self.node).into()),
            incarnation: self.incarnation,
            observer: lent(&self.observer),
            evidence: word(&self.evidence),
            voters: self.voters.clone().map(Value::from),
            outgoing: list(&self.outgoing),
            learners: list(&self.learners),
            ..of
        }
    }
}

impl Harness<'_> {
    fn line<'b>(&'b self, of: Line<'b>) -> Line<'b> {
        let (event, reason) = (Some(self.word()).filter(|word| !word.is_empty()), self.reason().map(Cow::Borrowed));
        let of = Line { event: event.map(Cow::Borrowed), node: self.node().map(|node| (&**node).into()), reason, ..of };
        match self {
            Self::Phase { phase, nodes } => Line { phase: word(phase), nodes: nodes.clone(), ..of },
            Self::Stall { cause, .. } => Line { cause: word(cause), ..of },
            Self::Pressure { cpu, idle, io } => Line { cpu: *cpu, idle: *idle, io: *io, ..of },
            Self::Messages { passed } => Line { passed: *passed, ..of },
            Self::Helper { incarnation, fault, .. } => {
                Line { incarnation: *incarnation, fault: fault.map(Value::from), ..of }
            }
            _ => of,
        }
    }
}
