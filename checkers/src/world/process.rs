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

use history::event::Installed;
use history::{Name, Span};
use workloads::fault::Sphere;

use super::fault::Fault;
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

/// The end that a start puts to what began in `began`: the earliest and the latest instant at which it can have come.
/// A start whose span overlaps `began` may have come after it, and so ends certainty, or before, and so ends no doubt.
fn restart(lives: &[Mark], began: Span) -> Span {
    let starts = || lives.iter().filter(|m| m.turn == Turn::Start).map(|m| m.span);
    let earliest = starts().filter(|s| s.latest >= began.earliest).map(|s| s.earliest).min();
    let latest = starts().filter(|s| s.earliest > began.latest).map(|s| s.latest).min();
    Span { earliest: earliest.unwrap_or(u64::MAX), latest: latest.unwrap_or(u64::MAX) }
}

/// When `node` was up.
pub(crate) fn up(node: Name, marks: &[Mark], faults: &[Fault]) -> Timeline<Tri> {
    let mine: Vec<&Fault> = faults.iter().filter(|f| f.does.on_process() && f.hits(node)).collect();
    let lives = lives(marks, &mine);
    let mut not_up = Spread::default();
    down(&mut not_up, &lives, &mine);
    not_up.join(paused(marks, &lives, &mine));
    // What nobody knows may also have brought a dead process back.
    for (from, to) in mine.iter().filter(|f| !f.does.is_known()).map(|f| f.in_force().0) {
        not_up.doubt(from, to);
    }
    not_up.negation()
}

/// Starts and exits in order, those that only faults tell of included.
fn lives(marks: &[Mark], faults: &[&Fault]) -> Vec<Mark> {
    let mut lives: Vec<Mark> = marks.iter().filter(|m| matches!(m.turn, Turn::Start | Turn::Exit)).copied().collect();
    let starts = lives.iter().any(|m| m.turn == Turn::Start);
    let exits = lives.iter().any(|m| m.turn == Turn::Exit);
    for fault in faults.iter().filter(|f| f.does.kills()) {
        let around = |m: &Mark| {
            m.turn == Turn::Start && fault.inject.latest >= m.span.latest && m.span.earliest >= fault.inject.earliest
        };
        if !exits && fault.outcome == Installed::Installed && !marks.iter().any(around) {
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

fn down(not_up: &mut Spread, lives: &[Mark], faults: &[&Fault]) {
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
    for fault in faults.iter().filter(|f| f.does.kills()) {
        let from = fault.inject.earliest;
        let by = |m: &&Mark| m.turn == Turn::Exit && m.span.latest >= from;
        let exit = lives.iter().filter(by).find(|m| m.fault == Some(fault.id)).or_else(|| lives.iter().find(by));
        let exit = exit.map_or(u64::MAX, |m| after(m.span.latest));
        // While it is installed an indeterminate kill may strike at any time; a lift or a start ends the doubt.
        let lift = fault.lift.as_ref().map_or(u64::MAX, |lift| after(lift.span.latest));
        let end = exit.min(after(restart(lives, fault.inject).latest));
        let end = if exit == u64::MAX && lives.iter().all(|m| m.turn != Turn::Start) { end.min(lift) } else { end };
        not_up.may(from, end.max(after(fault.inject.latest)));
    }
}

/// When the process stood still. Under a stutter nothing of that is certain, and once any pause or stutter of the node
/// is lifted a `stop` proves nothing more by itself: the `continue` may have been the other fault's, and not told.
fn paused(marks: &[Mark], lives: &[Mark], faults: &[&Fault]) -> Spread {
    let mut paused = Spread::default();
    let pausing = || faults.iter().filter(|f| !f.does.kills());
    let continues = marks.iter().any(|m| m.turn == Turn::Continue);
    for (i, stop) in marks.iter().enumerate().filter(|(_, m)| m.turn == Turn::Stop) {
        let restart = restart(lives, stop.span);
        let lifts = pausing().filter_map(|f| f.lift.as_ref()).map(|l| l.span);
        let lifted = lifts.filter(|s| s.latest >= stop.span.earliest).min();
        let continued = marks[i..].iter().find(|m| m.turn == Turn::Continue && m.span.latest >= stop.span.earliest);
        let over = continued.map(|m| m.span).or(lifted.filter(|_| !continues)).unwrap_or(Span::at(u64::MAX));
        let certain = over.earliest.min(restart.earliest).min(lifted.map_or(u64::MAX, |s| s.earliest));
        paused.may(stop.span.earliest, after(over.latest.min(restart.latest)));
        paused.must(after(stop.span.latest), certain);
    }
    for fault in pausing() {
        let restart = restart(lives, fault.inject);
        let (may, must) = fault.in_force();
        // A new process is free of what was done to the old one, and not of what was done to its disk, or nobody knows to what.
        let until = if fault.does.acts_on == Sphere::Process { after(restart.latest) } else { u64::MAX };
        paused.may(may.0, may.1.min(until));
        if fault.does.pauses() {
            paused.must(must.0, must.1.min(restart.earliest));
        }
    }
    for fault in pausing().filter(|f| !f.does.pauses()) {
        let (may, _) = fault.in_force();
        paused.doubt(may.0, may.1);
    }
    paused
}
