//! The lanes as columns.
//!
//! A lane of a broken cluster may have a million states, which no screen shows and no page can carry. Then neighbours
//! that are shorter than a threshold become one interval in the weightiest of their roles (leader over candidate over
//! follower), and the threshold doubles until few enough are left. Each says how many states it stands for, and a
//! leader is never merged with what is not one: when somebody led is what the page is for.

use serde::Serialize;

use super::super::columns::{Delta, Spans, Strings, micros, safe};
use crate::model::{Held, Lane, Life, Name, Role, RunModel};
use crate::text::name;

/// So many intervals of roles in all lanes together.
const MOST: usize = 120_000;

#[derive(Debug, Serialize)]
pub(super) struct Node {
    name: i64,
    atomic: bool,
    starts: u32,
    life: Lives,
    roles: Roles,
}

#[derive(Debug, Serialize)]
struct Lives {
    gap: Vec<i64>,
    length: Vec<i64>,
    what: Vec<u8>,
}

#[derive(Debug, Serialize)]
struct Roles {
    gap: Vec<i64>,
    length: Vec<i64>,
    slack: Vec<i64>,
    what: Vec<u8>,
    term: Vec<i64>,
    vote: Vec<i64>,
    leader: Vec<i64>,
    line: Vec<i64>,
    states: Vec<u64>,
}

/// A state, or several that were merged.
#[derive(Debug, Clone, Copy)]
struct Piece {
    held: Held<Role>,
    states: u64,
}

pub(super) fn nodes(model: &RunModel, strings: &mut Strings) -> Vec<Node> {
    let threshold = threshold(&model.lanes);
    let names: Vec<i64> = model.names.all().iter().map(|text| strings.add(text)).collect();
    model
        .lanes
        .iter()
        .map(|lane| Node {
            name: strings.add(&name(&lane.node)),
            atomic: lane.atomic,
            starts: lane.starts,
            life: lives(lane),
            roles: roles(pieces(&lane.roles, threshold), &names),
        })
        .collect()
}

/// The length below which states are merged, nanoseconds; 0 where all fit.
fn threshold(lanes: &[Lane]) -> u64 {
    let mut threshold = 0;
    let left = |threshold| lanes.iter().map(|lane| pieces(&lane.roles, threshold).count()).sum::<usize>();
    while left(threshold) > MOST && threshold < 1 << 62 {
        threshold = (threshold * 2).max(1_000_000);
    }
    threshold
}

/// The states, those shorter than `threshold` merged with their like-minded neighbours.
fn pieces(states: &[Held<Role>], threshold: u64) -> impl Iterator<Item = Piece> {
    let mut states = states.iter().peekable();
    std::iter::from_fn(move || {
        let first = *states.next()?;
        let mut piece = Piece { held: first, states: 1 };
        while let Some(next) = states.peek() {
            let short = |held: &Held<Role>| held.length() < threshold;
            let joins = short(&first) && short(next) && next.start <= piece.held.end;
            let small = next.end.saturating_sub(piece.held.start) <= threshold.saturating_mul(8);
            if !joins || !small || next.what.leads() != first.what.leads() {
                break;
            }
            // The weightiest speaks for all; of equals the last, whose term is the highest.
            if next.what.rank() >= piece.held.what.rank() {
                piece.held.what = next.what;
            }
            piece.held.what.slack = first.what.slack;
            piece.held.end = next.end;
            piece.states += 1;
            states.next();
        }
        Some(piece)
    })
}

fn lives(lane: &Lane) -> Lives {
    let mut spans = Spans::default();
    let mut what = Vec::new();
    for held in &lane.process {
        spans.push(held.start, held.end);
        what.push(match held.what {
            Life::Unknown => 0,
            Life::Up => 1,
            Life::Paused => 2,
            Life::Down => 3,
        });
    }
    Lives { gap: spans.gap, length: spans.length, what }
}

fn roles(pieces: impl Iterator<Item = Piece>, names: &[i64]) -> Roles {
    let (mut spans, mut term, mut line) = (Spans::default(), Delta::default(), Delta::default());
    let (mut slack, mut what, mut vote, mut leader, mut states) = (vec![], vec![], vec![], vec![], vec![]);
    let named = |name: Name| names.get(name.index()).copied().unwrap_or(0);
    for Piece { held, states: count } in pieces {
        spans.push(held.start, held.end);
        slack.push(safe(micros(held.what.slack)));
        what.push(held.what.rank());
        term.push(held.what.term.map_or(0, |term| term.saturating_add(1)));
        vote.push(named(held.what.vote));
        leader.push(named(held.what.leader));
        line.push(held.what.line);
        states.push(count);
    }
    Roles {
        gap: spans.gap,
        length: spans.length,
        slack,
        what,
        term: term.column,
        vote,
        leader,
        line: line.column,
        states,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use checkers::history::Role as R;

    fn held(start: u64, end: u64, role: R, term: u64) -> Held<Role> {
        let (vote, leader) = (Name::UNKNOWN, Name::UNKNOWN);
        Held { start, end, what: Role { role: Some(role), term: Some(term), vote, leader, line: start, slack: 0 } }
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
        let lane = Lane { node: "n1".into(), roles: states, ..Lane::default() };
        let threshold = threshold(std::slice::from_ref(&lane));
        let kept: Vec<Piece> = pieces(&lane.roles, threshold).collect();
        assert!(kept.len() <= MOST, "{}", kept.len());
        assert_eq!(kept.iter().map(|piece| piece.states).sum::<u64>(), 1_000_000);
        let led: u64 = kept.iter().filter(|piece| piece.held.what.leads()).map(|piece| piece.held.length()).sum();
        assert_eq!(led, 10_000 * 10_000, "the time as leader is what it was");
        assert!(kept.windows(2).all(|pair| pair[0].held.end == pair[1].held.start));
    }

    #[test]
    fn what_fits_is_not_merged() {
        let states = [held(0, 10, R::Follower, 1), held(10, 11, R::Candidate, 2), held(11, 12, R::Leader, 2)];
        assert!(pieces(&states, 0).all(|piece| piece.states == 1));
    }
}
