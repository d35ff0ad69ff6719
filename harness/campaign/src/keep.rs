//! What stays on disk.
//!
//! A run's folder is worth most when the run failed, and a night has too many that did not. So the artifacts of runs that are
//! `invalid` or `unknown`, or whose harness failed, stay whole. Of valid runs a sample stays: a few of each cell, the first to
//! come. The others leave their line in the ledger, and go.
//!
//! With a limit on the disk the sample goes first, the oldest before the others. When that is not enough, nothing new is
//! kept; what was recorded of failures is never deleted.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;

/// Which runs are kept, `--keep`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    All,
    /// Those that are not valid.
    Failed,
    /// None at all.
    None,
    /// Those that are not valid, and so many valid ones.
    Sample(u64),
    /// Of each cell so many that are valid and so many that are not: for experiments, in which cells fail on purpose.
    Each(u64),
}

/// The default of `--keep`.
pub const SAMPLE: u64 = 20;

/// Reads `all`, `failed`, `none` or a number. The error is a sentence.
pub fn parse(text: &str) -> Result<Keep, String> {
    match text {
        "all" => Ok(Keep::All),
        "failed" => Ok(Keep::Failed),
        "none" => Ok(Keep::None),
        _ => text
            .parse()
            .map(Keep::Sample)
            .map_err(|_| format!("{text:?}: write all, failed, none, or how many valid runs to keep, such as 20")),
    }
}

/// Keeps account of what is kept.
#[derive(Debug)]
pub struct Retention {
    policy: Keep,
    limit: Option<u64>,
    cells: u64,
    /// Valid runs kept or to be kept, by cell.
    sampled: BTreeMap<usize, u64>,
    /// Kept runs that are not valid, by cell.
    failed: BTreeMap<usize, u64>,
    samples: VecDeque<(PathBuf, u64)>,
    used: u64,
}

impl Retention {
    /// `cells` is how many cells share the sample; `limit` is in bytes.
    pub fn new(policy: Keep, limit: Option<u64>, cells: usize) -> Self {
        Self {
            policy,
            limit,
            cells: cells.max(1) as u64,
            sampled: BTreeMap::new(),
            failed: BTreeMap::new(),
            samples: VecDeque::new(),
            used: 0,
        }
    }

    /// Whether the next run of this cell is to be kept if it is valid. Ask before it begins: a run that is not kept need not
    /// write its pages.
    pub fn samples(&self, cell: usize) -> bool {
        match self.policy {
            Keep::All => true,
            Keep::Failed | Keep::None => false,
            Keep::Sample(most) => {
                let all: u64 = self.sampled.values().sum();
                let here = self.sampled.get(&cell).copied().unwrap_or(0);
                all < most && here < most.div_ceil(self.cells) && !self.is_full()
            }
            Keep::Each(most) => self.sampled.get(&cell).is_none_or(|here| *here < most) && !self.is_full(),
        }
    }

    /// A run of this cell begins as one of the sample.
    pub fn promised(&mut self, cell: usize) {
        *self.sampled.entry(cell).or_default() += 1;
    }

    /// It was not to be: it is not valid, or was interrupted.
    pub fn released(&mut self, cell: usize) {
        if let Some(count) = self.sampled.get_mut(&cell) {
            *count = count.saturating_sub(1);
        }
    }

    /// Whether a finished run of a cell stays. `sample`: it began as one of the sample.
    pub fn keeps(&self, cell: usize, is_valid: bool, sample: bool) -> bool {
        let wanted = match self.policy {
            Keep::All => true,
            Keep::None => false,
            Keep::Failed | Keep::Sample(_) => !is_valid || sample,
            Keep::Each(_) if is_valid => sample,
            Keep::Each(most) => self.failed.get(&cell).is_none_or(|here| *here < most),
        };
        wanted && (!self.is_full() || (!is_valid && !self.samples.is_empty()))
    }

    /// A run of this cell that is not valid stays.
    pub(crate) fn failure_stays(&mut self, cell: usize) {
        *self.failed.entry(cell).or_default() += 1;
    }

    /// Takes account of a folder that stays, of so many bytes; answers the folders of the sample that must go for it.
    pub fn kept(&mut self, folder: PathBuf, bytes: u64, is_valid: bool) -> Vec<PathBuf> {
        self.used = self.used.saturating_add(bytes);
        if is_valid {
            self.samples.push_back((folder, bytes));
        }
        let mut gone = Vec::new();
        while self.is_full() {
            let Some((folder, bytes)) = self.samples.pop_front() else { break };
            self.used = self.used.saturating_sub(bytes);
            gone.push(folder);
        }
        gone
    }

    /// Gives up the whole sample: the disk itself is full.
    pub(crate) fn give_up_the_sample(&mut self) -> Vec<PathBuf> {
        let gone: Vec<_> = self.samples.drain(..).collect();
        self.used = self.used.saturating_sub(gone.iter().map(|(_, bytes)| bytes).sum());
        gone.into_iter().map(|(folder, _)| folder).collect()
    }

    /// Whether the limit is reached.
    pub fn is_full(&self) -> bool {
        self.limit.is_some_and(|limit| self.used >= limit)
    }

    /// The bytes of what is kept.
    pub fn used(&self) -> u64 {
        self.used
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_takes_from_every_cell() {
        let mut retention = Retention::new(Keep::Sample(3), None, 2);
        for (cell, expected) in [(0, true), (0, true), (0, false), (1, true), (1, false)] {
            assert_eq!(retention.samples(cell), expected);
            if expected {
                retention.promised(cell);
            }
        }
        retention.released(0);
        assert!(retention.samples(0), "one that failed leaves its place to another");
    }

    #[test]
    fn policies_say_what_stays() {
        let keeps = |policy, is_valid| {
            let retention = Retention::new(policy, None, 1);
            retention.keeps(0, is_valid, retention.samples(0))
        };
        assert!(keeps(Keep::All, true) && keeps(Keep::All, false));
        assert!(!keeps(Keep::Failed, true) && keeps(Keep::Failed, false));
        assert!(!keeps(Keep::None, true) && !keeps(Keep::None, false));
        assert!(keeps(Keep::Sample(1), true) && !keeps(Keep::Sample(0), true) && keeps(Keep::Sample(0), false));
        assert_eq!([parse("all"), parse("none"), parse("5")], [Ok(Keep::All), Ok(Keep::None), Ok(Keep::Sample(5))]);
        assert!(parse("some").unwrap_err().contains("failed"));
    }

    #[test]
    fn of_each_cell_so_many_stay_that_failed_and_so_many_that_did_not() {
        let mut retention = Retention::new(Keep::Each(1), None, 2);
        assert!(retention.samples(0) && retention.keeps(0, false, true));
        retention.promised(0);
        retention.failure_stays(0);
        assert!(!retention.samples(0) && !retention.keeps(0, false, false) && retention.keeps(0, true, true));
        assert!(retention.samples(1) && retention.keeps(1, false, false) && !retention.keeps(1, true, false));
    }

    #[test]
    fn a_full_account_gives_up_the_sample_first_and_never_a_failure() {
        let mut retention = Retention::new(Keep::Sample(10), Some(100), 1);
        assert!(retention.kept("valid-1".into(), 40, true).is_empty());
        assert!(retention.kept("valid-2".into(), 40, true).is_empty());
        assert_eq!(retention.kept("invalid-1".into(), 50, false), [PathBuf::from("valid-1")]);
        assert!(!retention.is_full());
        assert_eq!(retention.kept("invalid-2".into(), 60, false), [PathBuf::from("valid-2")]);
        assert!(retention.is_full() && !retention.samples(0) && !retention.keeps(0, false, false));
        assert_eq!(retention.used(), 110);
        assert!(retention.kept("invalid-3".into(), 10, false).is_empty(), "there is nothing left to give up");
    }

    #[test]
    fn a_full_disk_takes_the_whole_sample() {
        let mut retention = Retention::new(Keep::All, None, 1);
        retention.kept("valid-1".into(), 5, true);
        retention.kept("invalid-1".into(), 7, false);
        assert_eq!(retention.give_up_the_sample(), [PathBuf::from("valid-1")]);
        assert_eq!(retention.used(), 7);
    }
}
