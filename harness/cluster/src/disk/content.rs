//! What stands in a file: pages, and a size. Pages that were never written are holes and read as zeros.
//!
//! The two images of a disk share their pages. A page is copied when it is written while the other image has it too.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Bytes of a page.
pub(super) const PAGE: u64 = 4096;

pub(super) type Page = Arc<[u8; PAGE as usize]>;

/// The bytes of one file.
#[derive(Debug, Clone, Default)]
pub(super) struct Content {
    pages: BTreeMap<u64, Page>,
    size: u64,
}

/// The numbers of the pages that a range of bytes touches.
pub(super) fn pages_of(offset: u64, length: u64) -> std::ops::Range<u64> {
    if length == 0 { 0..0 } else { offset / PAGE..(offset.saturating_add(length)).div_ceil(PAGE) }
}

impl Content {
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// How many pages are no holes.
    pub(super) fn held(&self) -> usize {
        self.pages.len()
    }

    /// The numbers of the pages that are no holes.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u64> + '_ {
        self.pages.keys().copied()
    }

    /// How many of the pages of a range are holes.
    pub(super) fn holes(&self, offset: u64, length: u64) -> usize {
        pages_of(offset, length).filter(|number| !self.pages.contains_key(number)).count()
    }

    pub(super) fn page(&self, number: u64) -> Option<&Page> {
        self.pages.get(&number)
    }

    /// What stands there, cut off at the end of the file.
    pub(super) fn read(&self, offset: u64, length: u64) -> Vec<u8> {
        let end = offset.saturating_add(length).min(self.size);
        let mut bytes = Vec::with_capacity(usize::try_from(end.saturating_sub(offset)).unwrap_or(0));
        let mut at = offset;
        while at < end {
            let (within, stop) = (at % PAGE, end.min((at / PAGE + 1) * PAGE));
            let part = span(within, within + (stop - at));
            match self.pages.get(&(at / PAGE)) {
                Some(page) => bytes.extend_from_slice(&page[part]),
                None => bytes.resize(bytes.len() + part.len(), 0),
            }
            at = stop;
        }
        bytes
    }

    /// Writes, and makes the file longer where that is needed.
    pub(super) fn write(&mut self, offset: u64, mut bytes: &[u8]) {
        let mut at = offset;
        while !bytes.is_empty() {
            let within = at % PAGE;
            let room = usize::try_from(PAGE - within).unwrap_or(0).min(bytes.len());
            let (now, rest) = bytes.split_at(room);
            let page = self.pages.entry(at / PAGE).or_insert_with(|| Arc::new([0; PAGE as usize]));
            Arc::make_mut(page)[span(within, within + room as u64)].copy_from_slice(now);
            at += room as u64;
            bytes = rest;
        }
        self.size = self.size.max(at);
    }

    /// Makes it as long as that. What is behind a new end is gone and does not come back.
    pub(super) fn resize(&mut self, size: u64) {
        if size < self.size {
            self.pages.split_off(&size.div_ceil(PAGE));
            self.zero(size, size.next_multiple_of(PAGE) - size);
        }
        self.size = size;
    }

    /// Makes zeros of a range. The size stays.
    pub(super) fn zero(&mut self, offset: u64, length: u64) {
        let end = offset.saturating_add(length);
        let touched: Vec<u64> = match pages_of(offset, length) {
            range if range.is_empty() => Vec::new(),
            range => self.pages.range(range).map(|(number, _)| *number).collect(),
        };
        for number in touched {
            let (from, to) = (number * PAGE, (number + 1) * PAGE);
            if offset <= from && to <= end {
                self.pages.remove(&number);
            } else if let Some(page) = self.pages.get_mut(&number) {
                Arc::make_mut(page)[span(offset.max(from) - from, end.min(to) - from)].fill(0);
            }
        }
    }

    /// Takes over one page of another content as it is there, shared from now on.
    pub(super) fn take_page(&mut self, number: u64, page: Option<&Page>) {
        match page {
            Some(page) => drop(self.pages.insert(number, Arc::clone(page))),
            None => drop(self.pages.remove(&number)),
        }
    }

    /// Sets the size without touching a page: what is behind it stays unseen.
    pub(super) fn set_size(&mut self, size: u64) {
        self.size = size;
    }

    /// Whether a page reads the same in both.
    pub(super) fn same_page(&self, other: &Self, number: u64) -> bool {
        match (self.page(number), other.page(number)) {
            (None, None) => true,
            (Some(one), Some(two)) => Arc::ptr_eq(one, two) || one == two,
            (Some(page), None) | (None, Some(page)) => page.iter().all(|byte| *byte == 0),
        }
    }
}

fn span(from: u64, to: u64) -> std::ops::Range<usize> {
    // Both are at most the size of a page.
    usize::try_from(from).unwrap_or(0)..usize::try_from(to).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_holes_are_zeros() {
        let mut content = Content::default();
        content.write(PAGE - 2, b"abcd");
        assert_eq!(content.size(), PAGE + 2);
        assert_eq!(content.read(PAGE - 3, 100), b"\0abcd");
        content.write(3 * PAGE, b"x");
        assert_eq!(content.read(2 * PAGE, PAGE + 1).iter().filter(|byte| **byte != 0).count(), 1);
        assert_eq!(content.holes(0, 4 * PAGE), 1);
    }

    #[test]
    fn bytes_behind_a_new_end_do_not_come_back_when_the_file_grows_again() {
        let mut content = Content::default();
        content.write(0, b"secret");
        content.resize(2);
        content.resize(6);
        assert_eq!(content.read(0, 10), b"se\0\0\0\0");
    }

    #[test]
    fn a_page_that_both_have_is_not_changed_in_the_other() {
        let mut one = Content::default();
        one.write(0, b"old");
        let two = one.clone();
        one.write(0, b"new");
        assert_eq!((one.read(0, 3), two.read(0, 3)), (b"new".to_vec(), b"old".to_vec()));
    }

    #[test]
    fn zeros_in_the_middle_leave_what_is_around_them() {
        let mut content = Content::default();
        content.write(0, &vec![7; 3 * PAGE as usize]);
        content.zero(10, 2 * PAGE);
        let bytes = content.read(0, 3 * PAGE);
        assert!(bytes.iter().enumerate().all(|(at, byte)| (*byte == 0) == (10..10 + 8192).contains(&at)));
        assert_eq!(content.held(), 2);
    }
}
