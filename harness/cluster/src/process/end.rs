//! How a node ends: killed, asked to, or by itself; and what it leaves.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use rustix::process::{Signal, WaitId, WaitIdOptions, WaitIdStatus, kill_process_group, waitid};
use tokio::io::unix::AsyncFd;
use tokio::sync::watch;

use super::{ChangeOutcome, Ended, Exit, Inner, KILL_LIMIT, Process, TICK, shortly};

/// So many looks in a row must find nothing alive.
const LOOKS: u32 = 2;

/// How a gentle stop ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terminated {
    /// What became of the process.
    pub outcome: ChangeOutcome,
    /// Whether it had to be killed after the grace.
    pub forced: bool,
}

/// What is known of an end.
#[derive(Debug, Default)]
pub(super) struct Ending(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// It was asked to end: until then, what is left of it may end by itself.
    grace: Option<Instant>,
    /// What still ran when the launched process had ended, in words.
    left: Vec<String>,
    /// Why some of it may still run.
    doubt: Option<String>,
}

impl Known {
    /// Takes note of what was found to be left, by command lines; what is about to be gone has none.
    fn add(&mut self, found: impl IntoIterator<Item = String>) {
        for command in found {
            if !command.is_empty() && !self.left.contains(&command) {
                self.left.push(command);
            }
        }
    }
}

impl Ending {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// There is no more time to end by oneself.
    pub(super) fn hasten(&self) {
        self.known().grace = None;
    }

    fn may_linger(&self) -> bool {
        self.known().grace.is_some_and(|until| Instant::now() < until)
    }
}

impl Process {
    /// Kills all that belongs to it with SIGKILL, paused or not, and returns when nothing of it runs any more.
    pub async fn kill(&self) -> ChangeOutcome {
        let begun = self.inner.clock.now();
        if let Some(end) = self.ended() {
            return ChangeOutcome::Exited(end);
        }
        self.inner.ending.hasten();
        match self.inner.kill_all() {
            Ok(true) => {}
            Ok(false) => return ChangeOutcome::Exited(self.exited().await),
            Err(error) => return self.indeterminate(begun, format!("SIGKILL could not be sent: {error}")),
        }
        let Ok(ended) = tokio::time::timeout(2 * KILL_LIMIT, self.exited()).await else {
            return self.indeterminate(begun, format!("the process still exists {:?} after SIGKILL", 2 * KILL_LIMIT));
        };
        let doubt = self.inner.ending.known().doubt.clone();
        match doubt {
            None => ChangeOutcome::Installed([begun, ended.at]),
            Some(why) => self.indeterminate(begun, why),
        }
    }

    /// What ran when the launched process had ended, each in words, and was killed then.
    pub fn left(&self) -> Vec<String> {
        self.inner.ending.known().left.clone()
    }

    /// Asks all that belongs to it to end with a signal of its own choosing, and waits; after the grace it is killed. A paused
    /// process is continued first, since a stopped process hears nothing. Says whether that was needed.
    pub async fn terminate(&self, number: i32, grace: Duration) -> Terminated {
        let begun = self.inner.clock.now();
        self.inner.ending.known().grace = Some(Instant::now() + grace);
        match Signal::from_named_raw(number).map(|signal| self.inner.ask(signal)) {
            Some(true) => {
                if let Ok(end) = tokio::time::timeout(grace, self.exited()).await {
                    return Terminated { outcome: ChangeOutcome::Installed([begun, end.at]), forced: false };
                }
            }
            Some(false) => return Terminated { outcome: ChangeOutcome::Exited(self.exited().await), forced: false },
            None => {}
        }
        let outcome = match self.kill().await {
            ChangeOutcome::Installed([_, done]) => ChangeOutcome::Installed([begun, done]),
            other => other,
        };
        Terminated { outcome, forced: true }
    }
}

impl Inner {
    /// Sends SIGKILL to all that belongs to it, and makes the disk that keeps it waiting let it go; false when the launched process has ended.
    ///
    /// The others are looked for first, and again when the launched process is gone. In between nothing in /proc is read. A
    /// process that reads about one that ends may be the one that frees its memory. It then waits in the kernel until the disk of
    /// the ending process has taken what was changed in mapped files. A disk without power takes nothing before it is let go, and
    /// that is done here.
    fn kill_all(&self) -> std::io::Result<bool> {
        let others = self.members.look().unwrap_or_default();
        let sent = self.signal(Signal::KILL);
        if !matches!(sent, Ok(false)) {
            others.iter().for_each(|one| one.signal(Signal::KILL));
            self.let_go();
        }
        sent
    }

    /// All of it has been sent SIGKILL.
    fn let_go(&self) {
        if let Some(call) = self.when_killed.get() {
            call();
        }
    }

    /// Sends a signal to every process, and continues those that are stopped; false when the launched process has ended.
    fn ask(&self, signal: Signal) -> bool {
        let sent = self.signal(signal).unwrap_or(true);
        if sent {
            let _ = self.members.signal_outside_the_group(signal);
            if self.members.resume().is_err() {
                let _ = self.signal(Signal::CONT);
            }
        }
        sent
    }

    /// Whether the launched process has ended, reaped or not.
    fn is_over(&self) -> bool {
        let reaped = self.lock();
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        *reaped || !matches!(waitid(WaitId::PidFd(self.pidfd.as_fd()), look), Ok(None))
    }

    /// Reaps the process, which has ended, after killing what is left of its group.
    fn reap(&self) -> Exit {
        let mut reaped = self.lock();
        // The unreaped leader still holds the group's number.
        let _ = kill_process_group(self.pid, Signal::KILL);
        let status = waitid(WaitId::PidFd(self.pidfd.as_fd()), WaitIdOptions::EXITED | WaitIdOptions::NOHANG);
        *reaped = true;
        match status {
            Ok(Some(status)) => exit_of(&status),
            // Another part reaped it, which none should: how it ended is lost.
            Ok(None) | Err(_) => Exit::Status(-1),
        }
    }

    /// Kills what is left until two looks find nothing alive, of which there have been so many; a sentence if that cannot be
    /// said.
    async fn sweep(&self, mut clean: u32) -> Option<String> {
        let begun = Instant::now();
        while clean < LOOKS {
            clean = match self.members.kill() {
                Ok(killed) if killed.is_empty() => clean + 1,
                Ok(killed) => {
                    self.let_go();
                    self.ending.known().add(killed);
                    0
                }
                Err(unseen) => return Some(unseen.to_string()),
            };
            if begun.elapsed() > KILL_LIMIT {
                return Some(format!("what it has started still exists {KILL_LIMIT:?} after SIGKILL"));
            }
            if clean < LOOKS {
                shortly(begun).await;
            }
        }
        self.members.certain().err().map(|unseen| unseen.to_string())
    }
}

impl Drop for Inner {
    /// The runtime is gone and nothing waits any more: kill, and reap if that is quick.
    fn drop(&mut self) {
        if *self.lock() {
            return;
        }
        // The lock is free: no other part has this process any more.
        let _ = self.kill_all();
        let _ = poll(&mut [PollFd::new(self.pidfd.as_fd(), PollFlags::POLLIN)], PollTimeout::from(1000_u16));
        if self.is_over() {
            self.reap();
        }
    }
}

/// Waits for the end of the launched process, which its pidfd tells when the last thread is gone. Then it puts an end to what the
/// process leaves; only then is the process reaped and over.
pub(super) async fn watch(watched: AsyncFd<OwnedFd>, inner: Arc<Inner>, tell: watch::Sender<Option<Ended>>) {
    loop {
        // An error: the runtime is being shut down.
        let Ok(mut ready) = watched.readable().await else { return };
        if inner.is_over() {
            break;
        }
        ready.clear_ready();
    }
    let noticed = inner.clock.now();
    let mut alive = inner.members.look().unwrap_or_default();
    inner.ending.known().add(alive.iter().map(super::members::Member::command));
    while inner.ending.may_linger() && !alive.is_empty() {
        tokio::time::sleep(TICK).await;
        alive = inner.members.look().unwrap_or_default();
    }
    let exit = inner.reap();
    let doubt = inner.sweep(u32::from(alive.is_empty())).await;
    inner.ending.known().doubt = doubt;
    tell.send_replace(Some(Ended { exit, noticed, at: inner.clock.now() }));
}

fn exit_of(status: &WaitIdStatus) -> Exit {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => Exit::Status(code),
        (None, Some(signal)) => Exit::Signal(signal),
        (None, None) => Exit::Status(-1),
    }
}
