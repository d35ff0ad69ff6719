//! From a model's intervals to pixels, without losing what is too short to see.
//!
//! A ten-minute run has thousands of states and a screen has a thousand pixels. States too short for a pixel are drawn together
//! as one piece in the colour of the weightiest among them (leader over candidate over follower). The piece is at least as wide
//! as can be seen: a leader of a millisecond is still a mark.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::model::{Held, Role};

/// What is drawn for one state, or for several that share too few pixels.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Piece {
    /// The left edge.
    pub(super) left: f64,
    /// The right edge.
    pub(super) right: f64,
    /// From when, nanoseconds.
    pub(super) start: u64,
    /// Until when, nanoseconds.
    pub(super) end: u64,
    /// The weightiest role among them.
    pub(super) role: Role,
    /// How many states it stands for.
    pub(super) states: usize,
}

/// The pieces of a lane; `scale` gives the pixel of a time, `least` is the width below which states are merged.
/// Pieces that stand for short states come after the long ones, to be drawn over their edges.
pub(super) fn roles(states: &[Held<Role>], scale: &dyn Fn(u64) -> f64, least: f64) -> Vec<Piece> {
    let mut long = Vec::new();
    let mut short = Vec::new();
    let mut pending: Option<Piece> = None;
    for held in states {
        let (left, right) = (scale(held.start), scale(held.end));
        let piece = Piece { left, right, start: held.start, end: held.end, role: held.what, states: 1 };
        if right - left >= least {
            short.extend(pending.take());
            long.push(piece);
            continue;
        }
        match &mut pending {
            Some(group) if right - group.left < 2.0 * least => {
                group.right = right.max(group.right);
                group.end = held.end.max(group.end);
                group.states += 1;
                if held.what.rank() > group.role.rank() {
                    group.role = held.what;
                }
            }
            _ => {
                short.extend(pending.take());
                pending = Some(piece);
            }
        }
    }
    short.extend(pending);
    for piece in &mut short {
        piece.right = piece.right.max(piece.left + least);
    }
    // Alike ones stand together, the weightiest last: nothing that matters is drawn over.
    long.sort_by_key(|piece| piece.role.rank());
    short.sort_by_key(|piece| piece.role.rank());
    long.extend(short);
    long
}

/// Of all values the largest in each pixel.
pub(super) fn peaks<T>(values: impl Iterator<Item = T>, pixel: impl Fn(&T) -> i64, size: impl Fn(&T) -> u64) -> Vec<T> {
    let mut best: BTreeMap<i64, T> = BTreeMap::new();
    for value in values {
        match best.entry(pixel(&value)) {
            Entry::Vacant(free) => drop(free.insert(value)),
            Entry::Occupied(mut held) if size(held.get()) < size(&value) => {
                held.insert(value);
            }
            Entry::Occupied(_) => {}
        }
    }
    best.into_values().collect()
}

/// Round times from zero to `length` (nanoseconds), about `wanted` of them.
pub(super) fn ticks(length: u64, wanted: u64) -> Vec<u64> {
    let rough = (length / wanted.max(1)).max(1);
    let decade = 10u64.pow(rough.ilog10());
    let step = [1, 2, 5, 10].iter().map(|m| m * decade).find(|step| *step >= rough).unwrap_or(rough);
    (0..=length / step).map(|n| n * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Name;
    use history::Role as R;

    fn held(start: u64, end: u64, role: R) -> Held<Role> {
        Held {
            start,
            end,
            what: Role {
                role: Some(role),
                term: Some(1),
                vote: Name::UNKNOWN,
                leader: Name::UNKNOWN,
                line: 2,
                slack: 0,
                states: 1,
            },
        }
    }

    #[test]
    fn a_leader_shorter_than_a_pixel_is_still_drawn_as_a_leader() {
        let states = [held(0, 1000, R::Follower), held(1000, 1001, R::Leader), held(1001, 9000, R::Follower)];
        let pieces = roles(&states, &|t| t as f64 / 100.0, 1.5);
        let leader = pieces.last().unwrap();
        assert!(leader.role.leads());
        assert!(leader.right - leader.left >= 1.5);
    }

    #[test]
    fn ten_thousand_flickers_become_no_more_pieces_than_there_are_pixels() {
        let states: Vec<_> =
            (0..10_000).map(|n| held(n, n + 1, if n % 2 == 0 { R::Follower } else { R::Candidate })).collect();
        let pieces = roles(&states, &|t| t as f64 / 10.0, 1.5);
        assert!(pieces.len() <= 1000, "{}", pieces.len());
        assert_eq!(pieces.iter().map(|piece| piece.states).sum::<usize>(), 10_000);
    }

    #[test]
    fn ticks_are_round_and_about_as_many_as_wanted() {
        assert_eq!(ticks(10_000_000_000, 10).len(), 11);
        assert_eq!(ticks(37_000_000_000, 10)[1], 5_000_000_000);
        assert_eq!(ticks(0, 10), [0]);
    }
}
