//! A long history of a correct cluster, made up as fast as it is read.
//!
//! Five nodes, watched by the node contract's events and by a status poll every 50 ms, as the harness watches them. In
//! every term the leader is killed, paused or cut off in turn (or always killed); another node is elected; the fault is
//! lifted; and polls fill the rest of the term until it has its share of the events. Lines have the fields and the lengths
//! of those that the recorder writes, for they go through the same typed record. No randomness: the same history every time.

use std::io::{self, Write};

use history::entry::{Described, Fault, Harness, Link, Miss, Node, Observe, State};
use history::header::{Claims, Grade, Observer};
use history::{EndReason, Evidence, Fate, Header, Installed, Phase, Record, Role, Rule, SCHEMA, Span, Stage, Voters};
use workloads::{Choice, Coverage, Fault as Planned, Link as LinkName, Shape};

const NODES: usize = 5;
const NAMES: [&str; NODES] = ["n1", "n2", "n3", "n4", "n5"];
const MS: u64 = 1_000_000;

/// What befalls a leader.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Blow {
    Kill,
    Pause,
    Cut,
}

impl Blow {
    /// As a schedule has it.
    fn fault(self) -> Option<Described> {
        let target = || Choice::Leader.into();
        Described::of(&match self {
            Self::Kill => Planned::Kill { target: target(), forever: false },
            Self::Pause => Planned::Pause { target: target() },
            Self::Cut => Planned::Cut { shape: Shape::Isolate, target: target() },
        })
    }
}

/// What a node shows of itself.
#[derive(Clone, Copy)]
struct Showing {
    incarnation: u32,
    role: Role,
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
    nodes: [Showing; NODES],
    /// When each link's last interval ended.
    since: [[u64; NODES]; NODES],
    text: Vec<u8>,
}

impl Story {
    /// A history of about so many events over so many terms, whose leaders meet with these blows in turn.
    pub(crate) fn new(events: u64, terms: u64, blows: &'static [Blow]) -> Self {
        let node = Showing { incarnation: 1, role: Role::Follower, term: 0, vote: None, leader: None, up: true };
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
        serde_json::to_writer(&mut *out, &header())?;
        out.write_all(b"\n")?;
        self.phase(Phase::Setup)?;
        for node in 0..NODES {
            self.life(Node { pid: Some(4711), ..self.event(node, Fate::Start) })?;
            self.show(node)?;
        }
        self.phase(Phase::Settle)?;
        self.elect(0)?;
        self.phase(Phase::Faults)?;
        for term in 1..self.terms {
            let share = self.events * term / self.terms;
            self.reign(term as u32, share)?;
            out.write_all(&self.text)?;
            self.text.clear();
        }
        self.phase(Phase::Heal)?;
        self.phase(Phase::Final)?;
        self.polls(40)?;
        self.line(Record::now(Harness::End { reason: Some(EndReason::Complete.into()) }))?;
        out.write_all(&self.text)
    }

    /// One term: the leader falls, another is elected, the old one comes back, and nothing happens until `share`.
    fn reign(&mut self, id: u32, share: u64) -> io::Result<()> {
        let blow = self.blows[id as usize % self.blows.len()];
        let old = self.leader;
        // Where there is little room for a term, the polls are left out.
        let rounds = |wanted| if self.events / self.terms < 60 { 1 } else { wanted };
        let (fallen, elected, back) = (rounds(4), rounds(2), rounds(2));
        self.inject(id, blow, old)?;
        self.polls(fallen)?;
        self.elect((old + 1 + (id % 4) as usize) % NODES)?;
        self.polls(elected)?;
        self.lift(id, blow, old)?;
        self.polls(back)?;
        while self.told + 25 < share {
            self.polls(1)?;
        }
        Ok(())
    }

    fn inject(&mut self, id: u32, blow: Blow, node: usize) -> io::Result<()> {
        let begun = self.now;
        let fault = Fault { fault: blow.fault(), ..of_one(id, Stage::Inject, node) };
        match blow {
            Blow::Kill => {
                self.life(self.event(node, Fate::Eof))?;
                self.life(Node { signal: Some(9), fault: Some(id), ..self.event(node, Fate::Exit) })?;
                self.nodes[node].up = false;
                self.fault(begun, fault)
            }
            Blow::Pause => {
                self.life(Node { fault: Some(id), ..self.event(node, Fate::Stop) })?;
                self.nodes[node].up = false;
                self.fault(begun, fault)
            }
            Blow::Cut => {
                let links = links(node).map(|(from, to)| LinkName::new(NAMES[from], NAMES[to])).collect();
                self.fault(begun, Fault { links: Some(links), ..fault })?;
                self.counted(node, Rule::Open, 3782)
            }
        }
    }

    fn lift(&mut self, id: u32, blow: Blow, node: usize) -> io::Result<()> {
        let begun = self.now;
        let lifted = of_one(id, Stage::Lift, node);
        match blow {
            Blow::Kill => {
                self.nodes[node] = Showing {
                    incarnation: self.nodes[node].incarnation + 1,
                    role: Role::Follower,
                    leader: None,
                    up: true,
                    ..self.nodes[node]
                };
                self.life(Node { pid: Some(4712), ..self.event(node, Fate::Start) })?;
                self.fault(begun, lifted)?;
                self.show(node)?;
                self.life(self.event(node, Fate::Ready))?;
            }
            Blow::Pause => {
                self.nodes[node].up = true;
                self.life(Node { fault: Some(id), ..self.event(node, Fate::Continue) })?;
                self.fault(begun, lifted)?;
            }
            Blow::Cut => {
                self.fault(begun, lifted)?;
                self.counted(node, Rule::Cut, 0)?;
            }
        }
        self.follow(node)
    }

    fn elect(&mut self, candidate: usize) -> io::Result<()> {
        self.term += 1;
        let term = self.term;
        let old = std::mem::replace(&mut self.leader, candidate);
        // The one that fell does not vote; at the very first election all do.
        let votes = |node: usize| node != candidate && (term == 1 || node != old);
        let vote = Some(candidate);
        let stands = Showing { role: Role::Candidate, term, vote, leader: None, ..self.nodes[candidate] };
        self.nodes[candidate] = stands;
        self.show(candidate)?;
        for node in (0..NODES).filter(|&node| votes(node)) {
            self.nodes[node] = Showing { role: Role::Follower, term, vote, leader: None, ..self.nodes[node] };
            self.show(node)?;
        }
        self.nodes[candidate] = Showing { role: Role::Leader, leader: Some(candidate), ..stands };
        self.show(candidate)?;
        (0..NODES).filter(|&node| votes(node)).try_for_each(|node| self.follow(node))
    }

    /// Hears of the leader.
    fn follow(&mut self, node: usize) -> io::Result<()> {
        let vote = self.nodes[node].vote.filter(|_| self.nodes[node].term == self.term);
        let (term, leader) = (self.term, Some(self.leader));
        self.nodes[node] = Showing { role: Role::Follower, term, vote, leader, ..self.nodes[node] };
        self.show(node)
    }

    /// Rounds of polls, one every 50 ms.
    fn polls(&mut self, rounds: u32) -> io::Result<()> {
        for _ in 0..rounds {
            for (node, name) in NAMES.into_iter().enumerate() {
                let Showing { incarnation, up, .. } = self.nodes[node];
                let begun = self.tick();
                let span = Span { earliest: begun, latest: begun + MS / 5 };
                if up {
                    self.line(Record::during(span, self.seen(node, "status", Evidence::Sampled)))?;
                } else {
                    let (observer, error) = (Some("status".into()), Some("timed out after 100ms".into()));
                    let incarnation = Some(incarnation);
                    let miss = Miss { node: name.into(), incarnation, observer, error };
                    self.line(Record::during(span, miss))?;
                }
            }
            self.now += 50 * MS - NODES as u64 * 2 * MS;
        }
        Ok(())
    }

    /// Time passes.
    fn tick(&mut self) -> u64 {
        self.now += MS;
        self.now
    }

    /// The node prints its state.
    fn show(&mut self, node: usize) -> io::Result<()> {
        let at = self.tick();
        let span = Span { earliest: at, latest: at + MS / 10 };
        self.line(Record::during(span, self.seen(node, "events", Evidence::Atomic)))
    }

    fn seen(&self, node: usize, observer: &'static str, evidence: Evidence) -> Observe<'static> {
        let Showing { incarnation, role, term, vote, leader, .. } = self.nodes[node];
        let name = |name: Option<usize>| Some(name.map(|node| NAMES[node].into()));
        let (role, term, log) = (Some(role.into()), Some(term), Some([0, 0]));
        let state = State { role, term, vote: name(vote), leader: name(leader), log, ..State::default() };
        let (incarnation, observer, evidence) = (Some(incarnation), Some(observer.into()), Some(evidence.into()));
        Observe { node: NAMES[node].into(), incarnation, observer, evidence, seq: None, state }
    }

    fn event(&self, node: usize, what: Fate) -> Node<'static> {
        Node::new(NAMES[node], self.nodes[node].incarnation, what)
    }

    fn life(&mut self, event: Node<'static>) -> io::Result<()> {
        let at = self.tick();
        self.line(Record::during(Span { earliest: at, latest: at + MS / 5 }, event))
    }

    fn fault(&mut self, begun: u64, fault: Fault<'static>) -> io::Result<()> {
        let at = self.tick();
        self.line(Record::during(Span { earliest: begun, latest: at }, fault))
    }

    fn counted(&mut self, node: usize, rule: Rule, passed: u64) -> io::Result<()> {
        for (from, to) in links(node) {
            let earliest = std::mem::replace(&mut self.since[from][to], self.now);
            let (passed, held, dropped) = (Some(passed), Some(0), Some(0));
            let (rule, packets) = (Some(rule.into()), None);
            let link = Link { from: NAMES[from].into(), to: NAMES[to].into(), rule, passed, held, dropped, packets };
            self.line(Record::during(Span { earliest, latest: self.now }, link))?;
        }
        Ok(())
    }

    fn phase(&mut self, phase: Phase) -> io::Result<()> {
        self.line(Record::now(Harness::phase(phase)))
    }

    /// One line, recorded a little later than now.
    fn line(&mut self, mut line: Record<'_>) -> io::Result<()> {
        self.told += 1;
        self.now += MS;
        line.t = Some(self.now);
        line.write(&mut self.text)?;
        self.text.push(b'\n');
        Ok(())
    }
}

/// A stage of a fault that hits one node, and is done.
fn of_one(id: u32, stage: Stage, node: usize) -> Fault<'static> {
    Fault { nodes: Some(vec![NAMES[node].to_owned()]), ..Fault::new(id, stage, Installed::Installed) }
}

/// The links of one node, both ways.
fn links(node: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..NODES).filter(move |&other| other != node).flat_map(move |other| [(node, other), (other, node)])
}

fn header() -> Header {
    let observer = |name: &str, evidence| Observer {
        name: name.to_owned(),
        fields: ["role", "term", "vote", "leader", "log"].map(str::to_owned).to_vec(),
        evidence,
        ..Observer::default()
    };
    Header {
        schema: SCHEMA,
        run: "bench".to_owned(),
        system: "reference".to_owned(),
        workload: "chaos".to_owned(),
        seed: Some(1),
        network: "proxy".to_owned(),
        bound: Some(5_000 * MS),
        claims: Claims { grade: Grade::Clean, ..Claims::default() },
        nodes: NAMES.map(str::to_owned).to_vec(),
        // As the harness writes it: where nobody knows who votes, no leader is owed.
        voters: Some(Voters::Listed(NAMES.map(str::to_owned).to_vec())),
        observers: vec![
            Observer { durable: true, complete: true, ..observer("events", Evidence::Atomic) },
            Observer { period: Some(50 * MS), ..observer("status", Evidence::Sampled) },
        ],
        coverage: Some(Coverage {
            leader_hits: 3,
            elections: 2,
            windows: 5,
            faults: 6,
            expectations: 0,
            cuts_proven: true,
            waits_in_vain: false,
        }),
        ..Header::default()
    }
}
