//! A node comes back whose term lags behind, at a time when no majority is possible without it.
//!
//! With PreVote, a node that asks does not raise its term. So its term, the voter's and that of the request are three
//! numbers, and implementations confused them (etcd#8243, rabbitmq/ra#439): a node that is behind was neither brought up to date nor
//! counted. It shows only when the others cannot elect without it.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;

use super::{Request, RequestError, Script, Workload};
use crate::condition::Condition;
use crate::coverage::Coverage;
use crate::draw;
use crate::fault::Fault;
use crate::target::Choice;

/// A follower dies; the others elect anew; leaders die until no majority is left; the follower comes back: one leader.
pub(super) struct PreVoteLag;

impl Workload for PreVoteLag {
    fn name(&self) -> &'static str {
        "pre-vote-lag"
    }

    fn about(&self) -> &'static str {
        "a follower dies, the others elect anew, and then no majority is possible without it and its old term"
    }

    fn nodes(&self) -> usize {
        5
    }

    fn least_nodes(&self) -> usize {
        3
    }

    fn duration(&self, request: &Request) -> Duration {
        let waits = u32::try_from(request.nodes.len()).unwrap_or(u32::MAX).saturating_add(3);
        request.patience().saturating_mul(waits).saturating_add(Duration::from_secs(5))
    }

    fn write(&self, request: &Request, rng: &mut ChaCha8Rng, script: &mut Script) -> Result<Coverage, RequestError> {
        let kill = |choice: Choice| Fault::Kill { target: choice.into(), forever: false };
        let nodes = request.nodes.len();
        // So many may be down while the others still elect.
        let spare = nodes - (nodes / 2 + 1);
        script.expect(Duration::ZERO, Condition::Leader, request.patience());
        script.expect(draw::millis(rng, 200, 400), Condition::Leader, request.patience());
        let behind = script.inject(Duration::ZERO, kill(Choice::Follower));
        script.go_on_from(behind);
        let mut gone = Vec::new();
        for _ in 1..spare {
            script.expect(draw::millis(rng, 200, 400), Condition::Leader, request.patience());
            let leader = script.inject_on(Condition::Leader, request.patience(), kill(Choice::Leader));
            script.expect(Duration::ZERO, Condition::NewLeader { since: leader }, request.patience());
            gone.push(leader);
        }
        if gone.is_empty() {
            // No leader can be spared: it is back at once.
            script.expect(draw::millis(rng, 200, 400), Condition::Leader, request.patience());
            let bounced = script.inject_on(Condition::Leader, request.patience(), kill(Choice::Leader));
            script.lift(bounced, draw::millis(rng, 0, 30));
            script.expect(Duration::ZERO, Condition::Leader, request.patience());
        }
        script.expect(draw::millis(rng, 200, 400), Condition::Leader, request.patience());
        gone.push(script.inject_on(Condition::Leader, request.patience(), kill(Choice::Leader)));
        // Those that are left ask in vain meanwhile.
        script.lift(behind, draw::millis(rng, 1000, 2000));
        script.expect(Duration::ZERO, Condition::Leader, request.patience());
        for leader in gone {
            script.lift(leader, draw::millis(rng, 50, 200));
        }
        script.expect(draw::millis(rng, 200, 400), Condition::Leader, request.patience());
        let (expectations, faults) = script.counts();
        Ok(Coverage { leader_hits: 2, elections: 2, windows: 1, faults, expectations, ..Coverage::default() })
    }
}
