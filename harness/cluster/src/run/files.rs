//! What a run leaves behind besides its history: what it was to do, and how it ended. And how both are read again.

use std::io;
use std::path::{Path, PathBuf};

use checkers::judge::Until;
use history::run::State;
use history::{Header, RunFile, Word};
use reports::asked;
use workloads::Schedule;

use super::{Finished, RunPlan};
use crate::input::{self, InputError};
use crate::system::{System, SystemError};

/// Writes what the run is to do.
pub(super) fn write_inputs(plan: &mut RunPlan, schedule: &Schedule, header: &Header) -> io::Result<()> {
    std::fs::create_dir_all(plan.folder.join("nodes"))?;
    plan.file.replay = format!("interregnum replay {}", plan.folder.display());
    plan.file.began = header.wall.clone().unwrap_or_default();
    plan.file.state = State::Running.into();
    plan.schedule = Some(schedule.clone());
    plan.clone().asked().write(&plan.folder)
}

/// Writes how the run ended.
pub(super) fn finish(plan: &RunPlan, finished: &Finished) -> io::Result<()> {
    let state = match &finished.trouble {
        Some(lost) => Word::Foreign(lost.sentence.clone().into()),
        None => State::from(finished.outcome.verdict).into(),
    };
    asked::write_run(&plan.folder, &RunFile { state, exit: Some(finished.exit.code()), ..plan.file.clone() })
}

/// A folder does not say what run is asked for.
#[derive(Debug, thiserror::Error)]
pub enum NoPlan {
    /// A file is not there, or cannot be read.
    #[error("{0}; name the folder of a run")]
    Unreadable(#[from] InputError),
    /// A file holds something else.
    #[error("{}: {why}", path.display())]
    Foreign { path: PathBuf, why: String },
    /// The system's file has an error.
    #[error(transparent)]
    System(#[from] SystemError),
    /// The run has begun, or is over.
    #[error("{}: this run was carried out; `interregnum replay` does it again", .0.display())]
    Begun(PathBuf),
}

/// The plan of the run that a folder asks for, to be carried out there.
///
/// # Errors
/// The folder asks for none, or the run has begun.
pub fn read(folder: &Path) -> Result<RunPlan, NoPlan> {
    let plan = of_folder(folder, folder.join(asked::SCHEDULE).exists())?;
    match plan.file.state {
        Word::Known(State::Planned) => Ok(RunPlan { folder: folder.to_owned(), ..plan }),
        _ => Err(NoPlan::Begun(folder.to_owned())),
    }
}

/// The plan of an earlier run, to be carried out again in another folder: as a whole, with its schedule.
///
/// # Errors
/// The folder is that of no run.
pub fn again(run: &Path) -> Result<RunPlan, NoPlan> {
    let mut plan = of_folder(run, true)?;
    plan.file.options.until.take_if(|until| until.parse::<Until>().is_err());
    let RunFile { run, system, set, nodes, network, options, bound, system_file, directory, .. } = plan.file;
    let command = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    let same =
        RunFile { run, system, set, nodes, network, options, bound, system_file, directory, ..RunFile::default() };
    plan.file = RunFile { command, ..same };
    Ok(plan)
}

/// What a folder says of a run.
fn of_folder(folder: &Path, has_schedule: bool) -> Result<RunPlan, NoPlan> {
    let read = |file: &str| {
        let path = folder.join(file);
        input::text(&path, input::SCHEDULE).map(|text| (path, text))
    };
    let foreign =
        |path: &Path, error: &dyn std::fmt::Display| NoPlan::Foreign { path: path.to_owned(), why: error.to_string() };
    let (path, text) = read(asked::RUN)?;
    let file: RunFile = serde_json::from_str(&text).map_err(|error| foreign(&path, &error))?;
    let mut schedule = None;
    if has_schedule {
        let (path, text) = read(asked::SCHEDULE)?;
        schedule = Some(Schedule::from_json(&text).map_err(|error| foreign(&path, &error))?);
    }
    let (path, text) = read(asked::SYSTEM)?;
    let mut system = System::parse(&path.display().to_string(), &text)?;
    system.path.clone_from(&file.system_file);
    Ok(RunPlan { file, schedule, system, folder: PathBuf::new(), watched: false, surroundings: String::new() })
}
