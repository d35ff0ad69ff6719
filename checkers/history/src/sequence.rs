//! Holes in what an observer told of a node.
//!
//! A recorder that numbers its observations (`seq`: 1, 2, … per node and observer) lets a reader see that one is missing.
//! A number that is too high leaves a hole, and so does one that is too low, because nobody knows then what is in order. A
//! recorder may begin anew with each incarnation. What is missing after the last one cannot be seen.

use super::{Name, Span};

/// The number that each node and observer had last.
#[derive(Debug, Default)]
pub(super) struct Sequences {
    /// For each node by its observers.
    last: Vec<Vec<(u16, Last)>>,
}

#[derive(Debug, Clone, Copy)]
struct Last {
    seq: Option<u64>,
    incarnation: u32,
    span: Span,
}

impl Sequences {
    /// Takes an observation. The answer is in which time lines before it are missing, if some are.
    pub(super) fn take(
        &mut self,
        (node, observer): (Name, u16),
        incarnation: u32,
        span: Span,
        seq: Option<u64>,
    ) -> Option<Span> {
        let (at, now) = (node.0 as usize, Last { seq, incarnation, span });
        let known = self.last.get_mut(at).and_then(|of_node| of_node.iter_mut().find(|last| last.0 == observer));
        let Some((_, last)) = known else {
            // Whoever never numbers costs nothing.
            let first = seq?;
            if self.last.len() <= at {
                self.last.resize_with(at + 1, Vec::new);
            }
            self.last[at].push((observer, now));
            return (first > 1).then_some(Span { earliest: 0, latest: span.latest });
        };
        let before = std::mem::replace(last, now);
        let seq = seq?;
        let anew = seq == 1 && incarnation > before.incarnation;
        let follows = before.seq.is_none_or(|last| seq == last.wrapping_add(1));
        (!anew && !follows).then(|| Span::new(before.span.earliest, span.latest.max(before.span.earliest)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(sequences: &mut Sequences, incarnation: u32, at: u64, seq: Option<u64>) -> Option<Span> {
        sequences.take((Name(0), 0), incarnation, Span::at(at), seq)
    }

    #[test]
    fn numbers_in_order_leave_no_hole_and_one_that_is_missing_does() {
        let mut sequences = Sequences::default();
        assert_eq!(take(&mut sequences, 1, 10, Some(1)), None);
        assert_eq!(take(&mut sequences, 1, 20, Some(2)), None);
        assert_eq!(take(&mut sequences, 1, 40, Some(4)), Some(Span { earliest: 20, latest: 40 }));
        assert_eq!(take(&mut sequences, 1, 50, Some(5)), None);
        assert_eq!(take(&mut sequences, 1, 60, Some(5)), Some(Span { earliest: 50, latest: 60 }));
    }

    #[test]
    fn a_record_that_begins_late_has_a_hole_before_it() {
        let mut sequences = Sequences::default();
        assert_eq!(take(&mut sequences, 1, 30, Some(3)), Some(Span { earliest: 0, latest: 30 }));
    }

    #[test]
    fn an_incarnation_may_begin_anew_and_what_is_not_numbered_has_no_holes() {
        let mut sequences = Sequences::default();
        assert_eq!(take(&mut sequences, 1, 10, Some(1)), None);
        assert_eq!(take(&mut sequences, 2, 20, Some(1)), None);
        let mut sequences = Sequences::default();
        assert_eq!(take(&mut sequences, 1, 10, None), None);
        assert_eq!(take(&mut sequences, 1, 20, None), None);
    }
}
