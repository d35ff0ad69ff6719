//! Histories told in a few lines. Times are milliseconds.

use history::build::Builder;
use history::entry::{self, Described, Fault, Harness, Node, Observe, State};
use history::verdict::{Judgement, Outcome};
use history::{Cause, EndReason, Fate, Reader, Record, Span, Word};
use workloads::Link;

const MS: u64 = 1_000_000;

/// A history in the making. Three nodes by default, bound 5 s, network `proxy`.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    built: Builder,
}

/// From milliseconds.
fn span((from, to): (u64, u64)) -> Span {
    Span { earliest: from * MS, latest: to * MS }
}

fn name(node: usize) -> String {
    format!("n{node}")
}

impl Story {
    pub(crate) fn of(nodes: usize) -> Self {
        let mut built = Builder::of(nodes);
        built.set("run", "story").set("system", "story").set("network", "proxy").set("bound", 5_000_000_000_u64);
        built.set("bound_from", serde_json::json!({"k": 8}));
        Self { built }
    }

    /// Three nodes, started at 0, n1 leader of term 1 at 300, followed at 310.
    pub(crate) fn begun(nodes: usize) -> Self {
        let mut story = Self::of(nodes);
        for node in 1..=nodes {
            story.node(node, "start", 0);
            story.says(node, 1, "follower", 0, None);
        }
        story.elects(1, 1, 300)
    }

    pub(crate) fn with(mut self, key: &str, value: serde_json::Value) -> Self {
        self.built.set(key, value);
        self
    }

    /// A line as it stands, with its time.
    pub(crate) fn raw(&mut self, at: u64, text: &str) -> &mut Self {
        let line = serde_json::from_str(&format!("{{\"t\":{},{text}}}", at * MS));
        self.built.json(line.unwrap_or_else(|error| panic!("{text}: {error}")));
        self
    }

    pub(crate) fn node(&mut self, node: usize, event: &str, at: u64) -> &mut Self {
        // What starts with the run says that it is the first.
        let incarnation = (event == "start" && at == 0).then_some(1);
        let event = Word::read(event);
        self.built.at(at * MS, Node { incarnation, event, ..Node::new(name(node), 1, Fate::Start) });
        self
    }

    /// A line of the node contract.
    pub(crate) fn says(&mut self, node: usize, at: u64, role: &str, term: u64, leader: Option<usize>) -> &mut Self {
        self.shows("events", node, (at, at), role, term, Some(leader))
    }

    pub(crate) fn shows(
        &mut self,
        observer: &str,
        node: usize,
        (from, to): (u64, u64),
        role: &str,
        term: u64,
        leader: Option<Option<usize>>,
    ) -> &mut Self {
        let leader = leader.map(|leader| leader.map(|leader| name(leader).into()));
        let state = State { role: Some(Word::read(role)), term: Some(term), leader, ..State::default() };
        let (node, observer) = (name(node).into(), Some(observer.into()));
        let seen = Observe { node, incarnation: None, observer, evidence: None, seq: None, state };
        self.built.during(to * MS, span((from, to)), seen);
        self
    }

    /// The leader is elected at `at` and followed by all 10 ms later.
    pub(crate) fn elects(self, leader: usize, term: u64, at: u64) -> Self {
        let all: Vec<usize> = (1..=self.built.header()["nodes"].as_array().unwrap().len()).collect();
        self.elected_by(leader, term, at, &all)
    }

    pub(crate) fn elected_by(mut self, leader: usize, term: u64, at: u64, followers: &[usize]) -> Self {
        self.says(leader, at - 5, "candidate", term, None).says(leader, at, "leader", term, Some(leader));
        for &node in followers.iter().filter(|&&node| node != leader) {
            self.says(node, at + 10, "follower", term, Some(leader));
        }
        self
    }

    pub(crate) fn fault(&mut self, id: u32, stage: &str, kind: &str, what: &str, (from, to): (u64, u64)) -> &mut Self {
        self.fault_ended(id, stage, kind, what, (from, to), "installed")
    }

    /// `what`: `n1 n2` for nodes, `n1->n2 n2->n1` for links.
    pub(crate) fn fault_ended(
        &mut self,
        id: u32,
        stage: &str,
        kind: &str,
        what: &str,
        (from, to): (u64, u64),
        outcome: &str,
    ) -> &mut Self {
        let (links, nodes): (Vec<&str>, Vec<&str>) = what.split_whitespace().partition(|word| word.contains("->"));
        let links = links.iter().filter_map(|link| link.split_once("->")).map(|(from, to)| Link::new(from, to));
        let fault = Fault {
            id,
            stage: Word::read(stage),
            fault: Some(Described::read(serde_json::json!({ "kind": kind }))),
            nodes: Some(nodes.into_iter().map(str::to_owned).collect()),
            links: Some(links.collect()),
            outcome: Some(Word::read(outcome)),
            reason: None,
            operations: None,
            lost: None,
        };
        self.built.during(to * MS, span((from, to)), fault);
        self
    }

    pub(crate) fn phase(&mut self, phase: &str, at: u64) -> &mut Self {
        let record = Record::now(Harness::Phase { phase: Some(Word::read(phase)), nodes: None });
        self.built.add(&Record { t: Some(at * MS), ..record });
        self
    }

    pub(crate) fn stall(&mut self, from: u64, to: u64) -> &mut Self {
        self.built.during(to * MS, span((from, to)), Harness::Stall { cause: None, reason: None });
        self
    }

    pub(crate) fn disk_stall(&mut self, from: u64, to: u64) -> &mut Self {
        let cause = Some(Cause::Disk.into());
        self.built.during(to * MS, span((from, to)), Harness::Stall { cause, reason: None });
        self
    }

    pub(crate) fn link(&mut self, link: &str, (from, to): (u64, u64), rule: &str, passed: u64) -> &mut Self {
        let (a, b) = link.split_once("->").unwrap();
        let (rule, passed) = (Some(Word::read(rule)), Some(passed));
        let (held, dropped, packets) = (None, None, None);
        let line = entry::Link { from: a.into(), to: b.into(), rule, passed, held, dropped, packets };
        self.built.during(to * MS, span((from, to)), line);
        self
    }

    pub(crate) fn end(&mut self, at: u64) -> &mut Self {
        let record = Record::now(Harness::End { reason: Some(EndReason::Complete.into()) });
        self.built.add(&Record { t: Some(at * MS), ..record });
        self
    }

    pub(crate) fn text(&self) -> String {
        self.built.text()
    }

    pub(crate) fn lines(&mut self) -> &mut Vec<serde_json::Value> {
        self.built.lines_mut()
    }

    pub(crate) fn outcome(&self) -> Outcome {
        let outcome = checkers::judge::judge(Reader::new(self.text().as_bytes()).unwrap()).unwrap();
        crate::muted::by_values(outcome)
    }

    pub(crate) fn judged(&self, checker: &str) -> Judgement {
        self.outcome().checkers.into_iter().find(|judgement| judgement.checker == checker).unwrap()
    }
}

/// All links between two groups of nodes, both ways.
pub(crate) fn between(a: &[usize], b: &[usize]) -> String {
    let pairs = a.iter().flat_map(|a| b.iter().map(move |b| format!("n{a}->n{b} n{b}->n{a}")));
    pairs.collect::<Vec<_>>().join(" ")
}
