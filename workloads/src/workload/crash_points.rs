//! Crashes at every operation that an election makes on a disk, one after the other.
//!
//! A kill that is drawn by the clock falls between two writes once in a hundred runs. Here each kill is placed: first before the
//! first operation that a node makes on its disk when an election begins, then before the second, and so on, and then after
//! each. How many operations there are is learnt by the way: a crash point that is not reached within its time is
//! skipped, and says so. A follower that crashes was candidate or voter; the old leader crashes when it learns of the new term.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;

use super::{Parameter, Request, RequestError, Script, Workload};
use crate::condition::Condition;
use crate::coverage::Coverage;
use crate::draw;
use crate::fault::{Fault, Moment};
use crate::target::Choice;

/// How many operations are cut at where nobody says. A save of term and vote takes five or six.
const OPERATIONS: u32 = 12;

/// What one crash point takes, about.
const POINT: Duration = Duration::from_millis(3000);

/// Crashes at each operation in turn.
pub(super) struct CrashPoints;

impl CrashPoints {
    fn operations(request: &Request) -> u32 {
        request.parameters.rounds.unwrap_or(OPERATIONS).clamp(1, 1000)
    }

    /// For how long an operation is waited for: an election is over by then.
    fn within(request: &Request) -> Duration {
        let third = u64::try_from(request.bound.as_millis() / 3).unwrap_or(u64::MAX);
        Duration::from_millis(third.max(1000))
    }
}

impl Workload for CrashPoints {
    fn name(&self) -> &'static str {
        "crash-points"
    }

    fn about(&self) -> &'static str {
        "crashes a node before and after each operation that an election makes on its disk"
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[Parameter::Rounds]
    }

    fn nodes(&self) -> usize {
        3
    }

    fn least_nodes(&self) -> usize {
        3
    }

    fn duration(&self, request: &Request) -> Duration {
        let points = 3 * Self::operations(request);
        (POINT + Self::within(request)).saturating_mul(points)
    }

    fn write(&self, request: &Request, rng: &mut ChaCha8Rng, script: &mut Script) -> Result<Coverage, RequestError> {
        if !request.capabilities.disks {
            return Err(RequestError::NoDisks { given: self.name().to_owned() });
        }
        let operations = Self::operations(request);
        for nth in 1..=operations {
            for moment in [Moment::Before, Moment::After] {
                follower(request, nth, moment, rng, script);
            }
            leader(request, nth, rng, script);
        }
        script.expect(Duration::from_millis(300), Condition::Leader, request.patience());
        Ok(Coverage {
            leader_hits: operations,
            elections: operations.min(3) + 1,
            windows: 1,
            // Each round takes two leaders away, whether a crash point is reached or not.
            faults: operations + operations.min(3),
            expectations: operations,
            cuts_proven: false,
        })
    }
}

fn crash(request: &Request, target: Choice, nth: u32, moment: Moment) -> Fault {
    let (target, within) = (target.into(), CrashPoints::within(request));
    Fault::CrashAt { target, operation: String::new(), nth, moment, power_cut: false, within }
}

/// The leader is killed, and one of those who elect the next crashes.
fn follower(request: &Request, nth: u32, moment: Moment, rng: &mut ChaCha8Rng, script: &mut Script) {
    script.expect(draw::millis(rng, 80, 160), Condition::Leader, request.patience());
    let point = script.inject(Duration::ZERO, crash(request, Choice::Follower, nth, moment));
    let kill = Fault::Kill { target: Choice::Leader.into(), forever: false };
    let gone = script.inject(Duration::from_millis(20), kill);
    let back = script.lift_after(point, draw::millis(rng, 10, 40));
    script.go_on_from(back);
    script.lift(gone, Duration::ZERO);
}

/// The leader is paused until there is another, and crashes when it learns of that.
fn leader(request: &Request, nth: u32, rng: &mut ChaCha8Rng, script: &mut Script) {
    script.expect(draw::millis(rng, 80, 160), Condition::Leader, request.patience());
    let point = script.inject(Duration::ZERO, crash(request, Choice::Leader, nth, Moment::Before));
    let paused = script.inject(Duration::from_millis(20), Fault::Pause { target: Choice::Leader.into() });
    script.go_on_from(paused);
    script.expect(Duration::ZERO, Condition::NewLeader { since: paused }, request.patience());
    script.lift(paused, draw::millis(rng, 0, 30));
    let back = script.lift_after(point, draw::millis(rng, 10, 40));
    script.go_on_from(back);
}
