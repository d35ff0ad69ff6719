//! Observers: what a node says and shows, turned into facts for the history.
//!
//! There are two ways to learn a node's state. It can *tell* it. [`events`] is a line written inside the transition, atomic
//! evidence; [`rules`] is a log line that its author declares to be as good. Or it can be *asked* ([`status`], [`http`],
//! [`exec`]): that is what a client would have seen, sampled evidence. Both are recorded; they are never mixed, because only the
//! first may prove a violation.
//!
//! The clock is where such tools go wrong. So each fact carries a span that certainly holds the moment it speaks of, however late
//! the harness was. A poll's is `[sent, received]`. An event's span ends when its bytes were read. It begins when the pipe was
//! last known to be without it, that is before the read that emptied it of the line before. The node's own `at` can only narrow
//! that. An honest `at` is read inside the transition and so lies before the write has returned, and the span becomes `[at,
//! receipt]`. It is not taken as the moment itself, for a node may be paused between reading its clock and writing. An `at` later
//! than its receipt cannot be true and counts as absent.
//!
//! Observers know nothing of the recorder: they hand facts to a [`Sink`], in stream order, and never wait for it.
//! Whatever a node prints is drained and, as far as the disk allows, kept ([`journal`]).

pub mod events;
pub mod exec;
pub mod http;
pub mod ids;
pub mod journal;
mod json;
mod notation;
mod place;
mod poll;
mod replay;
pub mod rules;
pub(crate) mod splitter;
pub mod status;
mod stream;
mod tail;
mod taker;
#[cfg(test)]
mod tests;
pub mod wall;
mod whole;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use history::Span;
pub use history::Stream;
use history::entry::Observe;
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::process::Streams;
use crate::system::plan::SourcePlan;
use crate::system::{NodePlan, ObserverPlan};

use ids::Ids;
use journal::Journal;
use poll::Poll;
use replay::{Replay, Shown};
use rules::Interpreter;
use stream::Drain;
use tail::{Bookmark, Followed, Tail};
use taker::{Grammar, SourceObserver, Taker};

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

/// An observer asked in vain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
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
    pub who: Who,
    /// Of which stream.
    pub stream: Stream,
    /// When they were written, nanoseconds since the run's zero.
    pub span: [u64; 2],
    /// What happened, in words.
    pub reason: String,
}

/// Takes what observers see. Calls must not block; those about one stream arrive in its order.
pub trait Sink: Send + Sync {
    /// A node said or showed its state, at some instant of the span.
    fn sighting(&self, span: Span, seen: Observe<'static>);

    /// An observer asked in vain.
    fn miss(&self, miss: Miss);

    /// Lines of a node were lost.
    fn gap(&self, gap: Gap);

    /// An ordinary log line.
    fn line(&self, _who: &Who, _stream: Stream, _text: &[u8]) {}
}

/// What observers keep from one incarnation to the next: who is who, and how far files have been read.
#[derive(Debug)]
pub struct Memory {
    ids: Arc<Ids>,
    bookmarks: Mutex<BTreeMap<PathBuf, Arc<Mutex<Bookmark>>>>,
    /// What files have shown that are rewritten, by file and observer.
    shown: Mutex<BTreeMap<(PathBuf, String), SharedShown>>,
    /// The simulated disks, where there are any.
    through: Through,
}

/// Which simulated disk a path is on.
#[derive(Default)]
struct Through(Option<place::Through>);

impl std::fmt::Debug for Through {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Through").field(&self.0.is_some()).finish()
    }
}

/// What one rewritten file has shown to one observer.
type SharedShown = Arc<Mutex<Shown>>;

impl Memory {
    /// Of a cluster of which nothing has been started yet: what stands in its files now is from before.
    pub fn new(plans: &[NodePlan]) -> Self {
        let observers = plans.iter().flat_map(|plan| &plan.observers).map(ObserverPlan::observer);
        let ids = Arc::new(Ids::seen_by(plans.iter().map(|plan| plan.name.clone()).collect(), observers));
        let files = plans.iter().flat_map(NodePlan::files);
        let end = |path: &Path| Bookmark::at_end(&place::of(path, None));
        let bookmarks = files.map(|path| (path.to_owned(), Arc::new(Mutex::new(end(path))))).collect();
        Self { ids, bookmarks: Mutex::new(bookmarks), shown: Mutex::default(), through: Through::default() }
    }

    /// Some files stand on simulated disks.
    pub(crate) fn see_through(&mut self, of: impl Fn(&Path) -> Option<crate::disk::Disk> + Send + Sync + 'static) {
        self.through = Through(Some(Box::new(of)));
    }

    fn place(&self, path: &Path) -> place::FileLocation {
        place::of(path, self.through.0.as_ref())
    }

    /// The disk of a node is as it was before, or empty: whatever stands in its files now has been read already.
    pub(crate) fn rolled_back(&self, plan: &NodePlan) {
        for path in plan.files().filter(|path| path.starts_with(&plan.data_dir)) {
            *self.bookmark(path).lock().unwrap_or_else(PoisonError::into_inner) = Bookmark::at_end(&self.place(path));
        }
    }

    fn shown(&self, path: &Path, observer: &str) -> Arc<Mutex<Shown>> {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(shown.entry((path.to_owned(), observer.to_owned())).or_default())
    }

    /// A node lost what it had stored: its files begin anew, and owe nothing to what they had shown.
    pub fn forget(&self, plan: &NodePlan) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.retain(|(path, _), _| !path.starts_with(&plan.data_dir));
    }

    fn bookmark(&self, path: &Path) -> Arc<Mutex<Bookmark>> {
        let mut bookmarks = self.bookmarks.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(bookmarks.entry(path.to_owned()).or_default())
    }
}

/// What watches one life of one node. Dropping it ends the polls; streams are drained to their end regardless.
#[must_use = "dropping it ends the polls"]
#[derive(Debug)]
pub struct Watch {
    stdout: Option<JoinHandle<u64>>,
    stderr: Option<JoinHandle<u64>>,
    files: Vec<Followed>,
    polls: Vec<JoinHandle<()>>,
}

/// What watching needs besides the plan of a node.
#[derive(Clone, Copy)]
pub struct Means<'a> {
    /// The run's clock.
    pub clock: Clock,
    /// Keeps what nodes print …
    pub journal: &'a Journal,
    /// … in this folder: `stdout.log`, `stderr.log`, and the files that are followed.
    pub logs: &'a Path,
    /// What was learnt in earlier lives.
    pub memory: &'a Memory,
    /// Is called with what was observed.
    pub sink: &'a Arc<dyn Sink>,
}

impl Watch {
    /// Begins to watch a process that has just been started. `started` is a moment before its start. Must be called
    /// within a tokio runtime.
    pub fn start(plan: &NodePlan, streams: Streams, (who, started): (Who, u64), means: Means<'_>) -> Self {
        let life = Life { who: &who, started, means };
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let mut files: BTreeMap<&Path, Vec<SourceObserver>> = plan.files().map(|path| (path, Vec::new())).collect();
        for observer in &plan.observers {
            match observer {
                ObserverPlan::Events(observe) => stdout.push(SourceObserver {
                    observer: observe.name.clone(),
                    evidence: observe.evidence,
                    grammar: Grammar::Contract(Arc::clone(&means.memory.ids)),
                    replay: None,
                }),
                ObserverPlan::Lines { observe, lines, source } => {
                    let wrapper = (lines.message.as_deref(), lines.time.as_deref());
                    let interpreter =
                        Interpreter::new((&who.node, &observe.name), wrapper, &lines.rules, &means.memory.ids);
                    let replay = match source {
                        SourcePlan::File(path) if lines.replayed => {
                            Some(Replay::new(means.memory.shown(path, &observe.name)))
                        }
                        _ => None,
                    };
                    let reader = SourceObserver {
                        observer: observe.name.clone(),
                        evidence: observe.evidence,
                        grammar: Grammar::Rules(interpreter),
                        replay,
                    };
                    match source {
                        SourcePlan::Stdout => stdout.push(reader),
                        SourcePlan::Stderr => stderr.push(reader),
                        SourcePlan::File(path) => files.entry(path).or_default().push(reader),
                    }
                }
                ObserverPlan::Status { .. }
                | ObserverPlan::Http { .. }
                | ObserverPlan::Exec { .. }
                | ObserverPlan::Whole { .. } => {}
            }
        }
        Self {
            files: files.into_iter().filter_map(|(path, readers)| life.follow(path, readers)).collect(),
            stdout: Some(life.drain(Stream::Stdout, stdout).spawn(streams.stdout)),
            stderr: Some(life.drain(Stream::Stderr, stderr).spawn(streams.stderr)),
            polls: plan.observers.iter().filter_map(|observer| life.poll(observer)).collect(),
        }
    }

    /// Ends the polls: the process is about to be over, or is.
    pub(crate) fn stop_polls(&mut self) {
        for poll in self.polls.drain(..) {
            poll.abort();
        }
    }

    /// Waits until a stream is at its end and everything before it has been handed over; when that was, nanoseconds
    /// since the run's zero. None if it has been asked for before.
    pub(crate) async fn end_of(&mut self, stream: Stream) -> Option<u64> {
        let handle = match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
            Stream::File => return None,
        };
        // Not taken before it is done: a caller may give up waiting and ask again.
        let end = handle.as_mut()?.await.ok();
        *handle = None;
        end
    }

    /// The process is over: waits until the files that it wrote have been read to their ends.
    pub(crate) async fn end_of_files(&mut self) {
        for file in &mut self.files {
            file.finish().await;
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop_polls();
    }
}

/// One life that begins to be watched.
struct Life<'a> {
    who: &'a Who,
    started: u64,
    means: Means<'a>,
}

impl Life<'_> {
    fn taker(&self, stream: Stream, readers: Vec<SourceObserver>) -> Taker {
        let Means { clock, sink, .. } = self.means;
        Taker::new(self.who.clone(), stream, readers, (clock, self.started), Arc::clone(sink))
    }

    fn drain(&self, stream: Stream, readers: Vec<SourceObserver>) -> Drain {
        let log = self.means.journal.open(self.means.logs.join(format!("{}.log", stream.as_str())));
        Drain { taker: self.taker(stream, readers), clock: self.means.clock, started: self.started, log }
    }

    fn follow(&self, path: &Path, readers: Vec<SourceObserver>) -> Option<Followed> {
        let Means { clock, journal, logs, memory, sink } = self.means;
        let name = path.file_name().unwrap_or(path.as_os_str());
        let tail = Tail {
            place: memory.place(path),
            bookmark: memory.bookmark(path),
            taker: self.taker(Stream::File, readers),
            clock,
            started: self.started,
            log: journal.open(logs.join(name)),
        };
        tail.follow()
            .inspect_err(|error| {
                let (span, reason) = ([self.started, clock.now()], format!("{} is not read: {error}", path.display()));
                sink.gap(Gap { who: self.who.clone(), stream: Stream::File, span, reason });
            })
            .ok()
    }

    fn poll(&self, observer: &ObserverPlan) -> Option<JoinHandle<()>> {
        let Means { clock, memory, sink, .. } = self.means;
        let poll = |observe: &crate::system::Observe, every| {
            let (who, observer) = (self.who.clone(), observe.name.clone());
            Poll { who, observer, every, ids: Arc::clone(&memory.ids), clock, sink: Arc::clone(sink) }
        };
        match observer {
            ObserverPlan::Events(_) | ObserverPlan::Lines { .. } => None,
            ObserverPlan::Status { observe, address, every, timeout } => {
                let way = status::Status { address: *address, timeout: *timeout, connection: None };
                Some(tokio::spawn(poll(observe, *every).run(way)))
            }
            ObserverPlan::Http { observe, question } => {
                Some(tokio::spawn(poll(observe, question.every).run(question.clone())))
            }
            ObserverPlan::Exec { observe, argv, every, timeout, rules, whole } => {
                let (argv, rules) = (argv.clone(), rules.clone());
                let way = exec::Run { argv, timeout: *timeout, rules, whole: *whole };
                Some(tokio::spawn(poll(observe, *every).run(way)))
            }
            ObserverPlan::Whole { observe, path, every, rules } => {
                let way = whole::Text { place: memory.place(path), rules: rules.clone() };
                Some(tokio::spawn(poll(observe, *every).run(way)))
            }
        }
    }
}

/// A line without the codes that colour it on a terminal.
pub fn plain(line: &[u8]) -> std::borrow::Cow<'_, [u8]> {
    json::peeled(line)
}
