//! Schedules made from others: what a search tries next.
//!
//! A schedule that showed something new is changed a little, and the result shows what lies next to it. A child is made of a
//! *parent* and of *donors*: other schedules from which acts, targets and moments are taken. Nothing is invented. Whatever a
//! child does, some schedule did that a workload had drawn. So no child gets a kind of fault that was not asked for, or that the
//! network cannot do.
//!
//! Every child passes [`Schedule::check`] for the cluster that it is made for. What is new in it is lifted again. It lasts no
//! longer than the longest schedule that it was made of. Of its run little is demanded ([`Coverage`]): one election, where
//! its parent demanded any. What the checkers say of a run does not depend on how its schedule came about.
//!
//! It is pure: the same parent, donors and generator give the same child.

mod act;
mod fit;
mod splice;

use rand_chacha::ChaCha8Rng;

use crate::coverage::Coverage;
use crate::draw;
use crate::link::NodeName;
use crate::schedule::{Action, Schedule};
use crate::shrink::faults;
use crate::vocabulary;
use crate::workload::Parameters;

pub use fit::fitted;

/// The workload that stands in a schedule which was made from others.
pub const WORKLOAD: &str = "search";

/// A schedule has at most so many faults: two that are spliced would otherwise grow from child to child.
const MOST_FAULTS: usize = 40;

/// So many times in a hundred a child begins as a splice.
const SPLICED: u64 = 40;

/// At most so many changes follow.
const CHANGES: u64 = 3;

vocabulary! {
    /// In what a child differs from its parent.
    Way {
        /// A fault or a lift has another moment.
        Moment = "moment",
        /// A fault waits for something that is observed.
        Trigger = "trigger",
        /// A fault is aimed at another node.
        Target = "target",
        /// Another fault stands in the place of one.
        Act = "act",
        /// A fault more.
        Added = "added",
        /// A fault less.
        Removed = "removed",
        /// The beginning of one schedule is followed by the end of another.
        Spliced = "spliced",
    }
}

/// The cluster that a schedule is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetCluster {
    /// Its nodes.
    pub nodes: Vec<NodeName>,
    /// They may have simulated disks.
    pub disks: bool,
}

/// A schedule made from others.
#[derive(Debug, Clone, PartialEq)]
pub struct Child {
    /// The schedule.
    pub schedule: Schedule,
    /// In what it differs from its parent, in the order in which it was changed.
    pub ways: Vec<Way>,
}

/// A child of `parent` for this cluster, with this seed for the targets that are drawn at injection. `donor`, if there is
/// one, gives what is new. None where nothing of the parent can be done there, or no change makes sense.
pub fn child(
    parent: &Schedule,
    donor: Option<&Schedule>,
    place: &TargetCluster,
    seed: u64,
    rng: &mut ChaCha8Rng,
) -> Option<Child> {
    let parent = fitted(parent, place)?;
    let donor = donor.and_then(|donor| fitted(donor, place)).unwrap_or_else(|| parent.clone());
    let mut child = Child { schedule: parent.clone(), ways: Vec::new() };
    if draw::chance(rng, SPLICED) {
        child.take(Way::Spliced, splice::spliced(&parent, &donor, rng));
    }
    let changes = draw::between(rng, u64::from(child.ways.is_empty()), CHANGES);
    for _ in 0..changes {
        let schedule = &child.schedule;
        let (way, changed) = match draw::below(rng, 6) {
            0 => (Way::Moment, act::moved(schedule, rng)),
            1 => (Way::Trigger, act::triggered(schedule, &donor, rng)),
            2 => (Way::Target, act::aimed(schedule, &donor, rng)),
            3 => (Way::Act, act::replaced(schedule, &donor, rng)),
            4 => (Way::Added, act::added(schedule, &donor, rng)),
            _ => (Way::Removed, act::removed(schedule, rng)),
        };
        child.take(way, changed);
    }
    if child.ways.is_empty() {
        child.take(Way::Moment, act::moved(&child.schedule, rng));
    }
    let longest = parent.duration.max(donor.duration);
    child.schedule.duration = longest;
    child.finish(parent.coverage, seed)
}

impl Child {
    /// Takes a change, if it makes sense.
    fn take(&mut self, way: Way, changed: Option<Schedule>) {
        let good = |schedule: &Schedule| {
            schedule.check().is_ok()
                && (1..=MOST_FAULTS).contains(&faults(schedule).len())
                && *schedule != self.schedule
        };
        if let Some(schedule) = changed.filter(good) {
            self.schedule = schedule;
            self.ways.push(way);
        }
    }

    fn finish(mut self, demanded: Coverage, seed: u64) -> Option<Self> {
        self.schedule.workload = WORKLOAD.to_owned();
        self.schedule.seed = seed;
        self.schedule.parameters = Parameters::default();
        self.schedule.coverage =
            Coverage { elections: demanded.elections.min(1), waits_in_vain: true, ..Coverage::default() };
        (!self.ways.is_empty() && self.schedule.check().is_ok()).then_some(self)
    }
}

/// Whether a step injects a fault.
fn injects(action: &Action) -> bool {
    matches!(action, Action::Inject(_))
}

#[cfg(test)]
mod tests;
