//! From templates to texts: what each substitution becomes for one node.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use super::observer::{ObserverKind, Source};
use super::plan::{Addresses, NodePlan, ObserverPlan, ReadyPlan, SourcePlan};
use super::template::{Piece, Template};
use super::{Aux, Observe, Parameters, ReadySign, Settings, System, SystemError};
use crate::network::NodeIndex;
use crate::observe::http::poller::Question;

/// The reader of an address: it decides what `{listen.PORT}` and `{dial.PORT}` mean.
#[derive(Clone, Copy)]
pub(super) enum Perspective {
    /// A node, on its command line.
    Node(NodeIndex),
    /// The harness, which asks a node from outside.
    Harness,
}

pub(super) struct Expander<'a> {
    system: &'a System,
    parameters: Parameters,
    names: Vec<String>,
    addresses: &'a dyn Addresses,
    data_root: &'a Path,
}

impl<'a> Expander<'a> {
    /// For a cluster of `n`.
    pub(super) fn new(
        system: &'a System,
        n: usize,
        settings: &Settings,
        addresses: &'a dyn Addresses,
        data_root: &'a Path,
    ) -> Result<Self, SystemError> {
        let (parameters, names) = (system.parameters(settings, n)?, system.names(n)?);
        Ok(Self { system, parameters, names, addresses, data_root })
    }

    /// The names of the nodes.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn node(&self, node: NodeIndex) -> Result<NodePlan, SystemError> {
        let system = self.system;
        let reader = Perspective::Node(node);
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
                ReadySign::Tcp(address) => ReadyPlan::Tcp(self.text(address, Perspective::Harness, node)?),
                ReadySign::Http { url, json, equals } => ReadyPlan::Http {
                    url: self.text(url, Perspective::Harness, node)?,
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

    pub(super) fn auxiliary(&self, node: NodeIndex, aux: &Aux) -> Result<NodePlan, SystemError> {
        let ready = aux.ready.as_ref().map(|ready| self.text(ready, Perspective::Harness, node)).transpose()?;
        let plan = NodePlan {
            name: aux.name.clone(),
            argv: self.arguments(&aux.command, Perspective::Node(node), node)?,
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
        paths.iter().map(|path| Ok(self.text(path, Perspective::Node(node), node)?.into())).collect()
    }

    fn env(&self, env: &BTreeMap<String, Template>, node: NodeIndex) -> Result<BTreeMap<String, String>, SystemError> {
        // What is printed is read by rules: programs that know of it leave colours out. An empty value turns it off.
        let plain = ("NO_COLOR".to_owned(), "1".to_owned());
        let given =
            env.iter().map(|(name, value)| Ok((name.clone(), self.text(value, Perspective::Node(node), node)?)));
        std::iter::once(Ok(plain)).chain(given).collect()
    }

    fn written(
        &self,
        files: &BTreeMap<String, Template>,
        node: NodeIndex,
    ) -> Result<Vec<(PathBuf, String)>, SystemError> {
        let text = |(name, text): (&String, &Template)| {
            Ok((self.data(node).join(name), self.text(text, Perspective::Node(node), node)?))
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
                let address = self.address(Perspective::Harness, node, port, true)?;
                ObserverPlan::Status { observe, address, every, timeout }
            }
            ObserverKind::Lines(lines) => {
                let (lines, source) = (
                    lines.clone(),
                    match &lines.source {
                        Source::Stdout => SourcePlan::Stdout,
                        Source::Stderr => SourcePlan::Stderr,
                        Source::File(path) => SourcePlan::File(self.text(path, Perspective::Node(node), node)?.into()),
                    },
                );
                ObserverPlan::Lines { observe, lines, source }
            }
            ObserverKind::Http { method, url, body, every, timeout, fields, words } => {
                let url = self.text(url, Perspective::Harness, node)?;
                let (method, body, fields) = (method.clone(), body.clone(), fields.clone());
                let question =
                    Question { method, url, body, fields, words: words.clone(), every: *every, timeout: *timeout };
                ObserverPlan::Http { observe, question }
            }
            ObserverKind::Whole { path, every, rules } => {
                let (every, rules) = (*every, rules.clone());
                let path = self.text(path, Perspective::Node(node), node)?.into();
                ObserverPlan::Whole { observe, path, every, rules }
            }
            ObserverKind::Exec { command, every, timeout, lines, whole } => {
                let (every, timeout, rules, whole) = (*every, *timeout, lines.clone(), *whole);
                let argv = self.arguments(command, Perspective::Harness, node)?;
                ObserverPlan::Exec { observe, argv, every, timeout, rules, whole }
            }
        })
    }

    pub(super) fn arguments(
        &self,
        templates: &[Template],
        reader: Perspective,
        node: NodeIndex,
    ) -> Result<Vec<String>, SystemError> {
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
    fn members(&self, list: &str, reader: Perspective, node: NodeIndex) -> Result<Vec<String>, SystemError> {
        let Some(list) = self.system.lists.get(list) else { return Ok(Vec::new()) };
        let members = (0..self.names.len()).filter(|&member| list.all || member != node);
        members.map(|member| self.text(&list.each, reader, member)).collect()
    }

    /// A text about `subject`, as `reader` is to read it.
    pub(super) fn text(
        &self,
        template: &Template,
        reader: Perspective,
        subject: NodeIndex,
    ) -> Result<String, SystemError> {
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
    fn address(&self, reader: Perspective, node: NodeIndex, port: &str, dial: bool) -> Result<SocketAddr, SystemError> {
        let address = match reader {
            Perspective::Harness => self.addresses.dial(None, node, port),
            Perspective::Node(reader) if dial && reader != node => self.addresses.dial(Some(reader), node, port),
            Perspective::Node(_) => self.addresses.listen(node, port),
        };
        address.ok_or_else(|| {
            let name = self.name(node);
            SystemError::Cluster(format!(
                "the network has no address for the port `{port}` of {name}; try another --network"
            ))
        })
    }

    fn ip(&self, reader: Perspective, node: NodeIndex) -> Result<IpAddr, SystemError> {
        match self.system.links.first().or_else(|| self.system.ports.keys().next()) {
            Some(port) => Ok(self.address(reader, node, port, false)?.ip()),
            None => Err(SystemError::Cluster(format!(
                "the system `{}` uses {{ip}} and has no port; add one to `ports` in [cluster]",
                self.system.name
            ))),
        }
    }
}
