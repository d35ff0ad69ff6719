//! Making the namespaces and furnishing them: identity maps, private mounts, a loopback that is up, a fresh /proc.
//!
//! A helper unshares and forks init, then ends. That makes init a child of outer (a subreaper) while outer itself stays where it
//! was. If anything is refused, outer is untouched and continues with the warden.

use std::fs;
use std::io::{self, Read};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::path::Path;

use nix::errno::Errno;
use nix::libc;
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::prctl;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::{Pid, getegid, geteuid};

use super::{SandboxError, end, fork, pipe, processes};

/// How far it came, and in which process this is.
pub(super) enum Made {
    Outer { init: Pid, control: OwnedFd },
    Init { user: bool, proc_is_ours: bool, control: OwnedFd },
    Refused(String),
}

/// Settings of the network that a new namespace has at their defaults and that a node may notice.
const SETTINGS: [&str; 9] = [
    "core/somaxconn",
    "ipv4/ip_local_port_range",
    "ipv4/ip_local_reserved_ports",
    "ipv4/ip_unprivileged_port_start",
    "ipv4/tcp_fin_timeout",
    "ipv4/tcp_retries2",
    "ipv4/tcp_slow_start_after_idle",
    "ipv4/tcp_syn_retries",
    "ipv4/tcp_tw_reuse",
];

/// Makes the namespaces, all of them or none.
pub(super) fn make() -> Result<Made, SandboxError> {
    let (control, outer_end) = pipe()?;
    let (report, report_end) = pipe()?;
    let Some(helper) = fork()? else {
        drop((outer_end, report));
        return Ok(help(control, report_end));
    };
    drop((control, report_end));
    let mut lines = String::new();
    let _ = fs::File::from(report).read_to_string(&mut lines);
    waitpid(helper, None).map_err(processes("wait for the helper"))?;
    let said = |word: &str| lines.lines().find_map(|line| line.strip_prefix(word)).map(str::to_owned);
    let init = said("init ").and_then(|pid| pid.parse().ok()).map(Pid::from_raw);
    match (init, said("ready"), said("refused ")) {
        (Some(init), Some(_), None) => Ok(Made::Outer { init, control: outer_end }),
        (init, _, refused) => {
            if let Some(init) = init {
                let _ = kill(init, Signal::SIGKILL);
                let _ = waitpid(init, None);
            }
            Ok(Made::Refused(refused.unwrap_or_else(|| "the process that made it died".to_owned())))
        }
    }
}

/// The helper, and then init.
fn help(control: OwnedFd, report: OwnedFd) -> Made {
    let settings = network_settings();
    let user = leave_host().unwrap_or_else(|reason| refuse(&report, &reason));
    match fork() {
        Ok(Some(init)) => {
            say(&report, &format!("init {init}"));
            end(0)
        }
        Ok(None) => {}
        Err(error) => refuse(&report, &error.to_string()),
    }
    let proc_is_ours = furnish(&settings).unwrap_or_else(|reason| refuse(&report, &reason));
    say(&report, "ready");
    Made::Init { user, proc_is_ours, control }
}

fn say(report: &OwnedFd, line: &str) {
    let _ = rustix::io::write(report, format!("{line}\n").as_bytes());
}

fn refuse(report: &OwnedFd, reason: &str) -> ! {
    say(report, &format!("refused {reason}"));
    end(1)
}

/// Leaves all namespaces but the PID namespace, which only children leave; says whether that took a user namespace.
pub(super) fn leave_host() -> Result<bool, String> {
    let spaces =
        CloneFlags::CLONE_NEWPID | CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWIPC;
    if geteuid().is_root() && unshare(spaces).is_ok() {
        return Ok(false);
    }
    enter_user(spaces).map(|()| true)
}

/// Enters a user namespace with an identity map, and other namespaces with it.
pub(super) fn enter_user(spaces: CloneFlags) -> Result<(), String> {
    let (uid, gid) = (geteuid(), getegid());
    // The maps are files of /proc/self, and those belong to root unless the process is dumpable.
    prctl::set_dumpable(true).map_err(|error| format!("the process cannot be made dumpable ({error})"))?;
    unshare(spaces | CloneFlags::CLONE_NEWUSER).map_err(|error| {
        let hint = match error {
            Errno::ENOSPC => "; see /proc/sys/user/max_*_namespaces",
            Errno::EPERM => "; a container or the system forbids it",
            _ => "",
        };
        format!("the kernel refused new namespaces ({error}){hint}")
    })?;
    let write = |file: &str, text: String| {
        fs::write(format!("/proc/self/{file}"), text)
            .map_err(|error| format!("/proc/self/{file} cannot be written ({error})"))
    };
    write("uid_map", format!("{uid} {uid} 1"))?;
    write("setgroups", "deny".to_owned())?;
    write("gid_map", format!("{gid} {gid} 1"))?;
    Ok(())
}

/// What is done inside; says whether /proc is that of the new PID namespace.
fn furnish(settings: &[(&str, String)]) -> Result<bool, String> {
    let none: Option<&str> = None;
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none)
        .map_err(|error| format!("mounts cannot be made private ({error})"))?;
    loopback_up().map_err(|error| format!("the loopback interface cannot be brought up ({error})"))?;
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    // Refused where parts of /proc are masked, as in most containers.
    let _ = mount(Some("proc"), "/proc", Some("proc"), flags, none);
    put_network_settings(settings);
    Ok(fs::read_link("/proc/self").is_ok_and(|link| link == Path::new(&std::process::id().to_string())))
}

/// A file system in memory on a folder, which is made.
pub(super) fn keep_in_memory(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    Ok(mount(Some("tmpfs"), folder, Some("tmpfs"), flags, Some("mode=0755"))?)
}

/// The settings of the network namespace of this thread that a node may notice; empty where they cannot be read.
pub(crate) fn network_settings() -> Vec<(&'static str, String)> {
    SETTINGS.into_iter().map(|name| (name, fs::read_to_string(setting(name)).unwrap_or_default())).collect()
}

/// Gives the network namespace of this thread the same settings as another.
pub(crate) fn put_network_settings(settings: &[(&str, String)]) {
    for (name, value) in settings.iter().filter(|(_, value)| !value.is_empty()) {
        // Read-only in some containers: the defaults have to do then.
        let _ = fs::write(setting(name), value);
    }
}

fn setting(name: &str) -> String {
    format!("/proc/sys/net/{name}")
}

/// Brings `lo` up, which gives it 127.0.0.1 and ::1.
pub(crate) fn loopback_up() -> io::Result<()> {
    // SAFETY: no pointers are involved; the descriptor is new, so that its owner is the only one.
    let socket = unsafe {
        let fd = libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0);
        OwnedFd::from_raw_fd(Errno::result(fd)?)
    };
    // SAFETY: an all-zero ifreq is a valid value and its name stays terminated by a zero. Both calls read and write one ifreq, of
    // which `ifru_flags` is the member that these requests use.
    unsafe {
        let mut request: libc::ifreq = std::mem::zeroed();
        for (to, from) in request.ifr_name.iter_mut().zip(*b"lo") {
            *to = from as libc::c_char;
        }
        Errno::result(libc::ioctl(socket.as_raw_fd(), libc::SIOCGIFFLAGS, &raw mut request))?;
        request.ifr_ifru.ifru_flags |= libc::IFF_UP as libc::c_short;
        Errno::result(libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &raw mut request))?;
    }
    Ok(())
}
