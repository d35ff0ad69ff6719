//! Cutting a schedule down: what could be left out of it, in which order that is tried, and when it is over.
//!
//! A night of chaos ends with a schedule of thirty faults of which one mattered. Delta debugging (Zeller & Hildebrandt,
//! "Simplifying and Isolating Failure-Inducing Input", 2002) finds it. Try a half, the other half, then quarters, each alone and
//! each left out, and go on with whatever still fails. Three things are different with schedules.
//!
//! - *Steps hang together.* A lift means nothing without its fault, and a step that waited for the fault's effect
//!   would wait in vain. So what is left out is a fault with all that hangs on it, and what followed it is tied to what
//!   came before it ([`without`]). Every candidate passes [`Schedule::check`](crate::Schedule::check).
//! - *Time is worth as much as size.* A fault that is left out takes the waiting around it along, so that a schedule of
//!   three faults takes seconds and not the minute of the thirty. What stays keeps its number, since what is drawn
//!   at injection is drawn from it, and its holding time.
//! - *Failing is a matter of chance.* This module does not say whether a candidate fails often enough. [`Search`] hands out
//!   candidates, several at once if asked, and is told later which of them are good. It has no clock and runs nothing, so that
//!   tests can play the cluster.
//!
//! Each candidate is smaller by [`Size`] than what it was made from, and that cannot go on for ever. So the search ends, and
//! where it ends no single fault can be left out.

mod resolve;
mod search;
mod smaller;
mod without;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use resolve::{Hit, by_text, resolved};
pub use search::{Candidate, Kind, Search, Ticket};
use smaller::{earlier_operations, fewer_nodes, sooner_over, sooner_steps};
pub use without::without;

use crate::fault::Fault;
use crate::schedule::{Action, Schedule, Step, StepId, When};

/// How large a schedule is. What comes first counts first: no saving of time makes up for one more fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Size {
    /// Faults that it injects.
    pub faults: usize,
    /// Steps of any kind.
    pub steps: usize,
    /// Nodes.
    pub nodes: usize,
    /// All its times, one after the other: the moments and delays of its steps, and its duration.
    #[serde(with = "humantime_serde")]
    pub time: Duration,
    /// At which operations it crashes nodes: the sum of their numbers.
    #[serde(default)]
    pub operations: u64,
}

impl Size {
    /// The size of a schedule.
    pub fn of(schedule: &Schedule) -> Self {
        let operation = |step: &Step| match &step.action {
            Action::Inject(Fault::CrashAt { nth, .. }) => u64::from(*nth),
            _ => 0,
        };
        let times = schedule.steps.iter().map(|step| moment(&step.when).copied().unwrap_or_default());
        Self {
            faults: faults(schedule).len(),
            steps: schedule.steps.len(),
            nodes: schedule.nodes.len(),
            time: times.fold(schedule.duration, Duration::saturating_add),
            operations: schedule.steps.iter().map(operation).sum(),
        }
    }
}

/// The steps that inject faults, in the order of the schedule.
pub fn faults(schedule: &Schedule) -> Vec<StepId> {
    let injects = schedule.steps.iter().filter(|step| matches!(step.action, Action::Inject(_)));
    injects.map(|step| step.id).collect()
}

/// The steps that only wait, in the order of the schedule.
fn waits(schedule: &Schedule) -> Vec<StepId> {
    let waits = |step: &&Step| matches!(step.action, Action::Expect { .. } | Action::Learn { .. });
    schedule.steps.iter().filter(waits).map(|step| step.id).collect()
}

/// The time in a step's `when` that is spent in any case.
fn moment(when: &When) -> Option<&Duration> {
    match when {
        When::At(time) => Some(time),
        When::After { delay, .. } => Some(delay),
        When::On { .. } => None,
    }
}

/// The step that a step's `when` refers to.
fn anchor(when: &When) -> Option<StepId> {
    match when {
        When::At(_) => None,
        When::After { step, .. } => Some(*step),
        When::On { after, .. } => *after,
    }
}

/// So much of a number, rounded down.
fn share(number: u32, part: usize, whole: usize) -> u32 {
    let scaled = u64::from(number) * part.min(whole) as u64 / whole.max(1) as u64;
    u32::try_from(scaled).unwrap_or(number)
}

#[cfg(test)]
mod tests;
