//! `interregnum init`: a system file to start from, guessed from a command and a log.
//!
//! Guesses are marked as such, and what cannot be guessed is marked as missing. Nothing guessed is evidence of anything: rules are
//! proposed as *sampled* until a person who knows the program says more.

mod command;
mod rules;

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use super::args::InitArgs;
use super::{CommandResult, Failure, print};
use cluster::input;
use cluster::observe::ids::Ids;
use cluster::observe::rules::{Interpreter, Meaning};
use cluster::system::{ObserverKind, System};
use history::exit::ExitCode;

/// The most of a log that is read, bytes.
const LOG: u64 = 64 << 20;

pub(super) fn run(args: &InitArgs) -> CommandResult {
    if args.command.first().is_some_and(|program| program.trim().is_empty()) {
        return Err(Failure::usage(
            "the command after -- begins with an empty text; write the program there".to_owned(),
        ));
    }
    let log = match &args.log {
        Some(path) => Some(
            input::text(path, LOG)
                .map_err(|why| Failure::usage(format!("cannot read the log {why}; check the path after --log")))?,
        ),
        None => None,
    };
    let name = args.name.clone().unwrap_or_else(|| name_of(args.command.first().map_or("", String::as_str)));
    let text = write(&name, &args.command, log.as_deref(), &args.source);
    let system = System::parse(&format!("{name}.toml"), &text).map_err(Failure::harness)?;
    let path = args.file.clone().unwrap_or_else(|| PathBuf::from(format!("{name}.toml")));
    let mut file = OpenOptions::new().write(true).create_new(true).open(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::usage(format!(
            "{} exists already, and is not written over; name another file with --file",
            path.display()
        )),
        _ => Failure::usage(format!("cannot write {}: {error}; name another file with --file", path.display())),
    })?;
    file.write_all(text.as_bytes()).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
    print(format!("wrote {}", path.display()));
    if let Some(log) = &log {
        print(understood(&system, log));
    }
    for line in text.lines().filter_map(|line| line.split_once("MISSING: ")) {
        print(format!("missing: {}", line.1));
    }
    let here = if path.is_absolute() { "" } else { "./" };
    print(format!("next: interregnum observe --system {here}{} --time 5s", path.display()));
    Ok(ExitCode::Valid)
}

/// A name for the system, after its program.
fn name_of(program: &str) -> String {
    let file = program.rsplit('/').next().unwrap_or_default();
    let stem = file.split('.').next().unwrap_or_default();
    let name: String = stem.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-' || *c == '_').take(40).collect();
    if name.starts_with(|c: char| c.is_ascii_alphanumeric()) { name } else { "mine".to_owned() }
}

/// The system file.
fn write(name: &str, command: &[String], log: Option<&str>, source: &str) -> String {
    let guessed = command::guess(command);
    let mut text = format!(
        "# Written by `interregnum init`. What is guessed says so; what is missing is marked MISSING.\n\nschema = 1\nname = {name:?}\n\
         \n[cluster]\nnodes = 3\n"
    );
    if guessed.ports.is_empty() {
        text += "# MISSING: the ports of a node, such as ports = { peer = 7000 }, and where the command gets them\n";
    } else {
        let ports: Vec<_> = guessed.ports.iter().map(|(name, port)| format!("{name} = {port}")).collect();
        text += &format!("ports = {{ {} }}       # guessed\n", ports.join(", "));
        text += &format!(
            "links = [{:?}]              # guessed: the ports over which nodes talk to each other\n",
            guessed.ports[0].0
        );
    }
    text += "addressing = \"global\"         # \"per-link\" if nodes use no addresses but those that they are given\n";
    if let Some(join) = &guessed.peers {
        let of = if guessed.peers_are_all { "all" } else { "others" };
        let join = if join.is_empty() { String::new() } else { format!(", join = {join:?}") };
        text += &format!(
            "\n[cluster.lists]\npeers = {{ of = {of:?}, each = {}{join} }}       # guessed\n",
            literal(&guessed.each)
        );
    } else {
        text += "# MISSING: how a node learns of the others, [cluster.lists]\n";
    }
    let arguments: Vec<_> = guessed.arguments.iter().map(|argument| format!("    {},\n", literal(argument))).collect();
    text += &format!("\n[node]\ncommand = [\n{}]\n", arguments.concat());
    if !guessed.has_data {
        text += "# MISSING: where a node keeps its data; put {data} there, so that it survives a restart and nodes do not share it\n";
    }
    for file in &guessed.settings {
        text += &format!(
            "# MISSING: every node reads the same {file} as it stands; put its text under [node.files], with {{listen.peer}} and the like \
             in it, and {{data}}/{file} into the command\n"
        );
    }
    text += "\n[claims]\ngrade = \"clean\"\n# MISSING: [claims.timing] with the election timeout and the heartbeat; until then there must be a leader within 5s\n\n";
    text + &rules::observers(log, source)
}

/// A TOML string, literal where that is easier to read.
fn literal(text: &str) -> String {
    // A string of JSON is one of TOML.
    let plain = !text.contains('\'') && !text.chars().any(char::is_control);
    if plain { format!("'{text}'") } else { serde_json::Value::from(text).to_string() }
}

/// What the rules make of the log that they were guessed from.
fn understood(system: &System, log: &str) -> String {
    let names: Vec<String> = system.names(system.nodes).unwrap_or_default();
    let ids = Arc::new(Ids::seen_by(names, &system.observers));
    let (mut lines, mut said, mut unreadable) = (0, 0, 0);
    for observe in &system.observers {
        let ObserverKind::Lines(by) = &observe.kind else { continue };
        let wrapper = (by.message.as_deref(), by.time.as_deref());
        let mut interpreter = Interpreter::new(("n1", &observe.name), wrapper, &by.rules, &ids);
        for line in log.lines() {
            lines += 1;
            for meaning in interpreter.read_line(line.as_bytes()) {
                match meaning {
                    Meaning::Said(..) => said += 1,
                    Meaning::Unreadable(_) => unreadable += 1,
                    Meaning::Nothing => {}
                }
            }
        }
    }
    match lines {
        0 if log.lines().all(|line| line.trim().is_empty()) => {
            "the log is empty; give one in which a leader was elected".to_owned()
        }
        0 => {
            let all = log.lines().count();
            let said = log.lines().filter(|line| rules::contract(line)).count();
            format!("of {all} lines of the log, {said} are events of the node contract")
        }
        _ => format!("of {lines} lines of the log, {said} are understood and {unreadable} cannot be read"),
    }
}

#[cfg(test)]
mod tests;
