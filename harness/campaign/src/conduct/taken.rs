//! One run of a campaign, from its start to its line in the ledger.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::plan::PlannedRun;
use crate::results::{Ending, Entry, Origin};
use history::Verdict;
use history::finding::{Lost, Trouble};
use tokio::sync::watch;

use super::housekeeping::below;
use super::{Conductor, ReadyCell, Stop};
use crate::child::{self, HowChildEnded, Left, NO_VERDICT, Patience};
use crate::space;
use history::exit::ExitCode;
use reports::asked::Asked;
use reports::folder;

/// A run to be done.
pub(super) struct RunJob {
    pub(super) unit: PlannedRun,
    pub(super) name: String,
    pub(super) runs: PathBuf,
    pub(super) asked: Asked,
    /// A search drew it, from these.
    pub(super) origin: Option<Origin>,
    pub(super) patience: Patience,
    pub(super) sample: bool,
    pub(super) retreats: u32,
    pub(super) began: SystemTime,
}

/// A run that is over.
pub(super) struct Finished {
    job: RunJob,
    ended: Result<Left, String>,
}

impl RunJob {
    pub(super) async fn carry_out(self, end: watch::Receiver<bool>) -> Finished {
        let ended = self.try_to(end).await;
        Finished { job: self, ended }
    }

    async fn try_to(&self, end: watch::Receiver<bool>) -> Result<Left, String> {
        // Not with its parents: a campaign whose folder was moved away must not make another in its place.
        let _ = std::fs::create_dir(&self.runs);
        let folder = folder::claim_below(&self.runs, &self.name)
            .map_err(|error| format!("cannot make a folder in {}: {error}", self.runs.display()))?;
        let left = child::carry_out(&folder, &self.asked, self.patience, end).await;
        left.map_err(|error| format!("cannot start its process: {error}"))
    }
}

/// The exit code of a run that counts, and why it failed where its verdict does not say it. None: it was interrupted, and has
/// to be done again.
fn counts(left: &Left, watchdog: Option<Duration>) -> Option<(ExitCode, Option<Lost>)> {
    let harness = |trouble, why: &str| Some((ExitCode::Harness, Some(Lost::new(trouble, why))));
    let invalid = left.outcome.as_ref().is_some_and(|outcome| outcome.verdict == Verdict::Invalid);
    let exit = left.ended.exit.map(|code| ExitCode::of(code.into()));
    match (left.ended.why, exit) {
        // What is certain stays so, however the run ended.
        _ if invalid => Some((ExitCode::Invalid, None)),
        (HowChildEnded::Overdue, _) => {
            let limit = humantime::format_duration(watchdog.unwrap_or_default());
            harness(Trouble::Overdue, &format!("it did not end within {limit}, and the watchdog ended it"))
        }
        (HowChildEnded::Interrupted, None | Some(ExitCode::Interrupted | ExitCode::Harness)) => None,
        (_, None) => harness(Trouble::KilledFromOutside, "its process was killed from outside"),
        (_, Some(ExitCode::Interrupted)) => {
            harness(Trouble::InterruptedFromOutside, "its process was interrupted from outside")
        }
        (_, Some(ExitCode::Valid)) if left.outcome.is_none() => harness(Trouble::NoVerdict, NO_VERDICT),
        (_, Some(ExitCode::Valid)) => Some((ExitCode::Valid, None)),
        (_, Some(exit)) => Some((exit, left.lost())),
    }
}

impl Conductor<'_> {
    /// Takes a run that is over into account.
    pub(super) fn take(&mut self, finished: Finished) {
        let Finished { job, ended } = finished;
        let left = match ended {
            Ok(left) => left,
            Err(why) => {
                self.release(&job);
                let gone = self.gone();
                return self.stop_now(Stop::Trouble(gone.unwrap_or(why)));
            }
        };
        let Some((exit, lost)) = counts(&left, job.patience.work) else {
            self.release(&job);
            self.removals.push(left.folder);
            return;
        };
        if exit == ExitCode::Harness && !self.campaign.is_there() {
            self.release(&job);
            return;
        }
        if exit == ExitCode::Harness && self.is_disk_full() {
            // Not its fault: it is done again when there is room.
            self.release(&job);
            self.removals.push(left.folder);
            return;
        }
        let began = humantime::format_rfc3339_millis(job.began).to_string();
        let unit = self.named(job.unit);
        // What a run showed whose harness failed is no evidence, and its last words say more than its checkers.
        let outcome = left.outcome.as_ref().filter(|_| exit != ExitCode::Harness);
        let took = left.ended.nanos();
        let mut entry = Entry::of(unit, job.name.clone(), began, took, exit.code(), outcome, lost.as_ref());
        entry.cell = self.orders.cells.get(job.unit.cell).and_then(ReadyCell::id).unwrap_or_default().to_owned();
        entry.search.clone_from(&job.origin);
        if let Some(searching) = &mut self.searching
            && let Err(error) = searching.keep(&self.campaign.folder, (&entry, job.unit.cell), &job, &left.folder)
        {
            self.note(format!("a schedule that the search learnt cannot be kept: {error}"));
        }
        let is_valid = entry.ending() == Ending::Valid;
        if !is_valid {
            self.release(&job);
        }
        self.pace.ended(left.ended.took);
        if job.retreats == self.controller.retreats() {
            self.told.ended += 1;
            self.told.stalled += usize::from(entry.digest.stalls > 0);
        }
        if self.retention.keeps(job.unit.cell, is_valid, job.sample) {
            if !is_valid {
                self.retention.failure_stays(job.unit.cell);
            }
            let gone = self.retention.kept(left.folder.clone(), space::taken(&left.folder), is_valid);
            if !gone.contains(&left.folder) {
                entry.folder = Some(below(&self.campaign.folder, &left.folder));
            }
            for folder in gone {
                self.tally.forget(&below(&self.campaign.folder, &folder));
                self.removals.push(folder);
            }
        } else {
            self.removals.push(left.folder);
        }
        self.count(&entry);
    }

    fn release(&mut self, job: &RunJob) {
        if job.sample {
            self.retention.released(job.unit.cell);
        }
    }
}
