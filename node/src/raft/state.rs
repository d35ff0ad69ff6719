//! What a node is at one instant, as it is stored and as it is shown.

use serde::{Deserialize, Serialize};

use super::message::{LogEnd, Name, Term};

/// What must outlive a crash.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HardState {
    /// currentTerm.
    pub term: Term,
    /// votedFor in that term.
    pub vote: Option<Name>,
}

/// A node's role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Follows, or waits.
    Follower,
    /// Asks whether it could win (PreVote).
    Precandidate,
    /// Asks for votes.
    Candidate,
    Leader,
}

impl Role {
    /// The role with a capital letter, as the log lines have it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Follower => "Follower",
            Self::Precandidate => "Precandidate",
            Self::Candidate => "Candidate",
            Self::Leader => "Leader",
        }
    }
}

/// What the node contract shows: role, term, vote and leader in one piece.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    pub role: Role,
    pub term: Term,
    /// Its vote in this term.
    pub vote: Option<Name>,
    /// The leader of this term, once learnt. A leader that gave up names none.
    pub leader: Option<Name>,
    /// The end of its log.
    pub log: LogEnd,
}

/// Why term or vote must be made durable; the experiment of Figure 16 delays only the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// A vote was granted to another node.
    Grant,
    /// A candidacy of its own.
    Candidacy,
    /// What another node said, without a grant.
    Other,
}
