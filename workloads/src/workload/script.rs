//! Writing the steps of a schedule one after the other.
//!
//! Most steps follow the step before them, so a script keeps a *cursor*: the last step of the thread. `expect` moves it,
//! which makes an expectation a barrier: nothing that follows is done before it is met or given up. That is how a
//! schedule of fixed steps adapts itself to the machine it runs on.

use std::time::Duration;

use crate::condition::Condition;
use crate::fault::Fault;
use crate::schedule::{Action, Step, StepId, When};

/// The steps written so far.
#[derive(Debug, Clone)]
pub struct Script {
    steps: Vec<Step>,
    cursor: Option<StepId>,
    /// What is written depends on this crash point.
    only_with: Option<StepId>,
    duration: Duration,
}

impl Script {
    /// Nothing yet. `duration` is that of the faults phase.
    pub fn new(duration: Duration) -> Self {
        Self { steps: Vec::new(), cursor: None, only_with: None, duration }
    }

    /// How long the faults phase may last.
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// The steps.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The steps, for good.
    pub fn into_steps(self) -> Vec<Step> {
        self.steps
    }

    /// How many steps expect something, and how many inject a fault.
    pub fn counts(&self) -> (u32, u32) {
        let count = |is: fn(&Action) -> bool| {
            u32::try_from(self.steps.iter().filter(|step| is(&step.action)).count()).unwrap_or(u32::MAX)
        };
        (count(|action| matches!(action, Action::Expect { .. })), count(|action| matches!(action, Action::Inject(_))))
    }

    /// The last step of the thread, if there is one.
    pub fn cursor(&self) -> Option<StepId> {
        self.cursor
    }

    /// Lets the thread go on from this step.
    pub fn go_on_from(&mut self, step: StepId) {
        self.cursor = Some(step);
    }

    /// What is added from now on is left out where the learnt operation of this crash point does not exist.
    pub fn only_with(&mut self, point: Option<StepId>) {
        self.only_with = point;
    }

    /// So long after the step before (or after the beginning), as a time.
    pub fn then(&self, delay: Duration) -> When {
        match self.cursor {
            Some(step) => When::After { step, delay },
            None => When::At(delay.min(self.duration)),
        }
    }

    /// Adds a step; the cursor stays.
    pub fn add(&mut self, when: When, action: Action) -> StepId {
        let id = StepId::try_from(self.steps.len() + 1).unwrap_or(StepId::MAX);
        self.steps.push(Step { id, when, only_with: self.only_with, action });
        id
    }

    /// Injects a fault, `delay` after the cursor, which stays.
    pub fn inject(&mut self, delay: Duration, fault: Fault) -> StepId {
        self.add(self.then(delay), Action::Inject(fault))
    }

    /// Injects a fault as soon as the condition holds, counted from the cursor, which moves there.
    pub fn inject_on(&mut self, condition: Condition, timeout: Duration, fault: Fault) -> StepId {
        let step = self.add(When::On { condition, after: self.cursor, timeout }, Action::Inject(fault));
        self.cursor = Some(step);
        step
    }

    /// Lifts a fault, `delay` after it was injected; the cursor stays.
    pub fn lift_after(&mut self, fault: StepId, delay: Duration) -> StepId {
        self.add(When::After { step: fault, delay }, Action::Lift(fault))
    }

    /// Lifts a fault, `delay` after the cursor, which moves there.
    pub fn lift(&mut self, fault: StepId, delay: Duration) -> StepId {
        let step = self.add(self.then(delay), Action::Lift(fault));
        self.cursor = Some(step);
        step
    }

    /// Expects something, `delay` after the cursor, which moves there: what follows waits for it.
    pub fn expect(&mut self, delay: Duration, condition: Condition, within: Duration) -> StepId {
        let step = self.add(self.then(delay), Action::Expect { condition, within });
        self.cursor = Some(step);
        step
    }

    /// Learns the operations of an election that follows, `delay` after the cursor, which stays.
    pub fn learn(&mut self, delay: Duration, within: Duration) -> StepId {
        self.add(self.then(delay), Action::Learn { within })
    }
}
