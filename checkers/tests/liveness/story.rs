//! Histories told in a few lines. Times are milliseconds.

use std::fmt::Write as _;

use history::Reader;
use history::verdict::{Judgement, Outcome};

/// A history in the making. Three nodes by default, bound 5 s, network `proxy`.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    header: serde_json::Value,
    lines: Vec<String>,
}

impl Story {
    pub(crate) fn of(nodes: usize) -> Self {
        let nodes: Vec<String> = (1..=nodes).map(|i| format!("n{i}")).collect();
        let header = serde_json::json!({
            "schema": 1, "run": "story", "system": "story", "network": "proxy", "bound": 5_000_000_000u64, "nodes": nodes,
            "bound_from": {"k": 8}, "faults": "recorded", "voters": nodes,
        });
        Self { header, lines: Vec::new() }
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
        self.header[key] = value;
        self
    }

    /// A line as it stands, with its time.
    pub(crate) fn raw(&mut self, at: u64, text: &str) -> &mut Self {
        self.lines.push(format!("{{\"t\":{},{text}}}", at * 1_000_000));
        self
    }

    pub(crate) fn node(&mut self, node: usize, event: &str, at: u64) -> &mut Self {
        let ns = at * 1_000_000;
        self.raw(at, &format!(r#""type":"node","node":"n{node}","event":"{event}","span":[{ns},{ns}]"#))
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
        let leader = match leader {
            None => String::new(),
            Some(None) => r#","leader":null"#.to_owned(),
            Some(Some(leader)) => format!(r#","leader":"n{leader}""#),
        };
        let (from, latest) = (from * 1_000_000, to * 1_000_000);
        let text = format!(
            r#""type":"observe","node":"n{node}","observer":"{observer}","span":[{from},{latest}],"role":"{role}","term":{term}{leader}"#
        );
        self.raw(to, &text)
    }

    /// The leader is elected at `at` and followed by all 10 ms later.
    pub(crate) fn elects(self, leader: usize, term: u64, at: u64) -> Self {
        let all: Vec<usize> = (1..=self.header["nodes"].as_array().unwrap().len()).collect();
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
        let (nodes, links) = (serde_json::json!(nodes), serde_json::json!(links));
        let (from, latest) = (from * 1_000_000, to * 1_000_000);
        let text = format!(
            r#""type":"fault","id":{id},"stage":"{stage}","span":[{from},{latest}],"fault":{{"kind":"{kind}"}},"nodes":{nodes},"links":{links},"outcome":"{outcome}""#
        );
        self.raw(to, &text)
    }

    pub(crate) fn phase(&mut self, phase: &str, at: u64) -> &mut Self {
        self.raw(at, &format!(r#""type":"harness","event":"phase","phase":"{phase}""#))
    }

    pub(crate) fn stall(&mut self, from: u64, to: u64) -> &mut Self {
        let (from, latest) = (from * 1_000_000, to * 1_000_000);
        self.raw(to, &format!(r#""type":"harness","event":"stall","span":[{from},{latest}]"#))
    }

    pub(crate) fn disk_stall(&mut self, from: u64, to: u64) -> &mut Self {
        let (from, latest) = (from * 1_000_000, to * 1_000_000);
        self.raw(to, &format!(r#""type":"harness","event":"stall","span":[{from},{latest}],"cause":"disk""#))
    }

    pub(crate) fn link(&mut self, link: &str, (from, to): (u64, u64), rule: &str, passed: u64) -> &mut Self {
        let (from, latest) = (from * 1_000_000, to * 1_000_000);
        self.raw(
            to,
            &format!(r#""type":"link","link":"{link}","span":[{from},{latest}],"rule":"{rule}","passed":{passed}"#),
        )
    }

    pub(crate) fn end(&mut self, at: u64) -> &mut Self {
        self.raw(at, r#""type":"harness","event":"end","reason":"complete""#)
    }

    pub(crate) fn text(&self) -> String {
        let mut text = format!("{}\n", self.header);
        for line in &self.lines {
            let _ = writeln!(text, "{line}");
        }
        text
    }

    pub(crate) fn lines(&mut self) -> &mut Vec<String> {
        &mut self.lines
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
