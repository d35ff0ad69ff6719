//! `interregnum replay`: the schedule of a recorded run, carried out again.

use std::time::SystemTime;

use super::args::{Format, ReplayArgs};
use super::{Ended, Failure, batch, single};
use crate::{folder, run};

pub(super) fn run(args: &ReplayArgs) -> Ended {
    let name = args.run.canonicalize().ok().and_then(|run| Some(run.file_name()?.to_string_lossy().into_owned()));
    let name = format!("replay-{}", name.unwrap_or_default());
    // Read before anything is made: a wrong path leaves no folder behind.
    let plan = |folder: &std::path::Path| run::read_plan(&args.run, name.clone(), folder).map_err(Failure::usage);
    plan(std::path::Path::new(""))?;
    let machines = args.output.format == Format::Json;
    if let Some(folder) = &args.run_folder {
        return single::carry_out(plan(folder)?, false, machines);
    }
    let folder = folder::claim(&args.output.out, &name, SystemTime::now()).map_err(Failure::harness)?;
    if args.times == 1 {
        return single::carry_out(plan(&folder)?, true, machines);
    }
    let run = args.run.canonicalize().map_err(Failure::usage)?;
    let tasks = (1..=args.times).map(|time| (format!("{name}-{time}"), batch::replay_arguments(&run))).collect();
    batch::carry_out(&folder, tasks, args.jobs.map_or_else(batch::default_jobs, usize::from), machines)
}
