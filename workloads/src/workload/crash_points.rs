//! Crashes at every operation that an election makes on a disk, one after the other.
//!
//! A kill that is drawn by the clock falls between two writes once in a hundred runs. Here each kill is placed. First the
//! operations are learnt, from two elections: a leader is paused, the others elect, it hears of that. There are three lists: what
//! the node that campaigned and won does on its disk, what a voter does, and what the old leader does. Each has usually under
//! twenty operations. Then each of them is cut at in its turn, before it and after it, in an election of its own. A schedule is
//! drawn before anything is learnt. So it has room for [`OPERATIONS`] of each part, and what goes beyond the lists is left out.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;

use super::{Parameter, Request, RequestError, Script, Workload};
use crate::condition::Condition;
use crate::coverage::Coverage;
use crate::draw;
use crate::fault::{Fault, FaultKind, Moment, Part};
use crate::schedule::StepId;
use crate::target::Choice;

/// At how many operations of each part it is cut by default.
const OPERATIONS: u32 = 20;

/// From so many elections is learnt: where one of them had to vote twice, the other counts.
const LESSONS: u32 = 2;

/// Before an election is learnt from, nothing happens for so long: what nodes do on their disks then they do anyway. The first half
/// second is listened to.
const LULL: Duration = Duration::from_millis(600);

/// What one crash point takes, about.
const POINT: Duration = Duration::from_millis(2000);

/// Crashes at each operation in turn.
pub(super) struct CrashPoints;

impl CrashPoints {
    fn operations(request: &Request) -> u32 {
        request.parameters.rounds.unwrap_or(OPERATIONS).clamp(1, 1000)
    }

    /// For how long an operation is waited for: an election is over by then.
    fn within(request: &Request) -> Duration {
        let half = u64::try_from(request.bound.as_millis() / 2).unwrap_or(u64::MAX);
        Duration::from_millis(half.max(1000))
    }

    /// Whether a crash takes the power away as well.
    fn cuts_power(request: &Request) -> Result<bool, RequestError> {
        let word = FaultKind::PowerCut.word();
        let mut cuts = false;
        for given in &request.parameters.faults {
            let (name, adds) = match given.strip_prefix('-') {
                Some(name) => (name, false),
                None => (given.strip_prefix('+').unwrap_or(given), true),
            };
            if name != word {
                return Err(RequestError::UnknownFault { given: name.to_owned(), known: word.to_owned() });
            }
            cuts = adds;
        }
        Ok(cuts)
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
        &[Parameter::Faults, Parameter::Rounds]
    }

    fn nodes(&self) -> usize {
        3
    }

    fn least_nodes(&self) -> usize {
        3
    }

    fn duration(&self, request: &Request) -> Duration {
        let points = LESSONS + 6 * Self::operations(request);
        (POINT + Self::within(request)).saturating_mul(points)
    }

    fn write(&self, request: &Request, rng: &mut ChaCha8Rng, script: &mut Script) -> Result<Coverage, RequestError> {
        if !request.capabilities.disks {
            return Err(RequestError::NoDisks { given: self.name().to_owned() });
        }
        let power_cut = Self::cuts_power(request)?;
        for _ in 0..LESSONS {
            lesson(request, rng, script);
        }
        // Of each part the point before this one: if the list is over there, it is over here.
        let mut last = Part::ALL.map(|part| (part, None));
        for nth in 1..=Self::operations(request) {
            for moment in [Moment::Before, Moment::After] {
                for (part, before) in &mut last {
                    script.only_with(*before);
                    let crash = crash(request, (*part, nth), moment, power_cut);
                    *before = Some(point(request, crash, *part, rng, script));
                }
            }
        }
        script.only_with(None);
        script.expect(Duration::from_millis(300), Condition::Leader, request.patience());
        // What every system does: one operation of a candidate and one of a voter, cut at before and after.
        Ok(Coverage {
            leader_hits: LESSONS + 2,
            elections: LESSONS + 2,
            windows: 1,
            faults: LESSONS + 4,
            expectations: 2 * LESSONS + 2,
            cuts_proven: false,
            waits_in_vain: false,
        })
    }
}

fn crash(request: &Request, (part, nth): (Part, u32), moment: Moment, power_cut: bool) -> Fault {
    let target = if part == Part::Leader { Choice::Leader } else { Choice::Followers }.into();
    let within = CrashPoints::within(request);
    Fault::CrashAt { target, part: Some(part), learnt: true, operation: String::new(), nth, moment, power_cut, within }
}

/// What nodes do on their disks when a leader is lost and comes back.
fn lesson(request: &Request, rng: &mut ChaCha8Rng, script: &mut Script) {
    script.expect(draw::millis(rng, 200, 300), Condition::Leader, request.patience());
    let learnt = script.learn(Duration::ZERO, request.patience().saturating_mul(2));
    depose(request, LULL, rng, script);
    script.go_on_from(learnt);
}

/// One crash point, in an election that is brought about for it. Answers the step of the crash.
fn point(request: &Request, crash: Fault, part: Part, rng: &mut ChaCha8Rng, script: &mut Script) -> StepId {
    script.expect(draw::millis(rng, 80, 160), Condition::Leader, request.patience());
    let point = script.inject(Duration::ZERO, crash);
    script.only_with(Some(point));
    if part == Part::Leader {
        depose(request, Duration::from_millis(20), rng, script);
        let back = script.lift_after(point, draw::millis(rng, 10, 40));
        script.go_on_from(back);
    } else {
        let kill = Fault::Kill { target: Choice::Leader.into(), forever: false };
        let gone = script.inject(Duration::from_millis(20), kill);
        let back = script.lift_after(point, draw::millis(rng, 10, 40));
        script.go_on_from(back);
        script.lift(gone, Duration::ZERO);
    }
    point
}

/// The leader is paused until there is another, and goes on when it has to hear of that.
fn depose(request: &Request, delay: Duration, rng: &mut ChaCha8Rng, script: &mut Script) {
    let paused = script.inject(delay, Fault::Pause { target: Choice::Leader.into() });
    script.go_on_from(paused);
    script.expect(Duration::ZERO, Condition::NewLeader { since: paused }, request.patience());
    script.lift(paused, draw::millis(rng, 0, 30));
}
