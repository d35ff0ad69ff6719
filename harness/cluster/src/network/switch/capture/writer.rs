//! The thread that brings a capture to the disk.
//!
//! It looks for new packets every 20 ms and hands them to the kernel at once. So a harness that is killed loses less than a tenth
//! of a second, and at worst leaves a last block that is torn. It is never waited for while packets are carried: what it does not
//! keep up with is counted where it is handed over.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::thread;
use std::time::Duration;

use super::{Shared, pcapng};

/// How often it looks for what has come.
const LOOK: Duration = Duration::from_millis(20);

/// From so many bytes on it writes what it has gathered.
const GATHER: usize = 1 << 18;

pub(super) struct Writer {
    pub(super) file: File,
    pub(super) batches: Receiver<Vec<u8>>,
    pub(super) shared: Arc<Shared>,
    /// How much of the file is whole blocks.
    pub(super) whole: u64,
    pub(super) gathered: Vec<u8>,
}

impl Writer {
    /// Writes until no sender is left, and then how many packets each interface had. The error says
    /// what the disk said; what was written before it stays a whole file.
    pub(super) fn run(mut self) -> io::Result<()> {
        let written = self.write();
        if written.is_err() {
            self.shared.broken.store(true, Ordering::Relaxed);
            // What comes from now on is missing; a file that does not take this either has a torn last block.
            let _ = self.file.set_len(self.whole);
        }
        written
    }

    fn write(&mut self) -> io::Result<()> {
        loop {
            match self.batches.try_recv() {
                Ok(batch) => {
                    self.gathered.extend_from_slice(&batch);
                    if self.gathered.len() >= GATHER {
                        self.put()?;
                    }
                }
                Err(TryRecvError::Empty) => {
                    self.put()?;
                    thread::park_timeout(LOOK);
                }
                Err(TryRecvError::Disconnected) => break,
            }
        }
        self.put()?;
        let over = self.shared.wall(self.shared.clock.now());
        for (interface, count) in (0..).zip(&self.shared.counts) {
            let (had, lost) = (count.had.load(Ordering::Relaxed), count.lost.load(Ordering::Relaxed));
            pcapng::statistics(&mut self.gathered, interface, [self.shared.wall(0), over], had, lost);
        }
        self.file.write_all(&self.gathered)
    }

    /// Hands what was gathered to the kernel.
    fn put(&mut self) -> io::Result<()> {
        let bytes = self.gathered.len() as u64;
        self.file.write_all(&self.gathered)?;
        self.gathered.clear();
        self.whole += bytes;
        self.shared.waiting.fetch_sub(bytes, Ordering::Relaxed);
        Ok(())
    }
}
