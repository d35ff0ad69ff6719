//! When a node's process was up: started, not exited, not paused.
//!
//! Two kinds of lines tell of it, and a history may have only one of them: what became of the process (`start`,
//! `exit`, `stop`, `continue`) and what was done to it (`kill`, `pause` …). Starts and exits lead where there are
//! any; a fault then only widens the doubt: a process may have been dead since its killing began. Where there are
//! none, an installed kill is the exit and its lift is the start. A node with no start at all was up from the
//! beginning.
//!
//! Doubt is cheap here and certainty is what convicts, so whatever cannot be matched is doubt: an indeterminate fault,
//! a kill without an exit, a fault of a kind this version does not know.

use std::collections::BTreeMap;

use history::event::Installed;
use history::{Name, Span};
use workloads::fault::Sphere;

use super::fault::Fault;
use super::index::{First, FirstFrom, Least};
use super::timeline::{Spread, Timeline, Tri};

/// What became of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    Start,
    Exit,
    Stop,
    Continue,
}

/// One such line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    pub(crate) turn: Turn,
    pub(crate) span: Span,
    pub(crate) line: u64,
    pub(crate) fault: Option<u32>,
}

fn after(instant: u64) -> u64 {
    instant.saturating_add(1)
}

/// The starts of a node.
struct Starts {
    earliest: Least<u64>,
    latest: Least<u64>,
    any: bool,
}

impl Starts {
    fn new(lives: &[Mark]) -> Self {
        let spans = || lives.iter().filter(|m| m.turn == Turn::Start).map(|m| m.span);
        Self {
            earliest: Least::new(spans().map(|s| (s.latest, s.earliest))),
            latest: Least::new(spans().map(|s| (s.earliest, s.latest))),
            any: spans().next().is_some(),
        }
    }

    /// The end that a start puts to what began in `began`: the earliest and the latest instant at which it can have come.
    /// A start whose span overlaps `began` may have come after it, and so ends certainty, or before, and so ends no doubt.
    fn after(&self, began: Span) -> Span {
        let earliest = self.earliest.from(began.earliest).unwrap_or(u64::MAX);
        let latest = began.latest.checked_add(1).and_then(|from| self.latest.from(from)).unwrap_or(u64::MAX);
        Span { earliest, latest }
    }
}

/// When `node` was up.
pub(crate) fn up(node: Name, marks: &[Mark], faults: &[Fault]) -> Timeline<Tri> {
    let mine: Vec<&Fault> = faults.iter().filter(|f| f.does.on_process() && f.hits(node)).collect();
    let lives = lives(marks, &mine);
    let starts = Starts::new(&lives);
    let mut not_up = Spread::default();
    down(&mut not_up, &lives, &starts, &mine);
    not_up.join(paused(marks, &starts, &mine));
    // What nobody knows may also have brought a dead process back.
    not_up.doubt(mine.iter().filter(|f| !f.does.is_known()).map(|f| f.in_force().0));
    not_up.negation()
}

/// Starts and exits in order, those that only faults tell of included.
fn lives(marks: &[Mark], faults: &[&Fault]) -> Vec<Mark> {
    let mut lives: Vec<Mark> = marks.iter().filter(|m| matches!(m.turn, Turn::Start | Turn::Exit)).copied().collect();
    let starts = lives.iter().any(|m| m.turn == Turn::Start);
    let exits = lives.iter().any(|m| m.turn == Turn::Exit);
    let begun = marks.iter().filter(|m| m.turn == Turn::Start);
    let begun = Least::new(begun.map(|m| (m.span.earliest, m.span.latest)));
    for fault in faults.iter().filter(|f| f.does.kills()) {
        // A start within the injection.
        let around = begun.from(fault.inject.earliest).is_some_and(|latest| latest <= fault.inject.latest);
        if !exits && fault.outcome == Installed::Installed && !around {
            lives.push(Mark { turn: Turn::Exit, span: fault.inject, line: fault.line, fault: Some(fault.id) });
        }
        if let (false, Some(lift)) = (starts, &fault.lift) {
            lives.push(Mark { turn: Turn::Start, span: lift.span, line: lift.line, fault: Some(fault.id) });
        }
    }
    if !(starts && exits) {
        lives.sort_by_key(|m| (m.span.earliest, m.span.latest));
    }
    lives
}

fn down(not_up: &mut Spread, lives: &[Mark], starts: &Starts, faults: &[&Fault]) {
    let mut since = match lives.first() {
        Some(first) if first.turn == Turn::Start && first.fault.is_none() => Some((0, 0)),
        _ => None,
    };
    for mark in lives {
        match (mark.turn, since) {
            (Turn::Start, Some((may, must))) => {
                not_up.may(may, after(mark.span.latest));
                not_up.must(must, mark.span.earliest);
                since = None;
            }
            (Turn::Start, None) => not_up.may(mark.span.earliest, after(mark.span.latest)),
            (Turn::Exit, None) => since = Some((mark.span.earliest, after(mark.span.latest))),
            (Turn::Exit, Some((may, must))) => since = Some((may.min(mark.span.earliest), must)),
            _ => {}
        }
    }
    if let Some((may, must)) = since {
        not_up.may(may, u64::MAX);
        not_up.must(must, u64::MAX);
    }
    let exits = Exits::new(lives);
    for fault in faults.iter().filter(|f| f.does.kills()) {
        let from = fault.inject.earliest;
        let exit = exits.of(fault.id, from).map_or(u64::MAX, after);
        // While it is installed an indeterminate kill may strike at any time; a lift or a start ends the doubt.
        let lift = fault.lift.as_ref().map_or(u64::MAX, |lift| after(lift.span.latest));
        let end = exit.min(after(starts.after(fault.inject).latest));
        let end = if exit == u64::MAX && !starts.any { end.min(lift) } else { end };
        not_up.may(from, end.max(after(fault.inject.latest)));
    }
}

/// The exits of a node, in the order of the history.
struct Exits {
    all: Row,
    of_fault: BTreeMap<u32, Row>,
}

/// The latest instants of some exits, and where to begin to look for one.
struct Row {
    latest: Vec<u64>,
    first: First,
}

impl Row {
    fn new(latest: Vec<u64>) -> Self {
        Self { first: First::new(latest.iter().copied()), latest }
    }

    fn from(&self, instant: u64) -> Option<u64> {
        self.first.at_least(instant).map(|place| self.latest[place])
    }
}

impl Exits {
    fn new(lives: &[Mark]) -> Self {
        let exits = || lives.iter().filter(|m| m.turn == Turn::Exit);
        let mut of_fault: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
        for (fault, latest) in exits().filter_map(|m| Some((m.fault?, m.span.latest))) {
            of_fault.entry(fault).or_default().push(latest);
        }
        Self {
            all: Row::new(exits().map(|m| m.span.latest).collect()),
            of_fault: of_fault.into_iter().map(|(fault, exits)| (fault, Row::new(exits))).collect(),
        }
    }

    /// The end of the first exit that names this fault and is not over before `from`; else of the first such exit.
    fn of(&self, fault: u32, from: u64) -> Option<u64> {
        self.of_fault.get(&fault).and_then(|own| own.from(from)).or_else(|| self.all.from(from))
    }
}

/// When the process stood still. Under a stutter nothing of that is certain, and once any pause or stutter of the node
/// is lifted a `stop` proves nothing more by itself: the `continue` may have been the other fault's, and not told.
fn paused(marks: &[Mark], starts: &Starts, faults: &[&Fault]) -> Spread {
    let mut paused = Spread::default();
    let pausing = || faults.iter().filter(|f| !f.does.kills());
    let continues = marks.iter().any(|m| m.turn == Turn::Continue);
    let lifts = pausing().filter_map(|f| f.lift.as_ref()).map(|l| l.span);
    let lifts = Least::new(lifts.map(|s| (s.latest, s)));
    // From the last line to the first: the continues that are known then are those that follow.
    let mut following = FirstFrom::new();
    for mark in marks.iter().rev() {
        match mark.turn {
            Turn::Continue => following.push(mark.span.latest, mark.span),
            Turn::Stop => {
                let stop = mark.span;
                let restart = starts.after(stop);
                let lifted = lifts.from(stop.earliest);
                let continued = following.at_least(stop.earliest);
                let over = continued.or(lifted.filter(|_| !continues)).unwrap_or(Span::at(u64::MAX));
                let certain = over.earliest.min(restart.earliest).min(lifted.map_or(u64::MAX, |s| s.earliest));
                paused.may(stop.earliest, after(over.latest.min(restart.latest)));
                paused.must(after(stop.latest), certain);
            }
            Turn::Start | Turn::Exit => {}
        }
    }
    for fault in pausing() {
        let restart = starts.after(fault.inject);
        let (may, must) = fault.in_force();
        // A new process is free of what was done to the old one, and not of what was done to its disk, or nobody knows to what.
        let until = if fault.does.acts_on == Sphere::Process { after(restart.latest) } else { u64::MAX };
        paused.may(may.0, may.1.min(until));
        if fault.does.pauses() {
            paused.must(must.0, must.1.min(restart.earliest));
        }
    }
    paused.doubt(pausing().filter(|f| !f.does.pauses()).map(|fault| fault.in_force().0));
    paused
}
