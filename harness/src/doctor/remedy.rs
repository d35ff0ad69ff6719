//! The one command or flag that would allow what was refused.

use std::fs;
use std::path::Path;

/// The switches that distributions have for user namespaces, the value that forbids them, and the one that allows.
const SWITCHES: [(&str, &str, &str); 3] = [
    ("user.max_user_namespaces", "0", "15000"),
    ("kernel.unprivileged_userns_clone", "0", "1"),
    ("kernel.apparmor_restrict_unprivileged_userns", "1", "0"),
];

pub(super) fn namespaces() -> Option<String> {
    if std::env::var_os(crate::sandbox::SWITCH).is_some_and(|value| value == "off") {
        return Some(format!("unset {}", crate::sandbox::SWITCH));
    }
    let forbids = |name: &str, value: &str| {
        let path = format!("/proc/sys/{}", name.replace('.', "/"));
        fs::read_to_string(path).is_ok_and(|now| now.trim() == value)
    };
    if let Some((name, _, allow)) = SWITCHES.iter().find(|(name, forbid, _)| forbids(name, forbid)) {
        return Some(format!("sudo sysctl -w {name}={allow}"));
    }
    Some(if container() {
        "start the container with `--security-opt seccomp=unconfined --security-opt apparmor=unconfined`".to_owned()
    } else {
        "run as root, or use a kernel with CONFIG_USER_NS".to_owned()
    })
}

pub(super) fn proc() -> Option<String> {
    if container() {
        Some("start the container with `--security-opt systempaths=unconfined`".to_owned())
    } else {
        namespaces()
    }
}

pub(super) fn tun() -> Option<String> {
    let device = Path::new("/dev/net/tun");
    let open = || fs::OpenOptions::new().read(true).write(true).open(device);
    match (device.exists(), container()) {
        (false, true) => Some("start the container with `--device /dev/net/tun`".to_owned()),
        (false, false) => Some("sudo modprobe tun".to_owned()),
        (true, _) if open().is_err() => Some("sudo chmod 0666 /dev/net/tun".to_owned()),
        _ => namespaces(),
    }
}

/// What makes a whole switch fail although each part may be had.
pub(super) fn switch() -> Option<String> {
    let limit = "/proc/sys/user/max_net_namespaces";
    let few = fs::read_to_string(limit).is_ok_and(|now| now.trim().parse().is_ok_and(|limit: u32| limit < 64));
    if few { Some("sudo sysctl -w user.max_net_namespaces=15000".to_owned()) } else { tun() }
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
