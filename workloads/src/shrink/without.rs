//! A schedule without some of its steps, and still a schedule.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{Size, anchor, faults, share, waits};
use crate::condition::Condition;
use crate::coverage::Coverage;
use crate::fault::{Fault, FaultKind};
use crate::schedule::{Action, Schedule, Step, StepId, When};

/// The schedule without these faults and waits, and without what hangs on them.
///
/// With a fault go its lift and the waits for its effect (a leader *new since* it). A step that was tied to one that goes is tied
/// to what that one was tied to. Its own delay stays and that of the other goes, so that the time of a fault goes with it. Only a
/// lift keeps the whole way, so that a fault which stays is in force as long as before. What a run must have shown is scaled down
/// to what is left.
///
/// Where no step is left of a schedule that had faults, there stays a wait for a leader. Whether any fault is needed at all must
/// be asked too. `None` when there is nothing less than before.
pub fn without(schedule: &Schedule, dropped: &BTreeSet<StepId>) -> Option<Schedule> {
    let cut = Cut::new(schedule, dropped);
    let mut kept = cut.kept();
    join_waits(&mut kept);
    let mut steps: Vec<Step> = kept.into_iter().map(|kept| kept.step).collect();
    if steps.is_empty() && !faults(schedule).is_empty() {
        steps.extend(schedule.steps.first().map(|step| bare_wait(step.id, schedule)));
    }
    let mut smaller = Schedule { steps, ..schedule.clone() };
    smaller.coverage = coverage(schedule, &smaller);
    smaller.duration = schedule.duration.min(last_end(&smaller.steps));
    let good = !smaller.steps.is_empty() && Size::of(&smaller) < Size::of(schedule) && smaller.check().is_ok();
    good.then_some(smaller)
}

/// What is left of a schedule without faults: a leader is waited for, as long as anything was.
fn bare_wait(id: StepId, schedule: &Schedule) -> Step {
    let patience = schedule.steps.iter().filter_map(|step| match (&step.when, &step.action) {
        (_, Action::Expect { within, .. }) => Some(*within),
        (When::On { timeout, .. }, _) => Some(*timeout),
        _ => None,
    });
    let within = patience.max().unwrap_or(schedule.duration);
    let action = Action::Expect { condition: Condition::Leader, within };
    Step { id, when: When::At(Duration::ZERO), only_with: None, action }
}

/// A step that stays.
struct KeptStep {
    step: Step,
    /// What it was tied to is gone.
    moved: bool,
}

/// Where a step is tied to once the steps in between are gone.
enum Origin {
    Step(StepId),
    /// The beginning of the faults phase, and a time after it.
    Start(Duration),
}

struct Cut<'a> {
    schedule: &'a Schedule,
    steps: BTreeMap<StepId, &'a Step>,
    /// Faults that are not injected any more, and their lifts.
    undone: BTreeSet<StepId>,
    /// These, and waits.
    gone: BTreeSet<StepId>,
}

impl<'a> Cut<'a> {
    fn new(schedule: &'a Schedule, dropped: &BTreeSet<StepId>) -> Self {
        let (mut undone, mut gone) = (BTreeSet::new(), BTreeSet::new());
        let learnt = schedule.steps.iter().any(|step| {
            matches!(step.action, Action::Inject(Fault::CrashAt { learnt: true, .. })) && !dropped.contains(&step.id)
        });
        for step in &schedule.steps {
            let waits_in_vain = |since: Option<StepId>| since.is_some_and(|since| undone.contains(&since));
            let (goes, undoes) = match &step.action {
                Action::Inject(_) => (dropped.contains(&step.id), true),
                Action::Lift(fault) => (undone.contains(fault), true),
                Action::Expect { condition, .. } => {
                    (dropped.contains(&step.id) || waits_in_vain(condition.since()), false)
                }
                // It was not asked for, and the election that it waits for may not come about.
                Action::Learn { .. } => (dropped.contains(&step.id) || !learnt, false),
            };
            if goes {
                gone.insert(step.id);
            }
            if goes && undoes {
                undone.insert(step.id);
            }
        }
        Self { schedule, steps: schedule.steps.iter().map(|step| (step.id, step)).collect(), undone, gone }
    }

    fn kept(&self) -> Vec<KeptStep> {
        let kept = self.schedule.steps.iter().filter(|step| !self.gone.contains(&step.id));
        kept.map(|step| KeptStep { step: self.tied_anew(step), moved: self.is_gone(anchor(&step.when)) }).collect()
    }

    fn is_gone(&self, step: Option<StepId>) -> bool {
        step.is_some_and(|step| self.gone.contains(&step))
    }

    fn tied_anew(&self, step: &Step) -> Step {
        let when = match &step.when {
            When::After { step: tied, delay } if self.gone.contains(tied) => {
                let (origin, way) = self.origin(*tied);
                let delay = if matches!(step.action, Action::Lift(_)) { *delay + way } else { *delay };
                self.after(origin, delay)
            }
            When::On { condition, after, timeout } => self.on(condition, *after, *timeout),
            when => when.clone(),
        };
        let action = match &step.action {
            Action::Expect { condition, within } => {
                Action::Expect { condition: self.asked_anew(condition), within: *within }
            }
            action => action.clone(),
        };
        let only_with = step.only_with.filter(|point| !self.gone.contains(point));
        Step { id: step.id, when, only_with, action }
    }

    fn after(&self, origin: Origin, delay: Duration) -> When {
        match origin {
            Origin::Step(step) => When::After { step, delay },
            Origin::Start(time) => When::At((time + delay).min(self.schedule.duration)),
        }
    }

    fn on(&self, condition: &Condition, after: Option<StepId>, timeout: Duration) -> When {
        let origin = match after {
            Some(step) if self.gone.contains(&step) => self.origin(step).0,
            Some(step) => Origin::Step(step),
            None => Origin::Start(Duration::ZERO),
        };
        let in_vain = condition.since().is_some_and(|since| self.undone.contains(&since));
        if in_vain && !condition.has_trigger() {
            // That no node was elected since something that does not happen is no news.
            return self.after(origin, Duration::ZERO);
        }
        let after = match origin {
            Origin::Step(step) => Some(step),
            Origin::Start(_) => None,
        };
        When::On { condition: self.asked_anew(condition), after, timeout }
    }

    /// A condition that compares with a step which is gone compares with what that was tied to. After a fault that does
    /// not happen there will be no *new* leader; there is one.
    fn asked_anew(&self, condition: &Condition) -> Condition {
        let Some(since) = condition.since().filter(|since| self.gone.contains(since)) else {
            return condition.clone();
        };
        let origin = if self.undone.contains(&since) { Origin::Start(Duration::ZERO) } else { self.origin(since).0 };
        match (condition, origin) {
            (Condition::NewLeader { .. }, Origin::Step(since)) => Condition::NewLeader { since },
            (Condition::NewLeader { .. }, Origin::Start(_)) => Condition::Leader,
            (Condition::NoNewLeader { .. }, Origin::Step(since)) => Condition::NoNewLeader { since },
            (Condition::NoNewLeader { .. }, Origin::Start(_)) => Condition::NoLeader,
            (other, _) => other.clone(),
        }
    }

    /// Up the way from a step that is gone to one that stays, or to the beginning; and the delays on it.
    fn origin(&self, from: StepId) -> (Origin, Duration) {
        let (mut at, mut way) = (from, Duration::ZERO);
        loop {
            // References lead to earlier steps only, so that this ends.
            let Some(step) = self.steps.get(&at) else { return (Origin::Start(Duration::ZERO), way) };
            if !self.gone.contains(&at) {
                return (Origin::Step(at), way);
            }
            match &step.when {
                When::At(time) => return (Origin::Start(*time), way),
                When::After { step, delay } => {
                    way += *delay;
                    at = *step;
                }
                When::On { after: Some(step), .. } => at = *step,
                When::On { after: None, .. } => return (Origin::Start(Duration::ZERO), way),
            }
        }
    }
}

/// Where faults are gone, the quiet before the one is followed by the quiet before the next: one of them is enough. A
/// wait goes if nothing hangs on it but a wait for the same thing that was tied to it just now.
fn join_waits(kept: &mut Vec<KeptStep>) {
    while let Some((first, second)) = idle(kept) {
        let KeptStep { step, .. } = kept.remove(first);
        // The first stood before the second, which has moved up by one.
        let next = &mut kept[second - 1].step;
        if let (When::After { delay, .. }, Action::Expect { within: longest, .. }) = (&next.when, &step.action) {
            let (delay, longest) = (*delay, *longest);
            next.when = match step.when {
                When::After { step, .. } => When::After { step, delay },
                When::At(time) => When::At(time),
                on @ When::On { .. } => on,
            };
            if let Action::Expect { within, .. } = &mut next.action {
                *within = longest.max(*within);
            }
        }
    }
}

/// The places of a wait that leads nowhere and of the wait for the same that follows it.
fn idle(kept: &[KeptStep]) -> Option<(usize, usize)> {
    let plain = |kept: &KeptStep| match (&kept.step.when, &kept.step.action) {
        (When::After { .. } | When::At(_), Action::Expect { condition, .. }) if condition.since().is_none() => {
            Some(condition.clone())
        }
        _ => None,
    };
    kept.iter().enumerate().find_map(|(first, wait)| {
        let condition = plain(wait)?;
        let mut hanging = kept.iter().enumerate().filter(|(_, other)| hangs_on(&other.step, wait.step.id));
        let (second, next) = hanging.next()?;
        let tied = next.moved && anchor(&next.step.when) == Some(wait.step.id);
        let same = hanging.next().is_none() && tied && plain(next) == Some(condition);
        same.then_some((first, second))
    })
}

/// Whether a step refers to another in any way.
fn hangs_on(step: &Step, on: StepId) -> bool {
    let asked = match &step.when {
        When::On { condition, .. } => condition.since(),
        _ => None,
    };
    let done = match &step.action {
        Action::Expect { condition, .. } => condition.since(),
        Action::Lift(fault) => Some(*fault),
        Action::Inject(_) | Action::Learn { .. } => None,
    };
    [anchor(&step.when), step.only_with, asked, done].contains(&Some(on))
}

/// What is asked of a run of the smaller schedule: as much less as it has fewer faults and waits. An honest cluster that
/// shows this much has been through it.
fn coverage(before: &Schedule, after: &Schedule) -> Coverage {
    let (old, new) = (faults(before).len(), faults(after).len());
    let required = before.coverage;
    let cuts = after.steps.iter().any(|step| match &step.action {
        Action::Inject(fault) => fault.kind() == FaultKind::Cut,
        _ => false,
    });
    Coverage {
        leader_hits: share(required.leader_hits, new, old),
        elections: share(required.elections, new, old).max(required.elections.min(1)),
        windows: share(required.windows, new, old),
        faults: share(required.faults, new, old),
        expectations: share(required.expectations, waits(after).len(), waits(before).len()),
        cuts_proven: required.cuts_proven && cuts,
        waits_in_vain: required.waits_in_vain,
    }
}

/// When the last step is over at the latest, if everything that is waited for comes at the last moment. In whole seconds, and one
/// more. A faults phase that is allowed longer gains nothing by it.
fn last_end(steps: &[Step]) -> Duration {
    let mut ends: BTreeMap<StepId, Duration> = BTreeMap::new();
    for step in steps {
        let of = |id: &StepId| ends.get(id).copied().unwrap_or_default();
        let moment = match &step.when {
            When::At(time) => *time,
            When::After { step, delay } => of(step).saturating_add(*delay),
            When::On { after, timeout, .. } => after.as_ref().map(of).unwrap_or_default().saturating_add(*timeout),
        };
        let took = match &step.action {
            Action::Expect { within, .. } | Action::Learn { within } => *within,
            _ => Duration::ZERO,
        };
        ends.insert(step.id, moment.saturating_add(took));
    }
    let last = ends.into_values().max().unwrap_or_default();
    Duration::from_secs(last.as_secs().saturating_add(2))
}
