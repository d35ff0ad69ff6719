//! What each crash of a leader cost, as the Raft paper's Figure 16 counts it: from the crash to the arrival of the new
//! leader's first heartbeat.
//!
//! *Arrival* is the instant at which a node other than the new leader first names it, at its term: nothing but a heartbeat
//! can have told it. That is earlier than the instant at which a majority follows ([`super::Election::total`]), and unlike it
//! does not ask whether links were certain. A crash is an installed `kill` of a node that was certainly the leader when the kill
//! began; it is watched until the dead node may be back, another node is taken down, or the run ends. Without an
//! arrival by then it is *censored*, and known only to have lasted at least so long. Where a line has a span, its beginning
//! is what the node itself says and its end is when the harness had read it: on a busy machine that may be ten milliseconds
//! later, so the beginning counts.
//!
//! A crash is a fair trial only if the cluster was *in step* before it: every other voter that ran was at the leader's term, naming
//! it, and so with an election timer that a heartbeat had set. How long it had been so is recorded beside the time.

use crate::world::fault::Fault;
use crate::world::{Candidacy, Picture};
use history::event::Installed;
use history::{Name, Role};

use history::measures::Crash;

/// Every crash of a leader, in the order of time.
pub(super) fn crashes(picture: &Picture) -> Vec<Crash> {
    let deaths = picture.faults.iter().filter(|fault| fault.does.kills());
    let mut crashes: Vec<Crash> = deaths.filter_map(|fault| crash(picture, fault)).collect();
    crashes.sort_by_key(|crash| crash.at);
    crashes
}

fn crash(picture: &Picture, fault: &Fault) -> Option<Crash> {
    let (&[victim], true, Installed::Installed) = (fault.nodes.as_slice(), fault.does.crash, fault.outcome) else {
        return None;
    };
    let (victim, at) = (victim.0 as usize, fault.inject.earliest);
    if victim >= picture.nodes() || picture.may_be_dead_before(fault, fault.nodes[0]) {
        return None;
    }
    let (know, _) = picture.known[victim].at(at);
    let led = know.exact().filter(|state| state.role() == Some(Role::Leader))?.term()?;
    let until = watched_until(picture, fault);
    let arrived = arrival(picture, led, at, until);
    let terms = picture.terms.range(led + 1..);
    let detection = terms.filter_map(|(_, facts)| facts.candidate).map(|c| c.0.span.earliest).min();
    let detection = detection.filter(|&seen| (at..until).contains(&seen)).map(|seen| seen - at);
    let new = arrived.map_or(u64::MAX, |(_, term)| term);
    let vain = picture
        .terms
        .range(led + 1..new)
        .filter(|(_, facts)| facts.won.is_none() && facts.candidate.is_some_and(|(c, _)| c.span.earliest < until));
    Some(Crash {
        fault: fault.id,
        at,
        term: led,
        settled: settled(picture, victim, led, at),
        detection,
        campaign: picture.wins.iter().find(|(_, won)| won.term == new).map(|(from, to)| lasted(from, to)),
        arrival: arrived.map(|(when, _)| when - at),
        watched: until - at,
        split_rounds: vain.count() as u64,
    })
}

fn lasted(from: &Candidacy, to: &Candidacy) -> u64 {
    to.span.earliest.saturating_sub(from.span.earliest)
}

/// Until the lift of this fault, the next death, or the end of the run.
fn watched_until(picture: &Picture, fault: &Fault) -> u64 {
    let lift = fault.lift.as_ref().map_or(u64::MAX, |lift| lift.span.earliest);
    let deaths = picture.faults.iter().filter(|other| other.does.kills() && other.id != fault.id);
    let next = deaths.map(|other| other.inject.earliest).filter(|&other| other > fault.inject.earliest).min();
    lift.min(next.unwrap_or(u64::MAX)).min(picture.end).max(fault.inject.earliest)
}

/// When the leader of a higher term was first heard of, and that term.
fn arrival(picture: &Picture, led: u64, from: u64, until: u64) -> Option<(u64, u64)> {
    let heard = picture.terms.range(led + 1..).filter_map(|(term, facts)| Some((facts.heard?, *term)));
    heard.filter(|(at, _)| (from..until).contains(at)).min()
}

/// For how long before `at` all other voters that run then had certainly been up, at `term`, and naming this leader.
fn settled(picture: &Picture, victim: usize, term: u64, at: u64) -> u64 {
    let leader = Name(u32::try_from(victim).unwrap_or(u32::MAX));
    let running = |&node: &usize| picture.up[node].at(at).possible();
    let voters = (0..picture.nodes()).filter(|&node| node != victim && picture.voters[node]).filter(running);
    let mut since = voters.map(|node| {
        let follows = |(know, _): crate::world::state::Known| {
            know.exact().is_some_and(|state| state.term() == Some(term) && state.leader() == Some(leader))
        };
        let known = held_since(&picture.known[node], at, follows);
        let up = held_since(&picture.up[node], at, crate::world::Tri::certain);
        known.zip(up).map(|(known, up)| known.max(up))
    });
    let latest = since.try_fold(0, |latest: u64, since| since.map(|since| latest.max(since)));
    latest.map_or(0, |since| at.saturating_sub(since))
}

/// Since when a function of time had been such that `holds` when `at` came; none if it was not.
fn held_since<T: Copy + PartialEq>(
    timeline: &crate::world::Timeline<T>,
    at: u64,
    holds: impl Fn(T) -> bool,
) -> Option<u64> {
    let changes = timeline.changes();
    let until = changes.partition_point(|change| change.0 <= at);
    let unbroken = changes[..until].iter().rev().take_while(|change| holds(change.1));
    unbroken.last().map(|change| change.0)
}
