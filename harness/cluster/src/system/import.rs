//! `[import]`: what else is to be known of a program's lines when they are read from files, long after they were written.
//!
//! The `lines` rules of `[[observe]]` say what a line means. Of a running node the harness knows besides when its process began
//! and ended, and who is who. A file tells that by lines only, and this table says which. It names the line that begins an
//! incarnation, the lines that may be the first of one, and the lines that name the cluster and the group. Its own `rules` come
//! before those of the observers and may show more: whose vote was counted, and the logs that were compared.

use regex::Regex;

use super::document::{Section, Value};
use super::observer::{Observe, ObserverKind};
use super::rule::{Rule, of_import};
use super::{System, SystemError};

/// A line that begins an incarnation.
#[derive(Debug, Clone)]
pub struct Begin {
    /// What it looks like. Its groups `term`, `index`, `applied` tell with which state it begins.
    pub re: Regex,
    /// So many lines that mean something before it belong to the new incarnation, if they are such as may begin one.
    pub before: u32,
    /// Each process prints it. Where it was kept, that of another process would have been kept too.
    pub each: bool,
}

/// Groups of which each is judged by itself.
#[derive(Debug, Clone)]
pub struct Groups {
    /// Finds the name of a line's group: its group `group`.
    pub re: Regex,
    /// The text that stands for the group in the rules; none: rules match lines of any group.
    pub is: Option<String>,
    /// Lines that belong to every group, such as terms that they share: with several groups in the files they are not judged.
    pub shared: bool,
}

/// What `[import]` says.
#[derive(Debug, Clone, Default)]
pub struct Import {
    /// A run has confirmed what the rules mean. Others show, and never convict.
    pub confirmed: bool,
    /// What may stand before a message in a line that is not JSON.
    pub plain: Vec<Regex>,
    /// More rules, before those of the observers.
    pub rules: Vec<Rule>,
    /// Lines that begin an incarnation.
    pub begins: Vec<Begin>,
    /// Lines that may be the first of an incarnation whose beginning is not shown.
    pub may_begin: Vec<Regex>,
    /// Lines that a process prints once. The same text again is that of another process.
    pub once: Vec<Regex>,
    /// Tells the term that a node has, in the group `term`. Another one than it showed last means that lines are missing.
    pub current: Vec<Regex>,
    /// Lines that say that the data begins anew.
    pub anew: Vec<Regex>,
    /// The highest term at which a node begins whose data folder is new or was restored from a backup.
    pub fresh: Option<u64>,
    /// Tells the cluster's id: the group `cluster`.
    pub cluster: Vec<Regex>,
    /// Tells where the data of a process is: the group `data`. Another place is other data.
    pub data: Vec<Regex>,
    /// Lines of a process that has found the data of one before it. They stand between its beginning and the first state that it shows.
    pub kept: Vec<Regex>,
    /// The id of a node is made up once and kept with its data: the same id means the same data.
    pub keeps_id: bool,
    /// Lines after which some may be missing, beside those of the usual log services.
    pub lost: Vec<Regex>,
    pub groups: Option<Groups>,
    /// A vote that was sent is kept across a power cut, so that one which was lost is a broken promise.
    pub survives_power_cut: bool,
}

/// How the logs of a program are read: a system file, or as much of one as concerns its lines.
#[derive(Debug, Clone)]
pub struct Format {
    pub name: String,
    /// What it is, in a line.
    pub about: String,
    /// The observers that read lines, and those that read the node contract.
    pub observers: Vec<Observe>,
    /// What `[import]` says.
    pub import: Import,
    /// Checkers that the system claims to satisfy; none: all.
    pub judged: Option<Vec<String>>,
    /// A leader leads only while there is something to do.
    pub occasional_leaders: bool,
    /// The file itself.
    pub text: String,
}

/// The formats that are compiled in besides the systems: name and file.
const FORMATS: [(&str, &str); 6] = [
    ("ovsdb", include_str!("../../../systems/formats/ovsdb.toml")),
    ("zookeeper", include_str!("../../../systems/formats/zookeeper.toml")),
    ("rabbitmq", include_str!("../../../systems/formats/rabbitmq.toml")),
    ("hashicorp-raft", include_str!("../../../systems/formats/hashicorp-raft.toml")),
    ("mongodb", include_str!("../../../systems/formats/mongodb.toml")),
    ("kafka", include_str!("../../../systems/formats/kafka.toml")),
];

/// Other names of formats: the same program under another name, or a program that logs by another's library.
const ALIASES: [(&str, &str); 8] = [
    ("valkey-sentinel", "redis-sentinel"),
    ("sentinel", "redis-sentinel"),
    ("consul", "hashicorp-raft"),
    ("nomad", "hashicorp-raft"),
    ("vault", "hashicorp-raft"),
    ("ovsdb-server", "ovsdb"),
    ("kafka-kraft", "kafka"),
    ("mongod", "mongodb"),
];

impl Format {
    /// The built-in format or system of this name, or the file at this path.
    ///
    /// # Errors
    /// There is none, or its file is wrong.
    pub fn load(name_or_path: &str) -> Result<Self, SystemError> {
        let name = ALIASES.iter().find(|(alias, _)| *alias == name_or_path).map_or(name_or_path, |(_, name)| *name);
        if let Some((name, text)) = FORMATS.iter().find(|(known, _)| *known == name) {
            return super::parse::format(&format!("systems/formats/{name}.toml"), text);
        }
        let system = System::load(name).map_err(|error| match error {
            SystemError::NoSuchSystem { name, known } => {
                let systems: Vec<&str> = known.split(", ").collect();
                let more = Self::names().into_iter().filter(|name| !systems.contains(name));
                let known = systems.iter().copied().chain(more).collect::<Vec<_>>().join(", ");
                SystemError::NoSuchSystem { name, known }
            }
            other => other,
        })?;
        Ok(system.into())
    }

    /// The names of the built-in formats that are no systems.
    pub fn names() -> Vec<&'static str> {
        FORMATS.iter().map(|(name, _)| *name).collect()
    }

    /// Its observers of the kind `lines`, and whether there is one of the node contract.
    pub(crate) fn reads_contract(&self) -> bool {
        self.observers.iter().any(|observe| matches!(observe.kind, ObserverKind::Events))
    }
}

impl From<System> for Format {
    fn from(system: System) -> Self {
        let reads = |observe: &Observe| matches!(observe.kind, ObserverKind::Lines(_) | ObserverKind::Events);
        Self {
            name: system.name,
            about: system.about,
            observers: system.observers.into_iter().filter(reads).collect(),
            import: system.import,
            judged: system.claims.judged.clone(),
            occasional_leaders: system.claims.occasional_leaders,
            text: system.text,
        }
    }
}

/// Reads `[import]`, where there is one.
pub(super) fn parse(root: &Section<'_>) -> Result<Import, SystemError> {
    let Some(value) = root.take("import") else { return Ok(Import { confirmed: true, ..Import::default() }) };
    let table = value.section("")?;
    let flag = |key, default| table.take(key).map_or(Ok(default), |value: Value<'_>| value.boolean());
    let number = |value: Value<'_>| value.integer(0..=u32::MAX).map(u64::from);
    let groups = table.take("groups").map(|value| groups(&value)).transpose()?;
    let import = Import {
        confirmed: flag("confirmed", true)?,
        plain: expressions(&table, "plain", &[])?,
        rules: table.take("rules").map_or(Ok(Vec::new()), |value| of_import(&value))?,
        begins: begins(&table)?,
        may_begin: expressions(&table, "may-begin", &[])?,
        once: expressions(&table, "once", &[])?,
        current: expressions(&table, "current", &["term"])?,
        anew: expressions(&table, "anew", &[])?,
        fresh: table.take("fresh").map(number).transpose()?,
        cluster: expressions(&table, "cluster", &["cluster"])?,
        data: expressions(&table, "data", &["data"])?,
        kept: expressions(&table, "kept", &[])?,
        keeps_id: flag("keeps-id", false)?,
        lost: expressions(&table, "lost", &[])?,
        groups,
        survives_power_cut: flag("survives-power-cut", false)?,
    };
    table.finish()?;
    Ok(import)
}

fn expression(value: &Value<'_>) -> Result<Regex, SystemError> {
    Regex::new(value.string()?).map_err(|error| {
        let why = error.to_string();
        let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        value.fail(format!("is no regular expression: {why}"))
    })
}

/// A list of expressions, each with these groups.
fn expressions(table: &Section<'_>, key: &'static str, groups: &[&str]) -> Result<Vec<Regex>, SystemError> {
    let Some(value) = table.take(key) else { return Ok(Vec::new()) };
    let one = |value: &Value<'_>| {
        let re = expression(value)?;
        match groups.iter().find(|group| !re.capture_names().flatten().any(|name| name == **group)) {
            Some(group) => Err(value.fail(format!("has no group `{group}`; write (?P<{group}>…)"))),
            None => Ok(re),
        }
    };
    value.array("a list of regular expressions")?.iter().map(one).collect()
}

fn begins(table: &Section<'_>) -> Result<Vec<Begin>, SystemError> {
    let Some(value) = table.take("begins") else { return Ok(Vec::new()) };
    let one = |value: &Value<'_>| {
        if value.is_string() {
            return Ok(Begin { re: expression(value)?, before: 0, each: true });
        }
        let section = value.section("`begins` in [import]")?;
        let re = expression(&section.require("re", "'starting'")?)?;
        let before = section.take("before").map_or(Ok(0), |value| value.integer(0..=100))?;
        let each = section.take("each").map_or(Ok(true), |value| value.boolean())?;
        section.finish()?;
        Ok(Begin { re, before, each })
    };
    value.array("a list such as [{ re = 'starting', before = 1 }]")?.iter().map(one).collect()
}

fn groups(value: &Value<'_>) -> Result<Groups, SystemError> {
    let section = value.section("`groups` in [import]")?;
    let re_value = section.require("re", "'RAFT \\[\\w+ - (?P<group>\\S+)\\]'")?;
    let re = expression(&re_value)?;
    if !re.capture_names().flatten().any(|name| name == "group") {
        return Err(re_value.fail("has no group `group`; write (?P<group>…)"));
    }
    let is = section.take("is").map(|value| value.string().map(str::to_owned)).transpose()?;
    let shared = section.take("shared").map_or(Ok(false), |value| value.boolean())?;
    section.finish()?;
    Ok(Groups { re, is, shared })
}
