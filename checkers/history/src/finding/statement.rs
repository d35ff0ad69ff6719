//! What a checker says of a whole run.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};

use super::{Foreign, Unjudged, liveness, safety, trust};

/// What a checker says of a whole run. What any checker may say is here, what is said by those of one kind in that kind's
/// file.
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
    /// All violations are suspicions, because disks kept no more than POSIX promises, and no real one is as harsh.
    NotPromisedByPosix,
    /// All violations are suspicions: nobody knows what was done to the cluster, so it may have caused them.
    Suspected,
    /// There was nothing to judge.
    NotJudged {
        /// What was missing.
        why: Unjudged,
    },
    /// Of a checker of safety.
    #[serde(untagged)]
    Safety(safety::Statement),
    /// Of a checker of liveness.
    #[serde(untagged)]
    Liveness(liveness::Statement),
    /// Of a checker of the run itself.
    #[serde(untagged)]
    Trust(trust::Statement),
    /// A code of another version, or none.
    #[serde(untagged)]
    Foreign(Foreign),
}

/// Each code of any checker in a few words.
pub(super) const TITLES: &[(&str, &str)] = &[
    ("broken", "a promise was broken"),
    ("harness-failed", "the harness or its environment failed"),
    ("assumption-broken", "a fault broke an assumption and may have caused what was found"),
    ("not-promised-by-posix", "a disk kept no more than POSIX promises, which may have caused what was found"),
    ("suspected", "what was done to the cluster is not known and may have caused what was found"),
    ("not-judged", "there was nothing to judge"),
];

/// How many of the variants are codes of their own.
const OWN: usize = Statement::VARIANTS.len() - 4;

impl Default for Statement {
    fn default() -> Self {
        Self::Foreign(Foreign::default())
    }
}

impl From<safety::Statement> for Statement {
    fn from(statement: safety::Statement) -> Self {
        Self::Safety(statement)
    }
}

impl From<liveness::Statement> for Statement {
    fn from(statement: liveness::Statement) -> Self {
        Self::Liveness(statement)
    }
}

impl From<trust::Statement> for Statement {
    fn from(statement: trust::Statement) -> Self {
        Self::Trust(statement)
    }
}

impl Statement {
    /// All codes of this version.
    pub fn codes() -> impl Iterator<Item = &'static str> {
        let kinds = [safety::Statement::VARIANTS, liveness::Statement::VARIANTS, trust::Statement::VARIANTS];
        [&Self::VARIANTS[..OWN]].into_iter().chain(kinds).flatten().copied()
    }

    /// The code; none in files from before there were codes.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Safety(statement) => Some(statement.into()),
            Self::Liveness(statement) => Some(statement.into()),
            Self::Trust(statement) => Some(statement.into()),
            Self::Foreign(foreign) => foreign.code.as_deref(),
            own => Some(own.into()),
        }
    }

    /// The sentence of what a checker says; `first` is the sentence of the violation that it tells of. None for a statement
    /// of another version.
    pub(crate) fn sentence<'a>(&self, checker: &str, first: impl Fn() -> &'a str) -> Option<String> {
        Some(match self {
            Self::Broken | Self::HarnessFailed | Self::Suspected => first().to_owned(),
            Self::AssumptionBroken => format!("unknown (assumption broken): {}", first()),
            Self::NotPromisedByPosix => format!("unknown (not promised by POSIX): {}", first()),
            Self::NotJudged { why: Unjudged::NoSuchChecker } => {
                format!("there is no checker named {checker:?}; ignored")
            }
            Self::NotJudged { why } => why.sentence()?.to_owned(),
            Self::Safety(statement) => statement.sentence(),
            Self::Liveness(statement) => statement.sentence(),
            Self::Trust(statement) => statement.sentence(),
            Self::Foreign(_) => return None,
        })
    }

    /// What it says is what its headline's violation says.
    pub fn tells_of_a_violation(&self) -> bool {
        matches!(
            self,
            Self::Broken | Self::HarnessFailed | Self::AssumptionBroken | Self::NotPromisedByPosix | Self::Suspected
        )
    }

    /// What else tells two causes of this statement apart and is not chance, as short words.
    pub fn details(&self) -> Vec<String> {
        match self {
            Self::Trust(statement) => statement.details(),
            _ => Vec::new(),
        }
    }
}
