//! The acts of a run of `chaos`: the stage, and the acts that are over by the clock. Those that wait for what is observed
//! are in [`watched`](super::watched).

use std::time::Duration;

use rand_chacha::ChaCha8Rng;

use super::super::{Request, Script};
use super::palette::Swarm;
use super::scaled;
use crate::condition::Condition;
use crate::draw;
use crate::fault::{Effect, Fault, FaultKind};
use crate::role::Role;
use crate::schedule::{Action, StepId, When};
use crate::shape::Shape;
use crate::target::{Choice, Target};

/// One act: writes its steps.
type Act<'a> = fn(&mut Stage<'a>);

/// Where acts are played: the request, what this run draws from, and the script that is being written.
pub(super) struct Stage<'a> {
    pub(super) request: &'a Request,
    pub(super) swarm: Swarm,
    pub(super) rng: &'a mut ChaCha8Rng,
    pub(super) script: &'a mut Script,
    aimed: u32,
}

impl<'a> Stage<'a> {
    pub(super) fn new(request: &'a Request, swarm: Swarm, rng: &'a mut ChaCha8Rng, script: &'a mut Script) -> Self {
        Self { request, swarm, rng, script, aimed: 0 }
    }

    /// How many faults wait for a leader and then hit it.
    pub(super) fn aimed_at_leader(&self) -> u32 {
        self.aimed
    }

    /// Nothing is in force: a leader comes, and has time to be seen by everyone.
    pub(super) fn quiet(&mut self) {
        let settle = self.time(250, 500);
        self.script.expect(Duration::ZERO, Condition::Leader, self.request.patience());
        self.script.expect(settle, Condition::Leader, self.request.patience());
    }

    /// One of the acts that are not the leader's turn.
    pub(super) fn any(&mut self) {
        let slow = if self.swarm.has(FaultKind::Degrade) { 4 } else { 0 };
        let blackout = if self.swarm.has(FaultKind::PowerCut) || self.swarm.has(FaultKind::CrashAt) { 12 } else { 0 };
        let starve = if self.swarm.has(FaultKind::Pause) && self.request.voters() > 2 { 2 } else { 0 };
        let acts: [(Act<'a>, u32); 7] = [
            (Self::overlap, 2),
            (Self::trigger, 4),
            (Self::freeze, 2),
            (Self::starve, starve),
            (Self::rump, 2),
            (Self::slow_links, slow),
            (Self::blackout, blackout),
        ];
        let act = draw::weighted(self.rng, &acts).copied().unwrap_or(Self::overlap);
        act(self);
    }

    /// One of the acts that go for the leader.
    pub(super) fn leaders_turn(&mut self) {
        let acts: [(Act<'a>, u32); 5] = [
            (|stage| stage.take_the_leader(false), 5),
            (Self::ambush, 3),
            (Self::mid_vote, 2),
            (Self::shift_change, 3),
            (Self::tether, 3),
        ];
        let act = draw::weighted(self.rng, &acts).copied().unwrap_or(Self::mid_vote);
        act(self);
    }

    /// The leader goes. Sometimes it stays away until the others have elected another. A cluster whose timeouts are not random
    /// splits its vote for ever, and nothing disturbs it while it does.
    pub(super) fn take_the_leader(&mut self, until_replaced: bool) {
        self.quiet();
        let kind = self.swarm.taker(self.rng);
        let can_be_replaced = self.request.voters() > 2;
        if can_be_replaced && (until_replaced || draw::chance(self.rng, 40)) {
            let gone = self.hit_the_leader(kind, Shape::Isolate);
            self.script.expect(Duration::ZERO, Condition::NewLeader { since: gone }, self.request.patience());
            let hold = self.time(100, 600);
            self.script.lift(gone, hold);
            return;
        }
        let shape = if draw::chance(self.rng, 30) { Shape::Isolate } else { self.swarm.shape(self.rng) };
        let gone = self.hit_the_leader(kind, shape);
        let hold = self.time(300, 1400);
        let last = self.script.lift_after(gone, hold);
        if draw::chance(self.rng, 35) {
            let offset = self.time(0, 250);
            let other = self.random_fault(Some(Choice::Follower));
            let other = self.script.inject(offset, other);
            self.script.lift_after(other, hold / 2);
        }
        self.script.go_on_from(last);
    }

    /// Two to four faults of any kind, to anyone, at the same time.
    pub(super) fn overlap(&mut self) {
        self.quiet();
        let mut last = (Duration::ZERO, None);
        let count = draw::between(self.rng, 2, 4).max(self.swarm.due());
        for _ in 0..count {
            let (offset, hold) = (self.time(0, 600), self.time(150, 1000));
            let fault = self.random_fault(None);
            let injected = self.script.inject(offset, fault);
            let lifted = self.script.lift_after(injected, hold);
            if offset + hold >= last.0 {
                last = (offset + hold, Some(lifted));
            }
        }
        if let Some(lifted) = last.1 {
            self.script.go_on_from(lifted);
        }
    }

    /// The leader goes, and a node is hit at the very moment at which it campaigns, votes or wins. Finds three bugs. Votes that
    /// are not persisted: a voter is killed right after its grant and started at once. Stale grants that are counted: a candidate
    /// is held up while its votes arrive. And transitions that race.
    fn trigger(&mut self) {
        self.quiet();
        let kind = self.swarm.taker(self.rng);
        let gone = self.hit_the_leader(kind, Shape::Isolate);
        let votes = if self.swarm.has(FaultKind::Kill) { 4 } else { 0 };
        let moments = [(Some(Role::Candidate), 3), (Some(Role::Leader), 2), (None, votes)];
        match draw::weighted(self.rng, &moments).copied().flatten() {
            Some(role) => {
                let fault = self.trigger_fault();
                let hold = self.time(200, 700);
                let hit = self.on(Condition::becomes(role), fault);
                self.script.lift(hit, hold);
            }
            None => {
                for _ in 0..draw::between(self.rng, 1, 3) {
                    let kill = Fault::Kill { target: Choice::Trigger.into(), forever: false };
                    let voter = self.on(Condition::Votes, kill);
                    let restart = draw::millis(self.rng, 0, 50);
                    self.script.lift(voter, restart);
                }
            }
        }
        let hold = self.time(100, 500);
        self.script.lift(gone, hold);
    }

    /// All stop at once and go on at once: every timer is overdue, and all campaign in the same term. Finds second votes in
    /// a term, terms that begin again, quorums that are counted wrong.
    fn freeze(&mut self) {
        self.quiet();
        let all = || Target::from(Choice::All);
        let weight = |kind| u32::from(self.swarm.has(kind));
        let ways = [
            (Fault::Pause { target: all() }, 2 * weight(FaultKind::Pause)),
            (Fault::RestartAll, 2 * weight(FaultKind::RestartAll)),
            (Fault::Kill { target: Choice::Majority.into(), forever: false }, weight(FaultKind::Kill)),
            (Fault::Stop { target: Choice::Majority.into() }, weight(FaultKind::Stop)),
            (Fault::Cut { shape: Shape::Isolate, target: all() }, weight(FaultKind::Cut)),
            (Fault::Cut { shape: Shape::Halves, target: Choice::One.into() }, weight(FaultKind::Cut)),
        ];
        // A swarm has one of kill, stop, pause and cut at least.
        let fault = draw::weighted(self.rng, &ways).cloned().unwrap_or(Fault::RestartAll);
        let hold = self.time(300, 900);
        let frozen = self.script.inject(Duration::ZERO, fault);
        self.script.go_on_from(frozen);
        self.script.lift(frozen, hold);
    }

    /// The leader is gone and a minority paused. The nodes left campaign again and again, in vain, and their old requests wait in
    /// the paused nodes' sockets. When these go on, grants of long lost candidacies arrive. Finds stale grants that are counted,
    /// and quorums of half the nodes.
    fn starve(&mut self) {
        self.quiet();
        let kind = self.swarm.taker(self.rng);
        let gone = self.hit_the_leader(kind, Shape::Isolate);
        let paused = self.script.inject(Duration::ZERO, Fault::Pause { target: Choice::Minority.into() });
        self.script.go_on_from(paused);
        let (hold, rest) = (self.time(400, 1000), self.time(200, 500));
        self.script.lift(paused, hold);
        self.script.lift(gone, rest);
    }

    /// The leader and a minority are gone, and the few that are left are slow. A request is sent again before its answer is
    /// there, and both are answered. No node may be elected. Finds a voter that is counted twice.
    fn rump(&mut self) {
        self.quiet();
        let (kind, other) = (self.swarm.taker(self.rng), self.swarm.taker(self.rng));
        let gone = self.hit_the_leader(kind, Shape::Isolate);
        let others = self.fault(other, Choice::Minority.into(), Shape::Isolate);
        let others = self.script.inject(Duration::ZERO, others);
        self.script.go_on_from(others);
        let slow = if self.swarm.effects().contains(&"delay") {
            // An answer comes after more than one of the usual timeouts of a request, and within the same candidacy.
            let delay = self.time(51, 75);
            let effect = Effect { delay, ..Effect::default() };
            Fault::Degrade { shape: Shape::Isolate, target: Choice::All.into(), effect }
        } else {
            let (pause, run) = (self.time(110, 220), self.time(20, 60));
            Fault::Stutter { target: Choice::One.into(), pause, run }
        };
        let slow = self.script.inject(Duration::ZERO, slow);
        let (hold, rest) = (self.time(1000, 1800), self.time(0, 300));
        self.script.lift(slow, hold);
        self.script.lift(others, Duration::ZERO);
        self.script.lift(gone, rest);
    }

    /// Every link becomes slow, mostly so slow that a reply arrives when its candidate is already a round further but its next
    /// request is not yet there. That is a delay d one way with a timeout between d and 2d. Often the leader goes in the middle
    /// of it. Finds stale grants, terms lowered by late replies, and split votes.
    fn slow_links(&mut self) {
        self.quiet();
        let mut effect = self.effect();
        if self.swarm.effects().contains(&"delay") {
            let (low, high) = if draw::chance(self.rng, 30) { (10, 60) } else { (110, 200) };
            effect.delay = self.time(low, high);
        }
        let slow = Fault::Degrade { shape: Shape::Isolate, target: Choice::All.into(), effect };
        let slowed = self.script.inject(Duration::ZERO, slow);
        let hold = self.time(900, 1800);
        let last = self.script.lift_after(slowed, hold);
        if draw::chance(self.rng, 60) {
            let (offset, away) = (self.time(50, 300), self.time(200, 500));
            let kind = self.swarm.taker(self.rng);
            let gone = self.fault(kind, Choice::Leader.into(), Shape::Isolate);
            let gone = self.script.inject(offset, gone);
            self.script.lift_after(gone, away);
        }
        self.script.go_on_from(last);
    }

    /// Waits for a leader and takes it away; the cursor stands there.
    pub(super) fn hit_the_leader(&mut self, kind: FaultKind, shape: Shape) -> StepId {
        self.aimed += 1;
        let fault = self.fault(kind, Choice::Leader.into(), shape);
        self.script.inject_on(Condition::Leader, self.request.patience(), fault)
    }

    /// Waits until a node does something, and hits that node.
    pub(super) fn on(&mut self, condition: Condition, fault: Fault) -> StepId {
        let timeout = (self.request.bound / 2).max(Duration::from_secs(1));
        let when = When::On { condition, after: self.script.cursor(), timeout };
        let step = self.script.add(when, Action::Inject(fault));
        self.script.go_on_from(step);
        step
    }

    /// What hits a trigger: anything that concerns one node.
    pub(super) fn trigger_fault(&mut self) -> Fault {
        let kinds = [FaultKind::Kill, FaultKind::Pause, FaultKind::Stutter, FaultKind::Cut];
        let among: Vec<FaultKind> = kinds.into_iter().filter(|kind| self.swarm.has(*kind)).collect();
        let kind = draw::pick(self.rng, &among).copied().unwrap_or(FaultKind::Stop);
        let shapes = [Shape::Isolate, Shape::Deaf, Shape::Mute, Shape::Link, Shape::OneWay];
        let shape = draw::pick(self.rng, &shapes).cloned().unwrap_or(Shape::Isolate);
        self.fault(kind, Choice::Trigger.into(), shape)
    }

    /// A fault of any kind of the swarm, aimed at a node.
    pub(super) fn random_fault(&mut self, at: Option<Choice>) -> Fault {
        let kind = self.swarm.kind(self.rng);
        let mut targets = vec![(Choice::One, 4), (Choice::Leader, 3), (Choice::Follower, 3)];
        if kind != FaultKind::Wipe {
            // To wipe more than one at a time would leave nothing to be elected by.
            targets.extend([(Choice::Minority, 2), (Choice::Majority, 1), (Choice::Candidate, 1)]);
        }
        // A single node has no minority and no follower.
        let lone = self.request.nodes.len() == 1;
        let target =
            if lone { Choice::One } else { draw::weighted(self.rng, &targets).copied().unwrap_or(Choice::One) };
        let shape = self.swarm.shape(self.rng);
        self.fault(kind, at.filter(|_| !lone).unwrap_or(target).into(), shape)
    }

    pub(super) fn fault(&mut self, kind: FaultKind, target: Target, shape: Shape) -> Fault {
        match kind {
            FaultKind::Kill => Fault::Kill { target, forever: false },
            FaultKind::Stop => Fault::Stop { target },
            FaultKind::Pause => Fault::Pause { target },
            FaultKind::Stutter => {
                let (pause, run) = (self.time(20, 200), self.time(20, 150));
                Fault::Stutter { target, pause, run }
            }
            FaultKind::Cut => Fault::Cut { shape, target },
            FaultKind::Degrade => Fault::Degrade { shape, target, effect: self.effect() },
            FaultKind::RestartAll => Fault::RestartAll,
            FaultKind::Wipe => Fault::Wipe { target },
            FaultKind::PowerCut => Fault::PowerCut { target },
            FaultKind::FsyncFails => Fault::FsyncFails { target },
            FaultKind::DiskFull => Fault::DiskFull { target },
            FaultKind::SlowFsync => Fault::SlowFsync { target, mean: self.time(5, 80) },
            FaultKind::DiskHangs => Fault::DiskHangs { target },
            FaultKind::ReadOnly => Fault::ReadOnly { target },
            FaultKind::CrashAt => self.crash_at(target),
        }
    }

    /// One to all of the swarm's effects.
    fn effect(&mut self) -> Effect {
        let mut words = self.swarm.effects().to_vec();
        draw::shuffle(self.rng, &mut words);
        let most = words.len() as u64;
        let count = draw::between(self.rng, 1, most);
        let mut effect = Effect::default();
        for word in words.into_iter().take(usize::try_from(count).unwrap_or(1)) {
            self.worsen(&mut effect, word);
        }
        effect
    }

    fn worsen(&mut self, effect: &mut Effect, word: &str) {
        // Within a round, about a round, longer than an election timeout.
        let delays = [(5, 60), (60, 130), (130, 250)];
        let (low, high) = draw::pick(self.rng, &delays).copied().unwrap_or((5, 60));
        let percent = |rng: &mut ChaCha8Rng, low, high| draw::between(rng, low, high) as f64 / 100.0;
        match word {
            "delay" => effect.delay = self.time(low, high),
            "jitter" => effect.jitter = self.time(5, high / 2),
            "rate" => effect.rate = draw::between(self.rng, 2, 200) * 1000,
            "loss" => effect.loss = percent(self.rng, 5, 30),
            "duplicate" => effect.duplicate = percent(self.rng, 5, 30),
            "reorder" => effect.reorder = percent(self.rng, 5, 30),
            "mended" => (effect.corrupt, effect.mended) = (percent(self.rng, 1, 10), true),
            _ => effect.corrupt = percent(self.rng, 1, 10),
        }
    }

    pub(super) fn time(&mut self, low: u64, high: u64) -> Duration {
        scaled(draw::millis(self.rng, low, high), self.request)
    }
}
