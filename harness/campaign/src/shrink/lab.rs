//! Where a schedule is repeated: a folder for each candidate, a process for each run.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use history::run::State;
use history::{Outcome, RunFile};
use tokio::sync::watch;
use workloads::Schedule;

use super::hints::tripped;
use crate::child::{self, NO_VERDICT, Patience};
use checkers::judge::Until;
use history::exit::ExitCode;

/// How long a run may take to heal its cluster and to write what it has, once it was asked to end.
const END: Duration = Duration::from_secs(8);

/// What can repeat a schedule.
pub trait Lab: Send + Sync + 'static {
    /// Runs a schedule once. When `stop` becomes true nobody waits for the outcome any more.
    fn repeat(&self, trial: Trial, stop: watch::Receiver<bool>) -> impl Future<Output = Repetition> + Send;
}

/// One run of one candidate.
#[derive(Debug, Clone)]
pub struct Trial {
    /// The schedule.
    pub schedule: Arc<Schedule>,
    /// The number of the candidate.
    pub candidate: u32,
    /// Which run of it, from 0; none is run twice.
    pub number: usize,
}

/// How a run of a candidate ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repetition {
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
pub struct Processes {
    /// The folder of the run that is being shrunk.
    pub run: PathBuf,
    /// Where the folders of candidates are made.
    pub folder: PathBuf,
    /// The checkers, of which one must say `invalid`.
    pub checkers: Vec<String>,
}

impl Lab for Processes {
    async fn repeat(&self, trial: Trial, stop: watch::Receiver<bool>) -> Repetition {
        let plan = self.folder.join(format!("candidate-{}", trial.candidate));
        let run = plan.join(format!("run-{}", trial.number));
        // Runs of one candidate share its folder, and nobody may write what another reads.
        let planned =
            if plan.join("run.json").exists() { Ok(()) } else { write_plan(&self.run, &plan, &trial.schedule) };
        if let Err(why) = planned.and_then(|()| make(&run)) {
            return Repetition::Void(why);
        }
        let ended = self.carry_out(&plan, &run, &trial.schedule, stop).await;
        // Thousands of runs would fill the disk; what is worth keeping is recorded anew at the end.
        let _ = std::fs::remove_dir_all(&run);
        ended
    }
}

impl Processes {
    async fn carry_out(&self, plan: &Path, run: &Path, schedule: &Schedule, stop: watch::Receiver<bool>) -> Repetition {
        // A run that has shown what is looked for has nothing more to say.
        let until = Until::Checkers(self.checkers.clone());
        let arguments =
            ["replay".to_owned(), plan.display().to_string(), "--brief".to_owned(), format!("--until={until}")];
        let patience = Patience { work: Some(schedule.duration + Duration::from_secs(120)), end: Some(END) };
        let left = match child::carry_out(run, &arguments, patience, stop).await {
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

/// Writes a folder from which `interregnum replay` carries out this schedule with the system and the settings of an
/// earlier run; `run.json` comes last. The error is a sentence.
///
/// # Errors
/// When a file cannot be read or written.
pub fn write_plan(run: &Path, plan: &Path, schedule: &Schedule) -> Result<(), String> {
    let failed = |path: &Path, error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let asked = run.join("run.json");
    let text = std::fs::read_to_string(&asked).map_err(|error| failed(&asked, &error))?;
    let mut file: RunFile = serde_json::from_str(&text).map_err(|error| failed(&asked, &error))?;
    file.run = format!("{}-{}", schedule.workload, schedule.seed);
    file.nodes = schedule.nodes.len();
    file.replay = format!("interregnum replay {}", plan.display());
    file.command = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    (file.pcap, file.until) = (false, None);
    (file.state, file.exit) = (State::Planned.into(), None);
    make(plan)?;
    let system = run.join("system.toml");
    let system = std::fs::read_to_string(&system).map_err(|error| failed(&system, &error))?;
    let asked = serde_json::to_string_pretty(&file).map_err(|error| failed(&asked, &error))? + "\n";
    for (name, text) in [("system.toml", system), ("schedule.json", schedule.to_json()), ("run.json", asked)] {
        let path = plan.join(name);
        reports::file::put_bytes(&path, text.as_bytes()).map_err(|error| failed(&path, &error))?;
    }
    Ok(())
}

fn make(folder: &Path) -> Result<(), String> {
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))
}
