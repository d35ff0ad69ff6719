//! What waits for what: the four strategies before peers that answer, refuse or swallow.
//!
//! One core among scripted peers, on a clock of the test's own, so that each time below is exact.

use std::collections::BTreeMap;
use std::time::Duration;

use clap::ValueEnum;
use node::raft::{Action, Config, HardState, Input, LogEnd, Name, Raft, Reply, Request, Role};
use node::rules::Figure2;
use node::strategy::Strategy;

use crate::world::{Scenario, World};

const RPC_TIMEOUT: Duration = Duration::from_millis(100);

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// How a peer treats requests.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Peer {
    /// Grants everything; the answer is back after 2 ms.
    Answers,
    /// There is no listener: the request fails at once, a repeated one 10 ms later.
    Refuses,
    /// Paused or cut off: the request fails when its time is up.
    Swallows,
}

use Peer::{Answers, Refuses, Swallows};

/// The core, and what is on its way to it.
struct Scene {
    raft: Raft,
    peers: BTreeMap<Name, Peer>,
    now: Duration,
    coming: BTreeMap<(Duration, u64), Input>,
    sent: Vec<(Duration, Name, Request)>,
    prepared: Vec<(Duration, Vec<Request>)>,
    refused: BTreeMap<Name, Duration>,
}

impl Scene {
    fn new(strategy: Strategy, peers: &[Peer]) -> Self {
        let peers: BTreeMap<Name, Peer> =
            peers.iter().enumerate().map(|(i, peer)| (Name(format!("n{}", i + 2)), *peer)).collect();
        let config = Config {
            name: "n1".into(),
            peers: peers.keys().cloned().collect(),
            election: ms(150)..=ms(300),
            heartbeat: ms(50),
            first_delay: ms(0),
            log: LogEnd(0, 0),
            prevote: false,
            check_quorum: false,
            sticky: false,
            strategy,
            seed: 1,
        };
        let (raft, _) = Raft::new(config, Box::new(Figure2), HardState::default(), ms(0));
        let (coming, sent, prepared) = (BTreeMap::new(), Vec::new(), Vec::new());
        Self { raft, peers, now: ms(0), coming, sent, prepared, refused: BTreeMap::new() }
    }

    /// Takes the next thing that happens.
    fn step(&mut self) {
        let first = self.coming.first_key_value().map(|(key, _)| *key);
        let input = match first {
            Some(key) if key.0 <= self.raft.wake_at() => {
                self.now = key.0;
                self.coming.remove(&key).expect("it was there")
            }
            _ => {
                self.now = self.now.max(self.raft.wake_at());
                Input::Tick
            }
        };
        for action in self.raft.step(self.now, input) {
            match action {
                Action::Send { to, call, request } => {
                    let (after, input) = match self.peers[&to] {
                        Answers => (ms(2), Input::Reply { from: to.clone(), call, reply: yes(&request) }),
                        Refuses => {
                            let before = self.refused.insert(to.clone(), self.now);
                            let repeated = before.is_some_and(|at| self.now < at + ms(10));
                            (if repeated { ms(10) } else { ms(0) }, Input::Failed { to: to.clone(), call })
                        }
                        Swallows => (RPC_TIMEOUT, Input::Failed { to: to.clone(), call }),
                    };
                    self.coming.insert((self.now + after, self.sent.len() as u64), input);
                    self.sent.push((self.now, to, request));
                }
                Action::Prepare(requests) => self.prepared.push((self.now, requests)),
                Action::Persist(..) | Action::Print(_) | Action::Reply(_) => {}
            }
        }
    }

    fn until(&mut self, time: Duration) {
        while self.now < time {
            self.step();
        }
    }

    /// From its first candidacy to its first tenure; nothing when it does not win that candidacy.
    fn campaign(&mut self) -> Option<Duration> {
        self.step();
        let (began, term) = (self.now, self.raft.state().term);
        while self.raft.state().role == Role::Candidate && self.raft.state().term == term && self.sent.len() < 100 {
            self.step();
        }
        (self.raft.state().role == Role::Leader && self.raft.state().term == term).then(|| self.now - began)
    }
}

fn yes(request: &Request) -> Reply {
    match request {
        Request::PreVote(vote) => Reply::PreVote { term: vote.term, vote_granted: true },
        Request::RequestVote(vote) => Reply::RequestVote { term: vote.term, vote_granted: true },
        Request::AppendEntries(append) => Reply::AppendEntries { term: append.term, success: true },
    }
}

fn campaign(strategy: Strategy, peers: &[Peer]) -> Option<Duration> {
    Scene::new(strategy, peers).campaign()
}

#[test]
fn sequential_asks_the_next_peer_only_once_the_one_before_has_answered() {
    let mut scene = Scene::new(Strategy::Sequential, &[Answers; 4]);
    assert_eq!(scene.campaign(), Some(ms(8)));
    let began = scene.sent[0].0;
    let asked: Vec<_> = scene.sent.iter().take(4).map(|(at, to, _)| (*at - began, to.0.as_str())).collect();
    assert_eq!(asked, [(ms(0), "n2"), (ms(2), "n3"), (ms(4), "n4"), (ms(6), "n5")]);
}

#[test]
fn sequential_waits_for_each_who_swallows_and_for_none_who_refuses() {
    assert_eq!(campaign(Strategy::Sequential, &[Swallows, Answers, Swallows, Answers]), Some(2 * RPC_TIMEOUT + ms(4)));
    assert_eq!(campaign(Strategy::Sequential, &[Refuses, Answers, Refuses, Answers]), Some(ms(4)));
}

#[test]
fn concurrent_waits_once_for_all_who_swallow_and_for_none_who_refuses() {
    assert_eq!(campaign(Strategy::Concurrent, &[Swallows, Answers, Swallows, Answers]), Some(RPC_TIMEOUT));
    assert_eq!(campaign(Strategy::Concurrent, &[Refuses, Answers, Refuses, Answers]), Some(ms(2)));
}

#[test]
fn early_and_speculative_wait_for_nobody_but_a_majority() {
    for strategy in [Strategy::Early, Strategy::Speculative] {
        assert_eq!(campaign(strategy, &[Swallows, Answers, Swallows, Answers]), Some(ms(2)), "{strategy:?}");
        assert_eq!(campaign(strategy, &[Refuses, Answers, Refuses, Answers]), Some(ms(2)), "{strategy:?}");
    }
}

#[test]
fn who_waits_begins_no_other_candidacy_meanwhile_and_begins_one_when_this_is_lost() {
    for strategy in [Strategy::Sequential, Strategy::Concurrent] {
        let mut scene = Scene::new(strategy, &[Swallows; 6]);
        scene.step();
        let rounds = if strategy == Strategy::Sequential { 6 } else { 1 };
        let decided = scene.now + rounds * RPC_TIMEOUT;
        while scene.now < decided {
            assert_eq!(scene.raft.state().term, 1, "{strategy:?} at {:?}", scene.now);
            scene.step();
        }
        scene.until(decided + ms(301));
        assert!(scene.raft.state().term >= 2, "{strategy:?}");
    }
}

#[test]
fn a_higher_term_ends_the_wait_at_once() {
    let mut scene = Scene::new(Strategy::Sequential, &[Swallows; 2]);
    scene.step();
    let heartbeat = Request::AppendEntries(node::raft::AppendRequest {
        term: 7,
        leader_id: "n3".into(),
        prev_log_index: 0,
        prev_log_term: 0,
        entries: Vec::new(),
        leader_commit: 0,
    });
    scene.raft.step(scene.now, Input::Request(heartbeat));
    assert_eq!((scene.raft.state().role, scene.raft.state().term), (Role::Follower, 7));
    assert!(scene.raft.wake_at() <= scene.now + ms(300));
    let sent = scene.sent.len();
    scene.until(scene.now + RPC_TIMEOUT);
    assert_eq!(scene.sent.len(), sent, "the next peer was asked on behalf of a lost candidacy");
}

/// The longest time between two heartbeats to `peer` in two seconds of leading.
fn longest_gap(strategy: Strategy, peers: &[Peer], peer: &str) -> Duration {
    let mut scene = Scene::new(strategy, peers);
    scene.campaign().expect("it leads");
    scene.until(scene.now + ms(2000));
    let beats = scene.sent.iter().filter(|(_, to, what)| to.0 == peer && matches!(what, Request::AppendEntries(_)));
    let times: Vec<Duration> = beats.map(|(at, ..)| *at).collect();
    times.windows(2).map(|pair| pair[1] - pair[0]).max().expect("more than one")
}

#[test]
fn sequential_heartbeats_are_held_up_by_who_swallows_until_followers_lose_patience() {
    let swallowed = [Swallows, Swallows, Answers, Answers];
    assert_eq!(longest_gap(Strategy::Sequential, &swallowed, "n5"), 2 * RPC_TIMEOUT + ms(4));
    let refused = [Refuses, Refuses, Answers, Answers];
    for strategy in Strategy::value_variants() {
        assert_eq!(longest_gap(*strategy, &refused, "n5"), ms(50), "{strategy:?}");
        if *strategy != Strategy::Sequential {
            assert_eq!(longest_gap(*strategy, &swallowed, "n5"), ms(50), "{strategy:?}");
        }
    }
}

#[test]
fn speculative_makes_all_futures_ready_with_the_candidacy_and_sends_nothing_of_them_before_the_win() {
    let mut scene = Scene::new(Strategy::Speculative, &[Answers, Swallows]);
    let time = scene.campaign().expect("it wins");
    let (at, futures) = scene.prepared[0].clone();
    assert_eq!((at, scene.prepared.len()), (scene.now - time, 1));
    let lead = futures.iter().find(|future| matches!(future, Request::AppendEntries(_))).expect("a heartbeat");
    assert!(futures.iter().any(|future| matches!(future, Request::RequestVote(vote) if vote.term == 2)));
    for (at, _, request) in &scene.sent {
        assert!(!futures.contains(request) || *at >= scene.now, "{request:?} was sent at {at:?}");
    }
    let beats = scene.sent.iter().filter(|(_, _, request)| request == lead).count();
    assert_eq!(beats, 2, "the heartbeats that were sent are those that were ready");
    for strategy in [Strategy::Sequential, Strategy::Concurrent, Strategy::Early] {
        let mut scene = Scene::new(strategy, &[Answers, Swallows]);
        scene.campaign();
        assert!(scene.prepared.is_empty(), "{strategy:?}");
    }
}

/// Same seeds, same worlds, the worst of them: what is prepared must not change what is done.
#[test]
fn speculative_does_exactly_what_early_does() {
    for seed in 0..20 {
        let run = |strategy| {
            let rough = Scenario::rough(5, seed, "none");
            World::run(Scenario { strategy, prevote: seed % 2 == 0, check_quorum: seed % 3 == 0, ..rough }, ms(1000))
        };
        let (early, speculative) = (run(Strategy::Early), run(Strategy::Speculative));
        assert_eq!(format!("{:?}", early.judge), format!("{:?}", speculative.judge), "seed {seed}");
        assert!(early.judge.elections > 0, "seed {seed}: nothing was elected");
    }
}
