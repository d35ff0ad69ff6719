//! What this machine can do, found out by doing it.
//!
//! Reading settings would be quicker and wrong. Whether a user namespace can be had depends on sysctls, on AppArmor, on seccomp,
//! on capabilities and on limits, and each distribution and each container has its own mixture. So every ability is tried end to
//! end, in children that are thrown away. Settings are only consulted to say which one command would allow what was refused.
//! Nothing here decides anything. The harness takes what it can get and says so; this page of findings tells the user what more
//! could be had.

mod ability;
mod remedy;

use std::path::Path;

use crate::sandbox::{self, probe};

/// One ability, and whether this machine has it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Check {
    /// Its name, a few words.
    pub ability: &'static str,
    /// What it is needed for, a fragment that follows "for".
    pub purpose: &'static str,
    /// Whether it was there when tried.
    pub ok: bool,
    /// What was seen, with figures.
    pub detail: String,
    /// The one command or flag that would allow it; none when it is there, or when nothing can be done.
    pub remedy: Option<String>,
}

type Answer = Result<String, String>;

/// Tries everything; takes a second or two. `folder` is where runs would be written. Call it outside any async task:
/// it blocks, and it forks.
pub fn examine(folder: &Path) -> Vec<Check> {
    let namespaces = "the sandbox, which ends every node with the harness";
    let mut checks = vec![
        check("sandbox in use", namespaces, in_use(), remedy::namespaces),
        check("user namespaces", namespaces, probe::user_namespace(), remedy::namespaces),
        check("PID namespaces", namespaces, probe::pid_namespace(), remedy::namespaces),
        check("mount namespaces", namespaces, probe::mount_namespace(), remedy::namespaces),
        check("network namespaces", "ports that no other process has", probe::network_namespace(), remedy::namespaces),
        check("IPC namespaces", namespaces, probe::ipc_namespace(), remedy::namespaces),
        check("fresh /proc", "finding strays and waits for a CPU in the sandbox", probe::fresh_proc(), remedy::proc),
        check("TUN devices", "the `switch` network", probe::tun(), remedy::tun),
        check("packets between namespaces", "the `switch` network", probe::switch(), remedy::tun),
        check("simulated disks", "faults of disks, such as `power-cut`", probe::disk(), remedy::fuse),
        check("verified kills and pauses", "faults that are proven to be in force", ability::pidfd(), remedy::kernel),
        check("timer precision", "delays and election timers", ability::timer(), remedy::idle),
        check("loopback", "the `proxy` and `direct` networks", ability::loopback(), remedy::loopback),
        check("open files", "many links at once", ability::open_files(), remedy::open_files),
        check("run-queue delay", "noticing nodes that wait for a CPU", ability::schedstat(), remedy::schedstat),
        check("processors kept awake", "runs that no hypervisor stalls", ability::awake(), remedy::awake),
        check("pressure", "recording how busy the machine is", ability::pressure(), remedy::pressure),
        check("fsync", "runs that no slow disk makes `unknown`", ability::fsync(folder), remedy::disk),
    ];
    let fit = |ability: &str| checks.iter().any(|check| check.ability == ability && check.ok);
    if ["PID namespaces", "mount namespaces", "network namespaces", "IPC namespaces"].into_iter().all(fit) {
        let refused = checks.iter_mut().find(|check| check.ability == "user namespaces" && !check.ok);
        if let Some(user) = refused {
            user.detail = format!("not needed, because this user may make the others without; {}", user.detail);
            (user.ok, user.remedy) = (true, None);
        }
    }
    checks
}

fn check(ability: &'static str, purpose: &'static str, answer: Answer, remedy: fn() -> Option<String>) -> Check {
    match answer {
        Ok(detail) => Check { ability, purpose, ok: true, detail, remedy: None },
        Err(detail) => Check { ability, purpose, ok: false, detail, remedy: remedy() },
    }
}

fn in_use() -> Answer {
    match sandbox::current() {
        Some(current) if matches!(current.kind(), sandbox::SandboxKind::Warden { .. }) => Err(current.to_string()),
        Some(current) => Ok(current.to_string()),
        None => Ok("not entered here; the parts are tried below".to_owned()),
    }
}
