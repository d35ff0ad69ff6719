//! What is asked of a run, as it stands in the run's folder: `system.toml`, `schedule.json` where one is given, and `run.json`.
//!
//! This is all that a process needs to carry the run out. The process that starts a run writes it, a run writes it again when it begins,
//! and a replay takes it from there. `run.json` comes last: where it stands, the others do.

use std::io;
use std::path::Path;
use std::sync::Arc;

use history::RunFile;
use history::run::DrawnFrom;
use workloads::Schedule;

use crate::file;

/// The name of the description in a run's folder.
pub const RUN: &str = "run.json";

/// The name of the system's file there.
pub const SYSTEM: &str = "system.toml";

/// The name of the schedule there.
pub const SCHEDULE: &str = "schedule.json";

/// What is asked of a run.
#[derive(Debug, Clone)]
pub struct Asked {
    /// `run.json`.
    pub file: RunFile,
    /// The text of the system's file.
    pub system: Arc<str>,
    /// The schedule; none: it is drawn, as [`RunFile::drawn_from`] says.
    pub schedule: Option<Schedule>,
}

impl Asked {
    /// The same with another seed, and the name that a run of this seed has.
    pub fn with_seed(mut self, seed: u64) -> Self {
        if let Some(draw) = &mut self.file.drawn_from {
            draw.seed = seed;
        }
        if let Some(schedule) = &mut self.schedule {
            schedule.seed = seed;
        }
        self.named()
    }

    /// The same with another schedule, and the nodes that it is for.
    pub fn with_schedule(mut self, schedule: Schedule) -> Self {
        self.file.nodes = schedule.nodes.len();
        self.file.drawn_from = None;
        self.schedule = Some(schedule);
        self.named()
    }

    /// The same with the name of its schedule: `re-election-pause-7`.
    pub fn named(mut self) -> Self {
        let drawn = self.file.drawn_from.as_ref().map(DrawnFrom::run);
        let given = self.schedule.as_ref().map(|schedule| format!("{}-{}", schedule.workload, schedule.seed));
        if let Some(name) = given.or(drawn) {
            self.file.run = name;
        }
        self
    }

    /// The command that asks for this run, with its schedule in this folder where that is given.
    pub fn command(&self, folder: &Path) -> Vec<String> {
        let file = &self.file;
        let system = file.system_file.as_ref().map_or_else(|| file.system.clone(), |path| path.display().to_string());
        let mut words = vec!["interregnum".to_owned()];
        words.extend(file.test_line(&system));
        words.push(match (&self.schedule, &file.drawn_from) {
            (Some(_), _) => format!("--schedule={}", folder.join(SCHEDULE).display()),
            (None, Some(drawn)) => format!("--seed={}", drawn.seed),
            (None, None) => return words,
        });
        words
    }

    /// Writes it into the folder of the run.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        file::put_bytes(&folder.join(SYSTEM), self.system.as_bytes())?;
        if let Some(schedule) = &self.schedule {
            file::put_bytes(&folder.join(SCHEDULE), schedule.to_json().as_bytes())?;
        }
        write_run(folder, &self.file)
    }
}

/// Writes `run.json`.
///
/// # Errors
/// It cannot be written.
pub fn write_run(folder: &Path, file: &RunFile) -> io::Result<()> {
    file::replace(&folder.join(RUN), false, |out| {
        serde_json::to_writer_pretty(&mut *out, file)?;
        out.write_all(b"\n")
    })
}

/// What `run.json` of a folder says; none where there is none that can be read.
pub fn run_of(folder: &Path) -> Option<RunFile> {
    serde_json::from_slice(&std::fs::read(folder.join(RUN)).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use history::run::State;
    use workloads::workload::{By, Parameters};

    use super::*;

    fn asked(by: Option<By>) -> Asked {
        let parameters = Parameters { by, ..Parameters::default() };
        let draw = DrawnFrom { workload: "re-election".into(), seed: 1, parameters, time: None };
        let file = RunFile { drawn_from: Some(draw), ..RunFile::default() };
        Asked { file, system: "schema = 1".into(), schedule: None }
    }

    #[test]
    fn a_run_is_named_for_what_is_done_and_for_its_seed() {
        assert_eq!(asked(None).with_seed(7).file.run, "re-election-7");
        let paused = asked(Some(By::Pause)).with_seed(9);
        let command = paused.command(Path::new("x"));
        assert_eq!(command.last().map(String::as_str), Some("--seed=9"));
        assert_eq!((paused.file.run.as_str(), paused.file.drawn_from.unwrap().seed), ("re-election-pause-9", 9));
    }

    #[test]
    fn what_is_written_is_read_and_what_is_not_given_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let asked = asked(None).named();
        asked.write(folder.path()).unwrap();
        let read = run_of(folder.path()).unwrap();
        assert_eq!((&read, &read.state), (&asked.file, &State::Planned.into()));
        assert_eq!(std::fs::read_to_string(folder.path().join(SYSTEM)).unwrap(), "schema = 1");
        assert!(!folder.path().join(SCHEDULE).exists());
        assert_eq!(run_of(&folder.path().join("elsewhere")), None);
    }
}
