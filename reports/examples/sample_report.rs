//! Writes a run's folder with a made-up history, and its report: what the browser tests and the figures open.
//!
//! `cargo run -p interregnum-reports --example sample_report -- KIND FOLDER`; KIND is one of `valid`, `safety-invalid`,
//! `liveness-invalid`, `unknown`, `unjudged`, `empty`, `hostile`, `ten-minute` (five nodes, a fault every second),
//! `ten-hour` (two million events, mostly polls), `ten-hour-storm` (two million changes), `ten-hour-faults` (a fault every three seconds). Prints the path of the page, and
//! how long its writing took, on stderr.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use history::{Outcome, Verdict};
use reports::verdict;

#[path = "sample_report/kinds.rs"]
mod kinds;
#[path = "sample_report/sample.rs"]
#[allow(dead_code, unreachable_pub, clippy::unwrap_used)]
mod sample;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(kind), Some(folder)) = (arguments.next(), arguments.next().map(PathBuf::from)) else {
        eprintln!("usage: sample_report KIND FOLDER; kinds: {}", kinds::ALL.join(" "));
        return ExitCode::from(64);
    };
    match write(&kind, &folder) {
        Ok(page) => {
            println!("{}", page.display());
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn write(kind: &str, folder: &Path) -> Result<PathBuf, Box<dyn std::error::Error>> {
    let nodes = folder.join("nodes");
    fs::create_dir_all(&nodes)?;
    let mut history = std::io::BufWriter::new(fs::File::create(folder.join("history.jsonl"))?);
    let outcome = kinds::write(kind, &mut history, &nodes)?;
    history.flush()?;
    drop(history);
    fs::write(folder.join("schedule.json"), kinds::SCHEDULE)?;
    let began = Instant::now();
    let written = match &outcome {
        Some(outcome) => reports::run::write_judged(folder, outcome)?,
        None => reports::run::write(folder)?,
    };
    let took = began.elapsed();
    let size = |name: &str| fs::metadata(folder.join(name)).map_or(0, |about| about.len());
    eprintln!("history {} bytes, page {} bytes, {took:?}", size("history.jsonl"), size("report.html"));
    if let Some(peak) = fs::read_to_string("/proc/self/status")?.lines().find(|line| line.starts_with("VmHWM")) {
        eprintln!("peak memory of the process {}", peak.trim_start_matches("VmHWM:").trim());
    }
    if let Some(outcome) = &outcome {
        verdict::write(folder, outcome)?;
    }
    Ok(written.report)
}

/// An outcome that says so.
fn judged(mut outcome: Outcome, verdict: Verdict, sentence: &str) -> Outcome {
    outcome.verdict = verdict;
    outcome.sentence = sentence.to_owned();
    outcome
}
