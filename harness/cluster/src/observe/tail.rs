//! Follows a file that a node writes, however it is rotated.
//!
//! A file is not a pipe. It may not exist yet, it may be cut short or replaced under the reader, and it still holds what earlier
//! incarnations and earlier runs wrote. So a *bookmark* (which file, and how far) is kept from before the first process starts
//! and handed from one incarnation to the next. A line belongs to the incarnation during which it was read, and an incarnation is
//! over only when the file has been read to its end.
//!
//! Rotation by renaming loses nothing: the old file is read until the new one holds something, then the new one from its beginning.
//! So what a program writes into the old file until it is told to open the new one is read as well. What it writes there later
//! stands in no order with the lines of the new file, and is a gap. A file that
//! became shorter was truncated; what stood between the bookmark and the cut is lost, and that is a gap. One that was
//! truncated and has grown beyond the bookmark between two looks cannot be told from one that only grew.
//!
//! Reading may wait for a disk, so each file has a thread of its own.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::journal::Log;
use super::place::{FileLocation, Opened};
use super::taker::Taker;
use crate::clock::Clock;

/// How often a file is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// How much is read at once, bytes.
const CHUNK: usize = 64 * 1024;

/// Where reading goes on: the file's number, and how far it has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Bookmark {
    file: Option<u64>,
    offset: u64,
}

impl Bookmark {
    /// The end of what stands there now.
    pub(super) fn at_end(place: &FileLocation) -> Self {
        place.about().map_or_else(Self::default, |(number, length)| Self { file: Some(number), offset: length })
    }
}

/// A file to follow.
pub(super) struct Tail {
    pub(super) place: FileLocation,
    pub(super) bookmark: Arc<Mutex<Bookmark>>,
    pub(super) taker: Taker,
    pub(super) clock: Clock,
    pub(super) started: u64,
    pub(super) log: Log,
}

/// A file that is being followed. Dropping it ends that.
#[derive(Debug)]
pub(super) struct Followed {
    over: Arc<AtomicBool>,
    done: Option<tokio::sync::oneshot::Receiver<()>>,
}

impl Followed {
    /// The process has ended: waits until the file has been read to its end.
    pub(super) async fn finish(&mut self) {
        self.over.store(true, Ordering::Release);
        if let Some(done) = self.done.take() {
            let _ = done.await;
        }
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Release);
    }
}

impl Tail {
    /// Follows the file on a thread of its own.
    pub(super) fn follow(self) -> std::io::Result<Followed> {
        let over = Arc::new(AtomicBool::new(false));
        let (told, done) = tokio::sync::oneshot::channel();
        let stop = Arc::clone(&over);
        std::thread::Builder::new().name("tail".to_owned()).spawn(move || {
            self.run(&stop);
            let _ = told.send(());
        })?;
        Ok(Followed { over, done: Some(done) })
    }

    fn run(mut self, over: &AtomicBool) {
        let mut mark = *self.bookmark.lock().unwrap_or_else(PoisonError::into_inner);
        let mut open: Option<Opened> = None;
        let mut replaced: Option<(Opened, u64)> = None;
        let mut empty_at = self.started;
        loop {
            // Asked before the last look, so that nothing written before the end is missed.
            let last = over.load(Ordering::Acquire);
            let before = self.clock.now();
            if let Some(file) = &mut open {
                self.read(file, &mut mark, empty_at);
            }
            self.look_back(&mut replaced, empty_at);
            if let Some((number, length)) = self.place.about()
                && (open.is_none() || (mark.file != Some(number) && length > 0))
                && let Some((mut file, inode)) = self.place.open()
            {
                // The file that was open may have been written to until the new one was.
                if let Some(mut old) = open.take() {
                    self.read(&mut old, &mut mark, empty_at);
                    self.taker.end();
                    replaced = Some((old, mark.offset));
                }
                if mark.file != Some(inode) {
                    if mark.file.is_some() {
                        self.taker.rewritten();
                    }
                    mark = Bookmark { file: Some(inode), offset: 0 };
                }
                self.read(&mut file, &mut mark, empty_at);
                open = Some(file);
            }
            empty_at = before;
            *self.bookmark.lock().unwrap_or_else(PoisonError::into_inner) = mark;
            if last {
                return self.taker.end();
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Whether the file that stood here before is still written to, when another one has taken its place.
    fn look_back(&mut self, replaced: &mut Option<(Opened, u64)>, empty_at: u64) {
        if replaced.as_ref().is_some_and(|(file, read)| file.length().is_some_and(|length| length > *read)) {
            *replaced = None;
            let reason = format!("what {} was before was written to after its successor", self.place.path().display());
            self.taker.gap([empty_at, self.clock.now()], reason);
        }
    }

    /// Reads to the end of the file as it is now.
    fn read(&mut self, file: &mut Opened, mark: &mut Bookmark, empty_at: u64) {
        let length = file.length().unwrap_or(mark.offset);
        if length < mark.offset {
            self.taker.end();
            if !self.taker.rewritten() {
                let reason = format!("{} was cut short", self.place.path().display());
                self.taker.lost([empty_at, self.clock.now()], reason);
            }
            mark.offset = 0;
        }
        if length == mark.offset {
            return;
        }
        let mut chunk = vec![0; CHUNK];
        loop {
            let read = file.read(mark.offset, &mut chunk);
            if read == 0 {
                return self.taker.caught_up([empty_at, self.clock.now()]);
            }
            mark.offset += read as u64;
            self.taker.take(&chunk[..read], empty_at, self.clock.now());
            self.log.append(&chunk[..read]);
        }
    }
}
