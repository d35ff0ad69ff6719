//! What is found wrong with a run, as values.
//!
//! A [`Finding`] is what broke a promise, a [`Statement`] what a checker says of the whole run, a [`Reservation`] what must be
//! said beside the verdict, a [`Circumstance`] what was so at the time. Each is a *code* and its *parameters*. The code is
//! stable, in kebab-case, and means the same in every version; whoever decides something (an exit code, a group of failures, the class of a
//! test case) decides by it. The sentences that people read are rendered from these values in [`crate::words`],
//! and nothing reads them back.
//!
//! In JSON a value stands as `"code": "term-fell", "parameters": {"node": "n1", "from": 7, "to": 6, "restarted": false}`. Files of
//! other versions are read leniently: a code that this version does not know is kept as it is ([`Foreign`]), and a file from
//! before there were codes has none.
//!
//! A new code is one place: its variant with its parameters, its title and its sentence stand in the file of its kind
//! ([`safety`], [`liveness`], [`trust`]). A test holds them against the table of `docs/verdict.md`.

mod circumstance;
pub mod explained;
mod lack;
pub mod liveness;
mod reservation;
pub mod safety;
mod statement;
mod trouble;
pub mod trust;
mod unjudged;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use strum::VariantNames;

pub use circumstance::{Belief, Circumstance};
pub use lack::Lack;
pub use reservation::{LeftOpen, Opening, Reservation, Safety};
pub use statement::Statement;
pub use trouble::{Lost, Trouble};
pub use unjudged::Unjudged;

/// The words of an enum's variants but the last, which stands for what is not known.
const fn known(all: &'static [&'static str]) -> &'static [&'static str] {
    match all.split_last() {
        Some((_, known)) => known,
        None => all,
    }
}

/// Which kind of promise a checker watches over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Something bad never happens.
    Safety,
    /// Something good happens in time.
    Liveness,
    /// Whether the run can be trusted, and whether its processes survived.
    #[default]
    Trust,
}

impl Kind {
    /// The kind of a checker in files of versions that did not write it. Checkers that came later need not be here: their
    /// kind stands in their own row, and in what they write.
    pub fn unwritten(checker: &str) -> Self {
        match checker {
            "election-safety"
            | "term-monotonic"
            | "vote-once"
            | "leader-has-majority"
            | "leader-agreement"
            | "lawful-transitions"
            | "no-leader-without-quorum"
            | "leader-log" => Self::Safety,
            "re-election" | "stability" | "final-leader" => Self::Liveness,
            _ => Self::Trust,
        }
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Safety => "safety",
            Self::Liveness => "liveness",
            Self::Trust => "trust",
        }
    }
}

/// What broke a promise. Each kind of checker has its findings in a file of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Finding {
    /// Of a checker of safety.
    Safety(safety::Finding),
    /// Of a checker of liveness.
    Liveness(liveness::Finding),
    /// Of a checker of the run itself.
    Trust(trust::Finding),
    /// A code of another version, or none.
    Foreign(Foreign),
}

/// A code that this version does not know, with whatever stands beside it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Foreign {
    /// The code; none in files from before there were codes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Its parameters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Value>,
}

impl Default for Finding {
    fn default() -> Self {
        Self::Foreign(Foreign::default())
    }
}

impl From<safety::Finding> for Finding {
    fn from(finding: safety::Finding) -> Self {
        Self::Safety(finding)
    }
}

impl From<liveness::Finding> for Finding {
    fn from(finding: liveness::Finding) -> Self {
        Self::Liveness(finding)
    }
}

impl From<trust::Finding> for Finding {
    fn from(finding: trust::Finding) -> Self {
        Self::Trust(finding)
    }
}

impl Finding {
    /// All codes of this version.
    pub fn codes() -> impl Iterator<Item = &'static str> {
        let kinds = [safety::Finding::VARIANTS, liveness::Finding::VARIANTS, trust::Finding::VARIANTS];
        kinds.into_iter().flatten().copied()
    }

    /// The code; none in files from before there were codes.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Safety(finding) => Some(finding.into()),
            Self::Liveness(finding) => Some(finding.into()),
            Self::Trust(finding) => Some(finding.into()),
            Self::Foreign(foreign) => foreign.code.as_deref(),
        }
    }

    /// The sentence; none for a finding of another version.
    pub(crate) fn sentence(&self, at_the_time: &[Circumstance]) -> Option<String> {
        match self {
            Self::Safety(finding) => Some(finding.sentence(at_the_time)),
            Self::Liveness(finding) => Some(finding.sentence(at_the_time)),
            Self::Trust(finding) => Some(finding.sentence()),
            Self::Foreign(_) => None,
        }
    }

    /// What else tells two bugs with this code apart and is not chance, as short words: a vote that was lost across a
    /// restart is another bug than one that was lost without. Names, terms and times are chance.
    pub fn details(&self) -> Vec<String> {
        let detail = match self {
            Self::Safety(finding) => finding.detail(),
            Self::Trust(finding) => finding.detail(),
            Self::Liveness(_) | Self::Foreign(_) => None,
        };
        detail.into_iter().collect()
    }
}

/// Every code of this version with its title.
pub(crate) fn titles() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    let files = [
        safety::TITLES,
        liveness::TITLES,
        trust::TITLES,
        statement::TITLES,
        lack::TITLES,
        reservation::TITLES,
        trouble::TITLES,
    ];
    files.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_has_one_title_and_every_title_a_code() {
        let rest = [Reservation::CODES, Lack::CODES, Trouble::CODES].concat();
        let codes: Vec<&str> = Finding::codes().chain(Statement::codes()).chain(rest).collect();
        let known: BTreeSet<&str> = codes.iter().copied().collect();
        assert_eq!(known.len(), codes.len(), "a code means one thing");
        let titled: Vec<&str> = titles().map(|(code, _)| *code).collect();
        assert_eq!(titled.iter().copied().collect::<BTreeSet<_>>(), known);
        assert_eq!(titled.len(), known.len(), "each once");
        assert!(["foreign", "safety", "liveness", "trust"].iter().all(|word| !known.contains(word)));
    }
}
