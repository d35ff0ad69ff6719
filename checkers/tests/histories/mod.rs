//! Histories written by hand, in a shorthand that fits a test.
#![allow(dead_code, clippy::unwrap_used)] // each test program uses its part

pub(crate) mod model;
pub(crate) mod muted;

use std::borrow::Cow;

use checkers::judge;
use history::build::Builder;
use history::entry::{Described, Fault, Node, Observe, State};
use history::verdict::{Judgement, Outcome};
use history::{Evidence, Fate, Installed, Reader, Span, Stage, Verdict, Word};
use serde_json::{Value, json};

/// A history in the making. Time goes on by a millisecond a line.
#[derive(Clone)]
pub(crate) struct History {
    built: Builder,
    t: u64,
}

pub(crate) const MS: u64 = 1_000_000;

impl History {
    /// Of `n` nodes under the node contract.
    pub(crate) fn of(n: usize) -> Self {
        let mut built = Builder::of(n);
        built.set("run", "by-hand").set("system", "reference").set("workload", "by-hand");
        let observers = json!([
            {"name": "events", "evidence": "atomic", "durable": true, "complete": true},
            {"name": "early", "evidence": "atomic", "durable": false, "complete": false},
            {"name": "status", "evidence": "sampled"},
        ]);
        built.set("observers", observers);
        Self { built, t: 0 }
    }

    /// Sets a field of the header.
    pub(crate) fn header(mut self, field: &str, value: Value) -> Self {
        self.built.set(field, value);
        self
    }

    /// An observation: `who` is `n1`, `n1#2` (incarnation 2) or `n1#2@10..20` (span in ms); `what` is
    /// `role term vote leader lastTerm/lastIndex`, with `-` for null and `?` (or nothing) for unknown.
    pub(crate) fn says(self, who: &str, what: &str) -> Self {
        self.seen("events", who, what)
    }

    /// The same by another observer.
    pub(crate) fn seen(mut self, observer: &str, who: &str, what: &str) -> Self {
        let (node, incarnation, span) = self.about(who);
        let mut fields = what.split(' ').map(|word| Some(word).filter(|word| *word != "?"));
        let mut next = || fields.next().flatten();
        let named = |word: Option<&str>| word.map(|word| Some(Cow::from(word.to_owned())).filter(|name| name != "-"));
        let pair = |word: &str| word.split_once('/').map(|(term, index)| [term, index].map(|n| n.parse().unwrap()));
        let state = State {
            role: next().map(|role| Word::read(role.to_owned())),
            term: next().map(|term| term.parse().unwrap()),
            vote: named(next()),
            leader: named(next()),
            log: next().and_then(pair),
            ..State::default()
        };
        let evidence = if observer == "status" { Evidence::Sampled } else { Evidence::Atomic };
        let (observer, evidence) = (Some(observer.into()), Some(evidence.into()));
        let seen = Observe { node, incarnation, observer, evidence, seq: None, state };
        self.built.during(self.t.max(span.latest), span, seen);
        self
    }

    /// A node event; `more` is merged into the line.
    pub(crate) fn node(mut self, who: &str, event: &str, more: Value) -> Self {
        let (node, incarnation, span) = self.about(who);
        let event = Word::read(event);
        let line = Node { incarnation, event, ..Node::new(node, 1, Fate::Start) };
        self.built.during(self.t.max(span.latest), span, line);
        self.built.also(more);
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
        self.built.json(json!({"t": self.t, "span": [self.t, self.t]}));
        self.built.also(line);
        self
    }

    /// An installed fault.
    pub(crate) fn inject(self, id: u32, kind: &str, more: Value) -> Self {
        let kind = Described::read(json!({ "kind": kind }));
        self.fault(Fault { fault: Some(kind), ..Fault::new(id, Stage::Inject, Installed::Installed) }, more)
    }

    pub(crate) fn lift(self, id: u32) -> Self {
        self.fault(Fault::new(id, Stage::Lift, Installed::Installed), json!({}))
    }

    fn fault(mut self, fault: Fault<'_>, more: Value) -> Self {
        self.t += MS;
        self.built.at(self.t, fault);
        self.built.also(more);
        self
    }

    pub(crate) fn end(mut self) -> Self {
        self.t += MS;
        self.built.complete(self.t);
        self
    }

    /// The node that a line is about, its incarnation, and when.
    fn about(&mut self, who: &str) -> (Cow<'static, str>, Option<u32>, Span) {
        self.t += MS;
        let (who, span) = who.split_once('@').map_or((who, None), |(who, span)| (who, Some(span)));
        let (node, incarnation) = who.split_once('#').unwrap_or((who, "1"));
        let span = match span.and_then(|span| span.split_once("..")) {
            Some((a, b)) => {
                let [earliest, latest] = [a, b].map(|ms| ms.parse::<u64>().unwrap() * MS);
                Span { earliest, latest }
            }
            None => Span::at(self.t),
        };
        (node.to_owned().into(), Some(incarnation.parse().unwrap()), span)
    }

    /// The event lines, to be changed at will.
    pub(crate) fn lines_mut(&mut self) -> &mut Vec<Value> {
        self.built.lines_mut()
    }

    pub(crate) fn text(&self) -> String {
        self.built.text()
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
