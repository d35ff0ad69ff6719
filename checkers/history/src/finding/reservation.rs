//! What must be said beside a verdict: each code with its parameters, its title and its words.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};
use workloads::vocabulary;

use super::Foreign;
use crate::header::HostClocks;
use crate::numbers::list;
use crate::vocabulary::EndReason;
use crate::word::Word;

/// Whether promises of safety were judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Safety {
    /// They were.
    #[serde(rename = "judged")]
    Judged,
    /// No atomic evidence was seen, or none was claimed; anything that is not the word `judged` counts as this.
    #[default]
    #[serde(rename = "not judged", other)]
    NotJudged,
}

impl Safety {
    /// The word, as `verdict.json` has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Judged => "judged",
            Self::NotJudged => "not judged",
        }
    }
}

/// Something that must be said beside the verdict, lest a reader believe more than was shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, VariantNames, IntoStaticStr)]
#[serde(tag = "code", content = "parameters", rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Reservation {
    /// Safety was not judged.
    SafetyNotJudged {
        /// The system claims safety, and there was no atomic evidence; else it claims none.
        claimed: bool,
    },
    /// There was no evidence for any checker.
    NoEvidence,
    /// Nothing was judged.
    NothingJudged,
    /// The history is cut off in the middle of its last line.
    HistoryTorn,
    /// The history has no end.
    HistoryCutOff,
    /// The run was not completed.
    NotCompleted {
        /// How it ended instead, or what went wrong.
        reason: Word<'static, EndReason>,
    },
    /// Names that are no node's count as unknown.
    UnknownNames(LeftOpen),
    /// Lines are missing, and what they showed is open.
    LinesMissing(LeftOpen),
    /// Lines of another group were passed over.
    OtherGroup {
        /// How many.
        lines: u64,
    },
    /// The record was made of logs.
    FromLogs {
        /// What is known of the hosts' clocks.
        clocks: Word<'static, HostClocks>,
        /// Whose lines prove what was found; empty where nothing was.
        nodes: Vec<String>,
    },
    /// There is the log of one node only: nothing that another one did is seen.
    OneLogOnly {
        /// Which.
        node: String,
    },
    /// Of these nodes there are files of which no line means anything.
    LogsWithoutMatch {
        /// Which.
        nodes: Vec<String>,
    },
    /// Lines would accuse a node, if it were certain that nothing is missing before them.
    HoleInQuestion {
        /// How many.
        count: u64,
        /// Whose is the first.
        node: String,
        /// In which file.
        file: String,
        /// On which line of it.
        line: u64,
    },
    /// No line shows a leader with its term.
    NoLeaderWithTerm,
    /// What these lines mean is known from published logs only, and no run has confirmed it.
    RulesUnconfirmed,
    /// A code of another version, or none.
    #[serde(untagged)]
    Foreign(Foreign),
}

vocabulary! {
    /// What leaves something open: where a name stands that is no node's, or what is missing.
    Opening {
        /// The name of whom a line is about.
        Node = "node",
        /// A vote.
        Vote = "vote",
        /// A leader that is named.
        Leader = "leader",
        /// An end of a link.
        Link = "link",
        /// A node that a fault hit.
        Fault = "fault",
        /// Lines are missing by their numbers (`seq`).
        Hole = "hole",
        /// Lines were lost, and a line says so.
        Gap = "gap",
    }
}

/// What a record leaves open: how often, and an example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOpen {
    /// How often.
    pub count: u64,
    /// The line of the first.
    pub line: u64,
    /// What it is.
    pub what: Word<'static, Opening>,
    /// The name that stood there, or whose lines are missing.
    pub name: String,
}

impl Reservation {
    /// All codes of this version.
    pub const CODES: &'static [&'static str] = super::known(Self::VARIANTS);

    /// The code.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Foreign(foreign) => foreign.code.as_deref(),
            known => Some(known.into()),
        }
    }

    /// It keeps a run from being `valid`. One of another version is told and decides nothing: its verdict stands.
    pub fn blocks(&self) -> bool {
        match self {
            Self::SafetyNotJudged { claimed } => *claimed,
            Self::UnknownNames(_)
            | Self::LinesMissing(_)
            | Self::OtherGroup { .. }
            | Self::FromLogs { .. }
            | Self::Foreign(_) => false,
            _ => true,
        }
    }

    /// A reservation in words, without a full stop; none for one of another version.
    pub(crate) fn sentence(&self) -> Option<String> {
        let words = match self {
            Self::SafetyNotJudged { claimed: true } => "safety not judged (there was no atomic evidence)",
            Self::SafetyNotJudged { claimed: false } => "safety not judged (the system claims none)",
            Self::NoEvidence => "there was no evidence for any checker",
            Self::NothingJudged => "nothing was judged",
            Self::HistoryTorn => "the history is cut off in the middle of its last line",
            Self::HistoryCutOff => "the history is cut off: it has no end",
            Self::UnknownNames(LeftOpen { count, line, what, name }) => {
                let (names, are) = if *count == 1 { ("name", "is") } else { ("names", "are") };
                let the = if what.is(Opening::Node) { String::new() } else { format!("the {what} ") };
                return Some(format!(
                    "{count} {names} that {are} no node's count as unknown, such as {the}{name:?} in line {line}"
                ));
            }
            Self::LinesMissing(LeftOpen { count, line, name, .. }) => {
                let (gaps, leave) = if *count == 1 { ("gap", "leaves") } else { ("gaps", "leave") };
                return Some(format!(
                    "{count} {gaps} in what was seen {leave} something open, such as {name}'s at line {line}"
                ));
            }
            Self::OtherGroup { lines } => {
                let of = if *lines == 1 { "line of another group was" } else { "lines of another group were" };
                return Some(format!("{lines} {of} passed over"));
            }
            Self::FromLogs { clocks, nodes } => return Some(from_logs(clocks, nodes)),
            Self::OneLogOnly { node } => {
                return Some(format!("there is the log of {node} only, so that nothing of other nodes was seen"));
            }
            Self::LogsWithoutMatch { nodes } => {
                return Some(format!("no line of the files of {} means anything", list(nodes)));
            }
            Self::HoleInQuestion { count, node, file, line } => {
                let more = if *count > 1 { format!(" (and {} more)", count - 1) } else { String::new() };
                return Some(format!(
                    "lines of {node} may be missing before {file}:{line}{more}, or a start of its process or of other data, so that it is open \
                     whether it broke a promise there"
                ));
            }
            Self::NoLeaderWithTerm => "no line shows who led which term",
            Self::RulesUnconfirmed => {
                "what these lines mean is known from published logs only, no run has confirmed it, and nothing is proved by them"
            }
            Self::NotCompleted { reason } => return Some(format!("the run was not completed ({reason})")),
            Self::Foreign(_) => return None,
        };
        Some(words.to_owned())
    }
}

/// By what logs prove something: whose order, and by whose clock.
fn from_logs(clocks: &Word<'_, HostClocks>, nodes: &[String]) -> String {
    let whose = match nodes {
        [] => "judged by the order within each node's log alone".to_owned(),
        nodes => format!("proved by the order within {} alone", list(nodes)),
    };
    match clocks.known() {
        Some(HostClocks::Order) => "the record is a trace, in the order of its states".to_owned(),
        _ => format!("{whose}; no clock was used"),
    }
}

/// Each code in a few words, without names and numbers: the title of a group of failures, and the table in `docs/verdict.md`.
pub(super) const TITLES: &[(&str, &str)] = &[
    ("safety-not-judged", "safety was not judged"),
    ("no-evidence", "there was no evidence for any checker"),
    ("nothing-judged", "nothing was judged"),
    ("history-torn", "the history is cut off in the middle of its last line"),
    ("history-cut-off", "the history is cut off: it has no end"),
    ("not-completed", "the run was not completed"),
    ("unknown-names", "names that are no node's count as unknown"),
    ("lines-missing", "lines are missing, and what they showed is open"),
    ("other-group", "lines of another group were passed over"),
    ("from-logs", "the record was made of logs or of a trace"),
    ("one-log-only", "there is the log of one node only"),
    ("logs-without-match", "no line of a node's files means anything"),
    ("hole-in-question", "lines may be missing where a promise may have been broken"),
    ("no-leader-with-term", "no line shows who led which term"),
    ("rules-unconfirmed", "what the lines mean is known from published logs only"),
];
