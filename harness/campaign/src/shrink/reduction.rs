//! The search, driven: which candidate is run next, and when it has been run often enough.
//!
//! The loop decides and tasks act. It keeps a row of outcomes for each candidate that is being tried, in the order in which its
//! runs were begun. It begins no more of them at once than could decide it. Whatever places are left go to the next candidate.
//! When one is accepted, what runs for the others is stopped and not waited for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use checkers::stats::sequential::{Decision, Sprt};
use tokio::sync::watch;
use tokio::task::JoinSet;
use workloads::shrink::{Kind, Search, Ticket};
use workloads::{Schedule, StepId};

use super::outcome::Rate;
use super::repeater::{Repeater, Repetition, Trial};

/// So often must the original fail before its rate counts as known …
const KNOWN: usize = 3;

/// … and after so many runs it is known well enough if it failed at all.
const ENOUGH: usize = 20;

/// An original that did not fail in so many runs is given up.
const HOPELESS: usize = 40;

/// How often a candidate with fewer faults must fail to be kept for certain, as a share of the original's rate, and how seldom to
/// be dropped for certain.
const FEWER_FAULTS: Shares = Shares { kept: 0.35, dropped: 0.08 };

/// Likewise for one that only waits less or has fewer nodes: to save a second is not worth a rarer failure.
const LESS_ELSE: Shares = Shares { kept: 0.5, dropped: 0.15 };

/// How often the test of a candidate may err, either way.
const ERROR: f64 = 0.05;

/// The most runs of a candidate.
const MOST: usize = 60;

/// So many runs without any verdict are too many.
const VOIDS: usize = 3;

/// What is to be shrunk, with what.
#[derive(Debug)]
pub(super) struct Reduction<L> {
    /// What repeats schedules.
    pub repeater: Arc<L>,
    /// How many runs at once.
    pub jobs: usize,
    /// When no more candidates are tried.
    pub until: Instant,
    /// Becomes true when the user interrupts.
    pub interrupted: watch::Receiver<bool>,
}

/// A schedule that is small and good.
#[derive(Debug, Clone)]
pub(super) struct KeptSchedule {
    pub schedule: Schedule,
    /// How long its longest run took.
    pub longest: Duration,
    /// When it was found, since the hunt began.
    pub after: Duration,
}

/// Why a hunt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stopped {
    /// Nothing is left to try: no single fault can be left out.
    Minimal,
    /// The time was over.
    Budget,
    /// The user interrupted it.
    Interrupted,
    /// The original did not fail again.
    NotReproduced,
}

/// What a reduction found.
#[derive(Debug)]
pub(super) struct Reduced {
    /// How often the original failed.
    pub original: Rate,
    /// The original, if it failed, and what was kept since, each smaller than the one before.
    pub trail: Vec<KeptSchedule>,
    /// How many candidates were tried.
    pub candidates: u32,
    /// How many runs were begun.
    pub runs: u64,
    /// Why it ended.
    pub stopped: Stopped,
}

/// Two shares of the original's rate.
struct Shares {
    kept: f64,
    dropped: f64,
}

impl Shares {
    fn test(&self, base: f64) -> Sprt {
        Sprt::new(base * self.dropped, base * self.kept, ERROR, ERROR, MOST)
    }
}

/// A candidate that is being tried.
struct Test {
    schedule: Arc<Schedule>,
    /// When it has been run often enough. The original has a rule of its own.
    enough: Option<Sprt>,
    row: Vec<Option<bool>>,
    voids: usize,
    longest: Duration,
    stop: watch::Sender<bool>,
}

impl Test {
    fn decide(&self) -> Decision {
        self.enough.as_ref().map_or(Decision::Open, |enough| enough.decide(&self.row))
    }

    /// Those that run could not decide it.
    fn wants_more(&self) -> bool {
        self.enough.as_ref().is_some_and(|enough| enough.soonest(&self.row) > 0)
    }
}

/// A run that has ended: whose, its place in the row, how, and how long it took.
type EndedRun = (Ticket, usize, Repetition, Duration);

/// The number of the original among candidates.
const ORIGINAL: Ticket = 0;

struct Running<'a, L> {
    reduction: &'a Reduction<L>,
    began: Instant,
    tests: BTreeMap<Ticket, Test>,
    tasks: JoinSet<EndedRun>,
    runs: u64,
}

impl<L: Repeater> Reduction<L> {
    /// Shrinks a schedule. `hints` are sets of faults to try first; `tell` hears of each schedule that is kept.
    ///
    /// # Errors
    /// When runs of the original leave no verdict behind: one sentence.
    pub(super) async fn shrink(
        &self,
        original: &Schedule,
        hints: Vec<BTreeSet<StepId>>,
        mut tell: impl FnMut(&KeptSchedule, &Rate),
    ) -> Result<Reduced, String> {
        let mut running =
            Running { reduction: self, began: Instant::now(), tests: BTreeMap::new(), tasks: JoinSet::new(), runs: 0 };
        let found = running.shrink(original, hints, &mut tell).await;
        running.end_all().await;
        found
    }
}

impl<L: Repeater> Running<'_, L> {
    async fn shrink(
        &mut self,
        original: &Schedule,
        hints: Vec<BTreeSet<StepId>>,
        tell: &mut impl FnMut(&KeptSchedule, &Rate),
    ) -> Result<Reduced, String> {
        let (rate, first) = self.original(original).await?;
        let mut found = Reduced {
            original: rate,
            trail: Vec::new(),
            candidates: 0,
            runs: self.runs,
            stopped: self.why_stopped().unwrap_or(Stopped::NotReproduced),
        };
        if rate.reproduced == 0 {
            if found.stopped == Stopped::Budget {
                found.stopped = Stopped::NotReproduced;
            }
            return Ok(found);
        }
        tell(&first, &rate);
        found.trail.push(first);
        let mut search = Search::new(original.clone(), hints);
        found.stopped = self.search(&mut search, rate.share(), &mut found, tell).await;
        found.runs = self.runs;
        Ok(found)
    }

    /// Repeats the original until its rate is known.
    async fn original(&mut self, schedule: &Schedule) -> Result<(Rate, KeptSchedule), String> {
        self.begin(ORIGINAL, schedule, None);
        let mut last_void = String::new();
        let third = self.began + self.reduction.until.saturating_duration_since(self.began) / 3;
        loop {
            let rate = self.tests.get(&ORIGINAL).map(|test| prefix(&test.row)).unwrap_or_default();
            // A third of the time is enough for it, if there is anything to go on with.
            let enough = rate.runs >= ENOUGH as u64 || Instant::now() >= third;
            let known =
                rate.reproduced >= KNOWN as u64 || (enough && rate.reproduced > 0) || rate.runs >= HOPELESS as u64;
            if known || self.why_stopped().is_some() {
                let longest = self.tests.get(&ORIGINAL).map(|test| test.longest).unwrap_or_default();
                self.drop_tests();
                return Ok((rate, KeptSchedule { schedule: schedule.clone(), longest, after: self.began.elapsed() }));
            }
            let missing = KNOWN.saturating_sub(usize::try_from(rate.reproduced).unwrap_or(KNOWN)).max(1);
            // One that fails seldom takes many runs.
            let at_once = if rate.runs > KNOWN as u64 { self.reduction.jobs } else { missing };
            while self.tasks.len() < at_once.min(self.reduction.jobs.max(1)) {
                self.repeat(ORIGINAL);
            }
            match self.next().await {
                Some((_, place, repetition, took)) => {
                    if let Some(why) = self.note(ORIGINAL, place, &repetition, took) {
                        last_void = why;
                    }
                    let voids = self.tests.get(&ORIGINAL).map_or(0, |test| test.voids);
                    if voids >= VOIDS || matches!(repetition, Repetition::Impossible(_)) {
                        return Err(format!("the run cannot be repeated: {last_void}"));
                    }
                }
                None => continue,
            }
        }
    }

    /// Tries candidates until nothing is left to try, or no time.
    async fn search(
        &mut self,
        search: &mut Search,
        base: f64,
        found: &mut Reduced,
        tell: &mut impl FnMut(&KeptSchedule, &Rate),
    ) -> Stopped {
        loop {
            if let Some(why) = self.why_stopped() {
                return why;
            }
            self.fill(search, base, found);
            if self.tests.is_empty() && search.is_over() {
                return Stopped::Minimal;
            }
            let Some((ticket, place, repetition, took)) = self.next().await else { continue };
            let _ = self.note(ticket, place, &repetition, took);
            let Some(tried) = self.tests.get(&ticket) else { continue };
            let hopeless = tried.voids >= VOIDS || matches!(repetition, Repetition::Impossible(_));
            match tried.decide() {
                _ if hopeless => self.reject(search, ticket),
                Decision::Open => {}
                Decision::Rejected => self.reject(search, ticket),
                Decision::Accepted => {
                    let kept = KeptSchedule {
                        schedule: tried.schedule.as_ref().clone(),
                        longest: tried.longest,
                        after: self.began.elapsed(),
                    };
                    let rate = prefix(&tried.row);
                    search.accept(ticket);
                    self.drop_tests();
                    tell(&kept, &rate);
                    found.trail.push(kept);
                }
            }
        }
    }

    /// Begins runs where there is room: for the candidate that was proposed first, as many as could decide it.
    fn fill(&mut self, search: &mut Search, base: f64, found: &mut Reduced) {
        while self.tasks.len() < self.reduction.jobs.max(1) {
            let wanting = self.tests.iter().find(|(_, tried)| tried.wants_more()).map(|(ticket, _)| *ticket);
            let ticket = match wanting {
                Some(ticket) => ticket,
                None => {
                    let Some((ticket, candidate)) = search.propose() else { return };
                    found.candidates += 1;
                    let shares = if candidate.kind <= Kind::Faults { FEWER_FAULTS } else { LESS_ELSE };
                    self.begin(ticket, &candidate.schedule, Some(shares.test(base)));
                    ticket
                }
            };
            self.repeat(ticket);
        }
    }

    fn begin(&mut self, ticket: Ticket, schedule: &Schedule, enough: Option<Sprt>) {
        let (stop, _) = watch::channel(false);
        let schedule = Arc::new(schedule.clone());
        self.tests.insert(ticket, Test { schedule, enough, row: Vec::new(), voids: 0, longest: Duration::ZERO, stop });
    }

    /// Begins another run of a candidate.
    fn repeat(&mut self, ticket: Ticket) {
        let Some(test) = self.tests.get_mut(&ticket) else { return };
        let place = test.row.len();
        test.row.push(None);
        self.spawn(ticket, place);
    }

    fn spawn(&mut self, ticket: Ticket, place: usize) {
        let Some(test) = self.tests.get(&ticket) else { return };
        self.runs += 1;
        let trial =
            Trial { schedule: Arc::clone(&test.schedule), candidate: ticket, number: place + test.voids * 1000 };
        let (repeater, stop) = (Arc::clone(&self.reduction.repeater), test.stop.subscribe());
        self.tasks.spawn(async move {
            let began = Instant::now();
            let repetition = repeater.repeat(trial, stop).await;
            (ticket, place, repetition, began.elapsed())
        });
    }

    /// The next run that ends; none when time is over or the user interrupts first.
    async fn next(&mut self) -> Option<EndedRun> {
        let mut interrupted = self.reduction.interrupted.clone();
        let until = tokio::time::Instant::from_std(self.reduction.until);
        tokio::select! {
            ended = self.tasks.join_next() => match ended {
                Some(ended) => ended.ok(),
                // Nothing runs: the caller looks again at what there is.
                None => None,
            },
            () = tokio::time::sleep_until(until) => None,
            _ = interrupted.wait_for(|interrupted| *interrupted) => None,
        }
    }

    /// Puts an outcome into its row; one that says nothing is run again. Answers why it says nothing.
    fn note(&mut self, ticket: Ticket, place: usize, repetition: &Repetition, took: Duration) -> Option<String> {
        let test = self.tests.get_mut(&ticket)?;
        let outcome = match repetition {
            Repetition::Reproduced => true,
            Repetition::Passed => false,
            Repetition::Impossible(why) => return Some(why.clone()),
            Repetition::Void(why) => {
                test.voids += 1;
                if test.voids < VOIDS {
                    self.spawn(ticket, place);
                }
                return Some(why.clone());
            }
        };
        test.longest = test.longest.max(took);
        if let Some(at) = test.row.get_mut(place) {
            *at = Some(outcome);
        }
        None
    }

    fn reject(&mut self, search: &mut Search, ticket: Ticket) {
        search.reject(ticket);
        if let Some(test) = self.tests.remove(&ticket) {
            test.stop.send_replace(true);
        }
    }

    /// What still runs is not waited for.
    fn drop_tests(&mut self) {
        for test in std::mem::take(&mut self.tests).into_values() {
            test.stop.send_replace(true);
        }
    }

    fn why_stopped(&self) -> Option<Stopped> {
        if *self.reduction.interrupted.borrow() {
            return Some(Stopped::Interrupted);
        }
        (Instant::now() >= self.reduction.until).then_some(Stopped::Budget)
    }

    /// Ends what still runs and waits for it: no cluster is left behind.
    async fn end_all(&mut self) {
        self.drop_tests();
        while self.tasks.join_next().await.is_some() {}
    }
}

/// What the row comes to as far as all of it is known: what ended out of turn does not count yet.
fn prefix(row: &[Option<bool>]) -> Rate {
    let known = row.iter().map_while(|outcome| *outcome);
    known.fold(Rate::default(), |rate, reproduced| rate.and(reproduced))
}

#[cfg(test)]
mod tests;
