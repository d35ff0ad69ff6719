//! A history read line by line.
//!
//! One buffer is reused for all lines, and a line's strings are borrowed from it, so that reading ten million
//! observations allocates nothing per line. A last line that has no newline and is not an event is *torn*: the
//! writer was killed in the middle of it, and what came before is still a history. The same in the middle of the
//! file is an error, because then something else than a writer's death has happened to it.

use std::io::{BufRead, Read};

pub use super::HistoryError;
use super::header::Observer;
use super::{Decoder, Event, Header, Names};

/// No line of a history is longer than this; a file with a longer one is not a history.
const LONGEST: u64 = 16 << 20;

/// Reads a history event by event.
pub struct Reader<R> {
    input: R,
    decoder: Decoder,
    buffer: Vec<u8>,
    line: u64,
    torn: bool,
    over: bool,
}

impl<R: BufRead> Reader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// The input cannot be read, is empty, or does not begin with the header of a history of this schema.
    pub fn new(mut input: R) -> Result<Self, HistoryError> {
        let mut buffer = Vec::with_capacity(4096);
        read_line(&mut input, &mut buffer, 1)?;
        if buffer.iter().all(u8::is_ascii_whitespace) {
            return Err(HistoryError::Empty);
        }
        let decoder = Decoder::new(&buffer)?;
        Ok(Self { input, decoder, buffer, line: 1, torn: false, over: false })
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
        while !self.over {
            self.line += 1;
            let whole = match read_line(&mut self.input, &mut self.buffer, self.line) {
                Ok(whole) => whole,
                Err(error) => {
                    self.over = true;
                    return Err(error);
                }
            };
            self.over = !whole;
            if self.buffer.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            return match self.decoder.decode(&self.buffer, self.line) {
                Ok(event) => Ok(Some(event)),
                Err(_) if !whole => {
                    self.torn = true;
                    Ok(None)
                }
                Err(error) => {
                    self.over = true;
                    Err(error)
                }
            };
        }
        Ok(None)
    }

    /// The last line was torn.
    pub fn torn(&self) -> bool {
        self.torn
    }
}

/// Reads one line into the buffer; whether it ended with a newline, which only the last may lack.
fn read_line<R: BufRead>(input: &mut R, buffer: &mut Vec<u8>, line: u64) -> Result<bool, HistoryError> {
    buffer.clear();
    let read = input.by_ref().take(LONGEST).read_until(b'\n', buffer);
    let read = read.map_err(|source| HistoryError::Io { line, source })?;
    let whole = buffer.last() == Some(&b'\n');
    if !whole && read as u64 == LONGEST {
        let why = format!("it is longer than {} MiB", LONGEST >> 20);
        return Err(if line == 1 { HistoryError::NotAHistory(why) } else { HistoryError::NotAnEvent { line, why } });
    }
    Ok(whole)
}
