//! The process that the shell started: waits for the middle one, passes signals on, ends with its code.

use std::os::fd::{AsFd, OwnedFd};

use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signalfd::{SignalFd, siginfo};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::signals::{HeldSignals, pending};
use super::{ABNORMAL, end, sweep};

/// The first byte on the control pipe: the middle process is now a child of outer's.
pub(super) const GO: u8 = 0;

/// Serves until the middle process has ended. `clean`: there is no namespace that would end with it.
pub(super) fn serve(supervisor: Pid, control: OwnedFd, held: &HeldSignals, clean: bool) -> ! {
    let code = match held.reader() {
        Ok(reader) => {
            let _ = rustix::io::write(&control, &[GO]);
            wait(supervisor, &control, &reader)
        }
        Err(error) => {
            eprintln!("interregnum: cannot read signals: {error}");
            ABNORMAL
        }
    };
    drop(control);
    if clean && !sweep::kill_all_children() {
        eprintln!("interregnum: a process of this run does not die; look for it with `ps -ef`");
    }
    end(code)
}

fn wait(supervisor: Pid, control: &OwnedFd, reader: &SignalFd) -> i32 {
    loop {
        let _ = poll(&mut [PollFd::new(reader.as_fd(), PollFlags::POLLIN)], PollTimeout::NONE);
        for info in pending(reader) {
            if passes_on(&info)
                && let Ok(number) = u8::try_from(info.ssi_signo)
            {
                // It can only fail when the middle process is gone, and then the wait below ends the loop.
                let _ = rustix::io::write(control, &[number]);
            }
        }
        match waitpid(supervisor, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::Exited(_, code)) => return code,
            Ok(WaitStatus::Signaled(_, signal, _)) => {
                eprintln!("interregnum: a process that guards this run was killed by {signal}; the run is lost");
                return ABNORMAL;
            }
            Err(nix::errno::Errno::ECHILD) => return ABNORMAL,
            Ok(_) | Err(_) => {}
        }
    }
}

/// What is typed at a terminal (Ctrl-C, Ctrl-\) comes from the kernel and has reached the whole group already.
fn passes_on(info: &siginfo) -> bool {
    let number = i32::try_from(info.ssi_signo).unwrap_or(0);
    let typed = matches!(number, libc::SIGINT | libc::SIGQUIT) && info.ssi_code == libc::SI_KERNEL;
    number != libc::SIGCHLD && !typed
}
