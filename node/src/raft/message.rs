//! What nodes say to each other, with the names of Figure 2.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A node's name, such as `n1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(pub String);

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for Name {
    fn from(name: &str) -> Self {
        Self(name.to_owned())
    }
}

pub type Term = u64;

/// The end of a log: its last entry's term, then its index. The derived order is "at least as up to date" of
/// section 5.4.1 of the paper. Written `TERM/INDEX` on the command line, `[term, index]` in JSON.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LogEnd(pub Term, pub u64);

/// What a candidate or precandidate asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VoteRequest {
    /// The term asked for: the candidate's own, or in a PreVote the one after it.
    pub term: Term,
    /// The candidate that asks.
    pub candidate_id: Name,
    /// The index of its last log entry.
    pub last_log_index: u64,
    /// The term of its last log entry.
    pub last_log_term: Term,
}

impl VoteRequest {
    /// The end of the candidate's log.
    pub fn log(&self) -> LogEnd {
        LogEnd(self.last_log_term, self.last_log_index)
    }
}

/// A heartbeat: AppendEntries whose entries are always empty here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppendRequest {
    /// The leader's term.
    pub term: Term,
    pub leader_id: Name,
    /// Index of the entry before those sent.
    pub prev_log_index: u64,
    pub prev_log_term: Term,
    /// Always empty.
    #[serde(default)]
    pub entries: Vec<serde_json::Value>,
    /// Always 0: nothing is ever committed.
    #[serde(default)]
    pub leader_commit: u64,
}

/// A request from one node to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum Request {
    /// Would you vote for me? Changes nothing at the receiver (thesis, 9.6).
    PreVote(VoteRequest),
    /// Vote for me.
    RequestVote(VoteRequest),
    /// I lead.
    AppendEntries(AppendRequest),
}

impl Request {
    /// The term it carries.
    pub fn term(&self) -> Term {
        match self {
            Self::PreVote(vote) | Self::RequestVote(vote) => vote.term,
            Self::AppendEntries(append) => append.term,
        }
    }

    /// The node that sends it.
    pub fn sender(&self) -> &Name {
        match self {
            Self::PreVote(vote) | Self::RequestVote(vote) => &vote.candidate_id,
            Self::AppendEntries(append) => &append.leader_id,
        }
    }
}

/// The answer to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum Reply {
    /// To a PreVote. A grant carries the term asked for, a refusal the voter's own.
    #[serde(rename_all = "camelCase")]
    PreVote {
        /// See above.
        term: Term,
        /// Whether it would vote so.
        vote_granted: bool,
    },
    /// To a RequestVote.
    #[serde(rename_all = "camelCase")]
    RequestVote {
        /// The voter's term.
        term: Term,
        /// Whether it votes so.
        vote_granted: bool,
    },
    /// To an AppendEntries.
    AppendEntries {
        /// The follower's term.
        term: Term,
        /// Whether its log matches.
        success: bool,
    },
}

impl Reply {
    /// The term it carries.
    pub fn term(self) -> Term {
        match self {
            Self::PreVote { term, .. } | Self::RequestVote { term, .. } | Self::AppendEntries { term, .. } => term,
        }
    }
}
