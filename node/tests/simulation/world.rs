//! A cluster of pure cores on a network, on disks and under crashes that a seed decides.
//!
//! Everything that the core is promised not to rely on is taken from it. Messages are lost, doubled, late and out of order, and
//! links are cut one way. A node dies after any prefix of an action list, and comes back with what was persisted by then.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use node::lab_notes::Note;
use node::raft::{Action, Call, Config, HardState, Input, LogEnd, Name, Raft, Reply, Request, Role, State};
use node::strategy::Strategy;
use node::{defects, rules::Rules};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::judge::Judge;

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// What kind of cluster, and how bad its world is.
#[derive(Debug, Clone)]
pub(crate) struct Scenario {
    pub(crate) nodes: usize,
    pub(crate) seed: u64,
    pub(crate) prevote: bool,
    pub(crate) check_quorum: bool,
    pub(crate) sticky: bool,
    pub(crate) unequal_logs: bool,
    pub(crate) strategy: Strategy,
    /// Of each message.
    pub(crate) loss: f64,
    /// Of each message.
    pub(crate) duplication: f64,
    /// The longest delay of a message while there are faults, milliseconds.
    pub(crate) delay: u64,
    /// Of each action: that its node dies just before it.
    pub(crate) crash: f64,
    /// That a link is cut, drawn anew every quarter of a second.
    pub(crate) cut: f64,
    /// How long there are faults, milliseconds.
    pub(crate) faults: u64,
    /// Or a lab note.
    pub(crate) defect: &'static str,
}

impl Scenario {
    /// Some of everything.
    pub(crate) fn rough(nodes: usize, seed: u64, defect: &'static str) -> Self {
        Self {
            nodes,
            seed,
            prevote: false,
            check_quorum: false,
            sticky: false,
            unequal_logs: false,
            strategy: Strategy::Early,
            loss: 0.1,
            duplication: 0.1,
            delay: 120,
            crash: 0.01,
            cut: 0.2,
            faults: 6000,
            defect,
        }
    }

    /// No faults of its own, and short delays: the scene for faults that a test brings.
    pub(crate) fn calm(nodes: usize, seed: u64, defect: &'static str) -> Self {
        let quiet = Self { loss: 0.0, duplication: 0.0, crash: 0.0, cut: 0.0, ..Self::rough(nodes, seed, defect) };
        Self { delay: 6, faults: 1_000_000, ..quiet }
    }

    fn rules(&self) -> Box<dyn Rules> {
        match Note::named(self.defect) {
            Ok(Some(note)) => note.rules(),
            _ => defects::rules(self.defect).expect("a known defect"),
        }
    }
}

struct Process {
    config: Config,
    raft: Option<Raft>,
    disk: HardState,
    incarnation: u32,
    scheduled: Option<Duration>,
}

#[derive(Debug, Clone)]
struct Rpc {
    id: u64,
    from: usize,
    to: usize,
    /// Incarnations of both: a connection does not outlive either.
    between: (u32, u32),
    call: Call,
}

#[derive(Debug, Clone)]
enum Event {
    Wake(usize, u32),
    Ask(Rpc, Request),
    Answer(Rpc, Reply),
    Expire(Rpc),
    Start(usize),
    Shake,
    Heal,
}

/// The running world.
pub(crate) struct World {
    scenario: Scenario,
    rng: ChaCha8Rng,
    now: Duration,
    processes: Vec<Process>,
    queue: BTreeMap<Reverse<(Duration, u64)>, Event>,
    count: u64,
    answered: BTreeSet<u64>,
    cut: BTreeSet<(usize, usize)>,
    healed: bool,
    pub(crate) judge: Judge,
}

fn name(index: usize) -> Name {
    Name(format!("n{}", index + 1))
}

fn index(name: &Name) -> usize {
    name.0[1..].parse::<usize>().expect("a number") - 1
}

impl World {
    /// Lives through the plan, then for `calm` without faults.
    pub(crate) fn run(scenario: Scenario, calm: Duration) -> Self {
        let end = ms(scenario.faults) + calm;
        let mut world = Self::new(scenario);
        world.advance(end);
        world
    }

    /// Lives for `time`.
    pub(crate) fn advance(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(next) = self.queue.last_entry() {
            let Reverse((at, _)) = *next.key();
            if at > end {
                break;
            }
            let event = next.remove();
            self.now = at;
            self.happen(event);
        }
        self.now = end;
    }

    /// What `i` printed last; nothing while it is dead.
    pub(crate) fn state(&self, i: usize) -> Option<State> {
        self.processes[i].raft.as_ref().map(Raft::state)
    }

    /// The leader; of several, the one of the highest term.
    pub(crate) fn leader(&self) -> Option<usize> {
        let leads = |i: &usize| self.state(*i).is_some_and(|state| state.role == Role::Leader);
        (0..self.scenario.nodes).filter(leads).max_by_key(|i| self.state(*i).map(|state| state.term))
    }

    /// Kills `i`; it stays dead until [`World::revive`].
    pub(crate) fn kill(&mut self, i: usize) {
        self.processes[i].raft = None;
    }

    /// Starts `i` again, with what it persisted.
    pub(crate) fn revive(&mut self, i: usize) {
        self.start(i);
    }

    /// Cuts every link of `i`, or (`inbound` only) those that lead to it.
    pub(crate) fn cut_off(&mut self, i: usize, both_ways: bool) {
        for other in (0..self.scenario.nodes).filter(|other| *other != i) {
            self.cut.insert((other, i));
            if both_ways {
                self.cut.insert((i, other));
            }
        }
    }

    /// Restores every link.
    pub(crate) fn join(&mut self) {
        self.cut.clear();
    }

    /// A cluster at time 0; the plan's own faults come if it has any.
    pub(crate) fn new(scenario: Scenario) -> Self {
        let names: Vec<Name> = (0..scenario.nodes).map(name).collect();
        let note = Note::named(scenario.defect).ok().flatten();
        let process = |i: usize| Process {
            config: Config {
                name: name(i),
                peers: names.iter().filter(|peer| **peer != name(i)).cloned().collect(),
                election: ms(150)..=ms(300),
                heartbeat: if matches!(note, Some(Note::One(_))) { ms(120) } else { ms(50) },
                first_delay: ms(0),
                log: if scenario.unequal_logs { LogEnd(1, 10 + i as u64) } else { LogEnd(0, 0) },
                prevote: scenario.prevote,
                check_quorum: scenario.check_quorum,
                sticky: scenario.sticky,
                strategy: note.map_or(scenario.strategy, Note::strategy),
                seed: scenario.seed,
            },
            raft: None,
            disk: HardState::default(),
            incarnation: 0,
            scheduled: None,
        };
        let processes = (0..scenario.nodes).map(process).collect();
        let mut world = Self {
            rng: ChaCha8Rng::seed_from_u64(scenario.seed),
            now: Duration::ZERO,
            processes,
            queue: BTreeMap::new(),
            count: 0,
            answered: BTreeSet::new(),
            cut: BTreeSet::new(),
            healed: false,
            judge: Judge::new(scenario.nodes),
            scenario,
        };
        for i in 0..world.scenario.nodes {
            world.at(ms(0), Event::Start(i));
        }
        world.at(ms(250), Event::Shake);
        world.at(ms(world.scenario.faults), Event::Heal);
        world
    }

    fn at(&mut self, at: Duration, event: Event) {
        self.count += 1;
        self.queue.insert(Reverse((at, self.count)), event);
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Wake(i, incarnation) if self.processes[i].incarnation == incarnation => {
                self.step(i, Input::Tick, None);
            }
            Event::Wake(..) => {}
            Event::Ask(rpc, request) if self.connected(&rpc) => {
                self.step(rpc.to, Input::Request(request), Some(rpc));
            }
            Event::Answer(rpc, reply) if self.connected(&rpc) => {
                self.answered.insert(rpc.id);
                let from = name(rpc.to);
                self.step(rpc.from, Input::Reply { from, call: rpc.call, reply }, None);
            }
            Event::Expire(rpc) if !self.answered.contains(&rpc.id) => {
                if self.processes[rpc.from].incarnation == rpc.between.0 {
                    self.step(rpc.from, Input::Failed { to: name(rpc.to), call: rpc.call }, None);
                }
            }
            Event::Ask(..) | Event::Answer(..) | Event::Expire(_) => {}
            Event::Start(i) => self.start(i),
            Event::Shake if !self.healed && self.scenario.cut > 0.0 => {
                let n = self.scenario.nodes;
                let links = (0..n).flat_map(|from| (0..n).map(move |to| (from, to)));
                let links: Vec<_> = links.filter(|_| self.rng.random_bool(self.scenario.cut)).collect();
                self.cut = links.into_iter().collect();
                self.at(self.now + ms(250), Event::Shake);
            }
            Event::Shake => {}
            Event::Heal => {
                self.healed = true;
                self.cut.clear();
            }
        }
    }

    fn connected(&self, rpc: &Rpc) -> bool {
        (self.processes[rpc.from].incarnation, self.processes[rpc.to].incarnation) == rpc.between
    }

    fn start(&mut self, i: usize) {
        let process = &mut self.processes[i];
        if process.raft.is_none() {
            process.incarnation += 1;
            let (raft, actions) =
                Raft::new(process.config.clone(), self.scenario.rules(), process.disk.clone(), self.now);
            process.raft = Some(raft);
            process.scheduled = None;
            self.perform(i, actions, None);
        }
    }

    fn step(&mut self, i: usize, input: Input, asked: Option<Rpc>) {
        if let Some(raft) = &mut self.processes[i].raft {
            let actions = raft.step(self.now, input);
            self.perform(i, actions, asked);
        }
    }

    fn perform(&mut self, i: usize, actions: Vec<Action>, asked: Option<Rpc>) {
        for action in actions {
            if matches!(action, Action::Prepare(_)) {
                continue;
            }
            if !self.healed && self.rng.random_bool(self.scenario.crash) {
                return self.crash(i);
            }
            match action {
                Action::Persist(state, _) => {
                    self.judge.persisted(i, &state);
                    self.processes[i].disk = state;
                }
                Action::Print(state) => self.judge.printed(i, &state),
                Action::Send { to, call, request } => {
                    let to = index(&to);
                    self.count += 1;
                    let between = (self.processes[i].incarnation, self.processes[to].incarnation);
                    let rpc = Rpc { id: self.count, from: i, to, between, call };
                    self.at(self.now + ms(100), Event::Expire(rpc.clone()));
                    self.carry(i, to, &Event::Ask(rpc, request));
                }
                Action::Prepare(_) => {}
                Action::Reply(reply) => {
                    let rpc = asked.clone().expect("a reply needs a request");
                    self.carry(i, rpc.from, &Event::Answer(rpc.clone(), reply));
                }
            }
        }
        let process = &mut self.processes[i];
        let wake = process.raft.as_ref().expect("it has just acted").wake_at();
        if process.scheduled != Some(wake) {
            process.scheduled = Some(wake);
            let incarnation = process.incarnation;
            self.at(wake.max(self.now), Event::Wake(i, incarnation));
        }
    }

    fn crash(&mut self, i: usize) {
        self.processes[i].raft = None;
        let rest = self.rng.random_range(1..400);
        self.at(self.now + ms(rest), Event::Start(i));
    }

    fn carry(&mut self, from: usize, to: usize, message: &Event) {
        if self.healed {
            let delay = Duration::from_micros(self.rng.random_range(100..1000));
            return self.at(self.now + delay, message.clone());
        }
        if self.cut.contains(&(from, to)) || self.rng.random_bool(self.scenario.loss) {
            return;
        }
        let copies = if self.rng.random_bool(self.scenario.duplication) { 2 } else { 1 };
        for _ in 0..copies {
            // Mostly quick, sometimes longer than an election: else nothing would ever be elected, nor be stale.
            let most = if self.rng.random_bool(0.15) { self.scenario.delay * 5 } else { self.scenario.delay / 6 };
            let delay = self.rng.random_range(0..=most * 1000);
            self.at(self.now + Duration::from_micros(delay), message.clone());
        }
    }
}
