//! Schedules: what is done to a cluster, step by step. `schedule.json` is this type.
//!
//! A schedule is a value. That is the whole trick. It can be stored beside the history, run again, cut down by a shrinker, pinned
//! by a test and written by hand, and none of these needs the program that drew it. What it cannot be is deterministic: real
//! processes decide when a condition comes to hold and which node then leads. So steps may wait for conditions, targets may be
//! symbolic, and the history records what both turned out to mean.

use std::time::Duration;

use serde::{Deserialize, Serialize};

mod check;
mod json;

pub use check::ScheduleError;
pub use json::ReadError;

use crate::condition::Condition;
use crate::coverage::Coverage;
use crate::fault::Fault;
use crate::link::NodeName;
use crate::workload::Parameters;

/// The version of `schedule.json` that this crate reads and writes.
pub const SCHEMA: u32 = 1;

/// The number of a step, unique within its schedule. An injected fault has the number of its step.
pub type StepId = u32;

/// What is done to one cluster. A value: the same schedule can be run again, cut down, or written by hand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The workload that drew it, or `custom`.
    pub workload: String,
    /// The seed it was drawn from; targets that are drawn at injection use it too.
    pub seed: u64,
    /// The nodes of the cluster.
    pub nodes: Vec<NodeName>,
    /// How long the faults phase may last at most, from its beginning.
    #[serde(with = "humantime_serde")]
    pub duration: Duration,
    /// The parameters it was drawn with.
    #[serde(default)]
    pub parameters: Parameters,
    /// What the run must have shown for its verdict to mean anything.
    #[serde(default)]
    pub coverage: Coverage,
    /// The faults phase begins as soon as the nodes are ready, without waiting for a leader.
    #[serde(default, rename = "at-once", skip_serializing_if = "std::ops::Not::not")]
    pub at_once: bool,
    /// The steps, in the order of their numbers.
    pub steps: Vec<Step>,
}

/// One step of a schedule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its number.
    pub id: StepId,
    /// When it is done.
    pub when: When,
    /// It is left out, as if it were not there, where the learnt operation of that crash point does not exist.
    #[serde(default, rename = "only-with", skip_serializing_if = "Option::is_none")]
    pub only_with: Option<StepId>,
    /// What is done.
    #[serde(rename = "do")]
    pub action: Action,
}

/// When a step is done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum When {
    /// So long after the faults phase began.
    #[serde(with = "humantime_serde")]
    At(Duration),
    /// So long after another step was done (installed, skipped, met or given up).
    After {
        /// That step.
        step: StepId,
        /// How long after it.
        #[serde(with = "humantime_serde")]
        delay: Duration,
    },
    /// When a condition is observed to hold, counted from the moment at which all of `after` are done. It is given up (the step
    /// is skipped) after `timeout`.
    On {
        /// What must hold.
        condition: Condition,
        /// When this step is done, the wait begins; with none it begins with the faults phase.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<StepId>,
        /// How long to wait for it.
        #[serde(with = "humantime_serde")]
        timeout: Duration,
    },
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Action {
    /// Inject a fault; it stays in force until it is lifted or the heal phase begins.
    Inject(Fault),
    /// Undo the fault that the named step injected. Skipped when that step was.
    Lift(StepId),
    /// Note whether the condition comes to hold within a time. What is not met counts against coverage; whether
    /// the cluster is to blame is for the checkers to say.
    Expect {
        /// What should hold.
        condition: Condition,
        /// By when, counted from the step's own time.
        #[serde(with = "humantime_serde")]
        within: Duration,
    },
    /// Note the operations that nodes make on their disks from now on. This ends when there is a leader of a new term, all that
    /// run are at that term, and no operation comes any more. What is done in the first half second is taken for what is done
    /// anyway. Crash points that are [`learnt`](Fault::CrashAt) refer to them; of several such steps, the shorter list counts for
    /// each part. It is recorded like an expectation.
    Learn {
        /// How long that may take.
        #[serde(with = "humantime_serde")]
        within: Duration,
    },
}
