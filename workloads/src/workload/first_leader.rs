//! The first leader that a cluster ever has is isolated or stopped at once: before anything has settled, and often before its first entry has
//! reached a node.
//!
//! A cluster that was just started is in a state that it is never in again. Logs are empty, members have not heard of each other,
//! and what a leader does first, such as writing down who the members are, is half done. Every other workload waits until that is
//! over.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;

use super::take::{rejoin, take_away};
use super::{By, Parameter, Request, RequestError, Script, Workload};
use crate::condition::Condition;
use crate::coverage::Coverage;
use crate::draw;
use crate::target::Choice;

/// The first leader is isolated or stopped; another one; it comes back; one leader.
pub(super) struct FirstLeader;

impl Workload for FirstLeader {
    fn name(&self) -> &'static str {
        "first-leader"
    }

    fn about(&self) -> &'static str {
        "the first leader is isolated or stopped within milliseconds, before anything has settled"
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

    fn at_once(&self) -> bool {
        true
    }

    fn duration(&self, request: &Request) -> Duration {
        request.patience().saturating_mul(3).saturating_add(Duration::from_secs(5))
    }

    fn write(&self, request: &Request, rng: &mut ChaCha8Rng, script: &mut Script) -> Result<Coverage, RequestError> {
        let gone = script.inject_on(Condition::Leads, request.patience(), take_away(request.by(), Choice::Trigger));
        script.expect(Duration::ZERO, Condition::NewLeader { since: gone }, request.patience());
        script.expect(draw::millis(rng, 200, 500), Condition::Leader, request.patience());
        rejoin(gone, script);
        script.expect(draw::millis(rng, 200, 500), Condition::Leader, request.patience());
        // Whether there was another leader is for the checkers to say, and not what makes the run worth something.
        Ok(Coverage {
            leader_hits: 1,
            elections: 1,
            windows: 1,
            faults: 1,
            expectations: 1,
            cuts_proven: request.by() == By::Cut,
            waits_in_vain: false,
        })
    }
}
