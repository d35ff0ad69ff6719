//! What has to be seen to now and then while runs come and go.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::export::openmetrics::Live;
use crate::page::{CutShort, Extras};
use crate::results::{Ending, Entry};
use tokio::task::JoinError;

use super::{Conductor, Jobs, Stop};
use crate::jobs::{self, Meters, Reading};
use crate::keep::Retention;
use crate::ledger::LedgerState;
use crate::screen::Status;
use crate::{campaign_folder, publish, space};
use history::numbers::{bytes, clock};

/// How often lines are synced and folders removed.
const SYNC: Duration = Duration::from_secs(1);

/// How often the time that was spent is written down: what a crash takes from it is spent again.
const SAVE: Duration = Duration::from_secs(5);

/// How often the metrics are written.
const MEASURE: Duration = Duration::from_secs(10);

/// More notes than this are not for the page.
const MOST_NOTES: usize = 20;

/// Over how long the rate is measured.
const RECENT: Duration = Duration::from_secs(120);

/// What is due when.
pub(super) struct Housekeeping {
    /// How many units there are; none without an end.
    pub(super) total: Option<u64>,
    synced: Instant,
    saved: Instant,
    published: Instant,
    measured: Instant,
    decided: Instant,
    /// The time in which a task waited for a CPU, when that was read last.
    pressure: Option<Duration>,
    /// What the processors had done since boot, when that was read last.
    ticks: Option<(u64, u64)>,
    /// The worst lag since the screen was drawn last.
    lag: Duration,
    /// The worst lag between the last two decisions.
    latest_lag: Duration,
    free: Option<u64>,
    /// What a background task could not do, reported once.
    problem: Option<String>,
    /// Why the page or the metrics could not be written, the first time.
    unwritten: Option<String>,
    unwritten_told: bool,
    full_told: bool,
}

impl Housekeeping {
    pub(super) fn new(total: Option<u64>, meters: Meters) -> Self {
        let now = Instant::now();
        Self {
            total,
            synced: now,
            saved: now,
            published: now,
            measured: now,
            decided: now,
            pressure: (meters.waited)("cpu"),
            ticks: (meters.processors)(),
            lag: Duration::ZERO,
            latest_lag: Duration::ZERO,
            free: None,
            problem: None,
            unwritten: None,
            unwritten_told: false,
            full_told: false,
        }
    }

    /// Takes note of how a background task ended.
    pub(super) fn note(&mut self, ended: Result<io::Result<Option<String>>, JoinError>) {
        let problem = match ended {
            Ok(Ok(None)) => return,
            Ok(Ok(Some(unwritten))) => {
                self.unwritten.get_or_insert(unwritten);
                return;
            }
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        self.problem = Some(problem);
    }
}

/// Has the ledger on disk, and then removes what may go.
pub(super) fn settle(ledger: &File, removals: &[PathBuf]) -> io::Result<()> {
    ledger.sync_data()?;
    for folder in removals {
        match std::fs::remove_dir_all(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// A folder as the ledger names it.
pub(super) fn below(campaign: &Path, folder: &Path) -> String {
    folder.strip_prefix(campaign).unwrap_or(folder).display().to_string()
}

/// Folders of runs that were there when the campaign was continued, and what the ledger says of them.
pub(super) struct Leftovers {
    found: BTreeMap<String, Option<(bool, bool)>>,
}

impl Leftovers {
    pub(super) fn look(folder: &Path) -> Self {
        let entries = std::fs::read_dir(folder.join("runs")).into_iter().flatten().flatten();
        Self { found: entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), None)).collect() }
    }

    pub(super) fn accounted(&mut self, entry: &Entry) {
        let name = entry.folder.as_deref().and_then(|folder| folder.strip_prefix("runs/")).unwrap_or(&entry.run);
        if let Some(found) = self.found.get_mut(name) {
            *found = Some((entry.folder.is_some(), entry.ending() == Ending::Valid));
        }
    }

    /// Sets aside and removes what does not stay; answers the folders that were given up, as the ledger names them.
    pub(super) fn tidy(self, folder: &Path, retention: &mut Retention) -> io::Result<Vec<String>> {
        campaign_folder::tidy(folder, |name| self.found.get(name).copied().flatten().map(|(kept, _)| kept))?;
        let mut gone = Vec::new();
        for (name, found) in self.found {
            if let Some((true, is_valid)) = found {
                let run = folder.join("runs").join(name);
                let bytes = space::taken(&run);
                gone.extend(retention.kept(run, bytes, is_valid));
            }
        }
        gone.iter().try_for_each(std::fs::remove_dir_all)?;
        Ok(gone.iter().map(|run| below(folder, run)).collect())
    }
}

impl Conductor<'_> {
    /// Says what was found of an earlier invocation.
    pub(super) fn greet(&mut self, found: &LedgerState) {
        if self.campaign.resumed {
            self.note(format!(
                "continuing {}: {} runs are done, {} spent",
                self.campaign.folder.display(),
                self.tally.total(),
                humantime::format_duration(Duration::from_secs(self.spent_before.as_secs()))
            ));
        } else {
            self.screen.say(&format!("campaign: {}", self.campaign.folder.display()));
        }
        if let Some(aside) = &found.damaged {
            self.note(format!(
                "lines of the ledger cannot be read; it is set aside as {}, and their runs are done again",
                aside.display()
            ));
        }
    }

    pub(super) fn do_housekeeping(&mut self) {
        let now = Instant::now();
        if self.background.as_ref().is_some_and(tokio::task::JoinHandle::is_finished)
            && let Some(background) = self.background.take()
        {
            // It is over, so this does not wait.
            if let Some(ended) = futures_util::FutureExt::now_or_never(background) {
                self.housekeeping.note(ended);
            }
        }
        if let Some(problem) = self.housekeeping.problem.take() {
            self.stop_now(Stop::Trouble(format!(
                "{}: {problem}; when that is mended, give the same command again to continue the campaign",
                self.campaign.folder.display()
            )));
        }
        if let Some(why) = self.housekeeping.unwritten.take().filter(|_| !self.housekeeping.unwritten_told) {
            self.housekeeping.unwritten_told = true;
            self.note(format!("the page cannot be written at the moment: {why}"));
        }
        if now - self.housekeeping.saved >= SAVE {
            self.housekeeping.saved = now;
            self.campaign.state.spent = self.spent();
            if let Err(error) = self.campaign.save() {
                self.stop_now(Stop::Trouble(error.to_string()));
            }
        }
        if now - self.housekeeping.synced >= SYNC && self.background.is_none() {
            self.housekeeping.synced = now;
            self.look_at_the_disk();
            self.start_background(now);
        }
        if now - self.housekeeping.decided >= jobs::PERIOD {
            self.decide(now);
        }
        if self.screen.is_due(now) {
            let status = self.status();
            self.housekeeping.lag = self.housekeeping.latest_lag;
            self.screen.draw(&status, now);
        }
    }

    fn start_background(&mut self, now: Instant) {
        let removals = std::mem::take(&mut self.removals);
        let page = (now - self.housekeeping.published >= self.page_period() && self.stop.is_none()).then(|| {
            self.housekeeping.published = now;
            self.pages()
        });
        let metrics = (now - self.housekeeping.measured >= MEASURE).then(|| {
            self.housekeeping.measured = now;
            self.live()
        });
        let measured =
            metrics.map(|live| (live, self.campaign.folder.clone(), self.orders.identity.clone(), self.tally.clone()));
        let ledger = self.ledger.handle();
        self.background = Some(tokio::task::spawn_blocking(move || {
            settle(&ledger?, &removals)?;
            let metrics = measured.map_or(Ok(()), |(live, folder, identity, tally)| {
                publish::metrics(&folder, &identity, &tally, Some(&live))
            });
            let page = page.map_or(Ok(()), |pages| pages.write().map(drop));
            // A page can be written again; it is no reason to end a night.
            Ok(metrics.and(page).err().map(|error| error.to_string()))
        }));
    }

    /// What the page tells besides the runs.
    pub(super) fn extras(&self) -> Extras {
        let here = std::env::current_dir().unwrap_or_default();
        let mut notes = self.notes.clone();
        let (cut_short_by, cut_short) = match &self.stop {
            None => {
                let spent = clock(self.spent().as_secs());
                notes.push(format!("This page was written while the campaign was running, after {spent}."));
                None
            }
            Some(Stop::Complete) => None,
            Some(Stop::FailFast) => {
                Some((CutShort::FailFast, "as many runs were invalid as --fail-fast allows".to_owned()))
            }
            Some(Stop::Interrupted) => {
                Some((CutShort::Interrupted, "it was interrupted; the same command continues it".to_owned()))
            }
            Some(Stop::Trouble(why)) => Some((CutShort::Trouble, why.clone())),
        }
        .unzip();
        Extras {
            folder: self.campaign.folder.strip_prefix(&here).unwrap_or(&self.campaign.folder).to_owned(),
            cut_short,
            cut_short_by,
            notes,
            shrunk: self.shrinks.as_ref().map(|shrinks| shrinks.done.clone()).unwrap_or_default(),
            shards: self.orders.identity.shard.into_iter().collect(),
            spent: Some(self.spent()),
            ..Extras::default()
        }
    }

    fn live(&self) -> Live {
        Live {
            jobs: self.running.len() as u64,
            lag: u64::try_from(self.housekeeping.lag.as_nanos()).unwrap_or(u64::MAX),
            disk_left: self.housekeeping.free.unwrap_or(0),
        }
    }

    /// Says something that the page tells too.
    pub(super) fn note(&mut self, text: String) {
        self.screen.say(&text);
        if self.notes.len() < MOST_NOTES {
            self.notes.push(text);
        }
    }

    /// What is to be said when the campaign's folder is no longer there.
    pub(super) fn gone(&self) -> Option<String> {
        (!self.campaign.is_there()).then(|| {
            format!(
                "{} is gone: it was removed or moved while the campaign ran. Put it back, or name its place with --out; then \
                 give the same command again to continue the campaign",
                self.campaign.folder.display()
            )
        })
    }

    /// Whether there is too little room to write anything.
    pub(super) fn is_disk_full(&self) -> bool {
        space::free(&self.campaign.folder).is_some_and(|free| free < space::LEAST)
    }

    fn look_at_the_disk(&mut self) {
        self.housekeeping.free = space::free(&self.campaign.folder);
        if let Some(gone) = self.gone() {
            return self.stop_now(Stop::Trouble(gone));
        }
        if self.retention.is_full() && !self.housekeeping.full_told {
            self.housekeeping.full_told = true;
            self.note(format!(
                "what is kept takes {}, as much as --max-disk allows: artifacts of further runs are not kept, their lines are",
                bytes(self.retention.used())
            ));
        }
        if self.stop.is_some() || !self.is_disk_full() {
            return;
        }
        let sample = self.retention.give_up_the_sample();
        if !sample.is_empty() {
            self.note("the disk is nearly full: the sample of valid runs is given up".to_owned());
            for folder in sample {
                self.tally.forget(&below(&self.campaign.folder, &folder));
                drop(std::fs::remove_dir_all(folder));
            }
        }
        if self.is_disk_full() {
            self.stop_now(Stop::Trouble(format!(
                "the disk of {} is full ({} left, {} are needed); make room, and give the same command again to \
                 continue the campaign",
                self.campaign.folder.display(),
                bytes(space::free(&self.campaign.folder).unwrap_or(0)),
                bytes(space::LEAST)
            )));
        }
    }

    fn decide(&mut self, now: Instant) {
        let meters = self.orders.meters;
        let pressure = (meters.waited)("cpu");
        let waited = self.housekeeping.pressure.zip(pressure).and_then(|(before, after)| after.checked_sub(before));
        let period = (now - self.housekeeping.decided).as_secs_f64();
        let lag = self.lag.take();
        self.housekeeping.lag = self.housekeeping.lag.max(lag);
        self.housekeeping.latest_lag = lag;
        self.housekeeping.decided = now;
        self.housekeeping.pressure = pressure;
        let ticks = (meters.processors)();
        let idle = (meters.idle)(self.housekeeping.ticks, ticks);
        self.housekeeping.ticks = ticks;
        let told = std::mem::take(&mut self.told);
        if self.orders.jobs == Jobs::Auto {
            self.controller.decide(&Reading {
                running: self.running.len(),
                lag,
                pressure: waited.map(|waited| (waited.as_secs_f64() / period).clamp(0.0, 1.0)),
                busy: idle.map(|idle| 1.0 - idle),
                memory: space::memory(),
                told,
            });
        }
        while self.recent.front().is_some_and(|(then, _)| now - *then > RECENT) {
            self.recent.pop_front();
        }
    }

    fn status(&self) -> Status {
        let over = RECENT.min(self.begun.elapsed()).as_secs_f64().max(1.0);
        let recent: u64 = self.recent.iter().map(|(_, judged)| judged).sum();
        Status {
            spent: self.spent(),
            limit: self.orders.time,
            total: self.housekeeping.total,
            running: self.running.len(),
            wanted: self.wanted(),
            lag: self.housekeeping.lag,
            free: self.housekeeping.free,
            rate: recent as f64 * 60.0 / over,
            ending: self.stop.is_some(),
            ..Status::of(&self.tally)
        }
    }
}
