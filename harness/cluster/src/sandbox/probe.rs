//! Trying out, in a child that is thrown away, what the sandbox and the `switch` network are made of.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::libc;
use nix::mount::{MsFlags, mount};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::{CloneFlags, unshare};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, getpid};

use super::namespaces::{enter_user, leave_host, loopback_up};
use super::{end, pipe};
use crate::clock::Clock;
use crate::disk::{Disk, Model};
use crate::network::{Network, Switch, switch};

/// How long a try may take.
const LIMIT: Duration = Duration::from_secs(30);

/// What a try says: how it went well, or what was refused.
type Answer = Result<String, String>;

/// A user namespace with an identity map.
pub(crate) fn user_namespace() -> Answer {
    in_child(|| enter_user(CloneFlags::empty()).map(|()| "identity map".to_owned()))
}

/// A PID namespace, by a child that is its PID 1.
pub(crate) fn pid_namespace() -> Answer {
    in_child(|| {
        leave(CloneFlags::CLONE_NEWPID)?;
        // SAFETY: the child ends at once, without touching anything its parent might have held.
        match unsafe { nix::unistd::fork() }.map_err(refused("a fork inside"))? {
            ForkResult::Child => end(i32::from(getpid().as_raw() != 1)),
            ForkResult::Parent { child } => match waitpid(child, None) {
                Ok(WaitStatus::Exited(_, 0)) => Ok("a child is PID 1".to_owned()),
                other => Err(format!("the child inside is not PID 1 ({other:?})")),
            },
        }
    })
}

/// A mount namespace whose mounts can be made private, and changed.
pub(crate) fn mount_namespace() -> Answer {
    in_child(|| {
        leave(CloneFlags::CLONE_NEWNS)?;
        let none: Option<&str> = None;
        mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none).map_err(refused("private mounts"))?;
        Ok("mounts can be made private".to_owned())
    })
}

/// A network namespace in which TCP over loopback works.
pub(crate) fn network_namespace() -> Answer {
    in_child(|| {
        leave(CloneFlags::CLONE_NEWNET)?;
        loopback_up().map_err(|error| format!("the loopback interface cannot be brought up ({error})"))?;
        TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| TcpStream::connect(listener.local_addr()?))
            .map_err(|error| format!("TCP over its loopback fails ({error})"))?;
        Ok("TCP over its loopback works".to_owned())
    })
}

/// An IPC namespace.
pub(crate) fn ipc_namespace() -> Answer {
    in_child(|| leave(CloneFlags::CLONE_NEWIPC).map(|()| "made".to_owned()))
}

/// A fresh /proc in new namespaces.
pub(crate) fn fresh_proc() -> Answer {
    in_child(|| {
        leave_host()?;
        // SAFETY: as in `pid_namespace`; only system calls follow.
        match unsafe { nix::unistd::fork() }.map_err(refused("a fork inside"))? {
            ForkResult::Child => {
                let proc = mount(Some("proc"), "/proc", Some("proc"), MsFlags::empty(), None::<&str>);
                end(i32::from(proc.is_err() || !fs::read_link("/proc/self").is_ok_and(|link| link == Path::new("1"))))
            }
            ForkResult::Parent { child } => match waitpid(child, None) {
                Ok(WaitStatus::Exited(_, 0)) => Ok("mounted".to_owned()),
                _ => Err("a fresh /proc was refused, as in a container that masks parts of it".to_owned()),
            },
        }
    })
}

/// Whether the kernel makes no more namespaces because a limit is reached (`ENOSPC` of unshare(2)).
pub(crate) fn limit_reached() -> bool {
    let all = CloneFlags::CLONE_NEWPID | CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWIPC;
    let tried = in_child(|| {
        if nix::unistd::geteuid().is_root() && unshare(all).is_ok() {
            return Err("made without a user namespace".to_owned());
        }
        match unshare(all | CloneFlags::CLONE_NEWUSER) {
            Err(Errno::ENOSPC) => Ok("a limit is reached".to_owned()),
            other => Err(format!("{other:?}")),
        }
    });
    tried.is_ok()
}

/// A TUN device in new namespaces.
pub(crate) fn tun() -> Answer {
    in_child(|| {
        leave_host()?;
        let file = fs::OpenOptions::new().read(true).write(true).open("/dev/net/tun");
        let file = file.map_err(|error| format!("/dev/net/tun cannot be opened ({error})"))?;
        // SAFETY: an all-zero ifreq is a valid value (no name: the kernel chooses), and the request reads and writes one.
        unsafe {
            let mut request: libc::ifreq = std::mem::zeroed();
            request.ifr_ifru.ifru_flags = (libc::IFF_TUN | libc::IFF_NO_PI) as libc::c_short;
            Errno::result(libc::ioctl(file.as_raw_fd(), libc::TUNSETIFF as _, &raw mut request))
        }
        .map_err(|error| match error {
            Errno::ENOTTY => format!("/dev/net/tun is something else than the TUN device ({error})"),
            error => refused("a TUN device")(error),
        })?;
        Ok("a TUN device was made in a network namespace".to_owned())
    })
}

/// The network `switch`, end to end: a byte from one namespace to another through TUN devices.
pub(crate) fn switch() -> Answer {
    in_child(|| {
        // No PID namespace: a process that has asked for one can start no more threads.
        leave(CloneFlags::CLONE_NEWNET)?;
        let port = ("peer".to_owned(), 7000);
        let switch =
            Switch::new(Clock::start(), 2, &[port], switch::Settings::default()).map_err(|error| error.to_string())?;
        let gone = || "the switch has no node".to_owned();
        let address = switch.listen(1, "peer").ok_or_else(gone)?;
        let (one, two) = (switch.namespace(0).ok_or_else(gone)?, switch.namespace(1).ok_or_else(gone)?);
        let begun = Instant::now();
        two.run(move || TcpListener::bind(address))
            .flatten()
            .and_then(|listener| {
                one.run(move || TcpStream::connect_timeout(&address, LIMIT / 2)).flatten()?.write_all(b"x")?;
                listener.accept()?.0.read_exact(&mut [0])
            })
            .map_err(|error| format!("no connection from one node to another ({error})"))?;
        Ok(format!("a byte crossed from one node's namespace to another's in {} µs", begun.elapsed().as_micros()))
    })
}

/// A simulated disk, end to end: mounted, written, and cut off from its power.
pub(crate) fn disk() -> Answer {
    in_child(|| {
        leave(CloneFlags::CLONE_NEWNS)?;
        let none: Option<&str> = None;
        mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none).map_err(refused("private mounts"))?;
        let folder = tempfile::tempdir().map_err(|error| format!("no temporary folder can be made ({error})"))?;
        let disk = Disk::mount(folder.path(), "probe", Model::Journal, 0).map_err(|error| error.to_string())?;
        let begun = Instant::now();
        let written = fs::File::create(folder.path().join("kept")).and_then(|mut file| {
            file.write_all(b"x")?;
            file.sync_all()
        });
        let took = begun.elapsed();
        let lost = written.and_then(|()| fs::write(folder.path().join("lost"), b"x")).map(|()| {
            disk.freeze();
            disk.killed();
            disk.cut(0).len()
        });
        let kept = disk.look(Path::new("kept")).is_some_and(|seen| seen.size == 1);
        disk.close();
        match lost {
            Err(error) => Err(format!("a simulated disk was mounted and cannot be written ({error})")),
            Ok(1) if kept => {
                Ok(format!("one was mounted, and lost what was not synced; a first fsync took {} µs", took.as_micros()))
            }
            Ok(_) => Err("a simulated disk was mounted and keeps what it should not".to_owned()),
        }
    })
}

/// A child that does nothing until it is killed, for a try of signals: no program has to be found for it. It ends with the thread
/// that made it.
pub(crate) fn idle_child() -> Result<i32, String> {
    // SAFETY: as in `in_child`; the child makes two system calls, and the second for ever.
    match unsafe { nix::unistd::fork() }.map_err(refused("a fork"))? {
        ForkResult::Child => {
            let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
            loop {
                nix::unistd::pause();
            }
        }
        ForkResult::Parent { child } => Ok(child.as_raw()),
    }
}

/// One namespace, in a user namespace unless root can do without.
fn leave(space: CloneFlags) -> Result<(), String> {
    if nix::unistd::geteuid().is_root() && unshare(space).is_ok() { Ok(()) } else { enter_user(space) }
}

fn refused(what: &'static str) -> impl Fn(Errno) -> String {
    move |error| format!("the kernel refused {what} ({error})")
}

/// Runs a try in a child and returns what it says.
fn in_child(attempt: impl FnOnce() -> Answer) -> Answer {
    let (report, report_end) = pipe().map_err(|error| error.to_string())?;
    // SAFETY: there may be other threads, and the child has only this one. What it does until it ends is system calls
    // and allocation; glibc and musl keep their allocators usable in the child of a threaded process. It never
    // returns to the caller and runs none of the parent's destructors.
    match unsafe { nix::unistd::fork() }.map_err(refused("a fork"))? {
        ForkResult::Child => {
            drop(report);
            let (word, text) = match attempt() {
                Ok(text) => ('+', text),
                Err(text) => ('-', text),
            };
            let _ = rustix::io::write(&report_end, format!("{word}{text}").as_bytes());
            end(0)
        }
        ForkResult::Parent { child } => {
            drop(report_end);
            let limit = PollTimeout::try_from(LIMIT).unwrap_or(PollTimeout::MAX);
            let waiting = PollFd::new(std::os::fd::AsFd::as_fd(&report), PollFlags::POLLIN);
            let mut text = String::new();
            match poll(&mut [waiting], limit) {
                Ok(0) | Err(_) => {
                    let _ = kill(child, Signal::SIGKILL);
                }
                Ok(_) => {
                    let _ = fs::File::from(report).read_to_string(&mut text);
                }
            }
            let _ = waitpid(child, None);
            match text.split_at_checked(1) {
                Some(("+", text)) => Ok(text.to_owned()),
                Some((_, text)) => Err(text.to_owned()),
                None => Err("the try died or did not answer".to_owned()),
            }
        }
    }
}
