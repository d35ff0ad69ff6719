//! When a node's process was up: started, not exited, not paused.
//!
//! Two kinds of lines tell of it, and a history may have only one of them: what became of the process (`start`,
//! `exit`, `stop`, `continue`) and what was done to it (`kill`, `pause` …). Starts and exits lead where there are
//! any; a fault then only widens the doubt: a process may have been dead since its killing began. Where there are
//! none, an installed kill is the exit and its lift is the start.
//!
//! Doubt is cheap here and certainty is what convicts, so whatever cannot be matched is doubt: an indeterminate fault,
//! a kill without an exit, a fault of a kind this version does not know. Lines may be missing, too, of a record that began
//! late or lost some:
//!
//! - Before its first line nothing is known of a node, unless that line is a `start` that says itself that it is the first.
//! - Two exits in a row: it ran in between, and nobody says since when. The same where a start skips an incarnation.
//! - A lift or a `continue` of which the beginning is not told may end what was so from the beginning.
//! - A line that the process itself wrote, or an answer over its own port, while it was dead or paused: it was not, though the
//!   line that says so is missing ([`Signs`]).

use std::collections::{BTreeMap, BTreeSet};

use history::event::Installed;
use history::{Name, Span};

use super::fault::Fault;
use super::index::{Ends, FirstFrom, Least};
use super::signs::Signs;
use super::timeline::{Spread, Timeline, Tri};
use crate::kept::{Packer, Row, Unpacker};
use workloads::fault::Sphere;

/// What became of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    Start,
    Exit,
    Stop,
    Continue,
    /// It forked away: what was started ended, and what it had started went on, or not.
    Away,
}

/// One such line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    pub(crate) turn: Turn,
    pub(crate) span: Span,
    pub(crate) line: u64,
    pub(crate) fault: Option<u32>,
    /// Of which incarnation, where the line itself says so.
    pub(crate) incarnation: Option<u32>,
}

impl Row for Mark {
    const NUMBERS: usize = 8;

    fn put(self, out: &mut Packer) {
        let turn = TURNS.iter().position(|turn| *turn == self.turn).unwrap_or(0) as u64;
        ((turn, self.line), self.span, (self.fault, self.incarnation)).put(out);
    }

    fn take(from: &mut Unpacker<'_>) -> Self {
        let ((turn, line), span, (fault, incarnation)): ((u64, u64), Span, _) = Row::take(from);
        Self { turn: TURNS[(turn as usize).min(TURNS.len() - 1)], line, span, fault, incarnation }
    }
}

/// All of them.
const TURNS: [Turn; 5] = [Turn::Start, Turn::Exit, Turn::Stop, Turn::Continue, Turn::Away];

/// The first line of a node in the record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct First {
    /// It is the start of what it says is the first incarnation: before it there was no process.
    pub(crate) born: bool,
    /// When the process was there at the latest.
    pub(crate) latest: u64,
}

/// All that is told of one node's process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told<'a> {
    pub(crate) node: Name,
    pub(crate) first: Option<First>,
    pub(crate) marks: &'a [Mark],
    /// In the order of their earliest instants.
    pub(crate) signs: &'a [Signs],
}

/// What is known of one node's process.
#[derive(Debug)]
pub(crate) struct Process {
    /// When it was up.
    pub(crate) up: Timeline<Tri>,
    /// When there was one, paused or not.
    pub(crate) alive: Timeline<Tri>,
    /// Pauses that did not hold: the process wrote or answered during them.
    pub(crate) refuted: BTreeSet<u32>,
}

fn after(instant: u64) -> u64 {
    instant.saturating_add(1)
}

/// What is known of the process of a node, with the faults that may have hit it.
pub(crate) fn process(told: Told<'_>, faults: &[&Fault]) -> Process {
    let lives = lives(&told, faults);
    let ends = LifeEnds::of(&lives, faults);
    let mut down = Spread::default();
    deaths(&mut down, &told, &lives, &ends);
    killed(&mut down, &lives, &ends, faults);
    for away in told.marks.iter().filter(|mark| mark.turn == Turn::Away) {
        down.may(away.span.earliest, after(ends.starts.after(away.span).latest));
    }
    let mut paused = Spread::default();
    let mut refuted = BTreeSet::new();
    stopped(&mut paused, &mut refuted, &told, &ends, faults);
    held(&mut paused, &mut refuted, &told, &ends, faults);
    // What nobody knows may also have brought a dead process back.
    let unknown = || faults.iter().filter(|f| !f.does.is_known()).map(|f| f.in_force().0);
    down.doubt(unknown());
    // Of a long run they are as large as what follows.
    drop((lives, ends));
    let alive = down.negation();
    down.join(paused);
    down.doubt(unknown());
    Process { up: down.negation(), alive, refuted }
}

/// Starts and exits in order, those that only faults tell of included.
fn lives(told: &Told<'_>, faults: &[&Fault]) -> Vec<Mark> {
    let marks = told.marks;
    let mut lives: Vec<Mark> = marks.iter().filter(|m| matches!(m.turn, Turn::Start | Turn::Exit)).copied().collect();
    let starts = lives.iter().any(|m| m.turn == Turn::Start);
    let exits = lives.iter().any(|m| m.turn == Turn::Exit);
    let begun = marks.iter().filter(|m| m.turn == Turn::Start);
    let begun = Least::new(begun.map(|m| (m.span.earliest, m.span.latest)));
    for fault in faults.iter().filter(|f| f.does.kills() && f.names(told.node)) {
        // A start within the injection.
        let around = begun.from(fault.inject.earliest).is_some_and(|latest| latest <= fault.inject.latest);
        let derived = |turn, span, line| Mark { turn, span, line, fault: Some(fault.id), incarnation: None };
        if !exits && fault.outcome == Installed::Installed && !around {
            lives.push(derived(Turn::Exit, fault.inject, fault.line));
        }
        if let (false, Some(lift)) = (starts, &fault.lift) {
            lives.push(derived(Turn::Start, lift.span, lift.line));
        }
    }
    if !(starts && exits) {
        lives.sort_by_key(|m| (m.span.earliest, m.span.latest));
    }
    lives
}

/// Where lives begin and end.
struct LifeEnds {
    starts: Ends,
    exits: Ends,
    /// Lifts of what may have ended the process: each may have started it again.
    lifts: Ends,
}

impl LifeEnds {
    fn of(lives: &[Mark], faults: &[&Fault]) -> Self {
        let spans = |turn| lives.iter().filter(move |m| m.turn == turn).map(|m| m.span);
        let lifts = faults.iter().filter(|f| f.does.kills() || (f.orphan && !f.does.is_known()));
        Self {
            starts: Ends::of(spans(Turn::Start)),
            exits: Ends::of(spans(Turn::Exit)),
            lifts: Ends::of(lifts.filter_map(|f| f.lift.as_ref()).map(|lift| lift.span)),
        }
    }

    /// Until when a pause that began in `began` can be certain: until the process may have been another one.
    fn of_pause(&self, began: Span) -> u64 {
        let exit = self.exits.first_latest(began.earliest).map_or(u64::MAX, after);
        self.starts.after(began).earliest.min(self.lifts.after(began).earliest).min(exit)
    }
}

/// A death that goes on.
#[derive(Clone, Copy)]
struct Death {
    may: u64,
    must: u64,
    /// The exit, where one was seen.
    exit: Option<Mark>,
}

fn deaths(down: &mut Spread, told: &Told<'_>, lives: &[Mark], ends: &LifeEnds) {
    let born = told.first.is_some_and(|first| first.born);
    let mut since = born.then_some(Death { may: 0, must: 0, exit: None });
    if !born {
        down.may(0, told.first.map_or(u64::MAX, |first| after(first.latest)));
    }
    let mut certainly = |from: u64, to: u64, death: Death| {
        // What a pipe holds when a process dies is read after that; the exit stands behind it in the file.
        let left_behind = |signs: &Signs| {
            signs.piped
                && death.exit.is_some_and(|exit| {
                    signs.line < exit.line && exit.incarnation.is_none_or(|ended| signs.incarnation <= ended)
                })
        };
        if !Signs::within(told.signs, from, to).any(|signs| !left_behind(signs)) {
            down.must(from, to);
        }
        down.may(death.may, to.max(death.may));
    };
    let mut doubts = Vec::new();
    for mark in lives {
        match (mark.turn, since) {
            (Turn::Start, Some(death)) => {
                let next = |exit: Mark| {
                    exit.incarnation.zip(mark.incarnation).is_none_or(|(old, new)| new == old.wrapping_add(1))
                };
                let whole = death.exit.is_none_or(next);
                certainly(death.must, if whole { mark.span.earliest } else { death.must }, death);
                doubts.push((death.may, after(mark.span.latest)));
                since = None;
            }
            (Turn::Start, None) => doubts.push((mark.span.earliest, after(mark.span.latest))),
            (Turn::Exit, Some(Death { exit: Some(exit), .. })) if is_same_life(&exit, mark) => {
                let may = mark.span.earliest.min(exit.span.earliest);
                since = since.map(|death| Death { may: death.may.min(may), ..death });
            }
            (Turn::Exit, before) => {
                // It ran in between, and nobody says since when.
                doubts.extend(before.map(|death| (death.may, after(mark.span.latest))));
                since = Some(Death { may: mark.span.earliest, must: after(mark.span.latest), exit: Some(*mark) });
            }
            _ => {}
        }
    }
    if let Some(death) = since {
        let began = death.exit.map_or(Span::at(0), |exit| exit.span);
        certainly(death.must, ends.lifts.after(began).earliest.max(death.must), death);
        doubts.push((death.may, u64::MAX));
    }
    doubts.into_iter().for_each(|(from, to)| down.may(from, to));
}

/// Two exits tell of one death: of the same incarnation, or one of them only a fault's.
fn is_same_life(one: &Mark, other: &Mark) -> bool {
    one.incarnation.is_some() && one.incarnation == other.incarnation
}

/// What deaths that only faults tell of add in doubt.
fn killed(down: &mut Spread, lives: &[Mark], ends: &LifeEnds, faults: &[&Fault]) {
    let mut by: BTreeMap<u32, Vec<(u64, u64)>> = BTreeMap::new();
    for exit in lives.iter().filter(|m| m.turn == Turn::Exit) {
        if let Some(fault) = exit.fault {
            by.entry(fault).or_default().push((exit.span.latest, exit.span.latest));
        }
    }
    let by: BTreeMap<u32, Least<u64>> = by.into_iter().map(|(fault, exits)| (fault, Least::new(exits))).collect();
    for fault in faults.iter().filter(|f| f.does.kills()) {
        let from = fault.inject.earliest;
        let lift = fault.lift.as_ref().map_or(u64::MAX, |lift| after(lift.span.latest));
        if fault.orphan {
            down.may(0, lift);
            continue;
        }
        let own = by.get(&fault.id).and_then(|exits| exits.from(from));
        let exit = own.or_else(|| ends.exits.first_latest(from)).map_or(u64::MAX, after);
        // While it is installed an indeterminate kill may strike at any time; a lift or a start ends the doubt.
        let end = exit.min(after(ends.starts.after(fault.inject).latest));
        let end = if exit == u64::MAX && ends.starts.is_empty() { end.min(lift) } else { end };
        down.may(from, end.max(after(fault.inject.latest)));
    }
}

/// Faults that make a process stand still, or may.
fn pausing<'a>(faults: &'a [&'a Fault]) -> impl Iterator<Item = &'a Fault> {
    faults.iter().copied().filter(|fault| !fault.does.kills())
}

/// When the process stood still, as `stop` and `continue` tell it. Once any pause or stutter of the node is lifted a `stop`
/// proves nothing more by itself: the `continue` may have been the other fault's, and not told.
fn stopped(paused: &mut Spread, refuted: &mut BTreeSet<u32>, told: &Told<'_>, ends: &LifeEnds, faults: &[&Fault]) {
    let lifts = Ends::of(pausing(faults).filter_map(|f| f.lift.as_ref()).map(|lift| lift.span));
    let continues = told.marks.iter().any(|m| m.turn == Turn::Continue);
    // From the last line to the first: the continues that are known then are those that follow.
    let mut following = FirstFrom::new();
    for stop in told.marks.iter().rev() {
        match stop.turn {
            Turn::Continue => following.push(stop.span.latest, stop.span),
            Turn::Stop => {
                let lifted = lifts.first(stop.span.earliest);
                let over = following.at_least(stop.span.earliest);
                let over = over.or(lifted.filter(|_| !continues)).unwrap_or(Span::at(u64::MAX));
                let restart = ends.starts.after(stop.span);
                let lifted = lifted.map_or(u64::MAX, |span| span.earliest);
                let (from, to) = (after(stop.span.latest), over.earliest.min(lifted).min(ends.of_pause(stop.span)));
                paused.may(stop.span.earliest, after(over.latest.min(restart.latest)));
                hold(paused, refuted, told.signs, (from, to), stop.fault);
            }
            Turn::Start | Turn::Exit | Turn::Away => {}
        }
    }
    // A `continue` whose `stop` is not told.
    let (mut since, mut stands) = (0, false);
    for mark in told.marks {
        match mark.turn {
            Turn::Stop => stands = true,
            Turn::Continue => {
                if !stands {
                    paused.may(since, after(mark.span.latest));
                }
                (since, stands) = (mark.span.earliest, false);
            }
            Turn::Start => (since, stands) = (mark.span.earliest, false),
            Turn::Exit | Turn::Away => {}
        }
    }
}

/// When the process stood still, as faults tell it. Under a stutter nothing of that is certain.
fn held(paused: &mut Spread, refuted: &mut BTreeSet<u32>, told: &Told<'_>, ends: &LifeEnds, faults: &[&Fault]) {
    let continues = Ends::of(told.marks.iter().filter(|m| m.turn == Turn::Continue).map(|m| m.span));
    for fault in pausing(faults) {
        let (may, must) = fault.in_force();
        // A new process is free of what was done to the old one, and not of what was done to its disk, or nobody knows to what.
        let free = !fault.orphan && fault.does.acts_on == Sphere::Process;
        let restart = if free { after(ends.starts.after(fault.inject).latest) } else { u64::MAX };
        paused.may(may.0, may.1.min(restart));
        if fault.does.pauses() && fault.names(told.node) {
            let continued = continues.first_earliest(after(fault.inject.latest)).unwrap_or(u64::MAX);
            let to = must.1.min(continued).min(ends.of_pause(fault.inject));
            hold(paused, refuted, told.signs, (must.0, to), Some(fault.id));
        }
    }
    paused.doubt(pausing(faults).filter(|f| !f.does.pauses()).map(|fault| fault.in_force().0));
}

/// It certainly stood still, unless it wrote or answered meanwhile.
fn hold(paused: &mut Spread, refuted: &mut BTreeSet<u32>, signs: &[Signs], (from, to): (u64, u64), fault: Option<u32>) {
    if Signs::within(signs, from, to).next().is_some() {
        refuted.extend(fault);
        paused.may(from, to);
    } else {
        paused.must(from, to);
    }
}
