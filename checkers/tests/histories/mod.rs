//! Histories written by hand, in a shorthand that fits a test.
#![allow(dead_code, clippy::unwrap_used)] // each test program uses its part

pub(crate) mod model;
pub(crate) mod muted;

use std::fmt::Write as _;

use checkers::judge;
use history::Reader;
use history::Verdict;
use history::verdict::{Judgement, Outcome};
use serde_json::{Value, json};

/// A history in the making. Time goes on by a millisecond a line.
#[derive(Clone)]
pub(crate) struct History {
    header: Value,
    lines: Vec<Value>,
    t: u64,
}

pub(crate) const MS: u64 = 1_000_000;

impl History {
    /// Of `n` nodes under the node contract.
    pub(crate) fn of(n: usize) -> Self {
        let nodes: Vec<String> = (1..=n).map(|i| format!("n{i}")).collect();
        let header = json!({
            "schema": 1, "run": "by-hand", "system": "reference", "workload": "by-hand", "nodes": nodes,
            "faults": "recorded", "voters": nodes,
            "observers": [
                {"name": "events", "evidence": "atomic", "durable": true, "complete": true},
                {"name": "early", "evidence": "atomic", "durable": false, "complete": false},
                {"name": "status", "evidence": "sampled"},
            ],
        });
        Self { header, lines: Vec::new(), t: 0 }
    }

    /// Sets a field of the header.
    pub(crate) fn header(mut self, field: &str, value: Value) -> Self {
        self.header[field] = value;
        self
    }

    /// An observation: `who` is `n1`, `n1#2` (incarnation 2) or `n1#2@10..20` (span in ms); `what` is
    /// `role term vote leader lastTerm/lastIndex`, with `-` for null and `?` (or nothing) for unknown.
    pub(crate) fn says(self, who: &str, what: &str) -> Self {
        self.seen("events", who, what)
    }

    /// The same by another observer.
    pub(crate) fn seen(mut self, observer: &str, who: &str, what: &str) -> Self {
        let mut line = self.about(who, "observe");
        line["observer"] = json!(observer);
        line["evidence"] = json!(if observer == "status" { "sampled" } else { "atomic" });
        for (field, word) in ["role", "term", "vote", "leader", "log"].iter().zip(what.split(' ')) {
            line[*field] = match word {
                "?" => continue,
                "-" => Value::Null,
                number if *field == "term" => json!(number.parse::<u64>().unwrap()),
                pair if *field == "log" => {
                    json!(pair.split('/').map(|n| n.parse::<u64>().unwrap()).collect::<Vec<_>>())
                }
                word => json!(word),
            };
        }
        self.lines.push(line);
        self
    }

    /// A node event; `more` is merged into the line.
    pub(crate) fn node(mut self, who: &str, event: &str, more: Value) -> Self {
        let mut line = self.about(who, "node");
        line["event"] = json!(event);
        merge(&mut line, more);
        self.lines.push(line);
        self
    }

    pub(crate) fn start(self, who: &str) -> Self {
        self.node(who, "start", json!({"pid": 4711}))
    }

    /// Ended by SIGKILL, as fault 1 asked.
    pub(crate) fn killed(self, who: &str) -> Self {
        self.node(who, "exit", json!({"signal": 9, "fault": 1}))
    }

    /// Any other line.
    pub(crate) fn line(mut self, line: Value) -> Self {
        self.t += MS;
        let mut whole = json!({"t": self.t, "span": [self.t, self.t]});
        merge(&mut whole, line);
        self.lines.push(whole);
        self
    }

    /// An installed fault.
    pub(crate) fn inject(self, id: u32, kind: &str, more: Value) -> Self {
        let mut line =
            json!({"type": "fault", "id": id, "stage": "inject", "fault": {"kind": kind}, "outcome": "installed"});
        merge(&mut line, more);
        self.line(line)
    }

    pub(crate) fn lift(self, id: u32) -> Self {
        self.line(json!({"type": "fault", "id": id, "stage": "lift", "outcome": "installed"}))
    }

    pub(crate) fn end(self) -> Self {
        self.line(json!({"type": "harness", "event": "end", "reason": "complete"}))
    }

    fn about(&mut self, who: &str, kind: &str) -> Value {
        self.t += MS;
        let (who, span) = who.split_once('@').map_or((who, None), |(who, span)| (who, Some(span)));
        let (node, incarnation) = who.split_once('#').unwrap_or((who, "1"));
        let span = match span.and_then(|span| span.split_once("..")) {
            Some((a, b)) => [a, b].map(|ms| ms.parse::<u64>().unwrap() * MS),
            None => [self.t, self.t],
        };
        let incarnation: u32 = incarnation.parse().unwrap();
        json!({"t": self.t.max(span[1]), "type": kind, "node": node, "incarnation": incarnation, "span": span})
    }

    /// The event lines, to be changed at will.
    pub(crate) fn lines_mut(&mut self) -> &mut Vec<Value> {
        &mut self.lines
    }

    pub(crate) fn text(&self) -> String {
        let mut text = self.header.to_string();
        for line in &self.lines {
            write!(text, "\n{line}").unwrap();
        }
        text.push('\n');
        text
    }

    pub(crate) fn judge(&self) -> Outcome {
        muted::by_values(judge::judge(Reader::new(self.text().as_bytes()).unwrap()).unwrap())
    }

    /// What one checker says.
    pub(crate) fn asked(&self, checker: &str) -> Judgement {
        let outcome = self.judge();
        let found = outcome.checkers.iter().find(|judgement| judgement.checker == checker);
        found.unwrap_or_else(|| panic!("{checker} was not asked")).clone()
    }

    /// The checker had something to judge and found nothing.
    #[track_caller]
    pub(crate) fn accepted_by(&self, checker: &str) {
        let judgement = self.asked(checker);
        assert!(judgement.judged, "not judged: {}", judgement.sentence);
        assert_eq!(judgement.verdict, Verdict::Valid, "{judgement:#?}");
    }

    /// The checker found exactly one violation, which says this.
    #[track_caller]
    pub(crate) fn rejected_by(&self, checker: &str, sentence: &str) -> Judgement {
        let judgement = self.asked(checker);
        assert_eq!(judgement.verdict, Verdict::Invalid, "{judgement:#?}");
        assert_eq!(judgement.violations.len(), 1, "{judgement:#?}");
        assert!(judgement.sentence.contains(sentence), "{}", judgement.sentence);
        assert!(!judgement.violations[0].evidence.is_empty());
        judgement
    }

    /// The lines of the file that the checker's first violation gives as evidence.
    pub(crate) fn evidence(&self, checker: &str) -> Vec<u64> {
        self.asked(checker).violations[0].evidence.iter().map(|evidence| evidence.line).collect()
    }
}

fn merge(line: &mut Value, more: Value) {
    if let Value::Object(more) = more {
        for (field, value) in more {
            line[field] = value;
        }
    }
}
