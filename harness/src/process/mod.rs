//! A node's process: started, stopped, continued and killed without ever touching somebody else's.
//!
//! Two hazards shape this module.
//!
//! *A recycled pid.* Between the death of a process and the call that signals it, its number may have gone to a
//! stranger. A number cannot be recycled while its process waits to be reaped, so one lock guards both: signals are
//! sent, and the process is reaped, under it, and after the reaping no signal is sent any more. It is reaped once, by
//! one task that waits for its pidfd. Signals go to the whole process group, so that a wrapper script and what it
//! started share one fate; when the leader ends, what is left of its group is killed before the leader is reaped.
//!
//! *An effect taken for granted.* `kill(2)` returns before its signal has done anything. A fault counts as installed
//! only when the kernel says so: a kill when the pidfd reports that the last thread is gone, a pause when
//! `waitid(WSTOPPED)` answers, which it does once the last thread has stopped (the state in /proc shows `T` before
//! that). The question is asked with `WNOWAIT`, which leaves the state for the next who asks: it means "is it wholly
//! stopped now?", whoever asked before. What is not confirmed in time is [`Outcome::Indeterminate`], never assumed.
//!
//! Waiting is cheap and quick: exits arrive on the pidfd and stops as SIGCHLD, both through the runtime's epoll; a
//! tick of one millisecond covers signals that the kernel merged. There is no `pre_exec`: the standard library then
//! uses a `vfork`-like spawn, 0.5 ms against the 13 ms of copying the page tables of a large harness. Nodes get no
//! parent-death signal, which fires when the spawning *thread* ends; the sandbox or the warden sees to it that none
//! outlives the harness.

pub(crate) mod group;
mod launch;

use std::collections::BTreeSet;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::process::Child;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use rustix::io::Errno;
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, WaitIdStatus, kill_process_group, pidfd_open, pidfd_send_signal,
    test_kill_process_group, waitid,
};
use tokio::io::unix::AsyncFd;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::clock::Clock;

pub use launch::{Launch, LaunchError, Streams};

/// How long a pause or a resume may take to be confirmed.
pub const PAUSE_LIMIT: Duration = Duration::from_secs(1);

/// How long a kill may take to be confirmed; only a process stuck in the kernel (a dead disk) takes longer.
pub const KILL_LIMIT: Duration = Duration::from_secs(5);

/// How often a question that no event answers is asked again.
const TICK: Duration = Duration::from_millis(1);

/// The processes that were started and are not reaped yet, by number, which is nobody else's until then: each carries its
/// own mark and no other.
static LEADERS: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

fn leaders() -> MutexGuard<'static, BTreeSet<u32>> {
    LEADERS.lock().unwrap_or_else(PoisonError::into_inner)
}

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
    /// How.
    pub exit: Exit,
    /// When the harness noticed, nanoseconds since the run's zero.
    pub at: u64,
}

/// What became of an attempt to change a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
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

/// A running process, leader of its own group. Dropping it kills the group.
#[derive(Debug)]
#[must_use = "dropping a process kills it"]
pub struct Process {
    inner: Arc<Inner>,
    ended: watch::Receiver<Option<Ended>>,
}

#[derive(Debug)]
struct Inner {
    pid: Pid,
    pidfd: OwnedFd,
    clock: Clock,
    mark: String,
    /// Whether the process has been reaped: from then on its number may be a stranger's.
    reaped: Mutex<bool>,
    /// What still ran when the process had exited with status 0, before its group was killed: a command line.
    left: Mutex<Option<String>>,
}

impl Process {
    /// Starts a process: its own group, standard input empty, standard output and error piped to the caller, who must
    /// drain both. Call it on any thread that is inside the context of a tokio runtime (`Handle::enter`); it blocks
    /// for the time of a spawn, about half a millisecond.
    ///
    /// # Errors
    ///
    /// [`LaunchError`] says which program or folder is at fault.
    pub fn launch(launch: &Launch, clock: Clock) -> Result<(Self, Streams), LaunchError> {
        let (child, streams, mark) = launch.spawn()?;
        let process = Self::adopt(&child, clock, mark).map_err(|source| {
            // Nothing has waited for the child, so its number is still its own.
            let _ = kill_process_group(Pid::from_child(&child), Signal::KILL);
            LaunchError::Watch { program: launch.argv[0].clone(), source }
        })?;
        Ok((process, streams))
    }

    fn adopt(child: &Child, clock: Clock, mark: String) -> io::Result<Self> {
        let pid = Pid::from_child(child);
        let pidfd = pidfd_open(pid, PidfdFlags::NONBLOCK)?;
        let inner = Arc::new(Inner { pid, pidfd, clock, mark, reaped: Mutex::new(false), left: Mutex::default() });
        leaders().insert(inner.number());
        let (tell, ended) = watch::channel(None);
        // Its successor is unsafe, for types whose descriptor may change or close; that of an OwnedFd does neither.
        #[allow(deprecated)]
        let watched = AsyncFd::with_interest(inner.pidfd.try_clone()?, tokio::io::Interest::READABLE)?;
        tokio::spawn(watch_exit(watched, Arc::clone(&inner), tell));
        Ok(Self { inner, ended })
    }

    /// The process id, which is also the id of its group. For showing; signal through the methods.
    pub fn pid(&self) -> u32 {
        self.inner.number()
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

    /// Kills the group with SIGKILL, paused or not, and returns when nothing of it runs any more.
    pub async fn kill(&self) -> Outcome {
        let begun = self.inner.clock.now();
        if let Some(end) = self.ended() {
            return Outcome::Exited(end);
        }
        match self.inner.signal(Signal::KILL) {
            Ok(true) => {}
            Ok(false) => return Outcome::Exited(self.exited().await),
            Err(error) => return self.indeterminate(begun, format!("SIGKILL could not be sent: {error}")),
        }
        let limit = Instant::now() + KILL_LIMIT;
        if tokio::time::timeout(KILL_LIMIT, self.exited()).await.is_err() {
            return self.indeterminate(begun, format!("the process still exists {KILL_LIMIT:?} after SIGKILL"));
        }
        let dead = Instant::now();
        while test_kill_process_group(self.inner.pid).is_ok() && group::any_alive(self.pid()) {
            if Instant::now() > limit {
                return self.indeterminate(begun, format!("its group still exists {KILL_LIMIT:?} after SIGKILL"));
            }
            shortly(dead).await;
        }
        let mut done = self.inner.clock.now();
        while self.kill_strays() > 0 && Instant::now() < limit {
            tokio::time::sleep(TICK).await;
            done = self.inner.clock.now();
        }
        Outcome::Installed([begun, done])
    }

    /// Kills what the process started and what left its group, as far as /proc shows it; says how many were found.
    pub fn kill_strays(&self) -> usize {
        // A copy: looking through /proc takes a while, and who is reaped meanwhile wants the lock.
        let others = leaders().clone();
        group::kill_marked(&self.inner.mark, &others)
    }

    /// The command line of something that the process had started and that ran when it had itself exited with status
    /// 0, or that runs now; as far as /proc shows it.
    pub fn stray(&self) -> Option<String> {
        let left = self.inner.left.lock().unwrap_or_else(PoisonError::into_inner).clone();
        left.or_else(|| group::marked(&self.inner.mark))
    }

    /// Stops every thread of the group with SIGSTOP, and returns when the kernel says that the last one has stopped.
    ///
    /// The leader comes first and the rest of the group when it has stopped: a leader that is starting a program sits
    /// in `vfork`, where it cannot stop until its child has come as far as `exec`, which a stopped child never does.
    pub async fn pause(&self) -> Outcome {
        let begun = self.inner.clock.now();
        // The listener comes first: a stop that happens before it is missed only until the next tick.
        let mut children = signal(SignalKind::child()).ok();
        match self.inner.stop_leader() {
            Ok(true) => {}
            Ok(false) => return Outcome::Exited(self.exited().await),
            Err(error) => return self.indeterminate(begun, format!("SIGSTOP could not be sent: {error}")),
        }
        let limit = Instant::now() + PAUSE_LIMIT;
        let mut group_asked = None;
        loop {
            if let Some(end) = self.ended() {
                return Outcome::Exited(end);
            }
            if self.inner.stopped() {
                if group_asked.is_none() && matches!(self.inner.signal(Signal::STOP), Ok(true)) {
                    group_asked = Some(Instant::now());
                }
                if group_asked.is_some() && group::others_stopped(self.pid()) {
                    return Outcome::Installed([begun, self.inner.clock.now()]);
                }
            }
            if Instant::now() > limit {
                return self
                    .indeterminate(begun, format!("not every thread had stopped {PAUSE_LIMIT:?} after SIGSTOP"));
            }
            match (group_asked, &mut children) {
                (Some(asked), _) => shortly(asked).await,
                (None, Some(children)) => {
                    tokio::select! { _ = children.recv() => {}, () = tokio::time::sleep(TICK) => {} }
                }
                (None, None) => tokio::time::sleep(TICK).await,
            }
        }
    }

    /// Continues the group with SIGCONT. The kernel does that before the call returns, so this does not wait.
    pub async fn resume(&self) -> Outcome {
        let begun = self.inner.clock.now();
        match self.inner.signal(Signal::CONT) {
            Ok(true) if self.inner.stopped() => {
                self.indeterminate(begun, "it was stopped again, by something else".to_owned())
            }
            Ok(true) => Outcome::Installed([begun, self.inner.clock.now()]),
            Ok(false) => Outcome::Exited(self.exited().await),
            Err(error) => self.indeterminate(begun, format!("SIGCONT could not be sent: {error}")),
        }
    }

    /// Asks the group to end with a signal of its own choosing (continuing it if it was paused, since a stopped
    /// process hears nothing) and waits; after the grace it is killed. Says whether that was needed.
    pub async fn terminate(&self, number: i32, grace: Duration) -> Terminated {
        let begun = self.inner.clock.now();
        let asked = Signal::from_named_raw(number).map(|signal| {
            self.inner.signal(signal).and_then(|sent| Ok(sent && self.inner.signal(Signal::CONT)?)).unwrap_or(true)
        });
        match asked {
            Some(true) => {
                if let Ok(end) = tokio::time::timeout(grace, self.exited()).await {
                    self.kill_strays();
                    return Terminated { outcome: Outcome::Installed([begun, end.at]), forced: false };
                }
            }
            Some(false) => return Terminated { outcome: Outcome::Exited(self.exited().await), forced: false },
            None => {}
        }
        let outcome = match self.kill().await {
            Outcome::Installed([_, done]) => Outcome::Installed([begun, done]),
            other => other,
        };
        Terminated { outcome, forced: true }
    }

    /// A probe of how long each thread of the process has waited for a CPU since it started; see
    /// `health`. It answers none when the process is gone or /proc is not to be read.
    pub fn run_queue(&self) -> impl FnMut() -> Option<Vec<(u32, Duration)>> + Send + use<> {
        let inner = Arc::clone(&self.inner);
        let mut queues = group::RunQueues::default();
        move || {
            let reaped = inner.lock();
            if *reaped { None } else { queues.delays(inner.number()) }
        }
    }

    /// The sum over all threads of the time that they were ready to run and had no CPU; none when unknown.
    pub fn run_queue_delay(&self) -> Option<Duration> {
        let mut look = self.run_queue();
        look().map(|threads| threads.into_iter().map(|(_, delay)| delay).sum())
    }

    fn indeterminate(&self, begun: u64, why: String) -> Outcome {
        Outcome::Indeterminate { span: [begun, self.inner.clock.now()], why }
    }
}

/// How a gentle stop ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terminated {
    /// What became of the process.
    pub outcome: Outcome,
    /// Whether it had to be killed after the grace.
    pub forced: bool,
}

impl Drop for Process {
    fn drop(&mut self) {
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

    /// Sends SIGSTOP to the leader alone; false when it has been reaped.
    fn stop_leader(&self) -> io::Result<bool> {
        match pidfd_send_signal(&self.pidfd, Signal::STOP) {
            Ok(()) => Ok(true),
            Err(Errno::SRCH) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether every thread is stopped now.
    fn stopped(&self) -> bool {
        let reaped = self.lock();
        let options = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        !*reaped && matches!(waitid(WaitId::PidFd(self.pidfd.as_fd()), options), Ok(Some(_)))
    }

    /// Reaps the process if it has ended, after killing what is left of its group. None: it has not ended.
    fn reap(&self) -> Option<Exit> {
        let mut reaped = self.lock();
        if *reaped {
            return None;
        }
        let pidfd = || WaitId::PidFd(self.pidfd.as_fd());
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG;
        let ended = waitid(pidfd(), look | WaitIdOptions::NOWAIT);
        if matches!(ended, Ok(None)) {
            return None;
        }
        if matches!(&ended, Ok(Some(status)) if exit_of(status) == Exit::Status(0)) {
            *self.left.lock().unwrap_or_else(PoisonError::into_inner) = group::marked(&self.mark);
        }
        // The unreaped leader still holds the group's number.
        let _ = kill_process_group(self.pid, Signal::KILL);
        leaders().remove(&self.number());
        let status = waitid(pidfd(), look);
        *reaped = true;
        match status {
            Ok(Some(status)) => Some(exit_of(&status)),
            // Somebody else reaped it, which nobody should: how it ended is lost.
            Ok(None) | Err(_) => Some(Exit::Status(-1)),
        }
    }
}

impl Drop for Inner {
    /// The runtime is gone and nobody waits any more: kill, and reap if that is quick.
    fn drop(&mut self) {
        if *self.lock() {
            return;
        }
        let _ = kill_process_group(self.pid, Signal::KILL);
        let _ = poll(&mut [PollFd::new(self.pidfd.as_fd(), PollFlags::POLLIN)], PollTimeout::from(1000_u16));
        self.reap();
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

fn exit_of(status: &WaitIdStatus) -> Exit {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => Exit::Status(code),
        (None, Some(signal)) => Exit::Signal(signal),
        (None, None) => Exit::Status(-1),
    }
}

/// Reaps the process when its pidfd says that its last thread is gone.
async fn watch_exit(watched: AsyncFd<OwnedFd>, inner: Arc<Inner>, tell: watch::Sender<Option<Ended>>) {
    while let Ok(mut ready) = watched.readable().await {
        if let Some(exit) = inner.reap() {
            tell.send_replace(Some(Ended { exit, at: inner.clock.now() }));
            return;
        }
        ready.clear_ready();
    }
}
