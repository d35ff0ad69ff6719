//! What a campaign does next.
//!
//! One task decides, and many wait. This loop starts children, takes what they left behind, and stops. A task of its own waits
//! for each child and sends nothing but its end. So there is no shared state, and only one order of events matters. A run counts
//! once its line is in the ledger, and its folder may go once that line is synced, never the other way round.
//!
//! What takes long (an fsync, removing a folder, drawing the page) is done beside the loop, one such task at a time.

mod counted;
mod dealt;
mod housekeeping;
mod pace;
mod pages;
mod searching;
mod shrinks;
mod taken;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use crate::page::CampaignVerdict;
use crate::plan::ExperimentAnswer;
use crate::plan::{self, ExperimentQuestion, Remaining};
use crate::results::{Ending, Identity, RunId, Tally};
use reports::asked::Asked;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use self::dealt::PlannedRuns;
use self::pace::Pace;
use self::searching::Searching;
use self::shrinks::Shrinks;
use self::taken::Finished;
use super::campaign_folder::{CampaignFolder, CampaignFolderError};
use super::child::Patience;
use super::jobs::{self, Controller, Meters};
use super::keep::{Keep, Retention};
use super::lag::Lag;
use super::ledger::Ledger;
use super::part;
use super::publish;
use super::screen::Screen;
use super::search;
use checkers::judge::Until;
use history::exit::ExitCode;

/// How long a child that was asked to end may take for it. With it a campaign ends in less than ten seconds.
const END: Duration = Duration::from_secs(5);

/// How often the loop looks at the clock, and the least time between two starts; see [`pace`].
const TICK: Duration = Duration::from_millis(50);

/// So many runs in a row that could not be carried out are no accident.
const MOST_FAILED: usize = 20;

/// A system with a workload, and how a run of it is started.
#[derive(Debug, Clone)]
pub struct ReadyCell {
    /// The system, as `--system` takes it.
    pub system: String,
    /// The workload, as `test` takes it.
    pub workload: String,
    /// What the names of its runs begin with.
    pub label: String,
    /// What is asked of its runs, but for what comes with the seed.
    pub asked: Asked,
    /// A run that takes longer hangs.
    pub watchdog: Duration,
    /// The cell of the experiment that it is; none for a system and a workload.
    pub plan: Option<plan::Cell>,
    /// What a search asks of it.
    pub site_key: search::SiteKey,
}

/// How many clusters at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Jobs {
    /// As many as the machine carries.
    Auto,
    /// So many.
    Fixed(usize),
}

/// What is to be done.
#[derive(Debug)]
pub struct Orders {
    /// What the campaign is.
    pub identity: Identity,
    /// What it runs, in the order of its cells.
    pub cells: Vec<ReadyCell>,
    /// For how long, over all invocations.
    pub time: Option<Duration>,
    /// How many at once.
    pub jobs: Jobs,
    /// What tells how many those may be.
    pub meters: Meters,
    /// What stays on disk.
    pub keep: Keep,
    /// How much of it, bytes.
    pub max_disk: Option<u64>,
    /// After how many invalid runs it stops.
    pub fail_fast: Option<u64>,
    /// Look for the smallest schedule of each new way to fail.
    pub shrink: bool,
    /// The experiment that it is: every cell then has its [`ReadyCell::plan`], in the same order.
    pub experiment: Option<ExperimentQuestion>,
}

/// How a campaign ended.
#[derive(Debug)]
pub struct CampaignEnd {
    /// What its page says.
    pub verdict: CampaignVerdict,
    /// What the page of an experiment says.
    pub answer: Option<ExperimentAnswer>,
    /// The exit code.
    pub exit: ExitCode,
    /// Why it ended, when that was no end of its own.
    pub trouble: Option<String>,
}

/// A campaign did not come about.
#[derive(Debug, thiserror::Error)]
pub enum ConductError {
    #[error(transparent)]
    Folder(#[from] CampaignFolderError),
    /// Its shard.
    #[error(transparent)]
    Deal(#[from] plan::DealError),
    /// Files or threads.
    #[error("{what}: {source}")]
    Io {
        /// What was to be done.
        what: String,
        /// Why it could not.
        source: std::io::Error,
    },
}

/// Why no further run is started.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stop {
    /// All units are done, or the time is over.
    Complete,
    /// As many failures as were asked for.
    FailFast,
    /// The user.
    Interrupted,
    /// Something that makes it pointless, one sentence.
    Trouble(String),
}

struct Conductor<'a> {
    orders: &'a Orders,
    campaign: CampaignFolder,
    ledger: Ledger,
    remaining: Remaining<PlannedRuns>,
    tally: Tally,
    retention: Retention,
    controller: Controller,
    lag: Lag,
    screen: Screen,
    running: JoinSet<Finished>,
    /// Told to the children when they are to end.
    end: watch::Sender<bool>,
    stop: Option<Stop>,
    begun: Instant,
    spent_before: Duration,
    next_start: Instant,
    pace: Pace,
    /// Folders that go after the next sync.
    removals: Vec<PathBuf>,
    background: Option<JoinHandle<std::io::Result<Option<String>>>>,
    housekeeping: housekeeping::Housekeeping,
    /// None when they were not asked for.
    shrinks: Option<Shrinks>,
    /// None when everything is drawn blind.
    searching: Option<Searching>,
    /// Since when every run failed without a verdict: how many, and what the last one said.
    failed_in_a_row: usize,
    /// What the page is to tell besides.
    notes: Vec<String>,
    /// What runs that ended since the controller was asked last, and began after its last retreat, say of stalls.
    told: jobs::EndedCounts,
    /// Judged elections of the last minutes, for the rate.
    recent: VecDeque<(Instant, u64)>,
}

/// Carries a campaign out, in its folder, until it is over or interrupted.
///
/// # Errors
/// The folder's files cannot be read, or no thread can be started. What goes wrong later is in [`CampaignEnd::trouble`].
pub async fn run(
    campaign: CampaignFolder,
    orders: &Orders,
    screen: Screen,
    interrupts: watch::Receiver<bool>,
) -> Result<CampaignEnd, ConductError> {
    let mut conductor = Conductor::open(campaign, orders, screen)?;
    conductor.play(interrupts).await;
    conductor.conclude().await
}

impl ReadyCell {
    /// The id of the experiment's cell that it is.
    pub(super) fn id(&self) -> Option<&str> {
        self.plan.as_ref().map(|plan| plan.id.as_str())
    }
}

/// An experiment measures: whatever its runs came to, it was carried out if they were. One in a hundred may fail for reasons
/// of the machine; they are reported on the page.
fn carried_out(answer: &ExperimentAnswer) -> ExitCode {
    let too_many = answer.failed * 100 > answer.done + answer.failed;
    if too_many { ExitCode::Harness } else { ExitCode::Valid }
}

/// What a shrink that ended has to say. Waits for ever when none works.
async fn shrink_ended(shrinks: &mut Option<Shrinks>) -> Option<Result<String, String>> {
    match shrinks {
        Some(shrinks) if shrinks.works() => shrinks.ended().await,
        _ => std::future::pending().await,
    }
}

impl<'a> Conductor<'a> {
    fn open(campaign: CampaignFolder, orders: &'a Orders, screen: Screen) -> Result<Self, ConductError> {
        let failed = |what: String| move |source| ConductError::Io { what, source };
        let (units, total) = dealt::units(orders)?;
        let mut remaining = Remaining::new(units);
        let mut tally = Tally::default();
        let mut retention = Retention::new(orders.keep, orders.max_disk, orders.cells.len());
        let mut leftovers = housekeeping::Leftovers::look(&campaign.folder);
        let mut searching = Searching::new(orders);
        let (ledger, found) = Ledger::open(&campaign.folder, |mut entry| {
            // What was given up since, to spare the disk, or taken away by hand: its line still names it.
            entry.folder.take_if(|place| !part::is_below(place) || !campaign.folder.join(place).is_dir());
            // A unit counts once, whatever the file says.
            if remaining.finished(entry.unit.number) {
                tally.add(&entry);
                leftovers.accounted(&entry);
                let cell = orders.cell_of(&entry);
                if let (Some(searching), Some(cell)) = (&mut searching, cell) {
                    searching.learn(&entry, cell);
                }
                match (&entry.folder, cell) {
                    (Some(_), Some(cell)) if entry.ending() == Ending::Valid => retention.promised(cell),
                    (Some(_), Some(cell)) => retention.failure_stays(cell),
                    _ => {}
                }
            }
        })
        .map_err(failed(campaign.folder.join(super::part::RUNS).display().to_string()))?;
        let gone =
            leftovers.tidy(&campaign.folder, &mut retention).map_err(failed(campaign.folder.display().to_string()))?;
        gone.iter().for_each(|folder| tally.forget(folder));
        searching.iter_mut().for_each(|searching| searching.load(&campaign.folder));
        let lag = Lag::watch().map_err(failed("cannot start a thread".into()))?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let shrinks = orders.shrink.then(|| Shrinks::new(&campaign.folder, cores, &tally));
        let mut conductor = Self {
            shrinks,
            searching,
            spent_before: campaign.state.spent,
            orders,
            campaign,
            ledger,
            remaining,
            tally,
            retention,
            controller: Controller::new(cores),
            lag,
            screen,
            running: JoinSet::new(),
            end: watch::channel(false).0,
            stop: None,
            begun: Instant::now(),
            next_start: Instant::now(),
            pace: Pace::default(),
            removals: Vec::new(),
            background: None,
            housekeeping: housekeeping::Housekeeping::new(total, orders.meters),
            failed_in_a_row: 0,
            notes: Vec::new(),
            told: jobs::EndedCounts::default(),
            recent: VecDeque::new(),
        };
        conductor.greet(&found);
        Ok(conductor)
    }

    /// For how long the campaign has run, over all invocations.
    fn spent(&self) -> Duration {
        self.spent_before + self.begun.elapsed()
    }

    async fn play(&mut self, mut interrupts: watch::Receiver<bool>) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let interrupted = self.stop != Some(Stop::Interrupted);
            tokio::select! {
                biased;
                told = interrupts.wait_for(|interrupted| *interrupted), if interrupted => {
                    if told.is_ok() {
                        self.stop_now(Stop::Interrupted);
                    }
                }
                Some(ended) = self.running.join_next(), if !self.running.is_empty() => match ended {
                    Ok(finished) => self.take(finished),
                    Err(error) => self.stop_now(Stop::Trouble(format!("a bug of the harness: {error}"))),
                },
                Some(said) = shrink_ended(&mut self.shrinks) => match said {
                    // Its card on the page shows it.
                    Ok(found) => self.screen.say(&found),
                    Err(why) => self.note(why),
                },
                _ = tick.tick() => {}
            }
            self.do_housekeeping();
            self.go_on_shrinking();
            while self.is_time_to_start() {
                match self.remaining.next() {
                    Some(unit) if self.searching.as_ref().is_some_and(|searching| searching.is_over(&unit)) => {}
                    Some(unit) => self.start(unit),
                    None => self.stop = Some(Stop::Complete),
                }
            }
            let shrinking = self.shrinks.as_ref().is_some_and(Shrinks::is_busy);
            if self.stop.is_some() && self.running.is_empty() && !shrinking {
                return;
            }
        }
    }

    fn is_time_to_start(&mut self) -> bool {
        if self.stop.is_none() && self.orders.time.is_some_and(|time| self.spent() >= time) {
            self.stop = Some(Stop::Complete);
        }
        self.stop.is_none() && self.running.len() < self.wanted() && Instant::now() >= self.next_start
    }

    /// How many clusters there should be.
    fn wanted(&self) -> usize {
        match self.orders.jobs {
            Jobs::Fixed(jobs) => jobs,
            Jobs::Auto => self.controller.target(),
        }
        .saturating_sub(self.shrinks.as_ref().map_or(0, Shrinks::clusters))
        .max(1)
    }

    fn start(&mut self, mut unit: plan::PlannedRun) {
        let drawn = self.searching.as_mut().and_then(|searching| searching.draw(&unit));
        unit.cell = drawn.as_ref().map_or(unit.cell, |drawn| drawn.cell);
        let Some(cell) = self.orders.cells.get(unit.cell) else { return };
        self.next_start = Instant::now() + self.pace.between(self.running.len(), self.wanted()).max(TICK);
        let sample = self.retention.samples(unit.cell);
        if sample {
            self.retention.promised(unit.cell);
        }
        let (found, origin) = drawn.map(|drawn| (drawn.schedule, drawn.origin)).unzip();
        let found = found.flatten();
        // What came from another cell may take as long as there.
        let longest = self.orders.cells.iter().map(|cell| cell.watchdog).max().filter(|_| found.is_some());
        // A search may draw the same cell and seed twice.
        let drawn = if origin.is_some() { format!("-s{}", unit.number) } else { String::new() };
        let mut asked = match found.or_else(|| cell.plan.as_ref()?.schedule(unit.seed)) {
            Some(schedule) => cell.asked.clone().with_schedule(schedule),
            None => cell.asked.clone().with_seed(unit.seed),
        };
        asked.file.brief = !sample;
        // A campaign that looks for the first failure waits for no more of a run than shows it.
        if self.orders.fail_fast.is_some() {
            asked.file.options.until.get_or_insert_with(|| Until::Invalid.to_string());
        }
        let job = taken::RunJob {
            unit,
            name: format!("{}-{}{drawn}", cell.label, unit.seed),
            runs: self.campaign.folder.join("runs"),
            asked,
            origin,
            patience: Patience { work: Some(longest.unwrap_or(cell.watchdog)), end: Some(END) },
            sample,
            retreats: self.controller.retreats(),
            began: SystemTime::now(),
        };
        self.running.spawn(job.carry_out(self.end.subscribe()));
    }

    /// Starts nothing more and ends what runs. An interrupt is never taken back.
    fn stop_now(&mut self, stop: Stop) {
        if self.stop != Some(Stop::Interrupted) {
            self.stop = Some(stop);
        }
        self.end.send_replace(true);
        if self.stop != Some(Stop::FailFast)
            && let Some(shrinks) = &self.shrinks
        {
            shrinks.end.send_replace(true);
        }
    }

    /// Begins the next shrink, if there is one and time for it.
    fn go_on_shrinking(&mut self) {
        let left = self.orders.time.map(|time| time.saturating_sub(self.spent()));
        let forgotten = self.shrinks.as_mut().map_or(0, |shrinks| shrinks.go_on(left));
        if forgotten > 0 {
            self.note(format!("no time was left to shrink {forgotten} of the ways to fail"));
        }
    }

    /// The unit as the ledger names it.
    fn named(&self, unit: plan::PlannedRun) -> RunId {
        let cell = self.orders.cells.get(unit.cell);
        RunId {
            number: unit.number,
            system: cell.map(|cell| cell.system.clone()).unwrap_or_default(),
            workload: cell.map(|cell| cell.workload.clone()).unwrap_or_default(),
            seed: unit.seed,
        }
    }

    async fn conclude(mut self) -> Result<CampaignEnd, ConductError> {
        if let Some(background) = self.background.take() {
            self.housekeeping.note(background.await);
        }
        self.screen.close();
        self.campaign.state.spent = self.spent();
        self.campaign.state.finished = matches!(self.stop, Some(Stop::Complete | Stop::FailFast));
        let mut trouble = match &self.stop {
            Some(Stop::Trouble(why)) => Some(why.clone()),
            _ => None,
        };
        // What is safe is safe; what cannot be written now is reported, and changes nothing of it.
        let mut tell = |told: Result<(), String>| {
            if let Err(why) = told {
                trouble.get_or_insert(why);
            }
        };
        let removals = std::mem::take(&mut self.removals);
        let ledger = self.ledger.handle();
        tell(ledger.and_then(|ledger| housekeeping::settle(&ledger, &removals)).map_err(|error| error.to_string()));
        let pages = self.pages();
        let mut answer = None;
        // In the place of a folder that was moved away there may be what a run had left to write, and nothing of ours.
        if self.campaign.is_there() {
            let page = pages.write();
            let metrics = publish::metrics(&pages.folder, &pages.identity, &self.tally, None);
            tell(page.as_ref().map(drop).map_err(|error| format!("cannot write the page: {error}")));
            tell(metrics.map_err(|error| format!("cannot write the metrics: {error}")));
            tell(self.campaign.save().map_err(|error| error.to_string()));
            answer = page.ok().flatten();
        }
        let verdict = pages.verdict();
        let nothing_to_do = self.housekeeping.total == Some(0) && self.orders.identity.shard.is_some();
        let mut exit = match &answer {
            _ if nothing_to_do => ExitCode::Valid,
            Some(answer) => carried_out(answer),
            None => ExitCode::of(self.tally.exit().into()),
        };
        if trouble.is_some() {
            exit = exit.merge(ExitCode::Harness);
        }
        if self.stop == Some(Stop::Interrupted) {
            exit = exit.merge(ExitCode::Interrupted);
        }
        Ok(CampaignEnd { verdict, answer, exit, trouble })
    }
}
