//! One run, in a sandbox of its own, from the command line to its exit code.

use std::path::Path;

use campaign::export::github::GithubReport;
use checkers::judge::re_election;
use history::{Outcome, Verdict};
use tokio::sync::watch;

use super::args::TestArgs;
use super::test::{claim, for_machines};
use super::{CommandResult, Failure, github, live, print, print_json, visible};
use campaign::child;
use cluster::run::{self, Finished, RunPlan};
use history::exit::ExitCode;

/// Carries out one run, in a folder of its own.
pub(super) fn run(mut plan: RunPlan, args: &TestArgs) -> CommandResult {
    vet(&plan)?;
    plan.folder = claim(args, &plan.file.run)?;
    carry_out(plan, true, for_machines(args))
}

/// Carries out the run that a folder asks for. Who asked has looked at it before.
pub(super) fn of_folder(folder: &Path) -> CommandResult {
    let plan = run::read(folder).map_err(|error| match child::is_one_of_many() {
        // What started this run wrote its folder, and that is no longer there: the folder was moved away, or the disk fails.
        true => Failure::harness(error),
        false => Failure::usage(error),
    })?;
    carry_out(plan, false, false)
}

/// Finds a user's mistakes before a folder is made.
pub(super) fn vet(plan: &RunPlan) -> Result<(), Failure> {
    run::vet(plan).map_err(|error| failed(error, None))
}

/// A run that could not be. One of many leaves the reason in its folder.
fn failed(error: run::RunError, folder: Option<&Path>) -> Failure {
    if let (run::RunError::Lost(lost), Some(folder)) = (&error, folder) {
        child::leave(folder, lost);
    }
    Failure { code: error.code(), message: error.to_string() }
}

/// Carries a plan out in a sandbox and prints how it ended. Must be called before any thread exists.
pub(super) fn carry_out(mut plan: RunPlan, alone: bool, machines: bool) -> CommandResult {
    plan.surroundings = super::enter_sandbox()?;
    let (folder, pcap) = (plan.folder.clone(), plan.file.options.pcap);
    let runtime = super::runtime()?;
    let finished = runtime.block_on(async {
        let (progress, shown) = watch::channel(run::Progress::default());
        let line = alone.then(|| live::show(shown));
        let finished = run::run(plan, super::interrupts()?, progress).await;
        if let Some(Some(line)) = line {
            line.end().await;
        }
        let (mut finished, pages) = finished.map_err(|error| failed(error, (!alone).then_some(folder.as_path())))?;
        // Said before a page is written: whatever happens to the pages, the verdict is known.
        let said = tell(&finished, &folder, pcap, machines);
        pages.write(&mut finished).await;
        said.map(|()| finished)
    })?;
    // What still runs by now is nothing that anyone waits for.
    runtime.shutdown_background();
    github::tell(|| GithubReport::of_runs(std::slice::from_ref(&finished.outcome), Some(&folder)));
    for warning in &finished.warnings {
        eprintln!("interregnum: warning: {}", visible(warning));
    }
    if let Some(lost) = &finished.trouble {
        eprintln!("interregnum: {}", visible(&lost.sentence));
        if !alone {
            child::leave(&folder, lost);
        }
    }
    Ok(finished.exit)
}

fn tell(finished: &Finished, folder: &Path, pcap: bool, machines: bool) -> Result<(), Failure> {
    if machines {
        return print_json(&finished.outcome);
    }
    print(describe(finished, folder));
    if pcap {
        print(format!("packets: {}", folder.join(run::CAPTURE).display()));
    }
    Ok(())
}

/// A run's result, for people.
fn describe(finished: &Finished, folder: &Path) -> String {
    let outcome = &finished.outcome;
    let mut text = summary(outcome);
    for judgement in outcome.checkers.iter().filter(|judgement| judgement.verdict != Verdict::Valid) {
        text += &format!("\n  {:<8} {}: {}", judgement.verdict.as_str(), judgement.checker, judgement.sentence);
    }
    if finished.exit == ExitCode::Interrupted {
        text += "\n  interrupted: this is what was recorded until then";
    }
    text.extend(finished.notes.iter().map(|note| format!("\n  note: {note}")));
    text + &format!("\nreport: {}", folder.join("report.html").display())
}

/// Verdict and numbers in two lines. Availability is always among them.
pub(super) fn summary(outcome: &Outcome) -> String {
    let led = match outcome.measures.availability {
        Some(share) => format!("a leader for {} of the time with a majority", history::numbers::share(share)),
        None if outcome.measures.majority_time > 0 => history::words::LEAD_UNKNOWN.to_owned(),
        None => "no majority was certain at any time".to_owned(),
    };
    // Where something was found, the sentence is about that.
    let clients = outcome.measures.clients.as_ref().filter(|_| outcome.spoken().is_some());
    let clients = clients.map(|seen| format!("; {}", history::words::clients(seen))).unwrap_or_default();
    format!(
        "{} {}: {}\n  elections: {}; re-election windows: {} passed, {} untested; {led}{clients}",
        outcome.verdict.as_str().to_uppercase(),
        outcome.run,
        outcome.sentence,
        outcome.measures.elections.len(),
        outcome.counted(re_election::NAME, "windows-passed"),
        outcome.counted(re_election::NAME, "windows-untested"),
    )
}
