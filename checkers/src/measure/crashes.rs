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

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::world::fault::Fault;
use crate::world::index::{Counts, Least};
use crate::world::{Candidacy, Picture};
use history::event::Installed;
use history::{Name, Role};

use history::measures::Crash;

/// A crash of a leader that was certainly leading.
struct Strike {
    fault: u32,
    victim: usize,
    /// When the kill began.
    at: u64,
    /// The term that was led.
    led: u64,
    until: u64,
}

/// Every crash of a leader, in the order of time.
pub(super) fn crashes(picture: &Picture) -> Vec<Crash> {
    let deaths = Deaths::new(picture);
    let mut strikes: Vec<Strike> = picture.faults.iter().filter_map(|fault| strike(picture, fault, &deaths)).collect();
    strikes.sort_by_key(|strike| strike.at);
    let candidacies = picture.terms.iter().filter_map(|(term, facts)| Some((term, facts.candidate?.0.span.earliest)));
    let candidacies = Least::new(candidacies);
    let mut campaigns: BTreeMap<u64, u64> = BTreeMap::new();
    for (from, to) in picture.wins.iter() {
        campaigns.entry(to.term).or_insert_with(|| lasted(&from, &to));
    }
    let arrivals = arrivals(picture, &strikes);
    let vain = vain(picture, &strikes, &arrivals);
    let crash = |(place, strike): (usize, &Strike)| {
        let &Strike { at, led, until, .. } = strike;
        let arrived = arrivals[place];
        let detection = led.checked_add(1).and_then(|next| candidacies.from(next));
        Crash {
            fault: strike.fault,
            at,
            term: led,
            settled: settled(picture, strike.victim, led, at),
            detection: detection.filter(|&seen| (at..until).contains(&seen)).map(|seen| seen - at),
            campaign: arrived.and_then(|(_, term)| campaigns.get(&term).copied()),
            arrival: arrived.map(|(when, _)| when - at),
            watched: until - at,
            split_rounds: vain[place],
        }
    };
    strikes.iter().enumerate().map(crash).collect()
}

fn strike(picture: &Picture, fault: &Fault, deaths: &Deaths) -> Option<Strike> {
    let (&[node], true, Installed::Installed) = (fault.nodes.as_slice(), fault.does.crash, fault.outcome) else {
        return None;
    };
    let (victim, at) = (node.0 as usize, fault.inject.earliest);
    if victim >= picture.nodes() || picture.may_be_dead_before(fault, node) {
        return None;
    }
    let (know, _) = picture.known[victim].at(at);
    let led = know.exact().filter(|state| state.role() == Some(Role::Leader))?.term()?;
    // Until the lift of this fault, the next death, or the end of the run.
    let lift = fault.lift.as_ref().map_or(u64::MAX, |lift| lift.span.earliest);
    let until = lift.min(deaths.after(fault)).min(picture.end).max(at);
    Some(Strike { fault: fault.id, victim, at, led, until })
}

fn lasted(from: &Candidacy, to: &Candidacy) -> u64 {
    to.span.earliest.saturating_sub(from.span.earliest)
}

/// When faults began that end processes.
struct Deaths {
    /// In the order of time, with the number of the fault.
    began: Vec<(u64, u32)>,
    /// For each the place of the next of another number.
    other: Vec<usize>,
}

impl Deaths {
    fn new(picture: &Picture) -> Self {
        let deaths = picture.faults.iter().filter(|fault| fault.does.kills());
        let mut began: Vec<(u64, u32)> = deaths.map(|fault| (fault.inject.earliest, fault.id)).collect();
        began.sort_unstable();
        let mut other = vec![began.len(); began.len()];
        for i in (1..began.len()).rev() {
            other[i - 1] = if began[i].1 == began[i - 1].1 { other[i] } else { i };
        }
        Self { began, other }
    }

    /// When the next began that is another fault.
    fn after(&self, fault: &Fault) -> u64 {
        let next = self.began.partition_point(|death| death.0 <= fault.inject.earliest);
        let same = self.began.get(next).is_some_and(|death| death.1 == fault.id);
        let next = if same { self.other[next] } else { next };
        self.began.get(next).map_or(u64::MAX, |death| death.0)
    }
}

/// For each crash when the leader of a higher term was first heard of after it, and that term.
fn arrivals(picture: &Picture, strikes: &[Strike]) -> Vec<Option<(u64, u64)>> {
    let mut found = vec![None; strikes.len()];
    let mut order: Vec<usize> = (0..strikes.len()).collect();
    order.sort_by_key(|&strike| Reverse(strikes[strike].led));
    // From the highest term down: those that are above the term that was led.
    let mut terms = picture.terms.down().peekable();
    let mut heard: BTreeSet<(u64, u64)> = BTreeSet::new();
    for strike in order {
        let Strike { at, led, until, .. } = strikes[strike];
        while let Some((term, facts)) = terms.next_if(|(term, _)| *term > led) {
            heard.extend(facts.heard.map(|at| (at, term)));
        }
        found[strike] = heard.range((at, 0)..).next().copied().filter(|first| first.0 < until);
    }
    found
}

/// For each crash how many terms between that of its leader and that of the next had candidates by then, and no leader.
fn vain(picture: &Picture, strikes: &[Strike], arrivals: &[Option<(u64, u64)>]) -> Vec<u64> {
    let split = picture.terms.iter().filter(|(_, facts)| facts.won.is_none());
    let split = split.filter_map(|(term, facts)| Some((term, facts.candidate?.0.span.earliest)));
    let (terms, mut began): (Vec<u64>, Vec<(u64, usize)>) =
        split.enumerate().map(|(place, (term, at))| (term, (at, place))).unzip();
    began.sort_unstable();
    let mut began = began.into_iter().peekable();
    let mut counts = Counts::new(terms.len());
    let mut found = vec![0; strikes.len()];
    let mut order: Vec<usize> = (0..strikes.len()).collect();
    order.sort_by_key(|&strike| strikes[strike].until);
    for strike in order {
        while let Some((_, place)) = began.next_if(|next| next.0 < strikes[strike].until) {
            counts.add(place);
        }
        let new = arrivals[strike].map_or(u64::MAX, |(_, term)| term);
        let from = terms.partition_point(|&term| term <= strikes[strike].led);
        let to = terms.partition_point(|&term| term < new);
        found[strike] = u64::from(counts.below(to).saturating_sub(counts.below(from)));
    }
    found
}

/// For how long before `at` all other voters that run then had certainly been up, at `term`, and naming this leader.
fn settled(picture: &Picture, victim: usize, term: u64, at: u64) -> u64 {
    let leader = Name(u32::try_from(victim).unwrap_or(u32::MAX));
    let running = |&node: &usize| picture.up[node].at(at).possible();
    let voters = picture.membership.voters(picture.in_force(at)).into_iter();
    let voters = voters.filter(|&node| node != victim).filter(running);
    let mut since = voters.map(|node| {
        let follows = |(know, _): crate::world::state::Known| {
            know.exact().is_some_and(|state| state.term() == Some(term) && state.leader() == Some(leader))
        };
        let (known, up) = (&picture.known[node], &picture.up[node]);
        let known = held_since(known.until(at), |change| known.get(change), follows);
        let until = up.changes().partition_point(|change| change.0 <= at);
        let up = held_since(until, |change| up.changes().get(change).copied(), crate::world::Tri::certain);
        known.zip(up).map(|(known, up)| known.max(up))
    });
    let latest = since.try_fold(0, |latest: u64, since| since.map(|since| latest.max(since)));
    latest.map_or(0, |since| at.saturating_sub(since))
}

/// Since when a function of time had been such that `holds` when the last of so many changes came; none if it was not.
fn held_since<T>(changes: usize, get: impl Fn(usize) -> Option<(u64, T)>, holds: impl Fn(T) -> bool) -> Option<u64> {
    let back = (0..changes).rev().map_while(get).map(|(at, value)| (at, holds(value)));
    back.take_while(|(_, holds)| *holds).last().map(|(at, _)| at)
}
