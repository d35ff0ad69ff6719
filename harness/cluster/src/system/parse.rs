//! From the text of a system file to a [`System`], with everything checked that can be checked without a process.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use nix::sys::signal::Signal;

use super::document::{self, Section, Source, Value};
use super::template::{Names, Template, TemplateContext};
use super::{
    Addressing, Aux, List, Ready, ReadySign, Stop, System, SystemError, address, claims, import, observer, privileges,
    probe, program, provoke, start, suggest, version, voters,
};

/// The version of the schema that is read.
pub const SCHEMA: u32 = 1;

/// The largest cluster.
pub(super) const MOST_NODES: u32 = 100;

/// Names of substitutions, which no list may take.
const TAKEN: [&str; 4] = ["id", "name", "ip", "data"];

/// Parses and checks a whole file.
pub(super) fn system(file: &str, text: &str, path: Option<&Path>) -> Result<System, SystemError> {
    let source = Source { file, text };
    let table = document::parse(&source)?;
    let root = Section::root(&source, table.get_ref());

    let schema = root.require("schema", "1")?;
    if schema.integer(0..=u32::MAX)? != SCHEMA {
        return Err(schema.fail(format!("is not {SCHEMA}; this version reads system files of schema {SCHEMA}")));
    }
    version::needed(&root)?;
    let name = root.require("name", "\"my-system\"")?;
    let mut names = Names::default();
    let params = params(&root, &mut names)?;
    let cluster = cluster(&root, &mut names)?;
    aux_names(&root, &cluster, &mut names)?;
    let lists = lists(&root, &mut names)?;
    let node = root.require("node", "{ command = [\"my-node\"] }")?.section("")?;
    let command = command(&node, &names)?;
    let commands = start::commands(&node, &names, &cluster.given_names)?;
    let env = env(&node, &names)?;
    let files = files(&node, &names)?;
    let logs = logs(&node, &names)?;
    let privileges = privileges::parse(&node, &names)?;
    let stop = stop(&node)?;
    node.finish()?;
    let claims = claims::parse(&root, &names, &params)?;
    let version_of = version::parse(&root, &names)?;
    let system = System {
        name: identifier(&name, name.string()?)?,
        about: root.take("about").map_or(Ok(""), |about| about.string())?.to_owned(),
        ready: ready(&root, &names)?,
        observers: observer::parse_all(&root, &names, &cluster.links, version_of.is_some())?,
        once: start::once(&root, &names, &cluster.given_names)?,
        version_of,
        probe: probe::parse(&root, &names, &cluster.given_names)?,
        provoke: provoke::parse(&root, &names, &claims)?,
        import: import::parse(&root)?,
        claims,
        params,
        given_names: cluster.given_names,
        nodes: cluster.nodes,
        voters: cluster.voters,
        ports: cluster.ports,
        links: cluster.links,
        addressing: cluster.addressing,
        lists,
        command,
        commands,
        env,
        files,
        aux: auxiliaries(&root, &names)?,
        programs: program::named(&root),
        logs,
        privileges,
        stop,
        text: text.to_owned(),
        path: path.map(Path::to_owned),
    };
    root.finish()?;
    Ok(system)
}

/// Parses a file that says how logs are read and nothing of how a node is run.
pub(super) fn format(file: &str, text: &str) -> Result<import::Format, SystemError> {
    let source = Source { file, text };
    let table = document::parse(&source)?;
    let root = Section::root(&source, table.get_ref());
    root.require("schema", "1")?.integer(SCHEMA..=SCHEMA)?;
    version::needed(&root)?;
    let name = root.require("name", "\"my-format\"")?;
    let format = import::Format {
        name: identifier(&name, name.string()?)?,
        about: root.take("about").map_or(Ok(""), |about| about.string())?.to_owned(),
        observers: observer::parse_all(&root, &Names::default(), &[], false)?,
        import: import::parse(&root)?,
        judged: None,
        occasional_leaders: root.take("occasional-leaders").map_or(Ok(false), |value| value.boolean())?,
        text: text.to_owned(),
    };
    root.finish()?;
    Ok(format)
}

/// A template under a key.
pub(super) fn template(value: &Value<'_>, place: TemplateContext, names: &Names) -> Result<Template, SystemError> {
    Template::parse(value.string()?, place, names).map_err(|what| value.fail(what))
}

/// A name that the user made up.
fn identifier(value: &Value<'_>, name: &str) -> Result<String, SystemError> {
    let sound = name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.len() <= 40
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if sound {
        Ok(name.to_owned())
    } else {
        Err(value.fail(format!("has the name {name:?}; a name is 1 to 40 letters, digits, `-` or `_`")))
    }
}

fn params(root: &Section<'_>, names: &mut Names) -> Result<BTreeMap<String, String>, SystemError> {
    let Some(params) = root.take("params") else { return Ok(BTreeMap::new()) };
    let mut defaults = BTreeMap::new();
    for param in params.section("")?.entries() {
        let name = identifier(&param, &param.key)?;
        names.params.insert(name.clone());
        defaults.insert(name, param.text()?);
    }
    Ok(defaults)
}

/// `[cluster]` without its lists.
struct ClusterTable {
    given_names: Vec<String>,
    nodes: usize,
    voters: Option<history::Voters>,
    ports: BTreeMap<String, u16>,
    links: Vec<String>,
    addressing: Addressing,
}

fn cluster(root: &Section<'_>, names: &mut Names) -> Result<ClusterTable, SystemError> {
    let cluster = root.require("cluster", "{ nodes = 3, ports = { peer = 7000 } }")?.section("")?;
    let nodes = cluster.require("nodes", "3")?;
    let given_names = if nodes.is_array() { node_names(&nodes)? } else { Vec::new() };
    let count = if nodes.is_array() { given_names.len() } else { nodes.integer(1..=MOST_NODES)? as usize };
    let mut ports = BTreeMap::new();
    if let Some(table) = cluster.take("ports") {
        for port in table.section("`ports` in [cluster]")?.entries() {
            let number = port.integer(1..=u32::from(u16::MAX))?;
            if let Some((other, _)) = ports.iter().find(|(_, other)| u32::from(**other) == number) {
                return Err(port.fail(format!("is {number}, as is `{other}`; give every port a number of its own")));
            }
            let number = u16::try_from(number).map_err(|_| port.fail("is not a port"))?;
            ports.insert(identifier(&port, &port.key)?, number);
        }
    }
    names.ports = ports.keys().cloned().collect();
    let links = match cluster.take("links") {
        Some(links) => port_names(&links, &names.ports)?,
        None => ports.keys().cloned().collect(),
    };
    let addressing = cluster.take("addressing").map_or(Ok(Addressing::Global), |value| {
        value.word(&[("per-link", Addressing::PerLink), ("global", Addressing::Global)])
    })?;
    let voters = cluster.take("voters").map(|voters| voters::parse(&voters)).transpose()?;
    cluster.take("lists");
    cluster.finish()?;
    Ok(ClusterTable { given_names, nodes: count, voters, ports, links, addressing })
}

fn node_names(nodes: &Value<'_>) -> Result<Vec<String>, SystemError> {
    let mut names: Vec<String> = Vec::new();
    for element in nodes.array("a number of nodes, or their names")? {
        let name = identifier(&element, element.string()?)?;
        if names.contains(&name) {
            return Err(element.fail(format!("names the node `{name}` twice; every node needs a name of its own")));
        }
        names.push(name);
    }
    match names.len() {
        0 => Err(nodes.fail("is empty; a cluster has at least 1 node")),
        n if n > MOST_NODES as usize => Err(nodes.fail(format!("names {n} nodes; a cluster has at most {MOST_NODES}"))),
        _ => Ok(names),
    }
}

fn port_names(links: &Value<'_>, ports: &BTreeSet<String>) -> Result<Vec<String>, SystemError> {
    let mut found: Vec<String> = Vec::new();
    for element in links.array("an array of port names such as [\"peer\"]")? {
        let port = element.string()?;
        if !ports.contains(port) {
            let hint = suggest::hint(port, ports.iter().map(String::as_str));
            return Err(element.fail(format!("names the port `{port}`, and `ports` in [cluster] has none; {hint}")));
        }
        if found.iter().any(|other| other == port) {
            return Err(element.fail(format!("names the port `{port}` twice; once is enough")));
        }
        found.push(port.to_owned());
    }
    Ok(found)
}

fn lists(root: &Section<'_>, names: &mut Names) -> Result<BTreeMap<String, List>, SystemError> {
    let mut lists = BTreeMap::new();
    let Some(cluster) = root.take("cluster") else { return Ok(lists) };
    let Some(table) = cluster.section("")?.take("lists") else { return Ok(lists) };
    for entry in table.section("[cluster.lists]")?.entries() {
        let name = identifier(&entry, &entry.key)?;
        if TAKEN.contains(&name.as_str()) {
            return Err(entry.fail_key("has the name of a substitution; give the list another name"));
        }
        let list = entry.section(&format!("the list `{name}`"))?;
        let all = list.require("of", "\"others\"")?.word(&[("all", true), ("others", false)])?;
        let each = template(&list.require("each", "\"{name}={dial.peer}\"")?, TemplateContext::Text, names)?;
        let join = list.take("join").map(|join| join.string().map(str::to_owned)).transpose()?;
        list.finish()?;
        lists.insert(name, List { all, each, join });
    }
    names.lists = lists.iter().map(|(name, list)| (name.clone(), list.join.is_some())).collect();
    Ok(lists)
}

/// Whether a name is one that nodes have which have no names of their own.
pub(super) fn is_numbered(name: &str) -> bool {
    name.strip_prefix('n').is_some_and(|rest| rest.parse::<u32>().is_ok())
}

/// The names of auxiliary processes, before anything that may speak of them.
fn aux_names(root: &Section<'_>, cluster: &ClusterTable, names: &mut Names) -> Result<(), SystemError> {
    let Some(all) = root.take("aux") else { return Ok(()) };
    for value in all.array("tables, each headed [[aux]]")? {
        let name_value = value.section("[[aux]]")?.require("name", "\"primary\"")?;
        let name = identifier(&name_value, name_value.string()?)?;
        if is_numbered(&name) || cluster.given_names.contains(&name) {
            return Err(name_value.fail(format!("is `{name}`, which is the name of a node; give it another")));
        }
        if !names.aux.insert(name.clone()) {
            return Err(name_value.fail(format!("names the auxiliary process `{name}` twice; give one another name")));
        }
    }
    Ok(())
}

fn auxiliaries(root: &Section<'_>, names: &Names) -> Result<Vec<Aux>, SystemError> {
    let Some(all) = root.take("aux") else { return Ok(Vec::new()) };
    let all = all.array("tables, each headed [[aux]]")?;
    let auxiliary = |value: &Value<'_>| {
        let table = value.section("[[aux]]")?;
        let aux = Aux {
            name: table.require("name", "\"primary\"")?.string()?.to_owned(),
            command: command(&table, names)?,
            env: env(&table, names)?,
            files: files(&table, names)?,
            logs: logs(&table, names)?,
            privileges: privileges::parse(&table, names)?,
            ready: table.take("ready").map(|ready| template(&ready, TemplateContext::Text, names)).transpose()?,
        };
        table.finish()?;
        Ok(aux)
    };
    all.iter().map(auxiliary).collect()
}

fn files(node: &Section<'_>, names: &Names) -> Result<BTreeMap<String, Template>, SystemError> {
    let mut files = BTreeMap::new();
    let Some(table) = node.take("files") else { return Ok(files) };
    for file in table.section("`files`")?.entries() {
        let sound = |part: &str| !part.is_empty() && part != "." && part != "..";
        if file.key.contains('\0') || !file.key.split('/').all(sound) {
            return Err(file.fail_key(
                "is not the name of a file in {data}, such as \"conf/node.conf\"; it may not lead out of it",
            ));
        }
        files.insert(file.key.clone(), template(&file, TemplateContext::Text, names)?);
    }
    Ok(files)
}

/// Files that a process writes: absolute, or below its data directory.
fn logs(node: &Section<'_>, names: &Names) -> Result<Vec<Template>, SystemError> {
    let Some(value) = node.take("logs") else { return Ok(Vec::new()) };
    let mut logs = Vec::new();
    for element in value.array("an array of files such as [\"{data}/node.log\"]")? {
        let path = element.string()?;
        if !(path.starts_with('/') || path.starts_with("{data}/")) || path.ends_with('/') {
            return Err(element.fail(format!("is {path:?}; write the path of a file such as \"{{data}}/node.log\"")));
        }
        logs.push(template(&element, TemplateContext::Text, names)?);
    }
    Ok(logs)
}

fn command(node: &Section<'_>, names: &Names) -> Result<Vec<Template>, SystemError> {
    let value = node.require("command", "[\"my-node\", \"--name={name}\"]")?;
    arguments(&value, names)
}

/// A command: an argument list that is not empty.
pub(super) fn arguments(value: &Value<'_>, names: &Names) -> Result<Vec<Template>, SystemError> {
    if value.is_string() {
        return Err(value.fail(
            "is a string; write an array of arguments such as [\"my-node\", \"--name={name}\"], since there is no shell",
        ));
    }
    let arguments = value.array("an array of arguments")?;
    match arguments.first().map(|program| program.string()).transpose()? {
        None | Some("") => return Err(value.fail("has no program; its first element is the program to run")),
        Some(_) => {}
    }
    arguments.iter().map(|argument| template(argument, TemplateContext::Argument, names)).collect()
}

fn env(node: &Section<'_>, names: &Names) -> Result<BTreeMap<String, Template>, SystemError> {
    let mut env = BTreeMap::new();
    let Some(table) = node.take("env") else { return Ok(env) };
    for variable in table.section("`env` in [node]")?.entries() {
        if variable.key.is_empty() || variable.key.contains(['=', '\0']) {
            return Err(variable.fail_key("is not the name of a variable; it must not hold `=`"));
        }
        env.insert(variable.key.clone(), template(&variable, TemplateContext::Text, names)?);
    }
    Ok(env)
}

fn stop(node: &Section<'_>) -> Result<Stop, SystemError> {
    let mut stop = Stop { signal: Signal::SIGTERM, grace: Duration::from_secs(5) };
    let Some(table) = node.take("stop") else { return Ok(stop) };
    let table = table.section("`stop` in [node]")?;
    if let Some(signal) = table.take("signal") {
        stop.signal = signal.word(&[
            ("TERM", Signal::SIGTERM),
            ("INT", Signal::SIGINT),
            ("QUIT", Signal::SIGQUIT),
            ("HUP", Signal::SIGHUP),
            ("USR1", Signal::SIGUSR1),
            ("USR2", Signal::SIGUSR2),
        ])?;
    }
    if let Some(grace) = table.take("grace") {
        stop.grace = grace.duration()?;
    }
    table.finish()?;
    Ok(stop)
}

fn ready(root: &Section<'_>, names: &Names) -> Result<Ready, SystemError> {
    let mut ready = Ready { sign: ReadySign::Observation, timeout: Duration::from_secs(20) };
    let Some(table) = root.take("ready") else { return Ok(ready) };
    let table = table.section("")?;
    let (http, tcp, observation) = (table.take("http"), table.take("tcp"), table.take("observation"));
    if [http.is_some(), tcp.is_some(), observation.is_some()].iter().filter(|&&given| given).count() > 1 {
        return Err(table.fail("[ready] has more than one sign; keep one of `http`, `tcp` and `observation`"));
    }
    if let Some(http) = http {
        ready.sign = ready_http(&http, names)?;
    } else if let Some(tcp) = tcp {
        ready.sign = ReadySign::Tcp(address::host(&tcp, names)?);
    } else if let Some(observation) = observation
        && !observation.boolean()?
    {
        return Err(observation.fail("is false; leave it out, or give `http` or `tcp`"));
    }
    if let Some(timeout) = table.take("timeout") {
        ready.timeout = timeout.duration()?;
    }
    table.finish()?;
    Ok(ready)
}

fn ready_http(value: &Value<'_>, names: &Names) -> Result<ReadySign, SystemError> {
    let http = value.section("`http` in [ready]")?;
    let url_value = http.require("url", "\"http://{listen.client}/health\"")?;
    let url = address::address(&url_value, names)?;
    let json_value = http.take("json");
    let json = json_value.as_ref().map(pointer).transpose()?;
    let equals = http.take("equals").map(|equals| equals.text()).transpose()?;
    if let (Some(json), None) = (&json_value, &equals) {
        return Err(json.fail("has no `equals` beside it; say what the value must be, such as equals = \"true\""));
    }
    http.finish()?;
    Ok(ReadySign::Http { url, json, equals })
}

/// A JSON pointer (RFC 6901).
pub(super) fn pointer(value: &Value<'_>) -> Result<String, SystemError> {
    let pointer = value.string()?;
    if pointer.starts_with('/') {
        Ok(pointer.to_owned())
    } else {
        Err(value.fail(format!("is {pointer:?}, which is no JSON pointer; write \"/{pointer}\"")))
    }
}
