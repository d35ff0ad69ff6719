//! The description of a run: the contents of `run.json`, what was asked for, enough to do it again, and how it ended.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use workloads::vocabulary;

use crate::verdict::Verdict;
use crate::word::{Vocabulary, Word};

/// The version of `run.json` that this crate writes.
pub const SCHEMA: u32 = 1;

/// The largest packet on the network `switch` where nobody asked for another, bytes.
pub const MTU: u16 = 65535;

vocabulary! {
    /// Which network is asked for.
    #[derive(Default)]
    Network {
        /// The best that works here.
        #[default]
        Auto = "auto",
        /// Every IP packet between nodes passes through the harness.
        Switch = "switch",
        /// Every connection between nodes passes through the harness.
        Proxy = "proxy",
        /// Nodes talk to each other directly.
        Direct = "direct",
    }
}

/// Which disks are asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Disks {
    /// Simulated ones where the schedule has a fault of disks, else those of the machine.
    #[default]
    Auto,
    /// Over each data directory lies a disk that the harness simulates.
    Simulated,
    /// Those of the machine.
    None,
}

impl Disks {
    /// As `run.json` and the command line have it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Simulated => "simulated",
            Self::None => "none",
        }
    }
}

vocabulary! {
    /// What of a simulated disk survives a power cut.
    #[derive(Default)]
    Model {
        /// What a default ext4 keeps: an fsync commits all names made before it, a rename over a file takes the file's data
        /// along, and a timer commits names after five seconds and data after thirty.
        #[default]
        Journal = "journal",
        /// What POSIX promises and no more: a file's fsync keeps its bytes, its folder's fsync keeps its name.
        Strict = "strict",
        /// A seeded choice of what was not synced, within the order that a journal keeps.
        Torn = "torn",
    }
}

vocabulary! {
    /// How far a run is. What went wrong stands in its place, in words.
    State {
        /// It is to be carried out.
        Planned = "planned",
        /// It has begun, and its end is not written.
        Running = "running",
        /// It was judged valid.
        Valid = "valid",
        /// It was judged, and it cannot be said.
        Unknown = "unknown",
        /// It was judged invalid.
        Invalid = "invalid",
    }
}

impl From<Verdict> for State {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Valid => Self::Valid,
            Verdict::Unknown => Self::Unknown,
            Verdict::Invalid => Self::Invalid,
        }
    }
}

/// A word that names no disks, or no model of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write {0}")]
pub struct NoDisk(&'static str);

impl FromStr for Disks {
    type Err = NoDisk;

    fn from_str(text: &str) -> Result<Self, NoDisk> {
        let all = [Self::Auto, Self::Simulated, Self::None];
        all.into_iter().find(|disks| disks.word() == text).ok_or(NoDisk("auto, simulated or none"))
    }
}

impl FromStr for Model {
    type Err = NoDisk;

    fn from_str(text: &str) -> Result<Self, NoDisk> {
        Self::exactly(text).ok_or(NoDisk("journal, strict or torn"))
    }
}

/// A word that is no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write auto, switch, proxy or direct")]
pub struct NoNetwork;

impl FromStr for Network {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        Self::exactly(text).ok_or(NoNetwork)
    }
}

/// The contents of `run.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunFile {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The run's name.
    pub run: String,
    /// The system.
    pub system: String,
    /// Its settings, as `--set` takes them.
    pub set: Vec<String>,
    /// How many nodes.
    pub nodes: usize,
    /// The network asked for; the history says which one it was.
    pub network: Network,
    /// The largest packet on the network `switch`, bytes.
    #[serde(default = "mtu")]
    pub mtu: u16,
    /// One-way delay of every link between nodes, where one was asked for.
    #[serde(with = "humantime_serde::option", default, skip_serializing_if = "Option::is_none")]
    pub link_delay: Option<Duration>,
    /// What nodes persist was kept in memory.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub data_in_memory: bool,
    /// Which disks were asked for; the history says whether there were simulated ones.
    #[serde(default, skip_serializing_if = "is_default")]
    pub disk: Disks,
    /// What was to survive a power cut of them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub disk_model: Model,
    /// Every packet was written to `capture.pcapng`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pcap: bool,
    /// What ends the run when it is found: `invalid`, or checkers separated by commas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// The largest size that the history may have, bytes, where one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_history: Option<u64>,
    /// The bound the user gave, if one was.
    #[serde(with = "humantime_serde::option", default)]
    pub bound: Option<Duration>,
    /// Where the system file was, if it is not built in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_file: Option<PathBuf>,
    /// Where nodes were started.
    pub directory: PathBuf,
    /// The command line that asked for it.
    pub command: Vec<String>,
    /// The command that does this run again.
    pub replay: String,
    /// When it began, RFC 3339.
    pub began: String,
    /// How far it is: a [`State`], or what went wrong.
    pub state: Word<'static, State>,
    /// The exit code, once it is over.
    pub exit: Option<u8>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn mtu() -> u16 {
    MTU
}

/// The command of a run that others may have recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// In one string.
    Line(String),
    /// As a list of arguments.
    Arguments(Vec<String>),
}

impl Command {
    /// The command that `run.json` gives, whatever else stands in it; none if it gives none.
    pub fn read(json: &[u8]) -> Option<Self> {
        let mut run: Value = serde_json::from_slice(json).ok()?;
        match run.get_mut("command").map(Value::take)? {
            Value::String(line) => Some(Self::Line(line)),
            Value::Array(arguments) => {
                let words = arguments.iter().filter_map(Value::as_str).map(str::to_owned);
                Some(Self::Arguments(words.collect()))
            }
            _ => None,
        }
    }
}
