//! The commands. Each reads its arguments, calls the library, prints, and answers an exit code.

pub mod args;
mod asked;
pub mod baseline;
mod batch;
mod check;
pub mod compare;
mod experiment;
mod experiment_args;
mod explain;
mod from_logs;
mod github;
mod index;
mod init;
mod list;
mod live;
mod manual;
pub mod merge;
pub mod mistake;
mod observe;
mod replay;
mod report;
pub mod seeds;
pub mod shard;
mod shrink;
mod single;
mod soak;
pub mod soak_args;
mod test;
mod watching;

use std::fmt::Display;
use std::io::IsTerminal;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use workloads::workload::By;

use self::args::{Cli, Command};
use cluster::sandbox;
use history::exit::ExitCode;

/// A command could not do what it was asked: one sentence, and the exit code that goes with it.
#[derive(Debug)]
pub struct Failure {
    /// How the process ends.
    pub code: ExitCode,
    /// What, where, and what to do.
    pub message: String,
}

impl Failure {
    /// The user's mistake.
    pub fn usage(message: impl Display) -> Self {
        Self { code: ExitCode::Usage, message: message.to_string() }
    }

    /// The harness's or the machine's.
    pub fn harness(message: impl Display) -> Self {
        Self { code: ExitCode::Harness, message: message.to_string() }
    }
}

/// What most commands answer.
type CommandResult = Result<ExitCode, Failure>;

/// Carries out a command line.
pub fn run(cli: Cli) -> CommandResult {
    let out = index::folder(&cli.command);
    let ended = carry_out(cli.command);
    if let Some(out) = out {
        index::refresh(&out);
    }
    match (ended, unprinted()) {
        (Ok(code), Some(why)) if code != ExitCode::Invalid && code != ExitCode::Interrupted => {
            Err(Failure { code: code.merge(ExitCode::Harness), message: why })
        }
        (Ok(code), Some(why)) => {
            eprintln!("interregnum: warning: {why}");
            Ok(code)
        }
        (ended, _) => ended,
    }
}

fn carry_out(command: Command) -> CommandResult {
    match command {
        Command::Test(args) => test::run(args),
        Command::Run { folder } => single::of_folder(&folder),
        Command::Check(args) => check::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Replay(args) => replay::run(&args),
        Command::Soak(args) => soak::run(&args),
        Command::Experiment(args) => experiment::run(&args),
        Command::Merge(args) => merge::run(&args),
        Command::Compare(args) => compare::run(&args),
        Command::Shrink(args) => {
            campaign::child::end_with_the_batch().map_err(Failure::harness)?;
            shrink::run(&args)
        }
        Command::List(args) => list::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Observe(args) => observe::run(&args),
        Command::Watch(args) => watching::run(&args),
        Command::Init(args) => init::run(&args),
        Command::Doctor(args) => manual::doctor(&args),
        Command::Completions { shell } => manual::completions(shell),
        Command::Man => manual::man(),
    }
}

fn parse_count(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "write a whole number, such as 5".into())
}

fn parse_time(text: &str) -> Result<Duration, String> {
    history::run::time(text).map_err(|error| error.to_string())
}

/// The longest budget: a person who writes more means something else.
const LONGEST_BUDGET: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// For how long something is tried. Taken with what begins with a hyphen, so that this sentence and no other is said.
fn parse_budget(text: &str) -> Result<Duration, String> {
    match parse_time(text) {
        Ok(time) if time.is_zero() => Err("in no time nothing can be run; write a longer one, such as 10m".into()),
        Ok(time) if time > LONGEST_BUDGET => Err("it is more than 30 days; write a shorter one, such as 10m".into()),
        parsed => parsed,
    }
}

/// The largest tolerance, per cent.
const LARGEST: f64 = 1_000_000.0;

fn parse_percent(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.trim_end_matches(['%', ' ']).parse().ok();
    match number.filter(|percent| percent.is_finite()) {
        Some(percent) if percent < 0.0 => Err("it is less than 0; write a percentage from 0 on, such as 10".into()),
        Some(percent) if percent > LARGEST => Err("it is more than 1,000,000; write a percentage such as 10".into()),
        Some(percent) => Ok(percent),
        None => Err("write a percentage, such as 10".into()),
    }
}

/// The fewest of something that must be there.
fn parse_least(text: &str) -> Result<u64, String> {
    text.parse().ok().filter(|least| *least > 0).ok_or_else(|| "write a whole number from 1 on, such as 30".into())
}

fn parse_by(text: &str) -> Result<By, String> {
    By::ALL.into_iter().find(|by| by.word() == text).ok_or_else(|| "write cut, pause or kill".into())
}

/// Why standard output could not be written, the first time that it could not.
static UNPRINTED: std::sync::Mutex<Option<String>> = std::sync::Mutex::new(None);

/// Prints to standard output. A reader that went away is no error of ours; of any other failure [`unprinted`] tells.
fn print(text: impl Display) {
    print_as_is(&visible(&text.to_string()));
}

fn print_as_is(text: &str) {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    if let Some(why) = unwritten(writeln!(out, "{text}").and_then(|()| out.flush())) {
        let mut first = UNPRINTED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        first.get_or_insert(why);
    }
}

/// Why something could not be written to standard output: a sentence. A reader that went away is no error.
pub fn unwritten(written: std::io::Result<()>) -> Option<String> {
    let error = written.err().filter(|error| error.kind() != std::io::ErrorKind::BrokenPipe)?;
    Some(format!("standard output cannot be written: {error}"))
}

/// What was to be printed and could not be, if anything: results that were not printed are a failure of the harness's
/// surroundings, whatever they were.
fn unprinted() -> Option<String> {
    UNPRINTED.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
}

/// Text as a terminal may be given it: names, log lines and paths come from elsewhere, and a terminal obeys what some
/// of their characters say. Line ends, tabs and our own colours stay.
pub fn visible(text: &str) -> std::borrow::Cow<'_, str> {
    let hostile = |c: char| (c.is_control() && c != '\n' && c != '\t') || is_turning(c);
    if !text.contains(hostile) {
        return text.into();
    }
    let mut clean = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(at) = rest.find(hostile) {
        clean.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(colour) = own_colour(rest) {
            clean.push_str(&rest[..colour]);
            rest = &rest[colour..];
            continue;
        }
        let Some(c) = rest.chars().next() else { break };
        clean.extend(c.escape_unicode());
        rest = &rest[c.len_utf8()..];
    }
    clean.push_str(rest);
    clean.into()
}

/// How long the colour is that a text begins with: `ESC [ digits m` changes the looks and nothing else.
fn own_colour(text: &str) -> Option<usize> {
    let inside = text.strip_prefix("\u{1b}[")?;
    let end = inside.find(|c: char| !(c.is_ascii_digit() || c == ';'))?;
    (end < 12 && inside[end..].starts_with('m')).then_some(2 + end + 1)
}

/// Characters that turn the direction of the text around them.
fn is_turning(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The command line, in words that a file can hold.
pub fn command_line() -> Vec<String> {
    std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect()
}

/// Prints JSON for machines.
fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    print_as_is(&serde_json::to_string_pretty(value).map_err(Failure::harness)?);
    Ok(())
}

/// A runtime for one invocation. A run of many has one thread: more would wake each other more than they help.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    use tokio::runtime::Builder;
    let many = campaign::child::is_one_of_many();
    let mut builder = if many { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    builder.worker_threads(2).enable_all().build().map_err(|error| Failure::harness(format!("cannot start: {error}")))
}

/// Becomes true at the first SIGINT, SIGTERM, SIGHUP or SIGQUIT. Needs a runtime.
fn interrupts() -> Result<watch::Receiver<bool>, Failure> {
    let (tell, told) = watch::channel(false);
    for kind in [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup(), SignalKind::quit()] {
        let mut signals = signal(kind).map_err(Failure::harness)?;
        let tell = tell.clone();
        tokio::spawn(async move {
            while signals.recv().await.is_some() {
                tell.send_replace(true);
            }
        });
    }
    // A file that may not grow any more (`ulimit -f`) is then an error of the write, and has a sentence.
    let mut too_large = signal(SignalKind::from_raw(nix::libc::SIGXFSZ)).map_err(Failure::harness)?;
    tokio::spawn(async move { while too_large.recv().await.is_some() {} });
    Ok(told)
}

/// Whether standard output takes colours.
fn colour() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() && std::env::var_os("CI").is_none()
}

/// Enters the sandbox, or the warden's care where there is none, and says which. No thread may exist yet.
fn enter_sandbox() -> Result<String, Failure> {
    campaign::child::end_with_the_batch().map_err(Failure::harness)?;
    sandbox::enter().map(|sandbox| sandbox.to_string()).map_err(Failure::harness)
}

/// The working directory: where nodes are started.
fn directory() -> Result<std::path::PathBuf, Failure> {
    std::env::current_dir().map_err(|error| Failure::harness(format!("there is no working directory: {error}")))
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn what_a_terminal_would_obey_is_shown_and_our_own_colours_stay() {
        assert_eq!(visible("a\u{1b}]0;title\u{7}b\rc\u{9b}2Jd"), "a\\u{1b}]0;title\\u{7}b\\u{d}c\\u{9b}2Jd");
        assert_eq!(visible("\u{1b}[31mred\u{1b}[0m\tand\nso on"), "\u{1b}[31mred\u{1b}[0m\tand\nso on");
        assert_eq!(visible("\u{1b}[2Jgone\u{202e}"), "\\u{1b}[2Jgone\\u{202e}");
        assert!(matches!(visible("plain – über"), std::borrow::Cow::Borrowed(_)));
    }
}
