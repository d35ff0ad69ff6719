//! The process in the middle: init of the namespace, or the warden. Parent of the harness, heir of all orphans.

use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::prctl;
use nix::sys::signal::{Signal, kill};
use nix::sys::signalfd::SignalFd;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getppid, setpgid};

use super::outer::GO;
use super::signals::{HeldSignals, pending};
use super::{ABNORMAL, CURRENT, Sandbox, SandboxError, SandboxKind, end, fork, sweep};

/// How long a signal that outer received waits for proof that the whole group received it.
const WITNESS: Duration = Duration::from_millis(5);

/// How long ago that proof may be.
const MEMORY: Duration = Duration::from_millis(50);

/// Forks the harness, and returns there; the middle process itself stays here to its end.
pub(super) fn serve(control: OwnedFd, held: &HeldSignals, sandbox: Sandbox) -> Sandbox {
    let warden = matches!(sandbox.kind, SandboxKind::Warden { .. });
    let mut byte = [0];
    if !matches!(rustix::io::read(&control, &mut byte), Ok(1)) || byte[0] != GO {
        end(ABNORMAL);
    }
    match start(held, warden) {
        Ok((harness, reader)) => Supervisor { harness, control, reader, warden, waiting: vec![], seen: vec![] }.keep(),
        Err(Started::Harness) => {
            drop(control);
            let _ = CURRENT.set(sandbox.clone());
            sandbox
        }
        Err(Started::Failed(error)) => {
            eprintln!("interregnum: {error}");
            end(ABNORMAL)
        }
    }
}

enum Started {
    /// This is the harness.
    Harness,
    Failed(SandboxError),
}

fn start(held: &HeldSignals, warden: bool) -> Result<(Pid, SignalFd), Started> {
    let failed = |step| move |error: nix::Error| Started::Failed(super::processes(step)(error));
    if warden {
        // No parent-death signal: outer's death must leave the warden the time to clean up.
        prctl::set_child_subreaper(true).map_err(failed("adopt orphans"))?;
    } else {
        // The pipe would do; this is for an init that is stuck, or stopped.
        prctl::set_pdeathsig(Signal::SIGKILL).map_err(failed("set the parent-death signal"))?;
    }
    let me = nix::unistd::getpid();
    let Some(harness) = fork().map_err(Started::Failed)? else {
        prctl::set_pdeathsig(Signal::SIGKILL).map_err(failed("set the parent-death signal"))?;
        if getppid() != me {
            end(ABNORMAL);
        }
        held.release().map_err(failed("restore signals"))?;
        return Err(Started::Harness);
    };
    if warden {
        let _ = setpgid(Pid::from_raw(0), Pid::from_raw(0));
        let _ = prctl::set_name(c"nodes-warden");
    }
    Ok((harness, held.reader().map_err(failed("read signals"))?))
}

struct Supervisor {
    harness: Pid,
    control: OwnedFd,
    reader: SignalFd,
    warden: bool,
    /// What outer received, and when it is passed on.
    waiting: Vec<(Signal, Instant)>,
    /// What was received here, and therefore by the whole group.
    seen: Vec<(Signal, Instant)>,
}

impl Supervisor {
    fn keep(mut self) -> ! {
        loop {
            let timeout = if self.waiting.is_empty() { PollTimeout::NONE } else { PollTimeout::from(1_u8) };
            let mut files = [
                PollFd::new(self.control.as_fd(), PollFlags::POLLIN),
                PollFd::new(self.reader.as_fd(), PollFlags::POLLIN),
            ];
            let _ = poll(&mut files, timeout);
            let told = files[0].any().unwrap_or(false);
            self.read_signals();
            if let Some(code) = self.reap() {
                self.finish(code);
            }
            if told && !self.read_control() {
                self.finish(ABNORMAL);
            }
            self.pass_on();
        }
    }

    fn read_signals(&mut self) {
        let now = Instant::now();
        self.seen.retain(|(_, at)| now.duration_since(*at) < MEMORY);
        for info in pending(&self.reader) {
            let number = i32::try_from(info.ssi_signo).unwrap_or(0);
            if number != libc::SIGCHLD
                && let Ok(signal) = Signal::try_from(number)
            {
                self.seen.push((signal, now));
            }
        }
    }

    /// Reaps whatever has ended; the exit code, if that was the harness.
    fn reap(&self) -> Option<i32> {
        let mut code = None;
        loop {
            match waitpid(None::<Pid>, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::Exited(pid, status)) if pid == self.harness => code = Some(status),
                Ok(WaitStatus::Signaled(pid, signal, _)) if pid == self.harness => {
                    eprintln!("interregnum: the harness was killed by {signal}; its nodes are killed too");
                    code = Some(ABNORMAL);
                }
                Ok(WaitStatus::StillAlive) | Err(_) => return code,
                Ok(_) => {}
            }
        }
    }

    /// Reads what outer received; false when outer is gone.
    fn read_control(&mut self) -> bool {
        let mut bytes = [0; 64];
        let Ok(count) = rustix::io::read(&self.control, &mut bytes) else { return true };
        let signals = bytes[..count].iter().filter_map(|byte| Signal::try_from(i32::from(*byte)).ok());
        self.waiting.extend(signals.map(|signal| (signal, Instant::now() + WITNESS)));
        count > 0
    }

    fn pass_on(&mut self) {
        let now = Instant::now();
        let (due, waiting) = std::mem::take(&mut self.waiting).into_iter().partition::<Vec<_>, _>(|(_, at)| *at <= now);
        self.waiting = waiting;
        for (signal, _) in due {
            if !self.seen.iter().any(|(seen, _)| *seen == signal) {
                // The harness is reaped here and nowhere else, so this is its number.
                let _ = kill(self.harness, signal);
            }
        }
    }

    /// In a namespace the kernel kills the rest when init ends.
    fn finish(&self, code: i32) -> ! {
        if self.warden && !sweep::kill_all_children() {
            eprintln!("interregnum: a node does not die; look for it with `ps -ef`");
        }
        end(code)
    }
}
