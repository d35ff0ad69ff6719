//! A correct Raft-election cluster in simulated time.
//!
//! Elections and heartbeats after Figure 2, nothing else: messages take a while, processes are killed, paused and
//! starved, links cut (messages lost, and for some time after the heal as well: TCP's backoff) or degraded. The cluster says what
//! happens to it through [`Shown`]; how that becomes a history is not its business.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub(crate) const MS: u64 = 1_000_000;
const HEARTBEAT: u64 = 50 * MS;
const TIMEOUT: std::ops::Range<u64> = 150 * MS..300 * MS;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Follower,
    Candidate,
    Leader,
}

/// What a node prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) at: u64,
    pub(crate) node: usize,
    pub(crate) incarnation: u32,
    pub(crate) role: Role,
    pub(crate) term: u64,
    pub(crate) vote: Option<usize>,
    pub(crate) leader: Option<usize>,
}

#[derive(Debug, Clone, Copy)]
enum Message {
    Ask,
    Grant(bool),
    Beat,
    Reply,
}

#[derive(Debug, Clone, Copy)]
struct Letter {
    from: usize,
    to: usize,
    term: u64,
    message: Message,
}

#[derive(Debug, Clone, Copy)]
enum Due {
    Timer(usize, u64),
    Beats(usize, u64),
    Arrives(Letter, u32),
    Script(usize),
}

#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) alive: bool,
    pub(crate) paused: u32,
    pub(crate) incarnation: u32,
    pub(crate) role: Role,
    pub(crate) term: u64,
    pub(crate) vote: Option<usize>,
    pub(crate) leader: Option<usize>,
    votes: u32,
    /// Timers of an older age do not count.
    age: u64,
    waiting: Vec<Due>,
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Link {
    /// So many cuts name it.
    pub(crate) cuts: u32,
    /// So many degradations name it.
    pub(crate) weak: u32,
    /// Nothing crosses before.
    pub(crate) dead_until: u64,
    /// When something crossed last.
    pub(crate) crossed: u64,
    /// Bytes that crossed since this was last set to zero, and when the first did.
    pub(crate) passed: u64,
    pub(crate) first: Option<u64>,
}

pub(crate) struct Cluster {
    pub(crate) now: u64,
    pub(crate) nodes: Vec<Node>,
    pub(crate) links: Vec<Vec<Link>>,
    pub(crate) shown: Vec<Shown>,
    pub(crate) random: ChaCha8Rng,
    due: BinaryHeap<Reverse<(u64, u64, usize)>>,
    what: Vec<Due>,
    delay: u64,
}

impl Cluster {
    pub(crate) fn new(nodes: usize, seed: u64) -> Self {
        let random = ChaCha8Rng::seed_from_u64(seed);
        let node = Node {
            alive: false,
            paused: 0,
            incarnation: 0,
            role: Role::Follower,
            term: 0,
            vote: None,
            leader: None,
            votes: 0,
            age: 0,
            waiting: Vec::new(),
        };
        let mut cluster = Self {
            now: 0,
            nodes: vec![node; nodes],
            links: vec![vec![Link::default(); nodes]; nodes],
            shown: Vec::new(),
            random,
            due: BinaryHeap::new(),
            what: Vec::new(),
            delay: 0,
        };
        cluster.delay = cluster.random.random_range(100_000..1_500_000);
        cluster
    }

    fn plan(&mut self, at: u64, what: Due) {
        self.due.push(Reverse((at, self.what.len() as u64, self.what.len())));
        self.what.push(what);
    }

    /// At `at`, [`Self::next_script`] returns `script`.
    pub(crate) fn script(&mut self, at: u64, script: usize) {
        self.plan(at, Due::Script(script));
    }

    /// Runs to the next script.
    pub(crate) fn next_script(&mut self) -> Option<usize> {
        while let Some(Reverse((at, _, index))) = self.due.pop() {
            self.now = at;
            match self.what[index] {
                Due::Script(script) => return Some(script),
                what => self.happen(what),
            }
        }
        None
    }

    fn happen(&mut self, what: Due) {
        let node = match what {
            Due::Timer(node, _) | Due::Beats(node, _) => node,
            Due::Arrives(letter, _) => letter.to,
            Due::Script(_) => return,
        };
        if !self.nodes[node].alive {
            return;
        }
        if self.nodes[node].paused > 0 {
            self.nodes[node].waiting.push(what);
            return;
        }
        match what {
            Due::Timer(node, age) if self.nodes[node].age == age => self.campaign(node),
            Due::Beats(node, age) if self.nodes[node].age == age => self.beat(node),
            Due::Arrives(letter, incarnation) if self.nodes[node].incarnation == incarnation => self.receive(letter),
            _ => {}
        }
    }

    pub(crate) fn start(&mut self, node: usize) {
        let own = &mut self.nodes[node];
        own.alive = true;
        own.paused = 0;
        own.incarnation += 1;
        own.role = Role::Follower;
        own.leader = None;
        own.waiting.clear();
        self.show(node);
        self.rearm(node);
    }

    pub(crate) fn kill(&mut self, node: usize) {
        let own = &mut self.nodes[node];
        own.alive = false;
        own.age += 1;
        // Killed between making a candidacy durable and printing it.
        if own.paused == 0 && own.role != Role::Leader && self.random.random_bool(0.3) {
            own.term += 1;
            own.vote = Some(node);
        }
    }

    pub(crate) fn pause(&mut self, node: usize) {
        self.nodes[node].paused += 1;
    }

    pub(crate) fn resume(&mut self, node: usize) {
        let own = &mut self.nodes[node];
        own.paused -= 1;
        if own.paused == 0 {
            let mut waiting = std::mem::take(&mut own.waiting);
            // Which of timer and socket a waking process sees first is chance.
            if self.random.random_bool(0.5) {
                waiting.sort_by_key(|what| !matches!(what, Due::Timer(..)));
            }
            for what in waiting {
                let at = self.now + self.random.random_range(0..200_000);
                self.plan(at, what);
            }
        }
    }

    fn show(&mut self, node: usize) {
        let Node { incarnation, role, term, vote, leader, .. } = self.nodes[node];
        self.shown.push(Shown { at: self.now, node, incarnation, role, term, vote, leader });
    }

    fn rearm(&mut self, node: usize) {
        self.nodes[node].age += 1;
        let at = self.now + self.random.random_range(TIMEOUT);
        self.plan(at, Due::Timer(node, self.nodes[node].age));
    }

    fn majority(&self) -> u32 {
        self.nodes.len() as u32 / 2 + 1
    }

    fn campaign(&mut self, node: usize) {
        let own = &mut self.nodes[node];
        own.term += 1;
        own.role = Role::Candidate;
        own.vote = Some(node);
        own.leader = None;
        own.votes = 1;
        self.show(node);
        self.rearm(node);
        self.send_all(node, Message::Ask);
    }

    fn beat(&mut self, node: usize) {
        let (at, age) = (self.now + HEARTBEAT, self.nodes[node].age);
        self.plan(at, Due::Beats(node, age));
        self.send_all(node, Message::Beat);
    }

    fn send_all(&mut self, node: usize, message: Message) {
        for to in (0..self.nodes.len()).filter(|&to| to != node) {
            self.send(node, to, message);
        }
    }

    fn send(&mut self, from: usize, to: usize, message: Message) {
        let link = self.links[from][to];
        let lost = link.weak > 0 && self.random.random_bool(0.4);
        if link.cuts > 0 || link.dead_until > self.now || lost {
            return;
        }
        let mut at = self.now + self.delay / 2 + self.random.random_range(0..self.delay);
        if link.weak > 0 {
            at += self.random.random_range(0..80 * MS);
        }
        let at = at.max(link.crossed + 1);
        let link = &mut self.links[from][to];
        link.crossed = at;
        link.passed += 100;
        link.first.get_or_insert(self.now);
        let letter = Letter { from, to, term: self.nodes[from].term, message };
        self.plan(at, Due::Arrives(letter, self.nodes[to].incarnation));
    }

    fn receive(&mut self, letter: Letter) {
        let Letter { from, to, term, message } = letter;
        if self.links[from][to].cuts > 0 {
            return;
        }
        let before = self.nodes[to].clone();
        let own = &mut self.nodes[to];
        if term > own.term {
            own.term = term;
            own.vote = None;
            own.leader = None;
            own.role = Role::Follower;
        }
        let current = term == own.term;
        let mut rearm = before.role == Role::Leader && own.role != Role::Leader;
        let mut answer = None;
        match message {
            Message::Ask => {
                let grant = current && (own.vote.is_none() || own.vote == Some(from)) && own.role == Role::Follower;
                if grant {
                    own.vote = Some(from);
                    rearm = true;
                }
                answer = Some(Message::Grant(grant));
            }
            Message::Beat => {
                if current {
                    own.role = Role::Follower;
                    own.leader = Some(from);
                    rearm = true;
                }
                answer = Some(Message::Reply);
            }
            Message::Grant(true) if current && own.role == Role::Candidate => {
                own.votes += 1;
            }
            Message::Grant(_) | Message::Reply => {}
        }
        let won = self.nodes[to].role == Role::Candidate && self.nodes[to].votes >= self.majority();
        if won {
            self.nodes[to].role = Role::Leader;
            self.nodes[to].leader = Some(to);
            self.nodes[to].age += 1;
        }
        let own = &self.nodes[to];
        if (own.role, own.term, own.vote, own.leader) != (before.role, before.term, before.vote, before.leader) {
            self.show(to);
        }
        if rearm {
            self.rearm(to);
        }
        if won {
            self.beat(to);
        }
        if let Some(answer) = answer {
            self.send(to, from, answer);
        }
    }
}
