//! `interregnum test`: one run, or a batch of them.

use std::collections::HashSet;
use std::path::Path;
use std::time::SystemTime;

use workloads::Schedule;
use workloads::workload::{self, By, Parameter, Parameters, Workload};

use super::args::{Format, TestArgs};
use super::baseline::{Subject, Watch};
use super::{Ended, Failure, batch, parse_by, single};
use cluster::{input, system};
use reports::folder;

/// One run of a batch: which workload, how, with which seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) workload: String,
    pub(super) by: Option<By>,
    pub(super) seed: u64,
}

impl Unit {
    /// The run's name: `re-election-pause-7`.
    pub(super) fn name(&self) -> String {
        match self.by {
            Some(by) => format!("{}-{}-{}", self.workload, by_word(by), self.seed),
            None => format!("{}-{}", self.workload, self.seed),
        }
    }
}

pub(super) fn by_word(by: By) -> &'static str {
    match by {
        By::Cut => "cut",
        By::Pause => "pause",
        By::Kill => "kill",
    }
}

pub(super) fn run(args: TestArgs) -> Ended {
    if args.cluster.nodes == Some(0) {
        return Err(Failure::usage("a cluster of 0 nodes is none; ask for at least 1 with --nodes"));
    }
    let system = system::System::load(&args.cluster.system).map_err(Failure::usage)?;
    let system_name = system.name.clone();
    if let Some(path) = &args.schedule {
        let mut schedule = read_schedule(path)?;
        if let Some(seeds) = &args.seeds {
            single::vet(&single::from_schedule(schedule.clone(), system).plan(&args)?)?;
            let workload = schedule.workload;
            let units: Vec<_> =
                seeds.0.iter().map(|seed| Unit { workload: workload.clone(), by: None, seed: *seed }).collect();
            let baseline = baseline(&args, &system_name, &units)?;
            return batch::run(&workload, &units, &args, baseline);
        }
        baseline(&args, &system_name, &[Unit { workload: schedule.workload.clone(), by: None, seed: schedule.seed }])?;
        schedule.seed = args.seed.unwrap_or(schedule.seed);
        return single::from_schedule(schedule, system).run(&args);
    }
    let units = units(&args)?;
    if units.len() == 1 {
        baseline(&args, &system_name, &units)?;
    }
    match units.as_slice() {
        [unit] => single::from_unit(unit, &args, system).run(&args),
        _ => {
            // Seeds do not make mistakes: one of each kind is looked at.
            let mut seen = HashSet::new();
            for unit in units.iter().filter(|unit| seen.insert((&unit.workload, unit.by.map(by_word)))) {
                single::vet(&single::from_unit(unit, &args, system.clone()).plan(&args)?)?;
            }
            let baseline = baseline(&args, &system_name, &units)?;
            batch::run(&batch_name(&args), &units, &args, baseline)
        }
    }
}

/// The baseline that an invocation asks for, if it does; a single run has none.
fn baseline(args: &TestArgs, system: &str, units: &[Unit]) -> Result<Option<Watch>, Failure> {
    let workload = |unit: &Unit| match unit.by {
        Some(by) => format!("{}:{}", unit.workload, by_word(by)),
        None => unit.workload.clone(),
    };
    let subject = Subject {
        system: system.to_owned(),
        workloads: units.iter().map(workload).collect(),
        nodes: args.cluster.nodes,
    };
    Watch::begin(&args.baseline, subject, Some(units.len()), &args.output.out)
}

/// The units of an invocation: every workload with every seed.
pub(super) fn units(args: &TestArgs) -> Result<Vec<Unit>, Failure> {
    let mut units = Vec::new();
    for text in &args.workloads {
        let (name, own) = match text.split_once('@') {
            Some((name, seeds)) => (name, Some(super::seeds::parse(seeds).map_err(Failure::usage)?)),
            None => (text.as_str(), args.seeds.clone()),
        };
        let seeds = own.map_or_else(|| vec![args.seed.unwrap_or(1)], |seeds| seeds.0);
        let (workload, by) = match name.split_once(':') {
            Some((workload, by)) => {
                (workload, Some(parse_by(by).map_err(|hint| Failure::usage(format!("{text:?}: {hint}")))?))
            }
            None => (name, None),
        };
        let known = workload::find(workload).map_err(Failure::usage)?;
        if by.is_some() && !takes_by(known) {
            return Err(Failure::usage(format!("{text:?}: the workload {workload} takes nodes away in one way only")));
        }
        let by = by.or(args.by.filter(|_| takes_by(known)));
        units.extend(seeds.into_iter().map(|seed| Unit { workload: workload.to_owned(), by, seed }));
    }
    if args.by.is_some() && units.iter().all(|unit| unit.by.is_none()) {
        let workloads = args.workloads.join(", ");
        return Err(Failure::usage(format!("{workloads} does not take --by; the lab's workloads do")));
    }
    Ok(units)
}

/// Whether a workload can take nodes away in several ways.
pub(super) fn takes_by(workload: &dyn Workload) -> bool {
    workload.parameters().contains(&Parameter::By)
}

fn batch_name(args: &TestArgs) -> String {
    match args.workloads.as_slice() {
        [one] => one.replace(':', "-"),
        _ => "batch".to_owned(),
    }
}

/// The parameters that a unit's workload is drawn with.
pub(super) fn parameters(unit: &Unit, args: &TestArgs) -> Parameters {
    let faults = args.faults.clone();
    Parameters { by: unit.by, faults, rounds: args.rounds }
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
