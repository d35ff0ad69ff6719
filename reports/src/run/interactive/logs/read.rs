//! Lines of a log file by their time.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};
use std::path::Path;

use super::time::Clock;

/// So many bytes of a line are looked at.
const LOOKED_AT: usize = 8192;
/// A probe for a line with a time gives up after so many bytes.
const PROBE: u64 = 256 << 10;
/// So many bytes are read for one stretch of time.
const STRETCH: u64 = 16 << 20;

/// A file whose lines have times that rise.
pub(super) struct Reader {
    input: BufReader<File>,
    length: u64,
    clock: Clock,
    /// What is to be subtracted from times that do not name their zone.
    shift: i128,
    start: u64,
    line: Vec<u8>,
}

impl Reader {
    /// Opens a file of a node that was first started at `start`; none if it cannot be read or no time is found in its
    /// beginning.
    pub(super) fn open(path: &Path, clock: Clock, start: u64) -> Option<Self> {
        let file = File::open(path).ok()?;
        let length = file.metadata().ok()?.len();
        let input = BufReader::with_capacity(1 << 16, file);
        let mut reader = Self { input, length, clock, shift: 0, start, line: Vec::new() };
        let mut at = 0;
        while at < length.min(PROBE) {
            at += reader.next().ok().flatten()?;
            if let Some(found) = clock.read(&reader.line) {
                // A clock of another zone is off by a multiple of a quarter of an hour.
                const QUARTER: i128 = 900_000_000_000;
                if !found.zoned {
                    let off = found.t - i128::from(reader.start);
                    reader.shift = (off + QUARTER / 2).div_euclid(QUARTER) * QUARTER;
                }
                return Some(reader);
            }
        }
        None
    }

    /// Reads a line into `line`, of a long one the beginning; answers how many bytes it took, none at the end.
    fn next(&mut self) -> io::Result<Option<u64>> {
        self.line.clear();
        let mut taken = 0u64;
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                return Ok((taken > 0).then_some(taken));
            }
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let part = &buffer[..end.unwrap_or(buffer.len())];
            let room = LOOKED_AT.saturating_sub(self.line.len());
            self.line.extend_from_slice(&part[..part.len().min(room)]);
            let used = part.len() + usize::from(end.is_some());
            self.input.consume(used);
            taken += used as u64;
            if end.is_some() {
                return Ok(Some(taken));
            }
        }
    }

    fn time(&self) -> Option<u64> {
        let found = self.clock.read(&self.line)?;
        let t = if found.zoned { found.t } else { found.t - self.shift };
        Some(u64::try_from(t.max(0)).unwrap_or(u64::MAX))
    }

    /// The time of the first line with one that begins after `offset`.
    fn probe(&mut self, offset: u64) -> io::Result<Option<u64>> {
        self.input.seek(SeekFrom::Start(offset))?;
        let mut at = 0;
        if offset > 0 {
            // The middle of a line is no line.
            at += self.next()?.unwrap_or(PROBE);
        }
        while at < PROBE {
            let Some(taken) = self.next()? else { return Ok(None) };
            at += taken;
            if let Some(t) = self.time() {
                return Ok(Some(t));
            }
        }
        Ok(None)
    }

    /// Calls `each` with the time, whether it is the line's own, and the text of every line of a span. Stops quietly
    /// where reading fails.
    pub(super) fn lines(&mut self, span: [u64; 2], each: impl FnMut(u64, bool, &str)) {
        let _ = self.try_lines(span, each);
    }

    fn try_lines(&mut self, span: [u64; 2], mut each: impl FnMut(u64, bool, &str)) -> io::Result<()> {
        let (mut low, mut high) = (0, self.length);
        while high - low > 4096 {
            let middle = low + (high - low) / 2;
            match self.probe(middle)? {
                Some(t) if t < span[0] => low = middle,
                _ => high = middle,
            }
        }
        self.input.seek(SeekFrom::Start(low))?;
        let mut read = if low > 0 { self.next()?.unwrap_or(0) } else { 0 };
        let mut now = None;
        while read < STRETCH {
            let Some(taken) = self.next()? else { break };
            read += taken;
            let own = self.time();
            now = own.or(now);
            let Some(t) = now else { continue };
            if t > span[1] {
                break;
            }
            if t >= span[0] && !self.line.is_empty() {
                each(t, own.is_some(), &String::from_utf8_lossy(&self.line));
            }
        }
        Ok(())
    }
}
