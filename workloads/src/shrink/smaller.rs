//! A schedule of the same steps that is smaller: fewer nodes, shorter times.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Size, moment};
use crate::fault::Fault;
use crate::link::NodeName;
use crate::schedule::{Action, Schedule, When};
use crate::shape::Shape;
use crate::target::Target;

/// Smaller clusters are tried down to this one: with fewer there is no majority without a node.
const LEAST_NODES: usize = 3;

/// Times shorter than this are left alone: to make them shorter saves nothing.
const SHORT: Duration = Duration::from_millis(50);

/// The schedule with fewer nodes, the fewest first; the first nodes stay. Nodes that are named stay.
pub(crate) fn fewer_nodes(schedule: &Schedule) -> Vec<Schedule> {
    let named: BTreeSet<&NodeName> = schedule.steps.iter().flat_map(|step| names(&step.action)).collect();
    let last_named = schedule.nodes.iter().rposition(|node| named.contains(node)).map_or(0, |place| place + 1);
    let sizes = LEAST_NODES.max(last_named)..schedule.nodes.len();
    let smaller = sizes.map(|size| Schedule { nodes: schedule.nodes[..size].to_vec(), ..schedule.clone() });
    smaller.filter(|smaller| good(smaller, schedule)).collect()
}

/// The schedule with shorter times between its steps: first all of them halved, then each, the longest first, to nothing
/// and to half.
pub(crate) fn sooner_steps(schedule: &Schedule) -> Vec<Schedule> {
    let with = |change: &dyn Fn(usize, Duration) -> Duration| {
        let mut sooner = schedule.clone();
        for (place, step) in sooner.steps.iter_mut().enumerate() {
            match &mut step.when {
                When::At(time) => *time = change(place, *time),
                When::After { delay, .. } => *delay = change(place, *delay),
                When::On { .. } => {}
            }
        }
        sooner
    };
    let times = schedule.steps.iter().enumerate().filter_map(|(place, step)| Some((*moment(&step.when)?, place)));
    let mut long: Vec<(Duration, usize)> = times.filter(|(time, _)| *time >= SHORT).collect();
    long.sort_by(|a, b| b.cmp(a));
    let mut sooner = vec![with(&|_, time| half(time))];
    for (_, place) in long {
        sooner.push(with(&|at, time| if at == place { Duration::ZERO } else { time }));
        sooner.push(with(&|at, time| if at == place { half(time) } else { time }));
    }
    sooner.retain(|sooner| good(sooner, schedule));
    sooner
}

/// The schedule with half the duration, where that is what a run of it takes: with steps it is over when they are.
pub(crate) fn sooner_over(schedule: &Schedule) -> Vec<Schedule> {
    if !schedule.steps.is_empty() || schedule.duration < 2 * SHORT {
        return Vec::new();
    }
    vec![Schedule { duration: half(schedule.duration), ..schedule.clone() }]
}

/// The schedule with each crash point at an earlier operation: the first of its kind, half as far, the one before.
pub(crate) fn earlier_operations(schedule: &Schedule) -> Vec<Schedule> {
    let mut earlier = Vec::new();
    for (place, step) in schedule.steps.iter().enumerate() {
        let Action::Inject(Fault::CrashAt { nth, .. }) = &step.action else { continue };
        let mut numbers = vec![1, *nth / 2, *nth - 1];
        numbers.dedup();
        for number in numbers.into_iter().filter(|number| (1..*nth).contains(number)) {
            let mut smaller = schedule.clone();
            if let Action::Inject(Fault::CrashAt { nth, .. }) = &mut smaller.steps[place].action {
                *nth = number;
            }
            earlier.push(smaller);
        }
    }
    earlier.retain(|earlier| good(earlier, schedule));
    earlier
}

fn half(time: Duration) -> Duration {
    if time < SHORT { time } else { Duration::from_millis(u64::try_from(time.as_millis() / 2).unwrap_or(u64::MAX)) }
}

fn good(smaller: &Schedule, than: &Schedule) -> bool {
    Size::of(smaller) < Size::of(than) && smaller.check().is_ok()
}

/// The nodes that a step names.
fn names(action: &Action) -> Vec<&NodeName> {
    let Action::Inject(fault) = action else { return Vec::new() };
    let mut names: Vec<&NodeName> = Vec::new();
    if let Some(Target::Names(targets)) = fault.target() {
        names.extend(targets);
    }
    if let Fault::Cut { shape: Shape::Links(links), .. } | Fault::Degrade { shape: Shape::Links(links), .. } = fault {
        names.extend(links.iter().flat_map(|link| [&link.from, &link.to]));
    }
    names
}
