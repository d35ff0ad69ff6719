//! A candidate is isolated when it has won the pre-vote and before it can win the vote.
//!
//! The voters have answered and are in no new term yet; the candidate is in one, alone, and the leader before it returns. It
//! needs links that take some time (`--link-delay 20ms`): without, the vote is won before anything can be cut.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;

use super::{Request, RequestError, Script, Workload};
use crate::condition::Condition;
use crate::coverage::Coverage;
use crate::draw;
use crate::fault::Fault;
use crate::role::Role;
use crate::shape::Shape;
use crate::target::Choice;

/// The leader is paused; who campaigns is isolated; the leader continues; the candidate comes back: one leader.
pub(super) struct CutAfterPrevote;

impl Workload for CutAfterPrevote {
    fn name(&self) -> &'static str {
        "cut-after-prevote"
    }

    fn about(&self) -> &'static str {
        "the leader is paused, whoever becomes candidate is isolated at that moment, and both come back"
    }

    fn nodes(&self) -> usize {
        5
    }

    fn least_nodes(&self) -> usize {
        3
    }

    fn cuts(&self, _: &Request) -> bool {
        true
    }

    fn duration(&self, request: &Request) -> Duration {
        request.patience().saturating_mul(5).saturating_add(Duration::from_secs(5))
    }

    fn write(&self, request: &Request, rng: &mut ChaCha8Rng, script: &mut Script) -> Result<Coverage, RequestError> {
        script.expect(Duration::ZERO, Condition::Leader, request.patience());
        script.expect(draw::millis(rng, 200, 500), Condition::Leader, request.patience());
        let pause = Fault::Pause { target: Choice::Leader.into() };
        let paused = script.inject_on(Condition::Leader, request.patience(), pause);
        let cut = Fault::Cut { shape: Shape::Isolate, target: Choice::Trigger.into() };
        let cut = script.inject_on(Condition::becomes(Role::Candidate), request.patience(), cut);
        script.lift(paused, draw::millis(rng, 50, 150));
        script.expect(draw::millis(rng, 500, 1500), Condition::Leader, request.patience());
        script.lift(cut, draw::millis(rng, 300, 600));
        script.expect(draw::millis(rng, 500, 1500), Condition::Leader, request.patience());
        let (expectations, faults) = script.counts();
        Ok(Coverage {
            leader_hits: 1,
            elections: 1,
            windows: 1,
            faults,
            expectations,
            cuts_proven: true,
            ..Coverage::default()
        })
    }
}
