//! The sandbox: a place for the harness and its nodes that ends with the harness, however it ends.
//!
//! Before any thread exists the process forks, and never execs, into a PID namespace. With it come network, mount and IPC
//! namespaces, made inside a user namespace unless it is root. There are three processes:
//!
//! ```text
//! outer ── init ── harness ── nodes …
//! ```
//!
//! *outer* is what the shell started: it waits, passes signals on and ends with the harness's exit code. *init* is
//! PID 1 of the namespace: it reaps what is orphaned, and when it ends the kernel kills everything in the namespace.
//! It ends when the harness does, and when outer does (a pipe tells it, and a parent-death signal, whichever is
//! first). So `kill -9` of any of the three leaves nothing: no node, no namespace, no mount, no socket.
//!
//! The uid map is the identity (`1000 1000 1`), so files keep their owners. Since the harness does not exec it keeps its
//! capabilities inside, while nodes lose theirs when they exec.
//!
//! Where a sandbox cannot be made, the same three processes are forked without namespaces and the middle one is the *warden*. It
//! cannot rely on the kernel, so it is a child subreaper. Whatever the harness leaves becomes its child, and it kills its
//! children until there are none. Outer is one too, in case the warden is killed. The warden leaves outer's process group and
//! takes another name. So `kill -9 -PGID`, `timeout -k` and `pkill interregnum`, which take outer and harness together, leave it
//! to clean up. What the warden cannot do: survive a `kill -9` of itself and outer at the same instant, or keep the cluster's
//! ports from the host's.
//!
//! *Signals arrive once.* Harness, outer and init share a process group. So Ctrl-C at a terminal and `kill -- -PGID` reach the
//! harness directly, and a `kill` of outer's pid does not. Init tells these apart by being a witness: it passes on what outer
//! received only if it has not received the same signal itself. The warden is outside the group and is no witness. There a Ctrl-C
//! or Ctrl-\ is recognised by its sender, the kernel, and other signals to a whole group arrive twice.
//!
//! The steps in namespaces are first taken by a short-lived child, so that a refusal half way leaves outer as it was.

#![allow(unsafe_code)]

mod files;
mod launcher;
mod limit;
mod memory;
mod namespaces;
mod outer;
pub(crate) mod probe;
mod signals;
mod supervisor;
mod sweep;

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::sync::OnceLock;

use nix::sys::prctl;
use nix::unistd::{ForkResult, Pid};

pub use launcher::{Launcher, Rights};
pub(crate) use limit::file_locks;
pub use memory::give_memory_back;
pub(crate) use namespaces::{loopback_up, network_settings, put_network_settings};
use signals::HeldSignals;

/// The variable that forces the warden: `INTERREGNUM_SANDBOX=off`.
pub(crate) const SWITCH: &str = "INTERREGNUM_SANDBOX";

/// The exit code when the harness did not end by itself; see [`history::exit::ExitCode::Harness`].
const ABNORMAL: i32 = 70;

static CURRENT: OnceLock<Sandbox> = OnceLock::new();

/// What the harness lives in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sandbox {
    kind: SandboxKind,
    proc_is_ours: bool,
}

/// Which of the two it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SandboxKind {
    /// Namespaces of its own.
    Namespaces {
        /// Whether a user namespace was needed: not for root.
        user: bool,
    },
    /// Only a warden that cleans up.
    Warden {
        /// Why there are no namespaces, a fragment that follows "because".
        reason: String,
    },
}

/// Why neither could be made.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// A fork copies only the thread that calls it.
    #[error(
        "the sandbox must be entered before any thread is started, and there are {0}; this is a bug of the harness"
    )]
    Threads(usize),
    /// A step failed that needs no privilege.
    #[error("cannot set up the sandbox's processes: {step}: {source}; check `ulimit -u` and `ulimit -n`")]
    Processes {
        step: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
}

impl Sandbox {
    /// Which of the two it is, and why.
    pub fn kind(&self) -> &SandboxKind {
        &self.kind
    }

    /// `sandbox` or `warden`.
    pub fn name(&self) -> &'static str {
        match self.kind {
            SandboxKind::Namespaces { .. } => "sandbox",
            SandboxKind::Warden { .. } => "warden",
        }
    }

    /// Whether /proc shows the processes that the harness starts under the numbers that it knows. In a container a
    /// fresh /proc may be refused; the paths of children are then other processes' and must not be read.
    pub fn proc_is_ours(&self) -> bool {
        self.proc_is_ours
    }
}

impl std::fmt::Display for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.kind {
            SandboxKind::Namespaces { user: true } => write!(f, "sandbox (namespaces of an ordinary user)")?,
            SandboxKind::Namespaces { user: false } => write!(f, "sandbox (namespaces made as root)")?,
            SandboxKind::Warden { reason } => write!(f, "warden, no sandbox because {reason}")?,
        }
        if self.proc_is_ours { Ok(()) } else { write!(f, "; /proc is another namespace's") }
    }
}

/// What the harness lives in, once it has entered.
pub fn current() -> Option<&'static Sandbox> {
    CURRENT.get()
}

/// Whether /proc may be read for the processes that this one starts; see [`Sandbox::proc_is_ours`].
pub fn proc_is_ours() -> bool {
    current().is_none_or(Sandbox::proc_is_ours)
}

/// Puts a file system in memory on a folder, which is made, for the processes of this sandbox and until it ends.
///
/// # Errors
///
/// A sentence: there are no namespaces, or the kernel refuses.
pub(crate) fn keep_in_memory(folder: &Path) -> Result<(), String> {
    let instead = "use `--out /dev/shm/interregnum-out` in place of --data-in-memory";
    if let Some(SandboxKind::Warden { reason }) = current().map(Sandbox::kind) {
        return Err(format!(
            "data cannot be kept in memory without a sandbox, and there is none because {reason}; {instead}"
        ));
    }
    namespaces::keep_in_memory(folder)
        .map_err(|error| format!("{}: a file system in memory was refused ({error}); {instead}", folder.display()))
}

/// Enters the sandbox, or takes the warden where there can be none. Call it first in `main`. It returns only in the
/// harness, a grandchild of the process that called it; the callers's own process waits and ends with its exit code.
///
/// # Errors
///
/// [`SandboxError`] when there are threads already, or not even a fork is possible.
pub fn enter() -> Result<Sandbox, SandboxError> {
    let threads = std::fs::read_dir("/proc/self/task").map_or(1, Iterator::count);
    if threads > 1 {
        return Err(SandboxError::Threads(threads));
    }
    let held = HeldSignals::hold().map_err(processes("hold signals"))?;
    prctl::set_child_subreaper(true).map_err(processes("adopt orphans"))?;
    let reason = match std::env::var_os(SWITCH) {
        Some(value) if value == OsStr::new("off") => format!("{SWITCH}=off"),
        _ => match namespaces::make()? {
            namespaces::Made::Outer { init, control } => outer::serve(init, control, &held, false),
            namespaces::Made::Init { user, proc_is_ours, control } => {
                let sandbox = Sandbox { kind: SandboxKind::Namespaces { user }, proc_is_ours };
                return Ok(supervisor::serve(control, &held, sandbox));
            }
            namespaces::Made::Refused(reason) => reason,
        },
    };
    let (control, outer_end) = pipe()?;
    match fork()? {
        Some(warden) => {
            drop(control);
            outer::serve(warden, outer_end, &held, true)
        }
        None => {
            drop(outer_end);
            Ok(supervisor::serve(control, &held, Sandbox { kind: SandboxKind::Warden { reason }, proc_is_ours: true }))
        }
    }
}

/// Forks; none in the child.
fn fork() -> Result<Option<Pid>, SandboxError> {
    // SAFETY: `enter` has made sure that this process has one thread. So the child inherits no lock without a holder and may do
    // whatever its parent may.
    match unsafe { nix::unistd::fork() } {
        Ok(ForkResult::Parent { child }) => Ok(Some(child)),
        Ok(ForkResult::Child) => Ok(None),
        Err(error) => Err(processes("fork")(error)),
    }
}

/// Ends this process without running what was registered to be run at the end of another: buffers, hooks.
fn end(code: i32) -> ! {
    // SAFETY: `_exit` has no preconditions.
    unsafe { nix::libc::_exit(code) }
}

fn pipe() -> Result<(std::os::fd::OwnedFd, std::os::fd::OwnedFd), SandboxError> {
    rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)
        .map_err(|error| SandboxError::Processes { step: "make a pipe", source: error.into() })
}

fn processes(step: &'static str) -> impl Fn(nix::Error) -> SandboxError {
    move |error| SandboxError::Processes { step, source: error.into() }
}
