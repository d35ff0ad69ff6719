//! Why a checker had nothing to judge: each reason and its sentence.

use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr, VariantNames};

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
    /// No atomic observer that shows every change shows a role with its term.
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
    /// The system claims no budget of messages.
    NoMessageBudget,
    /// The network counted no messages, or none while the cluster was idle.
    MessagesNotCounted,
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

    /// The sentence; none for a reason of another version.
    pub(super) fn sentence(self) -> Option<&'static str> {
        Some(match self {
            Self::NoRoleWithTerm => "no atomic observation shows a role with its term",
            Self::NoTerm => "no atomic observation shows a term",
            Self::NoVoteWithTerm => "no atomic observation shows a vote with its term",
            Self::NoCompleteDurableObserver => "no atomic observer shows every change and only what is durable",
            Self::NoLeaderNamed => "no atomic observation names a leader with its term",
            Self::NoCompleteRole => "no atomic observer that shows every change shows a role with its term",
            Self::NoCandidacyAndWin => {
                "not judged: no candidacy and win of one node were both seen with atomic evidence"
            }
            Self::NoLogs => "no election shows the logs of the leader and of a voter",
            Self::NoBound => "not judged: the history names no bound within which there must be a leader",
            Self::NothingObserved => "not judged: no node's role and term was observed",
            Self::TooManyNodes => {
                "not judged: the cluster has more than 128 nodes, too many to follow their majorities"
            }
            Self::NeverHealthy => "not judged: at no time were all voters up, linked and of one mind",
            Self::NoMessageBudget => "not judged: no budget of messages is claimed here",
            Self::MessagesNotCounted => "not judged: no messages of an idle cluster were counted",
            Self::NoFinalPhase => "not judged: the run had no final phase",
            Self::NoProcess => "the history reports no process",
            Self::NotRecorded => "not judged: the run was not recorded",
            Self::FaultsUnknown => "not judged: the record does not say what was done to the cluster",
            Self::VotersUnknown => "not judged: the record does not say who votes",
            Self::FaultsAndVotersUnknown => {
                "not judged: the record says neither what was done to the cluster nor who votes"
            }
            Self::NoSuchChecker => "there is no such checker; ignored",
            Self::Foreign => return None,
        })
    }
}
