//! Drains one stream of a process: to the journal, and line by line to whoever reads it.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use checkers::history::Evidence;
use tokio::net::unix::pipe;
use tokio::task::JoinHandle;

use super::events::{self, Reading};
use super::journal::Log;
use super::splitter::{Piece, Splitter};
use super::{Gap, LONGEST_LINE, Sighting, Sink, Stream, Who};
use crate::clock::Clock;

/// How much is read at once, bytes: what a pipe holds.
const CHUNK: usize = 64 * 1024;

/// How often a silent pipe is looked into. A node that prints no `at` is known no better than by this: its line was
/// written after the pipe was last seen to be empty.
const LOOK: Duration = Duration::from_millis(20);

/// What is to be done with a stream.
pub(super) struct Drain {
    pub(super) who: Who,
    pub(super) stream: Stream,
    /// Observers that read events from it: name and evidence.
    pub(super) events: Vec<(String, Evidence)>,
    pub(super) clock: Clock,
    /// A moment before the process began.
    pub(super) started: u64,
    pub(super) log: Log,
    pub(super) sink: Arc<dyn Sink>,
}

impl Drain {
    /// Drains the pipe in a task of its own. Its result is when the end was seen.
    pub(super) fn spawn(self, pipe: pipe::Receiver) -> JoinHandle<u64> {
        tokio::spawn(self.run(pipe))
    }

    async fn run(self, pipe: pipe::Receiver) -> u64 {
        let mut lines = Lines { splitter: Splitter::new(LONGEST_LINE), last: self.started };
        let mut buffer = vec![0; CHUNK];
        // The pipe was empty at this moment or emptied after it: what is read later was written later.
        let mut empty_at = self.started;
        loop {
            match tokio::time::timeout(LOOK, pipe.readable()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => break,
                Err(_) => {
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
                    self.take(&mut lines, chunk, empty_at, receipt);
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
        // A line that was never completed was not written by a `write` that returned whole: it is a log line.
        if !lines.splitter.rest().is_empty() {
            self.sink.line(&self.who, self.stream, lines.splitter.rest());
        }
        self.clock.now()
    }

    fn take(&self, lines: &mut Lines, chunk: &[u8], empty_at: u64, receipt: u64) {
        let Lines { splitter, last } = lines;
        splitter.feed(chunk, empty_at, |piece| match piece {
            Piece::Line(line, since) => {
                let since = since.max(*last);
                *last = self.line(line, since, receipt);
            }
            Piece::TooLong(since) => {
                self.gap([since.max(*last), receipt], format!("a line of more than {LONGEST_LINE} bytes"))
            }
        });
    }

    /// Takes one line; a moment not after it was written.
    fn line(&self, line: &[u8], since: u64, receipt: u64) -> u64 {
        let reading = if self.events.is_empty() { Reading::Ordinary } else { events::read(line) };
        match reading {
            Reading::Ordinary => self.sink.line(&self.who, self.stream, line),
            Reading::Unreadable(reason) => {
                self.gap([since.min(receipt), receipt], reason);
                self.sink.line(&self.who, self.stream, line);
            }
            Reading::Event(said) => {
                let span = events::span(since, said.at.and_then(|at| self.clock.since_zero(at)), receipt);
                for (observer, evidence) in &self.events {
                    let said = said.clone();
                    self.sink.sighting(Sighting {
                        who: self.who.clone(),
                        observer: observer.clone(),
                        evidence: *evidence,
                        span,
                        role: said.role,
                        term: said.term,
                        vote: said.vote,
                        leader: said.leader,
                        log: said.log,
                        other: said.other,
                    });
                }
                return span[0];
            }
        }
        since
    }

    fn gap(&self, span: [u64; 2], reason: String) {
        self.sink.gap(Gap { who: self.who.clone(), stream: self.stream, span, reason });
    }
}

/// The lines of a stream so far.
struct Lines {
    splitter: Splitter,
    /// A moment not after the last line was written.
    last: u64,
}
