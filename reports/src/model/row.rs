//! A line of the history in words.
//!
//! What a node showed is kept in parts, since it is most of a long history and since the page words it itself; all else
//! is kept as its words.

use history::Line;
use serde_json::Value;

use super::fault::words_of;
use super::lane::{rank, role_of};
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
    /// A line that is not an event, or of a kind that is not known.
    Strange,
}

impl RowKind {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Harness => "harness",
            Self::Fault => "fault",
            Self::Node => "node",
            Self::State => "state",
            Self::Miss => "miss",
            Self::Link => "link",
            Self::Expect => "expect",
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
    /// Whom it voted for.
    pub vote: Name,
    /// Whom it names as leader.
    pub leader: Name,
    /// Its log, `TERM/INDEX`.
    pub log: Name,
    /// Who saw it.
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
pub enum What {
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
    /// Whom it is about.
    pub node: Name,
    /// What it says.
    pub what: What,
}

/// The row of a line; none for a link that was open.
pub(super) fn row(line: &Line<'_>, number: u64, t: u64, atomic: bool, names: &mut Names) -> Option<Row> {
    if line.kind == "observe" && (line.role.is_none() || role_of(line).is_some()) {
        let node = names.of(line.node.as_deref());
        return Some(Row {
            line: number,
            t,
            kind: RowKind::State,
            node,
            what: What::State(state(line, atomic, names)),
        });
    }
    let (kind, words) = match line.kind.as_ref() {
        "node" => (RowKind::Node, life(line)),
        "observe" => (RowKind::State, foreign_state(line)),
        "miss" => (RowKind::Miss, format!("{} got no answer: {}", of(&line.observer), of(&line.error))),
        "fault" => (RowKind::Fault, fault(line)),
        "link" if line.rule.as_deref() == Some("open") => return None,
        "link" => (RowKind::Link, link(line)),
        "expect" => {
            let condition = line.condition.as_ref().map(Value::to_string).unwrap_or_default();
            (RowKind::Expect, format!("expectation {} {condition}", line.outcome.as_deref().unwrap_or("?")))
        }
        "harness" => (RowKind::Harness, harness(line)),
        other => (RowKind::Strange, format!("an event of a kind that this version does not know: {other}")),
    };
    let node = match kind {
        RowKind::Fault => {
            let all: Vec<&str> = line.nodes.iter().flatten().take(8).map(String::as_str).collect();
            if all.is_empty() { Name::UNKNOWN } else { names.intern(&all.join(" ")) }
        }
        RowKind::Link => names.of(line.link.as_deref()),
        _ => names.of(line.node.as_deref()),
    };
    Some(Row { line: number, t, kind, node, what: What::Text(clean(&words, text::LONGEST).into()) })
}

fn of<'a>(field: &'a Option<std::borrow::Cow<'_, str>>) -> &'a str {
    field.as_deref().unwrap_or("?")
}

fn life(line: &Line<'_>) -> String {
    let mut words = match line.event.as_deref() {
        Some("start") => "started".to_owned(),
        Some("ready") => "ready".to_owned(),
        Some("stop") => "paused".to_owned(),
        Some("continue") => "continued".to_owned(),
        Some("eof") => "closed a pipe".to_owned(),
        Some("gap") => "lines of it were lost".to_owned(),
        Some("exit") => match (line.status, line.signal) {
            (Some(status), _) => format!("exited with status {status}"),
            (None, Some(signal)) => format!("ended by signal {signal}"),
            _ => "ended".to_owned(),
        },
        other => other.unwrap_or("?").to_owned(),
    };
    if let Some(incarnation) = line.incarnation {
        words.push_str(&format!(", incarnation {incarnation}"));
    }
    if let Some(pid) = line.pid {
        words.push_str(&format!(", process {pid}"));
    }
    if let Some(fault) = line.fault.as_ref().and_then(Value::as_u64) {
        words.push_str(&format!(" (fault {fault})"));
    }
    if let Some(reason) = &line.reason {
        words.push_str(&format!(": {reason}"));
    }
    words
}

fn state(line: &Line<'_>, atomic: bool, names: &mut Names) -> State {
    State {
        role: role_of(line),
        term: line.term,
        vote: names.known(line.vote.as_ref().map(Option::as_deref)),
        leader: names.known(line.leader.as_ref().map(Option::as_deref)),
        log: line.log.map_or(Name::UNKNOWN, |[term, index]| names.intern(&format!("{term}/{index}"))),
        observer: names.of(line.observer.as_deref()),
        atomic,
    }
}

/// A state whose role has no word here.
fn foreign_state(line: &Line<'_>) -> String {
    let term = line.term.map_or("term unknown".to_owned(), |term| format!("term {term}"));
    format!("says it is {}, {term} — {}", of(&line.role), of(&line.observer))
}

fn fault(line: &Line<'_>) -> String {
    let id = line.id.map(|id| format!("fault {id} ")).unwrap_or_default();
    let stage = if line.stage.as_deref() == Some("lift") { "lifted" } else { "injected" };
    let what = if line.fault.is_some() { format!(": {}", words_of(line)) } else { String::new() };
    let outcome = match line.outcome.as_deref() {
        Some("installed") => String::new(),
        other => format!(" — {}", other.unwrap_or("outcome unknown")),
    };
    let reason = line.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
    format!("{id}{stage}{what}{outcome}{reason}")
}

fn link(line: &Line<'_>) -> String {
    let span = line.span.map(|[a, b]| format!(" for {}", text::duration(b.saturating_sub(a)))).unwrap_or_default();
    let bytes = |n: Option<u64>| n.map_or("?".to_owned(), text::grouped);
    format!(
        "{}{span}: bytes passed {}, held {}, dropped {}",
        of(&line.rule),
        bytes(line.passed),
        bytes(line.held),
        bytes(line.dropped)
    )
}

fn harness(line: &Line<'_>) -> String {
    match line.event.as_deref() {
        Some("phase") => format!("phase {}", of(&line.phase)),
        Some("stall") => {
            let span = line.span.map(|[a, b]| text::duration(b.saturating_sub(a))).unwrap_or_default();
            format!("the harness did not run for {span}")
        }
        Some("end") => format!("end of the run: {}", of(&line.reason)),
        other => format!("{} {}", other.unwrap_or("?"), line.reason.as_deref().unwrap_or("")),
    }
}
