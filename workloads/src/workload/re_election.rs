//! The lab's second test: leaders are isolated or stopped one after the other, and then a majority.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;

use super::take::{one_leader, rejoin, take_away};
use super::{By, Parameter, Request, RequestError, Script, Workload};
use crate::condition::Condition;
use crate::coverage::Coverage;
use crate::draw;
use crate::target::Choice;

/// One leader L1; L1 away: one leader; L1 back: one leader L2; L2 and so many others away that no majority is left
/// (of three nodes: one other): 2 s later no leader; the others back: one leader; L2 back: one leader.
pub(super) struct ReElection;

impl Workload for ReElection {
    fn name(&self) -> &'static str {
        "re-election"
    }

    fn about(&self) -> &'static str {
        "the leader is isolated or stopped and comes back, then a majority (MIT lab 2A)"
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[Parameter::By]
    }

    fn nodes(&self) -> usize {
        3
    }

    fn least_nodes(&self) -> usize {
        3
    }

    fn duration(&self, request: &Request) -> Duration {
        request.lab().saturating_mul(8).saturating_add(Duration::from_secs(10))
    }

    fn write(&self, request: &Request, rng: &mut ChaCha8Rng, script: &mut Script) -> Result<Coverage, RequestError> {
        one_leader(request, rng, script);
        let first = script.inject_on(Condition::Leader, request.lab(), take_away(request.by(), Choice::Leader));
        one_leader(request, rng, script);
        rejoin(first, script);
        // Some systems take a while to notice that they no longer lead, and a node that still claims to would be hit below.
        script.expect(draw::millis(rng, 450, 549), Condition::OnlyLeader, request.lab());

        // Of n nodes, ⌈n/2⌉ must be away for no majority to be left; the leader is one of them. The first other goes at
        // the same instant: on a busy machine a kill takes a while to be confirmed, and the two left over could elect.
        let second = script.inject(Duration::ZERO, take_away(request.by(), Choice::Leader));
        let others: Vec<_> = (1..request.nodes.len().div_ceil(2))
            .map(|_| {
                let other = script.inject(Duration::ZERO, take_away(request.by(), Choice::Follower));
                script.go_on_from(other);
                other
            })
            .collect();
        let since = others.last().copied().unwrap_or(second);
        script.expect(Duration::from_secs(2), Condition::NoLeader, Duration::from_millis(500));
        script.expect(Duration::ZERO, Condition::NoNewLeader { since }, Duration::from_millis(500));

        for other in others {
            rejoin(other, script);
        }
        one_leader(request, rng, script);
        rejoin(second, script);
        one_leader(request, rng, script);

        let (expectations, faults) = script.counts();
        let cuts_proven = request.by() == By::Cut;
        Ok(Coverage {
            leader_hits: 2,
            elections: 3,
            windows: 4,
            faults,
            expectations,
            cuts_proven,
            waits_in_vain: false,
        })
    }
}
