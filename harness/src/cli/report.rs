//! `interregnum report`: writes the reports of recorded runs anew. The history and the verdict on it stay as they are.

use checkers::judge::judge_file;

use super::args::ReportArgs;
use super::check::run_folders;
use super::{CommandResult, Failure, print};
use history::exit::ExitCode;

pub(super) fn run(args: &ReportArgs) -> CommandResult {
    for path in &args.runs {
        for run in run_folders(path)? {
            let history = run.join("history.jsonl");
            let outcome =
                judge_file(&history).map_err(|error| Failure::usage(format!("{}: {error}", history.display())))?;
            reports::run::write_judged(&run, &outcome).map_err(Failure::harness)?;
            if !run.join(reports::verdict::FILE).exists() {
                reports::verdict::write(&run, &outcome).map_err(Failure::harness)?;
            }
            print(run.join("report.html").display());
        }
    }
    if let Some(out) = &args.index {
        if !out.is_dir() {
            return Err(Failure::usage(format!("{}: no such folder", out.display())));
        }
        print(campaign::index::write(out).map_err(Failure::harness)?.display());
    }
    Ok(ExitCode::Valid)
}
