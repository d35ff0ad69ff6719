//! System files: what a kind of cluster is, in TOML.
//!
//! The harness knows no program by heart, the reference node included. All it may know of a system stands in a file. The file
//! says how a node is started and stopped, which ports it has and how its peers are named on its command line. The file also says
//! how to see what the node is doing, and what it promises. `docs/system-files.md` is the reference for authors.
//!
//! The way from a file to processes has three steps, each pure, so that each can be tested without a process:
//!
//! 1. [`System::load`] reads and checks a file. Every name in every template is looked up here. A file that loads has no dangling
//!    reference, and an error names file, line, column and key.
//! 2. [`Settings::parse`] reads `--set`; [`System::parameters`] lays them over the defaults.
//! 3. [`Planner::plan`] puts addresses and parameters into the templates: one [`NodePlan`] for each node.
//!
//! Commands are argument lists, never a shell. There is no quoting to get wrong, and the process that is started is the node
//! itself, which can be paused and killed by its own id.

mod address;
pub mod claims;
mod document;
mod error;
mod expand;
pub mod import;
pub mod observer;
mod parse;
pub mod plan;
mod privileges;
pub mod probe;
mod program;
mod provoke;
pub mod rule;
pub mod settings;
pub mod start;
mod suggest;
mod template;
#[cfg(test)]
mod tests;
pub mod version;
mod voters;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use history::header::Observer;
use history::run::Network;
use nix::sys::signal::Signal;

pub use claims::{Claims, Timing};
pub use error::SystemError;
pub use import::Format;
pub use observer::{Observe, ObserverKind, Source};
pub use parse::SCHEMA;
pub use plan::{Addresses, NodePlan, ObserverPlan, Planner, ReadyPlan};
pub use privileges::Privileges;
pub use probe::ProbePlan;
pub use program::Whose;
pub use settings::{Parameters, Settings};
pub use template::Template;

/// The systems that are compiled in: name and file.
const BUILT_IN: [(&str, &str); 7] = [
    ("reference", include_str!("../../../systems/reference.toml")),
    ("etcd", include_str!("../../../systems/etcd.toml")),
    ("nats", include_str!("../../../systems/nats.toml")),
    ("redis-sentinel", include_str!("../../../systems/redis-sentinel.toml")),
    ("ovsdb", include_str!("../../../systems/ovsdb.toml")),
    ("zookeeper", include_str!("../../../systems/zookeeper.toml")),
    ("rabbitmq", include_str!("../../../systems/rabbitmq.toml")),
];

/// The longest system file that is read, bytes.
const LONGEST: u64 = 1 << 20;

/// A kind of cluster.
#[derive(Debug, Clone)]
pub struct System {
    pub name: String,
    /// What it is, in a line.
    pub about: String,
    /// Its parameters and their defaults.
    pub params: BTreeMap<String, String>,
    /// Names of nodes that the file gives; empty: `n1`, `n2` and so on.
    pub(super) given_names: Vec<String>,
    /// How many nodes a cluster has by default.
    pub nodes: usize,
    /// Which nodes vote; none: all.
    pub(super) voters: Option<history::Voters>,
    /// The ports of a node and their numbers, used as given where every node has an address of its own.
    pub ports: BTreeMap<String, u16>,
    /// The ports whose traffic runs between nodes.
    pub links: Vec<String>,
    /// How nodes may be told of each other.
    pub addressing: Addressing,
    /// Lists of nodes for command lines.
    pub lists: BTreeMap<String, List>,
    /// The command, with its arguments.
    pub command: Vec<Template>,
    /// Where single nodes or first starts differ.
    pub commands: start::Commands,
    /// What is done once, when all nodes are ready.
    pub once: Option<start::Once>,
    /// How the version of its program is learnt.
    pub version_of: Option<version::VersionOf>,
    /// What asks the cluster over and over as a client would.
    pub probe: Option<probe::Probe>,
    /// Variables added to the environment.
    pub env: BTreeMap<String, Template>,
    /// Files that are written into a data directory where they are missing: their names and texts.
    pub files: BTreeMap<String, Template>,
    /// Processes that nodes need and that are not under test.
    pub aux: Vec<Aux>,
    /// What makes its nodes elect, where nothing else does.
    pub provoke: Option<Provoke>,
    /// Files that a node writes, kept beside its output.
    pub logs: Vec<Template>,
    /// What it keeps of what nodes otherwise give up.
    pub privileges: Privileges,
    /// How it is asked to stop.
    pub stop: Stop,
    /// When it counts as ready.
    pub ready: Ready,
    /// What it promises.
    pub claims: Claims,
    /// How to see what it does.
    pub observers: Vec<Observe>,
    /// How its logs are read from files.
    pub import: import::Import,
    /// Where the file names programs, for complaints.
    programs: Vec<program::Named>,
    /// The file itself, for the run's folder.
    pub text: String,
    /// Where the file came from; none: built in.
    pub path: Option<PathBuf>,
}

/// How nodes may be told of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addressing {
    /// Every node has one address, the same for all its peers.
    Global,
    /// Every node may be told its own address for each peer.
    PerLink,
}

/// A list of nodes for command lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// The node itself is one of them.
    pub all: bool,
    /// What is written for each.
    pub each: Template,
    /// What stands between them; none: each is an argument of its own.
    pub join: Option<String>,
}

/// A process that nodes need: started before them, killed after them, and never hit by a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aux {
    /// Its name, which no node has.
    pub name: String,
    /// The command, with its arguments.
    pub command: Vec<Template>,
    /// Variables added to the environment.
    pub env: BTreeMap<String, Template>,
    /// Files that are written into its data directory.
    pub files: BTreeMap<String, Template>,
    /// Files that it writes, kept beside its output.
    pub logs: Vec<Template>,
    /// What it keeps of what nodes otherwise give up.
    pub privileges: Privileges,
    /// It must accept a connection here before nodes are started.
    pub ready: Option<Template>,
}

/// What makes nodes elect that would not elect by themselves: auxiliary processes that they need are paused, one
/// after the other and over again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provoke {
    /// Which, in this order.
    pub pause: Vec<String>,
    /// From the beginning of one pause to that of the next.
    pub every: Duration,
    /// How long each lasts; less than `every`.
    pub lasting: Duration,
}

/// How a node is asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stop {
    /// By this signal.
    pub signal: Signal,
    /// After so long it is killed.
    pub grace: Duration,
}

/// When a node counts as ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// The sign of it.
    pub sign: ReadySign,
    /// It must have shown it by then.
    pub timeout: Duration,
}

/// The sign that a node is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadySign {
    /// Its first observation.
    Observation,
    /// It accepts a connection.
    Tcp(Template),
    /// An HTTP answer of status 200.
    Http {
        /// Where to ask.
        url: Template,
        /// Look at this JSON pointer of the answer …
        json: Option<String>,
        /// … which must be this.
        equals: Option<String>,
    },
}

impl System {
    /// A built-in system has this name.
    pub fn is_built_in(name: &str) -> bool {
        BUILT_IN.iter().any(|(known, _)| *known == name)
    }

    /// The built-in system of this name, or the file at this path.
    pub fn load(name_or_path: &str) -> Result<Self, SystemError> {
        if let Some((name, text)) = BUILT_IN.iter().find(|(name, _)| *name == name_or_path) {
            return parse::system(&format!("systems/{name}.toml"), text, None);
        }
        let path = Path::new(name_or_path);
        let looks_like_a_path = name_or_path.contains('/') || name_or_path.ends_with(".toml");
        if !looks_like_a_path && !path.exists() {
            return Err(SystemError::NoSuchSystem {
                name: name_or_path.to_owned(),
                known: BUILT_IN.map(|(name, _)| name).join(", "),
            });
        }
        parse::system(name_or_path, &read(path)?, Some(path))
    }

    /// Reads a system file from its text; `file` is what errors call it.
    pub fn parse(file: &str, text: &str) -> Result<Self, SystemError> {
        parse::system(file, text, None)
    }

    /// The built-in systems: name, and what each is.
    pub fn built_in() -> Vec<(&'static str, String)> {
        let about = |name| Self::load(name).map_or_else(|error| error.to_string(), |system| system.about);
        BUILT_IN.iter().map(|&(name, _)| (name, about(name))).collect()
    }

    /// The names of a cluster of `n`.
    pub fn names(&self, n: usize) -> Result<Vec<String>, SystemError> {
        if n == 0 {
            return Err(SystemError::Cluster("a cluster of 0 nodes is none; ask for at least 1 node".to_owned()));
        }
        if n > parse::MOST_NODES as usize {
            let most = parse::MOST_NODES;
            return Err(SystemError::Cluster(format!("a cluster of {n} nodes is too large; ask for at most {most}")));
        }
        if self.given_names.is_empty() {
            return Ok((1..=n).map(|id| format!("n{id}")).collect());
        }
        match self.given_names.get(..n) {
            Some(names) => Ok(names.to_vec()),
            None => Err(SystemError::Cluster(format!(
                "the system `{}` names {} nodes, and {n} were asked for; name more of them in `nodes` in [cluster]",
                self.name,
                self.given_names.len()
            ))),
        }
    }

    /// Whether this system can run on a network.
    pub(crate) fn check_network(&self, network: Network) -> Result<(), SystemError> {
        if self.addressing == Addressing::Global && network == Network::Proxy {
            return Err(SystemError::Network(format!(
                "the system `{}` gives every node one address for all its peers (addressing = \"global\"), so the \
                 network `proxy` cannot tell who is calling. Use --network switch, or --network direct for faults of \
                 processes only. If its nodes use no addresses but those they are given, say addressing = \"per-link\"",
                self.name
            )));
        }
        Ok(())
    }

    /// What watches the nodes, as the header of a history declares it.
    pub(crate) fn header_observers(&self) -> Vec<Observer> {
        self.observers.iter().map(Observe::header).collect()
    }
}

fn read(path: &Path) -> Result<String, SystemError> {
    let unreadable = |why: String| SystemError::Unreadable { path: path.to_owned(), why };
    let about = std::fs::metadata(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => unreadable("there is no such file; check the path".to_owned()),
        _ => unreadable(error.to_string()),
    })?;
    if !about.is_file() {
        return Err(unreadable("it is not a file; give the path of the .toml file itself".to_owned()));
    }
    if about.len() > LONGEST {
        return Err(unreadable(format!("it has {} bytes, and a system file has at most {LONGEST}", about.len())));
    }
    let bytes = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
    String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8 text; save it as UTF-8".to_owned()))
}
