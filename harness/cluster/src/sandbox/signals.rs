//! Signals as things to be read. Blocked before the first fork, so that none is lost between two processes.

use nix::libc;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, sigaction, sigprocmask};
use nix::sys::signalfd::{SfdFlags, SignalFd, siginfo};

/// What is passed on to the harness.
const PASSED_ON: [Signal; 4] = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT];

/// Signals held back for reading, and the mask that was there before.
pub(super) struct HeldSignals {
    mask: SigSet,
    before: SigSet,
}

impl HeldSignals {
    /// Blocks SIGCHLD and what is passed on, except signals that our parent wants ignored (`nohup`).
    pub(super) fn hold() -> nix::Result<Self> {
        let default = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
        // SAFETY: the default action is no handler, so there is nothing that could be unsafe to run. It matters where
        // a parent had SIGCHLD ignored, which is inherited: children would then be reaped behind our back.
        unsafe { sigaction(Signal::SIGCHLD, &default) }?;
        let mut mask = SigSet::empty();
        mask.add(Signal::SIGCHLD);
        PASSED_ON.into_iter().filter(|signal| !ignored(*signal)).for_each(|signal| mask.add(signal));
        let mut before = SigSet::empty();
        sigprocmask(SigmaskHow::SIG_BLOCK, Some(&mask), Some(&mut before))?;
        Ok(Self { mask, before })
    }

    /// For the harness: the signals as they were.
    pub(super) fn release(&self) -> nix::Result<()> {
        sigprocmask(SigmaskHow::SIG_SETMASK, Some(&self.before), None)
    }

    /// For the others: the signals as a file, which polls readable and never blocks.
    pub(super) fn reader(&self) -> nix::Result<SignalFd> {
        SignalFd::with_flags(&self.mask, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)
    }
}

/// All signals that wait to be read.
pub(super) fn pending(reader: &SignalFd) -> Vec<siginfo> {
    std::iter::from_fn(|| reader.read_signal().ok().flatten()).collect()
}

fn ignored(signal: Signal) -> bool {
    // SAFETY: an all-zero sigaction is a valid value, and a null new action only asks.
    let handler = unsafe {
        let mut now: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal as libc::c_int, std::ptr::null(), &raw mut now);
        now.sa_sigaction
    };
    handler == libc::SIG_IGN
}
