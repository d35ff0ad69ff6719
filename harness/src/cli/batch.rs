//! A batch: several runs at once, each a process of its own, so that nothing one run does can hurt another.
//!
//! The batch claims a folder for each run, starts `interregnum test … --run-folder` for it, and reads what that left
//! behind. It never looks at a history itself. Interrupted, it asks its runs to end, waits for them, and still writes
//! the page of what there is.

use std::path::{Path, PathBuf};
use std::time::Duration;

use campaign::batch::Row;
use campaign::compare::Beside;
use campaign::export::github::Told;
use checkers::judge::re_election;
use history::{Outcome, Verdict};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::args::{ReplayArgs, TestArgs};
use super::baseline::Watch;
use super::single::count;
use super::test::{Unit, by_word, claim, for_machines};
use super::{Ended, Failure, github, print, print_json};
use campaign::child::{self, Patience};
use history::exit::ExitCode;
use reports::folder;

/// Runs units, so many at once, and prints a line for each and a table of all.
pub(super) fn run(name: &str, units: &[Unit], args: &TestArgs, baseline: Option<Watch>) -> Ended {
    let folder = claim(args, name)?;
    let jobs = args.jobs.map_or_else(default_jobs, usize::from);
    let tasks: Vec<_> = units.iter().map(|unit| (unit.name(), arguments(unit, args))).collect();
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
        github::tell(|| Told::of_batch(&rows, &folder).beside(beside));
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

/// Runs commands, each in a run folder of its own below `folder/runs`, and leaves it to the caller to print what came of them.
pub(super) fn collect(
    folder: &Path,
    tasks: Vec<(String, Vec<String>)>,
    jobs: usize,
    machines: bool,
) -> Result<(Vec<Row>, ExitCode), Failure> {
    let (rows, exit) = collect_quietly(folder, tasks, jobs, machines)?;
    github::tell(|| Told::of_batch(&rows, folder));
    Ok((rows, exit))
}

/// As [`collect`], for whoever has more to tell GitHub.
fn collect_quietly(
    folder: &Path,
    tasks: Vec<(String, Vec<String>)>,
    jobs: usize,
    machines: bool,
) -> Result<(Vec<Row>, ExitCode), Failure> {
    let runtime = super::runtime()?;
    let (rows, interrupted) = runtime.block_on(async {
        let interrupts = super::interrupts()?;
        Ok::<_, Failure>((all(folder, tasks, jobs, machines, interrupts.clone()).await, *interrupts.borrow()))
    })?;
    campaign::batch::write(folder, &rows).map_err(Failure::harness)?;
    let all = rows.iter().map(|row| ExitCode::of(row.exit)).fold(ExitCode::Valid, ExitCode::merge);
    Ok((rows, if interrupted { all.merge(ExitCode::Interrupted) } else { all }))
}

/// The table of a batch, and where its page is.
pub(super) fn print_table(folder: &Path, rows: &[Row]) {
    print(campaign::batch::table(rows, super::colour()));
    print(format!("report: {}", folder.join("report.html").display()));
}

/// Runs all tasks, so many at once; unless a machine reads along, with a line for each.
pub(super) async fn all(
    folder: &Path,
    tasks: Vec<(String, Vec<String>)>,
    jobs: usize,
    machines: bool,
    interrupts: watch::Receiver<bool>,
) -> Vec<Row> {
    let total = tasks.len();
    let mut waiting = tasks.into_iter().enumerate();
    let mut running = JoinSet::new();
    let mut rows = Vec::new();
    loop {
        while running.len() < jobs.max(1) && !*interrupts.borrow() {
            let Some((number, (name, arguments))) = waiting.next() else { break };
            let folder = folder.to_owned();
            let interrupts = interrupts.clone();
            running.spawn(async move { (number, one(&folder, name, arguments, interrupts).await) });
        }
        let Some(ended) = running.join_next().await else { break };
        if let Ok((number, row)) = ended {
            if !machines {
                print(line(&row, rows.len() + 1, total));
            }
            rows.push((number, row));
        }
    }
    rows.sort_by_key(|(number, _)| *number);
    rows.into_iter().map(|(_, row)| row).collect()
}

/// One run as a process of its own.
async fn one(folder: &Path, name: String, arguments: Vec<String>, interrupts: watch::Receiver<bool>) -> Row {
    let failed = |why: String| Row {
        name: name.clone(),
        exit: ExitCode::Harness.code().into(),
        sentence: why,
        ..Row::default()
    };
    let run_folder = match folder::claim_name(&folder.join("runs"), &name) {
        Ok(run_folder) => run_folder,
        Err(error) => return failed(format!("cannot make its folder: {error}")),
    };
    // Whoever interrupts a batch wants its pages: they are waited for.
    match child::carry_out(&run_folder, &arguments, Patience::default(), interrupts).await {
        Ok(ended) => row(&name, &run_folder, folder, ended.exit.unwrap_or(ExitCode::Harness.code()), ended.took),
        Err(error) => failed(format!("cannot start its process: {error}")),
    }
}

/// What a finished run left behind, as a row.
pub(super) fn row(name: &str, run_folder: &Path, folder: &Path, exit: u8, duration: Duration) -> Row {
    let outcome = std::fs::read(run_folder.join("verdict.json"))
        .ok()
        .and_then(|json| serde_json::from_slice::<Outcome>(&json).ok());
    let exit = if exit == 0 && outcome.is_none() { ExitCode::Harness.code() } else { exit };
    let mut row = Row {
        name: name.to_owned(),
        exit: exit.into(),
        duration: u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX),
        folder: run_folder.strip_prefix(folder).unwrap_or(run_folder).to_owned(),
        sentence: "it left no verdict behind".into(),
        ..Row::default()
    };
    if let Some(outcome) = outcome {
        row.windows_passed = count(&outcome, re_election::NAME, "windows-passed");
        row.elections = outcome.measures.elections.len() as u64;
        row.times = outcome.measures.re_election_times();
        let quantile = |q| checkers::stats::shown_quantile(&row.times, q);
        (row.p50, row.p99, row.longest) = (quantile(0.5), quantile(0.99), row.times.last().copied());
        row.gist = outcome.gist();
        row.workload = outcome.workload;
        row.system = outcome.system;
        row.network = outcome.network;
        row.seed = outcome.seed;
        row.verdict = Some(outcome.verdict);
        let objecting = outcome.checkers.iter().filter(|one| one.judged && one.verdict != Verdict::Valid);
        row.checkers = objecting.map(|one| one.checker.clone()).collect();
        row.sentence = outcome.sentence;
    }
    let failed = exit == ExitCode::Harness.code() || row.verdict.is_none();
    if failed && let Some(lost) = child::lost(run_folder, exit) {
        (row.sentence, row.trouble) = (lost.sentence, Some(lost.code));
    }
    row
}

/// One run's line, as it ends.
fn line(row: &Row, done: usize, total: usize) -> String {
    let verdict = row.verdict.map_or("none", Verdict::as_str);
    let seconds = row.duration as f64 / 1e9;
    format!("[{done}/{total}] {verdict:<7} {:<24} {seconds:>5.1}s  {}", row.name, row.sentence)
}

/// The command line of one unit.
fn arguments(unit: &Unit, args: &TestArgs) -> Vec<String> {
    let mut line: Vec<String> = vec!["test".into()];
    match &args.schedule {
        Some(path) => line.push(format!("--schedule={}", path.display())),
        None => line.push(unit.workload.clone()),
    }
    line.extend(["--seed".into(), unit.seed.to_string()]);
    let mut option = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            line.push(format!("--{name}={value}"));
        }
    };
    option("by", unit.by.map(|by| by_word(by).to_owned()));
    option("system", Some(args.cluster.system.clone()));
    option("nodes", args.cluster.nodes.map(|nodes| nodes.to_string()));
    option("network", Some(args.cluster.network.to_string()));
    option("time", args.time.map(|time| humantime::format_duration(time).to_string()));
    option("bound", args.bound.map(|bound| humantime::format_duration(bound).to_string()));
    option("faults", (!args.faults.is_empty()).then(|| args.faults.join(",")));
    option("rounds", args.rounds.map(|rounds| rounds.to_string()));
    option("max-history", args.each.max_history());
    for setting in &args.cluster.settings {
        option("set", Some(setting.clone()));
    }
    line.extend(args.each.line());
    line
}

/// The command line of one repetition of an earlier run.
pub(super) fn replay_arguments(run: &Path, args: &ReplayArgs) -> Vec<String> {
    let mut line = vec!["replay".into(), PathBuf::from(run).display().to_string()];
    line.extend(args.resolved.then(|| "--resolved".to_owned()));
    line.extend(args.pcap.then(|| "--pcap".to_owned()));
    line.extend(args.until.iter().map(|until| format!("--until={until}")));
    line.extend(args.max_history.map(|bytes| format!("--max-history={bytes}")));
    line
}
