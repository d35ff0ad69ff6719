//! The pure core: one node's election state machine.
//!
//! [`Raft::step`] takes the time and one input and gives back actions *in the order in which they must take effect*: persist,
//! print, then send and reply. The shell carries them out one after the other and hands in the next input only when the last is
//! done. So there is no "persisted" event to wait for and no state in which a vote is given but not yet durable. A crash between
//! any two actions is a crash after a prefix of the list, which is what the simulation in `tests/` tries. The price is that a
//! node does nothing else while its disk works; an election node has nothing else to do.
//!
//! Time is a value (CLOCK_MONOTONIC as a [`Duration`]), timers are [`Raft::wake_at`], randomness is a generator
//! seeded by seed and name. The same inputs always give the same actions.
//!
//! A reply comes back with the [`Call`] of its request: its term and the *round*, a number that grows with each candidacy and
//! each tenure. Both must still be current for the reply to count. A late reply is handed in like any other, and refused here, by
//! rule, not lost by accident in the transport.
//!
//! PreVote (thesis, 9.6) asks with term + 1. A grant echoes that term; a refusal carries the voter's own, so that a node that
//! lags can catch up. CheckQuorum: a leader that has not heard a majority for T_max steps down (T_min would make it more nervous
//! than its followers). Sticky: RequestVote is refused unread within T_min of the last heartbeat; a leader hears itself.

mod answer;
mod campaign;
mod defect_state;
mod message;
mod state;
mod sweep;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::time::Duration;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

pub use message::{AppendRequest, LogEnd, Name, Reply, Request, Term, VoteRequest};
pub use state::{HardState, Role, State, Why};

use crate::rules::{Contact, Rules};
use crate::strategy::Strategy;
use defect_state::DefectState;
use sweep::Sweep;

/// What a node is told at its start and never changes.
#[derive(Debug, Clone)]
pub struct Config {
    /// Its own name.
    pub name: Name,
    /// The other voters.
    pub peers: Vec<Name>,
    /// T_min to T_max.
    pub election: RangeInclusive<Duration>,
    /// Between a leader's heartbeats.
    pub heartbeat: Duration,
    /// Added to the first wait for a leader.
    pub first_delay: Duration,
    /// The end of its log, which never grows.
    pub log: LogEnd,
    /// Ask before raising the term (thesis, 9.6).
    pub prevote: bool,
    /// A leader without a majority steps down.
    pub check_quorum: bool,
    /// RequestVote is refused while a leader is heard (thesis, 4.2.3).
    pub sticky: bool,
    /// How it talks to its peers.
    pub strategy: Strategy,
    /// Seed of the election timeouts, together with the name.
    pub seed: u64,
}

/// Farther away than any timer.
const NEVER: Duration = Duration::from_secs(3600);

/// The request to which a reply belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// The term that the request carried.
    pub term: Term,
    /// The candidacy or tenure that sent it.
    pub round: u64,
}

/// What can happen to a node.
#[derive(Debug, Clone)]
pub enum Input {
    /// [`Raft::wake_at`] has come (too early does no harm).
    Tick,
    /// A peer asks; exactly one [`Action::Reply`] is among the actions.
    Request(Request),
    /// A peer answers, however late.
    Reply {
        /// The node that answers.
        from: Name,
        /// What it answers.
        call: Call,
        reply: Reply,
    },
    /// A request has not been answered in time, or its connection is gone.
    Failed {
        /// The node that was asked.
        to: Name,
        call: Call,
    },
}

/// What a node wants done, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Make this durable before anything that follows.
    Persist(HardState, Why),
    /// Show this before anything that follows.
    Print(State),
    /// Send this.
    Send {
        to: Name,
        /// To be handed back with the reply.
        call: Call,
        request: Request,
    },
    /// These may be sent soon: make them ready, and send nothing. May be ignored.
    Prepare(Vec<Request>),
    /// Answer the request that was handed in.
    Reply(Reply),
}

/// Votes being gathered.
#[derive(Debug, Clone, Default)]
struct VoteCount {
    grants: Vec<Name>,
    answered: BTreeSet<Name>,
    /// Answered, or failed at least once.
    settled: BTreeSet<Name>,
}

#[derive(Debug, Clone)]
struct Tenure {
    heartbeat_at: Duration,
    heard: BTreeMap<Name, Duration>,
    failures: u32,
}

#[derive(Debug, Clone)]
enum Standing {
    Follower,
    Precandidate(VoteCount),
    Candidate(VoteCount),
    Leader(Tenure),
}

#[derive(Debug)]
pub struct Raft {
    config: Config,
    rules: Box<dyn Rules>,
    rng: ChaCha8Rng,
    hard: HardState,
    standing: Standing,
    leader: Option<Name>,
    /// Grows with each candidacy and each tenure.
    round: u64,
    sweep: Sweep,
    /// The next wait for a leader, where it is drawn ahead.
    next_wait: Option<Duration>,
    election_at: Duration,
    /// The last valid heartbeat.
    heard_at: Option<Duration>,
    why: Why,
    persisted: HardState,
    printed: Option<State>,
    actions: Vec<Action>,
    /// What only a broken rule brings about.
    defect_state: DefectState,
}

impl Raft {
    /// A node that has just started with what it found on disk; the first actions are its own first line.
    ///
    /// A log whose last term is newer than the stored term implies that term (currentTerm is never behind the log).
    pub fn new(config: Config, rules: Box<dyn Rules>, found: HardState, now: Duration) -> (Self, Vec<Action>) {
        let mut rng = ChaCha8Rng::seed_from_u64(config.seed);
        rng.set_stream(u64::from(crc32fast::hash(config.name.0.as_bytes())));
        let hard = if found.term < config.log.0 { HardState { term: config.log.0, vote: None } } else { found.clone() };
        let first_delay = config.first_delay;
        let mut raft = Self {
            config,
            rules,
            rng,
            hard,
            standing: Standing::Follower,
            leader: None,
            round: 0,
            sweep: Sweep::default(),
            next_wait: None,
            election_at: Duration::ZERO,
            heard_at: None,
            why: Why::Other,
            persisted: found,
            printed: None,
            actions: Vec::new(),
            defect_state: DefectState::default(),
        };
        raft.restart_timer(now + first_delay);
        raft.settle();
        let actions = std::mem::take(&mut raft.actions);
        (raft, actions)
    }

    /// Takes one input; see the module for what the order of the actions means.
    pub fn step(&mut self, now: Duration, input: Input) -> Vec<Action> {
        match input {
            Input::Tick => self.on_tick(now),
            Input::Request(request) => {
                let reply = self.answer(now, &request);
                self.settle();
                self.actions.push(Action::Reply(reply));
            }
            Input::Reply { from, call, reply } => self.on_reply(now, from, call, reply),
            Input::Failed { to, call } => self.on_failed(now, to, call),
        }
        self.settle();
        self.persist_late();
        std::mem::take(&mut self.actions)
    }

    /// When the next [`Input::Tick`] is due.
    pub fn wake_at(&self) -> Duration {
        let due = match &self.standing {
            Standing::Leader(tenure) => {
                let heartbeat = tenure.heartbeat_at + if self.sweep.goes_on() { NEVER } else { Duration::ZERO };
                heartbeat.min(self.quorum_lost_at(tenure).unwrap_or(NEVER + heartbeat))
            }
            _ if self.stands_still() => self.election_at + NEVER,
            _ => self.campaigns_at(),
        };
        self.defect_state.wake_at(due)
    }

    /// What it is now.
    pub fn state(&self) -> State {
        State {
            role: self.role(),
            term: self.hard.term,
            vote: self.hard.vote.clone(),
            leader: self.leader.clone(),
            log: self.config.log,
        }
    }

    fn role(&self) -> Role {
        match self.standing {
            Standing::Follower => Role::Follower,
            Standing::Precandidate(_) => Role::Precandidate,
            Standing::Candidate(_) => Role::Candidate,
            Standing::Leader(_) => Role::Leader,
        }
    }

    /// Persists and prints what has changed since it last did. Called before every send and reply: this is the order
    /// that the node contract promises.
    fn settle(&mut self) {
        if self.hard != self.persisted {
            for write in self.rules.writes(&self.persisted, &self.hard, self.why) {
                self.persisted = write.clone();
                self.persist(write);
            }
        }
        let state = self.state();
        if self.printed.as_ref() != Some(&state) {
            self.actions.push(Action::Print(state.clone()));
            self.printed = Some(state);
        }
    }

    /// A higher term is taken before anything else is looked at (5.1).
    fn adopt(&mut self, now: Duration, term: Term) {
        if term > self.hard.term {
            self.take_term(now, term);
        }
    }

    fn take_term(&mut self, now: Duration, term: Term) {
        self.hard = HardState { term, vote: None };
        self.why = Why::Other;
        self.leader = None;
        if self.rules.role_in_newer_term(self.role()) == Role::Follower {
            self.follow(now);
        }
    }

    /// Becomes follower. A leader has no election timer, so it starts one; others keep theirs.
    fn follow(&mut self, now: Duration) {
        let led = matches!(self.standing, Standing::Leader(_));
        self.standing = Standing::Follower;
        self.sweep = Sweep::default();
        self.defect_state.hesitates = false;
        if led {
            self.restart_timer(now);
        }
    }

    fn restart_timer(&mut self, now: Duration) {
        let wait = self.next_wait.take();
        self.election_at = now + wait.unwrap_or_else(|| self.draw_wait());
    }

    fn draw_wait(&mut self) -> Duration {
        self.rules.election_timeout(self.waits_as(), &self.config.election, &mut self.rng)
    }

    fn contact(&mut self, now: Duration, contact: Contact) {
        if self.rules.restarts_timer(contact) {
            self.restart_timer(now);
        }
    }

    /// A leader was heard within T_min. A leader hears itself.
    fn hears_leader(&self, now: Duration) -> bool {
        matches!(self.standing, Standing::Leader(_))
            || self.heard_at.is_some_and(|at| now < at + *self.config.election.start())
    }

    fn quorum(&self) -> usize {
        self.rules.quorum(self.electorate())
    }

    /// When this leader will have heard no majority for T_max, if no peer answers until then.
    fn quorum_lost_at(&self, tenure: &Tenure) -> Option<Duration> {
        let others = self.quorum().saturating_sub(1);
        let (t_max, heartbeat) = (*self.config.election.end(), self.config.heartbeat);
        let patience = self.rules.leads_unanswered(self.config.check_quorum, t_max, heartbeat)?;
        if others == 0 {
            return None;
        }
        let mut heard: Vec<Duration> = tenure.heard.values().copied().collect();
        heard.sort_unstable_by(|a, b| b.cmp(a));
        heard.get(others - 1).map(|at| *at + patience)
    }
}

#[cfg(test)]
mod tests;
