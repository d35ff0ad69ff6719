//! A line of the history in words.
//!
//! What a node showed is kept in parts, since it is most of a long history and since the page words it itself; all else
//! is kept as its words.

use history::entry::{self, Fault, Harness, Link, Node, Observe};
use history::vocabulary::Kind;
use history::{Entry, Fate, Installed, Record, Rule, Span, Stage, Word};
use serde_json::Value;

use super::fault::words_of;
use super::lane::rank;
use super::names::{Name, Names};
use crate::text::{self, clean};

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowKind {
    /// A phase, a stall, the end.
    Harness,
    /// A fault was injected or lifted.
    Fault,
    /// A process started, stopped, went on, ended.
    Node,
    /// A node showed a new state.
    State,
    /// An observer got no answer, the first time in a series.
    Miss,
    /// What crossed a link under a rule.
    Link,
    /// An expectation of the schedule.
    Expect,
    /// Clients were answered, or not, the first time in a series.
    Probe,
    /// A line that is not an event, or of a kind that is not known.
    Strange,
}

impl RowKind {
    /// The word that the page's document has: the type of the line, where it is that of all such lines.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Harness => Kind::Harness.as_str(),
            Self::Fault => Kind::Fault.as_str(),
            Self::Node => Kind::Node.as_str(),
            Self::State => "state",
            Self::Miss => Kind::Miss.as_str(),
            Self::Link => Kind::Link.as_str(),
            Self::Expect => Kind::Expect.as_str(),
            Self::Probe => Kind::Probe.as_str(),
            Self::Strange => "strange",
        }
    }
}

/// What a node showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// Its role; none: it did not say.
    pub role: Option<history::Role>,
    /// Its term; none: it did not say.
    pub term: Option<u64>,
    /// The node that it voted for.
    pub vote: Name,
    /// The node that it names as leader.
    pub leader: Name,
    /// Its log, `TERM/INDEX`.
    pub log: Name,
    /// The observer that saw it.
    pub observer: Name,
    /// Whether what was seen is atomic evidence.
    pub atomic: bool,
}

impl State {
    /// As [`super::Role::rank`].
    pub fn rank(&self) -> u8 {
        rank(self.role)
    }

    /// Whether the node claimed to lead.
    pub fn leads(&self) -> bool {
        self.role == Some(history::Role::Leader)
    }
}

/// What a row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowContent {
    /// A node's state.
    State(State),
    /// Words, cleaned.
    Text(Box<str>),
}

/// One line worth showing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number in the file; the header is line 1.
    pub line: u64,
    /// When it was recorded, nanoseconds since the run's zero.
    pub t: u64,
    /// What it is about.
    pub kind: RowKind,
    /// The node that it is about.
    pub node: Name,
    /// What it says.
    pub what: RowContent,
}

/// The row of a line; none for a link that was open.
pub(super) fn row(record: &Record<'_>, number: u64, t: u64, atomic: bool, names: &mut Names) -> Option<Row> {
    let span = record.span;
    let (kind, node, words) = match &record.entry {
        Entry::Observe(seen) => {
            let node = names.intern(&seen.node);
            match &seen.state.role {
                Some(Word::Foreign(role)) => (RowKind::State, node, foreign_state(role, seen)),
                _ => {
                    let what = RowContent::State(state(seen, atomic, names));
                    return Some(Row { line: number, t, kind: RowKind::State, node, what });
                }
            }
        }
        Entry::Node(node) => (RowKind::Node, names.intern(&node.node), life(node)),
        Entry::Voters(line) => (RowKind::Node, names.intern(&line.node), voters(line)),
        Entry::Miss(miss) => {
            let words = format!("{} got no answer: {}", of(&miss.observer), of(&miss.error));
            (RowKind::Miss, names.intern(&miss.node), words)
        }
        Entry::Fault(line) => {
            let all: Vec<&str> = line.nodes.iter().flatten().take(8).map(String::as_str).collect();
            let node = if all.is_empty() { Name::UNKNOWN } else { names.intern(&all.join(" ")) };
            (RowKind::Fault, node, fault(line))
        }
        Entry::Link(line) if line.rule.as_ref().is_some_and(|rule| rule.is(Rule::Open)) => return None,
        Entry::Link(line) => (RowKind::Link, names.intern(&format!("{}->{}", line.from, line.to)), link(line, span)),
        Entry::Expect(expect) => {
            let condition = expect.condition.as_ref().map(Value::to_string).unwrap_or_default();
            let outcome = expect.outcome.as_ref().map_or("?", Word::text);
            (RowKind::Expect, Name::UNKNOWN, format!("expectation {outcome} {condition}"))
        }
        Entry::Probe(probe) => (RowKind::Probe, names.of(probe.node.as_deref()), clients(probe)),
        Entry::Harness(line) => (RowKind::Harness, names.of(line.node().map(|node| &**node)), harness(line, span)),
        Entry::Unknown(kind) => {
            let words = format!("an event of a kind that this version does not know: {kind}");
            (RowKind::Strange, Name::UNKNOWN, words)
        }
    };
    Some(Row { line: number, t, kind, node, what: RowContent::Text(clean(&words, text::LONGEST).into()) })
}

/// What a node believes of the voters.
fn voters(line: &entry::Voters<'_>) -> String {
    let list = |names: &[String]| names.join(", ");
    let who = match &line.voters {
        Some(history::Voters::Listed(names)) => format!("{} vote", list(names)),
        Some(history::Voters::Unknown) | None => "nobody knows who votes".to_owned(),
    };
    let before = match line.outgoing.as_slice() {
        [] => String::new(),
        names => format!(", and those before them must agree: {}", list(names)),
    };
    let learners = match line.learners.as_slice() {
        [] => String::new(),
        names => format!("; {} only follow", list(names)),
    };
    format!("believes that {who}{before}{learners}")
}

fn of<'a>(field: &'a Option<std::borrow::Cow<'_, str>>) -> &'a str {
    field.as_deref().unwrap_or("?")
}

fn life(node: &Node<'_>) -> String {
    let mut words = match node.event.known() {
        Some(Fate::Start) => "started".to_owned(),
        Some(ready @ Fate::Ready) => ready.to_string(),
        Some(Fate::Stop) => "paused".to_owned(),
        Some(Fate::Continue) => "continued".to_owned(),
        Some(Fate::Eof) => "closed a pipe".to_owned(),
        Some(Fate::Gap) => "lines of it were lost".to_owned(),
        Some(Fate::Silent) => "ran, and had shown nothing yet".to_owned(),
        Some(Fate::Exit) => match (node.status, node.signal) {
            (Some(status), _) => format!("exited with status {status}"),
            (None, Some(signal)) => format!("ended by signal {signal}"),
            _ => "ended".to_owned(),
        },
        None => node.event.text().to_owned(),
    };
    if let Some(incarnation) = node.incarnation {
        words.push_str(&format!(", incarnation {incarnation}"));
    }
    if let Some(pid) = node.pid {
        words.push_str(&format!(", process {pid}"));
    }
    if let Some(fault) = node.fault {
        words.push_str(&format!(" (fault {fault})"));
    }
    if let Some(reason) = &node.reason {
        words.push_str(&format!(": {reason}"));
    }
    words
}

fn state(seen: &Observe<'_>, atomic: bool, names: &mut Names) -> State {
    let state = &seen.state;
    State {
        role: state.role.as_ref().and_then(Word::known),
        term: state.term,
        vote: names.known(state.vote.as_ref().map(Option::as_deref)),
        leader: names.known(state.leader.as_ref().map(Option::as_deref)),
        log: state.log.map_or(Name::UNKNOWN, |[term, index]| names.intern(&format!("{term}/{index}"))),
        observer: names.of(seen.observer.as_deref()),
        atomic,
    }
}

/// A state whose role has no word here.
fn foreign_state(role: &str, seen: &Observe<'_>) -> String {
    let term = seen.state.term.map_or("term unknown".to_owned(), |term| format!("term {term}"));
    format!("says it is {role}, {term} — {}", of(&seen.observer))
}

fn fault(line: &Fault<'_>) -> String {
    let id = line.id;
    let stage = if line.stage.is(Stage::Lift) { "lifted" } else { "injected" };
    let what = if line.fault.is_some() { format!(": {}", words_of(line.fault.as_ref())) } else { String::new() };
    let outcome = match &line.outcome {
        Some(outcome) if outcome.is(Installed::Installed) => String::new(),
        other => format!(" — {}", other.as_ref().map_or("outcome unknown", Word::text)),
    };
    let reason = line.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
    format!("fault {id} {stage}{what}{outcome}{reason}")
}

fn link(line: &Link<'_>, span: Option<Span>) -> String {
    let rule = line.rule.as_ref().map_or("?", Word::text);
    let span = span.map(|span| format!(" for {}", length(span))).unwrap_or_default();
    let bytes = |n: Option<u64>| n.map_or("?".to_owned(), text::grouped);
    format!(
        "{rule}{span}: bytes passed {}, held {}, dropped {}",
        bytes(line.passed),
        bytes(line.held),
        bytes(line.dropped)
    )
}

fn clients(probe: &entry::Probe<'_>) -> String {
    let reason = probe.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
    format!("clients: {}{reason}", probe.outcome.text())
}

fn length(span: Span) -> String {
    text::duration(span.latest - span.earliest)
}

fn harness(line: &Harness<'_>, span: Option<Span>) -> String {
    match line {
        Harness::Phase { phase, .. } => format!("phase {}", phase.as_ref().map_or("?", Word::text)),
        Harness::Stall { .. } => format!("the harness did not run for {}", span.map(length).unwrap_or_default()),
        Harness::End { reason } => format!("end of the run: {}", reason.as_ref().map_or("?", Word::text)),
        other => {
            let event = Some(other.word()).filter(|word| !word.is_empty());
            format!("{} {}", event.unwrap_or("?"), other.reason().unwrap_or(""))
        }
    }
}
