//! `interregnum replay`: the schedule of a recorded run, carried out again.

use std::time::SystemTime;

use super::args::{Format, ReplayArgs};
use super::{Ended, Failure, batch, single};
use crate::{folder, run};

pub(super) fn run(args: &ReplayArgs) -> Ended {
    // Resolved before anything is made: `latest` will point elsewhere then, and a wrong path leaves no folder behind.
    let earlier = args
        .run
        .canonicalize()
        .map_err(|error| Failure::usage(format!("{}: {error}; name the folder of a run", args.run.display())))?;
    let name = format!("replay-{}", earlier.file_name().unwrap_or_default().to_string_lossy());
    let plan = |folder: &std::path::Path| {
        let mut plan = run::read_plan(&earlier, name.clone(), folder).map_err(Failure::usage)?;
        plan.pcap |= args.pcap;
        Ok::<_, Failure>(plan)
    };
    single::vet(&plan(std::path::Path::new(""))?)?;
    let machines = args.output.format == Format::Json;
    if let Some(folder) = &args.run_folder {
        return single::carry_out(plan(folder)?, false, machines);
    }
    let folder = folder::claim(&args.output.out, &name, SystemTime::now()).map_err(Failure::harness)?;
    if args.times == 1 {
        return single::carry_out(plan(&folder)?, true, machines);
    }
    let tasks =
        (1..=args.times).map(|time| (format!("{name}-{time}"), batch::replay_arguments(&earlier, args.pcap))).collect();
    batch::carry_out(&folder, tasks, args.jobs.map_or_else(batch::default_jobs, usize::from), machines)
}
