//! `interregnum replay`: the schedule of a recorded run, carried out again.
//!
//! The targets are symbolic as they were, so that a fault aimed at the leader hits the node that leads this time. That is what
//! makes a schedule mean the same again although processes are not deterministic. `--resolved` aims at the nodes and links that
//! were hit then. It is for a bug that hangs on a node (its log, its settings) and not on its role.

use std::path::Path;
use std::time::SystemTime;

use serde::Serialize;
use workloads::shrink::resolved;

use super::args::{Format, ReplayArgs};
use super::{CommandResult, Failure, batch, print, print_json, single};
use campaign::shrink::{Original, Repeated, Wanted};
use cluster::run;
use cluster::run::RunPlan;
use reports::folder;

/// What several replays print for machines.
#[derive(Serialize)]
struct Replays<'a> {
    #[serde(flatten)]
    repeated: Repeated,
    runs: &'a [campaign::batch::BatchRow],
}

pub(super) fn run(args: &ReplayArgs) -> CommandResult {
    let earlier = recorded(&args.run)?;
    let name = format!("replay-{}", earlier.file_name().unwrap_or_default().to_string_lossy());
    let mut plan = plan(args, &earlier, &name)?;
    single::vet(&plan)?;
    let machines = args.output.format == Format::Json;
    let folder = folder::claim(&args.output.out, &name, SystemTime::now()).map_err(Failure::harness)?;
    if args.times == 1 {
        plan.folder = folder;
        return single::carry_out(plan, true, machines);
    }
    let asked = plan.asked();
    let tasks = (1..=args.times).map(|time| (format!("{name}-{time}"), asked.clone())).collect();
    let jobs = args.jobs.map_or_else(batch::default_jobs, usize::from);
    let (rows, exit) = batch::collect(&folder, tasks, jobs, machines)?;
    let repeated = Wanted::of(&earlier).count(&folder, &rows);
    if machines {
        print_json(&Replays { repeated, runs: &rows })?;
    } else {
        batch::print_table(&folder, &rows);
        print(repeated.sentence());
    }
    Ok(exit)
}

/// The folder that a user names, resolved before anything is made: `latest` will point elsewhere then, and a wrong path
/// leaves no folder behind.
pub(super) fn recorded(run: &Path) -> Result<std::path::PathBuf, Failure> {
    run.canonicalize().map_err(|error| Failure::usage(format!("{}: {error}; name the folder of a run", run.display())))
}

fn plan(args: &ReplayArgs, earlier: &Path, name: &str) -> Result<RunPlan, Failure> {
    let mut plan = run::again(earlier).map_err(Failure::usage)?;
    plan.file.run = name.to_owned();
    let options = &mut plan.file.options;
    options.pcap |= args.pcap;
    options.max_history = args.max_history.or(options.max_history);
    options.until = args.until.clone().or(options.until.take());
    if args.resolved {
        let hits = Original::read(earlier).map_err(Failure::usage)?.hits();
        plan.schedule = plan.schedule.map(|schedule| resolved(&schedule, &hits));
    }
    Ok(plan)
}
