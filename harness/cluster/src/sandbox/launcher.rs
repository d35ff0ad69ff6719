//! Where the processes of one node are born: a thread that has given up what a node has no need of.
//!
//! The harness may be root, and in its sandbox it holds every capability. A node that inherited them could take the sandbox
//! apart. One that may write everywhere could keep a vote where a `wipe` does not find it, or add a line to the history that it
//! is judged by. So a thread of its own starts nodes. It has first left the harness's mount namespace for a copy in which [files
//! are read-only](super::files) where the node has no business. Then it has dropped its capabilities, for good: from the bounding
//! set too, or root would have them back at the next exec. Where none is kept, "no new privileges" sees to it that no program on
//! the way brings any. A thread, because all this is inherited from the thread that starts a process, and then costs nothing when
//! a node is started again.
//!
//! One capability is kept without being asked for. A root that may not pass a folder of another user's (0700, as home directories
//! are) could not even start `./node` there. Where the way to the node's files leads through such a folder, the node may read and
//! search what root may (`dac_read_search`). It can still write nothing that is not its own.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::libc;
use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, clear_ambient_capability_set, configure_capability_in_ambient_set,
    set_capabilities, set_no_new_privs,
};

use super::files;
use crate::worker::Worker;

/// What a node may do.
#[derive(Debug, Clone)]
pub struct Rights {
    /// The capabilities that it keeps, where the harness has them.
    pub capabilities: CapabilitySet,
    /// Its data: it may write there, and beside it (`{data}.db` is data as well).
    pub data: PathBuf,
    /// Other nodes' data, which are none of its business.
    pub others: Vec<PathBuf>,
    /// Where else it may write, beside what every program may.
    pub writable: Vec<PathBuf>,
    /// Where it may not, whatever else is allowed: the evidence.
    pub evidence: PathBuf,
    /// Where it finds what it needs: its working directory, its program.
    pub needed: Vec<PathBuf>,
}

/// The thread that starts the processes of one node.
#[derive(Debug)]
pub struct Launcher {
    worker: Worker,
    /// The network namespace that only the node lives in, by its inode, where it has one.
    pub namespace: Option<u64>,
}

/// A launcher, and why the node may write everywhere there, if it may although there is a sandbox.
pub(super) type Made = (Launcher, Option<String>);

impl Launcher {
    /// Makes one in the namespaces of the calling thread. `alone`: nothing else lives in that network namespace.
    ///
    /// # Errors
    /// When no thread can be started, or a folder that the node is to write in does not exist.
    pub fn make(name: &str, rights: Rights, alone: bool) -> io::Result<Made> {
        if let Some(missing) = rights.writable.iter().find(|path| !path.exists()) {
            let missing = missing.display();
            return Err(io::Error::other(format!("`writable` names {missing}, which does not exist; make it first")));
        }
        let settle = move || -> io::Result<(Option<u64>, Option<String>)> {
            let own = || std::fs::metadata("/proc/thread-self/ns/net").map(|file| file.ino()).ok();
            let namespace = alone.then(own).flatten();
            let open = match super::current().map(super::Sandbox::kind) {
                Some(super::SandboxKind::Namespaces { .. }) => files::close(&rights).err(),
                _ => None,
            };
            drop_capabilities(&rights)?;
            Ok((namespace, open))
        };
        let (worker, (namespace, open)) = Worker::begin(format!("{name}-home"), settle)?.finish()?;
        Ok((Self { worker, namespace }, open))
    }

    /// Does something there, such as starting the node, and waits for what it answers.
    ///
    /// # Errors
    /// When the thread has ended.
    pub fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
        self.worker.run(job)
    }
}

/// Leaves this thread with the capabilities that a node keeps, of those that it has.
fn drop_capabilities(rights: &Rights) -> io::Result<()> {
    let had = capabilities(None)?.permitted;
    let mut kept = rights.capabilities & had;
    if rustix::process::geteuid().is_root() && closed_to_root(rights) {
        kept |= CapabilitySet::DAC_READ_SEARCH & had;
    }
    let bounded = bound(kept);
    let _ = clear_ambient_capability_set();
    set_capabilities(None, CapabilitySets { effective: kept, permitted: kept, inheritable: kept })?;
    for capability in kept {
        // An ordinary user's program has them from here. It is refused only where the kernel is old or told to.
        let _ = configure_capability_in_ambient_set(capability, true);
    }
    if rights.capabilities.is_empty() || !bounded {
        set_no_new_privs(true)?;
    }
    Ok(())
}

/// Takes all others from the bounding set; false where that is not allowed.
fn bound(kept: CapabilitySet) -> bool {
    (0..u64::BITS).all(|number| {
        if kept.bits() & 1 << number != 0 {
            return true;
        }
        // SAFETY: no pointers are involved, and a thread may always give up what it could be given.
        let dropped = unsafe { libc::prctl(libc::PR_CAPBSET_DROP, libc::c_ulong::from(number), 0, 0, 0) };
        // The kernel knows no capability of that number, nor any higher one.
        dropped == 0 || io::Error::last_os_error().raw_os_error() == Some(libc::EINVAL)
    })
}

/// Whether another user's folder, closed to others, lies on the way to what the node needs.
fn closed_to_root(rights: &Rights) -> bool {
    let needed = rights.needed.iter().chain([&rights.data]);
    let whole = needed.filter_map(|path| path.canonicalize().ok());
    whole.flat_map(|path| path.ancestors().map(Path::to_path_buf).collect::<Vec<_>>()).any(|folder| {
        std::fs::metadata(&folder).is_ok_and(|about| {
            let passes = match (about.uid(), about.gid()) {
                (0, _) => 0o100,
                (_, 0) => 0o010,
                _ => 0o001,
            };
            about.is_dir() && about.mode() & passes == 0
        })
    })
}
