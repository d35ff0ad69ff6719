//! What clients saw, as the lines of the probe tell it.

use history::Attempts;

/// Attempts in a row that all ended alike: as many as there are of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// They were answered as a client wants it.
    pub answered: bool,
    /// The beginning of the first.
    pub from: u64,
    /// The end of the last.
    pub to: u64,
    /// The end of the first, at the latest.
    pub first: u64,
    /// How many.
    pub count: u64,
    /// How long the longest took, nanoseconds.
    pub slowest: Option<u64>,
}

/// Takes a line into account. Lines that say the same one after the other are one stretch. Time does not go back, whatever a
/// line says.
pub(super) fn add(all: &mut Vec<Stretch>, line: &Attempts) {
    let last = all.last_mut();
    let since = last.as_ref().map_or(0, |last| last.to);
    let (from, to) = (line.span.earliest.max(since), line.span.latest.max(since));
    match last.filter(|last| last.answered == line.answered) {
        Some(last) => {
            last.to = to;
            last.count = last.count.saturating_add(line.count);
            last.slowest = last.slowest.max(line.slowest);
        }
        None => {
            let Attempts { answered, count, slowest, .. } = *line;
            all.push(Stretch { answered, from, to, first: to, count, slowest });
        }
    }
}
