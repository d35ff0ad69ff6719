//! The lines of a history as they stand in the file: the one place that knows how long they may be.

use std::io::{self, BufRead, Read};

/// No line of a history is longer, bytes. What is longer is no line of a history.
pub const LONGEST_LINE: u64 = 16 << 20;

/// How a line stands in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// There is none: the file is at its end.
    Nothing,
    /// It ends with a newline.
    Whole,
    /// It is the last, and has no newline: its writer may have been killed in the middle of it.
    Torn,
    /// It is longer than [`LONGEST_LINE`]. Only its beginning is read; what is left is passed over.
    TooLong,
}

/// Reads a history line by line, into one buffer.
#[derive(Debug)]
pub struct Lines<R> {
    input: R,
    buffer: Vec<u8>,
    number: u64,
    found: Found,
}

impl<R: BufRead> Lines<R> {
    /// From the first line on.
    pub fn new(input: R) -> Self {
        Self { input, buffer: Vec::with_capacity(4096), number: 0, found: Found::Nothing }
    }

    /// Reads the next line.
    ///
    /// # Errors
    /// The input cannot be read.
    pub fn read(&mut self) -> io::Result<Found> {
        if self.found == Found::TooLong {
            self.pass_over()?;
        }
        self.number += 1;
        self.buffer.clear();
        let read = self.input.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut self.buffer)?;
        self.found = match self.buffer.last() {
            None => Found::Nothing,
            Some(b'\n') => Found::Whole,
            Some(_) if (read as u64) < LONGEST_LINE => Found::Torn,
            Some(_) => Found::TooLong,
        };
        Ok(self.found)
    }

    /// The line that was read last, with its newline.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer
    }

    /// Its number; the first is 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Nothing but blanks stands in it.
    pub fn is_blank(&self) -> bool {
        self.buffer.iter().all(u8::is_ascii_whitespace)
    }

    fn pass_over(&mut self) -> io::Result<()> {
        loop {
            self.buffer.clear();
            let more = self.input.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut self.buffer)?;
            if more == 0 || self.buffer.last() == Some(&b'\n') {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_too_long_is_passed_over_and_counted() {
        let long = vec![b'x'; LONGEST_LINE as usize * 2 + 5];
        let text = [b"one\n", &long[..], b"\nthree\ntorn"].concat();
        let mut lines = Lines::new(&text[..]);
        let mut seen = Vec::new();
        loop {
            let found = lines.read().unwrap();
            seen.push((lines.number(), found, lines.bytes().len().min(9)));
            if found == Found::Nothing {
                break;
            }
        }
        let expected = [
            (1, Found::Whole, 4),
            (2, Found::TooLong, 9),
            (3, Found::Whole, 6),
            (4, Found::Torn, 4),
            (5, Found::Nothing, 0),
        ];
        assert_eq!(seen, expected);
    }
}
