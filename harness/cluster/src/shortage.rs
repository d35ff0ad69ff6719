//! What of the harness's own, or of its machine, can run out while a run lasts: descriptors, ports, memory, disk.
//!
//! A cluster whose network has no descriptor left, or whose disk is full, fails for want of something that is not its own.
//! So a run ends there, with exit code 70 and a sentence that says what to do, before anything is said of the nodes. Whatever
//! can be counted is counted before the run begins.

use std::fs::File;
use std::io;
use std::path::Path;

use nix::errno::Errno;
use rustix::process::{Resource, getrlimit};

/// Less than this on the run's disk is nothing, bytes.
const LEAST_DISK: u64 = 64 << 10;

/// Files that the harness has open whatever it runs. These three were counted in runs of the reference node, which needs few:
/// 59 for three nodes on the proxy, 115 for five, 195 for seven.
const FILES: u64 = 20;

/// Files for each process that it starts: its output and what is kept of it, the process itself, its threads' waiting times, and
/// the connections of those that poll it.
const FILES_A_PROCESS: u64 = 7;

/// Files for each link port of a pair on the proxy: where it listens, and both ends of one connection.
const FILES_A_LISTENER: u64 = 3;

/// What has run out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shortage {
    /// Descriptors of this process.
    Files,
    /// Descriptors of the machine.
    AllFiles,
    /// Ports for outgoing connections.
    Ports,
    /// Processes or threads of this user.
    Processes,
    Memory,
    Disk,
}

impl Shortage {
    /// What an error says has run out, if it says so.
    pub(crate) fn of(error: &io::Error) -> Option<Self> {
        Some(match Errno::from_raw(error.raw_os_error()?) {
            Errno::EMFILE => Self::Files,
            Errno::ENFILE => Self::AllFiles,
            Errno::EADDRNOTAVAIL => Self::Ports,
            Errno::EAGAIN => Self::Processes,
            Errno::ENOMEM | Errno::ENOBUFS => Self::Memory,
            Errno::ENOSPC | Errno::EDQUOT => Self::Disk,
            _ => return None,
        })
    }

    /// What to do about it: the end of a sentence.
    pub(crate) fn remedy(self) -> String {
        match self {
            Self::Files => format!(
                "no more files may be opened here (`ulimit -n` is {}); raise the limit, or use fewer nodes",
                limit().map_or("unlimited".to_owned(), |limit| limit.to_string())
            ),
            Self::AllFiles => "this machine may open no more files; raise the sysctl fs.file-max, or end what else runs".into(),
            Self::Ports => {
                "no port is left for an outgoing connection; widen the sysctl net.ipv4.ip_local_port_range, or use fewer nodes".into()
            }
            Self::Processes => "no more processes may be started here; raise `ulimit -u`, or end what else runs".into(),
            Self::Memory => "there is no memory left; end what else runs, or use fewer nodes".into(),
            Self::Disk => "there is no room left on the disk; free some, or name another place with --out".into(),
        }
    }
}

/// The most files that this process may have open; none: as many as it likes.
fn limit() -> Option<u64> {
    getrlimit(Resource::Nofile).current
}

/// An error with what can be done about it, if something has run out.
pub(crate) fn explain(error: &io::Error) -> String {
    match Shortage::of(error) {
        Some(shortage) => format!("{error}: {}", shortage.remedy()),
        None => error.to_string(),
    }
}

/// How many files a run will have open, at least. `listeners`: listeners of the proxy.
pub(crate) fn files_needed(processes: usize, listeners: usize) -> u64 {
    FILES + FILES_A_PROCESS * processes as u64 + FILES_A_LISTENER * listeners as u64
}

/// A sentence, if so many files may not be opened.
pub(crate) fn too_few_files(nodes: usize, needed: u64, network: &str) -> Option<String> {
    let limit = limit().filter(|limit| *limit < needed)?;
    Some(format!(
        "{nodes} nodes on the network `{network}` need about {needed} open files, and {limit} are allowed here; raise the limit \
         with `ulimit -n {}`, or use fewer nodes",
        (2 * needed).max(1024)
    ))
}

/// Looks whether anything has run out that the run in this folder needs. A sentence if so.
pub(crate) fn look(folder: &Path) -> Option<String> {
    if let Err(error) = File::open("/dev/null")
        && let Some(shortage @ (Shortage::Files | Shortage::AllFiles | Shortage::Memory)) = Shortage::of(&error)
    {
        return Some(format!("the harness has run out of something that it needs: {}", shortage.remedy()));
    }
    disk_is_full(folder).then(|| {
        format!(
            "{}: No space left on device: less than {} KiB are free, and neither nodes nor history can be kept; free some, or \
             name another place with --out",
            folder.display(),
            LEAST_DISK >> 10
        )
    })
}

/// Whether there is next to no room left where this folder is.
pub(crate) fn disk_is_full(folder: &Path) -> bool {
    rustix::fs::statvfs(folder).is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) < LEAST_DISK)
}

/// How many processes the kernel has killed because it had run out of memory, since it was started.
pub(crate) fn killed_for_memory() -> Option<u64> {
    let counters = std::fs::read_to_string("/proc/vmstat").ok()?;
    counters.lines().find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_something_that_has_run_out_says_what_to_do_and_any_other_says_nothing() {
        let said = |errno: Errno| explain(&io::Error::from(errno));
        assert!(said(Errno::EMFILE).contains("ulimit -n"));
        assert!(said(Errno::EADDRNOTAVAIL).contains("ip_local_port_range"));
        assert!(said(Errno::ENOSPC).contains("--out"));
        assert_eq!(Shortage::of(&io::Error::from(Errno::ECONNREFUSED)), None);
        assert_eq!(Shortage::of(&io::Error::other("made up")), None);
    }

    #[test]
    fn a_limit_that_is_high_enough_is_not_spoken_of() {
        assert_eq!(too_few_files(1, 1, "proxy"), None);
        let limit = limit().unwrap_or(u64::MAX - 1);
        if let Some(said) = too_few_files(3, limit.saturating_add(1), "proxy") {
            assert!(said.contains("ulimit -n") && said.contains("`proxy`"), "{said}");
        }
    }

    #[test]
    fn a_folder_with_room_lacks_nothing() {
        assert_eq!(look(Path::new("/dev/shm")).or_else(|| look(&std::env::temp_dir())), None);
    }
}
