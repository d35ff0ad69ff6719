//! `final-leader`: when all is over, the cluster has a leader that everybody knows.
//!
//! In the phase `final` nothing is broken any more. Within the bound there must be an instant at which there is an
//! effective leader that every running chosen node (all of them, unless the phase names some) names at its term. The bound
//! counts from the latest of: the phase's beginning, the last lift, the last start or `ready`, and the instant at
//! which the links between the chosen nodes have carried bytes again (or the cap has passed, as in `re-election`:
//! TCP's pauses are not the cluster's doing).
//!
//! Nothing is owed where the nodes that may be there are not certainly up and linked, or are too few to elect: the bound counts in
//! the last stretch in which they are, and that holds it whole. A node that is certainly gone for good is not asked.
//!
//! A phase that is shorter, or that a stall of the harness overlaps, is untested. Where a leader was possible and not
//! seen, the checker says `unknown`.

use crate::world::effective::{Effective, sweep};
use crate::world::{Picture, Tri};
use history::finding::liveness::{Finding, Statement};
use history::finding::{self, Unjudged};
use history::verdict::{Judgement, Verdict, Violation};

use super::prose::{self, evidence};
use super::stability;
use super::{Descriptor, Kind, Make};

/// The checker's name.
pub const NAME: &str = "final-leader";

/// What is to be known of it.
pub const CHECKER: Descriptor = Descriptor {
    name: NAME,
    kind: Kind::Liveness,
    needs: "a phase `final`",
    claims: "after the last heal all follow a leader within the bound",
    told_first: false,
    make: Make::Drawn(judge),
};

/// Judges a run.
pub fn judge(picture: &Picture) -> Judgement {
    if !picture.faults_recorded {
        return prose::not_judged(NAME, Unjudged::FaultsUnknown);
    }
    let Some(bound) = picture.header.bound else {
        return prose::not_judged(NAME, Unjudged::NoBound);
    };
    let Some(place) = picture.phases.iter().rposition(|phase| phase.name == Some(history::Phase::Final)) else {
        return prose::not_judged(NAME, Unjudged::NoFinalPhase);
    };
    let phase = &picture.phases[place];
    let end = picture.phases.get(place + 1).map_or(picture.end, |next| next.at.min(picture.end));
    let chosen: Vec<usize> = match phase.nodes.as_slice() {
        [] => (0..picture.nodes()).collect(),
        nodes => nodes.iter().map(|node| node.0 as usize).filter(|&node| node < picture.nodes()).collect(),
    };
    if picture.membership.in_force().between(phase.at, end.max(phase.at + 1)).any(|(_, _, of)| of.unknown) {
        return prose::not_judged(NAME, Unjudged::VotersUnknown);
    }
    // A node that is certainly gone for good is not asked; all the others must be there.
    let present: Vec<usize> = chosen
        .iter()
        .copied()
        .filter(|&node| !picture.up[node].throughout(phase.at, end, |up| up == Tri::No))
        .collect();
    let whole = last_whole(picture, &present, (phase.at, end), bound);
    let start = whole.unwrap_or_else(|| clock(picture, &present, phase.at, end));
    let deadline = start.saturating_add(bound);
    let (mut seen, mut possible) = (None, false);
    sweep(picture, clock(picture, &chosen, phase.at, end), deadline.min(end), |_, to, view| {
        match view.leader(&chosen) {
            Effective::Leader { node, term } => seen = Some((node as usize, term)),
            Effective::Maybe => possible |= to > start,
            Effective::No => {}
        }
        seen.is_none()
    });
    let counts = |tested: u64| [("phases", 1), ("phases-tested", tested)];
    if let Some((leader, term)) = seen {
        let term = (term < u64::MAX - 1).then_some(term);
        let statement = Statement::FinalLeader { leader: picture.name(leader).to_owned(), term };
        return prose::judgement(NAME, Verdict::Valid, true, statement, Vec::new(), &counts(1));
    }
    if end < deadline || whole.is_none() {
        let short = end.saturating_sub(phase.at) < bound;
        let statement =
            if short { Statement::FinalPhaseTooShort { bound } } else { Statement::FinalPhaseUnsettled { bound } };
        return prose::judgement(NAME, Verdict::Valid, false, statement, Vec::new(), &counts(0));
    }
    if picture.stalled(start, deadline) {
        return prose::judgement(NAME, Verdict::Valid, false, Statement::FinalPhaseStalled, Vec::new(), &counts(0));
    }
    if possible {
        return prose::judgement(NAME, Verdict::Unknown, true, Statement::FinalLeaderUndecided, Vec::new(), &counts(1));
    }
    let names = prose::names(picture, &chosen);
    let mut lines = vec![phase.line];
    lines.extend(picture.around(&chosen, start, deadline));
    lines.extend(picture.beliefs(&chosen, deadline.saturating_sub(1)));
    let violation = Violation {
        finding: Finding::NoFinalLeader { members: names.clone(), bound, from: start }.into(),
        circumstances: prose::beliefs(picture, &chosen, start, deadline.saturating_sub(1)),
        span: [start, deadline],
        nodes: names,
        evidence: evidence(lines),
        ..Violation::default()
    };
    prose::judgement(NAME, Verdict::Invalid, true, finding::Statement::Broken, vec![violation], &counts(1))
}

/// When the bound begins to count in the last stretch that holds it whole: the nodes are certainly up and linked, and are as many as a
/// leader needs. None: a leader is not owed.
fn last_whole(picture: &Picture, present: &[usize], (from, end): (u64, u64), bound: u64) -> Option<u64> {
    let in_force = picture.membership.in_force();
    let owed = |of| picture.membership.owed(of, |node| present.contains(&node));
    stability::healthy(picture, present, from, end).into_iter().rev().find_map(|(since, to)| {
        let start = clock(picture, present, since, to);
        let holds = start.saturating_add(bound) <= to && in_force.throughout(since, to, owed);
        holds.then_some(start)
    })
}

/// When the bound begins to count.
fn clock(picture: &Picture, chosen: &[usize], phase: u64, end: u64) -> u64 {
    let lifts = picture.faults.iter().filter_map(|fault| fault.lift.as_ref()).map(|lift| lift.span);
    let last = lifts.chain(picture.readies.iter()).filter(|span| span.earliest < end).map(|span| span.latest);
    // The set of voters must not change either.
    let settled = picture.membership.in_force().changes().iter().map(|c| c.0).filter(|&at| at < end);
    let start = last.chain(settled).fold(phase, u64::max).saturating_add(1);
    let pairs = chosen.iter().flat_map(|&a| chosen.iter().filter(move |&&b| a != b).map(move |&b| (a, b)));
    pairs.map(|(a, b)| picture.healed(a, b, start)).fold(start, u64::max)
}
