//! Taking nodes away and the lab's common steps (MIT 6.824 and 6.5840, parts 2A and 3A).
//!
//! In the lab a "disconnected" server keeps running and raises its term. Real processes can be isolated or stopped in three ways,
//! and each finds other bugs. A cut node inflates terms, a paused one wakes up with an old view of the world, and a killed one
//! forgets what it did not write down. A refused connection answers at once; a paused peer swallows.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;

use super::{By, Request, Script};
use crate::condition::Condition;
use crate::draw;
use crate::fault::Fault;
use crate::schedule::StepId;
use crate::shape::Shape;
use crate::target::Target;

/// After a node came back or went away, what the others should have learnt is seen after this time.
const SETTLED: Duration = Duration::from_millis(100);

/// The fault that takes these nodes away.
pub(super) fn take_away(by: By, target: impl Into<Target>) -> Fault {
    let target = target.into();
    match by {
        By::Cut => Fault::Cut { shape: Shape::Isolate, target },
        By::Pause => Fault::Pause { target },
        By::Kill => Fault::Kill { target, forever: false },
    }
}

/// The lab's *one leader*: sleep 450 to 549 ms, then ask until there is one, for about five seconds.
pub(super) fn one_leader(request: &Request, rng: &mut ChaCha8Rng, script: &mut Script) -> StepId {
    script.expect(draw::millis(rng, 450, 549), Condition::Leader, request.lab())
}

/// Brings a node back, once what the wait before it saw has reached everyone.
pub(super) fn rejoin(fault: StepId, script: &mut Script) -> StepId {
    script.lift(fault, SETTLED)
}
