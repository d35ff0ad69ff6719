//! The beginning of one schedule, then the end of another.

use std::collections::BTreeSet;

use rand_chacha::ChaCha8Rng;

use crate::condition::Condition;
use crate::draw;
use crate::schedule::{Action, Schedule, Step, StepId, When};
use crate::shrink::{faults, without};

/// The first faults of one schedule with all that hangs on them, and after these the last ones of another.
pub(super) fn spliced(first: &Schedule, second: &Schedule, rng: &mut ChaCha8Rng) -> Option<Schedule> {
    let head = part(first, rng, |place, kept| place < kept)?;
    let tail = part(second, rng, |place, kept| place >= kept)?;
    let last = head.steps.last()?.id;
    let offset = head.steps.iter().map(|step| step.id).max()?;
    let mut steps = head.steps.clone();
    for step in &tail.steps {
        steps.push(after(step, offset, last)?);
    }
    Some(Schedule { steps, duration: first.duration.max(second.duration), ..first.clone() })
}

/// What is left of a schedule when some of its faults go. One of one is kept.
fn part(schedule: &Schedule, rng: &mut ChaCha8Rng, keeps: impl Fn(usize, usize) -> bool) -> Option<Schedule> {
    let all = faults(schedule);
    if all.len() < 2 {
        return Some(schedule.clone());
    }
    let kept = usize::try_from(draw::between(rng, 1, all.len() as u64 - 1)).ok()?;
    let goes = |(place, id): (usize, &StepId)| (!keeps(place, kept)).then_some(*id);
    let dropped: BTreeSet<StepId> = all.iter().enumerate().filter_map(goes).collect();
    without(schedule, &dropped)
}

/// A step with a number that is higher by `offset`, as all that it refers to; what it begins with follows `last`.
fn after(step: &Step, offset: StepId, last: StepId) -> Option<Step> {
    let moved = |id: StepId| id.checked_add(offset);
    let asked = |condition: &Condition| {
        Some(match condition {
            Condition::NewLeader { since } => Condition::NewLeader { since: moved(*since)? },
            Condition::NoNewLeader { since } => Condition::NoNewLeader { since: moved(*since)? },
            other => other.clone(),
        })
    };
    let when = match &step.when {
        When::At(time) => When::After { step: last, delay: *time },
        When::After { step, delay } => When::After { step: moved(*step)?, delay: *delay },
        When::On { condition, after, timeout } => {
            let after = Some(after.map_or(Some(last), moved)?);
            When::On { condition: asked(condition)?, after, timeout: *timeout }
        }
    };
    let action = match &step.action {
        Action::Lift(fault) => Action::Lift(moved(*fault)?),
        Action::Expect { condition, within } => Action::Expect { condition: asked(condition)?, within: *within },
        other => other.clone(),
    };
    let only_with = match step.only_with {
        Some(point) => Some(moved(point)?),
        None => None,
    };
    Some(Step { id: moved(step.id)?, when, only_with, action })
}
