//! The roles that a node may have in an election: one list for schedules, for records and for the judges.

use crate::vocabulary;

vocabulary! {
    /// A node's role.
    Role {
        /// Follower.
        Follower = "follower",
        /// Asks whether it could win before it raises its term (thesis, 9.6).
        Precandidate = "precandidate",
        /// Candidate.
        Candidate = "candidate",
        /// Leader.
        Leader = "leader",
    }
}
