//! What a workload is asked for.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Parameter;
use crate::fault::Capabilities;
use crate::link::NodeName;

/// How a workload isolates or stops a node, where the user may choose.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// Its links are cut; it keeps running and raises its term.
    #[default]
    Cut,
    /// Its process is paused; connections to it are swallowed.
    Pause,
    /// Its process is killed and started again; connections to it are refused.
    Kill,
}

impl By {
    /// All of them, in the order in which `soak` tries them.
    pub const ALL: [Self; 3] = [Self::Cut, Self::Pause, Self::Kill];

    /// As a command line and a schedule have it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Cut => "cut",
            Self::Pause => "pause",
            Self::Kill => "kill",
        }
    }
}

/// The parameters of a workload that a user may set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Parameters {
    /// How nodes are isolated or stopped, for workloads with [`Parameter::By`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<By>,
    /// Kinds and effects added to what `chaos` draws from, such as `loss` or `wipe`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
    /// How many rounds a workload with [`Parameter::Rounds`] goes through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rounds: Option<u32>,
}

/// What a workload is asked for. The schedule follows from this and nothing else.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The nodes of the cluster.
    pub nodes: Vec<NodeName>,
    /// How many of them vote, where some only follow; none: all.
    pub voters: Option<usize>,
    /// What the network can do to a link.
    pub capabilities: Capabilities,
    /// How long the faults phase may last; none: as long as the workload thinks best.
    pub duration: Option<Duration>,
    /// The seed.
    pub seed: u64,
    /// What the user set.
    pub parameters: Parameters,
    /// Within what time the system owes a leader.
    pub bound: Duration,
}

/// The lab waits five seconds for a leader (ten rounds of about half a second).
const LAB: Duration = Duration::from_secs(5);

impl Request {
    /// How many nodes vote.
    pub fn voters(&self) -> usize {
        self.voters.unwrap_or(self.nodes.len())
    }

    /// How nodes are to be isolated or stopped.
    pub fn by(&self) -> By {
        self.parameters.by.unwrap_or_default()
    }

    /// How long to wait for a leader before the wait is given up: the bound and two seconds. So a cluster that never elects is
    /// left alone for long enough to be convicted.
    pub fn patience(&self) -> Duration {
        self.bound.saturating_add(Duration::from_secs(2))
    }

    /// Within what time the lab's steps expect a leader: five seconds, or the bound where that is longer.
    pub fn lab(&self) -> Duration {
        self.bound.max(LAB)
    }

    pub(super) fn check(
        &self,
        workload: &'static str,
        takes: &[Parameter],
        least_nodes: usize,
        cuts: bool,
    ) -> Result<(), RequestError> {
        let Parameters { by, faults, rounds } = &self.parameters;
        let set = [
            (Parameter::By, by.is_some()),
            (Parameter::Faults, !faults.is_empty()),
            (Parameter::Rounds, rounds.is_some()),
        ];
        for (parameter, set) in set {
            if set && !takes.contains(&parameter) {
                return Err(RequestError::TakesNo { workload, parameter: parameter.name() });
            }
        }
        if *rounds == Some(0) {
            return Err(RequestError::NoRounds { workload });
        }
        let nodes = self.nodes.len();
        if nodes < least_nodes {
            return Err(RequestError::TooFewNodes { workload, nodes, least_nodes });
        }
        if cuts && !self.capabilities.cut {
            return Err(RequestError::CannotCut { workload });
        }
        match self.duration {
            Some(duration) if duration.is_zero() => Err(RequestError::NoTime),
            _ => Ok(()),
        }
    }
}

/// A workload cannot do what it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// It does not take this parameter.
    #[error("{workload} takes no --{parameter}; leave it out")]
    TakesNo {
        /// The workload.
        workload: &'static str,
        /// The parameter.
        parameter: &'static str,
    },
    /// Zero rounds.
    #[error("{workload} with --rounds 0 would do nothing; give at least 1")]
    NoRounds {
        /// The workload.
        workload: &'static str,
    },
    /// The cluster is too small.
    #[error("{workload} needs at least {least_nodes} nodes and has {nodes}; use --nodes {least_nodes} or more")]
    TooFewNodes {
        /// The workload.
        workload: &'static str,
        /// What it has.
        nodes: usize,
        /// What it needs.
        least_nodes: usize,
    },
    /// The network cannot cut links.
    #[error(
        "{workload} takes nodes away by cutting links, which this network cannot do; use --by pause, --by kill or another network"
    )]
    CannotCut {
        /// The workload.
        workload: &'static str,
    },
    /// The faults phase has no time.
    #[error("a duration of zero leaves no time for any step; give a longer --time")]
    NoTime,
    /// An entry of `--faults` is no kind of fault and no effect.
    #[error("--faults has no {given:?}; there are {known}")]
    UnknownFault {
        /// What was given.
        given: String,
        /// What there is.
        known: String,
    },
    /// The network cannot do what an entry of `--faults` asks for.
    #[error("--faults asks for {given}, which this network cannot do to a link; use another network or leave it out")]
    NetworkCannot {
        /// What was given.
        given: String,
    },
    /// Nodes have no simulated disks.
    #[error(
        "{given} needs simulated disks, and this run has none; see `interregnum doctor` for what they lack, or leave it out"
    )]
    NoDisks {
        /// What was given, or the workload.
        given: String,
    },
    /// Every kind of fault was taken out.
    #[error("--faults leaves nothing to draw from; keep at least one of kill, stop, pause or cut")]
    NothingLeft,
}
