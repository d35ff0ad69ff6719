//! The node contract: one JSON object a line at every change of role, term, vote or known leader.
//!
//! A line is an event if it is a JSON object with `role` or `term`. Everything else is an ordinary log line, also what
//! merely begins like an event. An object whose fields have the wrong types (a role that is a number, a negative term)
//! can neither be believed nor be passed over, since it may stand for a transition: it is a gap in what is known.

use std::collections::BTreeMap;

use history::Evidence;
use history::line::Known;
use serde_json::Value;

use super::{Sighting, Who};

/// What an event line or a status answer says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Said {
    /// Its role.
    pub role: Option<String>,
    /// Its term.
    pub term: Option<u64>,
    /// Its vote.
    pub vote: Known<String>,
    /// The leader it knows.
    pub leader: Known<String>,
    /// Last term and last index of its log.
    pub log: Option<[u64; 2]>,
    /// CLOCK_MONOTONIC when it was so, nanoseconds; hostile input.
    pub at: Option<u64>,
    /// Unknown fields.
    pub other: BTreeMap<String, Value>,
}

/// What a line is.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// An event.
    Event(Said),
    /// An event that cannot be read, and why.
    Unreadable(String),
    /// An ordinary log line.
    Ordinary,
}

/// Keys that a line of the history has itself (`history::line`): an unknown field of that name is kept
/// under another, so that a node cannot write history by its own hand.
const TAKEN: [&str; 31] = [
    "t",
    "type",
    "node",
    "incarnation",
    "event",
    "observer",
    "evidence",
    "span",
    "role",
    "term",
    "vote",
    "leader",
    "log",
    "pid",
    "status",
    "signal",
    "id",
    "stage",
    "fault",
    "nodes",
    "links",
    "outcome",
    "reason",
    "condition",
    "error",
    "link",
    "rule",
    "passed",
    "held",
    "dropped",
    "phase",
];

/// Reads one line.
pub fn read(line: &[u8]) -> Reading {
    let Some(b'{') = line.iter().copied().find(|byte| !byte.is_ascii_whitespace()) else { return Reading::Ordinary };
    let Ok(Value::Object(object)) = serde_json::from_slice(line) else { return Reading::Ordinary };
    if !object.contains_key("role") && !object.contains_key("term") {
        return Reading::Ordinary;
    }
    let mut said = Said::default();
    for (key, value) in object {
        if let Err(wanted) = said.take(&key, value) {
            return Reading::Unreadable(format!("an event line whose `{key}` is not {wanted}"));
        }
    }
    Reading::Event(said)
}

impl Said {
    /// As a sighting of a node.
    pub(super) fn sighting(self, who: &Who, observer: &str, evidence: Evidence, span: [u64; 2]) -> Sighting {
        Sighting {
            who: who.clone(),
            observer: observer.to_owned(),
            evidence,
            span,
            role: self.role,
            term: self.term,
            vote: self.vote,
            leader: self.leader,
            log: self.log,
            other: self.other,
        }
    }

    /// Takes one field. The error is what it should have been.
    fn take(&mut self, key: &str, value: Value) -> Result<(), &'static str> {
        match (key, value) {
            ("role", Value::String(role)) => self.role = Some(role),
            ("role", _) => return Err("a string"),
            ("term", value) => self.term = Some(value.as_u64().ok_or("a whole number from 0")?),
            ("vote", value) => self.vote = Some(name(value)?),
            ("leader", value) => self.leader = Some(name(value)?),
            ("log", value) => self.log = Some(log(&value).ok_or("[lastTerm, lastIndex]")?),
            ("at", value) => self.at = value.as_u64(),
            ("type", _) => {}
            (key, value) => {
                let taken = TAKEN.contains(&key);
                let key = if taken { format!("x-{key}") } else { key.to_owned() };
                self.other.insert(key, value);
            }
        }
        Ok(())
    }
}

fn name(value: Value) -> Result<Option<String>, &'static str> {
    match value {
        Value::Null => Ok(None),
        Value::String(name) => Ok(Some(name)),
        _ => Err("a node's name or null"),
    }
}

fn log(value: &Value) -> Option<[u64; 2]> {
    match value.as_array()?.as_slice() {
        [term, index] => Some([term.as_u64()?, index.as_u64()?]),
        _ => None,
    }
}

/// The span of an event: it was written not before `since` and read at `receipt`, and its node says it was `at`. All
/// are nanoseconds since the run's zero.
pub fn span(since: u64, at: Option<u64>, receipt: u64) -> [u64; 2] {
    let since = since.min(receipt);
    let at = at.filter(|&at| at <= receipt).unwrap_or(since);
    [at.max(since), receipt]
}
