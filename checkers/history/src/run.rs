//! The description of a run: the contents of `run.json`, what was asked for, enough to do it again, and how it ended.
//!
//! Whoever starts a run writes it, and a run is carried out from nothing else: `interregnum run FOLDER`. A single run, one of a
//! campaign and a candidate of a shrink are described in the same way.

mod options;

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use workloads::vocabulary;
use workloads::workload::Parameters;

use crate::verdict::Verdict;
use crate::word::{Vocabulary, Word};

pub use options::{LEAST_MTU, MTU, NotWritten, Options, size, time};

/// The version of `run.json` that this crate writes.
pub const SCHEMA: u32 = 1;

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
    /// What holds for each run, whoever starts it.
    #[serde(flatten)]
    pub options: Options,
    /// What its schedule is drawn from. None where `schedule.json` was given beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawn_from: Option<DrawnFrom>,
    /// Pages are written only if the run is not valid: nobody will look at them otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub brief: bool,
    /// The run is over as soon as all nodes are ready: whether they start is all that is asked. It has no pages.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub trial: bool,
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

/// What a schedule is drawn from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DrawnFrom {
    /// The workload.
    pub workload: String,
    /// The seed.
    pub seed: u64,
    /// The workload's parameters.
    #[serde(default)]
    pub parameters: Parameters,
    /// How long the faults phase may last; none: as the workload says.
    #[serde(with = "humantime_serde::option", default)]
    pub time: Option<Duration>,
}

impl DrawnFrom {
    /// The workload as `test` and `soak` take it: `re-election:pause`.
    pub fn label(&self) -> String {
        match self.parameters.by {
            Some(by) => format!("{}:{}", self.workload, by.word()),
            None => self.workload.clone(),
        }
    }

    /// The name of its run: `re-election-pause-7`.
    pub fn run(&self) -> String {
        format!("{}-{}", self.label().replace(':', "-"), self.seed)
    }
}

impl Default for RunFile {
    /// A run that is to be carried out, and of which nothing is known yet.
    fn default() -> Self {
        Self {
            schema: SCHEMA,
            run: String::new(),
            system: String::new(),
            set: Vec::new(),
            nodes: 0,
            network: Network::Auto,
            options: Options::default(),
            drawn_from: None,
            brief: false,
            trial: false,
            bound: None,
            system_file: None,
            directory: PathBuf::new(),
            command: Vec::new(),
            replay: String::new(),
            began: String::new(),
            state: State::Planned.into(),
            exit: None,
        }
    }
}

impl RunFile {
    /// The command line of `interregnum test` that asks for this run, without its schedule where that was given. `system`: what
    /// stands behind `--system`. Experiments are known by these words in this order.
    pub fn test_line(&self, system: &str) -> Vec<String> {
        let time = |time: Duration| humantime::format_duration(time).to_string();
        let early = |option: &String| option.starts_with("--max-history=") || option.starts_with("--link-delay=");
        let (early, late): (Vec<_>, Vec<_>) = self.options.line().into_iter().partition(early);
        let written = |options: Vec<(&str, Option<String>)>| {
            let given = options.into_iter().filter_map(|(name, value)| Some(format!("--{name}={}", value?)));
            given.collect::<Vec<_>>()
        };
        let workload = self.drawn_from.as_ref().map(|draw| draw.workload.clone());
        let mut line: Vec<String> = ["test".to_owned()].into_iter().chain(workload).collect();
        line.extend(written(vec![
            ("system", Some(system.to_owned())),
            ("network", Some(self.network.to_string())),
            ("bound", self.bound.map(time)),
        ]));
        line.extend(early.into_iter().rev());
        line.extend(self.set.iter().map(|setting| format!("--set={setting}")));
        if let Some(DrawnFrom { parameters, time: lasting, .. }) = &self.drawn_from {
            line.extend(written(vec![
                ("nodes", Some(self.nodes.to_string())),
                ("time", lasting.map(time)),
                ("by", parameters.by.map(|by| by.word().to_owned())),
                ("faults", (!parameters.faults.is_empty()).then(|| parameters.faults.join(","))),
                ("rounds", parameters.rounds.map(|rounds| rounds.to_string())),
            ]));
        }
        line.extend(late);
        line
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
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
