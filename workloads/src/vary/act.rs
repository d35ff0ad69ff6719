//! Small changes: each answers the schedule with one thing changed, or nothing where there is nothing to change.

use std::collections::BTreeSet;
use std::time::Duration;

use rand_chacha::ChaCha8Rng;

use super::injects;
use crate::condition::Condition;
use crate::draw;
use crate::fault::Fault;
use crate::schedule::{Action, Schedule, Step, StepId, When};
use crate::shrink::{faults, without};
use crate::target::{Choice, Target};

/// A time that is drawn anew is at most so long, in milliseconds.
const SOON: u64 = 800;

/// A fault that is added is in force for so long, in milliseconds.
const HELD: (u64, u64) = (50, 1200);

/// A fault or a lift with another moment.
pub(super) fn moved(schedule: &Schedule, rng: &mut ChaCha8Rng) -> Option<Schedule> {
    let timed = |step: &Step| {
        let acts = injects(&step.action) || matches!(step.action, Action::Lift(_));
        acts && !matches!(step.when, When::On { .. })
    };
    change(schedule, rng, timed, |step, rng| {
        let anew = draw::millis(rng, 0, SOON);
        let drawn = draw::below(rng, 4);
        let other = |time: Duration| match drawn {
            0 => Duration::ZERO,
            1 => time / 2,
            2 => time.saturating_mul(2),
            _ => anew,
        };
        match &mut step.when {
            When::At(time) => *time = other(*time).min(schedule.duration),
            When::After { delay, .. } => *delay = other(*delay),
            When::On { .. } => return None,
        }
        Some(())
    })
}

/// A fault waits for what one of the donor's waits for.
pub(super) fn triggered(schedule: &Schedule, donor: &Schedule, rng: &mut ChaCha8Rng) -> Option<Schedule> {
    let waits: Vec<(Condition, Duration)> = donor.steps.iter().filter_map(free_wait).collect();
    let (condition, timeout) = draw::pick(rng, &waits)?.clone();
    let timed = |step: &Step| injects(&step.action) && !matches!(step.when, When::On { .. });
    change(schedule, rng, timed, |step, _| {
        let after = match step.when {
            When::After { step, .. } => Some(step),
            _ => None,
        };
        step.when = When::On { condition, after, timeout };
        Some(())
    })
}

/// A fault is aimed at the target of one of the donor's.
pub(super) fn aimed(schedule: &Schedule, donor: &Schedule, rng: &mut ChaCha8Rng) -> Option<Schedule> {
    let choices: Vec<Target> = donor.steps.iter().filter_map(chosen).cloned().collect();
    let target = draw::pick(rng, &choices)?.clone();
    change(
        schedule,
        rng,
        |step| chosen(step).is_some(),
        |step, _| {
            let Action::Inject(fault) = &mut step.action else { return None };
            *fault.target_mut()? = target;
            Some(())
        },
    )
}

/// One of the donor's faults in the place of one of its own, which keeps its moment and its target.
pub(super) fn replaced(schedule: &Schedule, donor: &Schedule, rng: &mut ChaCha8Rng) -> Option<Schedule> {
    let new = draw::pick(rng, &free_faults(donor))?.0.clone();
    change(
        schedule,
        rng,
        |step| free_fault(step).is_some(),
        |step, _| {
            let Action::Inject(fault) = &mut step.action else { return None };
            let mut new = new;
            if let Some(target) = new.target_mut() {
                match fault.target() {
                    Some(old) => target.clone_from(old),
                    None if *target == Target::Choice(Choice::Trigger) => *target = Choice::One.into(),
                    None => {}
                }
            }
            *fault = new;
            Some(())
        },
    )
}

/// One of the donor's faults more, after one of the steps, and lifted again.
pub(super) fn added(schedule: &Schedule, donor: &Schedule, rng: &mut ChaCha8Rng) -> Option<Schedule> {
    let (mut fault, wait) = draw::pick(rng, &free_faults(donor))?.clone();
    let anchor = draw::pick(rng, &schedule.steps).map(|step| step.id);
    let delay = draw::millis(rng, 0, SOON);
    let aimed_at_trigger = fault.target() == Some(&Target::Choice(Choice::Trigger));
    let when = match (wait, anchor) {
        (Some((condition, timeout)), _) if aimed_at_trigger => When::On { condition, after: anchor, timeout },
        (_, Some(step)) => When::After { step, delay },
        (_, None) => When::At(delay.min(schedule.duration)),
    };
    if let Some(target) = fault.target_mut().filter(|_| aimed_at_trigger && !matches!(when, When::On { .. })) {
        *target = Choice::One.into();
    }
    let highest = schedule.steps.iter().map(|step| step.id).max().unwrap_or(0);
    let (inject, lift) = (highest.checked_add(1)?, highest.checked_add(2)?);
    let mut steps = schedule.steps.clone();
    steps.push(Step { id: inject, when, only_with: None, action: Action::Inject(fault) });
    let when = When::After { step: inject, delay: draw::millis(rng, HELD.0, HELD.1) };
    steps.push(Step { id: lift, when, only_with: None, action: Action::Lift(inject) });
    Some(Schedule { steps, ..schedule.clone() })
}

/// A fault less, with all that hangs on it.
pub(super) fn removed(schedule: &Schedule, rng: &mut ChaCha8Rng) -> Option<Schedule> {
    let all = faults(schedule);
    let goes: BTreeSet<StepId> = draw::pick(rng, &all).copied().into_iter().collect();
    without(schedule, &goes).map(|less| Schedule { duration: schedule.duration, ..less })
}

/// One of the steps that `fit`, changed.
fn change(
    schedule: &Schedule,
    rng: &mut ChaCha8Rng,
    fit: impl Fn(&Step) -> bool,
    with: impl FnOnce(&mut Step, &mut ChaCha8Rng) -> Option<()>,
) -> Option<Schedule> {
    let places: Vec<usize> =
        schedule.steps.iter().enumerate().filter(|(_, step)| fit(step)).map(|(place, _)| place).collect();
    let place = *draw::pick(rng, &places)?;
    let mut changed = schedule.clone();
    with(changed.steps.get_mut(place)?, rng)?;
    Some(changed)
}

/// What a fault waits for, if it is compared with no other step.
fn free_wait(step: &Step) -> Option<(Condition, Duration)> {
    match &step.when {
        When::On { condition, timeout, .. } if condition.since().is_none() => Some((condition.clone(), *timeout)),
        _ => None,
    }
}

/// The target of a fault that is chosen when it is injected, and not by what was waited for.
fn chosen(step: &Step) -> Option<&Target> {
    let Action::Inject(fault) = &step.action else { return None };
    fault.target().filter(|target| matches!(target, Target::Choice(choice) if *choice != Choice::Trigger))
}

/// A fault that hangs on no other step: it is not learnt, nor for ever.
fn free_fault(step: &Step) -> Option<&Fault> {
    let Action::Inject(fault) = &step.action else { return None };
    let bound = matches!(fault, Fault::CrashAt { learnt: true, .. } | Fault::Kill { forever: true, .. });
    (!bound && step.only_with.is_none()).then_some(fault)
}

/// A fault, and what it waits for.
type Free = (Fault, Option<(Condition, Duration)>);

/// The faults of a schedule that another can have.
fn free_faults(schedule: &Schedule) -> Vec<Free> {
    schedule.steps.iter().filter_map(|step| Some((free_fault(step)?.clone(), free_wait(step)))).collect()
}
