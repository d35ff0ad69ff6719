//! The faults: what each does, to which nodes, and what must be able to do it.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use strum::EnumDiscriminants;

use crate::shape::Shape;
use crate::target::Target;

mod kind;

pub use kind::{Breach, Breaks, Colour, Descriptor, Ends, KINDS, Need, Sphere, UNKNOWN};

/// A fault, as it stands in a schedule and (with its target resolved beside it) in a history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, EnumDiscriminants)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
#[strum_discriminants(
    name(FaultKind),
    doc = "The kind of a fault, as it is drawn and counted: [`Fault`] without its parameters.",
    derive(PartialOrd, Ord, Hash, Serialize, Deserialize),
    serde(rename_all = "kebab-case"),
    allow(missing_docs)
)]
pub enum Fault {
    /// SIGKILL; lifting it starts the node again.
    Kill {
        /// The nodes that it hits.
        target: Target,
        /// The node stays down, even through the heal phase; the final phase then asks the others.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        forever: bool,
    },
    /// The system's own gentle stop; lifting it starts the node again.
    Stop {
        /// The nodes that it hits.
        target: Target,
    },
    /// SIGSTOP; lifting it sends SIGCONT.
    Pause {
        /// The nodes that it hits.
        target: Target,
    },
    /// Pause and continue in a duty cycle: a slow node.
    Stutter {
        /// The nodes that it hits.
        target: Target,
        /// How long each pause lasts.
        #[serde(with = "humantime_serde")]
        pause: Duration,
        /// How long the node runs between pauses.
        #[serde(with = "humantime_serde")]
        run: Duration,
    },
    /// Nothing crosses the links that the shape draws around the target.
    Cut {
        /// Which links.
        shape: Shape,
        /// The pivot of the shape.
        target: Target,
    },
    /// The links that the shape draws around the target get worse.
    Degrade {
        /// Which links.
        shape: Shape,
        /// The pivot of the shape.
        target: Target,
        /// How they get worse.
        effect: Effect,
    },
    /// SIGKILL of every node; lifting it starts them all again.
    RestartAll,
    /// SIGKILL, and the data directory is lost; lifting it starts the node again. Breaks Raft's model.
    Wipe {
        /// The nodes that it hits.
        target: Target,
    },
    /// The power is gone: SIGKILL, and what no fsync had covered is lost; lifting it starts the node again.
    PowerCut {
        /// The nodes, all of them at the same instant.
        target: Target,
    },
    /// Every fsync fails with EIO, and the pages count as clean afterwards.
    FsyncFails {
        /// The nodes whose disks it hits.
        target: Target,
    },
    /// Nothing new finds room.
    DiskFull {
        /// The nodes whose disks it hits.
        target: Target,
    },
    /// An fsync takes longer.
    SlowFsync {
        /// The nodes whose disks it hits.
        target: Target,
        /// By how much at the mean; the times are distributed exponentially.
        #[serde(with = "humantime_serde")]
        mean: Duration,
    },
    /// What changes or syncs the disk is not answered.
    DiskHangs {
        /// The nodes whose disks it hits.
        target: Target,
    },
    /// Nothing on the disk can be changed.
    ReadOnly {
        /// The nodes whose disks it hits.
        target: Target,
    },
    /// SIGKILL at an operation on the disk that is still to come; lifting it starts the node again.
    CrashAt {
        /// The nodes; of several, each at an operation of its own.
        target: Target,
        /// Of these nodes only the one that takes this part in the next election.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        part: Option<Part>,
        /// It is the `nth` of the operations that a [`learn`](crate::Action::Learn) step saw of this part.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        learnt: bool,
        /// The text of the operation contains this, such as `rename`; empty: any operation. A number in it stands for any number.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        operation: String,
        /// It is the so many-eth of these after the injection, from 1.
        #[serde(default = "first", skip_serializing_if = "is_first")]
        nth: u32,
        /// Before or after it.
        #[serde(default)]
        moment: Moment,
        /// The power is gone as well.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        power_cut: bool,
        /// The operation is waited for so long.
        #[serde(with = "humantime_serde")]
        within: Duration,
    },
}

/// The part that a node takes in an election.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// It campaigns: of the nodes at hand it is the first that makes the operation with which a candidacy begins.
    Candidate,
    /// It votes, or follows without a vote.
    Voter,
    /// It led before, and hears of the new term.
    Leader,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Candidate, Self::Voter, Self::Leader];

    /// The word that schedules and histories have for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Candidate => "candidate",
            Self::Voter => "voter",
            Self::Leader => "leader",
        }
    }
}

/// Before or after an operation on a disk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Moment {
    /// It has not been done.
    #[default]
    Before,
    /// It has been done, and its process does not know yet.
    After,
}

fn first() -> u32 {
    1
}

fn is_first(nth: &u32) -> bool {
    *nth == 1
}

/// How a degraded link behaves, per direction. Zero means "as before".
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Effect {
    /// Added to every message's or packet's way.
    #[serde(with = "humantime_serde", skip_serializing_if = "Duration::is_zero")]
    pub delay: Duration,
    /// The delay varies by up to this much, evenly, to either side.
    #[serde(with = "humantime_serde", skip_serializing_if = "Duration::is_zero")]
    pub jitter: Duration,
    /// Share of packets lost, 0 to 1 (`switch` only).
    #[serde(skip_serializing_if = "is_zero")]
    pub loss: f64,
    /// Share of packets that arrive twice (`switch` only).
    #[serde(skip_serializing_if = "is_zero")]
    pub duplicate: f64,
    /// Share of packets that overtake others (`switch` only).
    #[serde(skip_serializing_if = "is_zero")]
    pub reorder: f64,
    /// Share of packets with a flipped bit (`switch` only).
    #[serde(skip_serializing_if = "is_zero")]
    pub corrupt: f64,
    /// Corrupted packets get a checksum that fits: TCP does not notice. Breaks Raft's model.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub mended: bool,
    /// Bytes a second; zero is no limit.
    #[serde(skip_serializing_if = "is_zero_u64")]
    pub rate: u64,
}

fn is_zero(share: &f64) -> bool {
    *share == 0.0
}

fn is_zero_u64(rate: &u64) -> bool {
    *rate == 0
}

/// What a network can do to a link, as `workloads` needs to know it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Capabilities {
    /// It can cut links.
    pub cut: bool,
    /// What `degrade` may ask for: `delay`, `jitter`, `rate`, `loss`, `duplicate`, `reorder`, `corrupt`.
    pub degrade: BTreeSet<String>,
    /// Nodes have simulated disks, or can have them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub disks: bool,
}

/// The target of a fault, borrowed as the fault is.
macro_rules! aim {
    ($fault:expr) => {
        match $fault {
            Self::Kill { target, .. }
            | Self::Stop { target }
            | Self::Pause { target }
            | Self::Stutter { target, .. }
            | Self::Cut { target, .. }
            | Self::Degrade { target, .. }
            | Self::Wipe { target }
            | Self::PowerCut { target }
            | Self::FsyncFails { target }
            | Self::DiskFull { target }
            | Self::SlowFsync { target, .. }
            | Self::DiskHangs { target }
            | Self::ReadOnly { target }
            | Self::CrashAt { target, .. } => Some(target),
            Self::RestartAll => None,
        }
    };
}

impl Fault {
    /// What kind of fault it is.
    pub fn kind(&self) -> FaultKind {
        self.into()
    }

    /// The nodes it is aimed at; none for a fault that needs no aim.
    pub fn target(&self) -> Option<&Target> {
        aim!(self)
    }

    /// The same, to be changed.
    pub(crate) fn target_mut(&mut self) -> Option<&mut Target> {
        aim!(self)
    }

    /// What this fault asks of a network, or of disks, with these capabilities in vain, as it follows "cannot …"; none if
    /// nothing.
    pub fn missing(&self, capabilities: &Capabilities) -> Option<String> {
        match (self.kind().descriptor().needs?, self) {
            (Need::Cut, _) => (!capabilities.cut).then(|| "cut links".to_owned()),
            (Need::Degrade, Self::Degrade { effect, .. }) => {
                let lacking = effect.needs().into_iter().find(|need| !capabilities.degrade.contains(*need))?;
                Some(format!("degrade links by {lacking}"))
            }
            (Need::Degrade, _) => None,
            (Need::Disk, _) => (!capabilities.disks).then(|| format!("do `{}`", self.kind().word())),
        }
    }
}

impl Effect {
    /// The words of [`Capabilities::degrade`] for what this effect does.
    pub fn needs(&self) -> Vec<&'static str> {
        let parts = [
            ("delay", !self.delay.is_zero()),
            ("jitter", !self.jitter.is_zero()),
            ("loss", self.loss != 0.0),
            ("duplicate", self.duplicate != 0.0),
            ("reorder", self.reorder != 0.0),
            ("corrupt", self.corrupt != 0.0),
            ("rate", self.rate != 0),
        ];
        parts.into_iter().filter_map(|(word, asked)| asked.then_some(word)).collect()
    }
}

#[cfg(test)]
mod tests;
