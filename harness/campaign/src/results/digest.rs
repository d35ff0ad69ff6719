//! The numbers of a run that add up over many.
//!
//! A campaign boasts of how many elections were *judged*, so they are counted strictly. The run is valid, and the health of the
//! harness was judged and it never stalled. The election got an effective leader, and a fault had taken the leader before. A
//! first election, one that nothing asked for, one of a run that is `unknown`: none of them counts. Everything else here is
//! counted of every run that left an outcome.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::bounded::Sum;
use super::signature::cut;
use checkers::judge::{coverage, harness_health, re_election};
use history::measures::{Clients, Crash, Election, Held, Measures};
use history::verdict::{Judgement, Outcome, Verdict};

/// The most kinds of hits or overlaps that are kept of one run.
const KINDS: usize = 200;

/// The most crashes that are kept of one run.
const CRASHES: usize = 10_000;

/// The most situations that are kept of one run.
const SITUATIONS: usize = 2000;

/// The numbers of a run that add up.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Digest {
    /// Terms that got a leader.
    pub elections: u64,
    /// Of these, those that count as judged. In a valid run without a stall, a distinct term got an effective leader after a
    /// fault that took the leader before; first elections do not count.
    pub judged: u64,
    /// For how long there was a majority without a leader, microseconds, for each election after a fault that could be
    /// timed: see [`Election::without_leader`](history::measures::Election::without_leader).
    #[serde(rename = "without_leader")]
    pub election_times: Vec<u32>,
    /// Elections after a fault whose times are left out because a stall overlapped them.
    #[serde(skip_serializing_if = "none")]
    pub times_stalled: u64,
    /// Elections after a fault that got an effective leader and could not be timed.
    #[serde(skip_serializing_if = "none")]
    pub untimed: u64,
    /// The same elections by the kind of the fault that took the leader, `kill` for example, with the times to the win beside.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub by_fault: BTreeMap<String, FaultTimes>,
    /// What older versions wrote in their place: times that hold those in which the fault left no majority. They are
    /// never counted with the others.
    #[serde(rename = "election_times", skip_serializing_if = "Vec::is_empty")]
    pub old_times: Vec<u32>,
    /// Times without an effective leader, microseconds, that ended with one; the first of them ended with the first leader
    /// of the run.
    pub interregna: Vec<u32>,
    /// Times without an effective leader, microseconds, that were cut off, after the first that was not.
    pub censored: Vec<u32>,
    /// Terms without a leader though a node was a candidate.
    pub split_terms: u64,
    /// Re-election windows passed.
    pub windows_passed: u64,
    /// Re-election windows untested.
    pub windows_untested: u64,
    /// Expectations of the schedule that were met.
    pub expectations_met: u64,
    /// Expectations of the schedule that were not met.
    pub expectations_unmet: u64,
    /// How often the machine or the harness stalled.
    pub stalls: u64,
    /// For how long, nanoseconds.
    pub stalled: u64,
    /// How often which fault hit which role: `kill leader` → 3. See [`Measures::hits`](history::measures::Measures::hits).
    pub hits: BTreeMap<String, u64>,
    /// How often which kinds of faults were in force at once, in alphabetical order: `cut + kill` → 2.
    pub overlaps: BTreeMap<String, u64>,
    /// The keys of the situations that it showed: see [`Measures::situations`](history::measures::Measures::situations).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub situations: Vec<u64>,
    /// What each crash of a leader cost, in the order of time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub crashes: Vec<CrashTimes>,
    /// How the cluster fared in the longest time in which faults stood.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<Held>,
    /// How long the run was observed, nanoseconds.
    pub observed: u64,
    /// What clients saw, where the system file has a probe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clients: Option<ClientTimes>,
    /// The mean share of the time in which some task of the host waited for a processor, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_waiting: Option<f64>,
    /// The mean share of the host's processors that was idle, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_idle: Option<f64>,
}

/// Elections after faults of one kind. Times are microseconds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FaultTimes {
    /// As [`Digest::election_times`], of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub without_leader: Vec<u32>,
    /// How many of these are left out because a stall overlapped them.
    #[serde(skip_serializing_if = "none")]
    pub stalled: u64,
    /// To the win: see [`Election::to_win`](history::measures::Election::to_win).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub to_win: Vec<u32>,
    /// How many of those are left out because a stall overlapped them.
    #[serde(skip_serializing_if = "none")]
    pub win_stalled: u64,
}

impl FaultTimes {
    /// Takes an election into account.
    fn add(&mut self, election: &Election) {
        match election.without_leader {
            Some(_) if election.stalled => self.stalled += 1,
            Some(time) => self.without_leader.push(micros(time)),
            None => {}
        }
        match election.to_win {
            Some(_) if election.win_stalled => self.win_stalled += 1,
            Some(time) => self.to_win.push(micros(time)),
            None => {}
        }
    }
}

/// The kind of faults whose history does not tell it.
pub(crate) const UNKNOWN_KIND: &str = "unknown";

fn by_fault(measures: &Measures) -> BTreeMap<String, FaultTimes> {
    let kinds: BTreeMap<u32, &str> = measures.fault_to_effect.iter().map(|one| (one.id, one.kind.as_str())).collect();
    let mut found: BTreeMap<String, FaultTimes> = BTreeMap::new();
    for election in &measures.elections {
        let Some(fault) = election.fault else { continue };
        let kind = kinds.get(&fault).map_or_else(|| UNKNOWN_KIND.to_owned(), |kind| cut(kind, 80));
        if found.len() < KINDS || found.contains_key(&kind) {
            found.entry(kind).or_default().add(election);
        }
    }
    found
}

/// What clients saw of a run: see [`Clients`]. Nanoseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientTimes {
    /// For how long they asked, from the first answer on.
    pub probed: u64,
    /// How often they asked in that time.
    pub attempts: u64,
    /// Of these attempts, those that failed.
    pub failures: u64,
    /// For how long they failed.
    pub failed: u64,
    /// The longest time of failing.
    pub longest: u64,
    /// In how many times of failing.
    pub outages: u64,
}

impl ClientTimes {
    fn of(clients: &Clients) -> Self {
        let Clients { probed, attempts, failures, failed, longest, .. } = *clients;
        Self { probed, attempts, failures, failed, longest, outages: clients.outages.len() as u64 }
    }
}

/// The times of a [`Crash`](history::measures::Crash), microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CrashTimes {
    /// For how long the other voters had been in step with the leader before it was killed.
    pub settled: u32,
    /// From the kill to the first candidate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detection: Option<u32>,
    /// The candidacy that was won.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign: Option<u32>,
    /// From the kill to the arrival of the new leader's first heartbeat; none if it was censored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arrival: Option<u32>,
    /// For how long it was watched.
    pub watched: u32,
    /// Terms spent in vain.
    pub split_rounds: u32,
}

impl Sum for ClientTimes {
    fn add(&mut self, other: Self) {
        self.probed.add(other.probed);
        self.attempts.add(other.attempts);
        self.failures.add(other.failures);
        self.failed.add(other.failed);
        self.longest = self.longest.max(other.longest);
        self.outages.add(other.outages);
    }
}

impl CrashTimes {
    fn of(crash: &Crash) -> Self {
        Self {
            settled: micros(crash.settled),
            detection: crash.detection.map(micros),
            campaign: crash.campaign.map(micros),
            arrival: crash.arrival.map(micros),
            watched: micros(crash.watched),
            split_rounds: u32::try_from(crash.split_rounds).unwrap_or(u32::MAX),
        }
    }
}

impl Digest {
    /// The times without an effective leader of which statistics may be made: those after the first leader.
    pub(crate) fn later_interregna(&self) -> &[u32] {
        self.interregna.get(1..).unwrap_or_default()
    }

    /// Elections after a fault that are not among [`Self::election_times`] because nobody can say for how long there was a
    /// majority without a leader, those of older ledgers included.
    pub(crate) fn without_time(&self) -> u64 {
        self.untimed + self.old_times.len() as u64
    }

    /// Of a run.
    pub fn of(outcome: &Outcome) -> Self {
        let measures = &outcome.measures;
        let count = |checker: &str, what: &str| {
            let counts = outcome.checkers.iter().filter(|judgement| judgement.checker == checker);
            counts.filter_map(|judgement| judgement.counts.get(what)).sum()
        };
        let stalls = count(harness_health::NAME, "stalls");
        let watched = |judgement: &Judgement| judgement.checker == harness_health::NAME && judgement.judged;
        let counts_as_judged = outcome.verdict == Verdict::Valid && stalls == 0 && outcome.checkers.iter().any(watched);
        let taken = |election: &&Election| election.after_kill || election.fault.is_some();
        let judged = measures.elections.iter().filter(taken).filter(|election| election.adoption.is_some());
        let after_fault = || measures.elections.iter().filter(|election| election.fault.is_some());
        let timed = || after_fault().filter_map(|election| Some((election.without_leader?, election.stalled)));
        let adopted = after_fault().filter(|election| election.adoption.is_some()).count();
        let interregna = |censored: bool| {
            let before = if censored { measures.interregna.iter().take_while(|time| time.censored).count() } else { 0 };
            let later = measures.interregna.iter().skip(before);
            let of_kind = later.filter(move |interregnum| interregnum.censored == censored);
            of_kind.map(|interregnum| micros(interregnum.end.saturating_sub(interregnum.start))).collect()
        };
        Self {
            elections: measures.elections.len() as u64,
            judged: if counts_as_judged { judged.count() as u64 } else { 0 },
            election_times: timed().filter(|timed| !timed.1).map(|timed| micros(timed.0)).collect(),
            times_stalled: timed().filter(|timed| timed.1).count() as u64,
            untimed: adopted.saturating_sub(timed().count()) as u64,
            by_fault: by_fault(measures),
            old_times: Vec::new(),
            interregna: interregna(false),
            censored: interregna(true),
            split_terms: measures.split_terms,
            windows_passed: count(re_election::NAME, "windows-passed"),
            windows_untested: count(re_election::NAME, "windows-untested"),
            expectations_met: count(coverage::NAME, "expectations-met"),
            expectations_unmet: count(coverage::NAME, "expectations-unmet"),
            stalls,
            stalled: count(harness_health::NAME, "stalled"),
            hits: bounded(&measures.hits),
            overlaps: bounded(&measures.overlaps),
            situations: measures.situations.iter().take(SITUATIONS).copied().collect(),
            observed: measures.observed,
            clients: measures.clients.as_ref().map(ClientTimes::of),
            host_waiting: measures.host_waiting,
            host_idle: measures.host_idle,
            crashes: measures.crashes.iter().take(CRASHES).map(CrashTimes::of).collect(),
            held: measures
                .held
                .clone()
                .map(|held| Held { leader_before: held.leader_before.map(|name| cut(&name, 80)), ..held }),
        }
    }
}

fn none(count: &u64) -> bool {
    *count == 0
}

/// Nanoseconds in microseconds, rounded up: nothing took no time.
fn micros(nanoseconds: u64) -> u32 {
    u32::try_from(nanoseconds.div_ceil(1000)).unwrap_or(u32::MAX)
}

/// The names come from a history that any program may have written.
fn bounded(counts: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    counts.iter().take(KINDS).map(|(name, count)| (cut(name, 80), *count)).collect()
}

#[cfg(test)]
mod tests;
