//! A node's process: started, stopped, continued and killed without ever touching another program's.
//!
//! Two hazards shape this module.
//!
//! *A recycled pid.* Between the death of a process and the call that signals it, its number may have gone to a stranger. A
//! number cannot be recycled while its process waits to be reaped, so one lock guards both. Signals are sent and the process is
//! reaped under it, and after the reaping no signal is sent any more. It is reaped once, by one task that waits for its pidfd.
//!
//! *An effect taken for granted.* `kill(2)` returns before its signal has done anything, and does nothing to what has left the
//! group it is sent to. A node is often not the process that was launched. A wrapper started it, in a group or a session of its
//! own, with or without its environment. So a fault reaches everything that [belongs](members) to the node, and counts as
//! installed only when the kernel says so. A kill is installed when the pidfd reports that the last thread is gone and two looks
//! find nothing else alive. A pause is installed when `waitid(WSTOPPED)` answers and two looks find nothing else running.
//! `waitid` answers once the last thread has stopped; the state in /proc shows `T` before that. The question is asked with
//! `WNOWAIT`, which leaves the state for the next that asks: it means "is it wholly stopped now?", whatever was asked before. What is
//! not confirmed in time is [`ChangeOutcome::Indeterminate`], never assumed. What is left when the launched process ends is
//! killed, and only then has the process ended: its ports are free for the next.
//!
//! Waiting is cheap and quick. Exits arrive on the pidfd and stops as SIGCHLD, both through the runtime's epoll. A tick of one
//! millisecond covers signals that the kernel merged. There is no `pre_exec`. The standard library then uses a `vfork`-like
//! spawn, 0.5 ms against the 13 ms of copying the page tables of a large harness. Nodes get no parent-death signal, which fires
//! when the spawning *thread* ends; the sandbox or the warden sees to it that none outlives the harness.

mod end;
mod launch;
mod mark;
mod members;
mod pause;
pub(crate) mod proc;
mod queues;

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::process::Child;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, kill_process_group, pidfd_open, waitid};
use tokio::io::unix::AsyncFd;
use tokio::sync::watch;

use self::members::Members;
use crate::clock::Clock;

pub use end::Terminated;
pub use launch::{Launch, LaunchError, Streams};
pub(crate) use mark::apart;
pub use queues::Waited;
pub(crate) use queues::of_own_thread;

/// How long a pause or a resume may take to be confirmed.
pub(crate) const PAUSE_LIMIT: Duration = Duration::from_secs(1);

/// How long a kill may take to be confirmed; only a process stuck in the kernel (a dead disk) takes longer.
pub(crate) const KILL_LIMIT: Duration = Duration::from_secs(5);

/// How often a question that no event answers is asked again.
const TICK: Duration = Duration::from_millis(1);

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It returned this status.
    Status(i32),
    /// This signal ended it.
    Signal(i32),
}

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Status(status) => write!(f, "exited with status {status}"),
            Self::Signal(number) => match Signal::from_named_raw(*number) {
                Some(signal) => {
                    // `Debug` writes `"Signal::SEGV"`, quotes and all.
                    let named = format!("{signal:?}");
                    let name = named.trim_matches('"').trim_start_matches("Signal::");
                    write!(f, "was killed by signal {number} (SIG{name})")
                }
                None => write!(f, "was killed by signal {number}"),
            },
        }
    }
}

/// How and when a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    pub exit: Exit,
    /// When the harness noticed that the process it had launched was gone, nanoseconds since the run's zero.
    pub noticed: u64,
    /// When all that it had started was gone too.
    pub at: u64,
}

/// What became of an attempt to change a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeOutcome {
    /// It is in force, confirmed by the kernel. The span, nanoseconds since the run's zero: before the first instant
    /// nothing had been done, after the second all of it was.
    Installed([u64; 2]),
    /// The process had ended by itself; there was nothing to do.
    Exited(Ended),
    /// It was asked for and not confirmed in time.
    Indeterminate {
        /// From the asking to the giving up, nanoseconds since the run's zero.
        span: [u64; 2],
        /// Why, a fragment that follows "because".
        why: String,
    },
}

/// A running process, leader of its own group, with all that it has started. Dropping it kills them all.
#[derive(Debug)]
#[must_use = "dropping a process kills it"]
pub struct Process {
    inner: Arc<Inner>,
    ended: watch::Receiver<Option<Ended>>,
}

struct Inner {
    pid: Pid,
    pidfd: OwnedFd,
    clock: Clock,
    members: Members,
    /// Whether the process has been reaped: from then on its number may be a stranger's.
    reaped: Mutex<bool>,
    ending: end::Ending,
    /// Called each time all of it has been sent SIGKILL.
    when_killed: std::sync::OnceLock<Box<dyn Fn() + Send + Sync>>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner").field("pid", &self.pid).finish_non_exhaustive()
    }
}

impl Process {
    /// Starts a process: its own group, standard input empty, standard output and error piped to the caller, who must drain both.
    /// Call it on any thread that is inside the context of a tokio runtime (`Handle::enter`). It blocks for the time of a spawn,
    /// about half a millisecond.
    ///
    /// # Errors
    ///
    /// [`LaunchError`] says which program or folder is at fault.
    pub fn launch(launch: &Launch, clock: Clock) -> Result<(Self, Streams), LaunchError> {
        let (child, streams, mark) = launch.spawn()?;
        let members = Members { leader: child.id(), mark, namespace: launch.namespace };
        let process = Self::adopt(&child, clock, members).map_err(|source| {
            // Nothing has waited for the child, so its number is still its own.
            let _ = kill_process_group(Pid::from_child(&child), Signal::KILL);
            LaunchError::Watch { program: launch.argv[0].clone(), source }
        })?;
        Ok((process, streams))
    }

    fn adopt(child: &Child, clock: Clock, members: Members) -> io::Result<Self> {
        let pid = Pid::from_child(child);
        let pidfd = pidfd_open(pid, PidfdFlags::NONBLOCK)?;
        let (reaped, ending) = (Mutex::new(false), end::Ending::default());
        let inner =
            Arc::new(Inner { pid, pidfd, clock, members, reaped, ending, when_killed: std::sync::OnceLock::new() });
        let (tell, ended) = watch::channel(None);
        // Its successor is unsafe, for types whose descriptor may change or close; that of an OwnedFd does neither.
        #[allow(deprecated)]
        let watched = AsyncFd::with_interest(inner.pidfd.try_clone()?, tokio::io::Interest::READABLE)?;
        tokio::spawn(end::watch(watched, Arc::clone(&inner), tell));
        Ok(Self { inner, ended })
    }

    /// The process id, which is also the id of its group. For showing; signal through the methods.
    pub fn pid(&self) -> u32 {
        self.inner.number()
    }

    /// Calls something whenever all of it has been sent SIGKILL and before its end is waited for. Whatever keeps it waiting in
    /// the kernel must let it go then.
    pub(crate) fn when_killed(&self, call: impl Fn() + Send + Sync + 'static) {
        let _ = self.inner.when_killed.set(Box::new(call));
    }

    /// How it ended, if it has.
    pub fn ended(&self) -> Option<Ended> {
        *self.ended.borrow()
    }

    /// Waits until the process has ended and is reaped. Any number of tasks may wait at once.
    pub async fn exited(&self) -> Ended {
        let mut ended = self.ended.clone();
        match ended.wait_for(Option::is_some).await.map(|end| *end) {
            Ok(Some(end)) => end,
            // The watching task is gone, which only happens when the runtime is being shut down.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }

    /// What it has started and what does not descend from it any more: daemons, such as one that other nodes use as well. In
    /// words.
    pub fn daemons(&self) -> Vec<String> {
        self.inner.members.daemons()
    }

    /// A probe of how long each thread of the process, and of what it has started, has waited for a CPU since it started; see
    /// `health`. It answers none when the process is gone or /proc is not to be read.
    pub fn run_queue(&self) -> impl FnMut() -> Option<Vec<(u32, Waited)>> + Send + use<> {
        let inner = Arc::clone(&self.inner);
        let mut queues = queues::AllQueues::default();
        move || {
            let reaped = *inner.lock();
            if reaped { None } else { queues.delays(&inner.members) }
        }
    }

    /// The sum over all threads of the time that they were ready to run and had no CPU; none when unknown.
    pub fn run_queue_delay(&self) -> Option<Duration> {
        let mut look = self.run_queue();
        look().map(|threads| threads.into_iter().map(|(_, waited)| waited.time).sum())
    }

    fn indeterminate(&self, begun: u64, why: String) -> ChangeOutcome {
        ChangeOutcome::Indeterminate { span: [begun, self.inner.clock.now()], why }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.inner.ending.hasten();
        let _ = self.inner.signal(Signal::KILL);
    }
}

impl Inner {
    fn number(&self) -> u32 {
        self.pid.as_raw_nonzero().get().unsigned_abs()
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        self.reaped.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a signal to the group; false when the process has been reaped, so that there is no group to send it to.
    fn signal(&self, signal: Signal) -> io::Result<bool> {
        let reaped = self.lock();
        if *reaped {
            return Ok(false);
        }
        kill_process_group(self.pid, signal)?;
        Ok(true)
    }

    /// Whether every thread is stopped now.
    fn stopped(&self) -> bool {
        let reaped = self.lock();
        let options = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        !*reaped && matches!(waitid(WaitId::PidFd(self.pidfd.as_fd()), options), Ok(Some(_)))
    }
}

/// Waits before a question that no event answers is asked again: a tenth of a millisecond at first, then a tick. The
/// runtime's timers know only whole milliseconds, and spinning would keep the CPU from those that are waited for.
async fn shortly(since: Instant) {
    if since.elapsed() < 2 * TICK {
        let _ = tokio::task::spawn_blocking(|| std::thread::sleep(TICK / 10)).await;
    } else {
        tokio::time::sleep(TICK).await;
    }
}
