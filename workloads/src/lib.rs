//! What will be done to a cluster.
//!
//! This crate answers one question: *given a seed, what happens to the cluster, and when?* It is pure: no clock, no I/O, no
//! global random state. The harness carries a [`Schedule`] out and decides only one thing itself: what a target such as "the
//! leader" means at the instant of a fault. Even that choice is the pure function [`target::resolve`], fed with what the
//! observers saw.
//!
//! Everything here that has a JSON form is public contract: `schedule.json` is read and written by users.

pub mod bound;
pub mod condition;
pub mod coverage;
pub mod draw;
pub mod fault;
pub mod link;
pub mod role;
pub mod schedule;
pub mod shape;
pub mod shrink;
pub mod target;
pub mod vary;
pub mod word;
pub mod workload;

pub use condition::{Condition, Met, Since};
pub use coverage::Coverage;
pub use fault::{Capabilities, Effect, Fault, FaultKind};
pub use link::{Link, NodeName};
pub use role::Role;
pub use schedule::{Action, ReadError, Schedule, ScheduleError, Step, StepId, When};
pub use shape::Shape;
pub use target::{Choice, NodeView, Target, View};
pub use word::{Vocabulary, Word};
pub use workload::{Parameters, Request, Workload};
