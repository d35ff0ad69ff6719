//! `interregnum compare A B`: is B worse than A?
//!
//! What stands on a side may be a run, a batch or a campaign, or folders of them; all become the entries that a campaign
//! keeps of its runs, so that a batch can be compared with a night. How a side was set up is read from wherever it
//! says so: the header of a history, or what a campaign is.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use checkers::campaign::{Entry, Lost, Unit};
use clap::Args;
use history::finding::Trouble;
use history::{Header, Reader};
use history::{Outcome, Verdict};
use reports::compare::{Answer, Facts, Question, Side, compare, text, write};

use super::args::Format;
use super::args::OutputArgs;
use super::{Ended, Failure, print, print_json};
use crate::campaign::part;
use crate::exit::ExitCode;
use crate::folder;

/// `interregnum compare`.
#[derive(Debug, Clone, Args)]
pub struct CompareArgs {
    /// What B is measured against: the folder of a run, a batch or a campaign
    #[arg(value_name = "A")]
    pub a: PathBuf,
    /// What is compared with it: likewise
    #[arg(value_name = "B")]
    pub b: PathBuf,
    /// By how much, in per cent, election times may certainly be longer before B is worse
    #[arg(long, default_value_t = 10.0, value_name = "PERCENT", value_parser = parse_percent)]
    pub tolerance: f64,
    /// The fewest elections of a side of which anything is said
    #[arg(long, default_value_t = 30, value_name = "N")]
    pub elections: u64,
    /// With fewer than eight runs on a side: decide for these very runs, though others may differ
    #[arg(long)]
    pub within_runs: bool,
    /// Where and how results go.
    #[command(flatten)]
    pub output: OutputArgs,
}

fn parse_percent(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.trim_end_matches(['%', ' ']).parse().ok();
    number
        .filter(|percent| percent.is_finite() && *percent >= 0.0)
        .ok_or_else(|| "write a percentage, such as 10".into())
}

pub(super) fn run(args: &CompareArgs) -> Ended {
    let (a, b) = (side(&args.a)?, side(&args.b)?);
    let question =
        Question { tolerance: args.tolerance / 100.0, elections: args.elections, within_runs: args.within_runs };
    let comparison = compare(&a, &b, &question);
    let stamp = humantime::format_rfc3339_seconds(SystemTime::now()).to_string().replace(':', "-");
    let out = &args.output.out;
    let folder = folder::claim_name(out, &format!("{stamp}-compare")).map_err(|error| {
        Failure::harness(format!("cannot make a folder in {}: {error}; name another with --out", out.display()))
    })?;
    let written = write(&folder, &a, &b, &comparison).map_err(Failure::harness)?;
    if args.output.format == Format::Json {
        print_json(&comparison)?;
    } else {
        print(text(&comparison));
        print(format!("\nreport: {}", written.report.display()));
    }
    Ok(match comparison.answer {
        Answer::NotWorse => ExitCode::Valid,
        Answer::Worse => ExitCode::Invalid,
        Answer::Unknown => ExitCode::Unknown,
    })
}

/// Everything that a path holds.
fn side(path: &Path) -> Result<Side, Failure> {
    if !path.is_dir() {
        return Err(Failure::usage(format!("{}: no such folder", path.display())));
    }
    let mut side = Side { label: path.display().to_string(), ..Side::default() };
    let runs = runs(path);
    if runs.is_empty() || path.join(part::IDENTITY).exists() {
        let folders = part::find(path).map_err(|_| {
            let path = path.display();
            Failure::usage(format!(
                "{path}: holds no run with a verdict; name the folder of a run, a batch or a campaign"
            ))
        })?;
        for folder in folders {
            campaign(&mut side, &folder)?;
        }
    } else {
        for run in runs {
            one(&mut side, &run)?;
        }
    }
    Ok(side)
}

/// The folders of runs that a path means: itself, or those of a batch.
fn runs(path: &Path) -> Vec<PathBuf> {
    let is_run = |path: &Path| path.join("run.json").exists() || path.join("history.jsonl").exists();
    if is_run(path) {
        return vec![path.to_owned()];
    }
    let below = std::fs::read_dir(path.join("runs")).into_iter().flatten().flatten();
    let mut runs: Vec<PathBuf> = below.map(|entry| entry.path()).filter(|path| is_run(path)).collect();
    runs.sort();
    runs
}

fn campaign(side: &mut Side, folder: &Path) -> Result<(), Failure> {
    let part = part::read(folder).map_err(Failure::usage)?;
    let facts = &mut side.facts;
    let identity = part.identity;
    fact(facts, "interregnum", identity.version);
    identity.systems.into_iter().for_each(|system| fact(facts, "system", system));
    identity.workloads.into_iter().for_each(|workload| fact(facts, "workload", workload));
    fact(facts, "options", if identity.options.is_empty() { "none".into() } else { identity.options.join(" ") });
    part.entries.iter().for_each(|entry| fact(facts, "network", entry.network.clone()));
    for (program, checksum) in part.programs {
        fact(facts, "program", format!("{program} ({checksum})"));
    }
    side.runs.extend(part.entries);
    Ok(())
}

/// A run: what its verdict says, and how its history says that it was set up.
fn one(side: &mut Side, folder: &Path) -> Result<(), Failure> {
    let path = folder.join("verdict.json");
    let outcome: Option<Outcome> = match std::fs::read_to_string(&path) {
        Ok(json) => Some(serde_json::from_str(&json).map_err(|error| {
            Failure::usage(format!(
                "{}: {error}; `interregnum report` writes no verdict over it, so move it away and try that",
                path.display()
            ))
        })?),
        Err(_) => None,
    };
    if let Some(header) = header(folder) {
        describe(&mut side.facts, &header);
    }
    let verdict = outcome.as_ref().map(|outcome| outcome.verdict);
    let unit = Unit {
        number: side.runs.len() as u64,
        system: outcome.as_ref().map(|outcome| outcome.system.clone()).unwrap_or_default(),
        workload: outcome.as_ref().map(|outcome| outcome.workload.clone()).unwrap_or_default(),
        seed: outcome.as_ref().and_then(|outcome| outcome.seed).unwrap_or_default(),
    };
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let exit = verdict.map_or(ExitCode::Harness, Verdict::into).code();
    let lost = Lost::new(Trouble::NoVerdict, "it left no verdict behind");
    side.runs.push(Entry::of(unit, name, String::new(), 0, exit, outcome.as_ref(), Some(&lost)));
    Ok(())
}

fn header(folder: &Path) -> Option<Header> {
    let file = std::fs::File::open(folder.join("history.jsonl")).ok()?;
    Reader::new(std::io::BufReader::new(file)).ok().map(|reader| reader.header().clone())
}

/// What could make a difference. Not the bound where it was derived: it follows from the parameters. Not the seed.
fn describe(facts: &mut Facts, header: &Header) {
    fact(facts, "system", header.system.clone());
    fact(facts, "workload", header.workload.clone());
    fact(facts, "network", header.network.clone());
    fact(facts, "nodes", header.nodes.len().to_string());
    if let (Some(bound), None) = (header.bound, &header.bound_from) {
        fact(facts, "bound", reports::text::duration(bound));
    }
    for (parameter, value) in &header.parameters {
        fact(facts, &format!("parameter {parameter}"), value.clone());
    }
    for (node, parameters) in &header.node_parameters {
        for (parameter, value) in parameters {
            fact(facts, &format!("parameter {node}.{parameter}"), value.clone());
        }
    }
    let version = |what: &str| header.versions.get(what).cloned();
    for what in ["interregnum", "kernel"] {
        version(what).into_iter().for_each(|version| fact(facts, what, version));
    }
    if let Some(program) = version("program") {
        let checksum = version("program-crc32").map(|crc| format!(" ({crc})")).unwrap_or_default();
        fact(facts, "program", program + &checksum);
    }
}

fn fact(facts: &mut Facts, what: &str, value: String) {
    facts.entry(what.to_owned()).or_default().insert(value);
}
