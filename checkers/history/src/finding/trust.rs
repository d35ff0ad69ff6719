//! What the checkers of the run itself find and say: each code with its parameters, its title and its sentence.
//!
//! Times and durations are nanoseconds.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};

use super::Lack;

/// What speaks against a process of the cluster, or against the harness.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, VariantNames, IntoStaticStr)]
#[serde(tag = "code", content = "parameters", rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Finding {
    /// A node that had been ready died, and no fault had asked for it.
    DiedUnasked {
        /// The node.
        node: String,
        /// Which incarnation of it.
        incarnation: u32,
        /// How it ended.
        exit: Exit,
    },
    /// A node ended before it was ready: the harness or its environment failed.
    NotReady {
        /// The node.
        node: String,
        /// Which incarnation of it.
        incarnation: u32,
        /// How it ended.
        exit: Exit,
    },
    /// A node whose disk had gone through a power cut, or a crash at an operation, ended before it was ready again, or ran and was
    /// never seen to do anything.
    DidNotComeBack {
        /// The node.
        node: String,
        /// Which incarnation of it.
        incarnation: u32,
        /// How it ended.
        exit: Exit,
        /// The kind of the fault.
        fault: String,
    },
    /// A node's process put itself into the background: the harness was told to run it wrongly.
    ForkedAway {
        /// The node.
        node: String,
        /// Which incarnation of it.
        incarnation: u32,
    },
    /// A node died for want of something that its machine had run out of.
    Starved {
        /// The node.
        node: String,
        /// Which incarnation of it.
        incarnation: u32,
        /// How it ended.
        exit: Exit,
        /// Of what.
        of: Lacked,
    },
    /// A node died under a fault of a kind that nobody knows, which may have asked for it.
    DiedUnderUnknownFault {
        /// The node.
        node: String,
        /// Which incarnation of it.
        incarnation: u32,
        /// How it ended.
        exit: Exit,
        /// The kind of the fault.
        fault: String,
    },
}

/// What a checker of the run itself says of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, VariantNames, IntoStaticStr)]
#[serde(tag = "code", content = "parameters", rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Statement {
    /// `coverage`: nothing was required.
    NothingRequired,
    /// `coverage`: the run did what its workload requires.
    DidEnough,
    /// `coverage`: the run did too little to be judged.
    TooLittleHappened {
        /// What was required and not shown.
        lacking: Vec<Lack>,
    },
    /// `harness-health`: the harness was never stalled.
    NeverStalled,
    /// `harness-health`: the harness stalled.
    Stalled {
        /// How often.
        stalls: u64,
        /// For how long in all.
        total: u64,
        /// The longest.
        longest: u64,
        /// Re-election windows that are untested for it.
        windows: u64,
        /// A stall may have caused what would have been a finding.
        excused: bool,
    },
    /// `process`: no node died that no fault had killed.
    NoDeaths,
}

/// Each code in a few words, without names and numbers: the title of a group of failures, and the table in `docs/verdict.md`.
pub(super) const TITLES: &[(&str, &str)] = &[
    ("died-unasked", "a node died, and no fault had asked for it"),
    ("not-ready", "the harness failed: a node ended before it was ready"),
    ("did-not-come-back", "a node did not come back after a power cut or a crash"),
    ("forked-away", "the harness failed: a node's process put itself into the background"),
    ("starved", "the harness failed: a node died when its machine had run out of something"),
    ("died-under-unknown-fault", "a node died under a fault that nobody knows"),
    ("nothing-required", "nothing was required"),
    ("did-enough", "the run did what its workload requires"),
    ("too-little-happened", "the run did too little to be judged"),
    ("never-stalled", "the harness was never stalled"),
    ("stalled", "the harness stalled"),
    ("no-deaths", "no node died that no fault had killed"),
];

impl Finding {
    /// The sentence for people.
    pub(super) fn sentence(&self) -> String {
        match self {
            Self::DiedUnasked { node, incarnation, exit } => {
                format!("{} {}, and no fault had asked for it.", life(node, *incarnation), how(*exit))
            }
            Self::NotReady { node, incarnation, exit } => {
                format!("harness failure: {} {} before it was ready.", life(node, *incarnation), how(*exit))
            }
            Self::DidNotComeBack { node, incarnation, exit, fault } => {
                format!(
                    "{} {} before it was ready, after a `{fault}` of its disk.",
                    life(node, *incarnation),
                    how(*exit)
                )
            }
            Self::ForkedAway { node, incarnation } => {
                format!("harness failure: {} forked away; run it in the foreground.", life(node, *incarnation))
            }
            Self::Starved { node, incarnation, exit, of } => {
                let lacked = match of {
                    Lacked::Memory => "the machine had run out of memory",
                    Lacked::Disk => "there was no room left on the disk",
                };
                format!("harness failure: {} {} when {lacked}.", life(node, *incarnation), how(*exit))
            }
            Self::DiedUnderUnknownFault { node, incarnation, exit, fault } => format!(
                "{} {} under a fault {fault:?}: nobody knows what that does, so it may have asked for it.",
                life(node, *incarnation),
                how(*exit),
            ),
        }
    }

    /// What else tells two bugs with this code apart and is not chance: see [`super::Finding::details`].
    pub(super) fn detail(&self) -> Option<String> {
        match self {
            Self::DiedUnasked { exit, .. }
            | Self::NotReady { exit, .. }
            | Self::DidNotComeBack { exit, .. }
            | Self::DiedUnderUnknownFault { exit, .. } => match exit {
                Exit::Signal(signal) => Some(format!("signal-{signal}")),
                Exit::Status(status) => Some(format!("status-{status}")),
                Exit::Hung => Some("hung".to_owned()),
                Exit::Unknown => None,
            },
            Self::Starved { of: Lacked::Memory, .. } => Some("memory".to_owned()),
            Self::Starved { of: Lacked::Disk, .. } => Some("disk".to_owned()),
            Self::ForkedAway { .. } => None,
        }
    }
}

impl Statement {
    /// What else tells two causes of this statement apart and is not chance, as short words.
    pub(super) fn details(&self) -> Vec<String> {
        match self {
            Self::TooLittleHappened { lacking } => lacking.iter().filter_map(Lack::code).map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    }

    /// The sentence for people.
    pub(super) fn sentence(&self) -> String {
        match self {
            Self::NothingRequired => "nothing was required".to_owned(),
            Self::DidEnough => "the run did what its workload requires".to_owned(),
            Self::TooLittleHappened { lacking } => {
                let lacking: Vec<String> = lacking.iter().filter_map(Lack::sentence).collect();
                format!("the run did too little to be judged: {}", lacking.join(", "))
            }
            Self::NeverStalled => "the harness was never stalled".to_owned(),
            Self::Stalled { stalls, total, longest, windows, excused } => {
                let ms = |nanoseconds: &u64| nanoseconds.div_ceil(1_000_000);
                let told = match stalls {
                    0 => "the harness was never stalled".to_owned(),
                    _ => format!(
                        "the harness stalled {stalls} time{}, {} ms in all, {} ms at the longest; {windows} window{} untested for it",
                        if *stalls == 1 { "" } else { "s" },
                        ms(total),
                        ms(longest),
                        if *windows == 1 { " is" } else { "s are" },
                    ),
                };
                if *excused { format!("a stalled machine may have caused a finding: {told}") } else { told }
            }
            Self::NoDeaths => "no node died that no fault had killed".to_owned(),
        }
    }
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exit {
    /// A signal ended it.
    Signal(i32),
    /// It exited with this status.
    Status(i32),
    /// It did not: it ran for the bound or longer, undisturbed, and showed nothing of itself.
    Hung,
    /// The history does not say.
    Unknown,
}

/// What a machine can run out of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lacked {
    /// Memory.
    Memory,
    /// Room on a disk.
    Disk,
}

fn life(node: &str, incarnation: u32) -> String {
    if incarnation > 1 { format!("{node} (incarnation {incarnation})") } else { node.to_owned() }
}

fn how(exit: Exit) -> String {
    match exit {
        Exit::Signal(signal) => format!("was ended by signal {signal}"),
        Exit::Status(status) => format!("exited with status {status}"),
        Exit::Hung => "hung".to_owned(),
        Exit::Unknown => "ended".to_owned(),
    }
}
