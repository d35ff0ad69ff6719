//! `[[observe]]`: how to see what a node does.
//!
//! Every observer has a name, says what its evidence is worth, and whether what it shows was durable first and is all there is to
//! show. The kinds differ in where they look. `events` is the node contract on standard output, `status` a JSON line over TCP,
//! and `lines` regular expressions over a stream or a file. The others are `http` and `exec`.
//!
//! Only what is read inside the transition itself can be atomic, so an observer that polls is refused the word. A system file
//! must not be able to turn a sampled guess into proof of a violation.

use std::collections::BTreeMap;
use std::time::Duration;

use history::header::Observer;
use history::{Evidence, Origin, Vocabulary};
use semver::VersionReq;

use super::SystemError;
use super::address;
use super::document::{Section, Value};
use super::parse::{arguments, pointer, template};
use super::rule::{self, Number, Rule, Words};
use super::suggest;
use super::template::{Names, Template, TemplateContext};
use super::version;

/// One observer of a system file.
#[derive(Debug, Clone)]
pub struct Observe {
    /// Its name; the kind, where the file gives none.
    pub name: String,
    /// What it is worth.
    pub evidence: Evidence,
    /// What it shows was made durable first.
    pub durable: bool,
    /// The same, where the version of the program is any of these.
    pub durable_when: Vec<VersionReq>,
    /// It is there only where the version of the program is any of these; empty: always.
    pub when: Vec<VersionReq>,
    /// It shows every change.
    pub complete: bool,
    /// What means no node where it looks, as a vote or a leader.
    pub none: Vec<String>,
    /// Where it looks.
    pub kind: ObserverKind,
}

/// Where an observer looks.
#[derive(Debug, Clone)]
pub enum ObserverKind {
    /// The node contract: JSON lines on standard output.
    Events,
    /// `{"type":"status"}` over TCP, answered with the same object.
    Status {
        /// The port of the system file that answers.
        port: String,
        /// How often it is asked.
        every: Duration,
        /// How long an answer may take.
        timeout: Duration,
    },
    /// Regular expressions over a stream or a file.
    Lines(Lines),
    /// An HTTP request whose answer is JSON.
    Http {
        /// `GET` or `POST`.
        method: String,
        url: Template,
        /// What is sent, as it stands: bodies are JSON, whose braces mean themselves.
        body: String,
        every: Duration,
        /// How long an answer may take.
        timeout: Duration,
        /// JSON pointers by field: `self`, `role`, `term`, `vote`, `leader`.
        fields: BTreeMap<String, String>,
        /// How roles and terms are written.
        words: Words,
    },
    /// A file that is read whole, over and over.
    Whole {
        path: Template,
        every: Duration,
        /// What it means.
        rules: Vec<Rule>,
    },
    /// A command whose standard output is read.
    Exec {
        command: Vec<Template>,
        every: Duration,
        /// How long it may take.
        timeout: Duration,
        /// What its lines mean.
        lines: Vec<Rule>,
        /// All that it prints is one text for the rules.
        whole: bool,
    },
}

/// The kind `lines`.
#[derive(Debug, Clone)]
pub struct Lines {
    /// What is read.
    pub source: Source,
    /// Where the message stands in a line of JSON; none: the line is the message.
    pub message: Option<String>,
    /// Where its time stands in a line of JSON.
    pub time: Option<String>,
    /// What messages mean; the first rule that matches counts.
    pub rules: Vec<Rule>,
    /// What a rewritten file holds was shown before, up to the first that was not.
    pub replayed: bool,
}

/// What `lines` reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    Stdout,
    Stderr,
    /// A file that the node writes.
    File(Template),
}

/// What observers can see of a node, besides its id.
pub(super) const FIELDS: [&str; 5] = ["self", "role", "term", "vote", "leader"];

/// What rules of `[import]` can see besides: whose vote was counted, and of a granted vote the voter's log and the candidate's.
pub(crate) const WITNESSED: [&str; 5] = ["counted", "log_term", "log_index", "candidate_term", "candidate_index"];

/// How often an observer asks, unless the file says so.
const EVERY: Duration = Duration::from_millis(50);

/// How long an answer may take, unless the file says so.
const TIMEOUT: Duration = Duration::from_millis(100);

pub(super) fn parse_all(
    root: &Section<'_>,
    names: &Names,
    links: &[String],
    has_version: bool,
) -> Result<Vec<Observe>, SystemError> {
    let Some(value) = root.take("observe") else {
        return Err(root.fail(
            "the file has no [[observe]], so nothing would be seen; add for example: [[observe]] with kind = \"events\"",
        ));
    };
    let none = root.take("none").map_or(Ok(Vec::new()), |value| none_texts(&value))?;
    let mut observers: Vec<Observe> = Vec::new();
    for table in value.array("tables, each headed [[observe]]")? {
        let observer = observer(&table, (names, links), &none, has_version)?;
        if observers.iter().any(|other| other.name == observer.name) {
            let name = &observer.name;
            return Err(table.fail(format!("has two observers named `{name}`; give one of them another `name`")));
        }
        observers.push(observer);
    }
    if observers.is_empty() {
        return Err(value.fail("is empty, so nothing would be seen; add for example { kind = \"events\" }"));
    }
    Ok(observers)
}

/// The kinds, as the file names them.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Events,
    Status,
    Lines,
    Http,
    Exec,
}

/// Texts that mean no node.
fn none_texts(value: &Value<'_>) -> Result<Vec<String>, SystemError> {
    value.array("texts that mean nobody, [\"\", \"0\"]")?.iter().map(Value::text).collect()
}

fn observer(
    value: &Value<'_>,
    (names, links): (&Names, &[String]),
    none: &[String],
    has_version: bool,
) -> Result<Observe, SystemError> {
    let table = value.section("[[observe]]")?;
    let kind_value = table.require("kind", "\"events\"")?;
    let kind = kind_value.word(&[
        ("events", Kind::Events),
        ("status", Kind::Status),
        ("lines", Kind::Lines),
        ("http", Kind::Http),
        ("exec", Kind::Exec),
    ])?;
    let name = match table.take("name") {
        Some(name) if name.string()?.is_empty() => return Err(name.fail("is empty; give the observer a name")),
        Some(name) => name.string()?.to_owned(),
        None => kind_value.string()?.to_owned(),
    };
    let told = kind == Kind::Events;
    let evidence_value = table.take("evidence");
    let mut evidence = if told { Evidence::Atomic } else { Evidence::Sampled };
    if let Some(value) = &evidence_value {
        evidence = value.word(&Evidence::ALL.iter().map(|&one| (one.as_str(), one)).collect::<Vec<_>>())?;
        if evidence == Evidence::Atomic && !matches!(kind, Kind::Events | Kind::Lines) {
            return Err(value.fail("is \"atomic\", which no poll can be; write \"sampled\""));
        }
    }
    let flag = |key| table.take(key).map_or(Ok(told), |value: Value<'_>| value.boolean());
    let (durable, complete) = (flag("durable")?, flag("complete")?);
    let durable_when =
        table.take("durable-when").map_or(Ok(Vec::new()), |value| version::requirements(&value, has_version))?;
    let when = table.take("when").map_or(Ok(Vec::new()), |value| version::requirements(&value, has_version))?;
    let none = match table.take("none") {
        Some(value) => none_texts(&value)?,
        None => none.to_vec(),
    };
    let kind = match kind {
        Kind::Events => ObserverKind::Events,
        Kind::Status => status(&table, names, links)?,
        Kind::Lines => lines(&table, names, evidence_value.filter(|_| evidence == Evidence::Atomic).as_ref())?,
        Kind::Http => http(&table, names)?,
        Kind::Exec => {
            let (every, timeout) = pace(&table)?;
            let command = arguments(&table.require("command", "[\"my-cli\", \"status\"]")?, names)?;
            let whole = table.take("whole").map_or(Ok(false), |whole| whole.boolean())?;
            let lines = rule::parse(&table, false, &rule::roles(&table)?)?;
            ObserverKind::Exec { command, every, timeout, lines, whole }
        }
    };
    table.finish()?;
    Ok(Observe { name, evidence, durable, durable_when, when, complete, none, kind })
}

fn pace(table: &Section<'_>) -> Result<(Duration, Duration), SystemError> {
    let every = table.take("every").map_or(Ok(EVERY), |every| every.duration())?;
    let timeout = table.take("timeout").map_or(Ok(TIMEOUT), |timeout| timeout.duration())?;
    Ok((every, timeout))
}

fn status(table: &Section<'_>, names: &Names, links: &[String]) -> Result<ObserverKind, SystemError> {
    let (every, timeout) = pace(table)?;
    let port = match table.take("port") {
        Some(value) => {
            let port = value.string()?;
            if !names.ports.contains(port) {
                let hint = suggest::hint(port, names.ports.iter().map(String::as_str));
                return Err(value.fail(format!("names the port `{port}`, and `ports` in [cluster] has none; {hint}")));
            }
            port.to_owned()
        }
        None => match links.first().or(names.ports.first()) {
            Some(port) => port.clone(),
            None => {
                return Err(table.fail("[[observe]] of kind \"status\" needs a port; add one to `ports` in [cluster]"));
            }
        },
    };
    Ok(ObserverKind::Status { port, every, timeout })
}

fn lines(table: &Section<'_>, names: &Names, atomic: Option<&Value<'_>>) -> Result<ObserverKind, SystemError> {
    let source_value = table.require("source", "\"stderr\"")?;
    let text = source_value.string()?;
    let source = match (Origin::exactly(text), text) {
        (Some(Origin::Stdout), _) => Source::Stdout,
        (Some(Origin::Stderr), _) => Source::Stderr,
        (_, path) if path.starts_with('/') || path.starts_with("{data}/") => {
            Source::File(template(&source_value, TemplateContext::Text, names)?)
        }
        (_, other) => {
            return Err(source_value
                .fail(format!("is {other:?}; write \"stdout\", \"stderr\", or a file such as \"{{data}}/node.log\"")));
        }
    };
    let (mut message, mut time) = (None, None);
    if let Some(json) = table.take("json") {
        let json = json.section("`json` in [[observe]]")?;
        // Without a message its rules look at fields alone.
        message = Some(json.take("message").map_or(Ok(String::new()), |value| pointer(&value))?);
        time = json.take("time").map(|value| pointer(&value)).transpose()?;
        json.finish()?;
    }
    if let Some(value) = table.take("whole")
        && value.boolean()?
    {
        let Source::File(path) = source else {
            return Err(value.fail("reads all of a file at once, and a stream has no end; give a file as `source`"));
        };
        if let Some(atomic) = atomic {
            return Err(
                atomic.fail("is \"atomic\", which a file that is read whole now and then cannot be; write \"sampled\"")
            );
        }
        let every = table.take("every").map_or(Ok(EVERY), |every| every.duration())?;
        let rules = rule::parse(table, false, &rule::roles(table)?)?;
        return Ok(ObserverKind::Whole { path, every, rules });
    }
    let rewritten = table.take("rewritten");
    let replayed = rewritten.as_ref().map_or(Ok(false), |value| value.word(&[("replay", true), ("log", false)]))?;
    if let Some(value) = rewritten.filter(|_| replayed && !matches!(source, Source::File(_))) {
        return Err(value.fail("is \"replay\", and a stream is never rewritten; give a file as `source`"));
    }
    let rules = rule::parse(table, message.is_some(), &rule::roles(table)?)?;
    if message.as_deref() == Some("") && !rules.iter().all(|rule| rule.by_fields) {
        return Err(table.fail(
            "`json` in [[observe]] has no `message` for the `re` of a rule; add for example: message = \"/msg\"",
        ));
    }
    Ok(ObserverKind::Lines(Lines { source, message, time, rules, replayed }))
}

fn http(table: &Section<'_>, names: &Names) -> Result<ObserverKind, SystemError> {
    let (every, timeout) = pace(table)?;
    let (method, url) = address::request(&table.require("request", "\"GET http://{listen.client}/status\"")?, names)?;
    let body = table.take("body").map_or(Ok(""), |body| body.string())?.to_owned();
    let mut fields = BTreeMap::new();
    for field in FIELDS {
        if let Some(value) = table.take(field) {
            fields.insert(field.to_owned(), pointer(&value)?);
        }
    }
    if fields.is_empty() {
        return Err(table.fail("[[observe]] of kind \"http\" reads no field; add for example: term = \"/term\""));
    }
    let words = Words { roles: rule::roles(table)?, number: rule::number(table, Number::default())? };
    Ok(ObserverKind::Http { method, url, body, every, timeout, fields, words })
}

impl ObserverKind {
    /// As the file names it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Status { .. } => "status",
            Self::Lines(_) | Self::Whole { .. } => "lines",
            Self::Http { .. } => "http",
            Self::Exec { .. } => "exec",
        }
    }
}

impl Observe {
    /// As the header of a history declares it.
    pub fn header(&self) -> Observer {
        let of_rules = |rules: &[Rule]| {
            let shows = |field: &str, rule: &Rule| {
                rule.re.capture_names().flatten().any(|group| group == field)
                    || rule.fields.contains_key(field)
                    || match field {
                        "role" => rule.role.is_some(),
                        "term" => rule.sticky,
                        "vote" => rule.vote.is_some(),
                        "leader" => rule.leader.is_some(),
                        _ => false,
                    }
            };
            FIELDS[1..]
                .iter()
                .filter(|field| rules.iter().any(|rule| shows(field, rule)))
                .map(|&f| f.to_owned())
                .collect()
        };
        let source = match &self.kind {
            ObserverKind::Events | ObserverKind::Lines(Lines { source: Source::Stdout, .. }) => Origin::Stdout,
            ObserverKind::Lines(Lines { source: Source::Stderr, .. }) => Origin::Stderr,
            ObserverKind::Lines(Lines { source: Source::File(_), .. }) | ObserverKind::Whole { .. } => Origin::File,
            ObserverKind::Status { .. } | ObserverKind::Http { .. } => Origin::Port,
            ObserverKind::Exec { .. } => Origin::Exec,
        };
        let (fields, period): (Vec<String>, _) = match &self.kind {
            ObserverKind::Events => (all_fields(), None),
            ObserverKind::Status { every, .. } => (all_fields(), Some(every)),
            ObserverKind::Lines(lines) => (of_rules(&lines.rules), None),
            ObserverKind::Http { fields, every, .. } => {
                // A node that names itself as the leader is shown as one.
                let shown =
                    |field: &str| fields.contains_key(field) || (field == "role" && fields.contains_key("leader"));
                (FIELDS[1..].iter().filter(|field| shown(field)).map(|&field| field.to_owned()).collect(), Some(every))
            }
            ObserverKind::Exec { lines, every, .. } => (of_rules(lines), Some(every)),
            ObserverKind::Whole { rules, every, .. } => (of_rules(rules), Some(every)),
        };
        Observer {
            name: self.name.clone(),
            fields,
            evidence: self.evidence,
            durable: self.durable,
            complete: self.complete,
            period: period.map(|every| u64::try_from(every.as_nanos()).unwrap_or(u64::MAX)),
            source: Some(source.into()),
        }
    }
}

fn all_fields() -> Vec<String> {
    ["role", "term", "vote", "leader", "log"].map(str::to_owned).to_vec()
}
