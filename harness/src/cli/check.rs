//! `interregnum check`: judges recorded histories again, with the code that judged them live.

use std::path::{Path, PathBuf};

use campaign::export::github::GithubReport;
use history::finding::explained::explanation;
use history::{Outcome, Verdict};

use super::args::{CheckArgs, Format};
use super::{CommandResult, Failure, github, print, print_json, single};
use history::exit::ExitCode;

pub(super) fn run(args: &CheckArgs) -> CommandResult {
    if let Some(from) = &args.from {
        return super::from_logs::run(args, from);
    }
    let mut outcomes = Vec::new();
    let mut exit = ExitCode::Valid;
    // A file that cannot be judged does not hide what the others say.
    let mut unreadable = Vec::new();
    for path in histories(&args.runs)? {
        let outcome = match checkers::judge::judge_file(&path) {
            Ok(outcome) => outcome,
            Err(error) => {
                unreadable.push(format!("{}: {error}", path.display()));
                continue;
            }
        };
        exit = exit.merge(outcome.verdict.into());
        if args.format == Format::Text {
            print(text(&outcome));
        }
        outcomes.push(outcome);
    }
    if args.format == Format::Json {
        match outcomes.as_slice() {
            [] => {}
            [one] => print_json(one)?,
            all => print_json(&all)?,
        }
    }
    github::tell(|| GithubReport::of_runs(&outcomes, None));
    match unreadable.as_slice() {
        [] => Ok(exit),
        all => Err(Failure { code: exit.merge(ExitCode::Usage), message: all.join("; ") }),
    }
}

/// The histories that a user's paths mean: a file, the folder of a run, or the folder of several.
pub(super) fn histories(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut histories = Vec::new();
    for path in paths {
        if path.is_dir() {
            histories.extend(run_folders(path)?.into_iter().map(|run| run.join("history.jsonl")));
        } else if path.exists() {
            histories.push(path.clone());
        } else {
            return Err(Failure::usage(format!("{}: no such file or folder", path.display())));
        }
    }
    Ok(histories)
}

/// The run folders below a folder: itself, or those in its `runs`.
pub(super) fn run_folders(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if path.join("history.jsonl").exists() {
        return Ok(vec![path.to_owned()]);
    }
    let mut runs: Vec<_> = std::fs::read_dir(path.join("runs"))
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    runs.retain(|run: &PathBuf| run.join("history.jsonl").exists());
    runs.sort();
    // The folder that holds those of invocations: the last one.
    if runs.is_empty() && path.join("latest").is_dir() {
        return run_folders(&path.join("latest"));
    }
    if runs.is_empty() {
        let path = path.display();
        return Err(Failure::usage(format!(
            "{path}: holds no run; name the folder of a run, a folder with runs/, or a history.jsonl"
        )));
    }
    Ok(runs)
}

pub(super) fn text(outcome: &Outcome) -> String {
    let mut text = single::summary(outcome);
    let mut codes: Vec<&str> = Vec::new();
    for judgement in &outcome.checkers {
        let word = if judgement.judged { judgement.verdict.as_str() } else { "-" };
        text += &format!("\n  {word:<8} {:<26} {}", judgement.checker, judgement.sentence);
        for violation in judgement.violations.iter().filter(|_| judgement.verdict != Verdict::Valid).take(5) {
            text += &format!("\n           {}", violation.sentence);
            codes.extend(violation.finding.code().and_then(explanation).map(|one| one.code));
            for evidence in violation.evidence.iter().take(6) {
                let quoted: String = evidence.text.chars().filter(|c| !c.is_control()).take(300).collect();
                text += &format!("\n             line {}: {quoted}", evidence.line);
            }
        }
    }
    codes.sort_unstable();
    codes.dedup();
    codes.iter().for_each(|code| text += &format!("\n  what that means: interregnum explain {code}"));
    text
}
