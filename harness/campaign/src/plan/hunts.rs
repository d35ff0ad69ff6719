//! Hunts: campaigns inside an experiment, each of which ends when it has found something.
//!
//! How many runs it takes to find a bug is a question to a campaign and not to a run. So such an experiment has *groups* of cells
//! (a bug, and how schedules are drawn), and each group is hunted once a trial. A hunt draws its cells in turn, up to a budget of
//! runs, and is over when a run was invalid. In each round every cell of the group comes once. The order is drawn for each trial
//! and round and is the same for all groups, so they are compared on the same seeds and the same order.
//!
//! Runs are numbered trial by trial, step by step, group by group, whatever is left out later; a number says all of it.

use std::ops::Range;

use workloads::draw;

use super::PlannedRun;

/// How an experiment hunts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunt {
    /// How many runs a hunt has at most.
    pub budget: u64,
    /// How many cells a group has: they stand one after the other in the experiment.
    pub parts: usize,
    /// For each group whether what its runs showed decides what is drawn.
    pub searches: Vec<bool>,
}

impl Hunt {
    fn groups(&self) -> u64 {
        (self.searches.len() as u64).max(1)
    }

    fn group(&self, number: u64) -> usize {
        usize::try_from(number % self.groups()).unwrap_or_default()
    }

    /// The trial of a unit.
    pub fn trial(&self, number: u64) -> u64 {
        number / self.groups() / self.budget.max(1)
    }

    /// Which of the runs of its hunt a unit is, from 0.
    pub fn step(&self, number: u64) -> u64 {
        number / self.groups() % self.budget.max(1)
    }

    /// The hunt that a unit belongs to: each group has one in each trial.
    pub fn of(&self, number: u64) -> u64 {
        self.trial(number) * self.groups() + number % self.groups()
    }

    /// The cells of its group.
    pub fn cells(&self, number: u64) -> Range<usize> {
        let first = self.group(number) * self.parts;
        first..first + self.parts
    }

    /// What its runs showed decides what is drawn.
    pub fn searches(&self, number: u64) -> bool {
        self.searches.get(self.group(number)).copied().unwrap_or(false)
    }
}

/// The units of an experiment that hunts, in the order of their numbers.
#[derive(Debug, Clone)]
pub struct Hunts {
    hunt: Hunt,
    seed: u64,
    units: u64,
    next: u64,
    /// The order of the cells in a round: trial and round, and the order.
    order: Option<((u64, u64), Vec<usize>)>,
}

impl Hunts {
    /// So many trials; `seed`: the seed of the first run of each hunt.
    pub fn new(hunt: &Hunt, trials: u64, seed: u64) -> Self {
        let units = trials.saturating_mul(hunt.budget).saturating_mul(hunt.groups());
        Self { hunt: hunt.clone(), seed, units, next: 0, order: None }
    }

    fn part(&mut self, trial: u64, step: u64) -> usize {
        let parts = self.hunt.parts.max(1) as u64;
        let round = step / parts;
        if self.order.as_ref().is_none_or(|(of, _)| *of != (trial, round)) {
            let mut order: Vec<usize> = (0..self.hunt.parts).collect();
            let mut rng = draw::generator(self.seed, &format!("hunt {trial} {round}"));
            draw::shuffle(&mut rng, &mut order);
            self.order = Some(((trial, round), order));
        }
        let place = usize::try_from(step % parts).unwrap_or_default();
        self.order.as_ref().and_then(|(_, order)| order.get(place).copied()).unwrap_or_default()
    }
}

impl Iterator for Hunts {
    type Item = PlannedRun;

    fn next(&mut self) -> Option<PlannedRun> {
        let number = self.next;
        if number >= self.units {
            return None;
        }
        self.next += 1;
        let (trial, step) = (self.hunt.trial(number), self.hunt.step(number));
        let cell = self.hunt.cells(number).start + self.part(trial, step);
        let seed = self.seed.checked_add(trial.checked_mul(self.hunt.budget)?.checked_add(step)?)?;
        Some(PlannedRun { number, cell, seed })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_group_is_hunted_on_the_same_seeds_and_every_round_has_every_cell() {
        let hunt = Hunt { budget: 6, parts: 3, searches: vec![false, true] };
        let units: Vec<PlannedRun> = Hunts::new(&hunt, 2, 10).collect();
        assert_eq!(units.len(), 24);
        for pair in units.chunks(2) {
            assert_eq!((pair[0].seed, pair[0].cell + 3), (pair[1].seed, pair[1].cell));
        }
        for hunted in 0..4 {
            let of: Vec<&PlannedRun> = units.iter().filter(|unit| hunt.of(unit.number) == hunted).collect();
            assert_eq!(of.len(), 6);
            assert!(of.iter().all(|unit| hunt.cells(unit.number).contains(&unit.cell)));
            for round in of.chunks(3) {
                assert_eq!(round.iter().map(|unit| unit.cell).collect::<BTreeSet<_>>().len(), 3);
            }
            assert_eq!(of.iter().map(|unit| hunt.step(unit.number)).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
        }
        let seeds: BTreeSet<u64> = units.iter().map(|unit| unit.seed).collect();
        assert_eq!(seeds, (10..22).collect());
    }

    #[test]
    fn the_order_is_another_in_another_trial() {
        let hunt = Hunt { budget: 18, parts: 18, searches: vec![false] };
        let cells: Vec<usize> = Hunts::new(&hunt, 2, 1).map(|unit| unit.cell).collect();
        assert_ne!(cells[..18], cells[18..]);
        assert_ne!(cells[..18], (0..18).collect::<Vec<_>>());
    }
}
