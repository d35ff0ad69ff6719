//! One direction of one connection: what has arrived at the network and has not yet crossed.
//!
//! Everything that can cross a link stands in this queue, in order, with the time it is due. That is the attempt to connect, the
//! bytes, the end of the stream, or a reset. So one gate at the queue's head serves every rule. What is not due waits, and while
//! the link is cut nothing passes.

use std::collections::VecDeque;

use workloads::Effect;

use super::pace;

/// Something that can cross a link.
#[derive(Debug)]
pub(super) enum Crossing {
    /// The attempt to connect.
    Syn,
    /// Bytes, the first `usize` of which have crossed.
    Bytes(Vec<u8>, usize),
    /// No more bytes will come.
    Fin,
    /// The connection is no more.
    Reset,
}

#[derive(Debug)]
pub(super) struct Item {
    pub(super) due: u64,
    pub(super) what: Crossing,
}

/// How a stream ended, as far as was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ending {
    None,
    Fin,
    Reset,
}

/// What waits to cross in one direction.
#[derive(Debug)]
pub(super) struct Pipe {
    queue: VecDeque<Item>,
    bytes: usize,
    last_due: u64,
    ending: Ending,
    /// The end of the stream has crossed.
    pub(super) is_finished: bool,
}

impl Pipe {
    pub(super) fn new() -> Self {
        Self { queue: VecDeque::new(), bytes: 0, last_due: 0, ending: Ending::None, is_finished: false }
    }

    /// The attempt to connect, due at `due`; nothing that follows it crosses before `established`.
    pub(super) fn connect(&mut self, due: u64, established: u64) {
        self.queue.push_front(Item { due, what: Crossing::Syn });
        self.last_due = self.last_due.max(established);
    }

    pub(super) fn push(&mut self, due: u64, bytes: &[u8]) {
        let due = self.in_order(due);
        self.bytes += bytes.len();
        if let Some(Item { due: last, what: Crossing::Bytes(tail, _) }) = self.queue.back_mut()
            && *last == due
            && tail.len() + bytes.len() <= tail.capacity()
        {
            return tail.extend_from_slice(bytes);
        }
        self.queue.push_back(Item { due, what: Crossing::Bytes(bytes.to_vec(), 0) });
    }

    /// Ends the stream. A reset takes the place of an end that still waits; whatever comes after a reset is void.
    pub(super) fn end(&mut self, due: u64, is_reset: bool) {
        let ending = if is_reset { Ending::Reset } else { Ending::Fin };
        if ending <= self.ending {
            return;
        }
        self.ending = ending;
        if matches!(self.queue.back(), Some(Item { what: Crossing::Fin, .. })) {
            self.queue.pop_back();
        }
        let due = self.in_order(due);
        self.queue.push_back(Item { due, what: if is_reset { Crossing::Reset } else { Crossing::Fin } });
    }

    fn in_order(&mut self, due: u64) -> u64 {
        self.last_due = self.last_due.max(due);
        self.last_due
    }

    /// Whatever is pushed next is due at once.
    pub(super) fn is_idle(&self, now: u64) -> bool {
        self.queue.is_empty() && self.last_due <= now
    }

    pub(super) fn front(&self) -> Option<&Item> {
        self.queue.front()
    }

    pub(super) fn pop(&mut self) {
        if let Some(Item { what: Crossing::Bytes(bytes, crossed), .. }) = self.queue.pop_front() {
            self.bytes -= bytes.len() - crossed;
        }
    }

    /// The bytes at the head that are due, in as many slices as one write takes.
    pub(super) fn due(&self, now: u64) -> Vec<std::io::IoSlice<'_>> {
        self.queue
            .iter()
            .map_while(|item| match &item.what {
                Crossing::Bytes(bytes, crossed) if item.due <= now => Some(std::io::IoSlice::new(&bytes[*crossed..])),
                _ => None,
            })
            .take(64)
            .collect()
    }

    /// Takes away bytes that have crossed.
    pub(super) fn advance(&mut self, mut count: usize) {
        self.bytes -= count;
        while let Some(Item { what: Crossing::Bytes(bytes, crossed), .. }) = self.queue.front_mut() {
            let left = bytes.len() - *crossed;
            if count < left {
                *crossed += count;
                return;
            }
            count -= left;
            self.queue.pop_front();
        }
    }

    /// Bytes that wait.
    pub(super) fn waiting(&self) -> usize {
        self.bytes
    }

    /// No more may be read. Bytes that are due and do not cross press back at once; those on their way only far beyond
    /// bandwidth × delay.
    pub(super) fn is_full(&self, effect: &Effect, now: u64) -> bool {
        let stuck = self.queue.front().is_none_or(|front| front.due <= now);
        self.bytes >= if stuck { pace::BACKLOG } else { pace::bound(effect) }
    }

    /// Other rules are in force: what waits is due no later than what arrives now.
    pub(super) fn hasten(&mut self, effect: &Effect, now: u64) {
        let latest = pace::latest(effect, now);
        self.last_due = self.last_due.min(latest);
        for item in &mut self.queue {
            item.due = item.due.min(latest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(pipe: &mut Pipe) -> Vec<(u64, String)> {
        let mut seen = Vec::new();
        while let Some(Item { due, what }) = pipe.front() {
            let word = match what {
                Crossing::Bytes(bytes, crossed) => String::from_utf8(bytes[*crossed..].to_vec()).unwrap(),
                other => format!("{other:?}"),
            };
            seen.push((*due, word));
            pipe.pop();
        }
        seen
    }

    #[test]
    fn the_order_of_a_stream_is_kept_whatever_the_due_times() {
        let mut pipe = Pipe::new();
        pipe.push(30, b"one");
        pipe.push(10, b"two");
        pipe.end(5, false);
        let words: Vec<_> = drain(&mut pipe);
        assert_eq!(words, [(30, "one".into()), (30, "two".into()), (30, "Fin".into())]);
        assert_eq!(pipe.waiting(), 0);
    }

    #[test]
    fn a_reset_takes_the_place_of_a_waiting_end_but_not_of_bytes() {
        let mut pipe = Pipe::new();
        pipe.push(1, b"last words");
        pipe.end(2, false);
        pipe.end(3, true);
        pipe.end(4, false);
        assert_eq!(drain(&mut pipe), [(1, "last words".into()), (3, "Reset".into())]);
    }

    #[test]
    fn partial_writes_take_away_exactly_what_crossed() {
        let mut pipe = Pipe::new();
        pipe.push(1, b"abc");
        pipe.push(2, b"def");
        pipe.push(9, b"later");
        assert_eq!(pipe.due(2).iter().map(|slice| slice.len()).sum::<usize>(), 6);
        pipe.advance(4);
        assert_eq!(pipe.waiting(), 7);
        assert_eq!(drain(&mut pipe), [(2, "ef".into()), (9, "later".into())]);
    }

    #[test]
    fn a_lifted_delay_hastens_what_waits() {
        let mut pipe = Pipe::new();
        pipe.push(1_000, b"slow");
        pipe.hasten(&Effect::default(), 10);
        pipe.push(10, b"fast");
        assert_eq!(drain(&mut pipe), [(10, "slow".into()), (10, "fast".into())]);
    }

    #[test]
    fn only_what_is_due_and_stuck_presses_back_early() {
        let delayed = Effect { delay: std::time::Duration::from_millis(100), ..Effect::default() };
        let mut pipe = Pipe::new();
        pipe.push(100, &vec![0; pace::BACKLOG * 4]);
        assert!(!pipe.is_full(&delayed, 50));
        assert!(pipe.is_full(&delayed, 100));
    }
}
