//! The share of the time with a leader, where the system claims one.
//!
//! A cluster may have a leader again and again within the bound, and lose it each time: no window is ever without one for too
//! long, and hardly any work is done. So a system may claim a share of the time (`availability`). Only windows of
//! `re-election` count, since no leader is owed outside them, and in each only the time from its first effective leader on:
//! how long the first may take is judged already. Where several majorities share a time, it counts once, and whatever changes at
//! any process or link begins the wait for a first leader anew: what a fault costs is not flapping.
//!
//! A leader that is possible counts as one, stalled time is left out, and of less than [`BOUNDS`] bounds nothing is said.

use crate::world::Picture;
use crate::world::effective::Effective;
use crate::world::timeline::union;
use history::finding::liveness::Finding;
use history::verdict::Violation;

use super::super::prose::{self, evidence};
use super::windows::{self, Window};

/// So many bounds of time are judged, or none.
pub(super) const BOUNDS: u64 = 10;

/// What became of the claim.
#[derive(Debug, Clone, Default)]
pub(super) struct Share {
    /// The time that counts, nanoseconds.
    pub(super) time: u64,
    /// How much of it there may have been a leader.
    pub(super) led: u64,
    /// The claim, if it was tested.
    pub(super) tested: bool,
    /// The longest part of it without a leader.
    longest: (u64, u64),
    span: (u64, u64),
}

/// Sums up what the windows show.
pub(super) fn share(picture: &Picture, windows: &[Window], bound: u64) -> Share {
    let mut share = Share::default();
    for (from, to) in stretches(picture, windows) {
        let mut parts =
            picture.effective.between(from, to).skip_while(|(_, _, effective)| !effective.seen()).peekable();
        if let Some(&(first, ..)) = parts.peek() {
            let begun = if share.time == 0 { first } else { share.span.0 };
            share.span = (begun, to);
        }
        for (from, to, effective) in parts {
            let counted = (to - from).saturating_sub(picture.stalls.covered(from, to));
            share.time += counted;
            if effective != Effective::No {
                share.led += counted;
            } else if to - from > share.longest.1 - share.longest.0 {
                share.longest = (from, to);
            }
        }
    }
    share.tested = share.time > 0 && share.time >= bound.saturating_mul(BOUNDS);
    share
}

/// The time of all windows, cut wherever a process or a link changes.
fn stretches(picture: &Picture, windows: &[Window]) -> Vec<(u64, u64)> {
    let owed = union(windows.iter().map(|window| (window.start, window.end)).collect());
    let changes = windows::changes(picture);
    let mut stretches = Vec::new();
    for (start, end) in owed {
        let inner = changes.partition_point(|&at| at <= start)..changes.partition_point(|&at| at < end);
        let mut at = start;
        for &change in changes.get(inner).unwrap_or_default().iter().chain([&end]) {
            if at < change {
                stretches.push((at, change));
            }
            at = change;
        }
    }
    stretches
}

impl Share {
    /// The claim is broken.
    pub(super) fn violation(&self, picture: &Picture, claimed: f64) -> Option<Violation> {
        if !self.tested || self.led as f64 >= claimed * self.time as f64 {
            return None;
        }
        let everyone: Vec<usize> = (0..picture.nodes()).collect();
        let (from, to) = self.longest;
        let mut lines = picture.beliefs(&everyone, from);
        lines.extend(picture.beliefs(&everyone, to.saturating_sub(1)));
        let per_mille = |share: f64| (share * 1000.0).floor() as u64;
        Some(Violation {
            finding: Finding::TooSeldomLed {
                led: self.led,
                of: self.time,
                claimed_per_mille: per_mille(claimed + 1e-9),
                from,
                to,
            }
            .into(),
            circumstances: prose::beliefs(picture, &everyone, from, to.saturating_sub(1)),
            span: [self.span.0, self.span.1],
            nodes: prose::names(picture, &everyone),
            evidence: evidence(lines),
            ..Violation::default()
        })
    }
}
