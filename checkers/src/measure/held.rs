//! How a cluster fares while faults stand: neither struck nor healed, left alone with what is broken.
//!
//! Most workloads ask how a cluster gets over a change. A partial network asks how it lives with a state. So of the
//! phase `faults` the longest stretch is taken in which nothing is injected or lifted and something is in force, and it is
//! measured by itself: availability alone would hide livelock, so leaders, terms and tenures stand beside it.

use std::collections::BTreeSet;

use crate::world::Picture;
use crate::world::effective::Effective;
use crate::world::index::Most;

use history::measures::Held;

use super::{elections, times};

/// Shorter stretches say nothing: a second.
const LEAST: u64 = 1_000_000_000;

/// The longest stretch of the phase `faults` in which the faults in force do not change, if it is a second or longer.
pub(super) fn held(picture: &Picture) -> Option<Held> {
    let (from, to) = stretch(picture)?;
    let led = times::led(picture);
    let clipped: Vec<(u64, u64)> = led.iter().map(|&(a, b)| (a.max(from), b.min(to))).filter(|(a, b)| a < b).collect();
    let mut longest_without = 0;
    let mut at = from;
    for &(a, b) in &clipped {
        longest_without = longest_without.max(a.saturating_sub(at));
        at = at.max(b);
    }
    let without_at_end = to.saturating_sub(at);
    let leader = |effective: Effective| match effective {
        Effective::Leader { node, term } => Some((node, term)),
        _ => None,
    };
    let before = picture.effective.between(0, from).filter_map(|(_, _, effective)| leader(effective)).last();
    let seen: BTreeSet<u64> =
        picture.effective.between(from, to).filter_map(|(_, _, effective)| leader(effective)).map(|(_, t)| t).collect();
    let old = before.map(|(_, term)| term).filter(|term| seen.contains(term));
    Some(Held {
        from,
        to,
        led: clipped.iter().map(|(a, b)| b - a).sum(),
        leader_before: before.map(|(node, _)| picture.name(node as usize).to_owned()),
        led_on: old.is_some(),
        leaders: (seen.len() - usize::from(old.is_some())) as u64,
        terms: highest(picture, to).saturating_sub(highest(picture, from)),
        longest_without: longest_without.max(without_at_end),
        without_at_end,
        recovery: clipped.first().map(|&(a, _)| a.saturating_sub(from)),
        two_claimants: elections::two_claimants(picture, from, to),
        stalled: picture.stalls.covered(from, to),
    })
}

fn stretch(picture: &Picture) -> Option<(u64, u64)> {
    let phase = picture.phases.iter().position(|phase| phase.name == Some(history::Phase::Faults))?;
    let begin = picture.phases[phase].at;
    let end = picture.phases.get(phase + 1).map_or(picture.end, |next| next.at).min(picture.end);
    let mut bounds: Vec<u64> = Vec::from([end]);
    for fault in &picture.faults {
        bounds.extend([fault.inject.earliest, fault.inject.latest]);
        bounds.extend(fault.lift.iter().flat_map(|lift| [lift.span.earliest, lift.span.latest]));
    }
    bounds.retain(|bound| (begin..=end).contains(bound));
    bounds.sort_unstable();
    let certain = Most::new(picture.faults.iter().map(|fault| fault.in_force().1));
    let in_force = |from: u64, to: u64| certain.to(from.saturating_add(1)).is_some_and(|until| to <= until);
    let stretches = bounds.windows(2).map(|pair| (pair[0], pair[1]));
    stretches.filter(|&(a, b)| b - a >= LEAST && in_force(a, b)).max_by_key(|(a, b)| b - a)
}

/// The highest term of which a candidate or a leader was seen before `instant`.
fn highest(picture: &Picture, instant: u64) -> u64 {
    let seen = |facts: &crate::world::TermFacts| {
        let first = [facts.candidate, facts.won].into_iter().flatten().map(|(c, _)| c.span.latest).min();
        first.is_some_and(|at| at <= instant)
    };
    picture.terms.down().find(|(_, facts)| seen(facts)).map_or(0, |(term, _)| term)
}
