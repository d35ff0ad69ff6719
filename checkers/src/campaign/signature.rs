//! What failures are grouped by, so that 300 failures of one bug are one line.

use serde::{Deserialize, Serialize};

/// What failures of one cause have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Signature {
    /// The system.
    pub system: String,
    /// The checker, or `harness` for a run that left no verdict.
    pub checker: String,
    /// The kinds of faults in force at the time, in alphabetical order.
    pub faults: Vec<String>,
    /// The sentence with names of nodes, numbers and times masked.
    pub text: String,
}
