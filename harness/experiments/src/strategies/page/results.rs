//! What the runs of one group of cells came to.

use std::collections::BTreeMap;

use campaign::results::{Digest, Entry};
use checkers::judge;
use checkers::stats::{Share, shown_quantile, wilson};
use history::Verdict;
use serde_json::{Value, json};

/// 95 %.
pub(super) const Z: f64 = 1.96;

/// For how long a majority was without a leader when the first leader had been isolated or stopped, nanoseconds.
///
/// The time before it is that of the first election. A later one may begin when a majority comes back, as in the second half of
/// the lab's `re-election`. Timers have run meanwhile, and measured from the fault on it would be mostly the test's own two
/// seconds. Either would part the times in two humps, and put the median between them, where it says nothing.
fn re_election(digest: &Digest) -> Option<u64> {
    digest.interregna.get(1).map(|&micros| u64::from(micros) * 1000)
}

/// The runs of one or several cells.
#[derive(Debug, Clone, Default)]
pub(super) struct Results {
    /// Runs that passed the lab's test: see [`Results::add`].
    pub(super) passed: u64,
    /// Runs that did not.
    pub(super) failed: u64,
    /// Runs that did not, on a machine that stalled meanwhile: they count nowhere.
    pub(super) stalled: u64,
    /// Runs in which a promise of safety was broken, or a process died.
    pub(super) unsafe_runs: u64,
    /// In how many runs which checker found something.
    pub(super) found: BTreeMap<String, u64>,
    /// The first run that failed or broke a promise: its folder, if it was kept, and what was said of it.
    pub(super) first: Option<(Option<String>, String)>,
    /// How long the re-election took, nanoseconds, by run: none or one in each. See [`re_election`].
    pub(super) times: Vec<Vec<u64>>,
}

impl Results {
    /// A test of the lab is passed when everything it expects came about in its time, and no two nodes led one term. The lab does
    /// not ask for anything else that our checkers find. A run that fails while the machine stalled proves nothing.
    pub(super) fn add(&mut self, entry: &Entry) {
        let digest = &entry.digest;
        let invalid = entry.failures.iter().filter(|failure| failure.verdict == Verdict::Invalid);
        let mut checkers: Vec<&str> = invalid.map(|failure| failure.signature.checker.as_str()).collect();
        checkers.sort_unstable();
        checkers.dedup();
        let two_leaders = checkers.contains(&judge::election_safety::NAME);
        let passed = digest.expectations_met > 0 && digest.expectations_unmet == 0 && !two_leaders;
        match (passed, digest.stalls > 0 && !two_leaders) {
            (true, _) => self.passed += 1,
            (false, true) => self.stalled += 1,
            (false, false) => self.failed += 1,
        }
        let is_unsafe = |checker: &&str| judge::SAFETY.contains(checker) || *checker == judge::process::NAME;
        self.unsafe_runs += u64::from(checkers.iter().any(is_unsafe));
        let failed = !passed && digest.stalls == 0;
        if failed || !checkers.is_empty() {
            let kept = self.first.as_ref().is_some_and(|(folder, _)| folder.is_some());
            if self.first.is_none() || (!kept && entry.folder.is_some()) {
                self.first = Some((entry.folder.clone(), entry.sentence.clone()));
            }
        }
        for checker in checkers {
            *self.found.entry(checker.to_owned()).or_default() += 1;
        }
        self.times.push(re_election(digest).into_iter().collect());
    }

    /// Adds what another group came to.
    pub(super) fn take_in(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.stalled += other.stalled;
        self.unsafe_runs += other.unsafe_runs;
        for (checker, runs) in &other.found {
            *self.found.entry(checker.clone()).or_default() += runs;
        }
        if self.first.is_none() {
            self.first.clone_from(&other.first);
        }
        self.times.extend(other.times.iter().cloned());
    }

    /// Runs that passed, of those that count.
    pub(super) fn share(&self) -> Share {
        Share { of: self.passed, all: self.passed + self.failed }
    }

    /// The Wilson interval of that.
    pub(super) fn interval(&self) -> (f64, f64) {
        let Share { of, all } = self.share();
        wilson(of, all, Z)
    }

    /// All times, sorted.
    pub(super) fn sorted(&self) -> Vec<u64> {
        let mut times: Vec<u64> = self.times.iter().flatten().copied().collect();
        times.sort_unstable();
        times
    }

    pub(super) fn numbers(&self) -> Value {
        let (low, high) = self.interval();
        let sorted = self.sorted();
        let at = |q| shown_quantile(&sorted, q);
        json!({
            "passed": self.passed, "failed": self.failed, "stalled": self.stalled, "interval": [low, high],
            "found": self.found, "unsafe": self.unsafe_runs,
            "re_election_times": { "count": sorted.len(), "p50": at(0.5), "p90": at(0.9), "p99": at(0.99), "max": sorted.last() },
        })
    }
}
