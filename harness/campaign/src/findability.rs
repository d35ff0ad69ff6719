//! What was measured of each bug that can be planted: in how many runs of the detection mix it was found.
//!
//! `measured.json` holds the figures of [the score card](../../../docs/experiments.md#score-card) and nothing else; a test
//! holds the two against each other. Both the page of a campaign and the experiment `search` read them.

use std::sync::LazyLock;

use serde::Deserialize;

/// A bug is rare when it is found in fewer than one run in so many.
pub const RARE: u64 = 10;

/// What was measured of a bug.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// The bug, as the parameter `defect` of the reference node takes it.
    pub defect: String,
    /// In how many runs it was found, with all that the node prints.
    pub found: u64,
    /// In how many it was planted.
    pub runs: u64,
}

impl Measured {
    /// It was found, and in fewer than one run in ten.
    pub fn is_rare(&self) -> bool {
        self.found > 0 && self.found.saturating_mul(RARE) < self.runs
    }
}

/// All that was measured, in the order of the score card.
pub fn measured() -> &'static [Measured] {
    static MEASURED: LazyLock<Vec<Measured>> = LazyLock::new(|| {
        // A test reads it; what ships is what was tested.
        serde_json::from_str(include_str!("measured.json")).unwrap_or_default()
    });
    &MEASURED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_measured_can_be_read_and_names_each_bug_once() {
        let all = measured();
        assert!(all.len() >= 43);
        let mut names: Vec<&str> = all.iter().map(|one| one.defect.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all.len());
        assert!(all.iter().all(|one| one.found <= one.runs && one.runs > 0));
        assert!(all.iter().filter(|one| one.is_rare()).count() >= 9);
    }
}
