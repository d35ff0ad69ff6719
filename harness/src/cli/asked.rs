//! What is asked of runs, whichever command starts them.
//!
//! A command says what its runs have in common, and makes a plan for each: with a schedule that is drawn, or with one that is
//! given. The same plan is looked at before anything is made, carried out here or handed to a process of its own.

use cluster::run::{self, Outlook, RunPlan};
use cluster::system::System;
use history::RunFile;
use history::run::{DrawnFrom, Network, Options};
use workloads::Schedule;
use workloads::workload::{self, By, Parameter, Workload};

use super::single::vet;
use super::{Failure, parse_by};

/// What runs have in common.
pub(super) fn common(set: &[String], network: Network, each: &Options) -> Result<RunFile, Failure> {
    Ok(RunFile {
        set: set.to_vec(),
        network,
        options: each.clone(),
        directory: super::directory()?,
        command: super::command_line(),
        ..RunFile::default()
    })
}

/// A run whose schedule is drawn. `nodes`: as many as were asked for.
pub(super) fn drawn(
    common: RunFile,
    nodes: Option<usize>,
    system: System,
    from: DrawnFrom,
) -> Result<RunPlan, Failure> {
    if nodes == Some(0) {
        return Err(Failure::usage("a cluster of 0 nodes is none; ask for at least 1 with --nodes"));
    }
    // A lab workload is made for so many; the others take what the system has.
    let lab = workload::find(&from.workload).ok().filter(|workload| takes_by(*workload)).map(|lab| lab.nodes());
    let nodes = nodes.or(lab).unwrap_or(system.nodes);
    let file = RunFile { run: from.run(), nodes, drawn_from: Some(from), ..common };
    Ok(RunPlan::new(file, system, None))
}

/// A run of a schedule.
pub(super) fn given(common: RunFile, system: System, schedule: Schedule) -> RunPlan {
    let (run, nodes) = (format!("{}-{}", schedule.workload, schedule.seed), schedule.nodes.len());
    RunPlan::new(RunFile { run, nodes, ..common }, system, Some(schedule))
}

/// What a run will be; a user's mistake is found here, by the code that would find it in the run.
pub(super) fn outlook(plan: &RunPlan) -> Result<Outlook, Failure> {
    vet(plan)?;
    run::outlook(plan).map_err(|error| Failure { code: error.code(), message: error.to_string() })
}

/// A workload as a command line names it, `re-election:pause`, and how it takes nodes away where that is said.
pub(super) fn workload(text: &str) -> Result<(&'static dyn Workload, Option<By>), Failure> {
    let (name, by) = match text.split_once(':') {
        Some((name, by)) => (name, Some(parse_by(by).map_err(|hint| Failure::usage(format!("{text:?}: {hint}")))?)),
        None => (text, None),
    };
    let known = workload::find(name).map_err(Failure::usage)?;
    if by.is_some() && !takes_by(known) {
        return Err(Failure::usage(format!("{text:?}: the workload {name} takes nodes away in one way only")));
    }
    Ok((known, by))
}

/// Whether a workload can take nodes away in several ways.
pub(super) fn takes_by(workload: &dyn Workload) -> bool {
    workload.parameters().contains(&Parameter::By)
}
