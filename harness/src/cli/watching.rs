//! `interregnum watch`: reads along what a cluster that runs says, and judges it in the end.
//!
//! Nothing is done to the cluster: each node's lines come from a command of the operator's (`ssh a journalctl -fu etcd`). They are
//! kept as they come, so that what is judged in the end is judged as any log is. What the operator types (`mark "pulled the
//! cable of b"`) goes into the history at the time of typing.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use history::Known;
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

use super::args::{CheckArgs, LogArgs, WatchArgs};
use super::from_logs::{self, LogCheck, OutputFolder};
use super::{CommandResult, Failure, print};
use cluster::import::line_parser::{Heard, LineParser, LineReader, inner, outer};
use cluster::system::Format;
use reports::folder;

/// What comes in.
enum Incoming {
    /// A line of a node.
    Line(usize, Vec<u8>),
    /// A node's command has ended.
    Ended,
    /// What the operator typed.
    Typed(String),
}

/// A node that is watched.
struct Watched {
    name: String,
    command: String,
    log: PathBuf,
    file: std::fs::File,
    lines: u64,
}

/// How many lines may wait.
const WAITING: usize = 4096;

pub(super) fn run(args: &WatchArgs) -> CommandResult {
    let format = Format::load(&args.from).map_err(Failure::usage)?;
    let stem = Path::new(&args.from).file_stem().map_or("logs".into(), |stem| stem.to_string_lossy().into_owned());
    let run = folder::claim(&args.out, &format!("{stem}-watch"), SystemTime::now()).map_err(Failure::harness)?;
    let mut nodes = args.nodes.iter().map(|given| watched(given, &run)).collect::<Result<Vec<_>, _>>()?;
    let runtime = super::runtime()?;
    let marks = runtime.block_on(follow(&mut nodes, &format))?;
    runtime.shutdown_background();
    for node in nodes.iter().filter(|node| node.lines == 0) {
        eprintln!("interregnum: warning: {} gave no line: {}", node.name, super::visible(&node.command));
    }
    let spoke: Vec<PathBuf> = nodes
        .iter()
        .filter(|node| node.lines > 0)
        .map(|node| PathBuf::from(format!("{}={}", node.name, node.log.display())))
        .collect();
    if spoke.is_empty() {
        return Err(Failure::usage("no command gave a line, so that there is nothing to judge; try them by hand"));
    }
    let logs = LogArgs { group: args.group.clone(), out: Some(args.out.clone()), ..LogArgs::default() };
    let check = CheckArgs { runs: spoke, from: Some(args.from.clone()), logs, format: args.format };
    let ended = LogCheck { args: &check, place: OutputFolder::Kept(run), marks }.logs(&args.from);
    from_logs::refresh(&args.out);
    ended
}

fn watched(given: &str, run: &Path) -> Result<Watched, Failure> {
    let named = given.split_once('=').filter(|(node, command)| from_logs::is_name(node) && !command.trim().is_empty());
    let Some((name, command)) = named else {
        return Err(Failure::usage(format!(
            "{given}: write a node and the command that prints its log, such as n1='ssh a journalctl -fu etcd'"
        )));
    };
    let folder = run.join("nodes").join(name);
    let log = folder.join("stdout.log");
    let file = std::fs::create_dir_all(&folder).and_then(|()| std::fs::File::create_new(&log));
    let file = file.map_err(|error| Failure::harness(format!("cannot write {}: {error}", log.display())))?;
    Ok(Watched { name: name.to_owned(), command: command.to_owned(), log, file, lines: 0 })
}

/// Follows all commands until they have ended, or the operator has had enough. What was typed, and when: nanoseconds since 1970.
async fn follow(nodes: &mut [Watched], format: &Format) -> Result<Vec<(i64, String)>, Failure> {
    let (tell, mut told) = mpsc::channel(WAITING);
    let mut interrupted = super::interrupts()?;
    let mut children: Vec<Child> = Vec::new();
    for (at, node) in nodes.iter().enumerate() {
        children.push(start(at, node, &tell)?);
    }
    let typed = tell.clone();
    // A thread that waits for the keyboard must not keep the process.
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if typed.blocking_send(Incoming::Typed(line)).is_err() {
                return;
            }
        }
    });
    drop(tell);
    let parser = LineParser::new(format, None);
    let ids = Arc::new(parser.ids(nodes.iter().map(|node| node.name.as_str())));
    let mut line_readers: Vec<LineReader<'_>> =
        nodes.iter().map(|node| parser.line_reader(&inner(&node.name), &ids)).collect();
    let (mut marks, mut running) = (Vec::new(), nodes.len());
    print("watching; type mark \"what you did\" to write it down, and end with Ctrl-C");
    while running > 0 {
        let heed = tokio::select! {
            heed = told.recv() => heed,
            _ = interrupted.wait_for(|interrupted| *interrupted) => None,
        };
        match heed {
            None => break,
            Some(Incoming::Ended) => running -= 1,
            Some(Incoming::Typed(text)) => marks.extend(mark(&text)),
            Some(Incoming::Line(at, line)) => take(&mut nodes[at], &line, &mut line_readers[at])?,
        }
    }
    for child in &mut children {
        // What a command has started ends with it: `ssh` in a pipe holds a session elsewhere. They are in no group of their own,
        // so that one of them may ask for a password.
        child.id().into_iter().flat_map(started_by).filter_map(Pid::from_raw).for_each(|process| {
            let _ = kill_process(process, Signal::KILL);
        });
        let _ = child.start_kill();
    }
    Ok(marks)
}

fn start(at: usize, node: &Watched, tell: &mpsc::Sender<Incoming>) -> Result<Child, Failure> {
    let mut command = Command::new("sh");
    command.arg("-c").arg(&node.command).stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut child =
        command.spawn().map_err(|error| Failure::harness(format!("cannot start {:?}: {error}", node.command)))?;
    if let Some(stdout) = child.stdout.take() {
        tokio::spawn(lines(at, stdout, tell.clone()));
    }
    Ok(child)
}

async fn lines(at: usize, from: impl AsyncRead + Unpin, tell: mpsc::Sender<Incoming>) {
    let mut from = BufReader::with_capacity(1 << 16, from);
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line).await.is_ok_and(|count| count > 0) {
        if tell.send(Incoming::Line(at, std::mem::take(&mut line))).await.is_err() {
            return;
        }
    }
    let _ = tell.send(Incoming::Ended).await;
}

/// The processes that a process has started, and they in turn.
fn started_by(process: u32) -> Vec<i32> {
    let children = std::fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default();
    let of = |child: &str| Some((child.parse::<u32>().ok()?, child.parse::<i32>().ok()?));
    let all = children.split_whitespace().filter_map(of);
    all.flat_map(|(child, id)| [vec![id], started_by(child)].concat()).collect()
}

/// Keeps a line, and says what it means.
fn take(node: &mut Watched, line: &[u8], line_reader: &mut LineReader<'_>) -> Result<(), Failure> {
    node.lines += 1;
    node.file
        .write_all(line)
        .map_err(|error| Failure::harness(format!("cannot write {}: {error}", node.log.display())))?;
    let text = String::from_utf8_lossy(line);
    for heard in line_reader.read(text.trim_end()) {
        if let Heard::Said { said, .. } = heard {
            let role = said.role.as_ref().map(|role| role.text().to_owned());
            let term = said.term.map(|term| format!("term {term}"));
            let named = |what: &str, whom: &Known<std::borrow::Cow<'_, str>>| {
                whom.as_ref().map(|whom| format!("{what} {}", whom.as_deref().map_or("nobody", outer)))
            };
            let parts = [role, term, named("vote", &said.vote), named("leader", &said.leader)];
            print(format!("{}  {}", node.name, parts.into_iter().flatten().collect::<Vec<_>>().join(", ")));
        }
    }
    Ok(())
}

/// What was typed: `mark "…"`.
fn mark(text: &str) -> Option<(i64, String)> {
    let what = text.trim().strip_prefix("mark")?.trim().trim_matches('"');
    if what.is_empty() {
        eprintln!("interregnum: write mark \"what you did\"");
        return None;
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    print(format!("marked: {what}"));
    Some((i64::try_from(now.as_nanos()).ok()?, what.to_owned()))
}
