//! The leader is killed, another is elected, the dead node comes back; again and again.
//!
//! The plainest measure of an election. Each round is one sample of the time without a leader after a crash. The pause before the
//! kill is drawn anew so that the crash falls anywhere in the heartbeat interval.
//!
//! Samples are what this workload is for, and nearly all of a round is waiting. Five nodes elect with two of them dead. So there
//! the next crash need not wait until the dead node is back in its place: a round is little more than an election. In a smaller
//! cluster a second dead node would take the majority away, and the round leaves it time to come back.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;

use super::{Parameter, Request, RequestError, Script, Workload};
use crate::condition::Condition;
use crate::coverage::Coverage;
use crate::draw;
use crate::fault::Fault;
use crate::target::Choice;

/// How a round passes its time, milliseconds.
struct Pace {
    /// From the new leader to the next crash.
    pause: (u64, u64),
    /// From the new leader to the dead node's return.
    dead: (u64, u64),
    /// What a round takes an honest cluster, about, on a machine that is slow.
    round: Duration,
}

impl Pace {
    fn of(request: &Request) -> Self {
        if request.voters() < 5 {
            Self { pause: (300, 600), dead: (100, 500), round: Duration::from_secs(2) }
        } else {
            Self { pause: (20, 70), dead: (1, 10), round: Duration::from_millis(600) }
        }
    }
}

/// Kill the leader, wait for the next, start the dead one again.
pub(super) struct LeaderCrash;

impl Workload for LeaderCrash {
    fn name(&self) -> &'static str {
        "leader-crash"
    }

    fn about(&self) -> &'static str {
        "kills the leader, waits for the next, starts the dead one again, repeats"
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[Parameter::Rounds]
    }

    fn nodes(&self) -> usize {
        5
    }

    fn least_nodes(&self) -> usize {
        3
    }

    fn duration(&self, request: &Request) -> Duration {
        match request.parameters.rounds {
            // Enough for rounds that wait in vain, so that it is the rounds that end the run.
            Some(rounds) => Pace::of(request).round.saturating_add(request.patience()).saturating_mul(rounds),
            None => Duration::from_secs(30),
        }
    }

    fn write(&self, request: &Request, rng: &mut ChaCha8Rng, script: &mut Script) -> Result<Coverage, RequestError> {
        let pace = Pace::of(request);
        let fit = u32::try_from(script.duration().as_millis() / pace.round.as_millis()).unwrap_or(u32::MAX);
        let rounds = request.parameters.rounds.unwrap_or(fit).clamp(1, 10_000);
        script.expect(Duration::ZERO, Condition::Leader, request.patience());
        for _ in 0..rounds {
            script.expect(draw::millis(rng, pace.pause.0, pace.pause.1), Condition::Leader, request.patience());
            let kill = Fault::Kill { target: Choice::Leader.into(), forever: false };
            let crash = script.inject_on(Condition::Leader, request.patience(), kill);
            script.expect(Duration::ZERO, Condition::NewLeader { since: crash }, request.patience());
            script.lift(crash, draw::millis(rng, pace.dead.0, pace.dead.1));
        }
        script.expect(draw::millis(rng, 300, 600), Condition::Leader, request.patience());
        // Half of what is planned: on a slow machine the duration may end the run before the last round.
        let half = rounds.div_ceil(2).min(if rounds > 1 { rounds - 1 } else { 1 });
        // And of a slow system, no more than it does if each election takes it a fifth of the bound.
        let slow = 5 * script.duration().as_millis() / request.bound.as_millis().max(1);
        let half = match request.parameters.rounds {
            None => half.min(u32::try_from(slow).unwrap_or(u32::MAX).max(1)),
            Some(_) => half,
        };
        Ok(Coverage {
            leader_hits: half,
            elections: half + 1,
            windows: half,
            faults: half,
            expectations: half * 2,
            cuts_proven: false,
            waits_in_vain: false,
        })
    }
}
