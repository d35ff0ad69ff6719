//! The one command or flag that would allow what was refused.

use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use nix::sys::stat::makedev;

use crate::sandbox::probe;

/// The switches that distributions have for user namespaces, the value that forbids them, and the one that allows.
const SWITCHES: [(&str, &str, &str); 3] = [
    ("user.max_user_namespaces", "0", "15000"),
    ("kernel.unprivileged_userns_clone", "0", "1"),
    ("kernel.apparmor_restrict_unprivileged_userns", "1", "0"),
];

/// The limits that the kernel sets to namespaces; what it says when one is reached does not tell which.
const LIMITS: [&str; 5] = ["user", "pid", "net", "mnt", "ipc"];

/// What a limit is raised to, at least.
const PLENTY: u64 = 15_000;

/// The device and the folder that it is in.
const TUN: [&str; 2] = ["/dev/net/tun", "/dev/net"];

/// For refused namespaces.
pub(super) fn namespaces() -> Option<String> {
    if std::env::var_os(crate::sandbox::SWITCH).is_some_and(|value| value == "off") {
        return Some(format!("unset {}", crate::sandbox::SWITCH));
    }
    let forbids = |name: &str, value: &str| {
        let path = format!("/proc/sys/{}", name.replace('.', "/"));
        fs::read_to_string(path).is_ok_and(|now| now.trim() == value)
    };
    if let Some(command) = reached() {
        return Some(command);
    }
    if let Some((name, _, allow)) = SWITCHES.iter().find(|(name, forbid, _)| forbids(name, forbid)) {
        return Some(format!("sudo sysctl -w {name}={allow}"));
    }
    Some(if container() {
        "start the container with `--security-opt seccomp=unconfined --security-opt apparmor=unconfined`".to_owned()
    } else {
        "run as root, or use a kernel with CONFIG_USER_NS".to_owned()
    })
}

/// Raises the limit that was reached: of those there are, the lowest.
fn reached() -> Option<String> {
    if !probe::limit_reached() {
        return None;
    }
    let read =
        |kind: &str| fs::read_to_string(format!("/proc/sys/user/max_{kind}_namespaces")).ok()?.trim().parse().ok();
    let limits = LIMITS.into_iter().filter_map(|kind| Some((read(kind)?, kind)));
    raise(limits.min_by_key(|(limit, _)| *limit)?)
}

fn raise((limit, kind): (u64, &str)) -> Option<String> {
    Some(format!("sudo sysctl -w user.max_{kind}_namespaces={}", limit.saturating_mul(2).max(PLENTY)))
}

/// For a fresh /proc. Where its namespaces can be had, what refuses it is a container that masks parts of /proc.
pub(super) fn proc() -> Option<String> {
    if container() && probe::pid_namespace().is_ok() && probe::mount_namespace().is_ok() {
        Some("start the container with `--security-opt systempaths=unconfined`".to_owned())
    } else {
        namespaces()
    }
}

/// For a TUN device, or for the switch, which is made of these and of namespaces.
pub(super) fn tun() -> Option<String> {
    reached().or_else(|| device(Path::new(TUN[0]))).or_else(namespaces)
}

/// For a simulated disk.
pub(super) fn fuse() -> Option<String> {
    reached().or_else(fuse_device).or_else(namespaces)
}

/// What the device of FUSE lacks, if anything.
fn fuse_device() -> Option<String> {
    let path = Path::new(crate::disk::DEVICE);
    let character = |found: &fs::Metadata| found.file_type().is_char_device() && found.rdev() == makedev(10, 229);
    if !fs::metadata(path).is_ok_and(|found| character(&found)) {
        return Some(if container() {
            "start the container with `--device /dev/fuse`".to_owned()
        } else if path.exists() {
            "sudo rm /dev/fuse && sudo mknod -m 0666 /dev/fuse c 10 229".to_owned()
        } else {
            "sudo modprobe fuse".to_owned()
        });
    }
    let opened = fs::OpenOptions::new().read(true).write(true).open(path).err()?;
    Some(match opened.raw_os_error() {
        Some(nix::libc::EPERM) => "start the container with `--device /dev/fuse`".to_owned(),
        Some(nix::libc::EACCES) => "sudo chmod 0666 /dev/fuse".to_owned(),
        _ => "sudo modprobe fuse".to_owned(),
    })
}

/// What the device file itself lacks, if anything.
fn device(path: &Path) -> Option<String> {
    let character = |found: &fs::Metadata| found.file_type().is_char_device() && found.rdev() == makedev(10, 200);
    if !fs::metadata(path).is_ok_and(|found| character(&found)) {
        let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
        let over = TUN.into_iter().find(|place| mounts.lines().any(|line| line.split(' ').nth(1) == Some(place)));
        return Some(match over {
            Some(place) => format!("sudo umount {place}"),
            None if container() => "start the container with `--device /dev/net/tun`".to_owned(),
            None if path.exists() => "sudo rm /dev/net/tun && sudo mknod -m 0666 /dev/net/tun c 10 200".to_owned(),
            None => "sudo modprobe tun".to_owned(),
        });
    }
    let opened = fs::OpenOptions::new().read(true).write(true).open(path).err()?;
    Some(match opened.raw_os_error() {
        // Not the file's mode: the list of devices that a container may open.
        Some(nix::libc::EPERM) => "start the container with `--device /dev/net/tun`".to_owned(),
        Some(nix::libc::EACCES) => "sudo chmod 0666 /dev/net/tun".to_owned(),
        _ => "sudo modprobe tun".to_owned(),
    })
}

pub(super) fn kernel() -> Option<String> {
    Some("use Linux 5.4 or later; in a container, `--security-opt seccomp=unconfined`".to_owned())
}

pub(super) fn idle() -> Option<String> {
    Some("stop what else keeps the machine busy, or use `--jobs 1`".to_owned())
}

pub(super) fn loopback() -> Option<String> {
    Some("sudo ip link set lo up".to_owned())
}

pub(super) fn open_files() -> Option<String> {
    Some("ulimit -n 65536".to_owned())
}

pub(super) fn schedstat() -> Option<String> {
    Some("use a kernel with CONFIG_SCHED_INFO".to_owned())
}

pub(super) fn awake() -> Option<String> {
    let command = format!("sudo chmod a+w {}", crate::awake::DEVICE);
    Path::new(crate::awake::DEVICE).exists().then_some(command)
}

pub(super) fn pressure() -> Option<String> {
    Some("boot with `psi=1`".to_owned())
}

pub(super) fn disk() -> Option<String> {
    Some("--out /dev/shm/interregnum-out".to_owned())
}

fn container() -> bool {
    Path::new("/.dockerenv").exists()
        || Path::new("/run/.containerenv").exists()
        || std::env::var_os("container").is_some()
        || std::env::var_os("KUBERNETES_SERVICE_HOST").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_raised_to_plenty_and_one_that_is_plenty_already_is_doubled() {
        assert_eq!(raise((0, "user")).unwrap(), "sudo sysctl -w user.max_user_namespaces=15000");
        assert_eq!(raise((40_000, "net")).unwrap(), "sudo sysctl -w user.max_net_namespaces=80000");
    }

    #[test]
    fn a_device_that_is_something_else_is_no_tun_device() {
        assert!(device(Path::new("/dev/null")).is_some());
        assert!(device(Path::new("/nowhere")).is_some());
    }
}
