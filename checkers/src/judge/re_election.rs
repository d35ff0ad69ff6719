//! `re-election`: a majority that can elect a leader does so within the bound.
//!
//! A *window* ([`windows`]) is a maximal interval in which the processes and links of a majority certainly do not
//! change. Its clock starts when every link that the majority needs has carried bytes both ways since its last lift, or
//! after a cap. It is
//!
//! - **invalid** when a part of it after the clock's start, as long as the bound, has certainly no effective leader;
//! - **passed** when an effective leader is seen in it, or an expectation of the schedule was met in it, even if it is shorter
//!   than the bound;
//! - **untested** when neither is so and it is shorter than the bound: cut off, or in statistics censored;
//! - **undecided** when it is longer and a leader was possible: the observers saw too little. Then the checker says
//!   `unknown`, because nobody can say that a leader was owed and came.
//!
//! Two windows of different majorities with the same begin and end are one. What stalls of the machine do to a window, is
//! told in `course`: time inside one is never time without a leader. Where a window went without a leader for as long as the
//! bound in all, and stalls kept that from being a finding, the finding is counted, not made, and the checker says `unknown`.
//!
//! Source: Raft, §5.2 and §5.6 (availability as long as a majority can talk); grades after Howard & Abraham, "Raft
//! does not guarantee liveness in the face of network faults".

mod course;
mod share;
pub mod windows;

use std::collections::BTreeMap;

use crate::world::Picture;
use crate::world::effective::Effective;
use history::finding::liveness::{Finding, Statement};
use history::finding::{self, Unjudged};
use history::verdict::{Judgement, Verdict, Violation};

use super::prose::{self, evidence};
use super::{Descriptor, Kind, Make};
use course::{Course, Judged, course};
use share::share;
use windows::Window;

/// The checker's name.
pub const NAME: &str = "re-election";

/// What is to be known of it.
pub const CHECKER: Descriptor = Descriptor {
    name: NAME,
    kind: Kind::Liveness,
    needs: "to see terms and leaders, and the bound",
    claims: "a majority that is healthy for the bound has a leader",
    told_first: false,
    make: Make::Drawn(judge),
};

/// Judges a run.
pub fn judge(picture: &Picture) -> Judgement {
    if !picture.faults_recorded {
        return prose::not_judged(NAME, Unjudged::FaultsUnknown);
    }
    let Some(bound) = picture.header.bound else {
        return prose::not_judged(NAME, Unjudged::NoBound);
    };
    if picture.known.iter().all(|known| known.changes() == 1) {
        return prose::not_judged(NAME, Unjudged::NothingObserved);
    }
    if !picture.knows_voters() {
        return prose::not_judged(NAME, Unjudged::VotersUnknown);
    }
    let Some(windows) = windows::windows(picture) else {
        return prose::not_judged(NAME, Unjudged::TooManyNodes);
    };
    let mut distinct: BTreeMap<(u64, u64), (Judged, &Window)> = BTreeMap::new();
    for window in &windows {
        let mut new = course(picture, window, bound);
        if matches!(new.course, Course::Undecided | Course::Untested) && expected(picture, window) {
            new.course = Course::Passed;
        }
        let old = distinct.entry((window.start, window.end)).or_insert((new, window));
        // Several majorities share the interval: the worst of their courses stands.
        if weight(new.course) > weight(old.0.course) {
            *old = (new, window);
        }
    }
    let mut violations = Vec::new();
    let (mut passed, mut untested, mut undecided, mut stalled, mut excused, mut split) = (0, 0, 0, 0, 0, 0);
    let mut first_undecided = None;
    for (judged, window) in distinct.values() {
        match judged.course {
            Course::Passed => passed += 1,
            Course::Leaderless { .. } => violations.push(violation(picture, window, judged.course, bound)),
            Course::Excused => excused += 1,
            Course::Untested => untested += 1,
            Course::Undecided => {
                undecided += 1;
                first_undecided.get_or_insert(*window);
            }
        }
        split += u64::from(judged.split);
        stalled += u64::from(judged.split && judged.course != Course::Passed);
    }
    let claimed = picture.header.claims.availability.filter(|share| *share > 0.0 && *share <= 1.0);
    let share = claimed.map(|_| share(picture, &windows, bound)).unwrap_or_default();
    violations.extend(claimed.and_then(|claimed| share.violation(picture, claimed)));
    let verdict = match (violations.len(), excused + undecided) {
        (0, 0) => Verdict::Valid,
        (0, _) => Verdict::Unknown,
        _ => Verdict::Invalid,
    };
    let total = distinct.len() as u64;
    let availability = claimed.map(|_| [share.time, bound.saturating_mul(share::BOUNDS)]);
    let statement = if !violations.is_empty() {
        finding::Statement::Broken
    } else if excused > 0 {
        Statement::StalledWindows { windows: excused, bound }.into()
    } else if let Some(window) = first_undecided {
        let (from, to, transitions_only) = (window.start, window.end, picture.header.only_transitions());
        Statement::UndecidedWindows { undecided, windows: total, from, to, transitions_only }.into()
    } else {
        Statement::LeadersInTime { passed, windows: total, untested, split, bound: Some(bound), availability }.into()
    };
    let counts = [
        ("windows", total),
        ("windows-passed", passed),
        ("windows-untested", untested),
        ("windows-split", split),
        ("windows-stalled", stalled),
        ("windows-undecided", undecided),
        ("findings-stalled", excused),
        ("availability-time", share.time),
        ("availability-led", share.led),
    ];
    let counts = if claimed.is_some() { &counts[..] } else { &counts[..counts.len() - 2] };
    prose::judgement(NAME, verdict, total > 0, statement, violations, counts)
}

/// A leader was expected and was there, certainly in this window: see [`crate::world::expected`].
fn expected(picture: &Picture, window: &Window) -> bool {
    let first = picture.expected.partition_point(|met| met.at < window.start);
    let inside = picture.expected[first..].iter().take_while(|met| met.at < window.end);
    inside.filter(|met| window.start <= met.since && met.since <= met.at).any(|met| {
        let up = picture.up.get(met.leader.0 as usize).is_some_and(|up| up.at(met.at).certain());
        up && picture.effective.at(met.at) != Effective::No
    })
}

/// The worse, the more.
fn weight(course: Course) -> u8 {
    match course {
        Course::Passed => 0,
        Course::Untested => 1,
        Course::Undecided => 2,
        Course::Excused => 3,
        Course::Leaderless { .. } => 4,
    }
}

fn violation(picture: &Picture, window: &Window, course: Course, bound: u64) -> Violation {
    let (from, to, stalled) = match course {
        Course::Leaderless { from, to, stalled } => (from, to, stalled),
        _ => (window.start, window.end, 0),
    };
    let names = prose::names(picture, &window.members);
    let mut lines = picture.around(&window.members, window.start, window.end);
    lines.extend(picture.beliefs(&window.members, from));
    lines.extend(picture.beliefs(&window.members, to.saturating_sub(1)));
    Violation {
        finding: Finding::NoLeaderWithinBound { from, to, bound, members: names.clone(), stalled }.into(),
        circumstances: prose::beliefs(picture, &window.members, from, to.saturating_sub(1)),
        span: [from, to],
        nodes: names,
        evidence: evidence(lines),
        ..Violation::default()
    }
}
