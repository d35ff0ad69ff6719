//! What a night of runs adds up to.
//!
//! A [`Tally`] takes [entries](Entry) in any order and comes to the same sums. So a campaign that was killed, or was dealt to
//! shards, is read back from its lines. Its memory is bounded by constants and not by the number of runs. Times go into
//! [histograms](Histogram) and failures into at most [`SIGNATURES`] groups. Runs and the hours of the night go into
//! [stretches](Coarse) that become longer as the campaign does. What has no group of its own any more goes into one for its
//! checker, so that no kind of failure ever disappears.
//!
//! Runs that a search drew are summed apart ([`Tally::searched`]). A search goes where something new was seen, so its counts say
//! nothing of how often something happens. Rates, quantiles and chances are of the runs that were drawn blind. What was found, in
//! which run, and what was covered, is of all.
//!
//! It does not look whether it was given a run twice; code that merges folders knows the numbers of the units.

use std::collections::BTreeMap;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::bounded::{Coarse, Smallest, Sum};
use super::{ClientTimes, Digest, Ending, Entry, Failure, Histogram, RunId, Signature, Situations};
use history::verdict::Verdict;

/// So many signatures have a group of their own.
pub(crate) const SIGNATURES: usize = 500;
/// So many cells (a system with a workload) are told apart.
pub(crate) const CELLS: usize = 200;
/// So many kinds of hits and of overlaps are told apart.
pub const KINDS: usize = 300;
/// So many runs have a place of their own in the grid; of more, neighbours share one.
pub(crate) const PLACES: usize = 5000;
/// The time of a campaign is shown in at most so many stretches.
pub(crate) const STRETCHES: usize = 96;
/// The shortest stretch of that time, seconds.
pub const STRETCH: u64 = 10;
/// The name of what has no room of its own.
pub const OTHERS: &str = "others";

/// The sums of a campaign.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tally {
    /// The runs that were drawn blind: all, unless a search drew some.
    pub runs: Runs,
    /// Those that a search drew.
    pub searched: Runs,
    /// The distinct situations of all runs.
    pub situations: Situations,
    /// Runs of each network.
    pub networks: Smallest<String, u64, 16>,
    /// Those drawn blind by system and workload; the rest, if there are more than [`CELLS`], under [`OTHERS`].
    pub cells: Smallest<CellName, Runs, CELLS>,
    /// The cells that have no place of their own.
    pub other_cells: Option<Runs>,
    /// Failures by signature, worst first: `invalid` before `harness` before `unknown`.
    pub failures: Smallest<FailureKind, Group, SIGNATURES>,
    /// Failures whose signature has no group of its own, by checker.
    pub other_failures: Smallest<(FailureClass, String), Group, 64>,
    /// Failures that have not even that.
    pub rest: Option<Group>,
    /// How often which fault hit which role.
    pub hits: Smallest<String, u64, KINDS>,
    /// How often which kinds of faults were in force at once.
    pub overlaps: Smallest<String, u64, KINDS>,
    /// The runs by the numbers of their units.
    pub grid: Coarse<GridSquare, PLACES>,
    /// The time of the campaign, by seconds since 1970 divided by [`STRETCH`].
    pub timeline: Coarse<TimeStretch, STRETCHES>,
    /// When the first run began and the last ended, seconds since 1970.
    pub span: Option<(u64, u64)>,
}

/// A system with a workload.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CellName {
    pub system: String,
    pub workload: String,
}

/// What a failure counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FailureClass {
    /// A promise was broken.
    Invalid,
    /// The harness or its environment failed.
    Harness,
    /// It could not be judged.
    Unknown,
}

impl FailureClass {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Harness => "harness",
            Self::Unknown => "unknown",
        }
    }
}

/// What failures are counted by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FailureKind {
    /// What it counts as.
    pub class: FailureClass,
    /// What it is grouped by.
    pub signature: Signature,
}

/// Sums of runs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Runs {
    /// How many ended how.
    pub endings: BTreeMap<Ending, u64>,
    /// How long they took together, nanoseconds.
    pub duration: u64,
    /// Terms that got a leader.
    pub elections: u64,
    /// Of these, those that count as judged: see [`Digest`].
    pub judged: u64,
    /// Times of elections after a fault.
    pub times: Histogram,
    /// Elections after a fault that are not among them because a stall overlapped them.
    pub times_stalled: u64,
    /// Elections after a fault that are not among them because they could not be timed.
    pub untimed: u64,
    /// Times without an effective leader that ended with one, but for the first of each run.
    pub interregna: Histogram,
    /// Times without an effective leader that were cut off.
    pub censored: Histogram,
    /// Terms without a leader though a node was a candidate.
    pub split_terms: u64,
    /// Re-election windows passed.
    pub windows_passed: u64,
    /// Re-election windows untested.
    pub windows_untested: u64,
    /// How often the machine or the harness stalled.
    pub stalls: u64,
    /// For how long, nanoseconds.
    pub stalled: u64,
    /// Runs in which that happened.
    pub stalled_runs: u64,
    /// What clients saw, in runs with a probe.
    pub clients: ClientTimes,
}

/// Failures of one signature.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Runs with it. In a group for [`OTHERS`] a run counts once for each of its signatures.
    pub runs: u64,
    /// Of these, drawn by a search.
    pub searched: u64,
    /// How often it happened in all.
    pub count: u64,
    /// The run with the lowest unit.
    pub first: Example,
    /// The run with the lowest unit whose artifacts were kept.
    pub kept: Option<Example>,
    /// In how many runs each kind of fault may have been in force, and `none` for runs without any.
    pub faults: Smallest<String, u64, 32>,
}

/// A run that shows a failure.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Example {
    /// Which run it was.
    pub unit: RunId,
    /// Its name.
    pub run: String,
    /// Where its artifacts are, relative to the campaign's folder.
    pub folder: Option<String>,
    /// What happened in it, unmasked.
    pub sentence: String,
    /// A search drew it: no seed draws its schedule again.
    pub searched: bool,
}

/// One place of the grid: a run, or neighbours.
#[derive(Debug, Clone, PartialEq)]
pub struct GridSquare {
    /// How many ended how.
    pub endings: BTreeMap<Ending, u64>,
    /// The worst of them; of several the one with the lowest unit.
    pub worst: (Ending, Example),
}

/// A stretch of that time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TimeStretch {
    /// How many runs that began in it ended how.
    pub endings: BTreeMap<Ending, u64>,
    /// Judged elections of these.
    pub judged: u64,
    /// Times of elections after a fault.
    pub times: Histogram,
    /// Stalls of the machine or the harness.
    pub stalls: u64,
}

impl Tally {
    /// Takes a finished run into account.
    pub fn add(&mut self, entry: &Entry) {
        let runs = Runs::of(entry);
        let cell = CellName { system: entry.unit.system.clone(), workload: entry.unit.workload.clone() };
        if entry.search.is_some() {
            self.searched.add(runs);
        } else {
            if let Some((_, other)) = self.cells.add(cell, runs.clone()) {
                sum(&mut self.other_cells, other);
            }
            self.runs.add(runs);
        }
        self.situations.add(entry.unit.number, &entry.digest.situations);
        if !entry.network.is_empty() {
            self.networks.add(entry.network.clone(), 1);
        }
        for failure in &entry.failures {
            self.fail(FailureKind::of(entry, failure), Group::of(entry, failure));
        }
        for (what, &count) in &entry.digest.hits {
            self.hits.add(what.clone(), count);
        }
        for (what, &count) in &entry.digest.overlaps {
            self.overlaps.add(what.clone(), count);
        }
        self.grid.add(entry.unit.number, GridSquare::of(entry));
        if let Some(began) = seconds(&entry.began) {
            let ended = began.saturating_add(entry.duration.div_ceil(1_000_000_000));
            let (first, last) = self.span.unwrap_or((began, ended));
            self.span = Some((first.min(began), last.max(ended)));
            self.timeline.add(began / STRETCH, TimeStretch::of(entry));
        }
    }

    fn fail(&mut self, kind: FailureKind, group: Group) {
        let Some((FailureKind { class, signature }, group)) = self.failures.add(kind, group) else { return };
        if let Some((_, group)) = self.other_failures.add((class, signature.checker), group) {
            sum(&mut self.rest, group);
        }
    }

    /// The artifacts in this folder are gone: no example names them any more.
    pub fn forget(&mut self, folder: &str) {
        let groups = self.failures.values_mut().chain(self.other_failures.values_mut()).chain(self.rest.as_mut());
        for group in groups {
            group.first.forget(folder);
            group.kept.take_if(|kept| kept.folder.as_deref() == Some(folder));
        }
        self.grid.values_mut().for_each(|place| place.worst.1.forget(folder));
    }

    /// How many runs ended so.
    pub fn ended(&self, ending: Ending) -> u64 {
        self.runs.ended(ending).saturating_add(self.searched.ended(ending))
    }

    /// How many runs there are.
    pub fn total(&self) -> u64 {
        self.runs.total().saturating_add(self.searched.total())
    }

    /// All of it merged: `invalid` over `unknown` over `valid`. No runs prove nothing.
    pub fn verdict(&self) -> Verdict {
        match self.exit() {
            0 => Verdict::Valid,
            1 => Verdict::Invalid,
            _ => Verdict::Unknown,
        }
    }

    /// The exit code of all runs together: 1 over 70 over 2 over 0. That runs were interrupted makes it 2; whether the
    /// campaign was is not known here.
    pub fn exit(&self) -> u8 {
        let any = |ending| self.ended(ending) > 0;
        if any(Ending::Invalid) {
            1
        } else if any(Ending::Harness) {
            70
        } else if any(Ending::Unknown) || any(Ending::Interrupted) || self.total() == 0 {
            2
        } else {
            0
        }
    }

    /// The groups of failures of one class: its signatures, those with the most runs first.
    pub fn groups(&self, class: FailureClass) -> Vec<(&Signature, &Group)> {
        let of_class = self.failures.iter().filter(|(kind, _)| kind.class == class);
        let mut groups: Vec<_> = of_class.map(|(kind, group)| (&kind.signature, group)).collect();
        groups.sort_by_key(|(_, group)| (std::cmp::Reverse(group.runs), group.first.unit.number));
        groups
    }

    /// What has no signature of its own in a class, by checker.
    pub fn others(&self, class: FailureClass) -> impl Iterator<Item = (&str, &Group)> {
        let of_class = self.other_failures.iter().filter(move |((of, _), _)| *of == class);
        of_class.map(|((_, checker), group)| (checker.as_str(), group))
    }
}

impl FailureKind {
    fn of(entry: &Entry, failure: &Failure) -> Self {
        let class = match (failure.verdict, entry.ending()) {
            (Verdict::Invalid, _) => FailureClass::Invalid,
            (_, Ending::Harness) => FailureClass::Harness,
            _ => FailureClass::Unknown,
        };
        Self { class, signature: failure.signature.clone() }
    }
}

impl Runs {
    fn of(entry: &Entry) -> Self {
        let Digest { election_times, censored, .. } = &entry.digest;
        let digest = &entry.digest;
        let histogram = |times: &[u32]| {
            let mut histogram = Histogram::default();
            histogram.extend(times.iter().copied());
            histogram
        };
        Self {
            endings: BTreeMap::from([(entry.ending(), 1)]),
            duration: entry.duration,
            elections: digest.elections,
            judged: digest.judged,
            times: histogram(election_times),
            times_stalled: digest.times_stalled,
            untimed: digest.without_time(),
            interregna: histogram(digest.later_interregna()),
            censored: histogram(censored),
            split_terms: digest.split_terms,
            windows_passed: digest.windows_passed,
            windows_untested: digest.windows_untested,
            stalls: digest.stalls,
            stalled: digest.stalled,
            stalled_runs: u64::from(digest.stalls > 0),
            clients: digest.clients.unwrap_or_default(),
        }
    }

    /// How many ended so.
    pub fn ended(&self, ending: Ending) -> u64 {
        self.endings.get(&ending).copied().unwrap_or(0)
    }

    /// How many there are.
    pub fn total(&self) -> u64 {
        self.endings.values().sum()
    }

    /// How many were judged: valid or invalid.
    pub fn decided(&self) -> u64 {
        self.ended(Ending::Valid) + self.ended(Ending::Invalid)
    }
}

impl Sum for Runs {
    fn add(&mut self, other: Self) {
        self.endings.add(other.endings);
        self.duration.add(other.duration);
        self.elections.add(other.elections);
        self.judged.add(other.judged);
        self.times.add(other.times);
        self.times_stalled.add(other.times_stalled);
        self.untimed.add(other.untimed);
        self.interregna.add(other.interregna);
        self.censored.add(other.censored);
        self.split_terms.add(other.split_terms);
        self.windows_passed.add(other.windows_passed);
        self.windows_untested.add(other.windows_untested);
        self.stalls.add(other.stalls);
        self.stalled.add(other.stalled);
        self.stalled_runs.add(other.stalled_runs);
        self.clients.add(other.clients);
    }
}

impl Sum for BTreeMap<Ending, u64> {
    fn add(&mut self, other: Self) {
        for (ending, count) in other {
            Sum::add(self.entry(ending).or_default(), count);
        }
    }
}

impl Group {
    fn of(entry: &Entry, failure: &Failure) -> Self {
        let first = Example::of(entry, &failure.sentence);
        let mut faults = Smallest::default();
        for kind in &failure.faults {
            faults.add(kind.clone(), 1);
        }
        if failure.faults.is_empty() {
            faults.add("none".to_owned(), 1);
        }
        let kept = first.folder.is_some().then(|| first.clone());
        Self { runs: 1, searched: u64::from(entry.search.is_some()), count: failure.count, first, kept, faults }
    }
}

impl Sum for Group {
    fn add(&mut self, other: Self) {
        self.runs.add(other.runs);
        self.searched.add(other.searched);
        self.count.add(other.count);
        for (kind, &runs) in other.faults.iter() {
            self.faults.add(kind.clone(), runs);
        }
        if other.first < self.first {
            self.first = other.first;
        }
        self.kept = [self.kept.take(), other.kept].into_iter().flatten().min();
    }
}

impl Example {
    fn of(entry: &Entry, sentence: &str) -> Self {
        let Entry { unit, run, folder, search, .. } = entry;
        Self {
            unit: unit.clone(),
            run: run.clone(),
            folder: folder.clone(),
            sentence: sentence.to_owned(),
            searched: search.is_some(),
        }
    }

    fn forget(&mut self, folder: &str) {
        self.folder.take_if(|known| known == folder);
    }
}

impl GridSquare {
    fn of(entry: &Entry) -> Self {
        // A valid run has nothing to tell, and there are many of them.
        let said = if entry.ending() == Ending::Valid { "" } else { entry.sentence.as_str() };
        let worst = (entry.ending(), Example::of(entry, said));
        Self { endings: BTreeMap::from([(entry.ending(), 1)]), worst }
    }
}

impl Sum for GridSquare {
    fn add(&mut self, other: Self) {
        self.endings.add(other.endings);
        let rank = |worst: &(Ending, Example)| (std::cmp::Reverse(worst.0), worst.1.clone());
        if rank(&other.worst) < rank(&self.worst) {
            self.worst = other.worst;
        }
    }
}

impl TimeStretch {
    fn of(entry: &Entry) -> Self {
        let runs = Runs::of(entry);
        let times = if entry.search.is_some() { Histogram::default() } else { runs.times };
        Self { endings: runs.endings, judged: runs.judged, times, stalls: runs.stalls }
    }
}

impl Sum for TimeStretch {
    fn add(&mut self, other: Self) {
        self.endings.add(other.endings);
        self.judged.add(other.judged);
        self.times.add(other.times);
        self.stalls.add(other.stalls);
    }
}

fn sum<V: Sum>(place: &mut Option<V>, value: V) {
    match place {
        Some(sum) => sum.add(value),
        None => *place = Some(value),
    }
}

/// A moment in RFC 3339 (UTC) in seconds since 1970.
fn seconds(moment: &str) -> Option<u64> {
    let moment = humantime::parse_rfc3339(moment).ok()?;
    moment.duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs())
}

#[cfg(test)]
mod tests;
