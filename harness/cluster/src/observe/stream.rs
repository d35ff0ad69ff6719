//! Drains one stream of a process: to the journal, and line by line to its reader.

use std::io::ErrorKind;
use std::time::Duration;

use tokio::net::unix::pipe;
use tokio::task::JoinHandle;

use super::journal::Log;
use super::taker::Taker;
use crate::clock::Clock;

/// How much is read at once, bytes: what a pipe holds.
const CHUNK: usize = 64 * 1024;

/// How often a silent pipe that an observer reads is looked into. A node that prints no `at` is known no better than by
/// this: its line was written after the pipe was last seen to be empty.
const LOOK: Duration = Duration::from_millis(20);

/// The same for a node whose lines say when they were written: there the pipe only guards against a clock that lies.
const LOOK_AT_DATED: Duration = Duration::from_millis(100);

/// What is to be done with a stream.
pub(super) struct Drain {
    pub(super) taker: Taker,
    pub(super) clock: Clock,
    /// A moment before the process began.
    pub(super) started: u64,
    pub(super) log: Log,
}

impl Drain {
    /// Drains the pipe in a task of its own. Its result is when the end was seen.
    pub(super) fn spawn(self, pipe: pipe::Receiver) -> JoinHandle<u64> {
        tokio::spawn(self.run(pipe))
    }

    async fn run(mut self, pipe: pipe::Receiver) -> u64 {
        let mut buffer = vec![0; CHUNK];
        // The pipe was empty at this moment or emptied after it: what is read later was written later.
        let mut empty_at = self.started;
        loop {
            match self.readable(&pipe).await {
                Some(Ok(())) => {}
                Some(Err(_)) => break,
                None => {
                    let before = self.clock.now();
                    if rustix::io::ioctl_fionread(&pipe).is_ok_and(|waiting| waiting == 0) {
                        empty_at = before;
                    }
                    continue;
                }
            }
            let before = self.clock.now();
            match pipe.try_read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => {
                    let receipt = self.clock.now();
                    let chunk = &buffer[..length];
                    self.taker.take(chunk, empty_at, receipt);
                    self.log.append(chunk);
                    if length < CHUNK {
                        empty_at = before;
                    } else {
                        tokio::task::yield_now().await;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => empty_at = before,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        self.taker.end();
        self.clock.now()
    }

    /// Waits for bytes or for the end; none when it is time to look into a silent pipe.
    async fn readable(&self, pipe: &pipe::Receiver) -> Option<std::io::Result<()>> {
        if !self.taker.is_read() {
            return Some(pipe.readable().await);
        }
        let look = if self.taker.is_dated() { LOOK_AT_DATED } else { LOOK };
        tokio::time::timeout(self.clock.until_next(look), pipe.readable()).await.ok()
    }
}
