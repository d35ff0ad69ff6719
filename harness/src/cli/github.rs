//! What is reported to GitHub, where GitHub Actions runs this.
//!
//! Annotations go to standard error, which the runner reads for commands as it reads standard output: `--format json` keeps
//! its output to itself. That nothing can be reported to GitHub is no failure of what was tested.

use std::fs::OpenOptions;
use std::io::Write;

use campaign::export::github::{GithubReport, SUMMARY};

use campaign::child;

/// Whether this process is to tell GitHub anything: its batch does it for the runs of a batch.
pub(super) fn is_listening() -> bool {
    std::env::var("GITHUB_ACTIONS").is_ok_and(|value| value == "true") && !child::is_one_of_many()
}

/// Prints the annotations and appends to the summary of the step.
pub(super) fn tell(told: impl FnOnce() -> GithubReport) {
    if !is_listening() {
        return;
    }
    let told = told();
    let _ = write!(std::io::stderr().lock(), "{}", told.commands());
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else { return };
    let written = OpenOptions::new().create(true).append(true).open(&path).and_then(|mut file| {
        let before = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
        file.write_all(told.summary(SUMMARY.saturating_sub(before)).as_bytes())
    });
    if let Err(error) = written {
        eprintln!("interregnum: cannot write the summary of this step, {}: {error}", path.display());
    }
}
