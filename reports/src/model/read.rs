//! From a run's folder to its model.
//!
//! Judges see events, which keep only what they need, and a page also wants the words: why a fault was skipped, what an observer
//! got for an answer. So lines are taken here as the record has them. A line that is no event, at which a judge must stop, is a
//! row that says so: a report is most needed when something went wrong.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use history::Outcome;
use history::lines::{Found, Lines};
use history::run::Command;
use history::{Decoder, HistoryError, Record};

use super::RunModel;
use super::build::Builder;
use crate::file::ReportError;
use crate::{text, verdict};

/// The folder by a name that it keeps: `latest` will soon be another.
fn lasting(run_dir: &Path) -> PathBuf {
    let mut path = PathBuf::new();
    for part in run_dir.components() {
        path.push(part);
        if part.as_os_str() == "latest"
            && let Ok(target) = std::fs::read_link(&path)
        {
            path.pop();
            path.push(target);
        }
    }
    path
}

impl RunModel {
    /// Reads a run's folder: `history.jsonl`, and `verdict.json`, `run.json`, `schedule.json` where they are.
    ///
    /// # Errors
    /// The history cannot be read, or does not begin with a header of this version. Everything else that is wrong
    /// is part of the model.
    pub fn read(run_dir: &Path) -> Result<Self, ReportError> {
        match verdict::read(run_dir) {
            Ok(outcome) => Self::read_with(run_dir, Some(outcome), None),
            Err(why) => {
                let unjudged = format!("{why}; `interregnum check` judges what was recorded");
                Self::read_with(run_dir, None, Some(unjudged))
            }
        }
    }

    /// As [`RunModel::read`], with an outcome that is not on disk yet.
    ///
    /// # Errors
    /// As [`RunModel::read`].
    pub(crate) fn read_judged(run_dir: &Path, outcome: &Outcome) -> Result<Self, ReportError> {
        Self::read_with(run_dir, Some(outcome.clone()), None)
    }

    fn read_with(run_dir: &Path, outcome: Option<Outcome>, unjudged: Option<String>) -> Result<Self, ReportError> {
        let path = run_dir.join("history.jsonl");
        let read = |source| ReportError::Read { path: path.clone(), source };
        let file = File::open(&path).map_err(read)?;
        let mut model = Self::from_history(file, outcome).map_err(|why| match why {
            Unreadable::Io(source) => read(source),
            Unreadable::Foreign(why) => ReportError::History { path: path.clone(), why },
        })?;
        model.unjudged = unjudged;
        model.folder = lasting(run_dir);
        model.command = command(run_dir);
        model.settings = super::settings::read(run_dir);
        model.schedule = run_dir.join("schedule.json").is_file();
        model.triggers = super::triggers::read(run_dir, &model.faults);
        Ok(model)
    }

    /// The model of a history, read from anywhere.
    ///
    /// # Errors
    /// Reading fails, or the first line is not a header of this version.
    pub(crate) fn from_history(input: impl Read, outcome: Option<Outcome>) -> Result<Self, Unreadable> {
        let mut lines = Lines::new(input);
        if lines.read().map_err(Unreadable::Io)? == Found::Nothing {
            return Err(Unreadable::Foreign(HistoryError::Empty.to_string()));
        }
        let header = match Decoder::new(lines.bytes()) {
            Ok(decoder) => decoder.header().clone(),
            Err(why) => return Err(Unreadable::Foreign(why.to_string())),
        };
        let mut builder = Builder::new(header, outcome);
        loop {
            let found = lines.read().map_err(Unreadable::Io)?;
            if found == Found::Nothing {
                return Ok(builder.finish());
            }
            // A file that others wrote may hold anything, even bytes that are not text.
            let text = String::from_utf8_lossy(lines.bytes());
            if lines.is_blank() {
                builder.blank();
                continue;
            }
            match Record::read(&text) {
                Ok(record) if found != Found::TooLong => builder.line(&record),
                _ => builder.unreadable(&text, found == Found::Torn),
            }
        }
    }
}

/// A history cannot be shown at all.
#[derive(Debug)]
pub(crate) enum Unreadable {
    Io(std::io::Error),
    /// It is not a history of this version; one sentence why.
    Foreign(String),
}

/// The command that made the run, by its `run.json`.
fn command(run_dir: &Path) -> Option<String> {
    let bytes = std::fs::read(run_dir.join("run.json")).ok()?;
    Some(match Command::read(&bytes)? {
        Command::Line(command) => text::clean(&command, text::LONGEST),
        Command::Arguments(arguments) => {
            let words: Vec<String> = arguments.iter().map(|argument| text::shell(argument)).collect();
            text::clean(&words.join(" "), 4 * text::LONGEST)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_reached_through_latest_is_told_by_the_name_that_it_keeps() {
        let place = tempfile::tempdir().unwrap();
        let real = place.path().join("2026-01-01T00-00-00Z-chaos");
        std::fs::create_dir_all(real.join("runs/chaos-1")).unwrap();
        std::os::unix::fs::symlink("2026-01-01T00-00-00Z-chaos", place.path().join("latest")).unwrap();
        assert_eq!(lasting(&place.path().join("latest/runs/chaos-1")), real.join("runs/chaos-1"));
        assert_eq!(lasting(&place.path().join("latest")), real);
        let odd = Path::new("no/such/latest/run");
        assert_eq!(lasting(odd), odd);
    }
}
