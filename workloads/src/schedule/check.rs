//! Whether a schedule makes sense, before any process is started.
//!
//! Users write schedules by hand, and a shrinker cuts them down: both leave dangling references. What is wrong is said in one
//! sentence with the number of the step. A reference may point backwards only, so that no two steps can wait for each other. A
//! schedule that passes can be carried out from its first step to its last.

use std::collections::{BTreeMap, BTreeSet};

use super::{Action, SCHEMA, Schedule, Step, StepId, When};
use crate::condition::Condition;
use crate::fault::{Capabilities, Effect, Fault, Need};
use crate::link::NodeName;
use crate::role::Role;
use crate::shape::Shape;
use crate::target::{Choice, Target};
use crate::word::Vocabulary;

/// What is wrong with a schedule: one sentence, with the step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{problem}", .step.map(|step| format!("step {step}: ")).unwrap_or_default())]
pub struct ScheduleError {
    /// The step at fault, if it is one step's.
    pub step: Option<StepId>,
    /// What is wrong with it, and what would be right.
    pub problem: String,
}

/// No run gets through more: a step a second takes half a day.
const MOST_STEPS: usize = 50_000;

/// The sentence about one step, before its number is put in front of it.
type Problem = Result<(), String>;

impl Schedule {
    /// Whether this schedule makes sense by itself.
    ///
    /// # Errors
    /// The first thing that is wrong. It may be another schema, nodes or steps named twice, a reference to a step that does not
    /// come earlier, or a lift of what is not an injected fault. Or it is a node or link that the cluster has not, a share
    /// outside 0 to 1, or a fault that does nothing.
    pub fn check(&self) -> Result<(), ScheduleError> {
        let whole = |problem| ScheduleError { step: None, problem };
        self.check_frame().map_err(whole)?;
        let mut seen = Seen::default();
        for step in &self.steps {
            let problem = self.check_step(step, &seen);
            problem.map_err(|problem| ScheduleError { step: Some(step.id), problem })?;
            seen.note(step);
        }
        Ok(())
    }

    /// Whether a network with these capabilities can do what this schedule asks of links.
    ///
    /// # Errors
    /// The first step that asks for more.
    pub fn check_against(&self, capabilities: &Capabilities) -> Result<(), ScheduleError> {
        for step in &self.steps {
            if let Action::Inject(fault) = &step.action
                && let Some(missing) = fault.missing(capabilities)
            {
                let problem = match fault.kind().descriptor().needs {
                    Some(Need::Disk) => format!(
                        "nodes without simulated disks cannot {missing}; see `interregnum doctor`, or leave this fault out"
                    ),
                    _ => format!("this network cannot {missing}; use another network or leave this fault out"),
                };
                return Err(ScheduleError { step: Some(step.id), problem });
            }
        }
        Ok(())
    }

    fn check_frame(&self) -> Problem {
        ensure(self.schema == SCHEMA, || {
            format!("this is a schedule of schema {}; this version reads schema {SCHEMA}", self.schema)
        })?;
        ensure(self.steps.len() <= MOST_STEPS, || {
            format!("the schedule has {} steps; give at most {MOST_STEPS}, and more runs", self.steps.len())
        })?;
        ensure(!self.nodes.is_empty(), || "the schedule names no nodes; give at least one".to_owned())?;
        ensure(!self.nodes.iter().any(String::is_empty), || "a node has an empty name".to_owned())?;
        if let Some(name) = twice(&self.nodes) {
            return Err(format!("node {name:?} is named twice; give every node a name of its own"));
        }
        ensure(self.steps.is_empty() || !self.duration.is_zero(), || {
            "the duration is zero, so that no step could be done; give the faults phase some time".to_owned()
        })
    }

    fn check_step(&self, step: &Step, seen: &Seen) -> Problem {
        ensure(!seen.steps.contains(&step.id), || {
            "another step has the same number; number every step anew".to_owned()
        })?;
        match &step.when {
            When::At(time) => ensure(*time <= self.duration, || {
                let (time, end) = (humantime::format_duration(*time), humantime::format_duration(self.duration));
                format!(
                    "it is due at {time}, but the faults phase lasts {end} at most; make it earlier or the duration longer"
                )
            })?,
            When::After { step, .. } => seen.earlier(*step)?,
            When::On { condition, after, .. } => {
                after.map_or(Ok(()), |step| seen.earlier(step))?;
                check_condition(condition, seen)?;
            }
        }
        if let Some(point) = step.only_with {
            seen.earlier(point)?;
            ensure(seen.points.contains(&point), || {
                format!("it is done only with step {point}, which is no crash point that was learnt; name one that is")
            })?;
        }
        match &step.action {
            Action::Inject(fault) => {
                ensure(!is_learnt(fault) || seen.learns, || {
                    "its operation is to be learnt, but no step before it learns any; put {\"learn\": …} before it, or name \
                     the operation"
                        .to_owned()
                })?;
                self.check_fault(fault, &step.when)
            }
            Action::Lift(fault) => seen.liftable(*fault),
            Action::Expect { condition, .. } => check_condition(condition, seen),
            Action::Learn { within } => {
                ensure(!within.is_zero(), || "it learns for no time; give a `within` that is longer".to_owned())
            }
        }
    }

    fn check_fault(&self, fault: &Fault, when: &When) -> Problem {
        if let Some(target) = fault.target() {
            self.check_target(target, when)?;
        }
        match fault {
            Fault::Stutter { pause, run, .. } => ensure(!pause.is_zero() && !run.is_zero(), || {
                "a stutter needs a pause and a run that are longer than zero".to_owned()
            }),
            Fault::SlowFsync { mean, .. } => {
                ensure(!mean.is_zero(), || "a slow fsync needs a mean that is longer than zero".to_owned())
            }
            Fault::CrashAt { nth, within, part, learnt, operation, .. } => {
                ensure(*nth > 0 && !within.is_zero(), || {
                    "a crash at an operation needs an `nth` from 1 and a `within` that is longer than zero".to_owned()
                })?;
                ensure(!learnt || part.is_some() && operation.is_empty(), || {
                    "a learnt operation needs a `part` (candidate, voter or leader), and no `operation`, which is what is learnt"
                        .to_owned()
                })
            }
            Fault::Cut { shape, .. } => self.check_shape(shape),
            Fault::Degrade { shape, effect, .. } => {
                self.check_shape(shape)?;
                check_effect(effect)
            }
            _ => Ok(()),
        }
    }

    fn check_target(&self, target: &Target, when: &When) -> Problem {
        match target {
            Target::Names(names) => {
                ensure(!names.is_empty(), || {
                    "its fault is aimed at an empty list of nodes; name one or more".to_owned()
                })?;
                if let Some(name) = twice(names) {
                    return Err(format!("its fault names node {name:?} twice; name it once"));
                }
                names.iter().try_for_each(|name| self.known(name))
            }
            Target::Choice(Choice::Trigger) => {
                let has_trigger = matches!(when, When::On { condition, .. } if condition.has_trigger());
                ensure(has_trigger, || {
                    "its fault is aimed at the trigger, but the step waits for no condition that some node fulfils; \
                     use \"when\": {\"on\": …} with becomes, votes, leader or new-leader"
                        .to_owned()
                })
            }
            Target::Choice(_) => Ok(()),
        }
    }

    fn check_shape(&self, shape: &Shape) -> Problem {
        let Shape::Links(links) = shape else { return Ok(()) };
        ensure(!links.is_empty(), || "its list of links is empty; name one or more".to_owned())?;
        if let Some(link) = twice(links) {
            return Err(format!("its list names link {link} twice; name it once"));
        }
        for link in links {
            self.known(&link.from)?;
            self.known(&link.to)?;
            ensure(link.from != link.to, || format!("{link} leads from a node to itself; no network carries that"))?;
        }
        Ok(())
    }

    fn known(&self, name: &NodeName) -> Problem {
        ensure(self.nodes.contains(name), || {
            format!("there is no node {name:?}; the nodes of this schedule are {}", self.nodes.join(", "))
        })
    }
}

fn check_condition(condition: &Condition, seen: &Seen) -> Problem {
    if let Some(step) = condition.since() {
        seen.earlier(step)?;
    }
    match condition {
        Condition::Becomes { role } => ensure(role.known().is_some(), || {
            let roles: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
            format!("{:?} is not a role; the roles are {}", role.text(), roles.join(", "))
        }),
        _ => Ok(()),
    }
}

fn is_learnt(fault: &Fault) -> bool {
    matches!(fault, Fault::CrashAt { learnt: true, .. })
}

fn check_effect(effect: &Effect) -> Problem {
    let shares = [
        ("loss", effect.loss),
        ("duplicate", effect.duplicate),
        ("reorder", effect.reorder),
        ("corrupt", effect.corrupt),
    ];
    for (name, share) in shares {
        ensure((0.0..=1.0).contains(&share), || format!("{name} is {share}; a share is a number from 0 to 1"))?;
    }
    ensure(!effect.mended || effect.corrupt > 0.0, || {
        "it mends the checksums of corrupted packets but corrupts none; give corrupt a share".to_owned()
    })?;
    ensure(*effect != Effect::default(), || "its effect is empty, so that links would stay as they are".to_owned())
}

/// What the steps before this one were.
#[derive(Default)]
struct Seen {
    steps: BTreeSet<StepId>,
    /// Each injected fault, and the step that lifts it once there is one.
    faults: BTreeMap<StepId, Option<StepId>>,
    /// Crash points that are learnt.
    points: BTreeSet<StepId>,
    /// Some step learns operations.
    learns: bool,
}

impl Seen {
    fn note(&mut self, step: &Step) {
        self.steps.insert(step.id);
        match &step.action {
            Action::Inject(fault) => {
                self.faults.insert(step.id, None);
                self.points.extend(is_learnt(fault).then_some(step.id));
            }
            Action::Lift(fault) => drop(self.faults.insert(*fault, Some(step.id))),
            Action::Expect { .. } => {}
            Action::Learn { .. } => self.learns = true,
        }
    }

    fn earlier(&self, step: StepId) -> Problem {
        ensure(self.steps.contains(&step), || {
            format!("it refers to step {step}, which does not come before it; refer to an earlier step")
        })
    }

    fn liftable(&self, fault: StepId) -> Problem {
        self.earlier(fault)?;
        match self.faults.get(&fault) {
            None => Err(format!("it lifts step {fault}, which injects no fault; name a step that does")),
            Some(Some(other)) => Err(format!("it lifts the fault of step {fault}, which step {other} lifts already")),
            Some(None) => Ok(()),
        }
    }
}

fn ensure(holds: bool, problem: impl FnOnce() -> String) -> Problem {
    if holds { Ok(()) } else { Err(problem()) }
}

fn twice<T: Ord>(items: &[T]) -> Option<&T> {
    let mut seen = BTreeSet::new();
    items.iter().find(|item| !seen.insert(*item))
}

#[cfg(test)]
mod tests;
