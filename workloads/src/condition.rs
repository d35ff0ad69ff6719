//! What a step may wait for or expect, asked of what the observers saw.

use serde::{Deserialize, Serialize};

use crate::schedule::StepId;

/// A question about the cluster as observed. A node is *connected* when it is up and not isolated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// Some connected node leads the highest term that any connected node leads, alone in it, and a majority of all
    /// nodes is connected, at its term and names it (or does not say whom it names). The lab's *one leader*.
    Leader,
    /// As `leader`, and the term is higher than every term observed when the step named here was done.
    NewLeader {
        /// The step after which the leader must be new.
        since: StepId,
    },
    /// No connected node says that it leads.
    NoLeader,
    /// All connected nodes show the same term.
    TermsAgree,
    /// A connected node is seen to take this role after the step begins to wait; that node is the trigger.
    Becomes {
        /// `follower`, `precandidate`, `candidate` or `leader`.
        role: String,
    },
    /// A connected node is seen to vote for another in a new term; that voter is the trigger.
    Votes,
}
