//! Traces of models and implementations: the whole is in one order, and each line shows a state and not a message about it.
//!
//! A trace of a model (TLC's counterexample) shows every change of every node, and nothing is lost in it. A trace of an
//! implementation shows states between two steps: what it does not show may have been.

mod ccf;
mod etcd;
mod tlc;
mod value;

use std::collections::BTreeMap;
use std::io::{self, Write};

use history::entry::{Harness, Node, Observe, State};
use history::header::{Claims, Faults, HostClocks, Logs, Observer};
use history::{EndReason, Evidence, Fate, Header, Origin, Record, Span, Voters, Word};

use super::source::ReadMeter;
use super::{ImportError, read, source};

/// The traces that are read, by the names that `--from` takes.
const READERS: [(&str, TraceReader); 3] =
    [("tlc", tlc::read), ("etcd-raft-trace", etcd::read), ("ccf-trace", ccf::read)];

type TraceReader = fn(&Text<'_>, &Maps) -> Result<Trace, ImportError>;

/// Which variable of a model is what: `role`, `term`, `vote`, `leader`, as the user says it.
pub type Maps = BTreeMap<String, String>;

/// The text of a trace, and what errors call it.
struct Text<'a> {
    file: &'a str,
    text: &'a str,
}

/// One state of one node.
#[derive(Debug, Clone, Default)]
struct Step {
    node: usize,
    /// Its line in the file.
    line: u64,
    /// The process begins with it.
    begins: bool,
    role: Option<String>,
    term: Option<u64>,
    vote: Option<Option<String>>,
    leader: Option<Option<String>>,
    counted: Vec<String>,
    /// What happened, for people.
    action: String,
}

#[derive(Debug, Default)]
struct Trace {
    nodes: Vec<String>,
    steps: Vec<Step>,
    /// It shows every change.
    complete: bool,
    /// The voters, where they are certain.
    voters: Option<Vec<String>>,
    /// What the user is told of how it was read.
    notes: Vec<String>,
}

/// A trace that was read.
pub struct Traced {
    /// What the user is told of how it was read.
    pub notes: Vec<String>,
    trace: Trace,
    from: String,
    file: String,
}

/// The names of the traces that are read.
pub fn names() -> Vec<&'static str> {
    READERS.iter().map(|(name, _)| *name).collect()
}

/// Reads a trace; none if `from` names none.
///
/// # Errors
/// The file is no such trace.
pub fn of(from: &str, path: &std::path::Path, maps: &Maps) -> Option<Result<Traced, ImportError>> {
    let (_, reader) = READERS.iter().find(|(name, _)| *name == from)?;
    let file = path.display().to_string();
    Some(text_of(path, &file).and_then(|bytes| traced(from, *reader, (&file, &bytes), maps)))
}

/// The bytes of a file, unpacked.
fn text_of(path: &std::path::Path, file: &str) -> Result<Vec<u8>, ImportError> {
    let mut bytes = Vec::new();
    io::Read::read_to_end(&mut source::open(path, &ReadMeter::default())?.bytes, &mut bytes)
        .map_err(|error| ImportError::Damaged { file: file.to_owned(), line: 1, why: error.to_string() })?;
    Ok(bytes)
}

fn traced(from: &str, reader: TraceReader, (file, bytes): (&str, &[u8]), maps: &Maps) -> Result<Traced, ImportError> {
    let text = String::from_utf8_lossy(bytes);
    if text.trim().is_empty() {
        return Err(ImportError::at(file, 1, "the file is empty; name the file in which the trace is"));
    }
    let trace = reader(&Text { file, text: &text }, maps)?;
    Ok(Traced { notes: trace.notes.clone(), trace, from: from.to_owned(), file: file.to_owned() })
}

/// Reads bytes as each kind of trace, and writes what can be read as a history.
#[cfg(any(test, fuzzing))]
pub(crate) fn attempt(bytes: &[u8], maps: &Maps) -> Vec<Vec<u8>> {
    let traces = READERS.iter().filter_map(|(from, reader)| traced(from, *reader, ("x", bytes), maps).ok());
    let written = traces.filter_map(|trace| {
        let mut history = Vec::new();
        trace.write(&mut history).is_ok().then_some(history)
    });
    written.collect()
}

/// The observer of every trace.
const OBSERVER: &str = "trace";

/// So far apart are two steps, nanoseconds: there is no clock, only an order.
const APART: u64 = 1_000_000;

impl Traced {
    /// Writes the history.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, out: &mut dyn Write) -> Result<(), ImportError> {
        self.put(out).map_err(ImportError::Write)
    }

    fn put(&self, out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer(&mut *out, &self.header())?;
        out.write_all(b"\n")?;
        let mut incarnations = vec![0u32; self.trace.nodes.len()];
        let mut t = 0;
        for step in &self.trace.steps {
            t += APART;
            let node = &self.trace.nodes[step.node];
            if step.begins || incarnations[step.node] == 0 {
                incarnations[step.node] += 1;
                if step.begins && incarnations[step.node] > 1 {
                    let start = Node::new(node.as_str(), incarnations[step.node], Fate::Start);
                    put(out, &Record { t: Some(t), ..Record::during(Span::at(t), start) })?;
                }
            }
            let mut state = State {
                role: step.role.as_deref().map(Word::read),
                term: step.term,
                vote: step.vote.as_ref().map(|vote| vote.as_deref().map(Into::into)),
                leader: step.leader.as_ref().map(|leader| leader.as_deref().map(Into::into)),
                counted: (!step.counted.is_empty()).then(|| step.counted.clone()),
                ..State::default()
            };
            state.keep("file", self.file.clone().into());
            state.keep("line", step.line.into());
            state.keep("text", read::quoted(&step.action).into());
            let seen = Observe {
                node: node.as_str().into(),
                incarnation: Some(incarnations[step.node]),
                observer: Some(OBSERVER.into()),
                evidence: None,
                seq: None,
                state,
            };
            put(out, &Record { t: Some(t), ..Record::during(Span::at(t), seen) })?;
        }
        let end = Harness::End { reason: Some(Word::Known(EndReason::Complete)) };
        put(out, &Record { t: Some(t + APART), ..Record::now(end) })
    }

    fn header(&self) -> Header {
        let mut judged = super::record::JUDGED.to_vec();
        judged.extend(["leader-has-majority", "lawful-transitions"].iter().filter(|_| self.trace.complete));
        Header {
            schema: history::SCHEMA,
            run: self.from.clone(),
            system: self.from.clone(),
            versions: BTreeMap::from([("importer".to_owned(), env!("CARGO_PKG_VERSION").to_owned())]),
            claims: Claims { judged: Some(judged.into_iter().map(str::to_owned).collect()), ..Claims::default() },
            nodes: self.trace.nodes.clone(),
            voters: Some(self.trace.voters.clone().map_or(Voters::Unknown, Voters::Listed)),
            faults: Some(Faults::Unknown),
            observers: vec![Observer {
                name: OBSERVER.to_owned(),
                fields: ["role", "term", "vote", "leader"].map(str::to_owned).to_vec(),
                evidence: Evidence::Atomic,
                durable: self.trace.complete,
                complete: self.trace.complete,
                source: Some(Word::Known(Origin::File)),
                ..Observer::default()
            }],
            network: "unknown".to_owned(),
            workload: "trace".to_owned(),
            logs: Some(Logs { clocks: HostClocks::Order.into(), confirmed: true, ..Logs::default() }),
            ..Header::default()
        }
    }
}

fn put(out: &mut dyn Write, record: &Record<'_>) -> io::Result<()> {
    let mut line = Vec::new();
    record.write(&mut line)?;
    line.push(b'\n');
    out.write_all(&line)
}
