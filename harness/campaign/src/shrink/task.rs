//! A shrink as a whole: from the run that failed to a folder with the smallest schedule that fails as it did.
//!
//! The search ([`Reduction`]) says what is small; what it kept may have failed by chance. So the smallest is repeated anew, as whole
//! runs, and where none of them fails, what it was made from is the result.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use reports::ReportError;
use reports::asked::Asked;
use reports::text::shell;
use tokio::sync::watch;
use workloads::Schedule;
use workloads::shrink::{Size, by_text};

use super::hints::{Original, tripped};
use super::outcome::{Rate, ShrinkSummary, Stage, faults};
use super::reduction::{KeptSchedule, Reduced, Reduction};
use super::repeat::{Repeated, Wanted};
use super::repeater::Processes;
use super::words;
use crate::batch::{self, BatchFacts};

/// So often is the result repeated for its rate.
const FRESH: usize = 20;

/// Of the budget, so much is kept for that.
const RESERVE: u32 = 5;

/// The numbers of a shrink, in its folder.
pub(crate) const FILE: &str = "shrink.json";

/// Everything that is known before the first run.
#[derive(Debug)]
pub struct Task {
    /// The folder of the run.
    pub run: PathBuf,
    /// The run, as it was asked for, with its schedule.
    pub asked: Asked,
    /// What it says of itself.
    pub original: Original,
    /// The checkers of which one must be tripped.
    pub checkers: Vec<String>,
    /// Where everything goes: made, and empty.
    pub folder: PathBuf,
    /// How many clusters at once.
    pub jobs: usize,
    /// How long it may take, the repetitions of the result included.
    pub budget: Duration,
    /// When it began.
    pub began: Instant,
}

/// A shrink did not come about.
#[derive(Debug, thiserror::Error)]
pub enum ShrinkError {
    /// The run cannot be shrunk; the user can do something about it.
    #[error("{0}")]
    Refused(String),
    /// The run cannot be repeated here.
    #[error("{0}")]
    Repeat(String),
    /// A file cannot be written.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// Likewise.
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: std::io::Error },
}

/// A run; of the folder of several, the first that was invalid.
pub fn one_run(folder: PathBuf) -> PathBuf {
    if folder.join("history.jsonl").exists() {
        return folder;
    }
    let invalid = |run: &PathBuf| reports::verdict::read(run).is_ok_and(|outcome| !tripped(&outcome).is_empty());
    let runs = std::fs::read_dir(folder.join("runs")).into_iter().flatten().flatten().map(|entry| entry.path());
    runs.filter(invalid).min().unwrap_or(folder)
}

/// The checkers of which one must be tripped: those that were asked for, else all that the run tripped.
///
/// # Errors
/// The run tripped none, or not the one that was asked for.
pub fn wanted(asked_for: &[String], run: &Path, original: &Original) -> Result<Vec<String>, ShrinkError> {
    let tripped = tripped(&original.outcome);
    let (run, verdict) = (run.display(), original.outcome.verdict.as_str());
    if tripped.is_empty() {
        let why = format!("{run} is {verdict}: no checker was tripped, there is nothing to shrink");
        return Err(ShrinkError::Refused(why));
    }
    if let Some(other) = asked_for.iter().find(|checker| !tripped.contains(checker)) {
        let tripped = tripped.join(", ");
        return Err(ShrinkError::Refused(format!("{run} did not trip {other:?}; it tripped {tripped}")));
    }
    Ok(if asked_for.is_empty() { tripped } else { asked_for.to_vec() })
}

impl Task {
    /// Shrinks, measures, and writes everything into the folder. `say` hears of each schedule that is kept.
    ///
    /// # Errors
    /// The run cannot be repeated, or a file cannot be written.
    pub async fn carry_out(
        &self,
        interrupts: watch::Receiver<bool>,
        mut say: impl FnMut(String),
    ) -> Result<ShrinkSummary, ShrinkError> {
        let work = self.folder.join("candidates");
        let schedule = self.schedule()?;
        let found = self.reduction(&schedule, &work, interrupts.clone(), &mut say).await;
        let summary = match found {
            Ok(found) => self.conclude(&schedule, found, interrupts).await,
            Err(error) => Err(error),
        };
        let _ = std::fs::remove_dir_all(&work);
        summary
    }

    /// What is shrunk. Seed and workload together name what the workload draws, and this is something else.
    fn schedule(&self) -> Result<Schedule, ShrinkError> {
        let recorded = self.asked.schedule.as_ref();
        let recorded = recorded.ok_or_else(|| ShrinkError::Refused("a recorded run has a schedule".to_owned()))?;
        let mut schedule = by_text(recorded, &self.original.hits());
        if !schedule.workload.ends_with("-shrunk") {
            schedule.workload += "-shrunk";
        }
        Ok(schedule)
    }

    async fn reduction(
        &self,
        schedule: &Schedule,
        work: &Path,
        interrupted: watch::Receiver<bool>,
        say: &mut impl FnMut(String),
    ) -> Result<Reduced, ShrinkError> {
        let (name, checkers) = (&self.original.outcome.run, self.checkers.join(", "));
        say(format!("shrinking {name}: {}; it tripped {checkers}", size(schedule)));
        let repeater =
            Processes { asked: self.asked.clone(), folder: work.to_owned(), checkers: self.checkers.clone() };
        let until = self.began + (self.budget - self.budget / RESERVE);
        let reduction = Reduction { repeater: Arc::new(repeater), jobs: self.jobs, until, interrupted };
        let hints = self.original.suspects(&self.checkers);
        let tell = |kept: &KeptSchedule, rate: &Rate| {
            say(format!("{:>6.1}s  {}: {rate}", kept.after.as_secs_f64(), size(&kept.schedule)));
        };
        reduction.shrink(schedule, hints, tell).await.map_err(ShrinkError::Repeat)
    }

    /// Measures the rate of what was found, and writes everything.
    async fn conclude(
        &self,
        schedule: &Schedule,
        found: Reduced,
        interrupts: watch::Receiver<bool>,
    ) -> Result<ShrinkSummary, ShrinkError> {
        let mut best = None;
        // What was kept by chance does not fail again; then what it was made from is the result.
        for kept in found.trail.iter().rev() {
            let asked = self.result(&kept.schedule);
            asked.write(&self.folder).map_err(|source| ShrinkError::File { path: self.folder.clone(), source })?;
            let measured = self.measure(schedule, kept, asked, interrupts.clone()).await?;
            let fails = measured.as_ref().is_some_and(|repeated| repeated.rate.counted.reproduced > 0);
            let over = *interrupts.borrow() || self.left().is_zero();
            best = Some((kept, measured));
            if fails || over {
                break;
            }
        }
        let summary = self.summary(schedule, &found, best.as_ref());
        reports::file::put(&self.folder.join(FILE), &reports::verdict::pretty(&summary, FILE)?)?;
        Ok(summary)
    }

    /// A schedule that was kept, asked for as the run was: `interregnum replay` takes its folder.
    fn result(&self, schedule: &Schedule) -> Asked {
        let mut asked = whole(self.asked.clone().with_schedule(schedule.clone()));
        asked.file.replay = format!("interregnum replay {}", self.folder.display());
        asked
    }

    /// Repeats a schedule, whole runs, as often as was settled beforehand: none is left out for how it ended.
    async fn measure(
        &self,
        before: &Schedule,
        kept: &KeptSchedule,
        asked: Asked,
        interrupts: watch::Receiver<bool>,
    ) -> Result<Option<Repeated>, ShrinkError> {
        if *interrupts.borrow() {
            return Ok(None);
        }
        // Runs of the search were ended early; a whole one takes longer.
        let one = kept.longest.mul_f64(1.5) + Duration::from_secs(1);
        let rounds = self.left().as_secs_f64() / one.as_secs_f64();
        let times = ((rounds * self.jobs as f64) as usize).clamp(self.jobs.clamp(3, FRESH), FRESH);
        let tasks = (1..=times).map(|time| (format!("fresh-{time}"), asked.clone())).collect();
        let rows = batch::run(&self.folder, tasks, self.jobs, interrupts, |_, _, _| ()).await;
        let repeated = Wanted::Tripped(self.checkers.clone()).count(&self.folder, &rows);
        let about = self.about(before, &kept.schedule, &repeated);
        batch::write_about(&self.folder, &rows, Some(&about))?;
        Ok((repeated.rate.counted.runs > 0).then_some(repeated))
    }

    /// What the page says above the repetitions.
    fn about(&self, before: &Schedule, kept: &Schedule, repeated: &Repeated) -> BatchFacts {
        let steps = serde_json::to_value(kept).map(|schedule| words::steps(&schedule)).unwrap_or_default();
        let (name, checkers) = (&self.original.outcome.run, self.checkers.join(", "));
        BatchFacts {
            title: format!("{name} shrunk: {} to {}", faults(&Size::of(before)), faults(&Size::of(kept))),
            lines: vec![
                format!("The smallest schedule found that still trips {checkers}: {}.", size(kept)),
                format!("Run again as a whole: {}.", repeated.sentence()),
            ],
            steps,
            command: self.command(),
        }
    }

    fn left(&self) -> Duration {
        self.budget.saturating_sub(self.began.elapsed())
    }

    fn summary(
        &self,
        schedule: &Schedule,
        found: &Reduced,
        best: Option<&(&KeptSchedule, Option<Repeated>)>,
    ) -> ShrinkSummary {
        let measured = best.and_then(|(_, measured)| measured.as_ref());
        let stage = |kept: &KeptSchedule| Stage { size: Size::of(&kept.schedule), after: kept.after };
        ShrinkSummary {
            schema: 1,
            run: self.run.clone(),
            seed: self.original.outcome.seed,
            checkers: self.checkers.clone(),
            stopped: found.stopped,
            original: Size::of(schedule),
            original_rate: found.original.stated(),
            shrunk: best.map(|(kept, _)| Size::of(&kept.schedule)),
            shrunk_rate: measured.map(|repeated| repeated.rate),
            tripped: measured.map_or_else(BTreeMap::new, |repeated| repeated.tripped.clone()),
            trail: found.trail.iter().map(stage).collect(),
            candidates: found.candidates,
            runs: found.runs + measured.map_or(0, |repeated| repeated.rate.counted.runs + repeated.left_out),
            took: Duration::from_millis(u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)),
            folder: self.folder.clone(),
            example: measured.and_then(|repeated| repeated.example.clone()),
            command: best.map(|_| self.command()),
        }
    }

    /// The command that runs the result, from wherever the nodes were started.
    fn command(&self) -> String {
        let words = whole(self.asked.clone()).command(&self.folder);
        words.iter().map(|word| shell(word)).collect::<Vec<_>>().join(" ")
    }
}

/// A run of the result goes on to its end.
fn whole(mut asked: Asked) -> Asked {
    (asked.file.options.pcap, asked.file.options.until) = (false, None);
    asked
}

/// A schedule in a few words: its faults, its steps, its nodes, how long it waits.
fn size(schedule: &Schedule) -> String {
    let size = Size::of(schedule);
    let delays = humantime::format_duration(size.time.saturating_sub(schedule.duration));
    let s = if size.steps == 1 { "" } else { "s" };
    format!("{}, {} step{s}, {} nodes, delays of {delays}", faults(&size), size.steps, size.nodes)
}
