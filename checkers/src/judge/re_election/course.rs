//! How one window went.
//!
//! A stall is a time in which the machine had no processor for a node or for the harness: what a busy machine delays is no
//! bug of the cluster. So time inside a stall is never time without a leader, and a [`Clock`] counts the rest:
//!
//! - a stall of up to a 64th of the bound stops the clock, which goes on after it;
//! - a longer one begins it anew: every timer of the cluster may have run out meanwhile;
//! - so do stalls that together exceed an eighth of the part counted so far: of a cluster that is held up all the time
//!   nobody knows how long its elections take.
//!
//! A window in which the clock was begun anew is *split*. What was seen in a stall was there all the same: a leader seen in one
//! passes the window, and where the same leader of the same term leads on both sides of a stall that nothing else is known of,
//! it is taken to have led through it. A leaderless state on both sides convicts nobody.
//!
//! A slow disk is slow all the time, also between the stalls of it that are found. A window that one overlaps convicts nobody.

use crate::world::Picture;
use crate::world::effective::Effective;

use super::windows::Window;

/// The share of the bound up to which a stall only stops the clock.
const SHORT: u64 = 64;

/// The share of a part that stalls may take before it counts for nothing.
const TOGETHER: u64 = 8;

/// How a window went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Course {
    /// An effective leader was seen in time.
    Passed,
    /// It ended before a leader was owed.
    Untested,
    /// A leader was possible and not seen.
    Undecided,
    /// It would have been a finding, but for stalls.
    Excused,
    /// Without a leader in this part, of which so much was stalled.
    Leaderless {
        /// Since when.
        from: u64,
        /// Until when.
        to: u64,
        /// How much of it does not count.
        stalled: u64,
    },
}

/// What became of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Judged {
    pub(super) course: Course,
    /// A stall began its clock anew, or a slow disk kept it from being judged.
    pub(super) split: bool,
}

/// Counts time without stalls.
#[derive(Debug, Clone, Copy)]
struct Clock {
    bound: u64,
    /// When the part began that is counted; none before it has.
    since: Option<u64>,
    /// How much of the part was not stalled.
    counted: u64,
    /// How much of it was.
    stalled: u64,
    /// What was counted in the parts before, since the clock was last stopped.
    before: u64,
    split: bool,
    longest: Part,
}

/// A part of a window.
#[derive(Debug, Clone, Copy, Default)]
struct Part {
    from: u64,
    to: u64,
    counted: u64,
    stalled: u64,
    /// With the parts before it that stalls split off.
    together: u64,
}

impl Clock {
    fn new(bound: u64) -> Self {
        Self { bound, since: None, counted: 0, stalled: 0, before: 0, split: false, longest: Part::default() }
    }

    /// Time passes from `from` to `to`; with the length of the stall that it is a part of.
    fn pass(&mut self, from: u64, to: u64, stall: Option<u64>) {
        match (stall, self.since) {
            (None, _) => {
                let since = *self.since.get_or_insert(from);
                self.counted += to - from;
                if self.counted >= self.longest.counted {
                    let (counted, stalled, together) = (self.counted, self.stalled, self.longest.together);
                    self.longest = Part { from: since, to, counted, stalled, together };
                }
                self.longest.together = self.longest.together.max(self.before + self.counted);
            }
            (Some(_), None) => {}
            (Some(length), Some(since)) => {
                self.stalled += to - from;
                if length > self.bound / SHORT || self.stalled > (to - since) / TOGETHER {
                    self.split = true;
                    self.before += self.counted;
                    (self.since, self.counted, self.stalled) = (None, 0, 0);
                }
            }
        }
    }

    /// What it counts has ended.
    fn stop(&mut self) {
        (self.since, self.counted, self.stalled, self.before) = (None, 0, 0, 0);
    }
}

/// Cuts `[from, to)` where stalls begin and end; each piece comes with the length of the stall that it is a part of.
fn pieces(picture: &Picture, from: u64, to: u64, mut each: impl FnMut(u64, u64, Option<u64>)) {
    let mut at = from;
    for (begin, end) in picture.stalls.waits(from, to) {
        let (a, b) = (begin.clamp(at, to), end.clamp(at, to));
        if at < a {
            each(at, a, None);
        }
        if a < b {
            each(a, b, Some(end - begin));
        }
        at = b;
    }
    if at < to {
        each(at, to, None);
    }
}

/// How a window went under a bound.
pub(super) fn course(picture: &Picture, window: &Window, bound: u64) -> Judged {
    let (mut owed, mut leaderless) = (Clock::new(bound), Clock::new(bound));
    pieces(picture, window.clock.min(window.end), window.end, |from, to, stall| owed.pass(from, to, stall));
    let mut passed = false;
    for (from, to, effective) in picture.effective.between(window.start, window.end) {
        passed |= effective.seen();
        if effective != Effective::No {
            leaderless.stop();
        } else if to > window.clock {
            pieces(picture, from.max(window.clock), to, |from, to, stall| leaderless.pass(from, to, stall));
        }
    }
    let longest = leaderless.longest;
    let slow_disk = picture.stalls.of_disk(window.start, window.end);
    let late = longest.counted >= bound && longest.to > longest.from;
    let course = if late && !slow_disk {
        Course::Leaderless { from: longest.from, to: longest.to, stalled: longest.stalled }
    } else if late || (longest.together >= bound && longest.together > longest.counted) {
        Course::Excused
    } else if passed || led_through(picture, window) {
        Course::Passed
    } else if owed.longest.counted < bound || slow_disk {
        Course::Untested
    } else {
        Course::Undecided
    };
    Judged { course, split: owed.split || (slow_disk && course != Course::Passed) }
}

/// The same leader of the same term led on both sides of a stall that reaches into the window, and nothing excludes that it
/// led on: terms never go back, and a node leads a term at most once.
fn led_through(picture: &Picture, window: &Window) -> bool {
    picture.stalls.waits(window.start, window.end).any(|(begin, end)| {
        let before = picture.effective.at(begin);
        let between = || picture.effective.between(begin, end.saturating_add(1));
        before.seen()
            && picture.effective.at(end) == before
            && between().all(|(_, _, effective)| effective == before || effective == Effective::Maybe)
    })
}
