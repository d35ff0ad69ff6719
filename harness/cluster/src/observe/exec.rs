//! The observer `exec`: a command whose output tells a node's state.
//!
//! For systems that have a client and no address to ask. One answer is one observation. What the rules find in the lines of one
//! output is put together, and the first mention of a field counts. The span is from before the command was started to after it
//! had ended. The command runs in a process group of its own, which is killed when it takes too long. At most a mebibyte of its
//! output is read.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use history::entry::State;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncReadExt;
use tokio::process::Command;

use super::ids::Ids;
use super::poll::{Answer, Ask, Poll};
use super::rules::{Interpreter, Meaning};
use crate::system::rule::Rule;

/// How much of an output is read, bytes.
const LONGEST: u64 = 1 << 20;

/// A command that is run for each answer.
pub(super) struct Run {
    /// The command, its program found.
    pub(super) argv: Vec<String>,
    /// How long it may take.
    pub(super) timeout: Duration,
    /// What its lines mean.
    pub(super) rules: Vec<Rule>,
    /// All that it prints is one text for them.
    pub(super) whole: bool,
}

impl Ask for Run {
    async fn ask(&mut self, poll: &Poll) -> Result<Option<Answer>, String> {
        let text = output(&self.argv, self.timeout).await?;
        let how = if self.whole { understand_whole } else { understand };
        how(&text, poll.names(), &self.rules, &poll.ids).map(Answer::of)
    }
}

/// What an output says, if anything.
pub fn understand(text: &[u8], who: (&str, &str), rules: &[Rule], ids: &Arc<Ids>) -> Result<State<'static>, String> {
    let mut interpreter = Interpreter::new(who, (None, None), rules, ids);
    let mut found: Option<State<'static>> = None;
    for line in text.split(|&byte| byte == b'\n') {
        match interpreter.read(line) {
            Meaning::Nothing => {}
            Meaning::Unreadable(why) => return Err(format!("printed {why}")),
            Meaning::Said(said, _) => {
                let all = found.get_or_insert_default();
                all.role = all.role.take().or(said.role);
                all.term = all.term.or(said.term);
                all.vote = all.vote.take().or(said.vote);
                all.leader = all.leader.take().or(said.leader);
                all.other.extend(said.other);
            }
        }
    }
    found.ok_or_else(|| "printed nothing that a rule matches".to_owned())
}

/// What a text of many lines says, if anything.
pub(crate) fn understand_whole(
    text: &[u8],
    who: (&str, &str),
    rules: &[Rule],
    ids: &Arc<Ids>,
) -> Result<State<'static>, String> {
    match Interpreter::new(who, (None, None), rules, ids).read_whole(text) {
        Meaning::Said(said, _) => Ok(said),
        Meaning::Unreadable(why) => Err(format!("holds {why}")),
        Meaning::Nothing => Err("holds nothing that a rule matches".to_owned()),
    }
}

/// Kills what a command started, however its wait ends.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(pid) = self.0 {
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
}

/// The standard output of a command that ended well. The error is a fragment such as "exited with status 1".
pub(crate) async fn output(argv: &[String], timeout: Duration) -> Result<Vec<u8>, String> {
    let Some((program, arguments)) = argv.split_first() else { return Err("has no program".to_owned()) };
    let mut command = Command::new(program);
    command
        .args(arguments)
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let mut child =
        crate::process::apart(|| command.spawn()).map_err(|error| format!("{program} cannot be run: {error}"))?;
    let pid = child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
    let stdout = child.stdout.take();
    let mut group = Group(pid);
    let waited = tokio::time::timeout(timeout, async {
        let mut text = Vec::new();
        if let Some(stdout) = stdout {
            stdout.take(LONGEST).read_to_end(&mut text).await.map_err(|error| error.to_string())?;
        }
        let status = child.wait().await.map_err(|error| error.to_string())?;
        // Reaped: its number may be a stranger's from now on.
        group.0 = None;
        if status.success() { Ok(text) } else { Err(format!("ended with {status}")) }
    })
    .await;
    waited.unwrap_or_else(|_| Err(format!("timed out after {}", humantime::format_duration(timeout))))
}
