//! A random run of the simulated cluster, written down as a recorder would.
//!
//! Lines come in the order in which they were recorded, which is not that in which things happened: a fault is recorded
//! when it is in force, with a span that began before; an exit after all that the process printed; a poll when its
//! answer is there. Spans are widened at random, some lines are left out, some outcomes are indeterminate.

use rand::RngExt;

use super::cluster::{Cluster, MS, Role, Shown};

#[derive(Debug, Clone)]
enum Act {
    Phase(&'static str),
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
    /// (recorded at, order, text)
    lines: Vec<(u64, u64, String)>,
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

fn quoted(names: impl Iterator<Item = String>) -> String {
    names.map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(",")
}

impl Run {
    fn act(&mut self, at: u64, act: Act) {
        self.cluster.script(at, self.acts.len());
        self.acts.push(act);
    }

    fn upto(&mut self, most: u64) -> u64 {
        self.cluster.random.random_range(0..=most)
    }

    fn record(&mut self, at: u64, text: String) {
        let order = self.lines.len() as u64;
        self.lines.push((at, order, format!("{{\"t\":{at},{text}}}")));
    }

    /// A span around now, and when the line about it is recorded.
    fn around_now(&mut self) -> (u64, u64, u64) {
        let now = self.cluster.now;
        let (before, after) = (self.upto(self.style.wide), self.upto(self.style.wide));
        let late = self.upto(5 * MS);
        (now.saturating_sub(before), now + after, now + after + late)
    }

    /// A line of a node's life; lines of a node keep their order.
    fn life(&mut self, node: usize, event: &str, extra: &str) {
        let (earliest, latest, at) = self.around_now();
        let at = at.max(self.behind[node]);
        self.behind[node] = at;
        let incarnation = self.cluster.nodes[node].incarnation;
        let text = format!(
            r#""type":"node","node":"{}","incarnation":{incarnation},"event":"{event}","span":[{earliest},{latest}]{extra}"#,
            name(node)
        );
        self.record(at, text);
    }

    fn write(mut self, seed: u64) -> String {
        let length = self.plan();
        while let Some(script) = self.cluster.next_script() {
            self.flush();
            match self.acts[script].clone() {
                Act::Phase(phase) => {
                    let now = self.cluster.now;
                    self.record(now, format!(r#""type":"harness","event":"phase","phase":"{phase}""#));
                }
                Act::Inject(fault) => self.inject(fault),
                Act::Lift(fault) => self.lift(fault),
                Act::Toggle(fault, pause) => self.toggle(fault, pause),
                Act::Poll(node) => self.poll(node),
                Act::Boot(node) => {
                    self.start(node, "");
                }
                Act::Starve(begin) => self.starve(begin),
                Act::Stop => break,
            }
            self.flush();
        }
        for node in 0..self.nodes {
            if self.cluster.nodes[node].alive {
                self.life(node, "exit", r#","signal":9"#);
            }
        }
        let end = self.lines.iter().map(|line| line.0).max().unwrap_or(length);
        self.record(end, r#""type":"harness","event":"end","reason":"complete""#.to_owned());
        self.lines.sort();
        let mut text = self.header(seed);
        for (_, _, line) in &self.lines {
            text.push_str(line);
            text.push('\n');
        }
        text
    }

    fn header(&self, seed: u64) -> String {
        let nodes = quoted((0..self.nodes).map(name));
        let mut observers = Vec::new();
        if self.style.events {
            observers.push(r#"{"name":"events","fields":["role","term","vote","leader"],"evidence":"atomic","durable":true,"complete":true}"#);
        }
        if self.style.polls {
            observers
                .push(r#"{"name":"status","fields":["role","term","leader"],"evidence":"sampled","period":50000000}"#);
        }
        format!(
            "{{\"schema\":1,\"run\":\"model-{seed}\",\"system\":\"model\",\"faults\":\"recorded\",\"nodes\":[{nodes}],\"voters\":[{nodes}],\"workload\":\"chaos\",\"seed\":{seed},\
             \"network\":\"{}\",\"bound\":1500000000,\"bound_from\":{{\"k\":4}},\"observers\":[{}]}}\n",
            self.style.network,
            observers.join(",")
        )
    }

    /// Phases, polls and faults; the length of the run.
    fn plan(&mut self) -> u64 {
        for node in 0..self.nodes {
            let at = self.upto(20 * MS);
            self.act(at, Act::Boot(node));
        }
        self.act(0, Act::Phase("setup"));
        self.act(40 * MS, Act::Phase("settle"));
        let faults = 1500 * MS;
        self.act(faults, Act::Phase("faults"));
        let until = faults + 2000 * MS + self.upto(4000 * MS);
        let mut at = faults;
        let pace = [100, 500, 2500][self.cluster.random.random_range(0..3)] * MS;
        loop {
            at += self.upto(pace);
            if at >= until {
                break;
            }
            let fault = self.draw();
            let over = (at + fault.duration).min(until + 100 * MS);
            let (kind, id) = (fault.kind, self.faults.len());
            self.faults.push(fault);
            self.act(at, Act::Inject(id));
            if kind == "stutter" {
                let (mut beat, mut pause) = (at + MS, true);
                while beat < over {
                    self.act(beat, Act::Toggle(id, pause));
                    pause = !pause;
                    beat += 20 * MS + self.upto(60 * MS);
                }
            }
            self.act(over, Act::Lift(id));
        }
        if self.cluster.random.random_bool(0.2) {
            let at = faults + self.upto(until - faults);
            self.act(at, Act::Starve(true));
            let length = 60 * MS + self.upto(2500 * MS);
            self.act(at + length, Act::Starve(false));
            let text = format!(r#""type":"harness","event":"stall","span":[{at},{}]"#, at + length);
            self.record(at + length, text);
        }
        self.act(until, Act::Phase("heal"));
        let last = until + 400 * MS;
        self.act(last, Act::Phase("final"));
        let end = last + [300 * MS, 2500 * MS, 4500 * MS][self.cluster.random.random_range(0..3)];
        self.act(end, Act::Phase("teardown"));
        self.act(end + 1, Act::Stop);
        if self.style.polls {
            for node in 0..self.nodes {
                let mut at = 50 * MS + self.upto(50 * MS);
                while at < end {
                    self.act(at, Act::Poll(node));
                    at += 50 * MS + self.upto(MS);
                }
            }
        }
        end
    }

    fn draw(&mut self) -> Fault {
        let n = self.nodes;
        let r = &mut self.cluster.random;
        let kind = ["kill", "pause", "stutter", "cut", "cut", "cut", "degrade", "restart-all"][r.random_range(0..8)];
        let some = |r: &mut rand_chacha::ChaCha8Rng| (0..n).filter(|_| r.random_bool(0.35)).collect::<Vec<_>>();
        let mut nodes = some(r);
        let mut links = Vec::new();
        if kind == "restart-all" {
            nodes = (0..n).collect();
        }
        if matches!(kind, "cut" | "degrade") {
            let one_way = r.random_bool(0.3);
            let single = r.random_bool(0.3);
            for a in 0..n {
                for b in 0..n {
                    let crosses = if single { r.random_bool(0.15) } else { nodes.contains(&a) && !nodes.contains(&b) };
                    if a != b && crosses {
                        links.push((a, b));
                        if !one_way {
                            links.push((b, a));
                        }
                    }
                }
            }
            links.sort_unstable();
            links.dedup();
        }
        let longest = [50 * MS, 600 * MS, 4000 * MS][r.random_range(0..3)];
        let duration = r.random_range(MS..longest);
        let indeterminate = r.random_bool(0.05);
        Fault { kind, nodes, links, hit: vec![], duration, active: false, indeterminate }
    }

    fn fault_line(&mut self, id: usize, stage: &str, outcome: &str) {
        let (earliest, latest, at) = self.around_now();
        let fault = &self.faults[id];
        let nodes = quoted(fault.nodes.iter().map(|&node| name(node)));
        let links = quoted(fault.links.iter().map(|&(a, b)| format!("{}->{}", name(a), name(b))));
        let text = format!(
            r#""type":"fault","id":{id},"stage":"{stage}","span":[{earliest},{latest}],"fault":{{"kind":"{}"}},"nodes":[{nodes}],"links":[{links}],"outcome":"{outcome}""#,
            fault.kind
        );
        // A history without fault lines still has those of links and of what is not seen in processes.
        let needed = matches!(fault.kind, "cut" | "degrade" | "stutter") || !self.style.stop_lines;
        if self.style.fault_lines || needed {
            self.record(at, text);
        }
    }

    fn inject(&mut self, id: usize) {
        let fault = self.faults[id].clone();
        let done = !fault.indeterminate || self.cluster.random.random_bool(0.5);
        let outcome = if fault.indeterminate { "indeterminate" } else { "installed" };
        let mut hit = Vec::new();
        match fault.kind {
            "cut" | "degrade" => {
                if fault.links.is_empty() {
                    return self.fault_line(id, "inject", "skipped");
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
                    return self.fault_line(id, "inject", "skipped");
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
                                    self.life(node, "stop", "");
                                }
                            }
                            "stutter" => {}
                            _ => {
                                self.cluster.kill(node);
                                self.life(node, "exit", &format!(r#","signal":9,"fault":{id}"#));
                            }
                        }
                    }
                }
            }
        }
        self.faults[id].hit = hit;
        self.fault_line(id, "inject", outcome);
    }

    fn lift(&mut self, id: usize) {
        let fault = self.faults[id].clone();
        if !fault.active {
            if fault.indeterminate {
                self.fault_line(id, "lift", "installed");
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
                            self.life(node, "continue", "");
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
                        self.start(node, "");
                    }
                }
            }
        }
        self.fault_line(id, "lift", "installed");
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

    fn start(&mut self, node: usize, extra: &str) {
        self.cluster.nodes[node].incarnation += 1;
        self.life(node, "start", extra);
        self.cluster.nodes[node].incarnation -= 1;
        self.cluster.start(node);
        self.flush();
        self.life(node, "ready", "");
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
            (0, 0) => "open",
            (0, _) => "degrade",
            _ => "cut",
        };
        let (passed, first) = (std::mem::take(&mut link.passed), link.first.take());
        let text = |from: u64, to: u64, passed: u64| {
            format!(
                r#""type":"link","link":"{}->{}","span":[{from},{to}],"rule":"{rule}","passed":{passed},"held":0,"dropped":0"#,
                name(a),
                name(b)
            )
        };
        if let Some(first) = first {
            // Two lines, so that the time of the first byte can be told.
            let early = text(first.saturating_sub(MS), first, 1);
            self.record(first.max(1), early);
            self.record(now, text(first, now, passed));
        }
    }

    fn poll(&mut self, node: usize) {
        let (earliest, latest, at) = self.around_now();
        let own = &self.cluster.nodes[node];
        let text = if !own.alive || own.paused > 0 || self.cluster.random.random_bool(0.02) {
            format!(
                r#""type":"miss","node":"{}","observer":"status","span":[{earliest},{latest}],"error":"timed out""#,
                name(node)
            )
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
            self.observation("status", "sampled", &shown, earliest, latest)
        };
        self.record(at, text);
    }

    fn observation(&self, observer: &str, evidence: &str, shown: &Shown, earliest: u64, latest: u64) -> String {
        let role = match shown.role {
            Role::Follower => "follower",
            Role::Candidate => "candidate",
            Role::Leader => "leader",
        };
        let named = |who: Option<usize>| who.map_or("null".to_owned(), |who| format!("\"{}\"", name(who)));
        let more = if self.style.show_leader {
            format!(r#","vote":{},"leader":{}"#, named(shown.vote), named(shown.leader))
        } else {
            String::new()
        };
        format!(
            r#""type":"observe","node":"{}","incarnation":{},"observer":"{observer}","evidence":"{evidence}","span":[{earliest},{latest}],"role":"{role}","term":{}{more}"#,
            name(shown.node),
            shown.incarnation,
            shown.term
        )
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
            let text = self.observation("events", "atomic", &shown, earliest, latest.max(shown.at));
            self.record(at, text);
        }
    }
}
