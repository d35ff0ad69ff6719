//! Everything that nodes print, kept on disk without ever making a node wait.
//!
//! A pipe that is not read stops its node. And a disk that is busy (nodes fsync, and faults make it worse) can stall a plain
//! `write` for hundreds of milliseconds. So the tasks that drain pipes only hand chunks over, and one thread writes. What the
//! disk cannot take in time, or what exceeds [`LARGEST`] for one file, is left out, and the file says so. The history is not
//! written here: losing log text never loses evidence.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;

/// The largest a log file may become, bytes.
pub const LARGEST: u64 = 256 << 20;

/// How many chunks (of at most 64 KiB) may wait for the disk.
const WAITING: usize = 256;

/// The thread that writes logs. Dropping it writes what is waiting.
#[derive(Debug)]
pub struct Journal {
    sender: Option<SyncSender<Order>>,
    thread: Option<JoinHandle<()>>,
    problem: Arc<Mutex<Option<String>>>,
}

/// One log file.
#[derive(Debug, Clone)]
pub struct Log {
    path: Arc<Path>,
    sender: Option<SyncSender<Order>>,
    lost: Arc<AtomicU64>,
}

enum Order {
    Write {
        path: Arc<Path>,
        chunk: Vec<u8>,
        lost: u64,
    },
    /// Says that everything before it is written.
    Tell(oneshot::Sender<()>),
    Stop,
}

impl Journal {
    /// Starts the thread. Where none can be had, logs are not kept, and [`Self::problem`] says so.
    pub fn start() -> Self {
        let (sender, receiver) = sync_channel(WAITING);
        let problem = Arc::new(Mutex::new(None));
        let told = Arc::clone(&problem);
        let thread = std::thread::Builder::new().name("journals".to_owned()).spawn(move || write_all(&receiver, &told));
        match thread {
            Ok(thread) => Self { sender: Some(sender), thread: Some(thread), problem },
            Err(error) => {
                tell(&problem, format!("logs of nodes are not kept: {error}"));
                Self { sender: None, thread: None, problem }
            }
        }
    }

    /// A log file, which is appended to. Nothing is created before there is something to write.
    pub fn open(&self, path: PathBuf) -> Log {
        Log { path: path.into(), sender: self.sender.clone(), lost: Arc::default() }
    }

    /// Waits until everything handed over so far is written or given up: for a reader of a log while the run lasts.
    pub async fn written(&self) {
        let Some(sender) = &self.sender else { return };
        let (tell, told) = oneshot::channel();
        let mut order = Order::Tell(tell);
        while let Err(TrySendError::Full(back)) = sender.try_send(order) {
            order = back;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let _ = told.await;
    }

    /// The first thing that went wrong, in words.
    pub fn problem(&self) -> Option<String> {
        self.problem.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        if let Some(sender) = self.sender.take() {
            // Not by closing the channel: a drain that outlives the run may hold a log still.
            let _ = sender.send(Order::Stop);
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Log {
    /// Hands a chunk over; never waits.
    pub fn append(&self, chunk: &[u8]) {
        let Some(sender) = &self.sender else { return };
        let lost = self.lost.swap(0, Ordering::Relaxed);
        let order = Order::Write { path: Arc::clone(&self.path), chunk: chunk.to_vec(), lost };
        if sender.try_send(order).is_err() {
            self.lost.fetch_add(lost + chunk.len() as u64, Ordering::Relaxed);
        }
    }
}

fn write_all(receiver: &Receiver<Order>, problem: &Mutex<Option<String>>) {
    let mut files: std::collections::HashMap<Arc<Path>, JournalFile> = std::collections::HashMap::new();
    while let Ok(order) = receiver.recv() {
        let (path, chunk, lost) = match order {
            Order::Write { path, chunk, lost } => (path, chunk, lost),
            Order::Tell(tell) => {
                let _ = tell.send(());
                continue;
            }
            Order::Stop => return,
        };
        let kept = files.entry(Arc::clone(&path)).or_insert_with(|| JournalFile::open(&path, problem));
        if let Err(error) = kept.write(&chunk, lost) {
            tell(problem, format!("cannot write {}: {error}", path.display()));
            kept.file = None;
        }
    }
}

fn tell(problem: &Mutex<Option<String>>, what: String) {
    problem.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(what);
}

/// A file and how much it holds.
struct JournalFile {
    file: Option<File>,
    length: u64,
}

impl JournalFile {
    fn open(path: &Path, problem: &Mutex<Option<String>>) -> Self {
        let opened = path
            .parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| OpenOptions::new().create(true).append(true).open(path));
        match opened {
            Ok(file) => {
                let length = file.metadata().map_or(0, |about| about.len());
                Self { file: Some(file), length }
            }
            Err(error) => {
                tell(problem, format!("cannot write {}: {error}", path.display()));
                Self { file: None, length: 0 }
            }
        }
    }

    fn write(&mut self, chunk: &[u8], lost: u64) -> std::io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        if lost > 0 {
            writeln!(file, "\n[interregnum: {lost} bytes are left out here, the disk was too slow]")?;
        }
        file.write_all(chunk)?;
        self.length += chunk.len() as u64;
        if self.length > LARGEST {
            writeln!(file, "\n[interregnum: this log is full; the rest is left out]")?;
            self.file = None;
        }
        Ok(())
    }
}
