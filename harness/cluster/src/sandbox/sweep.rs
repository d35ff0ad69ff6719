//! Killing all children until there are none: what the kernel does for a PID namespace, done by hand.
//!
//! Called by a child subreaper. Whatever a killed child leaves becomes a child itself, so the loop ends only when the
//! whole tree is gone. A child that has not been reaped keeps its number, so no stranger can be hit.

use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getpid};

use crate::process::proc::{Stat, numbers};

/// Only a process stuck in the kernel survives SIGKILL for so long.
const LIMIT: Duration = Duration::from_secs(10);

/// Kills and reaps all children and what they leave; false when some would not die.
pub(super) fn kill_all_children() -> bool {
    let limit = Instant::now() + LIMIT;
    while Instant::now() < limit {
        children().for_each(|child| {
            let _ = kill(child, Signal::SIGKILL);
        });
        loop {
            match waitpid(None::<Pid>, Some(WaitPidFlag::WNOHANG)) {
                Err(Errno::ECHILD) => return true,
                Ok(WaitStatus::StillAlive) | Err(_) => break,
                Ok(_) => {}
            }
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    false
}

fn children() -> impl Iterator<Item = Pid> {
    let me = getpid().as_raw().unsigned_abs();
    numbers("/proc")
        .into_iter()
        .filter(move |pid| Stat::of(&format!("/proc/{pid}/stat")).is_some_and(|stat| stat.parent == me))
        .filter_map(|pid| i32::try_from(pid).ok().map(Pid::from_raw))
}
