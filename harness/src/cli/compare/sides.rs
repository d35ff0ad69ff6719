//! A side that exists already: a run, a batch or a campaign, or folders of them.

use std::path::{Path, PathBuf};

use campaign::compare::{Facts, Side};
use campaign::results::{Entry, Lost, RunId};
use history::finding::Trouble;
use history::{Header, Reader, Verdict};

use super::Failure;
use campaign::child::NO_VERDICT;
use campaign::paired::{SIDES, UNDER_WAY};
use campaign::part;
use history::exit::ExitCode;
use reports::asked;
use reports::verdict::{self, NoOutcome};

/// Everything that a path holds.
pub(in crate::cli) fn side(path: &Path) -> Result<Side, Failure> {
    if !path.is_dir() {
        return Err(Failure::usage(format!("{}: no such folder", path.display())));
    }
    let mut side = Side { label: path.display().to_string(), ..Side::default() };
    two_sides(path)?;
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

/// A folder of a comparison is no side: it has two.
fn two_sides(path: &Path) -> Result<(), Failure> {
    let [a, b] = SIDES.map(|side| path.join(side));
    let is_comparison = path.join("compare.json").is_file() || path.join(UNDER_WAY).is_file();
    if !is_comparison || !(a.join("runs").is_dir() || b.join("runs").is_dir()) {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "{}: this is the folder of a comparison, which has two sides; name one of them, {} or {}",
        path.display(),
        a.display(),
        b.display()
    )))
}

/// A side of a comparison that was killed holds runs whose pair was cut short: those count for nothing. One that ended has set
/// them apart.
fn is_in_a_pair(side: &Path, run: &Path) -> bool {
    let side = side.canonicalize().unwrap_or_else(|_| side.to_owned());
    let (Some(comparison), Some(name)) = (side.parent(), run.file_name()) else { return true };
    let place = SIDES.iter().position(|one| side.file_name().is_some_and(|name| name == *one));
    let Some(other) = place.map(|place| comparison.join(SIDES[1 - place]).join("runs")) else { return true };
    if !comparison.join(UNDER_WAY).is_file() {
        return true;
    }
    [run, &other.join(name)].iter().all(|run| run.join(verdict::FILE).exists())
}

/// The folders of runs that a path means: itself, or those of a batch.
fn runs(path: &Path) -> Vec<PathBuf> {
    let is_run = |path: &Path| path.join(asked::RUN).exists() || path.join("history.jsonl").exists();
    if is_run(path) {
        return vec![path.to_owned()];
    }
    let below = std::fs::read_dir(path.join("runs")).into_iter().flatten().flatten();
    let mut runs: Vec<PathBuf> =
        below.map(|entry| entry.path()).filter(|run| is_run(run) && is_in_a_pair(path, run)).collect();
    runs.sort();
    runs
}

fn campaign(side: &mut Side, folder: &Path) -> Result<(), Failure> {
    let part = part::read(folder).map_err(Failure::usage)?;
    let facts = &mut side.facts;
    let identity = part.identity;
    if identity.search || part.entries.iter().any(|entry| entry.search.is_some()) {
        return Err(Failure::usage(format!(
            "{}: most of its runs were drawn by --search, where something new was seen; compare campaigns that were drawn blind",
            folder.display()
        )));
    }
    fact(facts, "interregnum", identity.version);
    identity.systems.into_iter().for_each(|system| fact(facts, "system", system));
    identity.workloads.into_iter().for_each(|workload| fact(facts, "workload", workload));
    // Which program it is, is one thing with its version and its checksum.
    let (programs, options): (Vec<String>, Vec<String>) =
        identity.options.into_iter().partition(|option| option.starts_with("--set=program="));
    for program in programs.iter().filter_map(|option| option.strip_prefix("--set=program=")) {
        fact(facts, "parameter program", program.to_owned());
    }
    fact(facts, "options", if options.is_empty() { "none".into() } else { options.join(" ") });
    part.entries.iter().filter_map(|entry| entry.version.clone()).for_each(|version| fact(facts, "version", version));
    part.entries.iter().for_each(|entry| fact(facts, "network", entry.network.clone()));
    for (program, checksum) in part.programs {
        fact(facts, "program", format!("{program} ({checksum})"));
    }
    side.runs.extend(part.entries);
    Ok(())
}

/// A run: what its verdict says, and how its history says that it was set up.
fn one(side: &mut Side, folder: &Path) -> Result<(), Failure> {
    let outcome = match verdict::read(folder) {
        Ok(outcome) => Some(outcome),
        Err(NoOutcome::Foreign(error)) => {
            return Err(Failure::usage(format!(
                "{}: {error}; `interregnum report` writes no verdict over it, so move it away and try that",
                folder.join(verdict::FILE).display()
            )));
        }
        Err(_) => None,
    };
    if let Some(header) = header(folder) {
        describe(&mut side.facts, &header);
    }
    let verdict = outcome.as_ref().map(|outcome| outcome.verdict);
    let unit = RunId {
        number: side.runs.len() as u64,
        system: outcome.as_ref().map(|outcome| outcome.system.clone()).unwrap_or_default(),
        workload: outcome.as_ref().map(|outcome| outcome.workload.clone()).unwrap_or_default(),
        seed: outcome.as_ref().and_then(|outcome| outcome.seed).unwrap_or_default(),
    };
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    // A run that was interrupted has a verdict on what there was until then, and does not count.
    let interrupted = asked::run_of(folder).is_some_and(|file| file.exit == Some(ExitCode::Interrupted.code()));
    let exit = match verdict {
        Some(_) if interrupted => ExitCode::Interrupted,
        verdict => verdict.map_or(ExitCode::Harness, Verdict::into),
    };
    let exit = exit.code();
    let lost = Lost::new(Trouble::NoVerdict, NO_VERDICT);
    side.runs.push(Entry::of(unit, name, String::new(), 0, exit, outcome.as_ref(), Some(&lost)));
    Ok(())
}

pub(super) fn header(folder: &Path) -> Option<Header> {
    let file = std::fs::File::open(folder.join("history.jsonl")).ok()?;
    Reader::new(file).ok().map(|reader| reader.header().clone())
}

/// What could make a difference. Not the bound where it was derived: it follows from the parameters. Not the seed.
pub(super) fn describe(facts: &mut Facts, header: &Header) {
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
    version(history::header::PROGRAM_VERSION).into_iter().for_each(|version| fact(facts, "version", version));
    if let Some(program) = version("program") {
        let checksum = version("program-crc32").map(|crc| format!(" ({crc})")).unwrap_or_default();
        fact(facts, "program", program + &checksum);
    }
}

fn fact(facts: &mut Facts, what: &str, value: String) {
    facts.entry(what.to_owned()).or_default().insert(value);
}
