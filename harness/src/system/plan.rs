//! From a system, its parameters and addresses to what is to be started.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::thread::CapabilitySet;

use super::observer::{Lines, ObserverKind, Source};
use super::rule::Rule;
use super::template::{Piece, Template};
use super::{Aux, Observe, Parameters, ReadySign, Settings, System, SystemError};
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
    /// Its name.
    pub name: String,
    /// The command. Its first element is what the system file says; [`System::locate`] finds the program.
    pub argv: Vec<String>,
    /// The command of a start with a new data directory, where it is another.
    pub first_argv: Option<Vec<String>>,
    /// Variables to add to the environment.
    pub env: BTreeMap<String, String>,
    /// Its data directory. Whoever starts the node makes it.
    pub data_dir: PathBuf,
    /// Files that whoever starts it writes where they are missing, with their texts.
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
        /// The observer.
        observe: Observe,
        /// Where to ask.
        address: SocketAddr,
        /// How often.
        every: Duration,
        /// How long an answer may take.
        timeout: Duration,
    },
    /// Rules over a stream or a file.
    Lines {
        /// The observer.
        observe: Observe,
        /// What lines mean.
        lines: Lines,
        /// Where they come from.
        source: SourcePlan,
    },
    /// A question over HTTP.
    Http {
        /// The observer.
        observe: Observe,
        /// What is asked.
        question: Question,
    },
    /// A command.
    Exec {
        /// The observer.
        observe: Observe,
        /// The command. Its first element is what the system file says.
        argv: Vec<String>,
        /// How often.
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
        /// The observer.
        observe: Observe,
        /// Which file.
        path: PathBuf,
        /// How often.
        every: Duration,
        /// What it means.
        rules: Vec<Rule>,
    },
}

/// [`Source`] with its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourcePlan {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// This file.
    File(PathBuf),
}

impl ObserverPlan {
    /// The observer.
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
    /// The programs that it needs, as the system file says them: whoever carries the plan out finds them first.
    pub fn programs(&mut self) -> impl Iterator<Item = &mut String> {
        let observers = self.observers.iter_mut().filter_map(|observer| match observer {
            ObserverPlan::Exec { argv, .. } => argv.first_mut(),
            _ => None,
        });
        let first = self.first_argv.iter_mut().filter_map(|argv| argv.first_mut());
        self.argv.first_mut().into_iter().chain(first).chain(observers)
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
    fn with_names_of_their_own(self) -> Result<Self, SystemError> {
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
pub struct Cluster;

impl Cluster {
    /// What is to be started for a cluster of `n`. Node `NAME` has its data in `data_root/NAME`.
    pub fn plan(
        system: &System,
        n: usize,
        settings: &Settings,
        addresses: &dyn Addresses,
        data_root: &Path,
    ) -> Result<Vec<NodePlan>, SystemError> {
        let parameters = system.parameters(settings, n)?;
        system.timing(settings, n)?;
        let names = system.names(n)?;
        let expander = Expander { system, parameters: &parameters, names: &names, addresses, data_root };
        (0..n).map(|node| expander.node(node)).collect()
    }

    /// The auxiliary processes of a cluster of `n`, which the network knows as the nodes from `n` on.
    pub fn plan_aux(
        system: &System,
        n: usize,
        settings: &Settings,
        addresses: &dyn Addresses,
        data_root: &Path,
    ) -> Result<Vec<NodePlan>, SystemError> {
        let parameters = system.parameters(settings, n)?;
        let names = system.names(n)?;
        let expander = Expander { system, parameters: &parameters, names: &names, addresses, data_root };
        system.aux.iter().enumerate().map(|(at, aux)| expander.auxiliary(n + at, aux)).collect()
    }
}

/// What is done once, or asked before a run, and by what it is found.
impl Cluster {
    /// The command of `[once]` of a cluster of `n`, as the harness runs it.
    ///
    /// # Errors
    /// Where its texts cannot be filled in, or its node is not in the cluster.
    pub fn plan_once(
        system: &System,
        n: usize,
        settings: &Settings,
        addresses: &dyn Addresses,
        data_root: &Path,
    ) -> Result<Option<Vec<String>>, SystemError> {
        let Some(once) = &system.once else { return Ok(None) };
        let parameters = system.parameters(settings, n)?;
        let names = system.names(n)?;
        let node = match &once.node {
            None => 0,
            Some(name) => names.iter().position(|other| other == name).ok_or_else(|| {
                SystemError::Cluster(format!(
                    "[once] is done to {name}, and the nodes are {}; mend its `node`, or ask for more nodes",
                    names.join(", ")
                ))
            })?,
        };
        let expander = Expander { system, parameters: &parameters, names: &names, addresses, data_root };
        expander.arguments(&once.command, Reader::Harness, node).map(Some)
    }

    /// The command that prints the version of the program of a cluster of `n`.
    ///
    /// # Errors
    /// Where its texts cannot be filled in.
    pub fn plan_version(
        system: &System,
        n: usize,
        settings: &Settings,
        addresses: &dyn Addresses,
        data_root: &Path,
    ) -> Result<Option<Vec<String>>, SystemError> {
        let Some(version) = &system.version_of else { return Ok(None) };
        let parameters = system.parameters(settings, n)?;
        let names = system.names(n)?;
        let expander = Expander { system, parameters: &parameters, names: &names, addresses, data_root };
        expander.arguments(&version.command, Reader::Harness, 0).map(Some)
    }
}

/// Who reads an address: it decides what `{listen.PORT}` and `{dial.PORT}` mean.
#[derive(Clone, Copy)]
enum Reader {
    /// A node, on its command line.
    Node(NodeIndex),
    /// The harness, which asks a node from outside.
    Harness,
}

struct Expander<'a> {
    system: &'a System,
    parameters: &'a Parameters,
    names: &'a [String],
    addresses: &'a dyn Addresses,
    data_root: &'a Path,
}

impl Expander<'_> {
    fn node(&self, node: NodeIndex) -> Result<NodePlan, SystemError> {
        let system = self.system;
        let reader = Reader::Node(node);
        let (command, first) = system.commands.of(&self.names[node], &system.command);
        let plan = NodePlan {
            name: self.names[node].clone(),
            argv: self.arguments(command, reader, node)?,
            first_argv: first.map(|first| self.arguments(first, reader, node)).transpose()?,
            env: self.env(&system.env, node)?,
            data_dir: self.data(node),
            written: self.written(&system.files, node)?,
            ready: match &system.ready.sign {
                ReadySign::Observation => ReadyPlan::Observation,
                ReadySign::Tcp(address) => ReadyPlan::Tcp(self.text(address, Reader::Harness, node)?),
                ReadySign::Http { url, json, equals } => ReadyPlan::Http {
                    url: self.text(url, Reader::Harness, node)?,
                    json: json.clone(),
                    equals: equals.clone(),
                },
            },
            logs: self.paths(&system.logs, node)?,
            capabilities: system.privileges.capabilities,
            writable: self.paths(&system.privileges.writable, node)?,
            observers: system.observers.iter().map(|one| self.observer(one, node)).collect::<Result<_, _>>()?,
        };
        plan.with_names_of_their_own()
    }

    fn auxiliary(&self, node: NodeIndex, aux: &Aux) -> Result<NodePlan, SystemError> {
        let ready = aux.ready.as_ref().map(|ready| self.text(ready, Reader::Harness, node)).transpose()?;
        let plan = NodePlan {
            name: aux.name.clone(),
            argv: self.arguments(&aux.command, Reader::Node(node), node)?,
            first_argv: None,
            env: self.env(&aux.env, node)?,
            data_dir: self.data(node),
            written: self.written(&aux.files, node)?,
            ready: ready.map_or(ReadyPlan::Observation, ReadyPlan::Tcp),
            logs: self.paths(&aux.logs, node)?,
            capabilities: aux.privileges.capabilities,
            writable: self.paths(&aux.privileges.writable, node)?,
            observers: Vec::new(),
        };
        plan.with_names_of_their_own()
    }

    fn paths(&self, paths: &[Template], node: NodeIndex) -> Result<Vec<PathBuf>, SystemError> {
        paths.iter().map(|path| Ok(self.text(path, Reader::Node(node), node)?.into())).collect()
    }

    fn env(&self, env: &BTreeMap<String, Template>, node: NodeIndex) -> Result<BTreeMap<String, String>, SystemError> {
        // What is printed is read by rules: programs that know of it leave colours out. An empty value turns it off.
        let plain = ("NO_COLOR".to_owned(), "1".to_owned());
        let given = env.iter().map(|(name, value)| Ok((name.clone(), self.text(value, Reader::Node(node), node)?)));
        std::iter::once(Ok(plain)).chain(given).collect()
    }

    fn written(
        &self,
        files: &BTreeMap<String, Template>,
        node: NodeIndex,
    ) -> Result<Vec<(PathBuf, String)>, SystemError> {
        let text = |(name, text): (&String, &Template)| {
            Ok((self.data(node).join(name), self.text(text, Reader::Node(node), node)?))
        };
        files.iter().map(text).collect()
    }

    /// A node's name, or an auxiliary process's.
    fn name(&self, node: NodeIndex) -> &str {
        let auxiliary = || self.system.aux.get(node - self.names.len()).map(|aux| &aux.name);
        self.names.get(node).or_else(auxiliary).map_or("", String::as_str)
    }

    fn data(&self, node: NodeIndex) -> PathBuf {
        self.data_root.join(self.name(node))
    }

    fn observer(&self, observe: &Observe, node: NodeIndex) -> Result<ObserverPlan, SystemError> {
        let observe = observe.clone();
        Ok(match &observe.kind {
            ObserverKind::Events => ObserverPlan::Events(observe),
            ObserverKind::Status { port, every, timeout } => {
                let (every, timeout) = (*every, *timeout);
                let address = self.address(Reader::Harness, node, port, true)?;
                ObserverPlan::Status { observe, address, every, timeout }
            }
            ObserverKind::Lines(lines) => {
                let (lines, source) = (
                    lines.clone(),
                    match &lines.source {
                        Source::Stdout => SourcePlan::Stdout,
                        Source::Stderr => SourcePlan::Stderr,
                        Source::File(path) => SourcePlan::File(self.text(path, Reader::Node(node), node)?.into()),
                    },
                );
                ObserverPlan::Lines { observe, lines, source }
            }
            ObserverKind::Http { method, url, body, every, timeout, fields, words } => {
                let url = self.text(url, Reader::Harness, node)?;
                let (method, body, fields) = (method.clone(), body.clone(), fields.clone());
                let question =
                    Question { method, url, body, fields, words: words.clone(), every: *every, timeout: *timeout };
                ObserverPlan::Http { observe, question }
            }
            ObserverKind::Whole { path, every, rules } => {
                let (every, rules) = (*every, rules.clone());
                let path = self.text(path, Reader::Node(node), node)?.into();
                ObserverPlan::Whole { observe, path, every, rules }
            }
            ObserverKind::Exec { command, every, timeout, lines, whole } => {
                let (every, timeout, rules, whole) = (*every, *timeout, lines.clone(), *whole);
                let argv = self.arguments(command, Reader::Harness, node)?;
                ObserverPlan::Exec { observe, argv, every, timeout, rules, whole }
            }
        })
    }

    fn arguments(&self, templates: &[Template], reader: Reader, node: NodeIndex) -> Result<Vec<String>, SystemError> {
        let mut arguments = Vec::new();
        for template in templates {
            match template.pieces.as_slice() {
                [Piece::Spread(list)] => arguments.extend(self.members(list, reader, node)?),
                _ if self.system.commands.leaves_out(template, |name| self.parameters.get(node, name)) => {}
                _ => arguments.push(self.text(template, reader, node)?),
            }
        }
        Ok(arguments)
    }

    /// The text of a list for each of its members.
    fn members(&self, list: &str, reader: Reader, node: NodeIndex) -> Result<Vec<String>, SystemError> {
        let Some(list) = self.system.lists.get(list) else { return Ok(Vec::new()) };
        let members = (0..self.names.len()).filter(|&member| list.all || member != node);
        members.map(|member| self.text(&list.each, reader, member)).collect()
    }

    /// A text about `subject`, as `reader` is to read it.
    fn text(&self, template: &Template, reader: Reader, subject: NodeIndex) -> Result<String, SystemError> {
        let mut text = String::new();
        for piece in &template.pieces {
            match piece {
                Piece::Text(literal) => text.push_str(literal),
                Piece::Id => text.push_str(&(subject + 1).to_string()),
                Piece::Name => text.push_str(self.name(subject)),
                Piece::Ip => text.push_str(&self.ip(reader, subject)?.to_string()),
                Piece::Data => text.push_str(&self.data(subject).to_string_lossy()),
                Piece::Listen(port) => text.push_str(&self.address(reader, subject, port, false)?.to_string()),
                Piece::Dial(port) => text.push_str(&self.address(reader, subject, port, true)?.to_string()),
                Piece::Port(port) => {
                    text.push_str(&self.address(reader, subject, port, true)?.port().to_string());
                }
                Piece::Aux(name, of) => {
                    let at = self.system.aux.iter().position(|aux| aux.name == *name).unwrap_or_default();
                    let of = Template { pieces: vec![Piece::clone(of)] };
                    text.push_str(&self.text(&of, reader, self.names.len() + at)?);
                }
                Piece::Param(name) => text.push_str(self.parameters.get(subject, name).unwrap_or_default()),
                Piece::List(name) | Piece::Spread(name) => {
                    let join = self.system.lists.get(name).and_then(|list| list.join.as_deref()).unwrap_or(" ");
                    text.push_str(&self.members(name, reader, subject)?.join(join));
                }
            }
        }
        Ok(text)
    }

    /// The harness asks from outside, so that for it both words mean where *it* finds the node. A node finds itself
    /// where it listens.
    fn address(&self, reader: Reader, node: NodeIndex, port: &str, dial: bool) -> Result<SocketAddr, SystemError> {
        let address = match reader {
            Reader::Harness => self.addresses.dial(None, node, port),
            Reader::Node(reader) if dial && reader != node => self.addresses.dial(Some(reader), node, port),
            Reader::Node(_) => self.addresses.listen(node, port),
        };
        address.ok_or_else(|| {
            let name = self.name(node);
            SystemError::Cluster(format!(
                "the network has no address for the port `{port}` of {name}; try another --network"
            ))
        })
    }

    fn ip(&self, reader: Reader, node: NodeIndex) -> Result<IpAddr, SystemError> {
        match self.system.links.first().or_else(|| self.system.ports.keys().next()) {
            Some(port) => Ok(self.address(reader, node, port, false)?.ip()),
            None => Err(SystemError::Cluster(format!(
                "the system `{}` uses {{ip}} and has no port; add one to `ports` in [cluster]",
                self.system.name
            ))),
        }
    }
}
