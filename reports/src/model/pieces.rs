//! States too short to be told apart, merged.
//!
//! A lane of a broken cluster may have a million states, which no screen shows, no page can carry and no memory should hold. Then
//! neighbours that are shorter than a threshold become one interval in the weightiest of their roles (leader over candidate over
//! follower). The threshold doubles until few enough are left. Each says how many states it stands for. A leader is never merged
//! with what is not one: when a node led is what a picture of a run is for.

use super::{Held, Role};

/// The first threshold, nanoseconds.
const FIRST: u64 = 1_000_000;

/// The shortest threshold with which the states of all lanes together are at most `most`; 0 where all fit.
pub(crate) fn threshold<'a>(lanes: impl Iterator<Item = &'a [Held<Role>]> + Clone, most: usize) -> u64 {
    let mut threshold = 0u64;
    let left = |threshold| lanes.clone().map(|lane| pieces(lane, threshold).count()).sum::<usize>();
    while left(threshold) > most && threshold < 1 << 62 {
        threshold = (threshold * 2).max(FIRST);
    }
    threshold
}

/// The states, those shorter than `threshold` merged with neighbours that are as short.
pub fn pieces(states: &[Held<Role>], threshold: u64) -> impl Iterator<Item = Held<Role>> {
    let mut states = states.iter().peekable();
    std::iter::from_fn(move || {
        let first = *states.next()?;
        let mut piece = first;
        while let Some(next) = states.peek() {
            let short = |held: &Held<Role>| held.length() < threshold;
            let joins = short(&first) && short(next) && next.start <= piece.end;
            let small = next.end.saturating_sub(piece.start) <= threshold.saturating_mul(8);
            if !joins || !small || next.what.leads() != first.what.leads() {
                break;
            }
            let states_so_far = piece.what.states.saturating_add(next.what.states);
            // The weightiest speaks for all; of equals the last, whose term is the highest.
            if next.what.rank() >= piece.what.rank() {
                piece.what = next.what;
            }
            piece.what.slack = first.what.slack;
            piece.what.states = states_so_far;
            piece.end = next.end;
            states.next();
        }
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Name;
    use history::Role as R;

    fn held(start: u64, end: u64, role: R, term: u64) -> Held<Role> {
        let (vote, leader) = (Name::UNKNOWN, Name::UNKNOWN);
        Held {
            start,
            end,
            what: Role { role: Some(role), term: Some(term), vote, leader, line: start, slack: 0, states: 1 },
        }
    }

    #[test]
    fn a_million_flickers_become_few_intervals_and_no_leader_is_lost() {
        let states: Vec<_> = (0..1_000_000u64)
            .map(|n| match n % 100 {
                50 => held(n * 10_000, (n + 1) * 10_000, R::Leader, n),
                m if m % 2 == 0 => held(n * 10_000, (n + 1) * 10_000, R::Follower, n),
                _ => held(n * 10_000, (n + 1) * 10_000, R::Candidate, n),
            })
            .collect();
        let threshold = threshold([states.as_slice()].into_iter(), 120_000);
        let kept: Vec<_> = pieces(&states, threshold).collect();
        assert!(kept.len() <= 120_000, "{}", kept.len());
        assert_eq!(kept.iter().map(|piece| piece.what.states).sum::<u32>(), 1_000_000);
        let led: u64 = kept.iter().filter(|piece| piece.what.leads()).map(Held::length).sum();
        assert_eq!(led, 10_000 * 10_000, "the time as leader is what it was");
        assert!(kept.windows(2).all(|pair| pair[0].end == pair[1].start));
    }

    #[test]
    fn what_fits_is_not_merged() {
        let states = [held(0, 10, R::Follower, 1), held(10, 11, R::Candidate, 2), held(11, 12, R::Leader, 2)];
        assert_eq!(threshold([states.as_slice()].into_iter(), 3), 0);
        assert!(pieces(&states, 0).eq(states));
    }
}
