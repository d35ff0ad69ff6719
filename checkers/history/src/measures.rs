//! The numbers of a run, as `verdict.json` holds them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use workloads::vocabulary;

use crate::vocabulary::Role;

vocabulary! {
    /// Whom a fault hit: the last word of a key of [`Measures::hits`].
    Whom {
        /// A node that certainly led.
        Leader = "leader",
        /// A node that certainly was a candidate.
        Candidate = "candidate",
        /// A node that certainly was a precandidate.
        Precandidate = "precandidate",
        /// A node that certainly followed.
        Follower = "follower",
        /// A node whose role was not certain.
        Unknown = "unknown",
        /// Links that single out no node.
        Links = "links",
    }
}

impl From<Role> for Whom {
    fn from(role: Role) -> Self {
        match role {
            Role::Leader => Self::Leader,
            Role::Candidate => Self::Candidate,
            Role::Precandidate => Self::Precandidate,
            Role::Follower => Self::Follower,
        }
    }
}

/// The numbers of a run. All times are nanoseconds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Measures {
    /// How long the run was observed.
    pub observed: u64,
    /// Terms that got a leader, in the order of their beginning.
    pub elections: Vec<Election>,
    /// Times without an effective leader.
    pub interregna: Vec<Interregnum>,
    /// The stretches with an effective leader in the order of time, each `[from, to)`. None: in verdicts of before they
    /// were kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub led: Option<Vec<[u64; 2]>>,
    /// Quantiles of the interregna after the first leader (Kaplan–Meier: those that a fault cut off count as censored).
    pub interregnum_quantiles: Option<Quantiles>,
    /// Terms in which somebody was a candidate and no one became leader.
    pub split_terms: u64,
    /// The highest term less the number of elections: terms spent in vain.
    pub term_inflation: u64,
    /// New leaders though the old one was up and linked to a majority.
    pub needless_changes: u64,
    /// How long leaders led: for each tenure its length.
    pub tenures: Vec<u64>,
    /// Time with an effective leader as a share of the time in which a majority existed, 0 to 1.
    pub availability: Option<f64>,
    /// Time in which a majority existed.
    pub majority_time: u64,
    /// Time in which two nodes claimed to lead, in different terms. Lawful.
    pub two_claimants: u64,
    /// From the lift of a cut to the first byte that crossed again, for each link and lift.
    pub heal_to_first_byte: Vec<LinkHeal>,
    /// From the beginning of an injection to its being in force, for each fault installed.
    pub fault_to_effect: Vec<FaultDelay>,
    /// How often which kind of fault hit a node of which role: `kill leader` → 3. The role is the one that the node
    /// certainly had when the fault began, else `unknown`; faults of links that single out no node count as `links`.
    /// Only faults that were installed.
    pub hits: BTreeMap<String, u64>,
    /// How often two faults were certainly in force at once, by their kinds in alphabetical order: `cut + kill` → 2.
    pub overlaps: BTreeMap<String, u64>,
    /// The keys of the situations that the run showed, ascending, each once: states of the cluster in which a fault struck, a
    /// vote was split, or a fault was answered. Names make no difference.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub situations: Vec<u64>,
    /// What each crash of a leader cost, in the order of time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub crashes: Vec<Crash>,
    /// The longest time in which faults stood and nothing was injected or lifted, if it was a second or longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<Held>,
    /// What clients saw; none without a probe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clients: Option<Clients>,
    /// The mean share of the time in which some task of the host waited for a processor, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_waiting: Option<f64>,
    /// The mean share of the host's processors that was idle, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_idle: Option<f64>,
}

impl Measures {
    /// The elections that replaced a leader: all but the first. Both kinds differ in what they cost, so no
    /// statistics may mix them.
    pub fn re_elections(&self) -> &[Election] {
        self.elections.get(1..).unwrap_or_default()
    }

    /// The election times of [`Self::re_elections`] that no stall overlapped, ascending: see [`Election::without_leader`].
    pub fn re_election_times(&self) -> Vec<u64> {
        let clean = self.re_elections().iter().filter(|election| !election.stalled);
        let mut times: Vec<u64> = clean.filter_map(|election| election.without_leader).collect();
        times.sort_unstable();
        times
    }
}

/// What clients saw, as the probe of the system file asks in their place. Measured, and never judged.
///
/// All but `attempts_before` and `until_first` is counted from the first answer on: a cluster that starts and one that fails are two
/// things. An attempt that fails shows that whoever asked when it began had no answer when it ended; so times of failing
/// are from the beginning of the first attempt that failed to the end of the last, stalls left out, and never too long.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Clients {
    /// How many attempts ended before the first answer; all, where there was none.
    pub attempts_before: u64,
    /// From the beginning of the first attempt to the first answer; none if there was none.
    pub until_first: Option<u64>,
    /// From the first answer to the end of the last attempt.
    pub probed: u64,
    /// How many attempts ended in that time.
    pub attempts: u64,
    /// How many of them failed.
    pub failures: u64,
    /// For how long they failed, in all.
    pub failed: u64,
    /// The longest of [`Self::outages`], stalls left out.
    pub longest: u64,
    /// How much of `failed` a fault was or may have been in force.
    pub failed_in_faults: u64,
    /// For how long they may have failed: from answer to answer around each of the outages, stalls left out.
    pub failed_at_most: u64,
    /// How much time of failing was inside stalls and is nobody's failure.
    pub stalled: u64,
    /// How long the longest attempt took that was answered.
    pub slowest: Option<u64>,
    /// For how long there was certainly no effective leader, though a majority, in the time that was probed; none where nobody
    /// can say.
    pub without_leader: Option<u64>,
    /// The times in which attempts failed, one after the other.
    pub outages: Vec<Outage>,
}

/// A maximal time in which all attempts failed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Outage {
    /// The beginning of the first attempt that failed.
    pub from: u64,
    /// The end of the last.
    pub to: u64,
    /// When there was an answer again, at the latest; none: there was none before the probe ended.
    pub answered: Option<u64>,
    /// How many attempts failed.
    pub attempts: u64,
    /// How much of it was inside stalls.
    #[serde(skip_serializing_if = "is_nothing")]
    pub stalled: u64,
}

fn is_nothing(time: &u64) -> bool {
    *time == 0
}

/// What the crash of a leader cost. Counted from the beginning of the kill.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Crash {
    /// The fault.
    pub fault: u32,
    /// When the kill began.
    pub at: u64,
    /// The term of the leader that was killed.
    pub term: u64,
    /// For how long before it all other voters that ran had certainly been up, at the leader's term, and naming it.
    pub settled: u64,
    /// Until the first candidate of a higher term was seen.
    pub detection: Option<u64>,
    /// How long the candidacy lasted that was won, from its first line to the leader's.
    pub campaign: Option<u64>,
    /// Until a follower first named the leader of a higher term at its term: the arrival of the new leader's first
    /// heartbeat. None when there was none while it was watched: censored.
    pub arrival: Option<u64>,
    /// How long it was watched: until the dead node may have been back, another was taken down, or the run ended.
    pub watched: u64,
    /// Terms between the old leader's and the new one's in which somebody was a candidate and nobody won.
    pub split_rounds: u64,
}

/// How the cluster fared while faults stood.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Held {
    /// When the last of the faults had been put in force.
    pub from: u64,
    /// When the first of them may have ended, or the phase did.
    pub to: u64,
    /// How much of it there was an effective leader.
    pub led: u64,
    /// Who was the last effective leader before it.
    pub leader_before: Option<String>,
    /// That leader's term was led on into this time.
    pub led_on: bool,
    /// Terms that got an effective leader in this time.
    pub leaders: u64,
    /// By how much the highest term rose.
    pub terms: u64,
    /// The longest time without an effective leader.
    pub longest_without: u64,
    /// For how long there had been no effective leader when it ended.
    pub without_at_end: u64,
    /// From its beginning to the first effective leader, zero if there was one; none if there never was.
    pub recovery: Option<u64>,
    /// How much of it two nodes claimed to lead, in different terms. Lawful.
    pub two_claimants: u64,
    /// For how much of it the machine was stalled, in all.
    pub stalled: u64,
}

impl Held {
    /// How long it was.
    pub fn lasted(&self) -> u64 {
        self.to.saturating_sub(self.from)
    }

    /// How long a leader led without a break in the mean; none if there was no leader.
    pub fn tenure(&self) -> Option<u64> {
        self.led.checked_div(self.leaders + u64::from(self.led_on))
    }
}

/// One term that got a leader.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Election {
    /// The term.
    pub term: u64,
    /// Its leader.
    pub leader: String,
    /// When it was won, at the latest.
    pub won: u64,
    /// The fault that took the leader before, if one did.
    pub fault: Option<u32>,
    /// When that fault began.
    pub fault_at: Option<u64>,
    /// From the fault to the first candidate.
    pub detection: Option<u64>,
    /// From the first candidate to the win.
    pub campaign: Option<u64>,
    /// From the win to the instant at which a majority follows.
    pub adoption: Option<u64>,
    /// From the fault (or the first candidate, without one) to the instant at which a majority follows. It holds the time
    /// in which the fault left no majority; [`Self::without_leader`] does not.
    pub total: Option<u64>,
    /// The election time: how long there had been a majority without an effective leader when a majority followed this one,
    /// counted from the fault where that came later. Without a break: a majority that is lost begins the time anew. None
    /// where no time with a certain majority came before the leader, and in verdicts of before this was measured.
    pub without_leader: Option<u64>,
    /// Stalls covered more than a 64th of that time, or one of the disk overlapped it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub stalled: bool,
    /// The time to the win, for systems that do not show who follows: from the later of the fault and the instant since which
    /// there had been a majority, until this leader had won. None without a fault, or where no majority was certain then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_win: Option<u64>,
    /// The same of the time to the win.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub win_stalled: bool,
    /// Terms that were split before it since the leader before.
    pub split_rounds: u64,
    /// It got an effective leader, and between that and the effective leader before it, of another term, an installed
    /// `kill` had hit that one.
    pub after_kill: bool,
}

/// A maximal time without an effective leader.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Interregnum {
    /// Its beginning.
    pub start: u64,
    /// Its end.
    pub end: u64,
    /// It ended because the run or the majority did, not because a leader came.
    pub censored: bool,
}

/// Quantiles of a set of durations, nanoseconds; none where the estimate does not reach so far, or where fewer than
/// five durations lie beyond it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Quantiles {
    /// How many.
    pub n: u64,
    /// How many of them were censored.
    pub censored: u64,
    /// Median.
    pub p50: Option<u64>,
    /// 90th percentile.
    pub p90: Option<u64>,
    /// 99th percentile.
    pub p99: Option<u64>,
    /// The longest.
    pub max: Option<u64>,
}

/// How long a link took to carry bytes again.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LinkHeal {
    /// The link.
    pub link: String,
    /// When the cut was lifted.
    pub lifted: u64,
    /// How long until a byte crossed.
    pub first_byte: u64,
}

/// How long a fault took to be in force.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FaultDelay {
    /// The fault.
    pub id: u32,
    /// Its kind.
    pub kind: String,
    /// From begin to in force.
    pub delay: u64,
}
