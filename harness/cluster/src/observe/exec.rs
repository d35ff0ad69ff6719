//! The observer `exec`: a command whose output tells a node's state.
//!
//! For systems that have a client and no address to ask. One answer is one observation: what the rules find in the
//! lines of one output is put together, the first mention of a field counts, and the span is from before the command
//! was started to after it had ended. It is sampled like every poll. The command runs in a process group of its own,
//! which is killed when it takes too long; at most a mebibyte of its output is read.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use history::entry::State;
use history::{Evidence, Span};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncReadExt;
use tokio::process::Command;
use tokio::time::MissedTickBehavior;

use super::events;
use super::ids::Ids;
use super::rules::{Interpreter, Meaning};
use super::{Miss, Sink, Who};
use crate::clock::Clock;
use crate::system::rule::Rule;

/// How much of an output is read, bytes.
const LONGEST: u64 = 1 << 20;

/// Runs a command again and again, for one life of one node.
pub struct Poller {
    /// The node that it asks.
    pub who: Who,
    /// The observer's name.
    pub observer: String,
    /// The command, its program found.
    pub argv: Vec<String>,
    /// How often.
    pub every: Duration,
    /// How long it may take.
    pub timeout: Duration,
    /// What its lines mean.
    pub rules: Vec<Rule>,
    /// All that it prints is one text for them.
    pub whole: bool,
    /// The ids of the nodes.
    pub ids: Arc<Ids>,
    /// The run's clock.
    pub clock: Clock,
    /// Where the observations go.
    pub sink: Arc<dyn Sink>,
}

impl Poller {
    /// Polls until it is aborted.
    pub async fn run(self) {
        let mut ticks = tokio::time::interval(self.every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let begun = self.clock.now();
            let answered = match output(&self.argv, self.timeout).await {
                Ok(text) => {
                    let who = (self.who.node.as_str(), self.observer.as_str());
                    let how = if self.whole { understand_whole } else { understand };
                    how(&text, who, &self.rules, &self.ids)
                }
                Err(error) => Err(error),
            };
            let span = [begun, self.clock.now()];
            match answered {
                Ok(said) => {
                    self.sink.sighting(
                        Span::new(span[0], span[1]),
                        events::seen(said, &self.who, &self.observer, Evidence::Sampled),
                    );
                }
                Err(error) => {
                    let (who, observer) = (self.who.clone(), self.observer.clone());
                    self.sink.miss(Miss { who, observer, span, error });
                }
            }
        }
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
pub fn understand_whole(
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
