//! What a line means by the rules of a system file: pure, one line after the other.
//!
//! The first rule whose expression matches a line counts, and its named groups become the fields of an observation.
//! Three things make that enough for real logs:
//!
//! *Wrappers.* A line of JSON holds its message (and its time) at places that the system file names.
//!
//! *Sticky terms.* Some programs print "switching to leader" without saying of which term. A rule with `remember` keeps
//! its term, a rule with `sticky` that captures none takes the kept one. What may be kept is the author's to decide:
//! NATS prints terms of other nodes' answers all the time, and only the term of its *own* request for votes is the
//! one that it will lead. The memory belongs to one incarnation: a new process remembers nothing.
//!
//! *Own votes.* A rule with `own` counts only where the vote it captures is the node itself; the expressions have no
//! way to say that.
//!
//! A captured term that is no number is a line that stands for something nobody knows: unreadable, like a malformed
//! event of the node contract. A role is taken without regard to case and hyphens (`Pre-Candidate`), and a word beyond
//! the four is kept and means nothing to checkers.

use std::sync::Arc;

use regex::Captures;
use serde_json::Value;

use super::events::Said;
use super::ids::Ids;
use super::wall;
use crate::system::observer::{Rule, Whom};

/// What a line is.
#[derive(Debug, Clone, PartialEq)]
pub enum Meaning {
    /// It says something. Its time, if it has one: wall clock, nanoseconds since 1970.
    Said(Said, Option<u64>),
    /// A rule matched, and what it captured cannot be.
    Unreadable(String),
    /// No rule matched.
    Nothing,
}

/// Reads the lines of one life of one node by the rules of one observer.
#[derive(Debug)]
pub struct Interpreter {
    node: String,
    observer: String,
    message: Option<String>,
    time: Option<String>,
    rules: Arc<[Rule]>,
    ids: Arc<Ids>,
    remembered: Option<u64>,
}

impl Interpreter {
    /// For the lines of `node` as `observer` sees them; `message` and `time` are JSON pointers into a line of JSON.
    pub fn new(
        (node, observer): (&str, &str),
        (message, time): (Option<&str>, Option<&str>),
        rules: &[Rule],
        ids: &Arc<Ids>,
    ) -> Self {
        Self {
            node: node.to_owned(),
            observer: observer.to_owned(),
            message: message.map(str::to_owned),
            time: time.map(str::to_owned),
            rules: rules.into(),
            ids: Arc::clone(ids),
            remembered: None,
        }
    }

    /// Reads the next line.
    pub fn read(&mut self, line: &[u8]) -> Meaning {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let Ok(text) = std::str::from_utf8(line) else { return Meaning::Nothing };
        let Some(pointer) = &self.message else { return self.message(text, None) };
        let Ok(json) = serde_json::from_str::<Value>(text) else { return Meaning::Nothing };
        let Some(message) = json.pointer(pointer).and_then(Value::as_str) else { return Meaning::Nothing };
        let time = self.time.as_ref().and_then(|pointer| json.pointer(pointer)).and_then(wall::instant);
        self.message(message, time)
    }

    fn message(&mut self, text: &str, time: Option<u64>) -> Meaning {
        let rules = Arc::clone(&self.rules);
        for rule in &*rules {
            let Some(captures) = rule.re.captures(text) else { continue };
            if let Some(own) = captures.name("self") {
                self.ids.learn(&self.observer, own.as_str(), &self.node);
            }
            if rule.own && !self.is_own_vote(&captures) {
                continue;
            }
            return match self.apply(rule, &captures) {
                Ok(said) => Meaning::Said(said, time),
                Err(why) => Meaning::Unreadable(why),
            };
        }
        Meaning::Nothing
    }

    fn is_own_vote(&self, captures: &Captures<'_>) -> bool {
        let vote = captures.name("vote").and_then(|vote| self.ids.resolve(&self.observer, vote.as_str()));
        vote.flatten().is_some_and(|vote| vote == self.node)
    }

    fn apply(&mut self, rule: &Rule, captures: &Captures<'_>) -> Result<Said, String> {
        let captured = |name| captures.name(name).map(|found| found.as_str());
        let mut said = Said {
            role: captured("role").or(rule.role.as_deref()).map(role),
            term: captured("term").map(term).transpose()?,
            ..Said::default()
        };
        if rule.remember && said.term.is_some() {
            self.remembered = said.term;
        }
        if rule.sticky && said.term.is_none() {
            said.term = self.remembered;
        }
        self.whom("vote", captured("vote"), rule.vote, &mut said);
        self.whom("leader", captured("leader"), rule.leader, &mut said);
        Ok(said)
    }

    fn whom(&self, field: &'static str, captured: Option<&str>, fixed: Option<Whom>, said: &mut Said) {
        let known = match (captured, fixed) {
            (Some(text), _) => {
                let known = self.ids.resolve(&self.observer, text);
                if known.is_none() {
                    said.other.insert(format!("{field}-id"), text.chars().take(80).collect::<String>().into());
                }
                known
            }
            (None, Some(Whom::Itself)) => Some(Some(self.node.clone())),
            (None, Some(Whom::None)) => Some(None),
            (None, None) => None,
        };
        *if field == "vote" { &mut said.vote } else { &mut said.leader } = known;
    }
}

/// A term as text.
pub(super) fn term(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| format!("a line whose term {:?} is not a whole number", text.chars().take(40).collect::<String>()))
}

/// The word that histories have for a role.
pub(super) fn role(word: &str) -> String {
    let plain: String = word.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).flat_map(char::to_lowercase).collect();
    match plain.as_str() {
        "follower" | "precandidate" | "candidate" | "leader" => plain,
        _ => word.chars().take(80).collect(),
    }
}
