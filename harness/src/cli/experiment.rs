//! `interregnum experiment`: a plan of many cells, carried out as a campaign is, and the page that answers its question.
//!
//! No experiment is known here. What is asked of the runs of a cell is data, checked by the code that would check it in the run.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use campaign::plan::{self, Experiment, ExperimentAnswer, ExperimentQuestion};
use campaign::results::Identity;
use history::RunFile;
use history::run::DrawnFrom;

use super::args::Format;
use super::experiment_args::ExperimentArgs;
use super::soak::{Hash, METERS, carry_out, checksum, folder_failure};
use super::{CommandResult, Failure, asked, print, print_json};
use campaign::campaign_folder::{CampaignFolder, SCHEMA, State};
use campaign::conduct::{self, Jobs, Orders, ReadyCell};
use campaign::keep::Keep;
use campaign::search::SiteKey;
use cluster::run::RunPlan;
use cluster::system::System;
use history::exit::ExitCode;
use workloads::vary::TargetCluster;

pub(super) fn run(args: &ExperimentArgs) -> CommandResult {
    let (experiment, identity, cells, state) = planned(args)?;
    let campaign = CampaignFolder::enter(&args.output.out, &identity, false, state, SystemTime::now())
        .map_err(|error| folder_failure(&error))?;
    let folder = campaign.folder.clone();
    let orders = Orders {
        identity,
        cells,
        time: None,
        jobs: args.jobs.unwrap_or_else(|| experiment.jobs.map_or(Jobs::Auto, Jobs::Fixed)),
        keep: Keep::Each(args.keep),
        meters: METERS,
        max_disk: args.max_disk,
        fail_fast: None,
        shrink: false,
        experiment: Some(ExperimentQuestion {
            experiment: Arc::new(experiment),
            answering: |folder, experiment, entries, told| experiments::write(folder, experiment, entries, told),
        }),
    };
    let machines = args.output.format == Format::Json;
    let ended = carry_out(campaign, &orders, machines)?;
    match &ended.answer {
        Some(answer) if machines => print_json(&summary(answer, &ended, &folder)?)?,
        Some(answer) => print(describe(answer, &ended, &folder)),
        None => {}
    }
    if let Some(trouble) = &ended.trouble {
        eprintln!("interregnum: {trouble}");
    }
    Ok(ended.exit)
}

/// What is done: all that can be done here, or what a folder holds that was begun before there were cells with simulated disks, or
/// where none can be mounted.
fn planned(args: &ExperimentArgs) -> Result<(Experiment, Identity, Vec<ReadyCell>, State), Failure> {
    let all = chosen(args)?;
    let whole = |experiment: Experiment| {
        let (cells, programs) = cells(args, &experiment)?;
        let identity = identity(args, &experiment, &cells)?;
        Ok((experiment, identity, cells, State { schema: SCHEMA, programs, ..State::default() }))
    };
    let without = only(all.clone(), |cell| !cell.disks)?;
    if without.cells.len() == all.cells.len() {
        return whole(all);
    }
    if without.cells.is_empty() {
        return match cluster::run::no_disks() {
            Some(why) => {
                Err(Failure::harness(format!("these cells need simulated disks, and none can be mounted here: {why}")))
            }
            None => whole(all),
        };
    }
    let without = whole(without)?;
    if CampaignFolder::is_begun(&args.output.out, &without.1, &without.3) {
        return Ok(without);
    }
    if let Some(why) = cluster::run::no_disks() {
        eprintln!("interregnum: cells with simulated disks are left out, since none can be mounted here: {why}");
        return Ok(without);
    }
    whole(all)
}

/// The experiment, with the cells that were asked for.
fn chosen(args: &ExperimentArgs) -> Result<Experiment, Failure> {
    let plan = experiments::find(&args.name).map_err(Failure::usage)?;
    let mut experiment = plan.experiment(args.trials.unwrap_or_else(|| plan.trials()));
    if args.only.is_empty() {
        return Ok(experiment);
    }
    let example = experiment.cells.first().map(|cell| cell.id.clone()).unwrap_or_default();
    experiment = only(experiment, |cell| args.only.iter().any(|pattern| fits(pattern, &cell.id)))?;
    if experiment.cells.is_empty() {
        return Err(Failure::usage(format!(
            "--only {} fits no cell of {}; a cell is called, for example, {example}",
            args.only.join(","),
            args.name
        )));
    }
    Ok(experiment)
}

/// The experiment with these cells only.
fn only(experiment: Experiment, keep: impl Fn(&plan::Cell) -> bool) -> Result<Experiment, Failure> {
    experiment.only(keep).ok_or_else(|| {
        Failure::usage(
            "--only leaves groups with different cells, and they are compared with each other; name whole groups",
        )
    })
}

/// Whether the pieces between the stars of `pattern` are in `id`, one after the other.
fn fits(pattern: &str, id: &str) -> bool {
    let mut rest = id;
    for piece in pattern.split('*') {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    true
}

/// The cells as a campaign takes them, each found to be right, and the checksums of the programs under test.
fn cells(
    args: &ExperimentArgs,
    experiment: &Experiment,
) -> Result<(Vec<ReadyCell>, BTreeMap<String, String>), Failure> {
    let (mut cells, mut programs) = (Vec::new(), BTreeMap::new());
    let mut systems: BTreeMap<&str, System> = BTreeMap::new();
    for cell in &experiment.cells {
        let wrong = |failure: Failure| Failure { message: format!("{}: {}", cell.id, failure.message), ..failure };
        if !systems.contains_key(cell.system.as_str()) {
            systems.insert(&cell.system, System::load(&cell.system).map_err(|error| wrong(Failure::usage(error)))?);
        }
        let Some(system) = systems.get(cell.system.as_str()) else { continue };
        let common = asked::common(&[], args.network, &args.each)?;
        let file = cell.asked(&args.each, args.network).map_err(Failure::usage)?;
        let file = RunFile { directory: common.directory, command: common.command, ..file };
        let plan = RunPlan::new(file, system.clone(), cell.schedule(args.seed));
        let outlook = asked::outlook(&plan).map_err(wrong)?;
        let program = outlook.program.display().to_string();
        programs.entry(program).or_insert_with_key(|program| checksum(program));
        let watchdog = cell.watchdog.unwrap_or(2 * outlook.longest + Duration::from_secs(30));
        let workload = plan.file.drawn_from.as_ref().map_or_else(|| cell.label(), DrawnFrom::label);
        let (system, label, asked) = (cell.system.clone(), cell.label(), plan.asked());
        let site = RunFile { drawn_from: None, ..asked.file.clone() }.test_line(&cell.system).join(" ");
        let site_key = SiteKey {
            site: format!("{} {site} {}", cell.system, cell.disks),
            place: TargetCluster { nodes: outlook.nodes, disks: cell.disks },
        };
        cells.push(ReadyCell { system, workload, label, asked, watchdog, plan: Some(cell.clone()), site_key });
    }
    Ok((cells, programs))
}

/// What the experiment is: the same command has the same.
fn identity(args: &ExperimentArgs, experiment: &Experiment, cells: &[ReadyCell]) -> Result<Identity, Failure> {
    let mut hash = Hash::new();
    hash.list(&[&experiment.name, &experiment.trials.to_string(), &args.seed.to_string()]);
    let mut systems: Vec<String> = Vec::new();
    for (cell, planned) in cells.iter().zip(&experiment.cells) {
        let schedule = planned.schedule(args.seed).map(|schedule| schedule.to_json()).unwrap_or_default();
        hash.list(&[&planned.id, &planned.runs.to_string(), &schedule]);
        let line = cell.asked.file.test_line(&cell.system);
        hash.list(&line.iter().map(String::as_str).collect::<Vec<_>>());
        if !systems.contains(&cell.system) {
            systems.push(cell.system.clone());
        }
    }
    for system in &systems {
        hash.list(&[&System::load(system).map_err(Failure::usage)?.text]);
    }
    let only = (!args.only.is_empty()).then(|| format!("--only={}", args.only.join(",")));
    Ok(Identity {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION").into(),
        id: format!("{:016x}", hash.value()),
        systems,
        workloads: vec![experiment.name.clone()],
        options: std::iter::once(format!("--trials={}", experiment.trials)).chain(only).collect(),
        seed: args.seed,
        runs: Some(experiment.runs()),
        cells: Vec::new(),
        experiment: Some(experiment.name.clone()),
        search: false,
        shard: None,
    })
}

/// How it ended, for people.
fn describe(answer: &ExperimentAnswer, ended: &conduct::CampaignEnd, folder: &Path) -> String {
    let mut lines = vec![format!(
        "{}: {} of {} runs{}",
        answer.experiment,
        answer.done,
        answer.wanted,
        if answer.failed > 0 { format!(", {} could not be carried out", answer.failed) } else { String::new() }
    )];
    lines.extend(answer.alarms.iter().map(|alarm| format!("ALARM: {alarm}")));
    lines.extend(answer.sentences.iter().cloned());
    if ended.exit == ExitCode::Interrupted {
        lines.push("interrupted: the same command continues the experiment".to_owned());
    }
    lines.push(format!("report: {}", folder.join(plan::REPORT).display()));
    lines.join("\n")
}

/// How it ended, for machines: `results.json`, where it is, and the exit code of this invocation.
fn summary(
    answer: &ExperimentAnswer,
    ended: &conduct::CampaignEnd,
    folder: &Path,
) -> Result<serde_json::Value, Failure> {
    let mut summary = serde_json::to_value(answer).map_err(Failure::harness)?;
    summary["folder"] = folder.display().to_string().into();
    summary["exit"] = ended.exit.code().into();
    summary["trouble"] = ended.trouble.clone().into();
    Ok(summary)
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_pattern_is_a_part_of_an_id_and_a_star_is_anything() {
        let id = "early-native/re-election-kill/3";
        for fitting in ["early", "re-election", "early*kill", "*", "native*/3", id] {
            assert!(fits(fitting, id), "{fitting}");
        }
        for other in ["late", "kill*early", "early*cut", "/5"] {
            assert!(!fits(other, id), "{other}");
        }
    }
}
