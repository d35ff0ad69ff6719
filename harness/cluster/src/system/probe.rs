//! `[probe]`: what a client would do, over and over.
//!
//! Observers see what nodes believe; a probe sees whether the cluster is of use. It is a command, an HTTP request or an exchange
//! over TCP, and the file says what counts as success. Whatever else happens is a failure of that attempt and of nothing else: a
//! probe is measured and never judged. It asks one node, or `any`. With `any` it stays with the node that answered and goes on to
//! the next when one does not, as a client with a list of addresses does.

use std::path::Path;
use std::time::Duration;

use history::header;
use regex::{Regex, bytes};

use super::address;
use super::document::{Section, Value};
use super::expand::{Expander, Perspective};
use super::parse::{arguments, is_numbered, pointer};
use super::rule;
use super::template::{Names, Template};
use super::{Addresses, Planner, Settings, System, SystemError};

/// How often it asks, unless the file says so.
const EVERY: Duration = Duration::from_millis(50);

/// How long a client waits, unless the file says so.
const TIMEOUT: Duration = Duration::from_millis(200);

/// The word for whichever node answers.
const ANY: &str = "any";

/// The longest expression of an exchange, compiled, bytes.
const LARGEST: usize = 1 << 20;

/// What asks the cluster as a client would.
#[derive(Debug, Clone)]
pub struct Probe {
    /// What it does, in a few words.
    pub about: String,
    /// The node that it asks; none: whichever answers.
    pub to: Option<String>,
    /// From the beginning of one attempt to that of the next, where attempts are short enough.
    pub every: Duration,
    /// An attempt that is not answered by then has failed.
    pub timeout: Duration,
    /// What it does.
    pub kind: ProbeKind,
}

/// What a probe does.
#[derive(Debug, Clone)]
pub enum ProbeKind {
    /// An HTTP request.
    Http {
        /// `GET`, `POST` or `PUT`.
        method: String,
        url: Template,
        /// What is sent, as it stands.
        body: String,
        /// What counts as an answer.
        wanted: Wanted,
    },
    /// Bytes over one TCP connection, there and back.
    Tcp {
        /// `host:port`.
        address: Template,
        /// Step by step.
        exchange: Vec<Step>,
    },
    Exec {
        command: Vec<Template>,
        /// The status that it must exit with.
        exit: i32,
        /// What must stand in its standard output.
        re: Option<Regex>,
    },
}

/// What an HTTP answer must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub status: u16,
    /// Something stands at this JSON pointer …
    pub json: Option<String>,
    /// … and is this.
    pub equals: Option<String>,
}

/// A step of an exchange.
#[derive(Debug, Clone)]
pub enum Step {
    /// These bytes are sent.
    Send(Vec<u8>),
    /// This must be received; what comes before its end is done with.
    Expect {
        /// In what was received since the last such step.
        re: bytes::Regex,
        /// What says that it will not come.
        refused: Option<bytes::Regex>,
    },
}

/// A probe with its addresses.
#[derive(Debug, Clone)]
pub struct ProbePlan {
    /// From the beginning of one attempt to that of the next.
    pub every: Duration,
    /// How long an attempt may take, whomever it asks.
    pub timeout: Duration,
    /// For each node that it may ask, its name and what is done.
    pub questions: Vec<(String, Question)>,
}

/// What is done to one node.
#[derive(Debug, Clone)]
pub enum Question {
    /// An HTTP request.
    Http {
        /// `GET`, `POST` or `PUT`.
        method: String,
        url: String,
        /// What is sent.
        body: String,
        /// What counts as an answer.
        wanted: Wanted,
    },
    /// An exchange over TCP.
    Tcp {
        /// `host:port`.
        address: String,
        /// Step by step.
        exchange: Vec<Step>,
    },
    Exec {
        /// The command. Its first element is what the system file says.
        argv: Vec<String>,
        /// The status that it must exit with.
        exit: i32,
        /// What must stand in its standard output.
        re: Option<Regex>,
    },
}

impl Probe {
    /// As the header of a history declares it.
    pub fn header(&self) -> header::Probe {
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        header::Probe {
            about: self.about.clone(),
            kind: self.kind.word().to_owned(),
            to: self.to.as_deref().unwrap_or(ANY).to_owned(),
            every: nanos(self.every),
            timeout: nanos(self.timeout),
        }
    }
}

impl ProbeKind {
    /// As the file names it.
    fn word(&self) -> &'static str {
        match self {
            Self::Http { .. } => "http",
            Self::Tcp { .. } => "tcp",
            Self::Exec { .. } => "exec",
        }
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Http,
    Tcp,
    Exec,
}

pub(super) fn parse(root: &Section<'_>, names: &Names, given: &[String]) -> Result<Option<Probe>, SystemError> {
    let Some(value) = root.take("probe") else { return Ok(None) };
    let table = value.section("")?;
    let kind =
        table.require("kind", "\"http\"")?.word(&[("http", Kind::Http), ("tcp", Kind::Tcp), ("exec", Kind::Exec)])?;
    let probe = Probe {
        about: table.take("about").map_or(Ok(""), |about| about.string())?.to_owned(),
        to: table.take("to").map_or(Ok(None), |to| whom(&to, given))?,
        every: table.take("every").map_or(Ok(EVERY), |every| every.duration())?,
        timeout: table.take("timeout").map_or(Ok(TIMEOUT), |timeout| timeout.duration())?,
        kind: match kind {
            Kind::Http => http(&table, names)?,
            Kind::Tcp => tcp(&table, names)?,
            Kind::Exec => exec(&table, names)?,
        },
    };
    table.finish()?;
    Ok(Some(probe))
}

fn whom(to: &Value<'_>, given: &[String]) -> Result<Option<String>, SystemError> {
    let name = to.string()?;
    let is_node = if given.is_empty() { is_numbered(name) } else { given.iter().any(|given| given == name) };
    match name {
        ANY => Ok(None),
        _ if is_node => Ok(Some(name.to_owned())),
        _ => Err(to.fail(format!(
            "names `{name}`, which is no node; write the name of one, such as \"n1\", or \"{ANY}\" for whichever answers"
        ))),
    }
}

fn http(table: &Section<'_>, names: &Names) -> Result<ProbeKind, SystemError> {
    let (method, url) = address::request(&table.require("request", "\"GET http://{listen.client}/\"")?, names)?;
    let body = table.take("body").map_or(Ok(""), |body| body.string())?.to_owned();
    let status = table.take("status").map_or(Ok(200), |status| status.integer(100..=599))?;
    let json = table.take("json").map(|json| pointer(&json)).transpose()?;
    let equals = table.take("equals");
    if let (Some(equals), None) = (&equals, &json) {
        return Err(equals.fail("has no `json` beside it; say where the value stands, such as json = \"/status\""));
    }
    let equals = equals.map(|equals| equals.text()).transpose()?;
    let wanted = Wanted { status: u16::try_from(status).unwrap_or(200), json, equals };
    Ok(ProbeKind::Http { method, url, body, wanted })
}

fn tcp(table: &Section<'_>, names: &Names) -> Result<ProbeKind, SystemError> {
    let address = address::host(&table.require("tcp", "\"{listen.client}\"")?, names)?;
    let example = "[{ send = \"PING\\r\\n\" }, { expect = 'PONG' }]";
    let steps = table.require("exchange", example)?;
    let exchange = steps.array(&format!("an array of steps such as {example}"))?;
    let exchange = exchange.iter().map(step).collect::<Result<Vec<_>, _>>()?;
    if !matches!(exchange.last(), Some(Step::Expect { .. })) {
        return Err(steps.fail(
            "does not end with an `expect`, so nothing would tell an answer; add for example { expect = 'OK' }",
        ));
    }
    Ok(ProbeKind::Tcp { address, exchange })
}

fn step(value: &Value<'_>) -> Result<Step, SystemError> {
    let table = value.section("a step of `exchange` in [probe]")?;
    let (send, hex, expect, refused) =
        (table.take("send"), table.take("hex"), table.take("expect"), table.take("refused"));
    let step = match (send, hex, expect) {
        (Some(send), None, None) => Step::Send(send.string()?.as_bytes().to_vec()),
        (None, Some(hex), None) => Step::Send(octets(&hex)?),
        (None, None, Some(expect)) => {
            let refused = refused.as_ref().map(expression).transpose()?;
            table.finish()?;
            return Ok(Step::Expect { re: expression(&expect)?, refused });
        }
        _ => {
            return Err(
                table.fail("a step of `exchange` in [probe] is one of `send`, `hex` and `expect`; write one of them")
            );
        }
    };
    if let Some(refused) = refused {
        return Err(refused.fail_key("belongs to a step with `expect`; move it there"));
    }
    table.finish()?;
    Ok(step)
}

/// Bytes written as hexadecimal digits, blanks between them or not.
fn octets(value: &Value<'_>) -> Result<Vec<u8>, SystemError> {
    let digits: String = value.string()?.chars().filter(|c| !c.is_whitespace()).collect();
    let wrong = || value.fail("is not bytes in hexadecimal; write two digits for each, such as \"00 1f ff\"");
    if digits.is_empty() || !digits.is_ascii() || !digits.len().is_multiple_of(2) {
        return Err(wrong());
    }
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).map_err(|_| wrong())).collect()
}

/// An expression over bytes, which need not be text.
fn expression(value: &Value<'_>) -> Result<bytes::Regex, SystemError> {
    let built = bytes::RegexBuilder::new(value.string()?).unicode(false).size_limit(LARGEST).build();
    built.map_err(|error| rule::no_expression(value, &error))
}

fn exec(table: &Section<'_>, names: &Names) -> Result<ProbeKind, SystemError> {
    let command = arguments(&table.require("command", "[\"my-cli\", \"put\", \"key\", \"value\"]")?, names)?;
    let exit = table.take("exit").map_or(Ok(0), |exit| exit.integer(0..=255))?;
    let re = table.take("re").map(|value| rule::plain_expression(&value)).transpose()?;
    Ok(ProbeKind::Exec { command, exit: i32::try_from(exit).unwrap_or(0), re })
}

impl Planner {
    /// What the probe does to a cluster of `n`.
    ///
    /// # Errors
    /// Where its texts cannot be filled in, or its node is not in the cluster.
    pub(crate) fn plan_probe(
        system: &System,
        n: usize,
        settings: &Settings,
        addresses: &dyn Addresses,
        data_root: &Path,
    ) -> Result<Option<ProbePlan>, SystemError> {
        let Some(probe) = &system.probe else { return Ok(None) };
        let expander = Expander::new(system, n, settings, addresses, data_root)?;
        let names = expander.names();
        let asked: Vec<usize> =
            (0..n).filter(|&node| probe.to.as_ref().is_none_or(|name| *name == names[node])).collect();
        if asked.is_empty() {
            return Err(SystemError::Cluster(format!(
                "[probe] asks {}, and the nodes are {}; mend its `to`, or ask for more nodes (--nodes)",
                probe.to.as_deref().unwrap_or(ANY),
                names.join(", ")
            )));
        }
        let question = |&node: &usize| {
            let text = |template: &Template| expander.text(template, Perspective::Harness, node);
            let question = match &probe.kind {
                ProbeKind::Http { method, url, body, wanted } => Question::Http {
                    method: method.clone(),
                    url: text(url)?,
                    body: body.clone(),
                    wanted: wanted.clone(),
                },
                ProbeKind::Tcp { address, exchange } => {
                    Question::Tcp { address: text(address)?, exchange: exchange.clone() }
                }
                ProbeKind::Exec { command, exit, re } => Question::Exec {
                    argv: expander.arguments(command, Perspective::Harness, node)?,
                    exit: *exit,
                    re: re.clone(),
                },
            };
            let host = match &question {
                Question::Http { url, .. } => address::host_of(url),
                Question::Tcp { address, .. } => address,
                Question::Exec { .. } => return Ok((names[node].clone(), question)),
            };
            if !address::has_port(host) {
                return Err(SystemError::Cluster(format!(
                    "[probe] asks {host:?}, which has no port; mend its address, or the parameter that it is made of"
                )));
            }
            Ok((names[node].clone(), question))
        };
        let questions = asked.iter().map(question).collect::<Result<_, SystemError>>()?;
        Ok(Some(ProbePlan { every: probe.every, timeout: probe.timeout, questions }))
    }
}

impl ProbePlan {
    /// The programs that it runs, as the system file says them: the code that carries the plan out finds them first.
    pub fn programs(&mut self) -> impl Iterator<Item = &mut String> {
        self.questions.iter_mut().filter_map(|(_, question)| match question {
            Question::Exec { argv, .. } => argv.first_mut(),
            Question::Http { .. } | Question::Tcp { .. } => None,
        })
    }
}
