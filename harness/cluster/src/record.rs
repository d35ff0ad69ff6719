//! The recorder: fixes the order of events and writes them down.
//!
//! All that is seen or done is handed as a [`Record`] to [`Recorder::record`]. The order in which callers get the lock is the
//! order of the history. The time of recording is taken under the same lock, so that `t` never falls. What the nemesis and the
//! live line know of the cluster is derived here from the same records ([`crate::view`]). No part acts on something that is not
//! in the history.
//!
//! A history has a size that it may not exceed. When it is reached, its end is written there and nothing after it. The record is
//! whole up to that instant, and the run is told.
//!
//! Lines go through a buffer that a thread of its own flushes every [`FLUSH`]. A harness that is killed loses at most the last of
//! them. The file then ends in a whole or a torn line, which readers understand. When the disk is full the run must not go on as
//! if it were recorded: the first error is kept and ends the run.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak, mpsc};
use std::time::Duration;

use history::entry::Harness;
use history::{EndReason, Entry, Header, Record};
use tokio::sync::watch;

use crate::clock::Clock;
use crate::view::{Change, Live};

/// How long a recorded line may wait in memory.
pub(crate) const FLUSH: Duration = Duration::from_millis(40);

/// The largest size of a history by default, bytes.
pub const MOST: u64 = 4 << 30;

/// Room for the line that ends it, bytes.
const END: u64 = 256;

/// Writes one history. Clones share it.
#[derive(Clone)]
pub struct Recorder {
    clock: Clock,
    inner: Arc<Mutex<Inner>>,
    failed: watch::Receiver<Option<String>>,
    filled: watch::Receiver<bool>,
}

struct Inner {
    file: BufWriter<File>,
    buffer: Vec<u8>,
    live: Live,
    last: u64,
    /// How many observations of each node each observer has had.
    observed: BTreeMap<String, BTreeMap<String, u64>>,
    failure: watch::Sender<Option<String>>,
    /// Bytes written, and how many may be.
    size: [u64; 2],
    full: watch::Sender<bool>,
    /// The readers that get every line besides the file.
    readers: Vec<mpsc::Sender<Vec<u8>>>,
}

impl Recorder {
    /// Begins a history of at most so many bytes at `path`, which must not exist, with its header line.
    pub fn create(path: &Path, header: &Header, clock: Clock, most: u64) -> io::Result<Self> {
        let mut file = BufWriter::with_capacity(256 * 1024, File::create_new(path)?);
        let mut line = serde_json::to_vec(header)?;
        line.push(b'\n');
        file.write_all(&line)?;
        file.flush()?;
        let (failure, failed) = watch::channel(None);
        let (buffer, live) = (Vec::with_capacity(512), Live::new(header));
        let (full, filled) = watch::channel(false);
        let inner = Inner {
            file,
            buffer,
            live,
            last: 0,
            observed: BTreeMap::new(),
            failure,
            size: [line.len() as u64, most],
            full,
            readers: Vec::new(),
        };
        let inner = Arc::new(Mutex::new(inner));
        let flushed = Arc::downgrade(&inner);
        std::thread::Builder::new().name("flush".into()).spawn(move || flush_often(&flushed))?;
        Ok(Self { clock, inner, failed, filled })
    }

    /// The clock of the run.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Appends a line. Its `t` is set here, and the number of an observation.
    pub fn record(&self, mut record: Record<'_>) {
        let mut inner = self.lock();
        let now = self.clock.now().max(inner.last);
        inner.last = now;
        record.t = Some(now);
        if let Entry::Observe(seen) = &mut record.entry {
            seen.seq = inner.number(&seen.node, seen.observer.as_deref().unwrap_or_default());
        }
        if !*inner.full.borrow() {
            let may_be_last = matches!(record.entry, Entry::Harness(Harness::End { .. }));
            if !inner.write(&record, if may_be_last { 0 } else { END }) {
                let end = Harness::End { reason: Some(EndReason::Full.into()) };
                inner.write(&Record { t: Some(now), ..Record::now(end) }, 0);
                inner.full.send_replace(true);
            }
        }
        // The nemesis still has to know it.
        inner.live.take(&record);
    }

    /// What the lines recorded so far say of the cluster.
    pub fn view(&self) -> workloads::View {
        self.lock().live.view()
    }

    /// The last thing that a node printed in this life and that could not be read, with the reason.
    pub fn unread(&self, node: &str) -> Option<String> {
        self.lock().live.unread(node)
    }

    /// What changes from now on, in the order of the history. The view is the one before the first change.
    pub fn follow(&self) -> (workloads::View, tokio::sync::mpsc::UnboundedReceiver<Change>) {
        self.lock().live.follow()
    }

    /// Every line from now on, as it is written and in the order of the history.
    pub fn lines(&self) -> mpsc::Receiver<Vec<u8>> {
        let (sender, receiver) = mpsc::channel();
        self.lock().readers.push(sender);
        receiver
    }

    /// Resolves with what went wrong when the history can no longer be written.
    pub async fn failure(&self) -> String {
        let mut failed = self.failed.clone();
        loop {
            if let Some(why) = failed.borrow_and_update().clone() {
                return why;
            }
            if failed.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Resolves when the history has the size that it may have, and has been given its end.
    pub async fn full(&self) {
        if self.filled.clone().wait_for(|full| *full).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Puts everything recorded so far on the disk.
    pub fn sync(&self) -> io::Result<()> {
        let mut inner = self.lock();
        inner.file.flush()?;
        inner.file.get_ref().sync_data()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Writes a line, if so many bytes are left after it; whether they are. With 0 it is written in any case.
    fn write(&mut self, record: &Record<'_>, left: u64) -> bool {
        let Self { file, buffer, readers, size: [size, most], .. } = self;
        buffer.clear();
        let made = record.write(buffer).and_then(|()| buffer.write_all(b"\n"));
        let after = size.saturating_add(buffer.len() as u64);
        if left > 0 && after.saturating_add(left) > *most {
            return false;
        }
        let written = made.and_then(|()| file.write_all(buffer));
        readers.retain(|reader| reader.send(buffer.clone()).is_ok());
        *size = after;
        self.note(written);
        true
    }

    /// The number of an observation that is about to be written: 1, 2, … per node and observer.
    fn number(&mut self, node: &str, observer: &str) -> Option<u64> {
        if let Some(count) = self.observed.get_mut(node).and_then(|of| of.get_mut(observer)) {
            *count += 1;
            return Some(*count);
        }
        self.observed.entry(node.to_owned()).or_default().insert(observer.to_owned(), 1);
        Some(1)
    }

    fn note(&mut self, written: io::Result<()>) {
        if let Err(error) = written {
            self.failure.send_if_modified(|failure| {
                let first = failure.is_none();
                failure.get_or_insert_with(|| error.to_string());
                first
            });
        }
    }
}

fn flush_often(inner: &Weak<Mutex<Inner>>) {
    loop {
        std::thread::sleep(FLUSH);
        let Some(inner) = inner.upgrade() else { return };
        let mut inner = inner.lock().unwrap_or_else(PoisonError::into_inner);
        let flushed = inner.file.flush();
        inner.note(flushed);
    }
}
