//! `interregnum test`: one run, or a batch of them.

use std::collections::HashSet;
use std::path::Path;
use std::time::SystemTime;

use history::RunFile;
use history::exit::ExitCode;
use history::run::DrawnFrom;
use workloads::Schedule;
use workloads::workload::Parameters;

use super::args::{Format, TestArgs};
use super::baseline::{Subject, Watch};
use super::{CommandResult, Failure, asked, batch, single};
use cluster::input;
use cluster::run::RunPlan;
use cluster::system::System;
use reports::folder;

pub(super) fn run(args: TestArgs) -> CommandResult {
    let system = System::load(&args.cluster.system).map_err(Failure::usage)?;
    let plans = plans(&args, &system)?;
    let (runs, workloads) = (plans.len(), plans.iter().map(workload_of).collect());
    let subject = Subject { system: system.name.clone(), workloads, nodes: args.cluster.nodes };
    let baseline = || Watch::begin(&args.baseline, subject, Some(runs), &args.output.out);
    if runs == 1 && (args.seeds.is_none() || args.schedule.is_none()) {
        // A single run has none, which is said before anything else is.
        baseline()?;
        return plans.into_iter().next().map_or(Ok(ExitCode::Valid), |plan| single::run(plan, &args));
    }
    // Seeds do not make mistakes: one of each kind is looked at.
    let mut seen = HashSet::new();
    for plan in plans.iter().filter(|plan| seen.insert(workload_of(plan))) {
        single::vet(plan)?;
    }
    batch::run(&batch_name(&args, &plans), plans, &args, baseline()?)
}

/// The workload as a baseline names it.
fn workload_of(plan: &RunPlan) -> String {
    let given = plan.schedule.as_ref().map(|schedule| schedule.workload.clone());
    given.or(plan.file.drawn_from.as_ref().map(DrawnFrom::label)).unwrap_or_default()
}

/// The runs of an invocation: every workload, or the schedule, with every seed.
fn plans(args: &TestArgs, system: &System) -> Result<Vec<RunPlan>, Failure> {
    let common = asked::common(&args.cluster.settings, args.cluster.network, &args.each)?;
    let common = RunFile { bound: args.bound, ..common };
    if let Some(path) = &args.schedule {
        let schedule = read_schedule(path)?;
        let seeds = args.seeds.clone().map_or_else(|| vec![args.seed.unwrap_or(schedule.seed)], |seeds| seeds.0);
        let with = |seed| asked::given(common.clone(), system.clone(), Schedule { seed, ..schedule.clone() });
        return Ok(seeds.into_iter().map(with).collect());
    }
    let mut plans = Vec::new();
    for text in &args.workloads {
        let (name, own) = match text.split_once('@') {
            Some((name, seeds)) => (name, Some(super::seeds::parse(seeds).map_err(Failure::usage)?)),
            None => (text.as_str(), args.seeds.clone()),
        };
        let seeds = own.map_or_else(|| vec![args.seed.unwrap_or(1)], |seeds| seeds.0);
        let (workload, by) = asked::workload(name)?;
        let by = by.or(args.by.filter(|_| asked::takes_by(workload)));
        for seed in seeds {
            let parameters = Parameters { by, faults: args.faults.clone(), rounds: args.rounds };
            let from = DrawnFrom { workload: workload.name().to_owned(), seed, parameters, time: args.time };
            plans.push(asked::drawn(common.clone(), args.cluster.nodes, system.clone(), from)?);
        }
    }
    let says_how = |plan: &RunPlan| plan.file.drawn_from.as_ref().is_some_and(|from| from.parameters.by.is_some());
    if args.by.is_some() && !plans.iter().any(says_how) {
        let workloads = args.workloads.join(", ");
        return Err(Failure::usage(format!("{workloads} does not take --by; the lab's workloads do")));
    }
    Ok(plans)
}

fn batch_name(args: &TestArgs, plans: &[RunPlan]) -> String {
    match (&args.schedule, args.workloads.as_slice()) {
        (Some(_), _) => plans.first().map(workload_of).unwrap_or_default(),
        (None, [one]) => one.replace(':', "-"),
        (None, _) => "batch".to_owned(),
    }
}

fn read_schedule(path: &Path) -> Result<Schedule, Failure> {
    let unreadable =
        |error| Failure::usage(format!("cannot read the schedule {error}; check the path after --schedule"));
    let text = input::text(path, input::SCHEDULE).map_err(unreadable)?;
    Schedule::from_json(&text).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}

/// The folder of an invocation.
pub(super) fn claim(args: &TestArgs, name: &str) -> Result<std::path::PathBuf, Failure> {
    let out = &args.output.out;
    if out.to_str().is_none() {
        let out = out.display();
        return Err(Failure::usage(format!(
            "the folder {out} has a name that is no UTF-8, and nodes get their folders as text; name another with --out"
        )));
    }
    folder::claim(out, name, SystemTime::now()).map_err(Failure::harness)
}

/// Whether results are for machines.
pub(super) fn for_machines(args: &TestArgs) -> bool {
    args.output.format == Format::Json
}
