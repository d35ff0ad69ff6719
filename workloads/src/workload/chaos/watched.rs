//! Acts that hit at a moment that is observed, or last until something is.
//!
//! A fault that is drawn by the clock hits a window of a few milliseconds once in a hundred runs. The windows that matter in an
//! election begin with something that every node shows: a node campaigns, a node has won. So these acts wait for that and
//! strike. Others keep up a state until the cluster has answered it, or has had longer than the bound to do so. A cluster that is
//! stuck in it is then convicted in it, and one that is not is soon let go.
//!
//! A state in which only some variants of Raft owe a leader is waited in without an expectation. The checkers then judge the lack
//! of a leader by the system's claims, and it is no shortcoming of the run.

use std::time::Duration;

use super::acts::Stage;
use crate::condition::Condition;
use crate::draw;
use crate::fault::{Fault, FaultKind, Moment};
use crate::role::Role;
use crate::schedule::{Action, StepId, When};
use crate::shape::Shape;
use crate::target::{Choice, Target};

impl Stage<'_> {
    /// The leader goes, and the node that campaigns next is stopped at that moment. It continues when another has won, with the
    /// votes that came for it meanwhile, and with the news. Finds a candidate that leads though it has stepped down, and stale
    /// grants that are counted.
    pub(super) fn ambush(&mut self) {
        let voters = self.request.voters();
        if voters < 2 + voters / 2 + 1 {
            // Without the leader and the candidate the others are no majority.
            return self.take_the_leader(false);
        }
        self.quiet();
        let kind = self.swarm.taker(self.rng);
        let gone = self.hit_the_leader(kind, Shape::Isolate);
        let target = Choice::Trigger.into();
        let hold = if self.swarm.has(FaultKind::Pause) {
            Fault::Pause { target }
        } else if self.swarm.has(FaultKind::Cut) {
            Fault::Cut { shape: Shape::Isolate, target }
        } else {
            Fault::Kill { target, forever: false }
        };
        let held = self.on(Condition::becomes(Role::Candidate), hold);
        self.script.expect(Duration::ZERO, Condition::NewLeader { since: gone }, self.request.patience());
        let (late, later) = (self.time(0, 60), self.time(100, 400));
        self.script.lift(held, late);
        self.script.lift(gone, later);
    }

    /// The leader goes, and when a node campaigns, one of those that it asks is killed in the middle of voting. It is back at
    /// once, with what it had written by then. Finds votes that are not durable, or only half written.
    pub(super) fn mid_vote(&mut self) {
        if !self.swarm.has(FaultKind::Kill) {
            return self.take_the_leader(false);
        }
        for _ in 0..2 {
            self.quiet();
            let kind = self.swarm.taker(self.rng);
            let gone = self.hit_the_leader(kind, Shape::Isolate);
            let kill = Fault::Kill { target: Choice::Follower.into(), forever: false };
            let voter = self.on(Condition::becomes(Role::Candidate), kill);
            let (restart, hold) = (draw::millis(self.rng, 0, 30), self.time(50, 300));
            self.script.lift(voter, restart);
            self.script.lift(gone, hold);
        }
    }

    /// The leader goes, and the node that campaigns or votes then loses its power at that moment, or crashes in the middle of a
    /// write. Sometimes the power of all is gone. It is back at once, with what an fsync had covered. Finds terms and votes that
    /// are not durable, or only half written, and answers that are given too early.
    pub(super) fn blackout(&mut self) {
        for _ in 0..2 {
            self.quiet();
            let cut = self.swarm.has(FaultKind::PowerCut);
            let crash = if self.swarm.has(FaultKind::CrashAt) && (!cut || draw::chance(self.rng, 50)) {
                let fault = self.crash_at(Choice::Follower.into());
                Some(self.script.inject(Duration::ZERO, fault))
            } else {
                None
            };
            let kind = self.swarm.taker(self.rng);
            let gone = self.hit_the_leader(kind, Shape::Isolate);
            if let Some(crash) = crash {
                let restart = draw::millis(self.rng, 0, 50);
                let back = self.script.lift_after(crash, restart);
                self.script.go_on_from(back);
            } else {
                for _ in 0..draw::between(self.rng, 1, 3) {
                    let condition =
                        if draw::chance(self.rng, 70) { Condition::Votes } else { Condition::becomes(Role::Candidate) };
                    let target = if draw::chance(self.rng, 20) { Choice::All } else { Choice::Trigger };
                    let dark = self.on(condition, Fault::PowerCut { target: target.into() });
                    let restart = draw::millis(self.rng, 0, 50);
                    self.script.lift(dark, restart);
                }
            }
            let hold = self.time(50, 400);
            self.script.lift(gone, hold);
        }
    }

    /// A crash at one of the next operations of a node's disk: the few that an election takes.
    pub(super) fn crash_at(&mut self, target: Target) -> Fault {
        let operations = [("", 3), ("rename", 2), ("fsync", 2), ("write", 1)];
        let operation = draw::weighted(self.rng, &operations).copied().unwrap_or_default().to_owned();
        let most = if operation.is_empty() { 10 } else { 3 };
        let nth = u32::try_from(draw::between(self.rng, 1, most)).unwrap_or(1);
        let moment = if draw::chance(self.rng, 50) { Moment::Before } else { Moment::After };
        let power_cut = self.swarm.has(FaultKind::PowerCut) && draw::chance(self.rng, 30);
        let quarter = u64::try_from(self.request.bound.as_millis() / 4).unwrap_or(u64::MAX);
        let within = Duration::from_millis(quarter.max(1500));
        Fault::CrashAt { target, part: None, learnt: false, operation, nth, moment, power_cut, within }
    }

    /// A minority is away while the others elect anew. Then the new leader goes and the minority comes back, with its old term,
    /// and no majority is possible without it. Finds nodes that cannot catch up with a newer term, or whose votes count for
    /// nothing because theirs is older.
    pub(super) fn shift_change(&mut self) {
        let restarts: Vec<FaultKind> =
            [FaultKind::Kill, FaultKind::Stop].into_iter().filter(|kind| self.swarm.has(*kind)).collect();
        let Some(&restart) = draw::pick(self.rng, &restarts).filter(|_| self.request.voters() > 2) else {
            return self.take_the_leader(false);
        };
        self.quiet();
        let kind = self.swarm.taker(self.rng);
        let away = self.fault(kind, Choice::Minority.into(), Shape::Isolate);
        let away = self.script.inject(Duration::ZERO, away);
        self.script.go_on_from(away);
        let bounced = self.hit_the_leader(restart, Shape::Isolate);
        let pause = draw::millis(self.rng, 0, 50);
        self.script.lift(bounced, pause);
        // Any leader: there are systems whose leader goes on in its term after a restart.
        self.script.expect(Duration::ZERO, Condition::Leader, self.request.patience());
        let kind = self.swarm.taker(self.rng);
        let gone = self.hit_the_leader(kind, Shape::Isolate);
        self.script.lift(away, Duration::ZERO);
        self.script.expect(Duration::ZERO, Condition::NewLeader { since: gone }, self.request.patience());
        let hold = self.time(50, 300);
        self.script.lift(gone, hold);
    }

    /// The leader keeps a link or two, too few to lead by, and the nodes at their other ends are needed for every majority there
    /// is. Of an odd number of nodes another is gone as well. Plain Raft elects around such a leader, PreVote alone may not,
    /// PreVote with CheckQuorum owes it. Finds leaders that stay though no majority hears them.
    pub(super) fn tether(&mut self) {
        let voters = self.request.voters();
        if voters < 4 || !self.swarm.has(FaultKind::Cut) {
            return self.take_the_leader(false);
        }
        self.quiet();
        let missing = (voters % 2 == 1).then(|| {
            let kind = self.swarm.taker(self.rng);
            let one = self.fault(kind, Choice::Follower.into(), Shape::Isolate);
            let one = self.script.inject(Duration::ZERO, one);
            self.script.go_on_from(one);
            one
        });
        let tethered = self.hit_the_leader(FaultKind::Cut, Shape::Tether);
        self.lift_when(Condition::NewLeader { since: tethered }, tethered);
        if let Some(missing) = missing {
            let hold = self.time(0, 200);
            self.script.lift(missing, hold);
        }
    }

    /// A node is away for some time, and comes back to a cluster that has done without it. This is the last act, so that the
    /// final phase sees what becomes of the node. Mostly the node is cut off, and so raises its term. That holds also in runs
    /// that draw no other cuts, since a node that was killed or paused comes back with nothing to dispute. Finds newcomers that
    /// unseat a healthy leader, leaders that do not hear of a newer term, candidates that never follow again, peers that are not
    /// asked again.
    pub(super) fn straggler(&mut self) {
        self.quiet();
        let taker = self.swarm.taker(self.rng);
        let cut = draw::chance(self.rng, 75) && self.swarm.cuts_allowed();
        let kind = if cut { FaultKind::Cut } else { taker };
        let away = self.fault(kind, Choice::Follower.into(), Shape::Isolate);
        let away = self.script.inject(Duration::ZERO, away);
        self.script.go_on_from(away);
        let hold = self.time(900, 1600);
        self.script.lift(away, hold);
    }

    /// Lifts a fault when the condition holds, or when it has not for so long that the cluster is convicted where it owes it. A
    /// lift whose condition is given up is done all the same. Not an expectation: see the module.
    fn lift_when(&mut self, condition: Condition, fault: StepId) {
        let when = When::On { condition, after: self.script.cursor(), timeout: self.request.patience() };
        let waited = self.script.add(when, Action::Lift(fault));
        self.script.go_on_from(waited);
    }
}
