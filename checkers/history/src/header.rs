//! The first line of a history: which run this is and what its system promises.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use workloads::{Coverage, vocabulary};

use super::run::{Model, Network};
use super::vocabulary::Origin;
use super::word::{Vocabulary, Word};
use super::{Evidence, Voters};

/// Under which name [`Header::versions`] holds the version that the program under test told of itself.
pub const PROGRAM_VERSION: &str = "program-version";

/// The header line. Every field but `schema` and `nodes` may be left out by whoever writes a history; unknown
/// fields are ignored.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Header {
    /// [`super::SCHEMA`].
    pub schema: u32,
    /// The name of the run.
    pub run: String,
    /// The wall-clock time at which the run began, RFC 3339. For people; nothing is computed from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wall: Option<String>,
    /// CLOCK_MONOTONIC at the run's time zero, nanoseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zero: Option<u64>,
    /// Versions and hashes of what took part: `interregnum`, `kernel`, the node's program.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "super::lenient::word_map")]
    pub versions: BTreeMap<String, String>,
    /// The name of the system.
    pub system: String,
    /// The system's parameters as they were set.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "super::lenient::word_map")]
    pub parameters: BTreeMap<String, String>,
    /// Parameters that were set for one node only.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "super::lenient::word_maps")]
    pub node_parameters: BTreeMap<String, BTreeMap<String, String>>,
    /// What the system promises.
    pub claims: Claims,
    /// Within how many nanoseconds a leader is owed. With none, nothing that needs a bound is judged.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "super::lenient::not_zero")]
    pub bound: Option<u64>,
    /// How the bound was derived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bound_from: Option<BoundFrom>,
    /// After a lift, a link that has not been seen to carry bytes counts as healed after so many nanoseconds.
    /// Default: a second where nodes dial a proxy or each other directly; else as long as the cut lasted (TCP doubles its
    /// pauses), at least a second, at most the bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heal_cap: Option<u64>,
    /// The nodes, in order.
    pub nodes: Vec<String>,
    /// Those that vote. Left out: all in records of the harness, unknown in others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voters: Option<Voters>,
    /// Whether all that was done to the cluster is in the record. Left out: [`Header::says_recorded`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub faults: Option<Faults>,
    /// The Raft group that the record is of; lines of another one are passed over.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "super::lenient::label")]
    pub group: Option<String>,
    /// What watched the nodes.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "observers")]
    pub observers: Vec<Observer>,
    /// What asked the cluster over and over as a client would.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probe: Option<Probe>,
    /// `switch`, `proxy` or `direct`.
    pub network: String,
    /// Why that network was used, and what it can do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_why: Option<String>,
    /// What the network can do to a link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<workloads::Capabilities>,
    /// One-way delay that every link between nodes has from the beginning to the end, nanoseconds. It is no fault: the links
    /// are certain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link_delay: Option<u64>,
    /// Nodes had simulated disks, and this is what of them survived a power cut. Left out: the disks of the machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk: Option<Word<'static, Model>>,
    /// The name of the workload.
    pub workload: String,
    /// The seed of the schedule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// What the run must show for its verdict to mean anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coverage: Option<Coverage>,
    /// The record was made of logs, and what they leave open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logs: Option<Logs>,
}

vocabulary! {
    /// What is known of the clocks of the hosts whose logs made a record.
    #[derive(Default)]
    HostClocks {
        /// Nothing.
        #[default]
        None = "none",
        /// Somebody said how far they are apart at most.
        Told = "told",
        /// What nodes send each other told how far they are apart.
        Messages = "messages",
        /// Nothing need be known: the whole is in one order, as a trace is.
        Order = "order",
    }
}

/// What a record that was made of logs leaves open.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Logs {
    /// What is known of the hosts' clocks.
    pub clocks: Word<'static, HostClocks>,
    /// The group, where the files hold several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Nodes of whose files no line means anything.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub silent: Vec<String>,
    /// Lines that would accuse a node, if it were certain that nothing is missing before them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<Doubt>,
    /// A run of the program has confirmed what its lines mean.
    pub confirmed: bool,
}

/// A line before which something may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Doubt {
    /// Whose line.
    pub node: String,
    /// Which file.
    pub file: String,
    /// Which line of it.
    pub line: u64,
}

/// Whether a record tells of all that was done to the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Faults {
    /// It does.
    Recorded,
    /// Nobody knows what else was done.
    Unknown,
}

impl<'de> Deserialize<'de> for Faults {
    /// Any word but `recorded` promises nothing.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Ok(if value.as_str() == Some("recorded") { Self::Recorded } else { Self::Unknown })
    }
}

impl Header {
    /// The header names this harness among its versions: the record is one of its own.
    pub fn is_of_the_harness(&self) -> bool {
        self.versions.contains_key("interregnum")
    }

    /// The version of the program under test, where the program told it.
    pub fn program_version(&self) -> Option<&str> {
        self.versions.get(PROGRAM_VERSION).map(String::as_str)
    }

    /// Which network it was, if it is one that this version knows.
    pub fn network(&self) -> Option<Network> {
        Network::meant(&self.network)
    }

    /// What the header alone says of `faults`: whether all that was done is recorded. None: it depends on whether a line tells of
    /// a fault.
    pub fn says_recorded(&self) -> Option<bool> {
        match self.faults {
            Some(faults) => Some(faults == Faults::Recorded),
            None => self.is_of_the_harness().then_some(true),
        }
    }

    /// Nothing that the header tells of says how long a state lasted: there is no poll, and nothing that shows every change.
    pub fn only_transitions(&self) -> bool {
        let transitions = |observer: &Observer| observer.evidence == Evidence::Atomic && !observer.complete;
        !self.observers.is_empty() && self.observers.iter().all(transitions)
    }

    /// Those that vote, as the header lists them; where it does not, all nodes in a record of the harness, and none where
    /// nobody knows.
    pub fn listed_voters(&self) -> Option<&[String]> {
        match &self.voters {
            Some(Voters::Listed(voters)) => Some(voters),
            Some(Voters::Unknown) => None,
            None => self.is_of_the_harness().then_some(self.nodes.as_slice()),
        }
    }
}

/// What a system promises of its elections.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Claims {
    /// In which windows re-election is owed.
    pub grade: Grade,
    /// The names of the checkers that apply; default: all that the evidence allows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judged: Option<Vec<String>>,
    /// How often leader or term may change in a window of unchanging full health.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stability: Option<u32>,
    /// The share of the time in windows of `re-election`, from their first leader on, in which there is a leader: above 0, at
    /// most 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub availability: Option<f64>,
    /// How many remote calls it makes at most, where that is judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages: Option<MessageBudget>,
    /// Faults outside Raft's model that the system claims to survive, such as `wipe`, `corrupt` and `power-cut`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub survives: Vec<String>,
    /// A leader leads only while there is something that needs one: none is owed at other times, so that nothing of
    /// liveness is judged, and coverage asks for elections instead of leaders that stand.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub occasional_leaders: bool,
}

/// How many remote calls, each a request and its reply, a cluster makes at most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct MessageBudget {
    /// In a second in which nothing happens and one leader leads.
    pub idle: u64,
    /// Up to the first leader.
    pub first: u64,
}

/// In which windows re-election is owed; see the `re-election` checker.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grade {
    /// No links into the majority from outside, or everyone linked: any Raft owes this.
    #[default]
    Clean,
    /// A majority fully linked, outsiders arbitrary: owed with PreVote and CheckQuorum.
    Clique,
    /// One node sees a majority.
    Hub,
}

/// How the bound was derived: heartbeat + k(T_max + 2d + persist) + R (+ T_max with CheckQuorum), k = ⌈ln ε / ln p⌉
/// (dissertation, chapter 9).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BoundFrom {
    /// Rounds allowed.
    pub k: u32,
    /// Chance that one round splits.
    pub p: f64,
    /// One-way delay of a link, nanoseconds.
    pub d: u64,
    /// Chance that an honest cluster exceeds the bound in one window.
    pub epsilon: f64,
    /// The derivation in words.
    pub how: String,
}

/// What one observer can see, as the header declares it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Observer {
    /// Its name, as observations give it.
    pub name: String,
    /// Which fields it shows: `role`, `term`, `vote`, `leader`, `log`.
    pub fields: Vec<String>,
    /// `atomic` or `sampled`.
    #[serde(deserialize_with = "super::lenient::evidence")]
    pub evidence: super::Evidence,
    /// What it shows was made durable first.
    pub durable: bool,
    /// It shows every change.
    pub complete: bool,
    /// How often it asks, nanoseconds; none: it is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<u64>,
    /// Where it looks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Word<'static, Origin>>,
}

impl Observer {
    /// A line of it may show that the process ran: the process wrote it itself or answered over its own port, or nobody says
    /// where the line is from. A file, a command or another process outlive the node.
    pub(crate) fn may_show_life(&self) -> bool {
        !matches!(self.origin(), Some(Origin::File | Origin::Exec | Origin::Auxiliary))
    }

    /// Its lines come through a pipe of the process itself, so that all of them stand before the process's `exit`.
    pub(crate) fn is_of_a_pipe(&self) -> bool {
        matches!(self.origin(), Some(Origin::Stdout | Origin::Stderr))
    }

    fn origin(&self) -> Option<Origin> {
        self.source.as_ref().and_then(Word::known)
    }
}

/// What asks the cluster over and over as a client would.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Probe {
    /// What it does, in a few words.
    pub about: String,
    /// How it asks: `http`, `tcp`, `exec`.
    pub kind: String,
    /// Whom: a node, or `any`.
    pub to: String,
    /// From the beginning of one attempt to that of the next, where attempts are short enough, nanoseconds.
    pub every: u64,
    /// An attempt that is not answered after so many nanoseconds has failed.
    pub timeout: u64,
}

/// Observers are a list; a map from name to the rest is understood as well.
fn observers<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Observer>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Form {
        List(Vec<Observer>),
        Map(BTreeMap<String, Observer>),
    }
    Ok(match Form::deserialize(deserializer)? {
        Form::List(list) => list,
        Form::Map(map) => map.into_iter().map(|(name, observer)| Observer { name, ..observer }).collect(),
    })
}
