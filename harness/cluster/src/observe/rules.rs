//! What a line means by the rules of a system file: pure, one line after the other.
//!
//! The first rule whose expression matches a line counts, and its named groups become the fields of an observation.
//! Three things make that enough for real logs:
//!
//! *Wrappers.* A line of JSON holds its message (and its time) at places that the system file names, and a rule may find
//! fields at others.
//!
//! *Sticky terms.* Some programs print "switching to leader" without saying of which term. A rule with `remember` keeps its term,
//! a rule with `sticky` that captures none takes the kept one. The author of the rule decides what may be kept. NATS prints terms
//! of other nodes' answers all the time, and only the term of its *own* request for votes is the one that it will lead. The
//! memory belongs to one incarnation: a new process remembers nothing, and neither does a node that follows, or one that is at a
//! higher term by a line that no rule remembers.
//!
//! *Own votes.* A rule with `own` counts only where the vote (or else the leader) it captures is the node itself. The expressions
//! have no way to say that.
//!
//! Colour codes are no part of a line. A captured term that is no number is a line that stands for something unknown: unreadable,
//! like a malformed event. A role is taken without regard to case and hyphens (`Pre-Candidate`), and a word beyond the four is
//! kept and means nothing to checkers.

use std::borrow::Cow;
use std::sync::Arc;

use history::entry::State;
use history::{Known, Role};
use regex::{Captures, Regex};
use serde_json::Value;

use super::events;
use super::ids::Ids;
use super::{json, wall};
use crate::system::rule::{Rule, Whom};

/// A text without the codes that colour it on a terminal, which no rule sees.
pub fn uncoloured(text: &str) -> Cow<'_, str> {
    match json::peeled(text.as_bytes()) {
        Cow::Borrowed(_) => text.into(),
        Cow::Owned(plain) => String::from_utf8_lossy(&plain).into_owned().into(),
    }
}

/// What a line is.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one at a time, and gone at once")]
pub enum Meaning {
    /// It says something. Its time, if it has one: wall clock, nanoseconds since 1970.
    Said(State<'static>, Option<u64>),
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
    speaker: Option<String>,
    /// Lines are passed over until this matches one.
    skipping: Option<Regex>,
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
            speaker: None,
            skipping: None,
        }
    }

    /// The id by which the node has called itself since this was asked last, if it did.
    pub(crate) fn take_speaker(&mut self) -> Option<String> {
        self.speaker.take()
    }

    /// Which id belongs to which node.
    pub(super) fn ids(&self) -> &Ids {
        &self.ids
    }

    /// Reads the next line: what its message means, or each of its messages where whole objects share a line. Nothing
    /// for a line that no rule matches.
    pub fn read_line(&mut self, line: &[u8]) -> Vec<Meaning> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = json::peeled(line);
        let meanings = match self.message.clone() {
            Some(pointer) => self.wrapped(&line, &pointer),
            None => vec![self.message(&String::from_utf8_lossy(&line), None, &Value::Null)],
        };
        meanings.into_iter().filter(|meaning| *meaning != Meaning::Nothing).collect()
    }

    /// Reads the next line, of which one meaning is enough.
    pub fn read(&mut self, line: &[u8]) -> Meaning {
        self.read_line(line).into_iter().next().unwrap_or(Meaning::Nothing)
    }

    /// The messages of a line of JSON.
    fn wrapped(&mut self, line: &[u8], pointer: &str) -> Vec<Meaning> {
        if pointer.is_empty() {
            return self.objects(line);
        }
        let key = pointer.rsplit('/').next().unwrap_or_default();
        let found = json::find(line, &[key]);
        let quoted = |what: &str| Meaning::Unreadable(format!("{what}: {}", json::excerpt(line)));
        let means = |text: &str| self.rules.iter().any(|rule| rule.re.is_match(text));
        // A message that is whole and means nothing means nothing in half an object either.
        if found.torn && json::strings(line, key).any(|text| text.is_none_or(|text| means(&text))) {
            return vec![quoted("what may be part of a message")];
        }
        let objects: Vec<Value> = found.objects.into_iter().map(|object| object.into_iter().collect()).collect();
        let messages = objects.iter().filter_map(|json| Some((json.pointer(pointer)?.as_str()?, json)));
        if found.other_text {
            let gap =
                messages.map(|(text, _)| text).any(means).then(|| quoted("a message in the middle of other text"));
            return gap.into_iter().collect();
        }
        let time = self.time.clone();
        let time = |json: &Value| time.as_ref().and_then(|pointer| json.pointer(pointer)).and_then(wall::instant);
        messages.map(|(text, json)| self.message(text, time(json), json)).collect()
    }

    /// The objects of a line whose rules look at fields alone. What is torn, or stands in other text, is a gap where a
    /// field of a rule could be in it.
    fn objects(&mut self, line: &[u8]) -> Vec<Meaning> {
        let rules = Arc::clone(&self.rules);
        let keys: Vec<&str> =
            rules.iter().flat_map(|rule| rule.fields.values()).filter_map(|at| at.rsplit('/').next()).collect();
        let found = json::find(line, &keys);
        let objects: Vec<Value> = found.objects.into_iter().map(|object| object.into_iter().collect()).collect();
        let means = |json: &Value| rules.iter().any(|rule| has_all(rule, json));
        if found.torn || (found.other_text && objects.iter().any(means)) {
            return vec![Meaning::Unreadable(format!(
                "an object that is not alone in its line: {}",
                json::excerpt(line)
            ))];
        }
        let time = self.time.clone();
        let time = |json: &Value| time.as_ref().and_then(|pointer| json.pointer(pointer)).and_then(wall::instant);
        objects.iter().map(|json| self.message("", time(json), json)).collect()
    }

    /// Reads a text of many lines as one.
    pub fn read_whole(&mut self, text: &[u8]) -> Meaning {
        self.message(&String::from_utf8_lossy(text), None, &Value::Null)
    }

    fn message(&mut self, text: &str, time: Option<u64>, json: &Value) -> Meaning {
        if let Some(until) = &self.skipping {
            if !until.is_match(text) {
                return Meaning::Nothing;
            }
            self.skipping = None;
        }
        let rules = Arc::clone(&self.rules);
        for rule in &*rules {
            if rule.by_fields && !has_all(rule, json) {
                continue;
            }
            let Some(captures) = rule.re.captures(text) else { continue };
            let matched = Matched { rule, captures, json };
            if let Some(Some(own)) = matched.field("self") {
                self.ids.learn(&self.observer, &own, &self.node);
                self.speaker = Some(own.into_owned());
            }
            if rule.own && !self.is_own(&matched) {
                continue;
            }
            self.skipping.clone_from(&rule.skip_until);
            if rule.is_mute() {
                return Meaning::Nothing;
            }
            return match self.apply(&matched) {
                Ok(said) => Meaning::Said(said, time),
                Err(why) => Meaning::Unreadable(format!("{why}: {}", json::excerpt(text.as_bytes()))),
            };
        }
        Meaning::Nothing
    }

    fn is_own(&self, matched: &Matched<'_>) -> bool {
        let whom = matched.field("vote").or_else(|| matched.field("leader"));
        let whom = whom.flatten().and_then(|whom| self.ids.resolve(&self.observer, &whom));
        whom.flatten().is_some_and(|whom| whom == self.node)
    }

    fn apply(&mut self, matched: &Matched<'_>) -> Result<State<'static>, String> {
        let rule = matched.rule;
        let text = |field: &'static str| matched.field(field).flatten();
        let mut said = State {
            role: text("role").as_deref().or(rule.role.as_deref()).map(|word| rule.words.role(word)),
            term: text("term").as_deref().map(|text| rule.words.term(text)).transpose()?,
            ..State::default()
        };
        if rule.remember && said.term.is_some() {
            self.remembered = said.term;
        }
        if rule.sticky && said.term.is_none() {
            said.term = self.remembered;
        }
        let whom = |field, fixed: Option<Whom>| -> Known<Cow<'static, str>> {
            match (matched.field(field), fixed) {
                (Some(known), _) => Some(known.map(|text| text.into_owned().into())),
                (None, Some(Whom::Itself)) => Some(Some(self.node.clone().into())),
                (None, Some(Whom::None)) => Some(None),
                (None, None) => None,
            }
        };
        let number = |field| text(field).and_then(|text| text.parse().ok());
        let log = |of: [&'static str; 2]| Some([number(of[0])?, number(of[1])?]);
        // The voter is known, or nothing is witnessed.
        let counted = text("counted").and_then(|id| self.ids.resolve(&self.observer, &id)).flatten();
        let said = State {
            vote: whom("vote", rule.vote),
            leader: whom("leader", rule.leader),
            log: log(["log_term", "log_index"]),
            candidate_log: log(["candidate_term", "candidate_index"]),
            counted: counted.map(|node| vec![node]),
            ..said
        };
        let said = events::named(said, &self.observer, &self.ids);
        if self.ends_candidacy(&said) {
            self.remembered = None;
        }
        Ok(said)
    }

    /// Whatever term the node stood in before is over: it follows, or it is at a higher term and no rule remembers that one. To
    /// lead, it has to stand in another one. A vote for another says nothing of the kind: a sentinel casts it and is elected
    /// for the term before.
    fn ends_candidacy(&self, said: &State<'_>) -> bool {
        let Some(term) = said.term else { return self.is_led_by_another(said) };
        let vote = said.vote.as_ref().and_then(|vote| vote.as_deref());
        let for_another = said.vote_id.is_some() || vote.is_some_and(|vote| vote != self.node);
        !for_another && self.remembered.is_some_and(|kept| kept < term)
    }

    fn is_led_by_another(&self, said: &State<'_>) -> bool {
        let follows = said.role.as_ref().and_then(|role| role.known()) == Some(Role::Follower);
        let leader = said.leader.as_ref().and_then(|leader| leader.as_deref());
        follows || said.leader_id.is_some() || leader.is_some_and(|leader| leader != self.node)
    }
}

/// A rule and what it matched.
struct Matched<'a> {
    rule: &'a Rule,
    captures: Captures<'a>,
    json: &'a Value,
}

impl Matched<'_> {
    /// What a field says: a group of the expression, or what stands where the rule points to in the line's object. Null is
    /// known to be none.
    fn field(&self, name: &str) -> Known<Cow<'_, str>> {
        if let Some(group) = self.captures.name(name) {
            return Some(Some(group.as_str().into()));
        }
        match self.json.pointer(self.rule.fields.get(name)?)? {
            Value::Null => Some(None),
            Value::String(text) => Some(Some(text.into())),
            Value::Number(number) => Some(Some(number.to_string().into())),
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }
}

/// Whether something stands at every pointer of a rule.
fn has_all(rule: &Rule, json: &Value) -> bool {
    !rule.fields.is_empty() && rule.fields.values().all(|pointer| json.pointer(pointer).is_some())
}
