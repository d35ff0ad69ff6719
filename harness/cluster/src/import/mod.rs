//! Histories made of logs that exist already.
//!
//! After an incident there are files: of some members, rotated, filtered, through three layers of log services, each on its
//! host's own clock. They are read by the same rules that observe a running node. What they say is written down as a history
//! which claims no more than they prove. The judges are those of every history.
//!
//! The way of a line: [`source`] unpacks it, and [`shapes`] takes it out of a table or puts its parts together. [`prefilter`]
//! finds it worth a look, [`strip`] takes off what others put around it, and [`line_parser`] says what it means. [`story`] puts
//! the files of a node in order, [`lives`] finds the processes and the sets of data, and [`record`] writes the history. Two
//! passes are needed, for which id belongs to which node may stand at the end of the last file.

pub mod clocks;
mod data;
mod epochs;
mod error;
mod identities;
mod incomparable;
pub mod line_parser;
pub mod lives;
mod messages;
mod page;
mod prefilter;
mod process;
pub mod read;
pub mod record;
mod remarks;
mod repeats;
mod shapes;
pub mod source;
pub mod stamp;
pub mod story;
mod strip;
pub mod table;
#[cfg(test)]
mod tests;
pub mod trace;

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

pub use clocks::Clocks;
pub use error::ImportError;
use history::Outcome;
pub use page::quoted;

use crate::system::Format;
use epochs::Epoch;
use incomparable::Incomparable;
use line_parser::LineParser;
use lives::Incarnation;
use messages::Offsets;
use read::FileRead;
use record::{HistoryInput, LoggedNode};
use source::ReadMeter;
use story::StoryEntry;

/// What is to be imported.
#[derive(Debug)]
pub struct Request {
    /// How the lines are read.
    pub format: Format,
    /// Nodes and their files, in the order in which they were given.
    pub files: Vec<(Option<String>, PathBuf)>,
    /// Finds the node of a line, in its group `node`, where one file holds several.
    pub split: Option<regex::Regex>,
    /// The group to judge; none: each.
    pub group: Option<String>,
    /// What is known of the hosts' clocks.
    pub clocks: Clocks,
    /// What an operator wrote down, and when by the operator's own clock: nanoseconds since 1970.
    pub marks: Vec<(i64, String)>,
    /// Is called with how far the reading is.
    pub meter: ReadMeter,
}

/// The files, read and put in order.
#[derive(Debug)]
pub struct Imported {
    request: Request,
    parser: LineParser,
    /// What the table says of each file.
    pub rows: Vec<table::Row>,
    files: Vec<String>,
    /// Each node that has a line which means something, with its lines.
    stories: Vec<(String, Vec<StoryEntry>)>,
    /// Nodes of which no line means anything.
    pub silent: Vec<String>,
    /// Ids of nodes that have had more than one: a name that is none of a node's only id means no node.
    former: Vec<String>,
    /// The groups that the files hold; empty where the format has none.
    pub groups: Vec<String>,
}

/// A history to be written.
pub struct Part<'a> {
    imported: &'a Imported,
    parser: LineParser,
    pub name: String,
    /// The group, if the files hold several.
    pub group: Option<String>,
    /// The node's incarnations: of which node, and which of them.
    members: Vec<(usize, Vec<Incarnation>)>,
    /// They are certainly of one life of the cluster, as far as each node's data is.
    sure: bool,
    /// When nodes have come back with other data.
    changes: Vec<(stamp::Stamp, stamp::Stamp)>,
    offsets: OnceCell<Option<Offsets>>,
}

impl Imported {
    /// Reads all files.
    ///
    /// # Errors
    /// Something in what was given cannot be judged.
    pub fn read(request: Request) -> Result<Self, ImportError> {
        let parser = LineParser::new(&request.format, None);
        let (mut files, mut rows) = (Vec::new(), Vec::new());
        let mut of: BTreeMap<String, Vec<(usize, FileRead)>> = BTreeMap::new();
        let mut nodes: Vec<String> = Vec::new();
        same_file(&request)?;
        for (at, (node, path)) in request.files.iter().enumerate() {
            let name = if path.as_os_str() == "-" { "standard input".to_owned() } else { path.display().to_string() };
            let mut file = read::file(&name, source::open(path, &request.meter)?, &parser, request.split.as_ref())?;
            rows.push(table::Row::of(&file, node.as_deref(), &request.format.name));
            files.push(name);
            let known = |kept: &read::KeptLine| node.clone().or_else(|| kept.node.clone());
            clocks::move_zones(&mut file, &known, &request.clocks);
            match node {
                Some(node) => {
                    if !nodes.contains(node) {
                        nodes.push(node.clone());
                    }
                    of.entry(node.clone()).or_default().push((at, file));
                }
                None => split_up(at, file, &mut nodes, &mut of),
            }
        }
        clocks::known_nodes(&request.clocks, &nodes)?;
        let kept = of.values_mut().flatten().flat_map(|(_, file)| &mut file.kept);
        stamp::turn_of_year(kept.filter_map(|kept| kept.stamp.as_mut()));
        if of.values().flatten().all(|(_, file)| file.kept.iter().all(|kept| kept.hole.is_some())) {
            return Err(nothing(&request, &rows, &files));
        }
        let mut imported = Self {
            parser,
            rows,
            files,
            stories: Vec::new(),
            silent: Vec::new(),
            former: Vec::new(),
            groups: Vec::new(),
            request,
        };
        for node in nodes {
            let story = story::tell(&node, of.remove(&node).unwrap_or_default())?;
            if story.iter().all(|entry| entry.kept.hole.is_some()) {
                imported.silent.push(node);
            } else {
                imported.stories.push((node, story));
            }
        }
        imported.stories.sort_by_key(|(node, _)| natural(node));
        imported.learn_ids()?;
        imported.find_groups()?;
        Ok(imported)
    }

    fn find_groups(&mut self) -> Result<(), ImportError> {
        let mut groups: Vec<String> = Vec::new();
        for entry in self.stories.iter().flat_map(|(_, story)| story) {
            if let Some(group) = self.parser.group(&entry.kept.text)
                && !groups.contains(&group)
            {
                groups.push(group);
            }
        }
        groups.sort();
        if let Some(wanted) = &self.request.group {
            let has_groups = self.request.format.import.groups.is_some();
            if !has_groups {
                return Err(ImportError::Whole(format!(
                    "--group {wanted}: the format {} has no groups; leave --group out, or say in [import] of your system file how lines name their group",
                    self.request.format.name
                )));
            }
            if !groups.contains(wanted) {
                return Err(ImportError::Whole(format!(
                    "--group {wanted}: no line is of that group; the files hold {}",
                    if groups.is_empty() { "none".to_owned() } else { groups.join(", ") }
                )));
            }
        }
        self.groups = groups;
        Ok(())
    }

    /// The histories to be judged: one for each group and each life.
    ///
    /// # Errors
    /// No line says in which state a node was.
    pub fn parts(&self) -> Result<Vec<Part<'_>>, ImportError> {
        let shared = self.request.format.import.groups.as_ref().is_some_and(|groups| groups.shared);
        let chosen: Vec<Option<String>> = match &self.request.group {
            Some(group) => vec![Some(group.clone())],
            None if self.groups.is_empty() => vec![None],
            None => self.groups.iter().cloned().map(Some).collect(),
        };
        let several = self.groups.len() > 1;
        let mut parts = Vec::new();
        for group in chosen {
            let mut parser = LineParser::new(&self.request.format, group.as_deref());
            if shared && several {
                parser.forget_shared(group.as_deref());
            }
            let parser_of = || {
                let mut parser = LineParser::new(&self.request.format, group.as_deref());
                if shared && several {
                    parser.forget_shared(group.as_deref());
                }
                parser
            };
            let lived = self.lived(&parser, group.as_deref());
            let changes = epochs::changes(&lived, &self.stories);
            let name = match &group {
                Some(group) if several => format!("{}-logs-{group}", self.request.format.name),
                _ => format!("{}-logs", self.request.format.name),
            };
            for Epoch { name: life, members, sure } in epochs::epochs(lived, &self.stories) {
                if members.is_empty() {
                    continue;
                }
                let name = life.map_or(name.clone(), |life| format!("{name}-{life}"));
                parts.push(Part {
                    imported: self,
                    parser: parser_of(),
                    name,
                    group: group.clone().filter(|_| several),
                    members,
                    sure,
                    changes: changes.clone(),
                    offsets: OnceCell::new(),
                });
            }
        }
        if parts.is_empty() { Err(self.stateless()) } else { Ok(parts) }
    }

    /// Lines are understood, and none says in which state a node was.
    fn stateless(&self) -> ImportError {
        let entries = self.stories.iter().flat_map(|(_, story)| story);
        let first = entries.filter(|entry| entry.kept.hole.is_none()).map(|entry| (entry.file, entry.kept.line)).min();
        let (file, line) = first.unwrap_or((0, 1));
        let file = self.files.get(file).map_or("the file", String::as_str);
        let of = self.request.group.as_ref().map_or(String::new(), |group| format!(" of the group {group}"));
        let what = format!(
            "this line is understood, but no line of any file tells the role, term, vote or leader of a node{of}; give logs that go back to an election"
        );
        ImportError::at(file, line, what)
    }

    /// The incarnations of each node.
    fn lived(&self, parser: &LineParser, group: Option<&str>) -> Vec<(usize, Vec<Incarnation>)> {
        let ids = Arc::new(parser.ids(self.stories.iter().map(|(node, _)| node.as_str())));
        // Which id belongs to which node may come last.
        for (node, story) in &self.stories {
            let mut line_reader = self.parser.line_reader(&line_parser::inner(node), &ids);
            story.iter().for_each(|entry| drop(line_reader.read(&entry.kept.text)));
        }
        for id in &self.former {
            for each in &parser.observers {
                ids.learn(&each.name, id, NO_NODE);
            }
        }
        let lived = self.stories.iter().enumerate();
        let lived =
            lived.map(|(at, (node, story))| (at, lives::live(&line_parser::inner(node), story, parser, &ids, group)));
        lived.filter(|(_, lived)| lived.iter().any(|one| one.said().next().is_some())).collect()
    }

    /// The system file by which the lines were read.
    pub fn system_file(&self) -> &str {
        &self.request.format.text
    }
}

impl Part<'_> {
    /// Ids that stand for a vote or a leader and belong to no node that has a log. Each comes with the nodes that named it.
    pub fn without_log(&self) -> BTreeMap<String, Vec<String>> {
        let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (at, lived) in &self.members {
            let node = &self.imported.stories[*at].0;
            for (_, said) in lived.iter().flat_map(Incarnation::said) {
                for id in [&said.vote_id, &said.leader_id].into_iter().flatten().map(|id| &**id) {
                    let by = all.entry(id.to_owned()).or_default();
                    if !by.contains(node) {
                        by.push(node.clone());
                    }
                }
            }
        }
        all
    }

    /// The page: the verdict with the lines that prove it, a lane for each node on its own clock, and each term with its
    /// candidates, voters and leaders.
    pub fn page(&self, outcome: &Outcome) -> String {
        let members = self.members();
        page::page((&self.name, outcome), &members, &self.imported.files, &self.without_log(), self.offsets(&members))
    }

    /// What the lines tell of the hosts' clocks, in sentences; nothing where that is not asked for.
    pub fn clocks(&self) -> Vec<String> {
        let members = self.members();
        self.offsets(&members).map_or_else(Vec::new, |offsets| remarks::clocks(&members, offsets))
    }

    /// What the lines tell of the hosts' clocks: learnt once.
    fn offsets(&self, members: &[LoggedNode<'_>]) -> Option<&Offsets> {
        self.offsets.get_or_init(|| self.imported.request.clocks.learn(members)).as_ref()
    }

    /// When each node saw no leader, by its own clock: the longest times, in sentences.
    pub fn without_leader(&self) -> Vec<String> {
        remarks::without_leader(&self.members())
    }

    fn members(&self) -> Vec<LoggedNode<'_>> {
        let mut all = Vec::new();
        for (at, lived) in &self.members {
            let (node, story) = &self.imported.stories[*at];
            all.push(LoggedNode { node, story, incarnations: lived.iter().collect() });
        }
        all
    }

    /// Writes the history.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, out: &mut dyn std::io::Write) -> Result<(), ImportError> {
        let members = self.members();
        let play = HistoryInput {
            offsets: self.offsets(&members),
            run: self.name.clone(),
            parser: &self.parser,
            format: &self.imported.request.format,
            group: self.group.clone(),
            incomparable: Incomparable::of(&members, self.sure, &self.changes),
            members,
            files: &self.imported.files,
            silent: self.imported.silent.clone(),
            clocks: &self.imported.request.clocks,
            marks: &self.imported.request.marks,
        };
        play.write(out).map_err(ImportError::Write)
    }
}

/// What no node is called: an id that it claims as well belongs to no node.
const NO_NODE: &str = "\0";

/// One file under the names of two nodes.
fn same_file(request: &Request) -> Result<(), ImportError> {
    let place = |path: &PathBuf| path.canonicalize().ok();
    for (at, (node, path)) in request.files.iter().enumerate() {
        let mut before = request.files[..at].iter().filter(|(other, _)| other != node);
        if let Some((other, _)) = before.find(|(_, other)| place(other).is_some_and(|other| Some(other) == place(path)))
        {
            let other = other.as_deref().unwrap_or("another node");
            let what = format!(
                "this file is given as that of {other} as well; give each node its own, or say with --split how a line names its node"
            );
            return Err(ImportError::at(path.display().to_string(), 1, what));
        }
    }
    Ok(())
}

/// Deals the lines of a file that holds several nodes out to them.
fn split_up(at: usize, mut file: FileRead, nodes: &mut Vec<String>, of: &mut BTreeMap<String, Vec<(usize, FileRead)>>) {
    for kept in std::mem::take(&mut file.kept) {
        let Some(node) = kept.node.clone() else { continue };
        if !nodes.contains(&node) {
            nodes.push(node.clone());
        }
        let files = of.entry(node).or_default();
        match files.last_mut().filter(|(known, _)| *known == at) {
            Some((_, file)) => file.kept.push(kept),
            None => files.push((at, FileRead { kept: vec![kept], ..file.clone() })),
        }
    }
}

/// No line of any file means anything.
fn nothing(request: &Request, rows: &[table::Row], files: &[String]) -> ImportError {
    let of = &request.format.name;
    let looks = request.files.first().and_then(|(_, path)| other_format(path, of));
    let file = files.first().map_or("the file", String::as_str);
    match looks {
        Some(other) => ImportError::at(
            file,
            1,
            format!(
                "this looks like a log of {other}, and no line of any file means anything in one of {of}; say --from {other}"
            ),
        ),
        None if request.split.is_some() => ImportError::at(
            file,
            1,
            format!(
                "no line of any file that --split finds means anything in a log of {of}; check the expression, and that the logs are of {of}"
            ),
        ),
        None => {
            let lines: u64 = rows.iter().map(|row| row.lines).sum();
            let looked = if lines == 1 {
                "its one line does not mean".to_owned()
            } else {
                format!("none of {lines} lines means")
            };
            ImportError::at(
                file,
                1,
                format!(
                    "{looked} anything in a log of {of}; is it of another program, or of a level of logging that leaves elections out?"
                ),
            )
        }
    }
}

/// Which other format finds a meaning in a file.
fn other_format(path: &std::path::Path, not: &str) -> Option<String> {
    if path.as_os_str() == "-" {
        return None;
    }
    let systems = crate::system::System::built_in().into_iter().map(|(name, _)| name);
    let mut names = systems.chain(Format::names()).filter(|name| *name != not);
    names.find_map(|name| {
        let parser = LineParser::new(&Format::load(name).ok()?, None);
        let file = read::file("", source::open(path, &ReadMeter::default()).ok()?, &parser, None).ok()?;
        let means = file.kept.iter().filter(|kept| kept.hole.is_none()).count();
        (means > 0).then(|| name.to_owned())
    })
}

/// `n2` before `n10`.
fn natural(name: &str) -> (String, u64, String) {
    let digits = name.len() - name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (head, tail) = name.split_at(name.len() - digits.min(18));
    (head.to_owned(), tail.parse().unwrap_or(0), name.to_owned())
}
