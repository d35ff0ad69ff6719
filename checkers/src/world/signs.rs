//! Signs of life: lines that a process itself wrote, and answers over its own port.
//!
//! They matter only while a node is said to be dead or paused, and then nearly no record has any. But a history tells of
//! faults late, so that one cannot know at a line whether it will matter, and what was thrown away would speak against nobody.
//! So none is thrown away, and most are put together: of a second of signs are kept the first, the last and the two around the longest
//! silence, and that there were others between them. Whoever asks whether there was one hears "perhaps" wherever there may have been.

use history::{Observation, Span};

use crate::kept::{List, row};

/// The signs of so many nanoseconds are put together.
const TOGETHER: u64 = 1_000_000_000;

/// A process wrote a line, or answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sign {
    span: Span,
    line: u64,
}

/// Signs of one life, one after the other, with no long silence between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Signs {
    first: Span,
    last: Span,
    /// Others between the two: the latest beginning, and the earliest end.
    others: Option<(u64, u64)>,
    /// The last line of them in the file.
    pub(crate) line: u64,
    pub(crate) incarnation: u32,
    /// They came through a pipe of the process.
    pub(crate) piped: bool,
}

row!(Signs { first: Span, last: Span, others: Option<(u64, u64)>, line: u64, incarnation: u32, piped: bool });

impl Signs {
    /// Of one line, or of what proves by itself that the process ran in this span.
    pub(crate) fn one(span: Span, line: u64, incarnation: u32, piped: bool) -> Self {
        Self { first: span, last: span, others: None, line, incarnation, piped }
    }

    fn is_one(&self) -> bool {
        self.first == self.last && self.others.is_none()
    }

    /// Another one follows.
    fn extend(&mut self, sign: Sign) {
        if !self.is_one() {
            let Span { earliest, latest } = self.last;
            let (begins, ends) = self.others.unwrap_or((earliest, latest));
            self.others = Some((begins.max(earliest), ends.min(latest)));
        }
        self.last = sign.span;
        self.line = self.line.max(sign.line);
    }

    fn join(&mut self, next: &Self) {
        let ends = [(self.last, !self.is_one()), (next.first, !next.is_one())];
        let ends = ends.iter().filter(|end| end.1).map(|(span, _)| (span.earliest, span.latest));
        let both = |a: (u64, u64), b: (u64, u64)| (a.0.max(b.0), a.1.min(b.1));
        self.others = self.others.into_iter().chain(next.others).chain(ends).reduce(both);
        self.last = next.last;
        self.line = self.line.max(next.line);
    }

    /// Those of which one may lie in `[from, to)` as a whole; `signs` are in the order of their earliest instants.
    pub(crate) fn within(signs: &[Self], from: u64, to: u64) -> impl Iterator<Item = &Self> {
        let first = signs.partition_point(|signs| signs.first.earliest < from.saturating_sub(TOGETHER));
        let inside = move |span: Span| from <= span.earliest && span.latest < to;
        signs[first..].iter().take_while(move |signs| signs.first.earliest < to).filter(move |signs| {
            let others = signs.others.is_some_and(|(begins, ends)| from <= begins && ends < to);
            others || inside(signs.first) || inside(signs.last)
        })
    }
}

/// The signs of about a second, as they come.
#[derive(Debug, Clone)]
struct Second {
    before: Signs,
    /// What followed the longest silence.
    after: Option<Signs>,
    silence: u64,
}

impl Second {
    /// Takes a sign, if it belongs to these.
    fn take(&mut self, sign: Sign, incarnation: u32) -> bool {
        let last = self.after.as_ref().unwrap_or(&self.before).last;
        let begun = self.before.first.earliest;
        let follows = last.earliest <= sign.span.earliest && sign.span.earliest < begun.saturating_add(TOGETHER);
        if !follows || incarnation != self.before.incarnation {
            return false;
        }
        let silence = sign.span.earliest.saturating_sub(last.latest);
        match &mut self.after {
            Some(after) if silence <= self.silence => after.extend(sign),
            after => {
                let alone = Signs::one(sign.span, sign.line, incarnation, self.before.piped);
                if let Some(after) = after.replace(alone) {
                    self.before.join(&after);
                }
                self.silence = silence;
            }
        }
        true
    }
}

/// All signs of one node.
#[derive(Debug, Clone, Default)]
pub(crate) struct Life {
    kept: List<Signs>,
    /// What else proves that the process ran.
    acted: Vec<Sign>,
    /// Those through pipes and the others: what they prove is not the same.
    now: [Option<Second>; 2],
}

impl Life {
    pub(crate) fn observe(&mut self, seen: &Observation, line: u64) {
        if !seen.alive {
            return;
        }
        self.put(Sign { span: seen.span, line }, seen.incarnation, seen.piped);
    }

    fn put(&mut self, sign: Sign, incarnation: u32, piped: bool) {
        let now = &mut self.now[usize::from(piped)];
        if now.as_mut().is_some_and(|now| now.take(sign, incarnation)) {
            return;
        }
        let before = Signs::one(sign.span, sign.line, incarnation, piped);
        let full = now.replace(Second { before, after: None, silence: 0 });
        self.keep(full);
    }

    /// Something else proves that the process ran at some instant of this span.
    pub(crate) fn acted(&mut self, span: Span, line: u64) {
        self.acted.push(Sign { span, line });
    }

    /// A line says that the node goes down, or comes up: what follows is not put together with what was before.
    pub(crate) fn turns(&mut self) {
        for now in std::mem::take(&mut self.now) {
            self.keep(now);
        }
    }

    fn keep(&mut self, second: Option<Second>) {
        let signs = second.into_iter().flat_map(|second| [Some(second.before), second.after]).flatten();
        signs.for_each(|signs| self.kept.push(signs));
    }

    /// All, in the order of their earliest instants. `turns`, in order: when the node may have gone down or come up.
    pub(crate) fn sorted(mut self, turns: &[u64]) -> Vec<Signs> {
        self.turns();
        let mut acted = std::mem::take(&mut self.acted);
        acted.sort_unstable_by_key(|sign| (sign.span.earliest, sign.line));
        let mut passed = 0;
        for sign in acted {
            let turned = turns.partition_point(|turn| *turn <= sign.span.earliest);
            if std::mem::replace(&mut passed, turned) != turned {
                self.turns();
            }
            self.put(sign, 0, false);
        }
        self.turns();
        let mut kept = self.kept.into_vec();
        kept.sort_unstable_by_key(|signs| (signs.first.earliest, signs.line));
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    fn of(times: impl IntoIterator<Item = u64>) -> Vec<Signs> {
        let mut now: Option<Second> = None;
        let mut kept = Vec::new();
        for (at, line) in times.into_iter().zip(2..) {
            let sign = Sign { span: Span::at(at * MS), line };
            if !now.as_mut().is_some_and(|now| now.take(sign, 1)) {
                let before = Signs::one(sign.span, line, 1, false);
                kept.extend(now.replace(Second { before, after: None, silence: 0 }));
            }
        }
        kept.extend(now);
        kept.into_iter().flat_map(|second| [Some(second.before), second.after]).flatten().collect()
    }

    #[test]
    fn a_sign_in_a_pause_is_found_wherever_it_was() {
        let signs = of((0..5_000).step_by(50));
        assert!(signs.len() <= 10, "{signs:?}");
        for from in (0..4_000).step_by(17) {
            assert!(Signs::within(&signs, from * MS, (from + 60) * MS).next().is_some(), "{from}");
        }
    }

    #[test]
    fn a_silence_is_one_whenever_it_is_told() {
        let signs = of((0..2_310).step_by(50).chain((2_750..5_000).step_by(50)));
        assert!(Signs::within(&signs, 2_301 * MS, 2_750 * MS).next().is_none());
        assert!(Signs::within(&signs, 2_299 * MS, 2_750 * MS).next().is_some());
        assert!(Signs::within(&signs, 2_301 * MS, 2_751 * MS).next().is_some());
    }
}
