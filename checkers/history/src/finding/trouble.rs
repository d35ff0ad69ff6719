//! Why a run failed for the harness or its environment.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};

/// Why a run failed for the harness or its environment, and not for the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, VariantNames, IntoStaticStr)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Trouble {
    /// It took longer than it may, and its watchdog ended it.
    Overdue,
    /// Somebody else killed its process.
    KilledFromOutside,
    /// Somebody else interrupted its process.
    InterruptedFromOutside,
    /// It ended well and left no verdict.
    NoVerdict,
    /// The machine could not be watched for stalls.
    CannotWatch,
    /// The history could not be written.
    CannotRecord,
    /// A process could not be started.
    CannotStart,
    /// A node was not ready in time.
    NotReadyInTime,
    /// A process beside the nodes ended.
    AuxiliaryLost,
    /// The nodes cannot reach each other as they were set up.
    Misconfigured,
    /// The network between the nodes could not be made.
    NoNetwork,
    /// The network between the nodes failed.
    NetworkFailed,
    /// Simulated disks could not be made.
    NoDisks,
    /// The harness or its machine ran out of something: files, ports, memory, disk.
    OutOfResources,
    /// The history could not be judged.
    CannotJudge,
    /// The verdict or a page could not be written.
    CannotReport,
    /// Something else; its sentence says what.
    Failed,
}

impl Trouble {
    /// All codes of this version.
    pub const CODES: &'static [&'static str] = Self::VARIANTS;

    /// The code.
    pub fn code(self) -> &'static str {
        self.into()
    }
}

/// Each code in a few words, without names and numbers: the title of a group of failures, and the table in `docs/verdict.md`.
pub(super) const TITLES: &[(&str, &str)] = &[
    ("overdue", "the run took longer than it may, and the watchdog ended it"),
    ("killed-from-outside", "the run's process was killed from outside"),
    ("interrupted-from-outside", "the run's process was interrupted from outside"),
    ("no-verdict", "the run left no verdict behind"),
    ("cannot-watch", "the machine could not be watched for stalls"),
    ("cannot-record", "the history could not be written"),
    ("cannot-start", "a process could not be started"),
    ("not-ready-in-time", "a node was not ready in time"),
    ("auxiliary-lost", "a process beside the nodes ended"),
    ("misconfigured", "the nodes cannot reach each other as they were set up"),
    ("no-network", "the network between the nodes could not be made"),
    ("network-failed", "the network between the nodes failed"),
    ("no-disks", "simulated disks could not be made"),
    ("out-of-resources", "the harness or its machine ran out of something that it needs"),
    ("cannot-judge", "the history could not be judged"),
    ("cannot-report", "the verdict or a page could not be written"),
    ("failed", "the harness or its environment failed"),
];

/// Why a run left no verdict that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// The code: of a [`Trouble`], or of a [`Finding`](super::Finding) that speaks against the harness.
    pub code: String,
    /// What else is no chance, as short words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
    /// For people.
    pub sentence: String,
}

/// The code of that finding.
const FORKED_AWAY: &str = "forked-away";

impl Lost {
    /// For this reason.
    pub fn new(trouble: Trouble, sentence: impl Into<String>) -> Self {
        Self { code: trouble.code().to_owned(), details: Vec::new(), sentence: sentence.into() }
    }

    /// For a node that put itself into the background: what the checker of processes finds of it.
    pub fn forked_away(sentence: impl Into<String>) -> Self {
        Self { code: FORKED_AWAY.to_owned(), ..Self::new(Trouble::Failed, sentence) }
    }

    /// A node put itself into the background.
    pub fn is_forked_away(&self) -> bool {
        self.code == FORKED_AWAY
    }

    /// For a reason that nobody told, with this exit code.
    pub fn with_exit(exit: u8) -> Self {
        let sentence = format!("ended with exit code {exit}");
        Self { details: vec![format!("exit-{exit}")], ..Self::new(Trouble::Failed, sentence) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Finding;

    #[test]
    fn a_run_lost_to_a_node_that_forked_away_has_the_code_of_that_finding() {
        let finding = Finding::from(super::super::trust::Finding::ForkedAway { node: "n1".to_owned(), incarnation: 1 });
        assert_eq!(Some(Lost::forked_away("it did").code.as_str()), finding.code());
    }
}
