//! `re-election`: a majority that can elect a leader does so within the bound.
//!
//! A *window* ([`windows`]) is a maximal interval in which the processes and links of a majority certainly do not
//! change. Its clock starts when every link that the majority needs has carried bytes both ways since its last lift, or
//! after a cap. It is
//!
//! - **invalid** when a part of it after the clock's start, as long as the bound, has certainly no effective leader;
//! - **passed** when an effective leader is seen in it, even if it is shorter than the bound;
//! - **untested** when neither is so and it is shorter than the bound: cut off, or in statistics censored;
//! - **undecided** when it is longer and a leader was possible: the observers saw too little. Then the checker says
//!   `unknown`, because nobody can say that a leader was owed and came.
//!
//! Two windows of different majorities with the same begin and end are one. A window that a stall of the harness
//! overlaps proves nothing against the cluster (a starved machine starves its nodes), so a finding there is counted,
//! not made, and the checker says `unknown`; a leader seen there was there.
//!
//! Source: Raft, §5.2 and §5.6 (availability as long as a majority can talk); grades after Howard & Abraham, "Raft
//! does not guarantee liveness in the face of network faults".

pub mod windows;

use std::collections::BTreeMap;

use crate::world::Picture;
use crate::world::effective::Effective;
use history::finding::{Finding, Statement, Unjudged};
use history::verdict::{Judgement, Verdict, Violation};

use super::prose::{self, evidence};
use windows::Window;

/// The checker's name.
pub const NAME: &str = "re-election";

/// How a window went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    Passed,
    Untested,
    Undecided,
    /// Without a leader in this part.
    Leaderless(u64, u64),
}

fn course(picture: &Picture, window: &Window, bound: u64) -> Course {
    let mut leaderless: Option<u64> = None;
    let mut longest = (0, 0);
    let mut passed = false;
    for (from, to, effective) in picture.effective.between(window.start, window.end) {
        passed |= effective.seen();
        if effective != Effective::No {
            leaderless = None;
        } else if to > window.clock {
            let since = *leaderless.get_or_insert(from.max(window.clock));
            if to - since > longest.1 - longest.0 {
                longest = (since, to);
            }
        }
    }
    match longest {
        (from, to) if to - from >= bound && to > from => Course::Leaderless(from, to),
        _ if passed => Course::Passed,
        _ if window.end.saturating_sub(window.clock) < bound => Course::Untested,
        _ => Course::Undecided,
    }
}

/// Judges a run.
pub fn judge(picture: &Picture) -> Judgement {
    let Some(bound) = picture.header.bound else {
        return prose::not_judged(NAME, Unjudged::NoBound);
    };
    if picture.known.iter().all(|known| known.changes().len() == 1) {
        return prose::not_judged(NAME, Unjudged::NothingObserved);
    }
    let Some(windows) = windows::windows(picture) else {
        return prose::not_judged(NAME, Unjudged::TooManyNodes);
    };
    let mut distinct: BTreeMap<(u64, u64), (Course, &Window)> = BTreeMap::new();
    for window in &windows {
        let new = course(picture, window, bound);
        let old = distinct.entry((window.start, window.end)).or_insert((new, window));
        // Several majorities share the interval: the worst of their courses stands.
        let weight = |course: &Course| match course {
            Course::Passed => 0,
            Course::Untested => 1,
            Course::Undecided => 2,
            Course::Leaderless(..) => 3,
        };
        if weight(&new) > weight(&old.0) {
            *old = (new, window);
        }
    }
    let mut violations = Vec::new();
    let (mut passed, mut untested, mut undecided, mut stalled, mut excused) = (0, 0, 0, 0, 0);
    let mut first_undecided = None;
    for (course, window) in distinct.values() {
        let stall = picture.stalled(window.start, window.end);
        match course {
            Course::Passed => passed += 1,
            Course::Leaderless(from, to) if !stall => violations.push(violation(picture, window, *from, *to, bound)),
            Course::Leaderless(..) => excused += 1,
            Course::Untested => untested += 1,
            Course::Undecided if !stall => {
                undecided += 1;
                first_undecided.get_or_insert(*window);
            }
            Course::Undecided => {}
        }
        stalled += u64::from(stall && *course != Course::Passed);
    }
    let verdict = match (violations.len(), excused + undecided) {
        (0, 0) => Verdict::Valid,
        (0, _) => Verdict::Unknown,
        _ => Verdict::Invalid,
    };
    let total = distinct.len() as u64;
    let statement = if !violations.is_empty() {
        Statement::Broken
    } else if excused > 0 {
        Statement::StalledWindows { windows: excused, bound }
    } else if let Some(window) = first_undecided {
        Statement::UndecidedWindows { undecided, windows: total, from: window.start, to: window.end }
    } else {
        Statement::LeadersInTime { passed, windows: total, untested }
    };
    let counts = [
        ("windows", total),
        ("windows-passed", passed),
        ("windows-untested", untested),
        ("windows-stalled", stalled),
        ("windows-undecided", undecided),
        ("findings-stalled", excused),
    ];
    prose::judgement(NAME, verdict, total > 0, statement, violations, &counts)
}

fn violation(picture: &Picture, window: &Window, from: u64, to: u64, bound: u64) -> Violation {
    let names = prose::names(picture, &window.members);
    let mut lines = picture.around(&window.members, window.start, window.end);
    lines.extend(picture.beliefs(&window.members, from));
    lines.extend(picture.beliefs(&window.members, to.saturating_sub(1)));
    Violation {
        finding: Finding::NoLeaderWithinBound { from, to, bound, members: names.clone() },
        circumstances: prose::beliefs(picture, &window.members, to.saturating_sub(1)),
        span: [from, to],
        nodes: names,
        evidence: evidence(lines),
        ..Violation::default()
    }
}
