//! `stability`: where nothing happens to a healthy cluster, its leader and its term stay.
//!
//! Judged in windows of unchanging full health: all voters certainly up, all links between them certainly open, no
//! stall of the harness. Counting starts at the first instant at which all voters are seen to follow one effective
//! leader at its term; from there on each new highest term that a voter certainly reaches counts as one change (a
//! new leader needs a new term, so leaders need no count of their own). More than the claim allows is invalid; by default
//! one, because one lost race against the election timer proves nothing.
//!
//! The rounds of one election are one change. Whoever lost that one race may find the votes split, or be one that nobody votes
//! for, and each round takes a term; within how many rounds there has to be a leader is `re-election`'s to judge. So a term
//! counts if a leader was seen before it: of the last term, or still leading when the new one began.
//!
//! A window begins the instant its last fault ends, and at that instant everybody may seem to agree only because a
//! node that was paused or cut off has not yet acted on it: it still holds the belief it was frozen with, and its election
//! timer is about to fire. What follows is the fault's doing. So the instant of agreement is looked for when every
//! link counts as healed and one election round more has passed: the bound over its number of rounds, ten where the
//! header does not say how many (the lab's). A window that no fault came before has no aftermath, and is counted from
//! the first agreement on. A change of who votes ends a window and has an aftermath, too.
//!
//! A node that was removed, and has not heard of it, campaigns as long as it runs: without PreVote that is lawful, and each
//! time it unseats the leader (thesis, 4.2.3). So there is no window while more than one configuration may be in force, nor
//! while a node that does not vote may not be a follower.
//!
//! Where the grade is `clique` or higher, one thing more is owed, and it is owed the moment somebody comes back: see
//! [`rejoin`].

mod rejoin;

use crate::world::effective::{Effective, sweep};
use crate::world::state::Know;
use crate::world::{Picture, Tri};
use history::Role;
use history::finding::liveness::{Finding, Statement};
use history::finding::{self, Unjudged};
use history::verdict::{Judgement, Verdict, Violation};

use super::prose::{self, evidence};
use super::{Descriptor, Kind, Make};

/// The checker's name.
pub const NAME: &str = "stability";

/// What is to be known of it.
pub const CHECKER: Descriptor = Descriptor {
    name: NAME,
    kind: Kind::Liveness,
    needs: "to see terms and leaders",
    claims: "a healthy cluster keeps its leader",
    told_first: false,
    make: Make::Drawn(judge),
};

/// The bound where the header has none: what the lab allows for an election.
const BOUND: u64 = 5_000_000_000;

/// The lab's ten rounds.
const ROUNDS: u64 = 10;

/// The highest terms reached after the first instant of agreement: (term, when, line, node).
type Change = (u64, u64, u64, usize);

/// Judges a run.
pub fn judge(picture: &Picture) -> Judgement {
    if !picture.faults_recorded {
        return prose::not_judged(NAME, Unjudged::FaultsUnknown);
    }
    let allowed = u64::from(picture.header.claims.stability.unwrap_or(1));
    let (mut windows, mut judged, mut changes) = (0, 0, 0);
    let mut violations = Vec::new();
    for (from, to, of) in picture.membership.in_force().between(0, picture.end) {
        // Whoever votes and is not in the record may do what he likes, and so may he who voted before.
        if picture.membership.has_others(of) || picture.membership.may_be_disturbed(of) {
            continue;
        }
        let voters: Vec<usize> = picture.membership.voters(of).into_iter().collect();
        for (start, end) in healthy(picture, &voters, from, to) {
            windows += 1;
            if picture.stalled(start, end) {
                continue;
            }
            let Some((since, leader, term)) = agreement(picture, &voters, counting_from(picture, &voters, start), end)
            else {
                continue;
            };
            if outsider_may_stand(picture, &voters, since, end) {
                continue;
            }
            judged += 1;
            let risen = elections(picture, &voters, since, rises(picture, &voters, since, end, term));
            changes += risen.len() as u64;
            if risen.len() as u64 > allowed {
                violations.push(violation(picture, &voters, (since, end), (leader, term), &risen, allowed));
            }
        }
    }
    let unseated = rejoin::unseated(picture);
    let unseats = unseated.len() as u64;
    violations.extend(unseated);
    let statement = match violations.as_slice() {
        [] if judged == 0 => finding::Statement::NotJudged { why: Unjudged::NeverHealthy },
        [] => Statement::Stable { changes, windows: judged }.into(),
        _ => finding::Statement::Broken,
    };
    let verdict = if violations.is_empty() { Verdict::Valid } else { Verdict::Invalid };
    let counts = [("windows", windows), ("windows-judged", judged), ("changes", changes), ("unseated", unseats)];
    prose::judgement(NAME, verdict, judged + unseats > 0, statement, violations, &counts)
}

/// A node that does not vote may be up in `[from, to)` and not be a follower.
fn outsider_may_stand(picture: &Picture, voters: &[usize], from: u64, to: u64) -> bool {
    let follows = |know: &Know| {
        let mut states = know.states().peekable();
        states.peek().is_some() && states.all(|state| state.role() == Some(Role::Follower))
    };
    let stands =
        |from: u64, to: u64, node: usize| picture.known[node].between(from, to).any(|(.., (know, _))| !follows(&know));
    (0..picture.nodes())
        .filter(|node| !voters.contains(node))
        .any(|node| picture.up[node].between(from, to).any(|(from, to, up)| up.possible() && stands(from, to, node)))
}

/// The windows of unchanging full health in `[from, to)`.
pub(super) fn healthy(picture: &Picture, voters: &[usize], from: u64, to: u64) -> Vec<(u64, u64)> {
    let pairs = || voters.iter().flat_map(|&a| voters.iter().filter(move |&&b| a != b).map(move |&b| (a, b)));
    let mut changes: Vec<(u64, i64)> = Vec::new();
    let mut unhealthy = |timeline: &crate::world::Timeline<Tri>| {
        for (from, to, value) in timeline.between(from, to) {
            if value != Tri::Yes {
                changes.extend([(from, 1), (to, -1)]);
            }
        }
    };
    voters.iter().for_each(|&voter| unhealthy(&picture.up[voter]));
    pairs().for_each(|(a, b)| unhealthy(picture.open(a, b)));
    changes.extend([(from, 0), (to, 0)]);
    changes.sort_unstable();
    let (mut depth, mut since, mut found) = (0, from, Vec::new());
    for (at, step) in changes {
        if depth == 0 && at > since {
            found.push((since, at));
        }
        depth += step;
        since = at;
    }
    // Two stretches that touch are one: nothing changed between them.
    found.dedup_by(|next, before| {
        let touch = before.1 == next.0 && next.0 == next.1;
        if touch {
            before.1 = next.1;
        }
        touch
    });
    found
}

pub(super) fn counting_from(picture: &Picture, voters: &[usize], start: u64) -> u64 {
    let pairs = voters.iter().flat_map(|&a| voters.iter().filter(move |&&b| a != b).map(move |&b| (a, b)));
    let clock = pairs.map(|(a, b)| picture.healed(a, b, start)).fold(start, u64::max);
    let other_voters = start > 0 && picture.in_force(start - 1) != picture.in_force(start);
    if picture.undisturbed_before(start) && !other_voters {
        return clock;
    }
    clock.saturating_add(round(picture))
}

/// How long an election round may take.
pub(super) fn round(picture: &Picture) -> u64 {
    let bound = picture.header.bound.unwrap_or(BOUND);
    let rounds = picture.header.bound_from.as_ref().map_or(ROUNDS, |from| u64::from(from.k.max(1)));
    bound / rounds
}

/// The first instant at which all voters are seen to follow one leader: when, who, which term.
fn agreement(picture: &Picture, voters: &[usize], from: u64, to: u64) -> Option<(u64, usize, u64)> {
    let mut found = None;
    sweep(picture, from, to, |at, _, view| {
        if let Effective::Leader { node, term } = view.leader(voters) {
            found = Some((at, node as usize, term));
        }
        found.is_none()
    });
    found
}

fn rises(picture: &Picture, voters: &[usize], from: u64, to: u64, term: u64) -> Vec<Change> {
    let mut seen: Vec<Change> = Vec::new();
    for &voter in voters {
        let exact = picture.known[voter].between(from, to).filter_map(|(at, _, (know, line))| {
            know.exact().and_then(|state| state.term()).map(|term| (term, at, line, voter))
        });
        seen.extend(exact.filter(|change| change.0 > term));
    }
    seen.sort_unstable();
    seen.dedup_by_key(|change| change.0);
    // A term that was seen only after a higher one is no rise of the highest term.
    let mut earliest_above = u64::MAX;
    let mut risen: Vec<Change> = Vec::new();
    for change in seen.into_iter().rev() {
        if change.1 <= earliest_above {
            earliest_above = change.1;
            risen.push(change);
        }
    }
    risen.reverse();
    risen
}

/// Those of the rises that ended a term with a leader; the others are further rounds of the same election.
fn elections(picture: &Picture, voters: &[usize], since: u64, risen: Vec<Change>) -> Vec<Change> {
    let led = |from: u64, to: u64, least: u64| {
        voters.iter().flat_map(|&voter| picture.known[voter].between(from, to)).any(|(_, _, (know, _))| {
            know.exact().is_some_and(|state| {
                let leads = state.role() == Some(Role::Leader) || state.leader().is_some();
                leads && state.term().is_some_and(|term| term >= least)
            })
        })
    };
    let leads_at = |at: u64| {
        voters
            .iter()
            .any(|&voter| picture.known[voter].at(at).0.exact().is_some_and(|state| state.role() == Some(Role::Leader)))
    };
    let mut before: Option<Change> = None;
    risen
        .into_iter()
        .filter(|&change| {
            let (term, from) = before.map_or((0, since), |before| (before.0, before.1));
            before = Some(change);
            led(from, change.1, term) || leads_at(change.1.saturating_sub(1))
        })
        .collect()
}

fn violation(
    picture: &Picture,
    voters: &[usize],
    (from, to): (u64, u64),
    (leader, term): (usize, u64),
    risen: &[Change],
    allowed: u64,
) -> Violation {
    let last = risen.last().map_or((term, from, 0, leader), |last| *last);
    let mut lines = picture.beliefs(voters, from);
    lines.extend(risen.iter().take(20).map(|change| change.2));
    let mut nodes: Vec<usize> = risen.iter().map(|change| change.3).chain([leader]).collect();
    nodes.sort_unstable();
    nodes.dedup();
    let nodes = prose::names(picture, &nodes);
    let finding = Finding::TermRoseInHealth {
        times: risen.len() as u64,
        allowed,
        from_term: term,
        leader: picture.name(leader).to_owned(),
        to_term: last.0,
        from,
        to,
    };
    Violation {
        finding: finding.into(),
        span: [from, last.1],
        nodes,
        term: Some(last.0),
        evidence: evidence(lines),
        ..Violation::default()
    }
}
