//! Signs of life: lines that a process itself wrote, and answers over its own port.
//!
//! They matter only while a node is said to be dead or paused, and then nearly no record has any. But a history tells of
//! faults late, so that one cannot know at a line whether it will matter. What is kept is therefore thin where all is well:
//! one sign a second, the last few, and all that come while the node is down as far as the lines have told.

use std::collections::VecDeque;

use history::{Observation, Span};

/// So many are remembered in case that the next line tells of a death before them.
const LAST: usize = 16;

/// Of a node that is up one sign is kept in so many nanoseconds.
const APART: u64 = 1_000_000_000;

/// A process wrote a line, or answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sign {
    pub(crate) span: Span,
    pub(crate) line: u64,
    pub(crate) incarnation: u32,
    /// It came through a pipe of the process.
    pub(crate) piped: bool,
}

impl Sign {
    /// Those whose whole span lies in `[from, to)`; `signs` are in the order of their earliest instants.
    pub(crate) fn within(signs: &[Self], from: u64, to: u64) -> impl Iterator<Item = &Self> {
        let first = signs.partition_point(|sign| sign.span.earliest < from);
        signs[first..].iter().take_while(move |sign| sign.span.earliest < to).filter(move |sign| sign.span.latest < to)
    }
}

/// The signs of one node.
#[derive(Debug, Clone, Default)]
pub(crate) struct Signs {
    kept: Vec<Sign>,
    last: VecDeque<Sign>,
    /// The node is down or paused, as far as the lines have told.
    down: bool,
}

impl Signs {
    pub(crate) fn observe(&mut self, seen: &Observation, line: u64) {
        if !seen.alive {
            return;
        }
        let sign = Sign { span: seen.span, line, incarnation: seen.incarnation, piped: seen.piped };
        let apart = |last: &Sign| sign.span.earliest.abs_diff(last.span.earliest) >= APART;
        if self.down || self.kept.last().is_none_or(apart) {
            self.kept.push(sign);
            return;
        }
        if self.last.len() == LAST {
            self.last.pop_front();
        }
        self.last.push_back(sign);
    }

    /// A line says that the node is down or paused, or may be.
    pub(crate) fn goes_down(&mut self) {
        self.down = true;
        self.kept.extend(self.last.drain(..));
    }

    /// A line says that it runs again.
    pub(crate) fn comes_up(&mut self) {
        self.down = false;
    }

    /// All that were kept, in the order of their earliest instants.
    pub(crate) fn sorted(mut self) -> Vec<Sign> {
        self.kept.extend(self.last);
        self.kept.sort_unstable_by_key(|sign| (sign.span.earliest, sign.line));
        self.kept
    }
}
