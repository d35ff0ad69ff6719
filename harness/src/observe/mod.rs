//! Observers: what a node says and shows, turned into facts for the history.
//!
//! There are two ways to learn a node's state. It can *tell* it ([`events`]: a line written inside the transition,
//! atomic evidence), or it can be *asked* ([`status`]: what a client would have seen, sampled evidence). Both are
//! recorded; they are never mixed, because only the first may prove a violation.
//!
//! The clock is where such tools go wrong, so each fact carries a span that certainly holds the moment it speaks of,
//! however late the harness was: a poll's is `[sent, received]`. An event's ends when its bytes were read, and begins
//! when the pipe was last known to be without it, that is before the read that emptied it of the line before. The
//! node's own `at` can only narrow that: an honest `at` is read inside the transition and so lies before the write
//! has returned, and the span becomes `[at, receipt]`. It is not taken as the moment itself, for a node may be paused
//! between reading its clock and writing; and an `at` later than its receipt cannot be true and counts as absent.
//!
//! Observers know nothing of the recorder: they hand facts to a [`Sink`], in stream order, and never wait for it.
//! Whatever a node prints is drained and, as far as the disk allows, kept ([`journal`]).

pub mod events;
pub mod http;
pub mod journal;
mod splitter;
pub mod status;
mod stream;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use checkers::history::Evidence;
use checkers::history::line::Known;
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::process::Streams;
use crate::system::{NodePlan, ObserverPlan};

use journal::Journal;
use stream::Drain;

/// The longest line of a node that is read, bytes. Longer ones are a gap.
pub const LONGEST_LINE: usize = 64 * 1024;

/// One life of one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// The node's name.
    pub node: String,
    /// Its incarnation, from 1.
    pub incarnation: u32,
}

/// A node said or showed its state. A field that is `None` is unknown.
#[derive(Debug, Clone, PartialEq)]
pub struct Sighting {
    /// Which life of which node.
    pub who: Who,
    /// The name of the observer.
    pub observer: String,
    /// What it is worth.
    pub evidence: Evidence,
    /// When it was so, nanoseconds since the run's zero.
    pub span: [u64; 2],
    /// Its role, as it said it; a word beyond the four is kept and means nothing to checkers.
    pub role: Option<String>,
    /// Its term.
    pub term: Option<u64>,
    /// Its vote in that term.
    pub vote: Known<String>,
    /// The leader of that term as it knows it.
    pub leader: Known<String>,
    /// Last term and last index of its log.
    pub log: Option<[u64; 2]>,
    /// What else it said. No key of it is one that the history uses itself.
    pub other: BTreeMap<String, serde_json::Value>,
}

/// An observer asked in vain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// Whom.
    pub who: Who,
    /// The name of the observer.
    pub observer: String,
    /// From when to when, nanoseconds since the run's zero.
    pub span: [u64; 2],
    /// What went wrong, in words.
    pub error: String,
}

/// Lines of a node were lost or cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Whose.
    pub who: Who,
    /// Of which stream.
    pub stream: Stream,
    /// When they were written, nanoseconds since the run's zero.
    pub span: [u64; 2],
    /// What happened, in words.
    pub reason: String,
}

/// A stream of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

impl Stream {
    /// `stdout` or `stderr`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        }
    }
}

/// Takes what observers see. Calls must not block; those about one stream arrive in its order.
pub trait Sink: Send + Sync {
    /// A node said or showed its state.
    fn sighting(&self, sighting: Sighting);

    /// An observer asked in vain.
    fn miss(&self, miss: Miss);

    /// Lines of a node were lost.
    fn gap(&self, gap: Gap);

    /// An ordinary log line.
    fn line(&self, _who: &Who, _stream: Stream, _text: &[u8]) {}
}

/// What watches one life of one node. Dropping it ends the polls; streams are drained to their end regardless.
#[must_use = "dropping it ends the polls"]
#[derive(Debug)]
pub struct Watch {
    stdout: Option<JoinHandle<u64>>,
    stderr: Option<JoinHandle<u64>>,
    polls: Vec<JoinHandle<()>>,
}

impl Watch {
    /// Begins to watch a process that has just been started. `started` is a moment before its start; `logs` the
    /// folder for its `stdout.log` and `stderr.log`. Must be called within a tokio runtime.
    pub fn start(
        plan: &NodePlan,
        streams: Streams,
        (who, started): (Who, u64),
        clock: Clock,
        (journal, logs): (&Journal, &Path),
        sink: &Arc<dyn Sink>,
    ) -> Self {
        let drain = |stream: Stream, events| Drain {
            who: who.clone(),
            stream,
            events,
            clock,
            started,
            log: journal.open(logs.join(format!("{}.log", stream.word()))),
            sink: Arc::clone(sink),
        };
        let mut events = Vec::new();
        let mut polls = Vec::new();
        for observer in &plan.observers {
            match observer {
                ObserverPlan::Events(observe) => events.push((observe.name.clone(), observe.evidence)),
                ObserverPlan::Status { observe, address, every, timeout } => {
                    let poller = status::Poller {
                        who: who.clone(),
                        observer: observe.name.clone(),
                        address: *address,
                        every: *every,
                        timeout: *timeout,
                        clock,
                        sink: Arc::clone(sink),
                    };
                    polls.push(tokio::spawn(poller.run()));
                }
            }
        }
        let stdout = drain(Stream::Stdout, events).spawn(streams.stdout);
        let stderr = drain(Stream::Stderr, Vec::new()).spawn(streams.stderr);
        Self { stdout: Some(stdout), stderr: Some(stderr), polls }
    }

    /// Ends the polls: the process is about to be over, or is.
    pub fn stop_polls(&mut self) {
        for poll in self.polls.drain(..) {
            poll.abort();
        }
    }

    /// Waits until a stream is at its end and everything before it has been handed over; when that was, nanoseconds
    /// since the run's zero. None if it has been asked for before.
    pub async fn end_of(&mut self, stream: Stream) -> Option<u64> {
        let handle = match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        };
        // Not taken before it is done: a caller may give up waiting and ask again.
        let end = handle.as_mut()?.await.ok();
        *handle = None;
        end
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop_polls();
    }
}
