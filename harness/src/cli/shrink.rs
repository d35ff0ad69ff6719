//! `interregnum shrink`: from the folder of a failed run to the smallest schedule that fails as it did.

use std::time::{Instant, SystemTime};

use super::args::{Format, ShrinkArgs};
use super::{CommandResult, Failure, batch, print, print_json, replay, single};
use campaign::shrink::{self, Original, ShrinkError, Task};
use cluster::run;
use cluster::system::System;
use history::exit::ExitCode;
use reports::asked::SYSTEM;
use reports::folder;

pub(super) fn run(args: &ShrinkArgs) -> CommandResult {
    let began = Instant::now();
    let run = shrink::one_run(replay::recorded(&args.run)?);
    let name = run.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let plan = run::again(&run).map_err(Failure::usage)?;
    single::vet(&plan)?;
    let original = Original::read(&run).map_err(Failure::usage)?;
    let checkers = shrink::wanted(&args.checkers, &run, &original).map_err(Failure::usage)?;
    let folder = folder::claim(&args.output.out, &format!("shrink-{name}"), SystemTime::now());
    let mut asked = plan.asked();
    if !System::is_built_in(&asked.file.system) {
        asked.file.system_file.get_or_insert_with(|| run.join(SYSTEM));
    }
    let task = Task {
        run,
        asked,
        folder: folder.map_err(Failure::harness)?,
        original,
        checkers,
        jobs: args.jobs.map_or_else(batch::default_jobs, usize::from),
        budget: args.budget,
        began,
    };
    let machines = args.output.format == Format::Json;
    let (done, interrupted) = super::runtime()?.block_on(async {
        let interrupts = super::interrupts()?;
        let say = |text: String| {
            if !machines {
                print(text);
            }
        };
        let done = task.carry_out(interrupts.clone(), say).await;
        Ok::<_, Failure>((done, *interrupts.borrow()))
    })?;
    let summary = done.map_err(|error| match &error {
        ShrinkError::Refused(_) => Failure::usage(error),
        _ => Failure::harness(error),
    })?;
    if machines {
        print_json(&summary)?;
    } else {
        print(summary.text(&task.original.outcome.run, interrupted));
    }
    let fails = summary.shrunk_rate.is_none_or(|rate| rate.counted.reproduced > 0);
    Ok(match (interrupted, summary.shrunk) {
        (true, _) => ExitCode::Interrupted,
        (_, Some(_)) if fails => ExitCode::Valid,
        _ => ExitCode::Unknown,
    })
}
