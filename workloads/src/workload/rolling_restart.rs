//! Every node is stopped gently in its turn and started again, as an operator does it for an upgrade.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;

use super::{Parameter, Request, RequestError, Script, Workload};
use crate::condition::Condition;
use crate::coverage::Coverage;
use crate::draw;
use crate::fault::Fault;
use crate::target::Target;

/// How often it goes through the cluster when the user does not say.
const ROUNDS: u32 = 2;

/// Stop, start, wait for the leader, next node.
pub(super) struct RollingRestart;

impl Workload for RollingRestart {
    fn name(&self) -> &'static str {
        "rolling-restart"
    }

    fn about(&self) -> &'static str {
        "stops each node gently in its turn, starts it again and waits for a leader"
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[Parameter::Rounds]
    }

    fn nodes(&self) -> usize {
        3
    }

    fn duration(&self, request: &Request) -> Duration {
        let stops = u32::try_from(request.nodes.len()).unwrap_or(u32::MAX).saturating_mul(rounds(request));
        Duration::from_secs(2).saturating_add(request.patience()).saturating_mul(stops)
    }

    fn write(&self, request: &Request, rng: &mut ChaCha8Rng, script: &mut Script) -> Result<Coverage, RequestError> {
        script.expect(Duration::ZERO, Condition::Leader, request.patience());
        for _ in 0..rounds(request) {
            for node in &request.nodes {
                let stop = Fault::Stop { target: Target::Names(vec![node.clone()]) };
                let stopped = script.inject(draw::millis(rng, 200, 400), stop);
                script.go_on_from(stopped);
                script.lift(stopped, draw::millis(rng, 500, 1000));
                script.expect(draw::millis(rng, 300, 600), Condition::Leader, request.patience());
            }
        }
        let (expectations, faults) = script.counts();
        Ok(Coverage {
            leader_hits: 1,
            elections: 2,
            windows: faults,
            faults,
            expectations,
            cuts_proven: false,
            waits_in_vain: false,
        })
    }
}

fn rounds(request: &Request) -> u32 {
    request.parameters.rounds.unwrap_or(ROUNDS).min(1000)
}
