//! A history read line by line.
//!
//! A line's strings are borrowed from the buffer into which it was read, so that reading ten million observations
//! allocates nothing per line. A last line that has no newline and is not an event is *torn*: the
//! writer was killed in the middle of it, and what came before is still a history. The same in the middle of the
//! file is an error, because then something else than a writer's death has happened to it.
//!
//! A line without a time was recorded before the next line that has one, and no more is known of it. So it waits for that line.

use std::collections::VecDeque;
use std::io::Read;

pub use super::HistoryError;
use super::header::Observer;
use super::lines::{Found, LONGEST_LINE, Lines};
use super::{Decoder, Event, Header, Names};

/// Reads a history event by event.
pub struct Reader<R> {
    lines: Lines<R>,
    decoder: Decoder,
    torn: bool,
    over: bool,
    /// Lines without a time, and behind them those that are ready.
    waiting: VecDeque<Event>,
    ready: usize,
    /// The one of them that is lent.
    lent: Option<Event>,
}

/// How files begin that these programs packed: the magic numbers of their formats (RFC 1952, RFC 8878, xz 1.2, bzip2 1.0.8).
const PACKED: [(&[u8], &str); 4] =
    [(b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"), (b"\xfd7zXZ\0", "xz"), (b"BZh", "bzip2")];

/// So many lines wait for one that has a time.
const MOST: usize = 10_000;

impl<R: Read> Reader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// The input cannot be read, is empty, or does not begin with the header of a history of this schema.
    pub fn new(input: R) -> Result<Self, HistoryError> {
        let mut lines = Lines::new(input);
        let found = lines.read().map_err(|source| HistoryError::Io { line: 1, source })?;
        if let Some((_, packer)) = PACKED.iter().find(|(magic, _)| lines.bytes().starts_with(magic)) {
            return Err(HistoryError::Packed { packer });
        }
        match found {
            Found::TooLong => return Err(HistoryError::NotAHistory(too_long())),
            _ if lines.is_blank() => return Err(HistoryError::Empty),
            _ => {}
        }
        let decoder = Decoder::new(lines.bytes())?;
        Ok(Self { lines, decoder, torn: false, over: false, waiting: VecDeque::new(), ready: 0, lent: None })
    }

    /// The header.
    pub fn header(&self) -> &Header {
        self.decoder.header()
    }

    /// The names that occur in the history so far.
    pub fn names(&self) -> &Names {
        self.decoder.names()
    }

    /// The observers: those of the header in order, then those that only observations name.
    pub fn observers(&self) -> &[Observer] {
        self.decoder.observers()
    }

    /// The next event; `None` at the end. A torn last line is the end, and [`Self::torn`] says so. Blank lines are
    /// passed over.
    ///
    /// # Errors
    /// The input cannot be read, or a line which is not the torn last one is not an event.
    pub fn next_event(&mut self) -> Result<Option<Event>, HistoryError> {
        Ok(self.lend()?.cloned())
    }

    /// As [`Self::next_event`], without a copy: the event is lent until the next one is asked for.
    ///
    /// # Errors
    /// The input cannot be read, or a line which is not the torn last one is not an event.
    pub fn lend(&mut self) -> Result<Option<&Event>, HistoryError> {
        let is_there = match self.advance() {
            Ok(is_there) => is_there,
            Err(error) => {
                (self.over, self.ready) = (true, 0);
                self.waiting.clear();
                return Err(error);
            }
        };
        Ok(is_there.then(|| self.lent.as_ref().unwrap_or_else(|| self.decoder.last())))
    }

    /// Goes to the next event, if there is one: the decoder's last, or one that has waited.
    fn advance(&mut self) -> Result<bool, HistoryError> {
        self.lent = None;
        loop {
            if self.ready > 0 {
                self.ready -= 1;
                self.lent = self.waiting.pop_front();
                return Ok(true);
            }
            let Some(found) = self.next_line()? else {
                self.ready = self.waiting.len();
                if self.ready == 0 {
                    return Ok(false);
                }
                continue;
            };
            match self.decoder.read(self.lines.bytes(), self.lines.number()) {
                Err(_) if found == Found::Torn => {
                    self.torn = true;
                    continue;
                }
                Err(error) => return Err(error),
                Ok(_) => {}
            }
            if self.decoder.is_untimed() && self.waiting.len() < MOST {
                self.waiting.push_back(self.decoder.last().clone());
            } else if self.waiting.is_empty() {
                return Ok(true);
            } else {
                let event = self.decoder.last().clone();
                for moment in self.waiting.iter_mut().filter_map(|waiting| waiting.body.moment()) {
                    moment.latest = moment.latest.max(event.t);
                }
                self.waiting.push_back(event);
                self.ready = self.waiting.len();
            }
        }
    }

    /// Goes to the next line that is not blank, and says how it stands in the file; `None` at the end.
    fn next_line(&mut self) -> Result<Option<Found>, HistoryError> {
        while !self.over {
            let found = self.lines.read();
            let line = self.lines.number();
            self.over = !matches!(found, Ok(Found::Whole));
            match found.map_err(|source| HistoryError::Io { line, source })? {
                Found::TooLong => return Err(HistoryError::NotAnEvent { line, why: too_long() }),
                _ if self.lines.is_blank() => {}
                found => return Ok(Some(found)),
            }
        }
        Ok(None)
    }

    /// The last line was torn.
    pub fn torn(&self) -> bool {
        self.torn
    }
}

fn too_long() -> String {
    format!("it is longer than {} MiB", LONGEST_LINE >> 20)
}
