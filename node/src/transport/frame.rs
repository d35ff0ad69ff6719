//! Lines of bounded length out of a byte stream.

use std::io::{self, ErrorKind};

use tokio::io::{AsyncRead, AsyncReadExt};

/// The longest line accepted, bytes. An honest frame has about 150; two names of any sane length fit.
pub const LONGEST: usize = 16 * 1024;

/// How much is read at once at least, bytes: an honest frame is read in one go.
const ROOM: usize = 512;

/// What has been read and not yet been taken.
#[derive(Debug, Default)]
pub struct Lines {
    buffer: Vec<u8>,
    /// So many bytes of it are known to hold no newline.
    searched: usize,
    /// Bytes read so far in all.
    received: u64,
}

impl Lines {
    /// The next line without its newline; none at the end of the stream, an error for a line that is too long. May be
    /// dropped and called anew: nothing is lost.
    pub async fn next(&mut self, mut from: impl AsyncRead + Unpin) -> io::Result<Option<Vec<u8>>> {
        loop {
            if let Some(end) = self.buffer[self.searched..].iter().position(|byte| *byte == b'\n') {
                let end = self.searched + end;
                let line = self.buffer[..end].to_vec();
                self.buffer.drain(..=end);
                self.searched = 0;
                return Ok(Some(line));
            }
            self.searched = self.buffer.len();
            if self.searched > LONGEST {
                return Err(io::Error::new(ErrorKind::InvalidData, format!("a line of more than {LONGEST} bytes")));
            }
            self.buffer.reserve(ROOM);
            let read = from.read_buf(&mut self.buffer).await?;
            self.received += read as u64;
            if read == 0 {
                return Ok(None);
            }
        }
    }

    /// How many bytes have come in since the beginning.
    pub fn received(&self) -> u64 {
        self.received
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn all(mut from: &[u8]) -> io::Result<Vec<String>> {
        let mut lines = Lines::default();
        let mut found = Vec::new();
        while let Some(line) = lines.next(&mut from).await? {
            found.push(String::from_utf8(line).unwrap());
        }
        Ok(found)
    }

    #[tokio::test]
    async fn a_stream_falls_into_its_lines_and_a_torn_last_one_is_dropped() {
        assert_eq!(all(b"one\n\nthree\nfo").await.unwrap(), ["one", "", "three"]);
    }

    #[tokio::test]
    async fn a_gigabyte_without_a_newline_is_refused_early() {
        let error = all(&vec![b'x'; 10 * LONGEST]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
    }
}
