//! From a line to an event, and how lenient to be on the way.
//!
//! Histories are written by this harness, by older and newer versions of it, by other people's recorders and by
//! hand. Whatever may be left out is *unknown* and is given the reading that accuses nobody: an outcome that is not
//! stated is `indeterminate`, a role that is not known is no role, an observer that nobody declared shows neither
//! every change nor only what is durable (except `events`, whose name is the node contract and means both).
//! Kinds of lines and fields that this version does not know are passed over.
//!
//! What cannot be guessed without risking a wrong verdict is an error that names the line: an observation of no
//! node, a fault without its number (its lift could not be told from another's), a number that is not one.

use std::collections::HashMap;

use super::event::FORKED;
use super::header::Observer;
use super::line::Line;
use super::{
    Body, Event, Evidence, FaultEvent, Header, HistoryError, Installed, Life, LinkEvent, Name, Names, NodeEvent,
    Observation, Role, SCHEMA, Span, Stage,
};

/// The observer whose name stands for the node contract.
const NODE_CONTRACT: &str = "events";

/// Turns lines into events. Fed with the lines of one history, in order.
#[derive(Debug)]
pub struct Decoder {
    header: Header,
    names: Names,
    observers: Vec<Observer>,
    /// For each node the incarnation that was started last; 0: none was seen.
    incarnations: Vec<u32>,
    /// What was injected, for lifts that do not repeat it.
    injected: HashMap<u32, Injected>,
    /// The time of the line before.
    now: u64,
}

#[derive(Debug, Clone, Default)]
struct Injected {
    kind: String,
    mended: bool,
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
        let observers = header.observers.clone();
        Ok(Self { header, names, observers, incarnations: Vec::new(), injected: HashMap::new(), now: 0 })
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

    /// Reads an event line; `number` is its line in the file (the header is line 1).
    ///
    /// # Errors
    /// The line is not an event ([`HistoryError::NotAnEvent`]).
    pub fn decode(&mut self, line: &[u8], number: u64) -> Result<Event, HistoryError> {
        self.event(line, number).map_err(|why| HistoryError::NotAnEvent { line: number, why })
    }

    fn event(&mut self, text: &[u8], number: u64) -> Result<Event, String> {
        let text = std::str::from_utf8(text).map_err(|error| format!("it is not UTF-8 ({error})"))?;
        // serde would read an array as the fields in their order.
        if text.trim_ascii_start().starts_with('[') {
            return Err("it is not a JSON object".to_owned());
        }
        let line: Line<'_> = match serde_json::from_str(text) {
            Ok(line) => line,
            Err(error) => return self.foreign(text, number).ok_or_else(|| without_line_number(&error)),
        };
        let t = line.t.or(line.span.map(|[_, latest]| latest)).unwrap_or(self.now);
        let span = line.span.map_or(Span::at(t), |[earliest, latest]| Span::new(earliest, latest));
        let body = match &*line.kind {
            "observe" => self.observe(&line, span)?,
            "node" => self.node(&line, span)?,
            "miss" => Body::Miss { node: self.known_node(&line)? },
            "fault" => self.fault(&line, span)?,
            "link" => self.link(&line, span)?,
            "expect" => expect(&line)?,
            "harness" => self.harness(line, span),
            "" => return Err("it has no \"type\"".to_owned()),
            _ => Body::Unknown,
        };
        self.now = t;
        Ok(Event { line: number, t, body })
    }

    /// A kind of line that this version does not know may use known fields in ways of its own.
    fn foreign(&mut self, text: &str, number: u64) -> Option<Event> {
        let line: serde_json::Value = serde_json::from_str(text).ok()?;
        match line.get("type")?.as_str()? {
            "observe" | "node" | "miss" | "fault" | "link" | "expect" | "harness" | "" => None,
            _ => {
                self.now = line.get("t").and_then(serde_json::Value::as_u64).unwrap_or(self.now);
                Some(Event { line: number, t: self.now, body: Body::Unknown })
            }
        }
    }

    fn known_node(&mut self, line: &Line<'_>) -> Result<Name, String> {
        match line.node.as_deref() {
            Some(node) => Ok(self.names.intern(node)),
            None => Err(format!("a line of type \"{}\" names its \"node\"", line.kind)),
        }
    }

    /// The incarnation of the node that runs as far as the lines have told.
    fn incarnation(&mut self, node: Name) -> &mut u32 {
        let at = node.0 as usize;
        if self.incarnations.len() <= at {
            self.incarnations.resize(at + 1, 0);
        }
        &mut self.incarnations[at]
    }

    fn observe(&mut self, line: &Line<'_>, span: Span) -> Result<Body, String> {
        let node = self.known_node(line)?;
        let incarnation = line.incarnation.unwrap_or_else(|| (*self.incarnation(node)).max(1));
        let observer = self.observer(line.observer.as_deref().unwrap_or(""), line.evidence.as_deref())?;
        let declared = &self.observers[usize::from(observer)];
        let evidence = line.evidence.as_deref().map_or(declared.evidence, evidence);
        let (durable, complete) = (declared.durable, declared.complete);
        let vote = line.vote.as_ref().map(|vote| vote.as_deref().map(|name| self.names.intern(name)));
        let leader = line.leader.as_ref().map(|leader| leader.as_deref().map(|name| self.names.intern(name)));
        Ok(Body::Observe(Observation {
            node,
            incarnation,
            observer,
            evidence,
            durable,
            complete,
            span,
            role: line.role.as_deref().and_then(role),
            term: line.term,
            vote,
            leader,
            log: line.log.map(|[term, index]| (term, index)),
        }))
    }

    fn observer(&mut self, name: &str, word: Option<&str>) -> Result<u16, String> {
        let at = match self.observers.iter().position(|observer| observer.name == name) {
            Some(at) => at,
            None => {
                let contract = name == NODE_CONTRACT;
                self.observers.push(Observer {
                    name: name.to_owned(),
                    evidence: word.map_or(if contract { Evidence::Atomic } else { Evidence::Sampled }, evidence),
                    durable: contract,
                    complete: contract,
                    ..Observer::default()
                });
                self.observers.len() - 1
            }
        };
        u16::try_from(at).map_err(|_| "it names the 65537th observer; a history has at most 65536".to_owned())
    }

    fn node(&mut self, line: &Line<'_>, span: Span) -> Result<Body, String> {
        let node = self.known_node(line)?;
        let what = match line.event.as_deref() {
            Some("start") => Life::Start,
            Some("ready") => Life::Ready,
            Some("stop") => Life::Stop,
            Some("continue") => Life::Continue,
            Some("eof") => Life::Eof,
            Some("exit") => {
                let forked = line.reason.as_deref() == Some(FORKED);
                Life::Exit { status: line.status, signal: line.signal, forked }
            }
            Some("gap") => Life::Gap,
            Some(_) => return Ok(Body::Unknown),
            None => return Err("a line of type \"node\" says which \"event\"".to_owned()),
        };
        let running = self.incarnation(node);
        let incarnation = match (&what, line.incarnation) {
            (_, Some(given)) => given,
            (Life::Start, None) => running.saturating_add(1),
            (_, None) => (*running).max(1),
        };
        if what == Life::Start {
            *running = incarnation;
        }
        let fault = line.fault.as_ref().and_then(serde_json::Value::as_u64).and_then(|id| u32::try_from(id).ok());
        Ok(Body::Node(NodeEvent { node, incarnation, span, what, fault }))
    }

    fn fault(&mut self, line: &Line<'_>, span: Span) -> Result<Body, String> {
        let id = line.id.ok_or("a line of type \"fault\" has the fault's \"id\"")?;
        let stage = match line.stage.as_deref() {
            Some("inject") => Stage::Inject,
            Some("lift") => Stage::Lift,
            Some(_) => return Ok(Body::Unknown),
            None => return Err("a line of type \"fault\" has a \"stage\", \"inject\" or \"lift\"".to_owned()),
        };
        let outcome = match line.outcome.as_deref() {
            Some("installed") => Installed::Installed,
            Some("skipped") => Installed::Skipped,
            _ => Installed::Indeterminate,
        };
        let kind = line.fault.as_ref().and_then(|fault| fault.get("kind").unwrap_or(fault).as_str());
        let mended = line.fault.as_ref().map(is_mended);
        let nodes = line.nodes.as_ref().map(|nodes| self.intern_all(nodes));
        let links = line.links.as_ref().map(|links| self.links(links)).transpose()?;
        let before = match stage {
            Stage::Inject => Injected::default(),
            Stage::Lift => self.injected.get(&id).cloned().unwrap_or_default(),
        };
        let fault = FaultEvent {
            id,
            stage,
            outcome,
            span,
            kind: kind.map_or(before.kind, str::to_owned),
            mended: mended.unwrap_or(before.mended),
            nodes: nodes.unwrap_or(before.nodes),
            links: links.unwrap_or(before.links),
        };
        if stage == Stage::Inject {
            let FaultEvent { kind, mended, nodes, links, .. } = fault.clone();
            self.injected.insert(id, Injected { kind, mended, nodes, links });
        }
        Ok(Body::Fault(fault))
    }

    fn link(&mut self, line: &Line<'_>, span: Span) -> Result<Body, String> {
        let link = line.link.as_deref().ok_or("a line of type \"link\" names its \"link\"")?;
        let (from, to) = self.ends(link)?;
        let rule = line.rule.as_deref().unwrap_or_default().to_owned();
        // A count that was left out is unknown, and an unknown count proves no cut.
        let Some(passed) = line.passed else { return Ok(Body::Unknown) };
        Ok(Body::Link(LinkEvent { from, to, span, rule, passed }))
    }

    fn harness(&mut self, line: Line<'_>, span: Span) -> Body {
        match line.event.as_deref() {
            Some("stall") => Body::Stall(span),
            Some("pressure") => Body::Pressure { cpu: line.cpu, idle: line.idle },
            Some("phase") => Body::Phase {
                phase: line.phase.unwrap_or_default().into_owned(),
                nodes: line.nodes.map(|nodes| self.intern_all(&nodes)).unwrap_or_default(),
            },
            Some("end") => Body::End { reason: line.reason.map_or_else(|| "complete".to_owned(), |r| r.into_owned()) },
            _ => Body::Unknown,
        }
    }

    fn intern_all(&mut self, names: &[String]) -> Vec<Name> {
        names.iter().map(|name| self.names.intern(name)).collect()
    }

    fn links(&mut self, links: &[String]) -> Result<Vec<(Name, Name)>, String> {
        links.iter().map(|link| self.ends(link)).collect()
    }

    fn ends(&mut self, link: &str) -> Result<(Name, Name), String> {
        let (from, to) =
            link.split_once("->").ok_or_else(|| format!("{link:?} is not a link; write it as \"n1->n2\""))?;
        Ok((self.names.intern(from), self.names.intern(to)))
    }
}

fn expect(line: &Line<'_>) -> Result<Body, String> {
    let step = line.id.ok_or("a line of type \"expect\" has its step's \"id\"")?;
    Ok(match line.outcome.as_deref() {
        Some("met") => Body::Expect { step, met: true },
        Some("unmet") => Body::Expect { step, met: false },
        _ => Body::Unknown,
    })
}

fn evidence(word: &str) -> Evidence {
    if word == "atomic" { Evidence::Atomic } else { Evidence::Sampled }
}

fn role(word: &str) -> Option<Role> {
    match word {
        "follower" => Some(Role::Follower),
        "precandidate" => Some(Role::Precandidate),
        "candidate" => Some(Role::Candidate),
        "leader" => Some(Role::Leader),
        _ => None,
    }
}

/// Corrupts packets and gives them a checksum that fits.
fn is_mended(fault: &serde_json::Value) -> bool {
    let effect = fault.get("effect").unwrap_or(fault);
    let mended = effect.get("mended").and_then(serde_json::Value::as_bool).unwrap_or(false);
    let corrupt = effect.get("corrupt").and_then(serde_json::Value::as_f64).unwrap_or(1.0);
    mended && corrupt > 0.0
}

/// serde_json counts lines within the text it was given, which is always one.
fn without_line_number(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line 1 column ") {
        Some(at) => format!("{} (column {})", &text[..at], error.column()),
        None => text,
    }
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
