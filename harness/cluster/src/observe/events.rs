//! The node contract: one JSON object a line at every change of role, term, vote or known leader.
//!
//! An event is an object with both `role` and `term` that stands in no other value. It may stand behind a time stamp or a level
//! word, and whole objects may share a line. Any other line is an ordinary log line. So is one whose object has only one of the
//! keys, or has them in a string or in another object. What is in a node's own fields is its own affair.
//!
//! An object with both keys that can neither be believed nor be passed over is a gap in what is known, since it may stand for a
//! transition. In one case the role is a number, the term is negative, or the vote is a list. In another an event stands in the
//! middle of other text, which may be another node's. In the third, text is half of such an object, as when two threads print at
//! once. So is one in another notation than JSON ([`notation`]), and one that is an element of a list beside something that is no
//! object.

use std::borrow::Cow;
use std::collections::BTreeMap;

use history::Evidence;
use history::Known;
use history::entry::{Observe, State};
use serde_json::Value;

use super::Who;
use super::ids::Ids;
use super::json::{self, Object};
use super::notation;
use crate::system::rule;

/// What a line is.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one at a time, and gone at once")]
pub enum Reading {
    /// An event: what it says, and the CLOCK_MONOTONIC at which it says that it was so, nanoseconds; hostile input.
    Event(State<'static>, Option<u64>),
    /// An event that cannot be read, and why.
    Unreadable(String),
    /// An ordinary log line.
    Ordinary,
}

/// The keys that make an object an event.
const EVENT: [&str; 2] = ["role", "term"];

/// Reads one line: an event, or a gap, for each object that is one; nothing for an ordinary line.
pub fn read_line(line: &[u8]) -> Vec<Reading> {
    let line = json::peeled(line);
    if !line.iter().any(|byte| matches!(byte, b'"' | b'\'')) {
        return Vec::new();
    }
    let found = json::find(&line, &EVENT);
    let events = found.objects.into_iter().filter(|object| EVENT.iter().all(|&key| has(object, key)));
    let quoted = |what: &str| Reading::Unreadable(format!("{what}: {}", json::excerpt(&line)));
    let mut readings: Vec<_> = events
        .map(|object| match event(object) {
            Ok((said, at)) => Reading::Event(said, at),
            Err(why) => quoted(&why),
        })
        .collect();
    if found.torn {
        return vec![quoted("what may be part of an event line")];
    }
    if found.other_text && !readings.is_empty() {
        readings = vec![quoted("an event in the middle of other text")];
    }
    let in_list = || found.lists.iter().any(|list| has_event(list));
    if readings.is_empty() && (in_list() || notation::holds(&line, &EVENT)) {
        return vec![quoted("what may be an event line in another notation")];
    }
    readings
}

/// Reads what should be one event: the answer to a question.
pub fn read(line: &[u8]) -> Reading {
    read_line(line).into_iter().next().unwrap_or(Reading::Ordinary)
}

/// A list has an event among what is no object. A list of objects only is one of nodes, and not this node's state.
fn has_event(list: &[Value]) -> bool {
    let is_event = |value: &Value| EVENT.iter().all(|key| value.get(key).is_some());
    list.iter().any(is_event) && !list.iter().all(Value::is_object)
}

fn has(object: &Object, key: &str) -> bool {
    object.iter().any(|(name, _)| name == key)
}

/// Reads the fields of an event. The error says which is not what it should be.
fn event(object: Object) -> Result<(State<'static>, Option<u64>), String> {
    let (mut said, mut at) = (State::default(), None);
    let mut told: BTreeMap<String, Value> = BTreeMap::new();
    for (key, value) in object {
        if EVENT.contains(&&*key) || matches!(&*key, "vote" | "leader") {
            match told.get(&key) {
                Some(before) if *before != value => {
                    return Err(format!("an event line that says two things of its `{key}`"));
                }
                _ => told.insert(key.clone(), value.clone()),
            };
        }
        if key == "at" {
            at = value.as_u64();
        } else if let Err(wanted) = take(&mut said, &key, value) {
            return Err(format!("an event line whose `{key}` is not {wanted}"));
        }
    }
    Ok((said, at))
}

/// What was said with the names in it as those of nodes. One that no node has leaves its field unknown, and is kept beside it.
pub fn named(mut said: State<'static>, observer: &str, ids: &Ids) -> State<'static> {
    let whom = |known: Known<Cow<'static, str>>| match known {
        Some(Some(text)) => match ids.resolve(observer, &text) {
            Some(node) => (Some(node.map(Cow::Owned)), None),
            None => (None, Some(Cow::Owned(shown(&text)))),
        },
        known => (known, None),
    };
    (said.vote, said.vote_id) = whom(said.vote);
    (said.leader, said.leader_id) = whom(said.leader);
    said
}

/// What was said, as what an observer saw of a node.
pub(super) fn seen(state: State<'static>, who: &Who, observer: &str, evidence: Evidence) -> Observe<'static> {
    Observe {
        node: who.node.clone().into(),
        incarnation: Some(who.incarnation),
        observer: Some(observer.to_owned().into()),
        evidence: Some(evidence.into()),
        seq: None,
        state,
    }
}

/// Takes one field. The error is what it should have been.
fn take(said: &mut State<'static>, key: &str, value: Value) -> Result<(), &'static str> {
    match (key, value) {
        ("role", Value::String(role)) => said.role = Some(rule::role(&role)),
        ("role", _) => return Err("a string"),
        ("term", value) => said.term = Some(value.as_u64().ok_or("a whole number from 0")?),
        ("vote", value) => said.vote = Some(name(value)?),
        ("leader", value) => said.leader = Some(name(value)?),
        ("log", value) => said.log = Some(log(&value).ok_or("[lastTerm, lastIndex]")?),
        ("type", _) => {}
        // A program that prints something else under these names means something else by them.
        ("counted", value) if names(&value).is_some() => said.counted = names(&value),
        ("candidate_log", value) if log(&value).is_some() => said.candidate_log = log(&value),
        // A node must not be able to write history by its own hand.
        (key, value) => said.keep(key, value),
    }
    Ok(())
}

fn name(value: Value) -> Result<Option<Cow<'static, str>>, &'static str> {
    match value {
        Value::Null => Ok(None),
        Value::String(name) => Ok(Some(name.into())),
        _ => Err("a node's name or null"),
    }
}

/// As much of a name that no node has as is kept.
pub(crate) fn shown(name: &str) -> String {
    name.chars().take(80).collect()
}

fn names(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|name| name.as_str().map(str::to_owned)).collect()
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
