//! What a run was required to show and did not: each code with its parameters, its title and its words.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};

/// Something that a run was required to show and did not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, VariantNames, IntoStaticStr)]
#[serde(tag = "code", rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Lack {
    /// Too few terms got a leader.
    TooFewElections {
        /// How many did.
        shown: u64,
        /// How many had to.
        least: u64,
    },
    /// Too few terms got a leader after the first fault.
    TooFewElectionsAfterFaults {
        /// How many did.
        shown: u64,
        /// How many had to.
        least: u64,
    },
    /// Faults hit a leader too seldom.
    TooFewLeaderHits {
        /// How often one did.
        shown: u64,
        /// How often one had to.
        least: u64,
    },
    /// Too few re-election windows passed.
    TooFewWindows {
        /// How many did.
        shown: u64,
        /// How many had to.
        least: u64,
    },
    /// Too few faults were installed.
    TooFewFaults {
        /// How many were.
        shown: u64,
        /// How many had to be.
        least: u64,
    },
    /// Too few expectations were met.
    TooFewExpectationsMet {
        /// How many were.
        shown: u64,
        /// How many had to be.
        least: u64,
    },
    /// Expectations were not met.
    ExpectationsUnmet {
        /// How many.
        unmet: u64,
    },
    /// Cuts were not proved by their counters.
    CutsUnproven {
        /// How many were.
        proven: u64,
        /// How many cuts there were.
        cuts: u64,
    },
    /// One of another version.
    #[serde(untagged)]
    Foreign(serde_json::Value),
}

impl Lack {
    /// All codes of this version.
    pub const CODES: &'static [&'static str] = super::known(Self::VARIANTS);

    /// The code.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Foreign(value) => value.get("code").and_then(serde_json::Value::as_str),
            known => Some(known.into()),
        }
    }

    /// What was lacking, in words; none for one of another version.
    pub(super) fn sentence(&self) -> Option<String> {
        let few = |shown: &u64, least: &u64, what: &str| Some(format!("{shown} of at least {least} {what}"));
        match self {
            Self::TooFewElections { shown, least } => few(shown, least, "elections"),
            Self::TooFewElectionsAfterFaults { shown, least } => few(shown, least, "elections after the first fault"),
            Self::TooFewLeaderHits { shown, least } => few(shown, least, "leader hits"),
            Self::TooFewWindows { shown, least } => few(shown, least, "re-election windows passed"),
            Self::TooFewFaults { shown, least } => few(shown, least, "faults installed"),
            Self::TooFewExpectationsMet { shown, least } => few(shown, least, "expectations met"),
            Self::ExpectationsUnmet { unmet } => {
                Some(format!("{unmet} expectation{} not met", if *unmet == 1 { "" } else { "s" }))
            }
            Self::CutsUnproven { proven, cuts } => Some(format!("{proven} of {cuts} cuts proved by their counters")),
            Self::Foreign(_) => None,
        }
    }
}

/// Each code in a few words, without names and numbers: the title of a group of failures, and the table in `docs/verdict.md`.
pub(super) const TITLES: &[(&str, &str)] = &[
    ("too-few-elections", "too few terms got a leader"),
    ("too-few-elections-after-faults", "too few terms got a leader after the first fault"),
    ("too-few-leader-hits", "faults hit a leader too seldom"),
    ("too-few-windows", "too few re-election windows passed"),
    ("too-few-faults", "too few faults were installed"),
    ("too-few-expectations-met", "too few expectations were met"),
    ("expectations-unmet", "expectations were not met"),
    ("cuts-unproven", "cuts were not proved by their counters"),
];
