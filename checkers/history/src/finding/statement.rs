//! What a checker says of a whole run.

use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr, VariantNames};

use super::Foreign;

/// What a checker says of a whole run. Times and durations are nanoseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, VariantNames, IntoStaticStr)]
#[serde(tag = "code", content = "parameters", rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Statement {
    /// A promise was broken: the headline says which of the violations is told first.
    Broken,
    /// The harness or its environment failed, not the cluster: the headline says how.
    HarnessFailed,
    /// All violations are suspicions, because a fault broke an assumption that the promise rests on.
    AssumptionBroken,
    /// All violations are suspicions: nobody knows what was done to the cluster, so it may have caused them.
    Suspected,
    /// There was nothing to judge.
    NotJudged {
        /// What was missing.
        why: Unjudged,
    },
    /// `election-safety`: no term had two leaders.
    OneLeaderATerm {
        /// How many terms had one.
        terms: u64,
    },
    /// `term-monotonic`: no node's term went down.
    TermsRose,
    /// `vote-once`: no node voted twice in a term or forgot its vote.
    VotesKept,
    /// `leader-has-majority`: every leader can have had a majority's votes.
    MajoritiesPossible {
        /// How many leaders.
        leaders: u64,
    },
    /// `leader-agreement`: one leader was named for each term.
    OneLeaderNamed {
        /// For how many terms.
        terms: u64,
    },
    /// `lawful-transitions`: every node moved from role to role as it may.
    LawfulMoves,
    /// `no-leader-without-quorum`: for each leader a majority could have voted.
    QuorumsPossible {
        /// How many leaders.
        leaders: u64,
    },
    /// `leader-log`: no leader's log was older than that of a node which voted for it.
    NewestLogs,
    /// `re-election`: no window went without a leader for too long.
    LeadersInTime {
        /// Windows in which a leader was seen.
        passed: u64,
        /// All windows.
        windows: u64,
        /// Windows that ended before a leader was owed.
        untested: u64,
        /// Windows that stalls split.
        #[serde(default)]
        split: u64,
        /// Within what time a leader was owed.
        #[serde(default)]
        bound: Option<u64>,
        /// The system claims a share of the time: how much of it could be judged, and of how much at least anything is said.
        #[serde(default)]
        availability: Option<[u64; 2]>,
    },
    /// `re-election`: windows went without a leader for too long, but the harness was stalled in them.
    StalledWindows {
        /// How many.
        windows: u64,
        /// The bound.
        bound: u64,
    },
    /// `re-election`: of some windows too little was seen to say whether they had a leader.
    UndecidedWindows {
        /// How many.
        undecided: u64,
        /// All windows.
        windows: u64,
        /// Where the first of them begins.
        from: u64,
        /// Where it ends.
        to: u64,
        /// Every observer prints transitions only, and not all of them.
        #[serde(default)]
        transitions_only: bool,
    },
    /// `stability`: the term of a healthy cluster changed no more often than its claim allows.
    Stable {
        /// Changes of term.
        changes: u64,
        /// Windows of full health.
        windows: u64,
    },
    /// `final-leader`: at the end every running node named one leader.
    FinalLeader {
        /// Whom.
        leader: String,
        /// Its term, if it is known.
        term: Option<u64>,
    },
    /// `final-leader`: the final phase ended before a leader was owed.
    FinalPhaseTooShort {
        /// The bound.
        bound: u64,
    },
    /// `final-leader`: the harness was stalled in the final phase.
    FinalPhaseStalled,
    /// `final-leader`: too little was seen of the nodes.
    FinalLeaderUndecided,
    /// `coverage`: nothing was required.
    NothingRequired,
    /// `coverage`: the run did what its workload requires.
    DidEnough,
    /// `coverage`: the run did too little to be judged.
    TooLittleHappened {
        /// What was required and not shown.
        lacking: Vec<Lack>,
    },
    /// `harness-health`: the harness was never stalled.
    NeverStalled,
    /// `harness-health`: the harness stalled.
    Stalled {
        /// How often.
        stalls: u64,
        /// For how long in all.
        total: u64,
        /// The longest.
        longest: u64,
        /// Re-election windows that are untested for it.
        windows: u64,
        /// A stall may have caused what would have been a finding.
        excused: bool,
    },
    /// `process`: no node died that no fault had killed.
    NoDeaths,
    /// A code of another version, or none.
    #[serde(untagged)]
    Foreign(Foreign),
}

/// Why a checker had nothing to judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, EnumIter, VariantNames, IntoStaticStr)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Unjudged {
    /// No atomic observation shows a role with its term.
    NoRoleWithTerm,
    /// No atomic observation shows a term.
    NoTerm,
    /// No atomic observation shows a vote with its term.
    NoVoteWithTerm,
    /// No atomic observer shows every change and only what is durable.
    NoCompleteDurableObserver,
    /// No atomic observation names a leader with its term.
    NoLeaderNamed,
    /// No atomic observer that shows every change shows a role.
    NoCompleteRole,
    /// No candidacy and win of one node were both seen with atomic evidence.
    NoCandidacyAndWin,
    /// No election shows the logs of the leader and of a voter.
    NoLogs,
    /// The history names no bound within which a leader is owed.
    NoBound,
    /// No node's role and term was observed.
    NothingObserved,
    /// The cluster has too many nodes to follow their majorities.
    TooManyNodes,
    /// At no time were all voters up, linked and of one mind.
    NeverHealthy,
    /// The run had no final phase.
    NoFinalPhase,
    /// The history tells of no process.
    NoProcess,
    /// There is no checker of that name.
    NoSuchChecker,
    /// The run was not recorded.
    NotRecorded,
    /// The record does not say what was done to the cluster.
    FaultsUnknown,
    /// The record does not say who votes.
    VotersUnknown,
    /// The record says neither what was done to the cluster nor who votes.
    FaultsAndVotersUnknown,
    /// A reason of another version.
    #[serde(other)]
    Foreign,
}

impl Unjudged {
    /// All reasons of this version.
    pub const CODES: &'static [&'static str] = super::known(Self::VARIANTS);
}

/// Something that a run was required to show and did not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, VariantNames, IntoStaticStr)]
#[serde(tag = "code", rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Lack {
    /// Too few terms got a leader.
    TooFewElections {
        /// How many did.
        shown: u64,
        /// How many had to.
        least: u64,
    },
    /// Too few terms got a leader after the first fault.
    TooFewElectionsAfterFaults {
        /// How many did.
        shown: u64,
        /// How many had to.
        least: u64,
    },
    /// Faults hit a leader too seldom.
    TooFewLeaderHits {
        /// How often one did.
        shown: u64,
        /// How often one had to.
        least: u64,
    },
    /// Too few re-election windows passed.
    TooFewWindows {
        /// How many did.
        shown: u64,
        /// How many had to.
        least: u64,
    },
    /// Too few faults were installed.
    TooFewFaults {
        /// How many were.
        shown: u64,
        /// How many had to be.
        least: u64,
    },
    /// Too few expectations were met.
    TooFewExpectationsMet {
        /// How many were.
        shown: u64,
        /// How many had to be.
        least: u64,
    },
    /// Expectations were not met.
    ExpectationsUnmet {
        /// How many.
        unmet: u64,
    },
    /// Cuts were not proved by their counters.
    CutsUnproven {
        /// How many were.
        proven: u64,
        /// How many cuts there were.
        cuts: u64,
    },
    /// One of another version.
    #[serde(untagged)]
    Foreign(serde_json::Value),
}

impl Lack {
    /// All codes of this version.
    pub const CODES: &'static [&'static str] = super::known(Self::VARIANTS);

    /// The code.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Foreign(value) => value.get("code").and_then(serde_json::Value::as_str),
            known => Some(known.into()),
        }
    }
}

impl Default for Statement {
    fn default() -> Self {
        Self::Foreign(Foreign::default())
    }
}

impl Statement {
    /// All codes of this version.
    pub const CODES: &'static [&'static str] = super::known(Self::VARIANTS);

    /// The code; none in files from before there were codes.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Foreign(foreign) => foreign.code.as_deref(),
            known => Some(known.into()),
        }
    }

    /// What it says is what its headline's violation says.
    pub fn tells_of_a_violation(&self) -> bool {
        matches!(self, Self::Broken | Self::HarnessFailed | Self::AssumptionBroken | Self::Suspected)
    }

    /// What else tells two causes of this statement apart and is not chance, as short words.
    pub fn details(&self) -> Vec<String> {
        match self {
            Self::TooLittleHappened { lacking } => lacking.iter().filter_map(Lack::code).map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    }
}
