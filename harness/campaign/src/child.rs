//! A run as a process of its own: how it is started, waited for, ended, and what it leaves behind.
//!
//! Batches, campaigns, comparisons, replays and shrinks all carry out their runs in this way. A run is a value ([`Asked`]). It is
//! written into the run's folder, the child gets that folder and nothing else, and the results are read there.
//!
//! A child is asked to end with SIGTERM and then heals its cluster, judges what it has and writes it. A child that does not end
//! in the time given for that is killed with its group. What it started dies with it, as with any SIGKILL.

use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use history::exit::ExitCode;
use history::finding::Lost;
use history::{Outcome, RunFile};
use nix::sys::signal::Signal;
use nix::unistd::Pid;
use reports::asked::Asked;
use tokio::process::{Child, Command};
use tokio::sync::watch;

/// The variable that tells a run whose batch or campaign it belongs to.
const BATCH: &str = "INTERREGNUM_BATCH";

/// What is said of a run that left no verdict and no other reason.
pub const NO_VERDICT: &str = "it left no verdict behind";

/// How long a child may take.
#[derive(Debug, Clone, Copy, Default)]
pub struct Patience {
    /// For its work; none: as long as it likes.
    pub work: Option<Duration>,
    /// For ending once it was asked to; none: as long as it likes.
    pub end: Option<Duration>,
}

/// Why a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HowChildEnded {
    /// It was done.
    Done,
    /// It was asked to, because the whole was interrupted.
    Interrupted,
    /// It took longer than it may.
    Overdue,
}

/// How a child ended.
#[derive(Debug, Clone, Copy)]
pub struct ChildEnd {
    /// Its exit code; none for one that a signal ended.
    pub exit: Option<u8>,
    pub why: HowChildEnded,
    /// How long it lived.
    pub took: Duration,
}

/// A run that is over, and what it left behind.
#[derive(Debug)]
pub struct Left {
    pub folder: PathBuf,
    /// How its process ended.
    pub ended: ChildEnd,
    /// What was said of it; none if it left no verdict that can be read.
    pub outcome: Option<Outcome>,
}

impl ChildEnd {
    /// The exit code; that of a failed harness for one that a signal ended.
    pub fn code(&self) -> u8 {
        self.exit.unwrap_or(ExitCode::Harness.code())
    }

    /// How long it lived, nanoseconds.
    pub fn nanos(&self) -> u64 {
        u64::try_from(self.took.as_nanos()).unwrap_or(u64::MAX)
    }
}

impl Left {
    /// Why the harness of the run failed, if it did: the reason that it left, else its last words and its exit code.
    pub fn lost(&self) -> Option<Lost> {
        lost(&self.folder, self.ended.code())
    }
}

/// Whether this process is one run of many.
pub fn is_one_of_many() -> bool {
    std::env::var_os(BATCH).is_some()
}

/// A child ends when its batch or campaign does, even by SIGKILL: the kernel tells it. The error is a sentence.
pub fn end_with_the_batch() -> Result<(), String> {
    let Some(batch) = std::env::var(BATCH).ok().and_then(|pid| pid.parse::<i32>().ok()) else { return Ok(()) };
    nix::sys::prctl::set_pdeathsig(Signal::SIGKILL).map_err(|error| error.to_string())?;
    if nix::unistd::getppid().as_raw() == batch { Ok(()) } else { Err("its batch is gone".into()) }
}

/// Writes into a run's folder what is asked, has `interregnum run FOLDER` carry it out, and reads what that leaves there. What
/// it prints goes to `harness.log` in the folder. As [`carry_out_in`].
///
/// # Errors
/// When the folder cannot be written, or the process cannot be started.
pub async fn carry_out(
    run_folder: &Path,
    asked: &Asked,
    patience: Patience,
    interrupts: watch::Receiver<bool>,
) -> std::io::Result<Left> {
    let file = RunFile { command: asked.command(run_folder), ..asked.file.clone() };
    Asked { file, ..asked.clone() }.write(run_folder)?;
    let arguments: [&OsStr; 2] = ["run".as_ref(), run_folder.as_os_str()];
    let ended = carry_out_in(run_folder, &arguments, patience, interrupts).await?;
    Ok(Left { folder: run_folder.to_owned(), ended, outcome: reports::verdict::read(run_folder).ok() })
}

/// Runs `interregnum ARGUMENTS`; what it prints goes to `harness.log` in a folder.
///
/// Call it on a thread that lives as long as the program. The kernel takes the end of the thread that started a child for the end
/// of the child's parent.
///
/// # Errors
/// When it cannot be started.
pub(crate) async fn carry_out_in(
    folder: &Path,
    arguments: &[impl AsRef<OsStr>],
    patience: Patience,
    mut interrupts: watch::Receiver<bool>,
) -> std::io::Result<ChildEnd> {
    let began = Instant::now();
    let mut child = spawn(folder, arguments)?;
    let interrupted = async {
        if interrupts.wait_for(|interrupted| *interrupted).await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let (ended, why) = tokio::select! {
        ended = child.wait() => (Some(ended), HowChildEnded::Done),
        () = interrupted => (None, HowChildEnded::Interrupted),
        () = over(patience.work) => (None, HowChildEnded::Overdue),
    };
    let ended = match ended {
        Some(ended) => ended,
        None => end(&mut child, patience.end).await,
    };
    let exit = ended.ok().and_then(|status| status.code()).and_then(|code| u8::try_from(code).ok());
    Ok(ChildEnd { exit, why, took: began.elapsed() })
}

/// Where a child leaves the reason for which its harness failed.
const TROUBLE: &str = "trouble.json";

/// Leaves the reason in a run's folder, for the process that started this run. A run that cannot write it has said it on standard error.
pub fn leave(run_folder: &Path, lost: &Lost) {
    let _ = serde_json::to_vec(lost).map(|json| reports::file::put_bytes(&run_folder.join(TROUBLE), &json));
}

fn lost(run_folder: &Path, exit: u8) -> Option<Lost> {
    let left = std::fs::read(run_folder.join(TROUBLE)).ok();
    left.and_then(|json| serde_json::from_slice(&json).ok())
        .or_else(|| Some(Lost { sentence: last_words(run_folder)?, ..Lost::with_exit(exit) }))
}

/// What a child said last on standard error: why it could not do its work.
pub fn last_words(run_folder: &Path) -> Option<String> {
    let log = std::fs::read_to_string(run_folder.join("harness.log")).ok()?;
    let line = log.lines().rev().find_map(|line| line.strip_prefix("interregnum: "))?;
    Some(line.to_owned())
}

fn spawn(folder: &Path, arguments: &[impl AsRef<OsStr>]) -> std::io::Result<Child> {
    let log = std::fs::File::create(folder.join("harness.log"))?;
    let mut command = std::process::Command::new(std::env::current_exe()?);
    command
        .args(arguments)
        .env(BATCH, std::process::id().to_string())
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .process_group(0);
    Command::from(command).kill_on_drop(true).spawn()
}

async fn end(child: &mut Child, patience: Option<Duration>) -> std::io::Result<std::process::ExitStatus> {
    signal(child, Signal::SIGTERM);
    tokio::select! {
        ended = child.wait() => return ended,
        () = over(patience) => {}
    }
    signal_group(child, Signal::SIGKILL);
    child.wait().await
}

async fn over(time: Option<Duration>) {
    match time {
        Some(time) => tokio::time::sleep(time).await,
        None => std::future::pending().await,
    }
}

fn signal(child: &Child, signal: Signal) {
    if let Some(pid) = pid(child) {
        let _ = nix::sys::signal::kill(pid, signal);
    }
}

fn signal_group(child: &Child, signal: Signal) {
    if let Some(pid) = pid(child) {
        let _ = nix::sys::signal::killpg(pid, signal);
    }
}

/// The child has not been waited for, so its number is still its own.
fn pid(child: &Child) -> Option<Pid> {
    child.id().and_then(|pid| i32::try_from(pid).ok()).map(Pid::from_raw)
}
