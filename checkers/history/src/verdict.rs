//! What is said of a run: the contents of `verdict.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::measures::Measures;

/// The version of `verdict.json` that this crate writes.
pub const SCHEMA: u32 = 1;

/// What is said of a run, or by one checker of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing is wrong, and enough happened to say so.
    Valid,
    /// It cannot be said.
    Unknown,
    /// A promise was certainly broken.
    Invalid,
}

impl Verdict {
    /// `invalid` over `unknown` over `valid`.
    pub fn merge(self, other: Self) -> Self {
        self.max(other)
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Unknown => "unknown",
            Self::Invalid => "invalid",
        }
    }
}

/// The contents of `verdict.json`: a function of the history alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The name of the run.
    pub run: String,
    /// The system.
    pub system: String,
    /// The workload.
    pub workload: String,
    /// The seed.
    pub seed: Option<u64>,
    /// The network.
    pub network: String,
    /// The nodes, as the header names them. Empty in outcomes of versions that did not write it.
    #[serde(default)]
    pub nodes: Vec<String>,
    /// All checkers merged.
    pub verdict: Verdict,
    /// `judged`, or `not judged` where no atomic evidence was seen: then the verdict is never `valid`.
    pub safety: String,
    /// One sentence that a person would say.
    pub sentence: String,
    /// Whether the history has its end, and what the end says.
    pub history: HistoryFacts,
    /// What each checker said, in the order of the design's tables.
    pub checkers: Vec<Judgement>,
    /// The numbers of the run.
    pub measures: Measures,
}

/// What can be said of the history as a file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct HistoryFacts {
    /// Events read.
    pub events: u64,
    /// The time of the last event, nanoseconds.
    pub length: u64,
    /// It has an `end` line.
    pub ended: bool,
    /// The reason that the `end` line gives.
    pub end_reason: Option<String>,
    /// Its last line is torn.
    pub torn: bool,
}

/// What one checker said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// The checker's name.
    pub checker: String,
    /// What it says.
    pub verdict: Verdict,
    /// Whether there was evidence for it to judge. When not, `verdict` is `valid` and does not count.
    pub judged: bool,
    /// One sentence: what it judged, or why it could not.
    pub sentence: String,
    /// What it found, each with its proof. Findings of an `unknown` judgement are suspicions.
    pub violations: Vec<Violation>,
    /// What it counted, for example `windows-passed`.
    pub counts: BTreeMap<String, u64>,
}

/// A promise that was broken, with its proof.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Violation {
    /// One sentence that a person understands.
    pub sentence: String,
    /// When, `[earliest, latest]`, nanoseconds since the run's zero.
    pub span: [u64; 2],
    /// The nodes concerned.
    pub nodes: Vec<String>,
    /// The term concerned.
    pub term: Option<u64>,
    /// The kinds of the faults that may have been in force in the span: injected, and not certainly lifted before it.
    /// Sorted, each once. Filled in by `checkers::judge::Bench::finish`.
    #[serde(default)]
    pub faults: Vec<String>,
    /// The lines of the history that prove it.
    pub evidence: Vec<Evidence>,
}

/// One line of the history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Its number; the header is line 1.
    pub line: u64,
    /// The line itself. Filled in by `checkers::judge::quote`, empty until then.
    pub text: String,
}
