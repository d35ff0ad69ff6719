//! What is tried with any bytes whatever: by `cargo fuzz` for hours (`fuzz/`), and by tests over a kept corpus and its mutations.
//!
//! What nodes print, what they answer, what stands in a system file or in a log: all of it is hostile input. Reading it must not
//! panic, and must be as lenient as the documents say.
#![allow(clippy::unwrap_used, missing_docs)] // a panic is what is looked for

use std::collections::BTreeMap;
use std::io::Cursor;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use serde_json::Value;

use crate::import::line_parser::LineParser;
use crate::import::source::Source;
use crate::import::{read, stamp, trace};
use crate::network::NodeIndex;
use crate::observe::events::{self, Reading};
use crate::observe::http::{self, poller};
use crate::observe::ids::Ids;
use crate::observe::rules::Interpreter;
use crate::observe::splitter::{Piece, Splitter};
use crate::system::observer::ObserverKind;
use crate::system::rule::Words;
use crate::system::{Addresses, Format, Planner, Settings, System, SystemError};

/// What a node prints, by the node contract (`docs/node-contract.md`).
pub fn node_lines(bytes: &[u8]) {
    const LONGEST: usize = 4096;
    let whole = pieces(bytes, LONGEST, bytes.len().max(1));
    assert_eq!(whole, pieces(bytes, LONGEST, 7), "lines are the same, however the bytes arrive");
    for line in whole.iter().flatten() {
        let readings = events::read_line(line);
        if !line.iter().any(|byte| matches!(byte, b'"' | b'\'')) {
            assert!(readings.is_empty(), "without a quote there is no key, so the line is an ordinary one");
        }
        if let Ok(Value::Object(object)) = serde_json::from_slice::<Value>(line)
            && line.iter().filter(|byte| **byte == b'{').count() == 1
        {
            strictly(&object, &readings);
        }
        let dated = [b"2026-11-22T04:20:11.000Z INFO ", line.as_slice()].concat();
        if line.starts_with(b"{") && matches!(readings[..], [Reading::Event(..)]) {
            assert_eq!(events::read_line(&dated), readings, "a time stamp and a level word may stand before an event");
        }
    }
}

/// The lines of a stream that arrives in chunks of this size; none for one that is too long.
fn pieces(bytes: &[u8], longest: usize, chunk: usize) -> Vec<Option<Vec<u8>>> {
    let (mut splitter, mut found) = (Splitter::new(longest), Vec::new());
    for chunk in bytes.chunks(chunk) {
        splitter.feed(chunk, 0, |piece| {
            found.push(match piece {
                Piece::Line(line, _) => Some(line.to_vec()),
                Piece::TooLong(_) => None,
            });
        });
    }
    assert!(splitter.rest().len() <= longest);
    found
}

/// A line that every parser of JSON takes for one flat object: it is an event just if it has both keys.
fn strictly(object: &serde_json::Map<String, Value>, readings: &[Reading]) {
    let (Some(role), Some(term)) = (object.get("role"), object.get("term")) else {
        assert!(readings.is_empty(), "an object without both keys is an ordinary line");
        return;
    };
    assert_eq!(readings.len(), 1, "one object is one event or one gap");
    if let Reading::Event(said, _) = &readings[0] {
        assert!(role.is_string() && said.role.is_some());
        assert_eq!(said.term, term.as_u64(), "the term is what stands there");
        assert!(said.term.is_some());
        for (known, key) in [(&said.vote, "vote"), (&said.leader, "leader")] {
            assert_eq!(known.is_some(), object.contains_key(key), "a key that is absent is unknown, and null is known");
        }
    }
}

/// An answer over HTTP.
pub fn http_answers(bytes: &[u8]) {
    let ended = http::parse(bytes, true);
    if let Ok(Some(answer)) = http::parse(bytes, false) {
        assert_eq!(ended.as_ref().ok(), Some(&Some(answer.clone())), "an answer that is complete ends no later");
        let more = [bytes, b"HTTP/1.1 500 no\r\n\r\n"].concat();
        assert_eq!(http::parse(&more, false).ok().flatten(), Some(answer), "what follows is no part of it");
    }
    let Ok(Some(answer)) = ended else { return };
    let _ = http::value_at(&answer.body, "/raft/term");
    let Ok(json) = serde_json::from_slice::<Value>(&answer.body) else { return };
    let fields = [("role", "/role"), ("term", "/term"), ("vote", "/vote"), ("leader", "/leader"), ("self", "/id")];
    let fields: BTreeMap<String, String> = fields.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    let ids = Ids::new(nodes());
    if let Ok(said) = poller::understand(&json, (&fields, &Words::default()), ("n1", "http"), &ids) {
        assert_eq!(said.term.is_some(), json.get("term").is_some_and(|term| term.is_u64() || term.is_string()));
    }
}

fn nodes() -> Vec<String> {
    ["n1", "n2", "n3"].map(str::to_owned).to_vec()
}

struct Local;

impl Addresses for Local {
    fn listen(&self, node: NodeIndex, _port: &str) -> Option<SocketAddr> {
        Some(SocketAddr::from((Ipv4Addr::LOCALHOST, u16::try_from(7000 + node).ok()?)))
    }

    fn dial(&self, from: Option<NodeIndex>, to: NodeIndex, _port: &str) -> Option<SocketAddr> {
        Some(SocketAddr::from((
            Ipv4Addr::LOCALHOST,
            u16::try_from(8000 + 100 * from.map_or(0, |from| from + 1) + to).ok()?,
        )))
    }
}

/// A system file, and what would be started by it.
pub fn system_files(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let system = match System::parse("my.toml", &text) {
        Ok(system) => system,
        Err(error) => {
            let sentence = error.to_string();
            assert!(sentence.starts_with("my.toml:") || !matches!(error, SystemError::At { .. }), "{sentence}");
            assert!(!sentence.trim().is_empty());
            return;
        }
    };
    for n in [0, 1, 3] {
        let _ = system.names(n);
        let _ = Planner::plan(&system, n, &Settings::default(), &Local, "/run/data".as_ref());
    }
    lines_by_rules(&system, b"node n1 became leader at term 7, vote n2\n{\"msg\":\"term 7\",\"term\":7}");
}

/// A log, by the rules of formats that are built in: while it is written, and as a file after an incident.
pub fn logs(bytes: &[u8]) {
    thread_local! {
        static BUILT_IN: Vec<(System, LineParser)> = ["reference", "etcd", "nats", "redis-sentinel"].iter().map(|name| {
            (System::load(name).unwrap(), LineParser::new(&Format::load(name).unwrap(), None))
        }).collect();
    }
    let _ = stamp::find(bytes);
    BUILT_IN.with(|all| {
        for (system, parser) in all {
            lines_by_rules(system, bytes);
            let source = Source { bytes: Box::new(Cursor::new(bytes.to_vec())), packed: None };
            let Ok(file) = read::file("x.log", source, parser, None) else { continue };
            assert!(file.kept.is_sorted_by_key(|kept| kept.line), "lines are kept in their order");
        }
    });
}

fn lines_by_rules(system: &System, bytes: &[u8]) {
    let ids = Arc::new(Ids::new(nodes()));
    for observe in &system.observers {
        let ObserverKind::Lines(lines) = &observe.kind else { continue };
        let places = (lines.message.as_deref(), lines.time.as_deref());
        let mut interpreter = Interpreter::new(("n1", &observe.name), places, &lines.rules, &ids);
        for line in bytes.split(|&byte| byte == b'\n') {
            interpreter.read_line(line);
        }
        interpreter.read_whole(bytes);
    }
}

/// A trace of a model or of an implementation.
pub fn traces(bytes: &[u8]) {
    let maps = [("role", "state"), ("term", "currentTerm")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    for maps in [trace::Maps::default(), trace::Maps::from(maps)] {
        for history in trace::attempt(bytes, &maps) {
            let mut reader = history::Reader::new(history.as_slice()).unwrap();
            while reader.next_event().unwrap().is_some() {}
        }
    }
}

#[cfg(test)]
#[path = "../../../checkers/history/fuzz/seeded.rs"]
mod seeded;

#[cfg(test)]
mod tests {
    use super::seeded;

    fn over(target: &str, mutations: u32, function: fn(&[u8])) {
        seeded::over(&format!("{}/fuzz/corpus/{target}", env!("CARGO_MANIFEST_DIR")), mutations, function);
    }

    #[test]
    fn whatever_a_node_prints_it_is_an_event_or_a_gap_or_an_ordinary_line() {
        over("node_lines", 1000, super::node_lines);
    }

    #[test]
    fn whatever_is_answered_over_http_it_is_read_or_refused() {
        over("http_answers", 1000, super::http_answers);
    }

    #[test]
    fn whatever_a_system_file_holds_it_is_read_or_earns_a_sentence() {
        over("system_files", 60, super::system_files);
    }

    #[test]
    fn whatever_a_log_holds_it_is_read_or_refused() {
        over("logs", 40, super::logs);
    }

    #[test]
    fn whatever_a_trace_holds_it_is_read_or_refused() {
        over("traces", 80, super::traces);
    }
}
