//! A batch: what is printed of it. [`campaign::batch::run`] carries it out.

use std::path::Path;

use campaign::batch::{BatchRow, Task};
use campaign::compare::Beside;
use campaign::export::github::GithubReport;
use history::Verdict;

use super::args::TestArgs;
use super::baseline::Watch;
use super::test::{claim, for_machines};
use super::{CommandResult, Failure, github, print, print_json};
use cluster::run::RunPlan;
use history::exit::ExitCode;

/// Carries out plans, so many at once, and prints a line for each and a table of all.
pub(super) fn run(name: &str, plans: Vec<RunPlan>, args: &TestArgs, baseline: Option<Watch>) -> CommandResult {
    let folder = claim(args, name)?;
    let jobs = args.jobs.map_or_else(default_jobs, usize::from);
    let tasks: Vec<_> = plans.into_iter().map(|plan| (plan.file.run.clone(), plan.asked())).collect();
    let machines = for_machines(args);
    let (rows, code) = collect_quietly(&folder, tasks, jobs, machines)?;
    if machines {
        print_json(&rows)?;
    } else {
        print_table(&folder, &rows);
    }
    let tell = |beside: &Beside<'_>| {
        if let Err(error) = beside.on_page(&folder) {
            eprintln!("interregnum: warning: {error}");
        }
        github::tell(|| GithubReport::of_batch(&rows, &folder).beside(beside));
    };
    match baseline {
        Some(baseline) => baseline.end(&folder, code, machines, tell),
        None => {
            tell(&Beside::default());
            Ok(code)
        }
    }
}

/// Most of an election is waiting: two clusters a core.
pub(super) fn default_jobs() -> usize {
    2 * std::thread::available_parallelism().map_or(1, usize::from)
}

/// Carries out runs, each in a folder of its own below `folder/runs`, and leaves it to the caller to print what came of them.
pub(super) fn collect(
    folder: &Path,
    tasks: Vec<Task>,
    jobs: usize,
    machines: bool,
) -> Result<(Vec<BatchRow>, ExitCode), Failure> {
    let (rows, exit) = collect_quietly(folder, tasks, jobs, machines)?;
    github::tell(|| GithubReport::of_batch(&rows, folder));
    Ok((rows, exit))
}

/// As [`collect`], for callers with more to report to GitHub.
fn collect_quietly(
    folder: &Path,
    tasks: Vec<Task>,
    jobs: usize,
    machines: bool,
) -> Result<(Vec<BatchRow>, ExitCode), Failure> {
    let (rows, interrupted) = super::runtime()?.block_on(async {
        let interrupts = super::interrupts()?;
        let tell = |row: &BatchRow, done, total| {
            if !machines {
                print(line(row, done, total));
            }
        };
        let rows = campaign::batch::run(folder, tasks, jobs, interrupts.clone(), tell).await;
        Ok::<_, Failure>((rows, *interrupts.borrow()))
    })?;
    campaign::batch::write(folder, &rows).map_err(Failure::harness)?;
    let all = rows.iter().map(|row| ExitCode::of(row.exit)).fold(ExitCode::Valid, ExitCode::merge);
    Ok((rows, if interrupted { all.merge(ExitCode::Interrupted) } else { all }))
}

/// The table of a batch, and where its page is.
pub(super) fn print_table(folder: &Path, rows: &[BatchRow]) {
    print(campaign::batch::table(rows, super::colour()));
    print(format!("report: {}", folder.join("report.html").display()));
}

/// One run's line, as it ends.
fn line(row: &BatchRow, done: usize, total: usize) -> String {
    let verdict = row.verdict.map_or("none", Verdict::as_str);
    let seconds = row.duration as f64 / 1e9;
    format!("[{done}/{total}] {verdict:<7} {:<24} {seconds:>5.1}s  {}", row.name, row.sentence)
}
