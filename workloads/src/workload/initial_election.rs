//! The lab's first test: a cluster that has just been started elects one leader and keeps it.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;

use super::take::one_leader;
use super::{Parameter, Request, RequestError, Script, Workload};
use crate::condition::Condition;
use crate::coverage::Coverage;

/// One leader; 50 ms later terms agree; 2 s later still one leader.
pub(super) struct InitialElection;

impl Workload for InitialElection {
    fn name(&self) -> &'static str {
        "initial-election"
    }

    fn about(&self) -> &'static str {
        "no faults: one leader, terms agree, still one leader two seconds later (MIT lab 2A)"
    }

    /// `by` is taken so that the lab's three tests can be asked for alike; here no node is isolated or stopped.
    fn parameters(&self) -> &'static [Parameter] {
        &[Parameter::By]
    }

    fn cuts(&self, _request: &Request) -> bool {
        false
    }

    fn nodes(&self) -> usize {
        3
    }

    fn duration(&self, request: &Request) -> Duration {
        request.lab().saturating_mul(2).saturating_add(Duration::from_secs(5))
    }

    fn write(&self, request: &Request, rng: &mut ChaCha8Rng, script: &mut Script) -> Result<Coverage, RequestError> {
        one_leader(request, rng, script);
        // The lab asks once. A busy machine may need another heartbeat to carry the term to the last node.
        script.expect(Duration::from_millis(50), Condition::TermsAgree, Duration::from_secs(1));
        script.expect(Duration::from_secs(2), Condition::Leader, request.lab());
        let (expectations, _) = script.counts();
        Ok(Coverage { elections: 1, windows: 1, expectations, ..Coverage::default() })
    }
}
