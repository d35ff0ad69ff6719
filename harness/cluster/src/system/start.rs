//! What is run for a node: its command, where one node or a first start differs, and what is done once.

use std::collections::BTreeMap;
use std::time::Duration;

use super::document::Section;
use super::parse::{arguments, is_numbered};
use super::template::{Names, Piece};
use super::{SystemError, Template, suggest};

/// Commands that differ from that of every node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Commands {
    /// For a node whose data directory is new.
    pub first: Option<Vec<Template>>,
    /// By node.
    pub of: BTreeMap<String, OfNode>,
    /// Parameters and values: an argument that uses such a parameter is left out where it has that value.
    pub omit: BTreeMap<String, String>,
}

/// Commands of one node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OfNode {
    pub command: Option<Vec<Template>>,
    /// The same while its data directory is new.
    pub first: Option<Vec<Template>>,
}

/// What is done once, when all nodes are ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once {
    pub command: Vec<Template>,
    /// The node that its texts speak of; none: the first.
    pub node: Option<String>,
    /// From the end of one try to the next.
    pub every: Duration,
    /// It must have ended well by then.
    pub timeout: Duration,
}

pub(super) fn commands(node: &Section<'_>, names: &Names, given: &[String]) -> Result<Commands, SystemError> {
    let mut commands = Commands::default();
    if let Some(first) = node.take("first") {
        let table = first.section("[node.first]")?;
        commands.first = Some(arguments(&table.require("command", "[\"my-node\", \"--init\"]")?, names)?);
        table.finish()?;
    }
    if let Some(omit) = node.take("omit") {
        for entry in omit.section("`omit` in [node]")?.entries() {
            if !names.params.contains(&entry.key) {
                let hint = suggest::hint(&entry.key, names.params.iter().map(String::as_str));
                return Err(entry.fail_key(format!("is no parameter of [params]; {hint}")));
            }
            commands.omit.insert(entry.key.clone(), entry.text()?);
        }
    }
    for entry in node.entries() {
        let is_node = if given.is_empty() { is_numbered(&entry.key) } else { given.contains(&entry.key) };
        if !is_node || !entry.is_table() {
            continue;
        }
        node.asked_by_name(&entry.key);
        let table = entry.section(&format!("[node.{}]", entry.key))?;
        let mut own = OfNode::default();
        if let Some(first) = table.take("first") {
            let first = first.section(&format!("[node.{}.first]", entry.key))?;
            own.first = Some(arguments(&first.require("command", "[\"my-node\", \"--init\"]")?, names)?);
            first.finish()?;
        }
        own.command = match own.first {
            Some(_) => table.take("command").map(|command| arguments(&command, names)).transpose()?,
            None => Some(arguments(&table.require("command", "[\"my-node\", \"--init\"]")?, names)?),
        };
        table.finish()?;
        commands.of.insert(entry.key.clone(), own);
    }
    Ok(commands)
}

pub(super) fn once(root: &Section<'_>, names: &Names, given: &[String]) -> Result<Option<Once>, SystemError> {
    let Some(value) = root.take("once") else { return Ok(None) };
    let table = value.section("")?;
    let command = arguments(&table.require("command", "[\"my-cli\", \"init\"]")?, names)?;
    let node = table.take("node");
    if let Some(node) = &node {
        let name = node.string()?;
        let is_node = if given.is_empty() { is_numbered(name) } else { given.iter().any(|given| given == name) };
        if !is_node {
            return Err(node.fail(format!("names `{name}`, which is no node; write the name of one, such as \"n1\"")));
        }
    }
    let node = node.map(|node| node.string().map(str::to_owned)).transpose()?;
    let every = table.take("every").map_or(Ok(Duration::from_secs(1)), |every| every.duration())?;
    let timeout = table.take("timeout").map_or(Ok(Duration::from_secs(60)), |timeout| timeout.duration())?;
    table.finish()?;
    Ok(Some(Once { command, node, every, timeout }))
}

impl Commands {
    /// The commands of a node: of every start, and of a first one where it differs.
    pub(super) fn of<'a>(
        &'a self,
        name: &str,
        every: &'a Vec<Template>,
    ) -> (&'a Vec<Template>, Option<&'a Vec<Template>>) {
        let own = self.of.get(name);
        let command = own.and_then(|own| own.command.as_ref()).unwrap_or(every);
        (command, own.and_then(|own| own.first.as_ref()).or(self.first.as_ref()))
    }

    /// Whether an argument is left out, where parameters have these values.
    pub(super) fn leaves_out<'a>(&self, argument: &Template, value: impl Fn(&str) -> Option<&'a str>) -> bool {
        argument.pieces.iter().any(|piece| match piece {
            Piece::Param(name) => self.omit.get(name).is_some_and(|omitted| value(name) == Some(omitted.as_str())),
            _ => false,
        })
    }
}
