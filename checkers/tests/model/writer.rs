//! A random run of the simulated cluster, written down as a recorder would.
//!
//! Lines come in the order in which they were recorded, which is not that in which things happened: a fault is recorded
//! when it is in force, with a span that began before; an exit after all that the process printed; a poll when its
//! answer is there. Spans are widened at random, some lines are left out, some outcomes are indeterminate.

use history::build::Builder;
use history::entry::{self, Described, Entry, Harness, Miss, Node, Observe, State};
use history::header::{BoundFrom, Observer};
use history::{EndReason, Evidence, Fate, Header, Installed, Phase, Record, Rule, Span, Stage};
use rand::RngExt;
use serde_json::json;
use workloads::Link;

use super::cluster::{Cluster, MS, Role, Shown};

mod plan;

#[derive(Debug, Clone)]
enum Act {
    Phase(Phase),
    Inject(usize),
    Lift(usize),
    Toggle(usize, bool),
    Poll(usize),
    Starve(bool),
    Boot(usize),
    Stop,
}

#[derive(Debug, Clone)]
struct Fault {
    kind: &'static str,
    nodes: Vec<usize>,
    links: Vec<(usize, usize)>,
    /// Which incarnations it hit.
    hit: Vec<(usize, u32)>,
    duration: u64,
    active: bool,
    indeterminate: bool,
}

pub(crate) struct Run {
    cluster: Cluster,
    acts: Vec<Act>,
    faults: Vec<Fault>,
    /// In the order in which they were made.
    lines: Vec<Record<'static>>,
    /// Per node: no line of it is recorded before.
    behind: Vec<u64>,
    nodes: usize,
    /// Which incarnations the starvation froze.
    starved: Vec<u32>,
    style: Style,
}

/// What this recorder leaves out.
#[derive(Debug, Clone, Copy)]
struct Style {
    events: bool,
    polls: bool,
    show_leader: bool,
    stop_lines: bool,
    wide: u64,
    has_at: bool,
    fault_lines: bool,
    network: &'static str,
}

/// As a random recorder writes it.
pub(crate) fn history(seed: u64) -> String {
    recorded(seed, false)
}

/// As a recorder writes it that leaves nothing out.
pub(crate) fn whole(seed: u64) -> String {
    recorded(seed, true)
}

fn recorded(seed: u64, whole: bool) -> String {
    let mut cluster = Cluster::new(3, seed);
    let nodes = cluster.random.random_range(3..=7);
    cluster = Cluster::new(nodes, seed.wrapping_mul(31) + 7);
    let r = &mut cluster.random;
    let events = r.random_bool(0.85);
    let style = Style {
        events,
        polls: !events || r.random_bool(0.5),
        show_leader: r.random_bool(0.7),
        stop_lines: r.random_bool(0.5),
        wide: [1, MS / 10, 3 * MS, 30 * MS][r.random_range(0..4)],
        has_at: r.random_bool(0.85),
        fault_lines: r.random_bool(0.9),
        network: ["switch", "proxy"][r.random_range(0..2)],
    };
    let style = Style { events: style.events || whole, fault_lines: style.fault_lines || whole, ..style };
    let lines = vec![];
    Run { cluster, acts: vec![], faults: vec![], lines, behind: vec![0; nodes], nodes, starved: vec![], style }
        .write(seed)
}

fn name(node: usize) -> String {
    format!("n{}", node + 1)
}

impl Run {
    fn act(&mut self, at: u64, act: Act) {
        self.cluster.script(at, self.acts.len());
        self.acts.push(act);
    }

    fn upto(&mut self, most: u64) -> u64 {
        self.cluster.random.random_range(0..=most)
    }

    fn record(&mut self, at: u64, span: Option<Span>, entry: impl Into<Entry<'static>>) {
        self.lines.push(Record { t: Some(at), span, group: None, entry: entry.into() });
    }

    /// A span around now, and when the line about it is recorded.
    fn around_now(&mut self) -> (Span, u64) {
        let now = self.cluster.now;
        let (before, after) = (self.upto(self.style.wide), self.upto(self.style.wide));
        let late = self.upto(5 * MS);
        (Span { earliest: now.saturating_sub(before), latest: now + after }, now + after + late)
    }

    /// A line of a node's life; lines of a node keep their order.
    fn life(&mut self, node: usize, event: Fate) {
        self.ends(node, Node::new(name(node), 0, event));
    }

    fn ends(&mut self, node: usize, line: Node<'static>) {
        let (span, at) = self.around_now();
        let at = at.max(self.behind[node]);
        self.behind[node] = at;
        let incarnation = self.cluster.nodes[node].incarnation;
        self.record(at, Some(span), Node { incarnation: Some(incarnation), ..line });
    }

    fn killed(node: usize, fault: Option<u32>) -> Node<'static> {
        Node { signal: Some(9), fault, ..Node::new(name(node), 0, Fate::Exit) }
    }

    fn write(mut self, seed: u64) -> String {
        let length = self.plan();
        while let Some(script) = self.cluster.next_script() {
            self.flush();
            match self.acts[script].clone() {
                Act::Phase(phase) => {
                    let now = self.cluster.now;
                    self.record(now, None, Harness::phase(phase));
                }
                Act::Inject(fault) => self.inject(fault),
                Act::Lift(fault) => self.lift(fault),
                Act::Toggle(fault, pause) => self.toggle(fault, pause),
                Act::Poll(node) => self.poll(node),
                Act::Boot(node) => {
                    self.start(node);
                }
                Act::Starve(begin) => self.starve(begin),
                Act::Stop => break,
            }
            self.flush();
        }
        for node in 0..self.nodes {
            if self.cluster.nodes[node].alive {
                self.ends(node, Self::killed(node, None));
            }
        }
        let end = self.lines.iter().filter_map(|line| line.t).max().unwrap_or(length);
        self.record(end, None, Harness::End { reason: Some(EndReason::Complete.into()) });
        self.lines.sort_by_key(|line| line.t);
        let mut built = Builder::new(&self.header(seed));
        for line in &self.lines {
            built.add(line);
        }
        built.text()
    }

    fn header(&self, seed: u64) -> Header {
        let fields = |all: &[&str]| all.iter().map(|&field| field.to_owned()).collect();
        let events = Observer {
            name: "events".to_owned(),
            fields: fields(&["role", "term", "vote", "leader"]),
            evidence: Evidence::Atomic,
            durable: true,
            complete: true,
            ..Observer::default()
        };
        let status = Observer {
            name: "status".to_owned(),
            fields: fields(&["role", "term", "leader"]),
            period: Some(50_000_000),
            ..Observer::default()
        };
        let observers = [(self.style.events, events), (self.style.polls, status)];
        let nodes: Vec<String> = (0..self.nodes).map(name).collect();
        Header {
            schema: history::SCHEMA,
            run: format!("model-{seed}"),
            system: "model".to_owned(),
            faults: Some(history::Faults::Recorded),
            voters: Some(history::Voters::Listed(nodes.clone())),
            nodes,
            workload: "chaos".to_owned(),
            seed: Some(seed),
            network: self.style.network.to_owned(),
            bound: Some(1_500_000_000),
            bound_from: Some(BoundFrom { k: 4, ..BoundFrom::default() }),
            observers: observers.into_iter().filter_map(|(has, observer)| has.then_some(observer)).collect(),
            ..Header::default()
        }
    }

    fn fault_line(&mut self, id: usize, stage: Stage, outcome: Installed) {
        let (span, at) = self.around_now();
        let fault = &self.faults[id];
        let line = entry::Fault {
            fault: Some(Described::read(json!({ "kind": fault.kind }))),
            nodes: Some(fault.nodes.iter().map(|&node| name(node)).collect()),
            links: Some(fault.links.iter().map(|&(a, b)| Link::new(name(a), name(b))).collect()),
            ..entry::Fault::new(id as u32, stage, outcome)
        };
        // A history without fault lines still has those of links and of what is not seen in processes.
        let needed = matches!(fault.kind, "cut" | "degrade" | "stutter") || !self.style.stop_lines;
        if self.style.fault_lines || needed {
            self.record(at, Some(span), line);
        }
    }

    fn inject(&mut self, id: usize) {
        let fault = self.faults[id].clone();
        let done = !fault.indeterminate || self.cluster.random.random_bool(0.5);
        let outcome = if fault.indeterminate { Installed::Indeterminate } else { Installed::Installed };
        let mut hit = Vec::new();
        match fault.kind {
            "cut" | "degrade" => {
                if fault.links.is_empty() {
                    return self.fault_line(id, Stage::Inject, Installed::Skipped);
                }
                if done {
                    self.faults[id].active = true;
                    for &(a, b) in &fault.links {
                        self.rule_ends(a, b);
                        let link = &mut self.cluster.links[a][b];
                        if fault.kind == "cut" { link.cuts += 1 } else { link.weak += 1 }
                    }
                }
            }
            _ => {
                let up = |&node: &usize| self.cluster.nodes[node].alive;
                let nodes: Vec<usize> = fault.nodes.iter().copied().filter(up).collect();
                if nodes.is_empty() {
                    return self.fault_line(id, Stage::Inject, Installed::Skipped);
                }
                self.faults[id].nodes.clone_from(&nodes);
                if done {
                    self.faults[id].active = true;
                    for &node in &nodes {
                        hit.push((node, self.cluster.nodes[node].incarnation));
                        match fault.kind {
                            "pause" => {
                                self.cluster.pause(node);
                                if self.style.stop_lines {
                                    self.life(node, Fate::Stop);
                                }
                            }
                            "stutter" => {}
                            _ => {
                                self.cluster.kill(node);
                                self.ends(node, Self::killed(node, Some(id as u32)));
                            }
                        }
                    }
                }
            }
        }
        self.faults[id].hit = hit;
        self.fault_line(id, Stage::Inject, outcome);
    }

    fn lift(&mut self, id: usize) {
        let fault = self.faults[id].clone();
        if !fault.active {
            if fault.indeterminate {
                self.fault_line(id, Stage::Lift, Installed::Installed);
            }
            return;
        }
        self.faults[id].active = false;
        match fault.kind {
            "cut" | "degrade" => {
                for &(a, b) in &fault.links {
                    self.rule_ends(a, b);
                    let long = self.upto(fault.duration / 3);
                    let now = self.cluster.now;
                    let link = &mut self.cluster.links[a][b];
                    if fault.kind == "degrade" {
                        link.weak -= 1;
                        continue;
                    }
                    link.cuts -= 1;
                    if link.cuts == 0 && self.style.network == "switch" {
                        link.dead_until = now + long;
                    }
                }
            }
            "pause" => {
                for &(node, incarnation) in &fault.hit {
                    if self.cluster.nodes[node].alive && self.cluster.nodes[node].incarnation == incarnation {
                        self.thaw(node);
                        // What the starved machine holds is continued all the same, as far as the recorder knows.
                        let starved = u32::from(self.starved.get(node) == Some(&incarnation));
                        if self.style.stop_lines && self.cluster.nodes[node].paused <= starved {
                            self.life(node, Fate::Continue);
                        }
                    }
                }
            }
            "stutter" => {
                for (node, incarnation) in fault.hit.clone() {
                    self.thaw_of(id, node, incarnation);
                }
            }
            _ => {
                for &(node, incarnation) in &fault.hit {
                    if !self.cluster.nodes[node].alive && self.cluster.nodes[node].incarnation == incarnation {
                        self.start(node);
                    }
                }
            }
        }
        self.fault_line(id, Stage::Lift, Installed::Installed);
    }

    /// The machine stands still. Its end lets go of those that it froze, not of processes started since.
    fn starve(&mut self, begin: bool) {
        if begin {
            self.starved = self.cluster.nodes.iter().map(|node| node.incarnation).collect();
            (0..self.nodes).for_each(|node| self.cluster.pause(node));
            return;
        }
        for node in 0..self.nodes {
            if self.cluster.nodes[node].incarnation == self.starved[node] {
                self.thaw(node);
            }
        }
        self.starved.clear();
    }

    fn start(&mut self, node: usize) {
        self.cluster.nodes[node].incarnation += 1;
        self.life(node, Fate::Start);
        self.cluster.nodes[node].incarnation -= 1;
        self.cluster.start(node);
        self.flush();
        self.life(node, Fate::Ready);
    }

    fn thaw(&mut self, node: usize) {
        if self.cluster.nodes[node].paused > 0 {
            self.cluster.resume(node);
        }
    }

    /// A stutter lets go of what it holds: its last toggle was a pause if an odd number were done.
    fn thaw_of(&mut self, id: usize, node: usize, incarnation: u32) {
        if self.faults[id].duration == u64::MAX && self.cluster.nodes[node].incarnation == incarnation {
            self.thaw(node);
        }
    }

    fn toggle(&mut self, id: usize, pause: bool) {
        if !self.faults[id].active {
            return;
        }
        // `duration` is spent; it now remembers whether the stutter holds its nodes.
        self.faults[id].duration = if pause { u64::MAX } else { 0 };
        for (node, incarnation) in self.faults[id].hit.clone() {
            if self.cluster.nodes[node].alive && self.cluster.nodes[node].incarnation == incarnation {
                if pause { self.cluster.pause(node) } else { self.thaw(node) }
            }
        }
    }

    /// Tells what crossed a link since its rule changed last.
    fn rule_ends(&mut self, a: usize, b: usize) {
        let now = self.cluster.now;
        let link = &mut self.cluster.links[a][b];
        let rule = match (link.cuts, link.weak) {
            (0, 0) => Rule::Open,
            (0, _) => Rule::Degrade,
            _ => Rule::Cut,
        };
        let (passed, first) = (std::mem::take(&mut link.passed), link.first.take());
        let line = |passed: u64| entry::Link {
            from: name(a).into(),
            to: name(b).into(),
            rule: Some(rule.into()),
            passed: Some(passed),
            held: Some(0),
            dropped: Some(0),
            packets: None,
        };
        let span = |earliest: u64, latest: u64| Some(Span { earliest, latest });
        if let Some(first) = first {
            // Two lines, so that the time of the first byte can be told.
            self.record(first.max(1), span(first.saturating_sub(MS), first), line(1));
            self.record(now, span(first, now), line(passed));
        }
    }

    fn poll(&mut self, node: usize) {
        let (span, at) = self.around_now();
        let own = &self.cluster.nodes[node];
        let entry = if !own.alive || own.paused > 0 || self.cluster.random.random_bool(0.02) {
            let (observer, error) = (Some("status".into()), Some("timed out".into()));
            Entry::Miss(Miss { node: name(node).into(), incarnation: None, observer, error })
        } else {
            let shown = Shown {
                at: 0,
                node,
                incarnation: own.incarnation,
                role: own.role,
                term: own.term,
                vote: own.vote,
                leader: own.leader,
            };
            Entry::Observe(self.observation("status", Evidence::Sampled, &shown))
        };
        self.record(at, Some(span), entry);
    }

    fn observation(&self, observer: &'static str, evidence: Evidence, shown: &Shown) -> Observe<'static> {
        let role = match shown.role {
            Role::Follower => history::Role::Follower,
            Role::Candidate => history::Role::Candidate,
            Role::Leader => history::Role::Leader,
        };
        let named = |who: Option<usize>| self.style.show_leader.then(|| who.map(|who| name(who).into()));
        let (vote, leader) = (named(shown.vote), named(shown.leader));
        Observe {
            node: name(shown.node).into(),
            incarnation: Some(shown.incarnation),
            observer: Some(observer.into()),
            evidence: Some(evidence.into()),
            seq: None,
            state: State { role: Some(role.into()), term: Some(shown.term), vote, leader, ..State::default() },
        }
    }

    /// Records what the nodes printed.
    fn flush(&mut self) {
        for shown in std::mem::take(&mut self.cluster.shown) {
            if !self.style.events {
                continue;
            }
            let node = shown.node;
            let at = (shown.at + self.upto(2 * MS)).max(self.behind[node]);
            let (earliest, latest) = if self.style.has_at {
                (shown.at.saturating_sub(self.upto(self.style.wide.min(MS))), (shown.at + self.upto(MS)).min(at))
            } else {
                (self.behind[node].min(shown.at), at)
            };
            self.behind[node] = at;
            let span = Span { earliest, latest: latest.max(shown.at) };
            self.record(at, Some(span), self.observation("events", Evidence::Atomic, &shown));
        }
    }
}
