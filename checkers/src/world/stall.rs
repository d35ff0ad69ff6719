//! When something did not run.
//!
//! Spans of several watches overlap: the harness, two nodes and the disk may all have waited for one cause. So they are kept
//! merged, and what is asked of them takes as long as a search, however many there are.

use history::event::Stall;

use super::timeline::union;

/// The stalls of a run.
#[derive(Debug, Clone, Default)]
pub struct Stalls {
    all: Vec<(u64, u64)>,
    disk: Vec<(u64, u64)>,
    waits: Vec<(u64, u64)>,
}

impl Stalls {
    pub(crate) fn of(stalls: &[Stall]) -> Self {
        let spans = |which: &dyn Fn(&Stall) -> bool| {
            stalls.iter().filter(|stall| which(stall)).map(|stall| (stall.span.earliest, stall.span.latest)).collect()
        };
        let merge = |which: &dyn Fn(&Stall) -> bool| union(spans(which));
        Self { all: merge(&|_| true), disk: merge(&|stall| stall.disk), waits: merge(&|stall| !stall.disk) }
    }

    /// A stall overlaps `[from, to)`.
    pub fn overlap(&self, from: u64, to: u64) -> bool {
        touches(&self.all, from, to)
    }

    /// A stall of the disk overlaps `[from, to)`.
    pub fn of_disk(&self, from: u64, to: u64) -> bool {
        touches(&self.disk, from, to)
    }

    /// How much of `[from, to)` stalls cover.
    pub fn covered(&self, from: u64, to: u64) -> u64 {
        within(&self.all, from, to).map(|&(a, b)| b.min(to).saturating_sub(a.max(from))).sum()
    }

    /// The stalls of the harness and of nodes that overlap `[from, to)`, whole, in the order of time.
    pub fn waits(&self, from: u64, to: u64) -> impl Iterator<Item = (u64, u64)> + '_ {
        within(&self.waits, from, to).copied()
    }
}

fn within(merged: &[(u64, u64)], from: u64, to: u64) -> impl Iterator<Item = &(u64, u64)> {
    let first = merged.partition_point(|&(_, end)| end < from);
    merged[first..].iter().take_while(move |&&(begin, _)| begin < to)
}

fn touches(merged: &[(u64, u64)], from: u64, to: u64) -> bool {
    within(merged, from, to).next().is_some()
}

#[cfg(test)]
mod tests {
    use history::Span;

    use super::*;

    #[test]
    fn stalls_that_meet_are_one_and_cover_their_time_once() {
        let stall = |earliest, latest, disk| Stall { span: Span { earliest, latest }, disk };
        let stalls = Stalls::of(&[stall(50, 90, false), stall(10, 60, false), stall(200, 300, true)]);
        assert_eq!(stalls.waits(0, 1000).collect::<Vec<_>>(), [(10, 90)]);
        assert_eq!((stalls.covered(0, 1000), stalls.covered(80, 250)), (180, 60));
        assert!(stalls.overlap(90, 91) && !stalls.overlap(91, 200) && stalls.overlap(199, 201));
        assert!(stalls.of_disk(250, 260) && !stalls.of_disk(10, 90));
    }
}
