//! Takes the lines of one source of one life: splits them off, has them read, and hands on what they say.
//!
//! Pipes and files differ in how bytes arrive and not in what they mean, so both end here. The source says since when it
//! was known to be empty; no line is older than that, nor older than the line before it.

use std::sync::Arc;

use history::entry::State;
use history::{Evidence, Span};

use super::events::{self, Reading};
use super::ids::Ids;
use super::replay::Replay;
use super::rules::{Interpreter, Meaning};
use super::splitter::{Piece, Splitter};
use super::{Gap, LONGEST_LINE, Sink, Stream, Who};
use crate::clock::Clock;

/// An observer of a source.
#[derive(Debug)]
pub(super) struct SourceObserver {
    pub(super) observer: String,
    /// What it is worth.
    pub(super) evidence: Evidence,
    /// How it reads.
    pub(super) grammar: Grammar,
    /// What it makes of a file that is rewritten; none: lines are news.
    pub(super) replay: Option<Replay>,
}

impl SourceObserver {
    fn ids(&self) -> &Ids {
        match &self.grammar {
            Grammar::Contract(ids) => ids,
            Grammar::Rules(interpreter) => interpreter.ids(),
        }
    }
}

/// How lines are read.
#[derive(Debug)]
pub(super) enum Grammar {
    /// The node contract, and who is who.
    Contract(Arc<Ids>),
    /// The rules of a system file.
    Rules(Interpreter),
}

/// The lines of one source so far.
pub(super) struct Taker {
    who: Who,
    stream: Stream,
    readers: Vec<SourceObserver>,
    clock: Clock,
    sink: Arc<dyn Sink>,
    splitter: Splitter,
    /// A moment not after the last line was written.
    last: u64,
    /// The last line that said something also said when.
    dated: bool,
}

impl Taker {
    /// Nothing was written before `started`.
    pub(super) fn new(
        who: Who,
        stream: Stream,
        readers: Vec<SourceObserver>,
        (clock, started): (Clock, u64),
        sink: Arc<dyn Sink>,
    ) -> Self {
        Self { who, stream, readers, clock, sink, splitter: Splitter::new(LONGEST_LINE), last: started, dated: false }
    }

    /// Whether any observer reads what is taken; otherwise it is kept as log lines only.
    pub(super) fn is_read(&self) -> bool {
        !self.readers.is_empty()
    }

    /// Whether what is taken says itself when it was so.
    pub(super) fn is_dated(&self) -> bool {
        self.dated
    }

    /// Takes a chunk that was written after `empty_at` and read by `receipt`.
    pub(super) fn take(&mut self, chunk: &[u8], empty_at: u64, receipt: u64) {
        let mut splitter = std::mem::replace(&mut self.splitter, Splitter::new(0));
        splitter.feed(chunk, empty_at, |piece| match piece {
            Piece::Line(line, since) => {
                let since = since.max(self.last);
                self.last = self.line(line, since, receipt);
            }
            Piece::TooLong(since) => {
                self.gap([since.max(self.last), receipt], format!("a line of more than {LONGEST_LINE} bytes"));
            }
        });
        self.splitter = splitter;
    }

    /// Nothing more comes. A line that was never completed was not written by a `write` that returned whole: it is a
    /// log line.
    pub(super) fn end(&mut self) {
        if !self.splitter.rest().is_empty() {
            self.sink.line(&self.who, self.stream, self.splitter.rest());
        }
        self.splitter = Splitter::new(LONGEST_LINE);
        self.forget();
    }

    /// Something may have followed the last line: what an id in it means is not handed on afterwards.
    fn forget(&self) {
        for reader in &self.readers {
            reader.ids().forget(&reader.observer, &self.who.node);
        }
    }

    /// Something was lost that was not read.
    pub(super) fn lost(&mut self, span: [u64; 2], reason: String) {
        self.end();
        self.gap(span, reason);
    }

    /// The file was rewritten, and is read from its beginning. Whether it is known that it then repeats what was shown.
    pub(super) fn rewritten(&mut self) -> bool {
        self.readers.iter_mut().filter_map(|reader| reader.replay.as_mut()).map(Replay::begin).count() > 0
    }

    /// The file has been read to its end.
    pub(super) fn caught_up(&mut self, span: [u64; 2]) {
        let short: Vec<_> =
            self.readers.iter_mut().filter_map(|reader| reader.replay.as_mut()).filter_map(Replay::end).collect();
        for reason in short {
            self.gap(span, reason);
        }
    }

    /// Takes one line; a moment not after it was written.
    fn line(&mut self, line: &[u8], since: u64, receipt: u64) -> u64 {
        let (mut written, mut ordinary) = (since, true);
        for reader in 0..self.readers.len() {
            // What stands first in a line was written first.
            let mut since = since;
            for understood in self.read(reader, line) {
                match understood {
                    Understood::Unreadable(reason) => self.gap([since.min(receipt), receipt], reason),
                    Understood::Said(said, at) => {
                        ordinary = false;
                        if self.readers[reader].replay.as_mut().is_some_and(|replay| !replay.is_news(&said)) {
                            continue;
                        }
                        self.dated = at.is_some();
                        let span = events::span(since, at, receipt);
                        since = since.max(span[0]);
                        written = written.max(span[0]);
                        self.sight(reader, said, span);
                    }
                }
            }
        }
        self.readers.iter().for_each(|reader| reader.ids().complete(&*self.sink));
        if ordinary {
            self.sink.line(&self.who, self.stream, line);
        }
        written
    }

    fn read(&mut self, reader: usize, line: &[u8]) -> Vec<Understood> {
        let SourceObserver { observer, grammar, .. } = &mut self.readers[reader];
        match grammar {
            Grammar::Contract(ids) => {
                let readings = events::read_line(line).into_iter();
                let understood = readings.filter_map(|reading| match reading {
                    Reading::Ordinary => None,
                    Reading::Unreadable(why) => Some(Understood::Unreadable(why)),
                    Reading::Event(said, at) => {
                        let at = at.and_then(|at| self.clock.since_zero(at));
                        Some(Understood::Said(events::named(said, observer, ids), at))
                    }
                });
                understood.collect()
            }
            Grammar::Rules(interpreter) => {
                let meanings = interpreter.read_line(line).into_iter();
                let understood = meanings.filter_map(|meaning| match meaning {
                    Meaning::Nothing => None,
                    Meaning::Unreadable(why) => Some(Understood::Unreadable(why)),
                    Meaning::Said(said, wall) => {
                        Some(Understood::Said(said, wall.and_then(|wall| self.clock.since_wall(wall))))
                    }
                });
                understood.collect()
            }
        }
    }

    fn sight(&self, reader: usize, said: State<'static>, span: [u64; 2]) {
        let reader = &self.readers[reader];
        let seen = events::seen(said, &self.who, &reader.observer, reader.evidence);
        reader.ids().hand_on(&*self.sink, Span::new(span[0], span[1]), seen);
    }

    /// Something happened that nobody knows.
    pub(super) fn gap(&self, span: [u64; 2], reason: String) {
        self.forget();
        self.sink.gap(Gap { who: self.who.clone(), stream: self.stream, span, reason });
    }
}

/// What a reader made of a line, with the time that it says.
#[expect(clippy::large_enum_variant, reason = "one at a time, and gone at once")]
enum Understood {
    Said(State<'static>, Option<u64>),
    Unreadable(String),
}
