//! The kinds of faults: one table, and everything that is to be known of a kind without carrying one out.
//!
//! Code that has to ask "is it a fault that ends processes?" asks the [`Descriptor`] and never compares words: the checkers
//! when they say what a fault can have caused, the harness when it lists and draws faults, the reports when they name and
//! colour them, the tables of the documentation. So a new kind is a row here, a variant of [`Fault`](super::Fault) with
//! its parameters, and a mechanism in the harness.
//!
//! A history may come from elsewhere, or from a later version, and name a kind that has no row. [`UNKNOWN`] describes all of
//! these. Such a fault may have done anything to its targets (to every node, where it names none), so nothing is certain of them
//! while it may be in force. It excuses nothing that the history proves.

use serde::Serialize;

use super::FaultKind;

/// What a kind of fault is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sphere {
    /// The process of a node.
    Process,
    /// The links between nodes.
    Link,
    /// The disk of a node, and through it the process.
    Disk,
    /// It is unknown.
    Unknown,
}

/// Whether a fault ends the processes that it hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ends {
    /// No. A process that ends under it ended by itself.
    Never,
    /// Yes, where it was installed.
    Always,
    /// It may: a process that ends under it cannot be blamed for that.
    May,
    /// It is unknown: a process that ends under it is a suspicion, neither excused nor convicted.
    Unknown,
}

/// What a fault can take from Raft, which promises nothing then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Breach {
    /// A node forgot terms, votes or log that it had made durable.
    Amnesia,
    /// Messages arrived that were never sent.
    Forgery,
}

/// How a kind of fault breaks an assumption of Raft's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Breaks {
    /// What it breaks.
    pub what: Breach,
    /// The word by which a system claims to survive it (`survives` of its claims).
    pub survives: &'static str,
    /// Only faults whose effect mends the checksums of what it corrupts break it.
    pub only_mended: bool,
    /// Only faults that take the power away as well break it.
    #[serde(skip)]
    pub only_unplugged: bool,
}

/// What the network, or the disks, must be able to do for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// Cut links.
    Cut,
    /// Degrade links in the way that the fault asks for.
    Degrade,
    /// Nodes must have simulated disks.
    Disk,
}

/// The class of colour in which pages and plots show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Colour {
    /// Nothing crosses.
    Cut,
    /// A process is held up; also whatever has no colour of its own.
    Fault,
    /// A process is ended.
    Kill,
    /// Links are worse.
    Degrade,
}

impl Colour {
    /// All classes, in the order of legends.
    pub const ALL: [Self; 4] = [Self::Cut, Self::Fault, Self::Kill, Self::Degrade];

    /// The name of the class in style sheets.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cut => "cut",
            Self::Fault => "fault",
            Self::Kill => "kill",
            Self::Degrade => "degrade",
        }
    }

    /// What a legend says beside it.
    pub fn legend(self) -> &'static str {
        match self {
            Self::Cut => "cut",
            Self::Fault => "pause",
            Self::Kill => "kill or stop",
            Self::Degrade => "degrade",
        }
    }
}

/// Everything that is to be known of a kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Descriptor {
    /// The word that schedules and histories have for it.
    pub word: &'static str,
    /// Other words that histories have had for it.
    #[serde(skip)]
    pub also: &'static [&'static str],
    /// The kind of a schedule's fault; none: only histories name it.
    #[serde(skip)]
    pub kind: Option<FaultKind>,
    /// What it does, in one line.
    pub about: &'static str,
    /// What it is done to.
    pub acts_on: Sphere,
    /// Whether it ends processes.
    pub ends: Ends,
    /// While it is in force the state of what it hits is certain: down, paused, cut. If not, liveness demands nothing of it.
    pub certain: bool,
    /// It makes a leader that it hits unable to lead, for certain.
    pub takes_leader: bool,
    /// It is the crash of the Raft paper's Figure 16: one process ends at once, and its disk stays as it was.
    #[serde(skip)]
    pub crash: bool,
    /// It is aimed at nodes; if not, every node is hit, whichever the history names.
    #[serde(skip)]
    pub aimed: bool,
    /// The assumption of Raft's that it breaks.
    pub breaks: Option<Breaks>,
    /// What the network or the disks must be able to do.
    #[serde(skip)]
    pub needs: Option<Need>,
    /// `chaos` draws it without being asked, where the network can do what it needs.
    #[serde(skip)]
    pub by_default: bool,
    /// What is said of the nodes that it hit, as it follows "was": `killed`. None: only the fault itself is reported.
    #[serde(skip)]
    pub done: Option<&'static str>,
    /// What is said at its end, as it follows "was": of the nodes where there is [`Self::done`], else of the fault.
    #[serde(skip)]
    pub undone: &'static str,
    /// The class of its colour.
    pub colour: Colour,
}

/// A fault that holds a process up and lets it go on: what other rows differ from.
const HELD: Descriptor = Descriptor {
    word: "",
    also: &[],
    kind: None,
    about: "",
    acts_on: Sphere::Process,
    ends: Ends::Never,
    certain: true,
    takes_leader: true,
    crash: false,
    aimed: true,
    breaks: None,
    needs: None,
    by_default: true,
    done: None,
    undone: "over",
    colour: Colour::Fault,
};

/// A fault that ends a process, which is started again when the fault is lifted.
const ENDED: Descriptor = Descriptor { ends: Ends::Always, undone: "started again", colour: Colour::Kill, ..HELD };

/// A fault of links.
const LINKS: Descriptor = Descriptor { acts_on: Sphere::Link, ..HELD };

/// A fault of a disk: what the node makes of it is its own affair, it may well give up.
const DISK: Descriptor = Descriptor {
    acts_on: Sphere::Disk,
    ends: Ends::May,
    certain: false,
    takes_leader: false,
    by_default: false,
    ..HELD
};

/// A fault that only a simulated disk can do.
const SIMULATED: Descriptor = Descriptor { needs: Some(Need::Disk), ..DISK };

/// The power of a node is gone, and with it what no fsync had covered.
const UNPLUGGED: Breaks =
    Breaks { what: Breach::Amnesia, survives: "power-cut", only_mended: false, only_unplugged: false };

/// The kinds that this version knows. New ones go to the end: the order of those that `chaos` draws is part of what a
/// seed means.
pub const KINDS: [Descriptor; 16] = [
    Descriptor {
        word: "kill",
        kind: Some(FaultKind::Kill),
        about: "SIGKILL, then restart",
        crash: true,
        done: Some("killed"),
        ..ENDED
    },
    Descriptor {
        word: "stop",
        kind: Some(FaultKind::Stop),
        about: "the system's gentle stop, then restart",
        done: Some("stopped"),
        ..ENDED
    },
    Descriptor {
        word: "pause",
        kind: Some(FaultKind::Pause),
        about: "SIGSTOP, then SIGCONT",
        done: Some("paused"),
        undone: "continued",
        ..HELD
    },
    Descriptor {
        word: "stutter",
        kind: Some(FaultKind::Stutter),
        about: "pause and continue in a duty cycle: a slow node",
        certain: false,
        takes_leader: false,
        ..HELD
    },
    Descriptor {
        word: "cut",
        kind: Some(FaultKind::Cut),
        about: "nothing crosses some links: a partition of some shape",
        needs: Some(Need::Cut),
        undone: "healed",
        colour: Colour::Cut,
        ..LINKS
    },
    Descriptor {
        word: "degrade",
        kind: Some(FaultKind::Degrade),
        about: "links get slow, lossy, narrow",
        certain: false,
        takes_leader: false,
        breaks: Some(Breaks { what: Breach::Forgery, survives: "corrupt", only_mended: true, only_unplugged: false }),
        needs: Some(Need::Degrade),
        colour: Colour::Degrade,
        ..LINKS
    },
    Descriptor {
        word: "restart-all",
        kind: Some(FaultKind::RestartAll),
        about: "SIGKILL of every node, then restart of all",
        aimed: false,
        undone: "over",
        ..ENDED
    },
    Descriptor {
        word: "wipe",
        kind: Some(FaultKind::Wipe),
        about: "SIGKILL, and the data directory is lost",
        breaks: Some(Breaks { what: Breach::Amnesia, survives: "wipe", only_mended: false, only_unplugged: false }),
        by_default: false,
        done: Some("wiped"),
        ..ENDED
    },
    Descriptor {
        word: "lost-writes",
        also: &["lose-unsynced"],
        about: "writes that were not synced are lost",
        breaks: Some(Breaks {
            what: Breach::Amnesia,
            survives: "lost-writes",
            only_mended: false,
            only_unplugged: false,
        }),
        ..DISK
    },
    Descriptor {
        word: "power-cut",
        kind: Some(FaultKind::PowerCut),
        about: "the power is gone, and with it what no fsync had covered; then restart",
        acts_on: Sphere::Disk,
        breaks: Some(UNPLUGGED),
        needs: Some(Need::Disk),
        by_default: false,
        done: Some("cut off from its power"),
        ..ENDED
    },
    Descriptor {
        word: "fsync-fails",
        kind: Some(FaultKind::FsyncFails),
        about: "every fsync fails with EIO, and what it was for counts as written and is not, as on Linux",
        breaks: Some(Breaks {
            what: Breach::Amnesia,
            survives: "fsync-fails",
            only_mended: false,
            only_unplugged: false,
        }),
        ..SIMULATED
    },
    Descriptor {
        word: "disk-full",
        kind: Some(FaultKind::DiskFull),
        about: "there is no room for anything new: ENOSPC",
        ..SIMULATED
    },
    Descriptor {
        word: "slow-fsync",
        kind: Some(FaultKind::SlowFsync),
        about: "an fsync takes longer, by times that are distributed exponentially",
        ends: Ends::Never,
        ..SIMULATED
    },
    Descriptor {
        word: "disk-hangs",
        kind: Some(FaultKind::DiskHangs),
        about: "what changes or syncs the disk is not answered until the fault is lifted",
        ..SIMULATED
    },
    Descriptor {
        word: "read-only",
        kind: Some(FaultKind::ReadOnly),
        about: "nothing on the disk can be changed: EROFS",
        ..SIMULATED
    },
    Descriptor {
        word: "crash-at",
        kind: Some(FaultKind::CrashAt),
        about: "SIGKILL before or after a certain operation on the disk, with or without its power; then restart",
        acts_on: Sphere::Disk,
        breaks: Some(Breaks { only_unplugged: true, ..UNPLUGGED }),
        needs: Some(Need::Disk),
        by_default: false,
        done: Some("crashed"),
        ..ENDED
    },
];

/// What is said of every kind that has no row: it may have done anything, and excuses nothing.
pub const UNKNOWN: Descriptor = Descriptor {
    about: "a kind of fault that this version does not know: it may have done anything, and excuses nothing",
    acts_on: Sphere::Unknown,
    ends: Ends::Unknown,
    certain: false,
    takes_leader: false,
    by_default: false,
    ..HELD
};

impl Descriptor {
    /// Of the kind that a history calls `word`; [`UNKNOWN`] where it is not known here.
    pub fn of(word: &str) -> &'static Self {
        const { &KINDS }.iter().find(|row| row.word == word || row.also.contains(&word)).unwrap_or(const { &UNKNOWN })
    }

    /// It has a row.
    pub fn is_known(&self) -> bool {
        self.acts_on != Sphere::Unknown
    }

    /// It is, or may be, done to processes: what it names are nodes, and their processes are not as before.
    pub fn on_process(&self) -> bool {
        self.acts_on != Sphere::Link
    }

    /// It is, or may be, done to links.
    pub fn on_link(&self) -> bool {
        matches!(self.acts_on, Sphere::Link | Sphere::Unknown)
    }

    /// Certainly nothing crosses its links.
    pub fn cuts(&self) -> bool {
        self.acts_on == Sphere::Link && self.certain
    }

    /// Processes that it hits certainly end.
    pub fn kills(&self) -> bool {
        self.ends == Ends::Always
    }

    /// Processes that it hits certainly stand still.
    pub fn pauses(&self) -> bool {
        self.acts_on == Sphere::Process && self.ends == Ends::Never && self.certain
    }

    /// What faults of this class have in common where failures are grouped: `links`, `processes`, `disks`, `unknown`.
    pub fn class(&self) -> &'static str {
        match self.acts_on {
            Sphere::Process => "processes",
            Sphere::Link => "links",
            Sphere::Disk => "disks",
            Sphere::Unknown => "unknown",
        }
    }

    /// The words by which systems claim to survive faults that break an assumption of Raft's, or that are a disk's, each once.
    pub fn survivals() -> Vec<&'static str> {
        let mut words = Vec::new();
        for breaks in KINDS.iter().filter_map(|row| row.breaks) {
            if !words.contains(&breaks.survives) {
                words.push(breaks.survives);
            }
        }
        words
            .extend(KINDS.iter().filter(|row| row.acts_on == Sphere::Disk && row.breaks.is_none()).map(|row| row.word));
        words
    }

    /// A claim to survive `word` is a claim to survive this kind.
    pub fn is_survived_by(&self, word: &str) -> bool {
        let own = self.acts_on == Sphere::Disk && self.breaks.is_none() && self.word == word;
        own || self.breaks.is_some_and(|breaks| breaks.survives == word) || self.also.contains(&word)
    }
}

impl FaultKind {
    /// All kinds that a schedule may name, with the words that it has for them.
    pub fn all() -> impl Iterator<Item = (&'static str, Self)> {
        KINDS.iter().filter_map(|row| Some((row.word, row.kind?)))
    }

    /// Everything that is to be known of it.
    pub fn descriptor(self) -> &'static Descriptor {
        const { &KINDS }.iter().find(|row| row.kind == Some(self)).unwrap_or(const { &UNKNOWN })
    }

    /// The word that schedules and histories have for it.
    pub fn word(self) -> &'static str {
        self.descriptor().word
    }
}
