//! From a system, its parameters and addresses to what is to be started.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::thread::CapabilitySet;

use super::expand::{Expander, Perspective};
use super::observer::Lines;
use super::rule::Rule;
use super::{Observe, Settings, System, SystemError, Whose};
use crate::network::{Network, NodeIndex};
use crate::observe::http::poller::Question;

/// Where nodes are: what a network knows and a plan needs. Every [`Network`] is one.
pub trait Addresses {
    /// Where a node listens for a port of the system file.
    fn listen(&self, node: NodeIndex, port: &str) -> Option<SocketAddr>;

    /// Where `from` finds a port of `to`. `from` none: the harness itself.
    fn dial(&self, from: Option<NodeIndex>, to: NodeIndex, port: &str) -> Option<SocketAddr>;
}

impl<N: Network + ?Sized> Addresses for N {
    fn listen(&self, node: NodeIndex, port: &str) -> Option<SocketAddr> {
        Network::listen(self, node, port)
    }

    fn dial(&self, from: Option<NodeIndex>, to: NodeIndex, port: &str) -> Option<SocketAddr> {
        Network::dial(self, from, to, port)
    }
}

/// What is to be started for one node, and how to watch it.
#[derive(Debug, Clone)]
pub struct NodePlan {
    pub name: String,
    /// The command. Its first element is what the system file says; [`System::locate`] finds the program.
    pub argv: Vec<String>,
    /// The command of a start with a new data directory, where it is another.
    pub first_argv: Option<Vec<String>>,
    /// Variables to add to the environment.
    pub env: BTreeMap<String, String>,
    /// Its data directory. The code that starts the node makes it.
    pub data_dir: PathBuf,
    /// Files that the code that starts it writes where they are missing, with their texts.
    pub written: Vec<(PathBuf, String)>,
    /// When it counts as ready.
    pub ready: ReadyPlan,
    /// Files that it writes and that are kept, whether anything reads them or not.
    pub logs: Vec<PathBuf>,
    /// Capabilities that it keeps, where the harness has them.
    pub capabilities: CapabilitySet,
    /// What it may write beside its data; it may begin with `~` or `./`.
    pub writable: Vec<PathBuf>,
    /// What watches it.
    pub observers: Vec<ObserverPlan>,
}

/// [`super::Ready`] with its addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadyPlan {
    /// Its first observation.
    Observation,
    /// It accepts a connection at `host:port`.
    Tcp(String),
    /// An HTTP answer of status 200.
    Http {
        /// Where to ask.
        url: String,
        /// Look at this JSON pointer …
        json: Option<String>,
        /// … which must be this.
        equals: Option<String>,
    },
}

/// One observer of one node, with its addresses.
#[derive(Debug, Clone)]
pub enum ObserverPlan {
    /// The node contract on standard output.
    Events(Observe),
    /// A JSON line over TCP.
    Status {
        observe: Observe,
        /// Where to ask.
        address: SocketAddr,
        every: Duration,
        /// How long an answer may take.
        timeout: Duration,
    },
    /// Rules over a stream or a file.
    Lines {
        observe: Observe,
        /// What lines mean.
        lines: Lines,
        /// Where they come from.
        source: SourcePlan,
    },
    /// A question over HTTP.
    Http {
        observe: Observe,
        /// What is asked.
        question: Question,
    },
    Exec {
        observe: Observe,
        /// The command. Its first element is what the system file says.
        argv: Vec<String>,
        every: Duration,
        /// How long it may take.
        timeout: Duration,
        /// What its lines mean.
        rules: Vec<Rule>,
        /// All that it prints is one text for the rules.
        whole: bool,
    },
    /// A file that is read whole.
    Whole {
        observe: Observe,
        path: PathBuf,
        every: Duration,
        /// What it means.
        rules: Vec<Rule>,
    },
}

/// [`super::Source`] with its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourcePlan {
    Stdout,
    Stderr,
    /// This file.
    File(PathBuf),
}

impl ObserverPlan {
    pub fn observer(&self) -> &Observe {
        match self {
            Self::Events(observe)
            | Self::Status { observe, .. }
            | Self::Lines { observe, .. }
            | Self::Http { observe, .. }
            | Self::Exec { observe, .. }
            | Self::Whole { observe, .. } => observe,
        }
    }
}

impl NodePlan {
    /// The programs that it needs, as the system file says them: the code that carries the plan out finds them first. `own` is whose
    /// its command is.
    pub fn programs(&mut self, own: Whose) -> impl Iterator<Item = (Whose, &mut String)> {
        let observers = self.observers.iter_mut().filter_map(|observer| match observer {
            ObserverPlan::Exec { argv, .. } => Some((Whose::Observer, argv.first_mut()?)),
            _ => None,
        });
        let first = self.first_argv.iter_mut().filter_map(|argv| argv.first_mut());
        self.argv.first_mut().into_iter().chain(first).map(move |program| (own, program)).chain(observers)
    }

    /// The files that are to be followed while it runs.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let observed = self.observers.iter().filter_map(|observer| match observer {
            ObserverPlan::Lines { source: SourcePlan::File(path), .. } => Some(path.as_path()),
            _ => None,
        });
        observed.chain(self.logs.iter().map(PathBuf::as_path))
    }

    /// Files are kept in one folder under their own names: no two may share one.
    pub(super) fn with_names_of_their_own(self) -> Result<Self, SystemError> {
        let mut kept = BTreeMap::from([("stdout.log".into(), None), ("stderr.log".into(), None)]);
        let clash = self.files().find(|path| {
            let name = path.file_name().unwrap_or_default().to_owned();
            kept.insert(name, Some(*path)).is_some_and(|other| other != Some(*path))
        });
        match clash {
            None => Ok(self),
            Some(path) => Err(SystemError::Cluster(format!(
                "{} writes {}, and another log of it is kept under the same name; have it write a file that is called \
                 differently",
                self.name,
                path.display()
            ))),
        }
    }
}

/// Makes plans of clusters.
#[derive(Debug)]
pub struct Planner;

impl Planner {
    /// What is to be started for a cluster of `n`. Node `NAME` has its data in `data_root/NAME`.
    pub fn plan(
        system: &System,
        n: usize,
        settings: &Settings,
        addresses: &dyn Addresses,
        data_root: &Path,
    ) -> Result<Vec<NodePlan>, SystemError> {
        system.timing(settings, n)?;
        let expander = Expander::new(system, n, settings, addresses, data_root)?;
        (0..n).map(|node| expander.node(node)).collect()
    }

    /// The auxiliary processes of a cluster of `n`, which the network knows as the nodes from `n` on.
    pub(crate) fn plan_aux(
        system: &System,
        n: usize,
        settings: &Settings,
        addresses: &dyn Addresses,
        data_root: &Path,
    ) -> Result<Vec<NodePlan>, SystemError> {
        let expander = Expander::new(system, n, settings, addresses, data_root)?;
        system.aux.iter().enumerate().map(|(at, aux)| expander.auxiliary(n + at, aux)).collect()
    }
}

/// What is done once, or asked before a run, and by what it is found.
impl Planner {
    /// The command of `[once]` of a cluster of `n`, as the harness runs it.
    ///
    /// # Errors
    /// Where its texts cannot be filled in, or its node is not in the cluster.
    pub(crate) fn plan_once(
        system: &System,
        n: usize,
        settings: &Settings,
        addresses: &dyn Addresses,
        data_root: &Path,
    ) -> Result<Option<Vec<String>>, SystemError> {
        let Some(once) = &system.once else { return Ok(None) };
        let expander = Expander::new(system, n, settings, addresses, data_root)?;
        let node = once.node.as_ref().map_or(Ok(0), |name| {
            let names = expander.names();
            names.iter().position(|other| other == name).ok_or_else(|| {
                SystemError::Cluster(format!(
                    "[once] is done to {name}, and the nodes are {}; mend its `node`, or ask for more nodes (--nodes)",
                    names.join(", ")
                ))
            })
        })?;
        expander.arguments(&once.command, Perspective::Harness, node).map(Some)
    }

    /// The command that prints the version of the program of a cluster of `n`.
    ///
    /// # Errors
    /// Where its texts cannot be filled in.
    pub(crate) fn plan_version(
        system: &System,
        n: usize,
        settings: &Settings,
        addresses: &dyn Addresses,
        data_root: &Path,
    ) -> Result<Option<Vec<String>>, SystemError> {
        let Some(version) = &system.version_of else { return Ok(None) };
        let expander = Expander::new(system, n, settings, addresses, data_root)?;
        expander.arguments(&version.command, Perspective::Harness, 0).map(Some)
    }
}
