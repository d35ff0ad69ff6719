//! Bytes into lines, with a bound.

/// Splits a stream into lines and remembers, for the one that is not complete yet, a mark of when it began. Memory is
/// bounded by the longest line allowed, whatever arrives.
#[derive(Debug)]
pub(crate) struct Splitter {
    longest: usize,
    begun: Vec<u8>,
    mark: Option<u64>,
    skipping: bool,
}

/// What is found in a stream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// A line without its newline, and the mark of the chunk in which it began.
    Line(&'a [u8], u64),
    /// A line that is longer than allowed; said once, when it becomes too long.
    TooLong(u64),
}

impl Splitter {
    pub(crate) fn new(longest: usize) -> Self {
        Self { longest, begun: Vec::new(), mark: None, skipping: false }
    }

    /// Takes a chunk; `mark` belongs to every line that begins in it.
    pub(crate) fn feed(&mut self, mut chunk: &[u8], mark: u64, mut found: impl FnMut(Piece<'_>)) {
        while !chunk.is_empty() {
            let (part, complete) = match chunk.iter().position(|&byte| byte == b'\n') {
                Some(newline) => (&chunk[..newline], true),
                None => (chunk, false),
            };
            chunk = &chunk[(part.len() + usize::from(complete)).min(chunk.len())..];
            let began = *self.mark.get_or_insert(mark);
            if !self.skipping && self.begun.len() + part.len() > self.longest {
                self.skipping = true;
                self.begun = Vec::new();
                found(Piece::TooLong(began));
            }
            if !self.skipping {
                if complete && self.begun.is_empty() {
                    found(Piece::Line(part, began));
                } else {
                    self.begun.extend_from_slice(part);
                    if complete {
                        found(Piece::Line(&self.begun, began));
                    }
                }
            }
            if complete {
                self.begun.clear();
                self.mark = None;
                self.skipping = false;
            }
        }
    }

    /// What is left at the end: a line that was never completed.
    pub(crate) fn rest(&self) -> &[u8] {
        &self.begun
    }
}
