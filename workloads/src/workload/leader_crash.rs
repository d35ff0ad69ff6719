//! The leader is killed, another is elected, the dead node comes back; again and again.
//!
//! The plainest measure of an election: each round is one sample of the time without a leader after a crash, and
//! the pause before the kill is drawn anew so that the crash falls anywhere in the heartbeat interval.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;

use super::{Parameter, Request, RequestError, Script, Workload};
use crate::condition::Condition;
use crate::coverage::Coverage;
use crate::draw;
use crate::fault::Fault;
use crate::target::Choice;

/// What a round takes an honest cluster, about.
const ROUND: Duration = Duration::from_secs(2);

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
            Some(rounds) => ROUND.saturating_add(request.patience()).saturating_mul(rounds),
            None => Duration::from_secs(30),
        }
    }

    fn write(&self, request: &Request, rng: &mut ChaCha8Rng, script: &mut Script) -> Result<Coverage, RequestError> {
        let fit = u32::try_from(script.duration().as_millis() / ROUND.as_millis()).unwrap_or(u32::MAX);
        let rounds = request.parameters.rounds.unwrap_or(fit).clamp(1, 10_000);
        script.expect(Duration::ZERO, Condition::Leader, request.patience());
        for _ in 0..rounds {
            script.expect(draw::millis(rng, 300, 600), Condition::Leader, request.patience());
            let kill = Fault::Kill { target: Choice::Leader.into(), forever: false };
            let crash = script.inject_on(Condition::Leader, request.patience(), kill);
            script.expect(Duration::ZERO, Condition::NewLeader { since: crash }, request.patience());
            script.lift(crash, draw::millis(rng, 100, 500));
        }
        script.expect(draw::millis(rng, 300, 600), Condition::Leader, request.patience());
        // Half of what is planned: on a slow machine the duration may end the run before the last round.
        let half = rounds.div_ceil(2).min(if rounds > 1 { rounds - 1 } else { 1 });
        Ok(Coverage {
            leader_hits: half,
            elections: half + 1,
            windows: half,
            faults: half,
            expectations: half * 2,
            cuts_proven: false,
        })
    }
}
