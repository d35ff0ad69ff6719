//! The lines of a history as they stand in the file: the one place that knows how long they may be.

use std::io::{self, ErrorKind, Read};

/// No line of a history is longer, bytes. What is longer is no line of a history.
pub const LONGEST_LINE: u64 = 16 << 20;

/// So much is read at a time, bytes: little enough to stay near the processor.
const CHUNK: usize = 128 << 10;

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

/// Reads a history line by line. Lines stay where they were read, so that none is copied.
#[derive(Debug)]
pub struct Lines<R> {
    input: R,
    buffer: Vec<u8>,
    /// How much of the buffer was read.
    filled: usize,
    /// Where the line that was read last begins and ends.
    begin: usize,
    end: usize,
    number: u64,
    found: Found,
}

impl<R: Read> Lines<R> {
    /// From the first line on.
    pub fn new(input: R) -> Self {
        Self { input, buffer: vec![0; CHUNK], filled: 0, begin: 0, end: 0, number: 0, found: Found::Nothing }
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
        self.begin = self.end;
        let mut searched = 0;
        self.found = loop {
            let longest = usize::try_from(LONGEST_LINE).unwrap_or(usize::MAX);
            let line = &self.buffer[self.begin..self.filled.min(self.begin.saturating_add(longest))];
            if let Some(at) = memchr::memchr(b'\n', &line[searched..]) {
                self.end = self.begin + searched + at + 1;
                break Found::Whole;
            }
            searched = line.len();
            if searched >= longest {
                self.end = self.begin + searched;
                break Found::TooLong;
            }
            if self.more()? == 0 {
                self.end = self.filled;
                break if self.begin == self.end { Found::Nothing } else { Found::Torn };
            }
        };
        Ok(self.found)
    }

    /// The line that was read last, with its newline.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[self.begin..self.end]
    }

    /// Its number; the first is 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Nothing but blanks stands in it.
    pub fn is_blank(&self) -> bool {
        self.bytes().iter().all(u8::is_ascii_whitespace)
    }

    /// Reads on, behind what is left from the beginning of the line on. Answers how much there was.
    fn more(&mut self) -> io::Result<usize> {
        self.buffer.copy_within(self.begin..self.filled, 0);
        (self.begin, self.end, self.filled) = (0, 0, self.filled - self.begin);
        if self.filled == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        loop {
            match self.input.read(&mut self.buffer[self.filled..]) {
                Ok(read) => {
                    self.filled += read;
                    return Ok(read);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Passes over what is left of a line that is too long.
    fn pass_over(&mut self) -> io::Result<()> {
        loop {
            if let Some(at) = memchr::memchr(b'\n', &self.buffer[self.end..self.filled]) {
                self.end += at + 1;
                return Ok(());
            }
            self.begin = self.filled;
            if self.more()? == 0 {
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

    /// An input that gives a few bytes at a time, and is interrupted in between.
    struct Drops<'a>(&'a [u8], usize);

    impl Read for Drops<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            self.1 += 1;
            if self.1.is_multiple_of(3) {
                return Err(ErrorKind::Interrupted.into());
            }
            let size = self.0.len().min(out.len()).min(self.1 % 5 + 1);
            out[..size].copy_from_slice(&self.0[..size]);
            self.0 = &self.0[size..];
            Ok(size)
        }
    }

    #[test]
    fn lines_are_the_same_however_the_input_comes() {
        let text: String = (0..40_000).map(|n| format!("{}{n}\n", "x".repeat(n % 17))).collect::<String>() + "torn";
        let read = |input: &mut dyn Read| {
            let (mut lines, mut all) = (Lines::new(input), Vec::new());
            while lines.read().unwrap() != Found::Nothing {
                all.push(lines.bytes().to_vec());
            }
            all
        };
        let expected: Vec<Vec<u8>> = text.split_inclusive('\n').map(|line| line.as_bytes().to_vec()).collect();
        assert!(read(&mut text.as_bytes()) == expected);
        assert!(read(&mut Drops(text.as_bytes(), 0)) == expected);
    }
}
