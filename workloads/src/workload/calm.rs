//! No faults at all: the ground against which everything else is seen.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;

use super::{Request, RequestError, Script, Workload};
use crate::condition::Condition;
use crate::coverage::Coverage;
use crate::schedule::{Action, When};

/// Nothing is done; a leader is expected at the beginning, and terms that agree towards the end.
pub(super) struct Calm;

impl Workload for Calm {
    fn name(&self) -> &'static str {
        "calm"
    }

    fn about(&self) -> &'static str {
        "no faults: an idle cluster should elect once and stay"
    }

    fn nodes(&self) -> usize {
        3
    }

    fn duration(&self, _: &Request) -> Duration {
        Duration::from_secs(10)
    }

    fn write(&self, request: &Request, _: &mut ChaCha8Rng, script: &mut Script) -> Result<Coverage, RequestError> {
        let duration = script.duration();
        script.expect(Duration::ZERO, Condition::Leader, request.patience());
        // Before the very end, for the phase may end on time and not wait for the answer.
        let late = When::At(duration - duration / 10);
        script.add(late, Action::Expect { condition: Condition::TermsAgree, within: duration / 20 });
        Ok(Coverage { elections: 1, windows: 1, expectations: 2, ..Coverage::default() })
    }
}
