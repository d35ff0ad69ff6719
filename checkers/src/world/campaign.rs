//! Since when a candidacy can have lasted.
//!
//! A node may show the same candidacy again and again, and the first line of it that is in the record need not be the first that
//! there was: the record began late, a line is missing, or the observer does not show every change. But a candidacy of a term
//! did not begin while the node was at a lower one, nor before its process. So it began after the last line that shows either.
//! Where a complete observer misses nothing, it began with its own line.

use history::event::Life;
use history::{ExitReason, NodeEvent, Observation, Role};

/// What the lines of one node have told of its terms, in its present life.
#[derive(Debug, Clone, Default)]
pub(crate) struct Campaigns {
    incarnation: u32,
    /// Not all lines of this life say themselves that they are of it.
    counted: bool,
    highest: Option<u64>,
    /// The latest instant of which a line shows the highest term, by the beginnings of spans; and the same of lower terms.
    at: u64,
    below: u64,
    whole: Option<Whole>,
}

/// The last line of a complete observer, with nothing missing since it was at a lower term, or the record began.
#[derive(Debug, Clone, Copy)]
struct Whole {
    observer: u16,
    term: u64,
    /// No candidacy of this term can have begun before; none: the observer did not see it begin.
    since: Option<u64>,
    /// Nothing of this term so far can have been a candidacy.
    before: bool,
}

impl Campaigns {
    /// Takes a line, and answers before which instant a candidacy of its term cannot have begun.
    pub(crate) fn observe(&mut self, seen: &Observation) -> u64 {
        if seen.incarnation > self.incarnation {
            self.lives_anew(seen.incarnation, seen.told);
        }
        self.counted |= !seen.told;
        let (Some(term), true) = (seen.term, seen.incarnation == self.incarnation) else {
            self.loses(seen.complete);
            return 0;
        };
        let earliest = seen.span.earliest;
        let after = match self.highest {
            None => self.below,
            Some(highest) if highest < term => self.below.max(self.at),
            Some(highest) if highest == term => self.below,
            Some(_) => 0,
        };
        if self.highest < Some(term) {
            (self.below, self.at, self.highest) = (self.below.max(self.at), earliest, Some(term));
        } else if self.highest == Some(term) {
            self.at = self.at.max(earliest);
        } else {
            self.below = self.below.max(earliest);
        }
        after.max(self.entered(seen, term).unwrap_or(0))
    }

    fn entered(&mut self, seen: &Observation, term: u64) -> Option<u64> {
        if !seen.complete {
            return None;
        }
        let last = self.whole.filter(|last| last.observer == seen.observer && seen.hole.is_none());
        let rests = matches!(seen.role, Some(Role::Follower | Role::Precandidate));
        let earliest = seen.span.earliest;
        let (since, before) = match last {
            Some(last) if last.term < term => (Some(earliest), rests),
            Some(last) if last.term == term && last.before => (last.since.map(|_| earliest), rests),
            Some(last) if last.term == term => (last.since, false),
            _ => (None, false),
        };
        self.whole = Some(Whole { observer: seen.observer, term, since, before });
        since
    }

    /// A line tells of the node's process.
    pub(crate) fn lives(&mut self, event: &NodeEvent) {
        match event.what {
            Life::Start if event.told && event.incarnation >= self.incarnation => {
                if event.incarnation > self.incarnation {
                    self.lives_anew(event.incarnation, true);
                }
                self.below = self.below.max(event.span.earliest);
                self.whole = None;
            }
            Life::Start | Life::Gap | Life::Eof | Life::Exit { reason: Some(ExitReason::Forked), .. } => {
                self.whole = None
            }
            _ => {}
        }
    }

    fn loses(&mut self, complete: bool) {
        if complete {
            self.whole = None;
        }
    }

    /// Whatever an earlier life showed was before this one; but where lives are only counted, both may be one.
    fn lives_anew(&mut self, incarnation: u32, told: bool) {
        (self.incarnation, self.whole) = (incarnation, None);
        if told && !self.counted {
            (self.below, self.at, self.highest) = (self.below.max(self.at), 0, None);
        }
        self.counted = !told;
    }
}
