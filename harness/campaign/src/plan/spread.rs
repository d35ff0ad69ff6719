//! The order of the runs of an experiment whose cells have different numbers of them.
//!
//! Run `k` of a cell with `n` runs stands at the place (k + ½)/n of the whole. The runs are done in the order of their places,
//! and cells of the same place in the order of the plan. So at every moment the same share of each cell is done, within one run.
//! Where all cells have the same number of runs, this is one of each in turn. Nothing is drawn and nothing stored but the next
//! run of each cell, so a plan of a million runs costs what one of ten does.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::PlannedRun;

/// The units of an experiment, in the order in which they are done.
#[derive(Debug, Clone)]
pub struct Spread {
    first: u64,
    next: u64,
    heap: BinaryHeap<Reverse<NextRun>>,
}

/// The next run of a cell: `done` of `runs` were before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct NextRun {
    done: u64,
    runs: u64,
    cell: usize,
}

impl Ord for NextRun {
    fn cmp(&self, other: &Self) -> Ordering {
        // (2a + 1)/2n against (2b + 1)/2m, without rounding.
        let cross = |left: &Self, right: &Self| (2 * u128::from(left.done) + 1) * u128::from(right.runs);
        cross(self, other).cmp(&cross(other, self)).then(self.cell.cmp(&other.cell))
    }
}

impl PartialOrd for NextRun {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Spread {
    /// `runs`: how many each cell has; `first`: the seed of the first run of each.
    pub fn new(runs: impl IntoIterator<Item = u64>, first: u64) -> Self {
        let places = runs.into_iter().enumerate().filter(|(_, runs)| *runs > 0);
        let heap = places.map(|(cell, runs)| Reverse(NextRun { done: 0, runs, cell })).collect();
        Self { first, next: 0, heap }
    }
}

impl Iterator for Spread {
    type Item = PlannedRun;

    fn next(&mut self) -> Option<PlannedRun> {
        let Reverse(place) = self.heap.pop()?;
        let NextRun { done, runs, cell } = place;
        let unit = PlannedRun { number: self.next, cell, seed: self.first.checked_add(done)? };
        self.next += 1;
        if done + 1 < runs {
            self.heap.push(Reverse(NextRun { done: done + 1, ..place }));
        }
        Some(unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_gets_its_runs_with_seeds_from_the_first_on() {
        let units: Vec<PlannedRun> = Spread::new([3, 0, 1, 7], 100).collect();
        assert_eq!(units.len(), 11);
        assert!(units.iter().enumerate().all(|(at, unit)| unit.number == at as u64));
        for (cell, runs) in [(0, 3), (1, 0), (2, 1), (3, 7)] {
            let seeds: Vec<u64> = units.iter().filter(|unit| unit.cell == cell).map(|unit| unit.seed).collect();
            assert_eq!(seeds, (100..100 + runs).collect::<Vec<_>>());
        }
    }

    #[test]
    fn at_every_moment_each_cell_is_done_to_the_same_share() {
        let runs = [1000, 20, 333, 1];
        let total: u64 = runs.iter().sum();
        let mut done = [0_u64; 4];
        for (at, unit) in Spread::new(runs, 1).enumerate() {
            done[unit.cell] += 1;
            let share = (at + 1) as f64 / total as f64;
            for (done, runs) in done.iter().zip(runs) {
                assert!((*done as f64 - share * runs as f64).abs() <= 2.0, "{done} of {runs} at {share}");
            }
        }
    }

    #[test]
    fn cells_with_as_many_runs_take_turns() {
        let cells: Vec<usize> = Spread::new([2, 2, 2], 1).map(|unit| unit.cell).collect();
        assert_eq!(cells, [0, 1, 2, 0, 1, 2]);
    }

    #[test]
    fn it_ends_where_the_seeds_do() {
        assert_eq!(Spread::new([3], u64::MAX).count(), 1);
    }
}
