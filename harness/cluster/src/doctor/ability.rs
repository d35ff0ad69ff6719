//! Abilities that need no namespace, each tried for real.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, getrlimit};
use nix::sys::time::TimeSpec;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
use rustix::fd::AsFd;
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, WaitOptions, kill_process, pidfd_open, pidfd_send_signal, waitid,
    waitpid,
};

use super::Answer;
use crate::awake::{Awake, DEVICE, Halting, SWITCH};
use crate::sandbox::probe;

/// What two hundred links at once need, and some room.
const FILES: u64 = 1024;

/// What a timer may overshoot at p99.
const OVERSHOOT: Duration = Duration::from_millis(2);

/// The bound of most systems: what a disk may take follows from it, for the canary of a run as for this.
const BOUND: Duration = Duration::from_secs(5);

/// Stops a real child and sees it stopped, kills it and sees it dead, through its pidfd.
pub(super) fn pidfd() -> Answer {
    let child = Pid::from_raw(probe::idle_child()?).ok_or("a child has no number")?;
    let answer = stop_and_kill(child);
    let _ = kill_process(child, Signal::KILL);
    let _ = waitpid(Some(child), WaitOptions::empty());
    answer
}

fn stop_and_kill(child: Pid) -> Answer {
    let said = |what: &'static str| move |error: rustix::io::Errno| format!("{what} failed ({error})");
    let pidfd = pidfd_open(child, PidfdFlags::empty()).map_err(said("pidfd_open"))?;
    let wait = |signal, options: WaitIdOptions| {
        let begun = Instant::now();
        pidfd_send_signal(&pidfd, signal).map_err(said("pidfd_send_signal"))?;
        while begun.elapsed() < Duration::from_secs(2) {
            let options = options | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
            if waitid(WaitId::PidFd(pidfd.as_fd()), options).map_err(said("waitid(P_PIDFD)"))?.is_some() {
                return Ok(begun.elapsed());
            }
            std::thread::sleep(Duration::from_micros(50));
        }
        Err(format!("{signal:?} was not confirmed in two seconds"))
    };
    let stopped = wait(Signal::STOP, WaitIdOptions::STOPPED)?;
    let killed = wait(Signal::KILL, WaitIdOptions::EXITED)?;
    Ok(format!("a pause confirmed in {} µs, a kill in {} µs", stopped.as_micros(), killed.as_micros()))
}

/// How late a timerfd of one millisecond is.
pub(super) fn timer() -> Answer {
    let timer = TimerFd::new(ClockId::CLOCK_MONOTONIC, TimerFlags::TFD_CLOEXEC)
        .map_err(|error| format!("timerfd ({error})"))?;
    let wait = Duration::from_millis(1);
    let mut late = Vec::with_capacity(200);
    for _ in 0..200 {
        let begun = Instant::now();
        timer
            .set(Expiration::OneShot(TimeSpec::from_duration(wait)), TimerSetTimeFlags::empty())
            .and_then(|()| timer.wait())
            .map_err(|error| format!("timerfd ({error})"))?;
        late.push(begun.elapsed().saturating_sub(wait));
    }
    late.sort_unstable();
    let (median, high) = (late[late.len() / 2], late[late.len() * 99 / 100]);
    let text = format!("1 ms takes {} µs more at the median, {} µs at p99", median.as_micros(), high.as_micros());
    if high <= OVERSHOOT { Ok(text) } else { Err(text) }
}

/// A connection over 127.0.0.1.
pub(super) fn loopback() -> Answer {
    let connection = || -> std::io::Result<u8> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let mut near = TcpStream::connect(listener.local_addr()?)?;
        let (mut far, _) = listener.accept()?;
        near.write_all(b"x")?;
        let mut byte = [0];
        far.read_exact(&mut byte)?;
        Ok(byte[0])
    };
    match connection() {
        Ok(_) => Ok("a byte crossed 127.0.0.1".to_owned()),
        Err(error) => Err(format!("no connection over 127.0.0.1 ({error})")),
    }
}

/// The limit of open files.
pub(super) fn open_files() -> Answer {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).map_err(|error| format!("getrlimit ({error})"))?;
    let text = format!("{soft} now, {hard} at most");
    if soft >= FILES { Ok(text) } else { Err(text) }
}

/// Whether the kernel counts how long threads wait for a CPU.
pub(super) fn schedstat() -> Answer {
    let line = fs::read_to_string("/proc/self/schedstat").map_err(|error| format!("/proc/self/schedstat ({error})"))?;
    match line.split_whitespace().nth(1).map(str::parse::<u64>) {
        Some(Ok(_)) => Ok("counted for each thread".to_owned()),
        _ => Err("/proc/self/schedstat has no such figure".to_owned()),
    }
}

/// Whether idle processors are kept from halting while a run lasts, where that is of use.
pub(super) fn awake() -> Answer {
    match Awake::hold() {
        Ok(_) => Ok(format!("held by {DEVICE} while a run lasts")),
        Err(Halting::BareMetal) => Ok("not needed, no hypervisor was found".to_owned()),
        Err(Halting::Asked) => Ok(format!("left to halt, because {SWITCH} is off")),
        Err(Halting::Refused(error)) => Err(format!("{DEVICE} cannot be opened ({error}), and there is a hypervisor")),
    }
}

/// Whether the kernel tells how much is waited for CPU and disk.
pub(super) fn pressure() -> Answer {
    match (crate::health::pressure("cpu"), crate::health::pressure("io")) {
        (Some(_), Some(_)) => Ok("told for CPU and I/O".to_owned()),
        _ => Err("/proc/pressure cannot be read".to_owned()),
    }
}

/// How long it takes, ten times over, to save as a node does where runs are written: two small fsyncs.
pub(super) fn fsync(folder: &Path) -> Answer {
    // The folder itself may not exist yet; its nearest ancestor is on the same disk.
    let folder = folder.ancestors().find(|dir| dir.is_dir()).unwrap_or(Path::new("."));
    let mut times = Vec::with_capacity(10);
    let written = tempfile::tempfile_in(folder).and_then(|mut file| {
        for _ in 0..10 {
            let begun = Instant::now();
            for _ in 0..2 {
                file.write_all(b"x")?;
                file.sync_all()?;
            }
            times.push(begun.elapsed());
        }
        Ok(())
    });
    written.map_err(|error| format!("nothing can be written in {} ({error})", folder.display()))?;
    times.sort_unstable();
    let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
    let text =
        format!("{:.1} ms at the median, {:.1} ms at worst", median.as_secs_f64() * 1e3, worst.as_secs_f64() * 1e3);
    let disk = crate::health::Disk::of(BOUND);
    if disk.bears(median, worst) { Ok(text) } else { Err(text) }
}
