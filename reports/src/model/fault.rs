//! The faults of a run, and what became of the links.

use std::collections::BTreeMap;

use history::entry::{self, Described};
use history::{Installed, Rule, Span, Stage, Word};
use serde_json::Value;

use super::Held;
use crate::text;

/// What is shown where a history does not say how an injection or a lift ended.
const UNTOLD: &str = "unknown";

/// A fault from its injection to its lift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Its number in the schedule.
    pub id: u32,
    /// `kill`, `pause`, `cut` …, cleaned.
    pub kind: String,
    /// What it was in words: `cut isolate leader`.
    pub words: String,
    /// The shape of a fault of links, where the history has a word for it, cleaned: `isolate`.
    pub shape: Option<String>,
    /// Whom it was aimed at, where that is a word, cleaned: `leader`.
    pub target: Option<String>,
    /// The nodes it hit, cleaned.
    pub nodes: Vec<String>,
    /// The links it concerned, cleaned.
    pub links: Vec<String>,
    /// When its injection began.
    pub begin: u64,
    /// When it was in force.
    pub in_force: u64,
    /// When its lift was done; none: never lifted.
    pub end: Option<u64>,
    /// How its injection ended; foreign: what the history says instead, cleaned.
    pub outcome: Word<'static, Installed>,
    /// Likewise of its lift.
    pub lifted: Option<Word<'static, Installed>>,
    /// Why, where the history says so.
    pub reason: Option<String>,
    /// The operations of disks at which nodes crashed, each as `n1: rename state.tmp state`, cleaned.
    pub operations: Vec<String>,
    /// Whether that was before or after the operation, where the history says so.
    pub moment: Option<String>,
    /// The part that the crashed node took in an election, where that was asked for, cleaned.
    pub part: Option<String>,
    /// The operation that was waited for: its text, cleaned, and which of these it was.
    pub awaited: Option<(String, u32)>,
    /// The power was gone as well.
    pub unplugged: bool,
    /// What disks lost with their power, cleaned.
    pub lost: Vec<String>,
    /// The line of its injection.
    pub line: u64,
}

impl Fault {
    /// Whether it was, or may have been, in force.
    pub fn happened(&self) -> bool {
        !self.outcome.is(Installed::Skipped)
    }

    /// Whether it certainly was in force.
    pub fn installed(&self) -> bool {
        self.outcome.is(Installed::Installed)
    }

    /// `kill n1`, `cut isolate leader (n2)`.
    pub fn label(&self) -> String {
        let mut nodes = self.nodes.iter().take(6).cloned().collect::<Vec<_>>().join(" ");
        if self.nodes.len() > 6 {
            nodes.push_str(&format!(" and {} more", self.nodes.len() - 6));
        }
        if nodes.is_empty() { self.words.clone() } else { format!("{} ({nodes})", self.words) }
    }
}

/// What one rule did to a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRule {
    /// The rule in words, cleaned; where nothing was counted, the kind of the fault.
    pub rule: String,
    /// Bytes that crossed, where they were counted.
    pub passed: Option<u64>,
    /// Bytes held back.
    pub held: Option<u64>,
    /// Bytes thrown away.
    pub dropped: Option<u64>,
}

/// A link that was cut or degraded at some time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkLane {
    /// `n1->n2`, cleaned.
    pub link: String,
    /// When, and how.
    pub rules: Vec<Held<LinkRule>>,
}

/// Collects faults and links line by line.
#[derive(Debug, Default)]
pub(super) struct Faults {
    faults: Vec<Fault>,
    links: BTreeMap<String, Vec<Held<LinkRule>>>,
}

impl Faults {
    /// It was injected or lifted, as this line of the history says.
    pub(super) fn fault(&mut self, fault: &entry::Fault<'_>, line: u64, span: Span) {
        let outcome = fault.outcome.as_ref();
        let outcome = outcome.map_or(Word::Foreign(UNTOLD.into()), |outcome| text::word(outcome, 40));
        let reason = fault.reason.as_deref().map(|reason| text::clean(reason, text::LONGEST));
        let id = fault.id;
        if fault.stage.is(Stage::Lift) {
            if let Some(fault) = self.faults.iter_mut().rev().find(|fault| fault.id == id) {
                if !outcome.is(Installed::Skipped) {
                    fault.end = Some(span.latest.max(fault.begin));
                }
                fault.lifted = Some(outcome);
                fault.reason = fault.reason.take().or(reason);
            }
            return;
        }
        let list = |texts: &Option<Vec<String>>| -> Vec<String> {
            texts.iter().flatten().map(|text| text::clean(text, text::LONGEST)).collect()
        };
        let (operations, lost) = (list(&fault.operations), list(&fault.lost));
        // What there is to say of it stands where the reason would.
        let told =
            (!operations.is_empty() || !lost.is_empty()).then(|| [operations.as_slice(), &lost].concat().join("; "));
        let reason = reason.or(told);
        let described = fault.fault.as_ref().map(Described::value);
        let said = |key: &str| described.and_then(|fault| fault.get(key)?.as_str()).map(|word| text::clean(word, 20));
        let awaited = fault.fault.as_ref().and_then(Described::operation);
        self.faults.push(Fault {
            id,
            kind: text::name(kind_of(fault.fault.as_ref())),
            words: words_of(fault.fault.as_ref()),
            nodes: fault.nodes.iter().flatten().map(|node| text::name(node)).collect(),
            links: fault.links.iter().flatten().map(|link| text::name(&link.to_string())).collect(),
            begin: span.earliest,
            in_force: span.latest,
            end: None,
            outcome,
            lifted: None,
            reason,
            operations,
            shape: said("shape"),
            target: said("target"),
            moment: said("moment"),
            part: said("part"),
            awaited: awaited.map(|(operation, nth)| (text::clean(operation, text::LONGEST), nth)),
            unplugged: fault.fault.as_ref().is_some_and(Described::is_unplugged),
            lost,
            line,
        });
    }

    /// What crossed a link; one that was open is not worth a lane.
    pub(super) fn link(&mut self, link: &entry::Link<'_>, span: Span) {
        let Some(rule) = link.rule.as_ref().filter(|rule| !rule.is(Rule::Open)) else { return };
        self.links.entry(text::name(&format!("{}->{}", link.from, link.to))).or_default().push(Held {
            start: span.earliest,
            end: span.latest,
            what: LinkRule {
                rule: text::name(rule.text()),
                passed: link.passed,
                held: link.held,
                dropped: link.dropped,
            },
        });
    }

    pub(super) fn finish(mut self, end: u64) -> (Vec<Fault>, Vec<LinkLane>) {
        // Without counters the faults themselves say which links they closed.
        if self.links.is_empty() {
            for fault in self.faults.iter().filter(|fault| fault.happened()) {
                for link in &fault.links {
                    self.links.entry(link.clone()).or_default().push(Held {
                        start: fault.in_force,
                        end: fault.end.unwrap_or(end).max(fault.in_force),
                        what: LinkRule { rule: fault.kind.clone(), passed: None, held: None, dropped: None },
                    });
                }
            }
        }
        let links = self
            .links
            .into_iter()
            .map(|(link, mut rules)| {
                rules.sort_by_key(|held| (held.start, held.end));
                LinkLane { link, rules }
            })
            .collect();
        (self.faults, links)
    }
}

fn kind_of(fault: Option<&Described>) -> &str {
    fault.and_then(Described::kind).unwrap_or("fault")
}

/// The fault in words, kind first; everything else that the history says of it follows.
pub(super) fn words_of(fault: Option<&Described>) -> String {
    let mut words = vec![kind_of(fault).to_owned()];
    if let Some(Value::Object(fault)) = fault.map(Described::value) {
        for (key, value) in fault.iter().filter(|(key, _)| *key != "kind") {
            match (key.as_str(), value) {
                ("shape" | "target", Value::String(word)) => words.push(word.clone()),
                // Names and links that were asked for are those that were hit: they stand beside the words.
                ("shape", Value::Object(shape)) => words.extend(shape.keys().cloned()),
                ("target", Value::Array(_)) => {}
                ("effect", Value::Object(effect)) => {
                    words.extend(effect.iter().map(|(name, value)| format!("{name} {}", plain(value))));
                }
                (key, Value::Bool(true)) => words.push(key.to_owned()),
                (_, Value::Bool(false) | Value::Null) => {}
                (key, value) => words.push(format!("{key} {}", plain(value))),
            }
        }
    }
    text::clean(&words.join(" "), 120)
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
