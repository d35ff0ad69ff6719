//! Simulated disks: over a node's data directory lies a file system that the harness serves from its memory.
//!
//! A node promises on the strength of its disk, and SIGKILL shows nothing of that. What the node wrote stays in the page cache,
//! whether it called fsync or not. So there are two images of each disk. The *live* one is what the node sees, and the *durable*
//! one is what a power cut would leave. Only what the node does, and the [`Model`] of the disk, moves anything from the one to
//! the other. There is no file system below, whose own semantics would be mixed with these, and no real disk in the timing.
//!
//! The parts, from the inside out. [`content`], [`image`] and [`durable`] are pure logic, put together in [`store`] and
//! [`names`]. [`gate`] holds, slows, fails or counts requests, [`server`] speaks with the kernel, and [`mount`] puts the disk
//! over a folder.
//!
//! Two rules keep the harness itself out of harm's way. It never opens a file on a mount of its own, which a disk that hangs would
//! hang: it reads the image. And after a SIGKILL it [says so](Disk::killed), or a process whose request had been read would stay
//! in state D.

mod content;
mod durable;
mod gate;
mod image;
mod loss;
mod mount;
mod names;
mod operation;
mod server;
mod store;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

pub use gate::Faults;
pub use history::run::Model;
pub use loss::{Loss, TOLD};
pub use mount::{DEVICE, MountError, Step};
pub use operation::{Operation, OperationWatch, Race, is_meant, without_temporary_names};
pub use store::{CAPACITY, Ills, Now, Store};

use gate::{Gate, RequestClass, RequestJob};
use image::{Attributes, ROOT};

/// The disk of one node.
#[derive(Clone)]
pub struct Disk {
    shared: Arc<Shared>,
    folder: PathBuf,
}

/// What the server of a mount, its timer and the harness share.
pub(in crate::disk) struct Shared {
    gate: Mutex<Gate>,
    /// Something is slowed, or the disk is given up.
    changed: Condvar,
    over: std::sync::atomic::AtomicBool,
    /// The number of the thread that serves the mount.
    thread: OnceLock<u32>,
    /// Is called with how long answers take.
    timed: OnceLock<Box<dyn Fn(Duration) + Send + Sync>>,
}

impl Shared {
    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, class: RequestClass, what: impl FnOnce(&Store) -> Option<Operation>, job: RequestJob) {
        let begun = Instant::now();
        if self.gate().take(class, what, job).is_some() {
            self.changed.notify_all();
        }
        // What is held back on purpose is not done here, and takes no time.
        if let Some(timed) = self.timed.get() {
            timed(begun.elapsed());
        }
    }

    /// Does what was slowed when its time has come.
    fn serve_slowed(&self) {
        let mut gate = self.gate();
        while !self.over.load(std::sync::atomic::Ordering::Relaxed) {
            let next = gate.due();
            gate = match next.map(|next| next.saturating_duration_since(Instant::now())) {
                Some(wait) => self.changed.wait_timeout(gate, wait).unwrap_or_else(PoisonError::into_inner).0,
                None => self.changed.wait(gate).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}

impl std::fmt::Debug for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Disk").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// A file as it stands on a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Its number, which no other file ever gets.
    pub number: u64,
    /// What stays the same over power cuts as long as it is the same file.
    pub origin: u64,
    /// Bytes.
    pub size: u64,
}

impl Disk {
    /// Makes a disk and mounts it over a folder, which must exist and be empty. Must be called in the mount namespace of the
    /// harness before there is a [launcher](crate::sandbox::Launcher) for any node.
    ///
    /// # Errors
    /// [`MountError`] names the step that failed.
    pub fn mount(folder: &Path, name: &str, model: Model, seed: u64) -> Result<Self, MountError> {
        let root = mount::owner(folder)?;
        let gate = Gate::new(Store::new(model, root), ChaCha8Rng::seed_from_u64(seed));
        let shared = Arc::new(Shared {
            gate: Mutex::new(gate),
            changed: Condvar::new(),
            over: false.into(),
            thread: OnceLock::new(),
            timed: OnceLock::new(),
        });
        mount::serve(folder, name, server::Server::new(Arc::clone(&shared)), Arc::clone(&shared))?;
        let slow = Arc::clone(&shared);
        std::thread::Builder::new()
            .name(format!("{name}-disk-slow"))
            .spawn(move || slow.serve_slowed())
            .map_err(|error| MountError::new(Step::Serve, error))?;
        Ok(Self { shared, folder: folder.to_owned() })
    }

    /// The folder that it lies over.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Puts a file there, durable at once, with the folders that it needs; one that is there stays as it is.
    ///
    /// # Errors
    /// As of the system calls that this stands for.
    pub fn put(&self, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
        let mut gate = self.shared.gate();
        let now = gate.now();
        let store = &mut gate.store;
        if store.at(path).is_some() {
            return Ok(());
        }
        let owner = store.about(ROOT)?.attributes;
        let parts: Vec<_> = path.components().map(std::path::Component::as_os_str).collect();
        let Some((last, folders)) = parts.split_last() else { return Ok(()) };
        let mut at = ROOT;
        for folder in folders {
            at = match store.look_up(at, folder) {
                Ok(found) => found,
                Err(_) => {
                    let made = store.make(at, folder, store::New::Folder, [0o755, owner.uid, owner.gid], now)?;
                    store.sync(at, now)?;
                    made
                }
            };
        }
        let file = store.make(at, last, store::New::File, [0o644, owner.uid, owner.gid], now)?;
        store.write(file, 0, bytes, true, now)?;
        Ok(store.sync(at, now)?)
    }

    /// What stands at a path relative to the folder, as the node sees it.
    pub fn look(&self, path: &Path) -> Option<Seen> {
        let gate = self.shared.gate();
        let number = gate.store.at(path)?;
        Some(Seen { number, origin: gate.store.origin(number)?, size: gate.store.about(number).ok()?.size })
    }

    /// Bytes of a file by its number; none if it is gone.
    pub fn read(&self, number: u64, offset: u64, length: u64) -> Option<Vec<u8>> {
        self.shared.gate().store.read(number, offset, length).ok()
    }

    /// The length of a file by its number; none if it is gone.
    pub fn length(&self, number: u64) -> Option<u64> {
        self.shared.gate().store.about(number).ok().map(|about| about.size)
    }

    /// Nothing is on it.
    pub fn is_empty(&self) -> bool {
        self.shared.gate().store.is_empty()
    }

    /// Says what is wrong with it from now on.
    pub fn set_faults(&self, faults: Faults) {
        self.shared.gate().set_faults(faults);
        self.shared.changed.notify_all();
    }

    /// The power is gone: no request is answered any more. Kill the node now.
    pub fn freeze(&self) {
        self.shared.gate().freeze();
    }

    /// The node has been sent SIGKILL.
    pub fn killed(&self) {
        self.shared.gate().killed();
    }

    /// The power comes back, when nothing of the node runs any more: what no fsync had covered is gone, by the model and the seed.
    pub fn cut(&self, seed: u64) -> Vec<Loss> {
        let mut gate = self.shared.gate();
        let now = gate.now();
        gate.store.cut(seed, now)
    }

    /// Everything on it is gone.
    pub fn wipe(&self) {
        self.shared.gate().store.wipe();
    }

    /// A new incarnation of the node is about to start.
    pub fn open(&self) {
        self.shared.gate().open();
    }

    /// Freezes the disk at an operation, and says so then, once.
    pub fn watch_for(&self, watch: OperationWatch, reached: impl FnOnce(Operation) + Send + 'static) {
        self.shared.gate().watch_for(watch, Box::new(reached));
    }

    /// Waits for no operation any more. Answers whether one was still waited for.
    pub fn watch_for_nothing(&self) -> bool {
        self.shared.gate().watch_for_nothing()
    }

    /// Notes what is done from now on.
    pub fn note(&self) {
        self.shared.gate().note();
    }

    /// How many operations have been noted.
    pub fn noted(&self) -> usize {
        self.shared.gate().noted()
    }

    /// The texts of the operations since [`Self::note`]; nothing is noted any more.
    pub fn take_noted(&self) -> Vec<String> {
        self.shared.gate().take_noted()
    }

    /// Calls something with how long it takes from a request until it is answered or held back. Once only.
    pub fn time_answers(&self, tell: impl Fn(Duration) + Send + Sync + 'static) {
        let _ = self.shared.timed.set(Box::new(tell));
    }

    /// The number of the thread that serves it.
    pub fn thread(&self) -> Option<u32> {
        self.shared.thread.get().copied()
    }

    /// Whether something was refused for want of room although no fault asked for that.
    pub fn overflowed(&self) -> bool {
        self.shared.gate().store.overflowed()
    }

    /// A number that stays the same for as long as nothing is wrong with it; none while something is.
    pub fn soundness(&self) -> Option<u64> {
        self.shared.gate().soundness()
    }

    /// Takes the mount away from the sight of the harness, and fails whatever is asked from now on.
    pub fn close(&self) {
        self.shared.gate().freeze();
        self.shared.gate().killed();
        self.shared.over.store(true, std::sync::atomic::Ordering::Relaxed);
        self.shared.changed.notify_all();
        mount::detach(&self.folder);
    }
}

/// Attributes of a folder that was made just now, with its owner.
pub(in crate::disk) fn owned(mode: u32, uid: u32, gid: u32) -> Attributes {
    let now = SystemTime::now();
    Attributes { mode, uid, gid, read: now, written: now, changed: now }
}
