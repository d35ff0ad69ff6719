//! `interregnum soak`: a campaign, from the command line to its exit code.

use std::collections::BTreeMap;
use std::hash::Hasher;
use std::path::Path;
use std::time::{Duration, SystemTime};

use campaign::compare::Beside;
use campaign::export::github::Told;
use campaign::results::{Identity, tally};
use clap::Parser;
use fnv::FnvHasher;
use workloads::workload::{self, Parameter, Workload};

use super::args::{Cli, Command, Format, TestArgs};
use super::baseline::{Subject, Watch};
use super::soak_args::SoakArgs;
use super::{Ended, Failure, github, print, print_as_is, single, test};
use campaign::conduct::{self, Cell, ConductError, Orders};
use campaign::home::{Home, HomeError, SCHEMA, State};
use campaign::jobs::Meters;
use campaign::keep::Keep;
use campaign::screen::Screen;
use campaign::search::{DRAWN_BY, Lot};
use cluster::health;
use cluster::run::{self, Outlook};
use cluster::system::System;
use history::exit::ExitCode;
use history::run::Disks;
use workloads::vary::Place;

/// For how long a campaign runs when nobody says.
const LONG: Duration = Duration::from_secs(600);

/// How the lab's workloads can take a node away.
const WAYS: [&str; 3] = ["cut", "pause", "kill"];

pub(super) fn run(args: &SoakArgs) -> Ended {
    let shard = args.shard.resolve()?;
    if args.shrink && args.keep == Keep::None {
        return Err(Failure::usage(
            "--shrink needs the runs that failed, and --keep none keeps none; use --keep failed",
        ));
    }
    let of_baseline = args.baseline.baseline.is_some() || args.baseline.save_baseline.is_some();
    if args.search && of_baseline {
        return Err(Failure::usage(
            "--search draws most runs where something new was seen, and a baseline needs runs that are drawn alike; leave one out",
        ));
    }
    let systems = systems(args)?;
    let (cells, programs) = cells(args, &systems)?;
    let one = match systems.as_slice() {
        [(_, system)] => system.name.clone(),
        _ => systems.iter().map(|(_, system)| system.name.as_str()).collect::<Vec<_>>().join(", "),
    };
    let subject =
        Subject { system: one, workloads: cells.iter().map(|cell| cell.workload.clone()).collect(), nodes: args.nodes };
    let runs = args.runs.and_then(|runs| usize::try_from(runs).ok());
    let baseline = Watch::begin(&args.baseline, subject, runs, &args.output.out)?;
    let time = args.time_in_all.or(args.runs.is_none().then_some(LONG));
    let identity = identity(args, &systems, &cells, shard);
    let state = State { schema: SCHEMA, limit: time, programs, ..State::default() };
    let is_built_in = identity.systems.iter().all(|name| System::is_built_in(name));
    let home = Home::enter(&args.output.out, &identity, is_built_in, state, SystemTime::now())
        .map_err(|error| home_failure(&error))?;
    let folder = home.folder.clone();
    let orders = Orders {
        identity,
        cells,
        time,
        jobs: args.jobs,
        meters: METERS,
        keep: args.keep,
        max_disk: args.max_disk,
        fail_fast: args.fail_fast,
        shrink: args.shrink,
        experiment: None,
    };
    let machines = args.output.format == Format::Json;
    let runtime = super::runtime()?;
    let ended = runtime.block_on(async {
        let interrupts = super::interrupts()?;
        conduct::run(home, &orders, Screen::new(machines), interrupts).await.map_err(|error| match &error {
            ConductError::Home(error) => home_failure(error),
            ConductError::Deal(_) => Failure::usage(error),
            ConductError::Io { .. } => Failure::harness(error),
        })
    })?;
    if !machines {
        print(describe(&ended, &folder));
    }
    if let Some(trouble) = &ended.trouble {
        eprintln!("interregnum: {trouble}");
    }
    let summary = summary(&ended, &folder)?;
    let tell = |beside: &Beside<'_>| {
        if machines {
            print_as_is(&format!("{:#}", with_baseline(summary, beside)));
        }
        if let Err(error) = beside.on_page(&folder) {
            eprintln!("interregnum: warning: {error}");
        }
        github::tell(|| Told::of_campaign(&ended.verdict, &folder).beside(beside));
    };
    match baseline {
        Some(baseline) if ended.exit != ExitCode::Interrupted => baseline.end(&folder, ended.exit, machines, tell),
        _ => {
            tell(&Beside::default());
            Ok(ended.exit)
        }
    }
}

/// What tells a campaign how busy the machine is: the same as tells a run.
pub(super) const METERS: Meters =
    Meters { waited: health::pressure, processors: health::processors, idle: health::idle };

pub(super) fn home_failure(error: &HomeError) -> Failure {
    if error.is_usage() { Failure::usage(error) } else { Failure::harness(error) }
}

/// The systems, each as it was named.
fn systems(args: &SoakArgs) -> Result<Vec<(String, System)>, Failure> {
    let mut systems: Vec<(String, System)> = Vec::new();
    for name in &args.system {
        if systems.iter().all(|(known, _)| known != name) {
            systems.push((name.clone(), System::load(name).map_err(Failure::usage)?));
        }
    }
    Ok(systems)
}

/// All that is run with each seed, found to be right, and the checksums of the programs under test.
fn cells(args: &SoakArgs, systems: &[(String, System)]) -> Result<(Vec<Cell>, BTreeMap<String, String>), Failure> {
    let given: Vec<String> = args.workloads.iter().chain(&args.workload).cloned().collect();
    let wanted = if given.is_empty() { every_workload() } else { given.clone() };
    let (mut cells, mut programs): (Vec<Cell>, _) = (Vec::new(), BTreeMap::new());
    let (mut left_out, mut faults) = (None, 0);
    for (place, (name, system)) in systems.iter().enumerate() {
        for workload in &wanted {
            if cells.iter().any(|cell| cell.system == *name && cell.workload == *workload) {
                continue;
            }
            let known = named(workload)?;
            let arguments = arguments(args, name, workload, known);
            let outlook = match outlook(&arguments, system.clone(), None) {
                Ok(outlook) => outlook,
                // What everybody gets who asks for nothing is what can be done.
                Err(failure) if given.is_empty() && failure.code == ExitCode::Usage => {
                    left_out = Some(failure);
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            let program = outlook.program.display().to_string();
            programs.entry(program).or_insert_with_key(|program| checksum(program));
            let workload_label = workload.replace(':', "-");
            let label = match systems {
                [_] => workload_label,
                _ => format!("{}-{}-{workload_label}", place + 1, plain(&system.name)),
            };
            let watchdog = args.watchdog.unwrap_or(2 * outlook.longest + Duration::from_secs(30));
            cells.push(Cell {
                system: name.clone(),
                workload: workload.clone(),
                label,
                arguments,
                watchdog,
                plan: None,
                scheduled: scheduled(args, name),
                lot: Lot {
                    site: name.clone(),
                    place: Place { nodes: outlook.nodes, disks: args.each.disks.disk != Disks::None },
                },
            });
            faults += outlook.faults;
        }
    }
    match left_out {
        Some(failure) if cells.is_empty() => Err(failure),
        _ if args.search && faults == 0 => Err(Failure::usage(
            "--search changes the faults of a schedule, and these workloads inject none; name one that does, such as chaos",
        )),
        _ => Ok((cells, programs)),
    }
}

/// Every workload, by every way of taking a node away that makes it another one.
fn every_workload() -> Vec<String> {
    let ways =
        |workload: &&'static dyn Workload| match test::takes_by(*workload) && workload.name() != "initial-election" {
            true => WAYS.iter().map(|way| format!("{}:{way}", workload.name())).collect(),
            false => vec![workload.name().to_owned()],
        };
    workload::all().iter().flat_map(ways).collect()
}

fn named(text: &str) -> Result<&'static dyn Workload, Failure> {
    if text.contains('@') {
        return Err(Failure::usage(format!(
            "{text:?}: a campaign deals its seeds itself; leave out the @ and set --seed"
        )));
    }
    workload::find(text.split_once(':').map_or(text, |(name, _)| name)).map_err(Failure::usage)
}

/// The command line of a run, up to its seed. What a workload does not take is left out, unless it is the only one.
fn arguments(args: &SoakArgs, system: &str, workload: &str, known: &dyn Workload) -> Vec<String> {
    let takes = |parameter| known.parameters().contains(&parameter) || args.workloads.len() + args.workload.len() == 1;
    let mut line = vec!["test".to_owned(), workload.to_owned(), format!("--system={system}")];
    line.extend(shared(args));
    if takes(Parameter::Faults) && !args.faults.is_empty() {
        line.push(format!("--faults={}", args.faults.join(",")));
    }
    if let Some(rounds) = args.rounds.filter(|_| takes(Parameter::Rounds)) {
        line.push(format!("--rounds={rounds}"));
    }
    line.extend(args.each.line());
    line
}

/// The command line of a run whose schedule is given, up to the schedule.
fn scheduled(args: &SoakArgs, system: &str) -> Vec<String> {
    let mut line = vec!["test".to_owned(), format!("--system={system}")];
    let drawn = |option: &String| DRAWN_BY.iter().any(|drawn| option.starts_with(drawn));
    line.extend(shared(args).into_iter().filter(|option| !drawn(option)));
    line.extend(args.each.line());
    line
}

/// Options of all runs, as `test` takes them.
fn shared(args: &SoakArgs) -> Vec<String> {
    let time = |time: Duration| humantime::format_duration(time).to_string();
    let options = [
        ("nodes", args.nodes.map(|nodes| nodes.to_string())),
        ("network", Some(args.network.to_string())),
        ("time", args.time.map(time)),
        ("bound", args.bound.map(time)),
        ("max-history", args.each.max_history()),
    ];
    let set = args.settings.iter().map(|setting| ("set", Some(setting.clone())));
    let given = options.into_iter().chain(set).filter_map(|(name, value)| Some((name, value?)));
    given.map(|(name, value)| format!("--{name}={value}")).collect()
}

/// What a run of this command line (with a schedule of its own, where it has one) will be; a user's mistake is found here, by the code that would find it in the run.
pub(super) fn outlook(
    arguments: &[String],
    system: System,
    schedule: Option<workloads::Schedule>,
) -> Result<Outlook, Failure> {
    let line = std::iter::once("interregnum").chain(arguments.iter().map(String::as_str));
    let parsed = Cli::try_parse_from(line).map_err(|error| {
        Failure::usage(super::mistake::sentence(&error, arguments).unwrap_or_else(|| error.to_string()))
    })?;
    let Command::Test(args) = parsed.command else { return Err(Failure::usage("this is no test")) };
    let args: TestArgs = args;
    if args.cluster.nodes == Some(0) {
        return Err(Failure::usage("a cluster of 0 nodes is none; ask for at least 1 with --nodes"));
    }
    let single = match schedule {
        Some(schedule) => single::from_schedule(schedule, system),
        None => {
            let units = test::units(&args)?;
            let [unit] = units.as_slice() else { return Err(Failure::usage("name one workload at a time")) };
            single::from_unit(unit, &args, system)
        }
    };
    let plan = single.plan(&args)?;
    single::vet(&plan)?;
    run::outlook(&plan).map_err(|error| Failure { code: error.code(), message: error.to_string() })
}

/// What the campaign is: the same command has the same.
fn identity(
    args: &SoakArgs,
    systems: &[(String, System)],
    cells: &[Cell],
    shard: Option<campaign::results::Shard>,
) -> Identity {
    let mut options = shared(args);
    if !args.faults.is_empty() {
        options.push(format!("--faults={}", args.faults.join(",")));
    }
    options.extend(args.rounds.map(|rounds| format!("--rounds={rounds}")));
    options.extend(args.each.line());
    let mut workloads: Vec<String> = Vec::new();
    for cell in cells {
        if !workloads.contains(&cell.workload) {
            workloads.push(cell.workload.clone());
        }
    }
    let names: Vec<String> = systems.iter().map(|(name, _)| name.clone()).collect();
    let mut hash = Hash::new();
    let cells_text: Vec<&str> = cells.iter().flat_map(|cell| [cell.system.as_str(), &cell.workload]).collect();
    let texts: Vec<&str> = systems.iter().map(|(_, system)| system.text.as_str()).collect();
    let options_text: Vec<&str> = options.iter().map(String::as_str).collect();
    for part in [cells_text, texts, options_text] {
        hash.list(&part);
    }
    if args.search {
        hash.list(&["search"]);
    }
    hash.list(&[&args.seed.to_string(), &args.runs.map(|runs| runs.to_string()).unwrap_or_default()]);
    Identity {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION").into(),
        id: format!("{:016x}", hash.value()),
        systems: names,
        workloads,
        options,
        seed: args.seed,
        runs: args.runs,
        cells: cells
            .iter()
            .map(|cell| tally::Cell { system: cell.system.clone(), workload: cell.workload.clone() })
            .collect(),
        experiment: None,
        search: args.search,
        shard,
    }
}

/// FNV-1a: the same on every machine and for every compiler, which is all that is asked of it.
pub(super) struct Hash(FnvHasher);

impl Hash {
    pub(super) fn new() -> Self {
        Self(FnvHasher::default())
    }

    /// The sum so far.
    pub(super) fn value(&self) -> u64 {
        self.0.finish()
    }

    pub(super) fn list(&mut self, parts: &[&str]) {
        self.bytes(&(parts.len() as u64).to_le_bytes());
        for part in parts {
            self.bytes(&(part.len() as u64).to_le_bytes());
            self.bytes(part.as_bytes());
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }
}

pub(super) fn checksum(program: &str) -> String {
    std::fs::read(program).map_or_else(|_| "unreadable".to_owned(), |bytes| format!("{:08x}", crc32fast::hash(&bytes)))
}

/// A name in which nothing is special to a file system.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '-' }).collect()
}

/// How it ended, for people.
fn describe(ended: &conduct::Ended, folder: &Path) -> String {
    let mut text = campaign::page::table(&ended.verdict, super::colour());
    if ended.exit == ExitCode::Interrupted {
        text += "interrupted: the same command continues the campaign\n";
    }
    let page = folder.join("report.html");
    if page.exists() {
        text += &format!("report: {}", page.display());
    }
    text
}

/// The summary with what the runs are beside a baseline, where there is anything to say of that.
fn with_baseline(mut summary: serde_json::Value, beside: &Beside<'_>) -> serde_json::Value {
    if beside.against.is_some() || beside.unsaved.is_some() {
        summary["baseline"] = serde_json::json!({ "against": beside.against, "unsaved": beside.unsaved });
    }
    summary
}

/// How it ended, for machines: the campaign's `verdict.json`, where it is, and the exit code of this invocation.
fn summary(ended: &conduct::Ended, folder: &Path) -> Result<serde_json::Value, Failure> {
    let mut summary = serde_json::to_value(&ended.verdict).map_err(Failure::harness)?;
    summary["folder"] = folder.display().to_string().into();
    summary["exit"] = ended.exit.code().into();
    summary["trouble"] = ended.trouble.clone().into();
    Ok(summary)
}
