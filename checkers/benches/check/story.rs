//! A long history of a correct cluster, made up as fast as it is read.
//!
//! Five nodes, watched by the node contract's events and by a status poll every 50 ms, as the harness watches them. In
//! every term the leader is killed, paused or cut off in turn (or always killed); another node is elected; the fault is
//! lifted; and polls fill the rest of the term until it has its share of the events. Lines have the fields and the lengths
//! of those that the recorder writes. No randomness: the same history every time.

use std::io::{self, Write};

const NODES: usize = 5;
const MS: u64 = 1_000_000;

/// What befalls a leader.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Blow {
    Kill,
    Pause,
    Cut,
}

/// What a node shows of itself.
#[derive(Clone, Copy)]
struct Node {
    incarnation: u32,
    role: &'static str,
    term: u64,
    vote: Option<usize>,
    leader: Option<usize>,
    up: bool,
}

/// All that may befall a leader.
pub(crate) const ALL: &[Blow] = &[Blow::Kill, Blow::Pause, Blow::Cut];

/// A history to be told.
pub(crate) struct Story {
    events: u64,
    terms: u64,
    blows: &'static [Blow],
    told: u64,
    now: u64,
    term: u64,
    leader: usize,
    nodes: [Node; NODES],
    /// When each link's last interval ended.
    since: [[u64; NODES]; NODES],
    text: Vec<u8>,
}

impl Story {
    /// A history of about so many events over so many terms, whose leaders meet with these blows in turn.
    pub(crate) fn new(events: u64, terms: u64, blows: &'static [Blow]) -> Self {
        let node = Node { incarnation: 1, role: "follower", term: 0, vote: None, leader: None, up: true };
        Self {
            events,
            terms,
            blows,
            told: 0,
            now: 0,
            term: 0,
            leader: 0,
            nodes: [node; NODES],
            since: [[0; NODES]; NODES],
            text: Vec::with_capacity(1 << 20),
        }
    }

    /// Writes all of it.
    pub(crate) fn tell(mut self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(HEADER.as_bytes())?;
        self.phase("setup");
        for node in 0..NODES {
            self.life(node, "start", ",\"pid\":4711");
            self.show(node);
        }
        self.phase("settle");
        self.elect(0);
        self.phase("faults");
        for term in 1..self.terms {
            let share = self.events * term / self.terms;
            self.reign(term, share);
            out.write_all(&self.text)?;
            self.text.clear();
        }
        self.phase("heal");
        self.phase("final");
        self.polls(40);
        self.line("\"type\":\"harness\",\"event\":\"end\",\"reason\":\"complete\"");
        out.write_all(&self.text)
    }

    /// One term: the leader falls, another is elected, the old one comes back, and nothing happens until `share`.
    fn reign(&mut self, id: u64, share: u64) {
        let blow = self.blows[id as usize % self.blows.len()];
        let old = self.leader;
        // Where there is little room for a term, the polls are left out.
        let rounds = |wanted| if self.events / self.terms < 60 { 1 } else { wanted };
        let (fallen, elected, back) = (rounds(4), rounds(2), rounds(2));
        self.inject(id, blow, old);
        self.polls(fallen);
        self.elect((old + 1 + (id % 4) as usize) % NODES);
        self.polls(elected);
        self.lift(id, blow, old);
        self.polls(back);
        while self.told + 25 < share {
            self.polls(1);
        }
    }

    fn inject(&mut self, id: u64, blow: Blow, node: usize) {
        let name = node + 1;
        let begun = self.now;
        match blow {
            Blow::Kill => {
                self.life(node, "eof", "");
                self.life(node, "exit", &format!(",\"signal\":9,\"fault\":{id}"));
                self.nodes[node].up = false;
                self.fault(
                    id,
                    begun,
                    "inject",
                    &format!("\"fault\":{{\"kind\":\"kill\",\"target\":\"leader\"}},\"nodes\":[\"n{name}\"]"),
                );
            }
            Blow::Pause => {
                self.life(node, "stop", &format!(",\"fault\":{id}"));
                self.nodes[node].up = false;
                self.fault(
                    id,
                    begun,
                    "inject",
                    &format!("\"fault\":{{\"kind\":\"pause\",\"target\":\"leader\"}},\"nodes\":[\"n{name}\"]"),
                );
            }
            Blow::Cut => {
                let links = links(node).map(|(a, b)| format!("\"n{}->n{}\"", a + 1, b + 1));
                let links = links.collect::<Vec<_>>().join(",");
                let what = format!(
                    "\"fault\":{{\"kind\":\"cut\",\"shape\":\"isolate\",\"target\":\"leader\"}},\"nodes\":[\"n{name}\"],\"links\":[{links}]"
                );
                self.fault(id, begun, "inject", &what);
                self.counted(node, "open", 3782);
            }
        }
    }

    fn lift(&mut self, id: u64, blow: Blow, node: usize) {
        let begun = self.now;
        let names = format!("\"nodes\":[\"n{}\"]", node + 1);
        match blow {
            Blow::Kill => {
                self.nodes[node] = Node {
                    incarnation: self.nodes[node].incarnation + 1,
                    role: "follower",
                    leader: None,
                    up: true,
                    ..self.nodes[node]
                };
                self.life(node, "start", ",\"pid\":4712");
                self.fault(id, begun, "lift", &names);
                self.show(node);
                self.life(node, "ready", "");
            }
            Blow::Pause => {
                self.nodes[node].up = true;
                self.life(node, "continue", &format!(",\"fault\":{id}"));
                self.fault(id, begun, "lift", &names);
            }
            Blow::Cut => {
                self.fault(id, begun, "lift", &names);
                self.counted(node, "cut", 0);
            }
        }
        self.follow(node);
    }

    fn elect(&mut self, candidate: usize) {
        self.term += 1;
        let term = self.term;
        let old = std::mem::replace(&mut self.leader, candidate);
        // The one that fell does not vote; at the very first election all do.
        let votes = |node: usize| node != candidate && (term == 1 || node != old);
        let stands = Node { role: "candidate", term, vote: Some(candidate), leader: None, ..self.nodes[candidate] };
        self.nodes[candidate] = stands;
        self.show(candidate);
        for node in (0..NODES).filter(|&node| votes(node)) {
            self.nodes[node] = Node { role: "follower", term, vote: Some(candidate), leader: None, ..self.nodes[node] };
            self.show(node);
        }
        self.nodes[candidate] = Node { role: "leader", leader: Some(candidate), ..stands };
        self.show(candidate);
        for node in (0..NODES).filter(|&node| votes(node)) {
            self.follow(node);
        }
    }

    /// Hears of the leader.
    fn follow(&mut self, node: usize) {
        let vote = self.nodes[node].vote.filter(|_| self.nodes[node].term == self.term);
        let (term, leader) = (self.term, Some(self.leader));
        self.nodes[node] = Node { role: "follower", term, vote, leader, ..self.nodes[node] };
        self.show(node);
    }

    /// Rounds of polls, one every 50 ms.
    fn polls(&mut self, rounds: u32) {
        for _ in 0..rounds {
            for node in 0..NODES {
                let Node { incarnation, up, .. } = self.nodes[node];
                let (name, begun) = (node + 1, self.tick());
                let span = format!("[{},{}]", begun, begun + MS / 5);
                let line = if up {
                    let state = self.state(node);
                    format!(
                        "\"type\":\"observe\",\"node\":\"n{name}\",\"incarnation\":{incarnation},\"observer\":\"status\",\"evidence\":\"sampled\",\"span\":{span},{state}"
                    )
                } else {
                    format!(
                        "\"type\":\"miss\",\"node\":\"n{name}\",\"incarnation\":{incarnation},\"observer\":\"status\",\"span\":{span},\"error\":\"timed out after 100ms\""
                    )
                };
                self.line(&line);
            }
            self.now += 50 * MS - NODES as u64 * 2 * MS;
        }
    }

    /// Time passes.
    fn tick(&mut self) -> u64 {
        self.now += MS;
        self.now
    }

    /// The node prints its state.
    fn show(&mut self, node: usize) {
        let at = self.tick();
        let (incarnation, state) = (self.nodes[node].incarnation, self.state(node));
        let line = format!(
            "\"type\":\"observe\",\"node\":\"n{}\",\"incarnation\":{incarnation},\"observer\":\"events\",\"evidence\":\"atomic\",\"span\":[{},{}],{state}",
            node + 1,
            at,
            at + MS / 10
        );
        self.line(&line);
    }

    fn state(&self, node: usize) -> String {
        let name = |name: Option<usize>| name.map_or("null".to_owned(), |node| format!("\"n{}\"", node + 1));
        let Node { role, term, vote, leader, .. } = self.nodes[node];
        format!("\"role\":\"{role}\",\"term\":{term},\"vote\":{},\"leader\":{},\"log\":[0,0]", name(vote), name(leader))
    }

    fn life(&mut self, node: usize, event: &str, more: &str) {
        let at = self.tick();
        let incarnation = self.nodes[node].incarnation;
        let line = format!(
            "\"type\":\"node\",\"node\":\"n{}\",\"incarnation\":{incarnation},\"event\":\"{event}\",\"span\":[{},{}]{more}",
            node + 1,
            at,
            at + MS / 5
        );
        self.line(&line);
    }

    fn fault(&mut self, id: u64, begun: u64, stage: &str, what: &str) {
        let at = self.tick();
        self.line(&format!("\"type\":\"fault\",\"span\":[{begun},{at}],\"id\":{id},\"stage\":\"{stage}\",{what},\"outcome\":\"installed\""));
    }

    fn counted(&mut self, node: usize, rule: &str, passed: u64) {
        for (from, to) in links(node) {
            let since = std::mem::replace(&mut self.since[from][to], self.now);
            self.line(&format!("\"type\":\"link\",\"span\":[{since},{}],\"link\":\"n{}->n{}\",\"rule\":\"{rule}\",\"passed\":{passed},\"held\":0,\"dropped\":0", self.now, from + 1, to + 1));
        }
    }

    fn phase(&mut self, phase: &str) {
        self.line(&format!("\"type\":\"harness\",\"event\":\"phase\",\"phase\":\"{phase}\""));
    }

    /// One line, recorded a little later than now.
    fn line(&mut self, line: &str) {
        self.told += 1;
        self.now += MS;
        let written = writeln!(self.text, "{{\"t\":{},{line}}}", self.now);
        debug_assert!(written.is_ok(), "memory takes every line");
    }
}

/// The links of one node, both ways.
fn links(node: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..NODES).filter(move |&other| other != node).flat_map(move |other| [(node, other), (other, node)])
}

const HEADER: &str = concat!(
    r#"{"schema":1,"run":"bench","system":"reference","workload":"chaos","seed":1,"network":"proxy","bound":5000000000,"#,
    r#""claims":{"grade":"clean"},"nodes":["n1","n2","n3","n4","n5"],"observers":["#,
    r#"{"name":"events","fields":["role","term","vote","leader","log"],"evidence":"atomic","durable":true,"complete":true},"#,
    r#"{"name":"status","fields":["role","term","vote","leader","log"],"evidence":"sampled","durable":false,"complete":false,"period":50000000}],"#,
    r#""coverage":{"leader-hits":3,"elections":2,"windows":5,"faults":6,"expectations":0,"cuts-proven":true}}"#,
    "\n"
);
