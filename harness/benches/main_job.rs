//! The main job as CI runs it: `make test-chaos`, once, with its programs already built.
//!
//! `cargo bench -p interregnum --bench main_job`. The command is the Makefile's own, so what is timed is what users run; its
//! results go to a scratch folder. What is counted is read from what the runs left behind: elections from each
//! `verdict.json`, installed faults by kind from each `history.jsonl`. A main job that is quick because little happened
//! in it would be no use.

mod support;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use history::{Body, Installed, Reader, Stage};
use history::{Outcome, Verdict};
use support::Failure;
use workloads::FaultKind;

const TIME: Duration = Duration::from_secs(120);
const ELECTIONS: usize = 10;

/// What came of all runs.
#[derive(Default)]
struct Job {
    /// By verdict.
    runs: BTreeMap<Verdict, usize>,
    /// For each workload with faults: elections, and re-election windows passed.
    elections: BTreeMap<String, (usize, u64)>,
    /// Faults installed, by kind.
    installed: BTreeMap<String, usize>,
}

fn main() -> Result<(), Failure> {
    support::program()?;
    let scratch = support::scratch(false)?;
    let before = support::load();
    let begun = Instant::now();
    // `-o build`: what is built is taken to be up to date.
    let ended = Command::new("make")
        .args(["--no-print-directory", "-o", "build", "test-chaos"])
        .arg(format!("OUT={}", scratch.path().display()))
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .env_remove("MAKEFLAGS")
        .stdout(Stdio::null())
        .status()?;
    let took = begun.elapsed();
    let job = read(&scratch.path().join("latest/runs"))?;

    println!("make test-chaos ({before} before, {} after)", support::load());
    let code = ended.code().map_or("a signal".to_owned(), |code| code.to_string());
    support::line("it ends with", &code, "0", ended.success());
    support::line("it takes", &format!("{:.1} s", took.as_secs_f64()), "< 120 s on two cores", took < TIME);
    let count = |verdict| job.runs.get(&verdict).copied().unwrap_or(0);
    let (valid, unknown) = (count(Verdict::Valid), count(Verdict::Unknown));
    let total: usize = job.runs.values().sum();
    support::line("runs that are valid", &format!("{valid} of {total}"), "all", valid == total);
    if unknown > 0 {
        println!("    of the others {unknown} are unknown");
    }
    for (workload, (elections, windows)) in &job.elections {
        let what = format!("elections judged, {workload} ({windows} windows passed)");
        support::line(&what, &elections.to_string(), ">= 10", *elections >= ELECTIONS);
    }
    // `wipe` breaks Raft's model and is drawn only when asked for.
    for (word, _) in FaultKind::all().filter(|(_, kind)| kind.descriptor().by_default) {
        let installed = job.installed.get(word).copied().unwrap_or(0);
        support::line(&format!("installed, {word}"), &installed.to_string(), ">= 1", installed > 0);
    }
    Ok(())
}

fn read(runs: &Path) -> Result<Job, Failure> {
    let mut job = Job::default();
    for run in fs::read_dir(runs).map_err(|error| format!("{}: {error}", runs.display()))? {
        let run = run?;
        let (name, folder) = (run.file_name().to_string_lossy().into_owned(), run.path());
        let verdict = fs::read(folder.join("verdict.json")).map_err(|error| format!("{name}: {error}"))?;
        let outcome: Outcome = serde_json::from_slice(&verdict)?;
        *job.runs.entry(outcome.verdict).or_default() += 1;
        let mut faults = 0;
        let mut reader = Reader::new(File::open(folder.join("history.jsonl"))?)?;
        while let Some(event) = reader.next_event()? {
            if let Body::Fault(fault) = event.body
                && (fault.stage, fault.outcome) == (Stage::Inject, Installed::Installed)
            {
                *job.installed.entry(fault.kind).or_default() += 1;
                faults += 1;
            }
        }
        if faults > 0 {
            let (elections, windows) = job.elections.entry(outcome.workload).or_default();
            *elections += outcome.measures.elections.len();
            let passed = outcome.checkers.iter().filter_map(|judgement| judgement.counts.get("windows-passed"));
            *windows += passed.sum::<u64>();
        }
    }
    Ok(job)
}
