//! All workloads, by name.

use super::Workload;
use super::calm::Calm;
use super::chaos::Chaos;
use super::crash_points::CrashPoints;
use super::cut_after_prevote::CutAfterPrevote;
use super::first_leader::FirstLeader;
use super::flapping::Flapping;
use super::initial_election::InitialElection;
use super::leader_crash::LeaderCrash;
use super::many_elections::ManyElections;
use super::pre_vote_lag::PreVoteLag;
use super::re_election::ReElection;
use super::rolling_restart::RollingRestart;

/// Those that are the tests of a well-known course lab.
pub const LAB: [&str; 3] = ["initial-election", "re-election", "many-elections"];

/// All workloads, in the order in which they are listed.
pub fn all() -> &'static [&'static dyn Workload] {
    &[
        &InitialElection,
        &ReElection,
        &ManyElections,
        &LeaderCrash,
        &Chaos,
        &CrashPoints,
        &RollingRestart,
        &Flapping,
        &FirstLeader,
        &PreVoteLag,
        &CutAfterPrevote,
        &Calm,
    ]
}

/// The workload of this name.
///
/// # Errors
/// When there is none; the error suggests the nearest name and lists the others.
pub fn find(name: &str) -> Result<&'static dyn Workload, UnknownWorkload> {
    all().iter().find(|workload| workload.name() == name).copied().ok_or_else(|| UnknownWorkload::new(name))
}

/// There is no workload of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no workload {given:?}; did you mean {nearest:?}? There are {}", .known.join(", "))]
pub struct UnknownWorkload {
    /// What was given.
    pub given: String,
    /// The name that is most like it.
    pub nearest: &'static str,
    /// All names.
    pub known: Vec<&'static str>,
}

impl UnknownWorkload {
    fn new(given: &str) -> Self {
        let known: Vec<&'static str> = all().iter().map(|workload| workload.name()).collect();
        let nearest = known.iter().copied().min_by_key(|name| strsim::levenshtein(given, name)).unwrap_or_default();
        Self { given: given.to_owned(), nearest, known }
    }
}
