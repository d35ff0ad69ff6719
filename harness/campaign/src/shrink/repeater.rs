//! Where a schedule is repeated: a folder for each candidate, a process for each run.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use history::Outcome;
use reports::asked::Asked;
use tokio::sync::watch;
use workloads::Schedule;

use super::hints::tripped;
use crate::child::{self, NO_VERDICT, Patience};
use checkers::judge::Until;
use history::exit::ExitCode;

/// How long a run may take to heal its cluster and to write what it has, once it was asked to end.
const END: Duration = Duration::from_secs(8);

/// What can repeat a schedule.
pub(super) trait Repeater: Send + Sync + 'static {
    /// Runs a schedule once. When `stop` becomes true the outcome is not waited for any more.
    fn repeat(&self, trial: Trial, stop: watch::Receiver<bool>) -> impl Future<Output = Repetition> + Send;
}

/// One run of one candidate.
#[derive(Debug, Clone)]
pub(super) struct Trial {
    pub schedule: Arc<Schedule>,
    /// The number of the candidate.
    pub candidate: u32,
    /// Which run of it, from 0; none is run twice.
    pub number: usize,
}

/// How a run of a candidate ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Repetition {
    /// It tripped the checker.
    Reproduced,
    /// It did not.
    Passed,
    /// It says nothing: it left no verdict behind. And why.
    Void(String),
    /// The schedule cannot be run with this system and its settings. And why.
    Impossible(String),
}

/// Real clusters, as processes of their own.
#[derive(Debug)]
pub(super) struct Processes {
    /// The run that is being shrunk, as it was asked for.
    pub(super) asked: Asked,
    /// Where the folders of candidates are made.
    pub(super) folder: PathBuf,
    /// The checkers, of which one must say `invalid`.
    pub(super) checkers: Vec<String>,
}

impl Repeater for Processes {
    async fn repeat(&self, trial: Trial, stop: watch::Receiver<bool>) -> Repetition {
        let run = self.folder.join(format!("candidate-{}/run-{}", trial.candidate, trial.number));
        if let Err(error) = std::fs::create_dir_all(&run) {
            return Repetition::Void(format!("{}: {error}", run.display()));
        }
        let ended = self.carry_out(&run, &trial.schedule, stop).await;
        // Thousands of runs would fill the disk; what is worth keeping is recorded anew at the end.
        let _ = std::fs::remove_dir_all(&run);
        ended
    }
}

impl Processes {
    async fn carry_out(&self, run: &Path, schedule: &Schedule, stop: watch::Receiver<bool>) -> Repetition {
        let mut asked = self.asked.clone().with_schedule(schedule.clone());
        // A run that has shown what is looked for has nothing more to say.
        asked.file.options.until = Some(Until::Checkers(self.checkers.clone()).to_string());
        (asked.file.options.pcap, asked.file.brief) = (false, true);
        let patience = Patience { work: Some(schedule.duration + Duration::from_secs(120)), end: Some(END) };
        let left = match child::carry_out(run, &asked, patience, stop).await {
            Ok(left) => left,
            Err(error) => return Repetition::Void(format!("cannot start its process: {error}")),
        };
        let exit = left.ended.code();
        match &left.outcome {
            Some(outcome) if self.is_tripped(outcome) => Repetition::Reproduced,
            Some(_) if exit != ExitCode::Harness.code() => Repetition::Passed,
            _ => {
                let why = child::last_words(run).unwrap_or_else(|| NO_VERDICT.to_owned());
                if exit == ExitCode::Usage.code() { Repetition::Impossible(why) } else { Repetition::Void(why) }
            }
        }
    }

    fn is_tripped(&self, outcome: &Outcome) -> bool {
        tripped(outcome).iter().any(|checker| self.checkers.contains(checker))
    }
}
