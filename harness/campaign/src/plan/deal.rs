//! How the runs of a campaign are numbered, and dealt to the machines that share it.
//!
//! A campaign is a table: its cells (a system and a workload each) by its seeds. Unit `number` is cell `number mod cells` with
//! seed `first + number / cells`. So a campaign that ends early has tried every cell, and the same number means the same run on
//! every machine.
//!
//! **Shards.** A shard that is lost must bias nothing. Consecutive seeds have something in common: any seven in a row draw every
//! kind of fault that `chaos` has. Dealing them out in turn would give a shard always the same kinds, and losing the shard would
//! lose them. Nor may a shard be left to chance altogether: it would get too much of one cell. So seeds are taken in blocks of as
//! many as there are shards. Each block is put in an order of its own: a shuffle keyed with the campaign's seed and the number of
//! the block. From cell to cell that order is moved on by one. So within a block every shard gets every cell exactly once, and
//! every seed is spread over the shards. What a shard gets is known without talking to any other.

use std::collections::BTreeSet;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use workloads::draw;

/// The most shards that a campaign can have. More would be fewer runs each than setting one up takes.
pub(crate) const MOST_SHARDS: u32 = 100_000;

/// A part of a campaign: shard `number`, from 1, of `of`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// From 1 to `of`.
    pub number: u32,
    /// How many there are.
    pub of: u32,
}

/// One run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlannedRun {
    /// Its number in the campaign, from 0.
    pub number: u64,
    /// Its cell, from 0.
    pub cell: usize,
    pub seed: u64,
}

/// There is nothing to deal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DealError {
    /// No system, or no workload.
    #[error("a campaign needs at least one system and one workload")]
    NoCells,
    /// The number of the shard.
    #[error("there is no shard {number}/{of}: shards are numbered from 1 to {of}")]
    NoShard {
        /// What was asked for.
        number: u32,
        /// How many there are.
        of: u32,
    },
    /// Too many shards, or none.
    #[error("a campaign has 1 to {MOST_SHARDS} shards, not {of}")]
    Shards {
        /// What was asked for.
        of: u32,
    },
}

/// The units of a campaign, or of a shard of it, in the order of their numbers. An iterator without end unless `runs`
/// says how many units the whole campaign has.
#[derive(Debug, Clone)]
pub struct Deal {
    cells: u64,
    first: u64,
    runs: Option<u64>,
    part: Option<Part>,
    next: u64,
    /// The order of a block, once it was drawn: its number, and which shard each place belongs to.
    order: Option<(u64, Vec<u32>)>,
}

impl Deal {
    /// Deals `cells` by the seeds from `first` on; `runs` is the number of units over all shards.
    ///
    /// # Errors
    /// No cells, or a shard that there is not.
    pub fn new(cells: usize, first: u64, runs: Option<u64>, part: Option<Part>) -> Result<Self, DealError> {
        if cells == 0 {
            return Err(DealError::NoCells);
        }
        if let Some(Part { number, of }) = part {
            if of == 0 || of > MOST_SHARDS {
                return Err(DealError::Shards { of });
            }
            if number == 0 || number > of {
                return Err(DealError::NoShard { number, of });
            }
        }
        Ok(Self { cells: cells as u64, first, runs, part, next: 0, order: None })
    }

    /// The unit of a number; none when the campaign ends before it.
    pub fn unit(&self, number: u64) -> Option<PlannedRun> {
        let seed = self.first.checked_add(number / self.cells)?;
        let cell = usize::try_from(number % self.cells).ok()?;
        self.runs.is_none_or(|runs| number < runs).then_some(PlannedRun { number, cell, seed })
    }

    /// How many units there are in this deal; none when there is no end.
    pub(crate) fn count_all(&self) -> Option<u64> {
        let runs = self.runs?;
        let Some(part) = self.part else { return Some(runs) };
        // Of a whole block every shard has each cell once.
        let block = self.cells.saturating_mul(u64::from(part.of));
        let rest = Self { next: runs - runs % block, ..self.clone() };
        Some(runs / block * self.cells + rest.fold(0, |count, _| count + 1))
    }

    /// The number of the shard that the unit belongs to.
    fn shard(&mut self, number: u64, of: u32) -> u32 {
        let (row, cell) = (number / self.cells, number % self.cells);
        let (block, place) = (row / u64::from(of), row % u64::from(of));
        if self.order.as_ref().is_none_or(|(drawn, _)| *drawn != block) {
            self.order = Some((block, order(self.first, block, of)));
        }
        let place = usize::try_from((place + cell) % u64::from(of)).unwrap_or_default();
        self.order.as_ref().and_then(|(_, order)| order.get(place).copied()).unwrap_or(1)
    }
}

impl Iterator for Deal {
    type Item = PlannedRun;

    fn next(&mut self) -> Option<PlannedRun> {
        loop {
            let unit = self.unit(self.next)?;
            self.next = self.next.checked_add(1)?;
            let part = self.part;
            if part.is_none_or(|part| self.shard(unit.number, part.of) == part.number) {
                return Some(unit);
            }
        }
    }
}

/// The shards in the order of one block. The key is spelt out, for the stream has to stay. It has the campaign's seed and the
/// number of the block, both little-endian, then a word that keeps it apart from the generators of workloads.
fn order(seed: u64, block: u64, of: u32) -> Vec<u32> {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&block.to_le_bytes());
    key[16..20].copy_from_slice(b"deal");
    let mut order: Vec<u32> = (1..=of).collect();
    draw::shuffle(&mut ChaCha8Rng::from_seed(key), &mut order);
    order
}

/// The rest of a deal of which some units were done before, in memory that does not grow with them. Runs end almost in the order
/// in which they begin, so all but a few of the finished ones lie below the first that is not.
#[derive(Debug, Clone)]
pub struct Remaining<D: Iterator<Item = PlannedRun> = Deal> {
    deal: std::iter::Peekable<D>,
    ahead: BTreeSet<u64>,
}

impl<D: Iterator<Item = PlannedRun>> Remaining<D> {
    /// All of it. The units have to come in the order of their numbers.
    pub fn new(deal: D) -> Self {
        Self { deal: deal.peekable(), ahead: BTreeSet::new() }
    }

    /// Takes a finished unit away. False when it was done before, or is none of this deal's.
    pub fn finished(&mut self, number: u64) -> bool {
        match self.deal.peek() {
            Some(first) if number >= first.number => {}
            _ => return false,
        }
        let new = self.ahead.insert(number);
        self.pass();
        new
    }

    fn pass(&mut self) {
        while let Some(first) = self.deal.peek() {
            // What lies between two units of this deal was never of it.
            let number = first.number;
            while self.ahead.first().is_some_and(|ahead| *ahead < number) {
                self.ahead.pop_first();
            }
            if !self.ahead.remove(&number) {
                return;
            }
            self.deal.next();
        }
    }
}

impl<D: Iterator<Item = PlannedRun>> Iterator for Remaining<D> {
    type Item = PlannedRun;

    fn next(&mut self) -> Option<PlannedRun> {
        self.pass();
        self.deal.next()
    }
}

#[cfg(test)]
mod tests;
