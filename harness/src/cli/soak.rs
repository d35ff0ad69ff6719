//! `interregnum soak`: a campaign, from the command line to its exit code.

use std::collections::BTreeMap;
use std::hash::Hasher;
use std::path::Path;
use std::time::{Duration, SystemTime};

use campaign::compare::Beside;
use campaign::export::github::GithubReport;
use campaign::results::{Identity, tally};
use fnv::FnvHasher;
use history::RunFile;
use history::run::DrawnFrom;
use workloads::workload::{self, By, Parameter, Parameters, Workload};

use super::args::Format;
use super::asked::{self, outlook};
use super::baseline::{Subject, Watch};
use super::soak_args::SoakArgs;
use super::{CommandResult, Failure, github, print, print_as_is};
use campaign::campaign_folder::{CampaignFolder, CampaignFolderError, SCHEMA, State};
use campaign::conduct::{self, ConductError, Orders, ReadyCell};
use campaign::jobs::Meters;
use campaign::keep::Keep;
use campaign::screen::Screen;
use campaign::search::SiteKey;
use cluster::health;
use cluster::system::System;
use history::exit::ExitCode;
use history::run::Disks;
use workloads::vary::TargetCluster;

/// For how long a campaign runs by default.
const LONG: Duration = Duration::from_secs(600);

pub(super) fn run(args: &SoakArgs) -> CommandResult {
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
    let campaign = CampaignFolder::enter(&args.output.out, &identity, is_built_in, state, SystemTime::now())
        .map_err(|error| folder_failure(&error))?;
    let folder = campaign.folder.clone();
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
    let ended = carry_out(campaign, &orders, machines)?;
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
        github::tell(|| GithubReport::of_campaign(&ended.verdict, &folder).beside(beside));
    };
    match baseline {
        Some(baseline) if ended.exit != ExitCode::Interrupted => baseline.end(&folder, ended.exit, machines, tell),
        _ => {
            tell(&Beside::default());
            Ok(ended.exit)
        }
    }
}

/// Carries a campaign out, in its folder.
pub(super) fn carry_out(
    campaign: CampaignFolder,
    orders: &Orders,
    machines: bool,
) -> Result<conduct::CampaignEnd, Failure> {
    super::runtime()?.block_on(async {
        let interrupts = super::interrupts()?;
        conduct::run(campaign, orders, Screen::new(machines), interrupts).await.map_err(|error| match &error {
            ConductError::Folder(error) => folder_failure(error),
            ConductError::Deal(_) => Failure::usage(error),
            ConductError::Io { .. } => Failure::harness(error),
        })
    })
}

/// What tells a campaign how busy the machine is: the same as tells a run.
pub(super) const METERS: Meters =
    Meters { waited: health::pressure, processors: health::processors, idle: health::idle };

pub(super) fn folder_failure(error: &CampaignFolderError) -> Failure {
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
fn cells(args: &SoakArgs, systems: &[(String, System)]) -> Result<(Vec<ReadyCell>, BTreeMap<String, String>), Failure> {
    let given: Vec<String> = args.workloads.iter().chain(&args.workload).cloned().collect();
    let wanted = if given.is_empty() { every_workload() } else { given.clone() };
    let (mut cells, mut programs): (Vec<ReadyCell>, _) = (Vec::new(), BTreeMap::new());
    let (mut left_out, mut faults) = (None, 0);
    let common = asked::common(&args.settings, args.network, &args.each)?;
    let common = RunFile { bound: args.bound, ..common };
    for (place, (name, system)) in systems.iter().enumerate() {
        for workload in &wanted {
            if cells.iter().any(|cell| cell.system == *name && cell.workload == *workload) {
                continue;
            }
            let plan = asked::drawn(common.clone(), args.nodes, system.clone(), drawn_from(args, workload)?)?;
            let outlook = match outlook(&plan) {
                Ok(outlook) => outlook,
                // A user who asks for nothing gets what can be done.
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
            let (system, workload, asked) = (name.clone(), workload.clone(), plan.asked());
            let disks = args.each.disk != Disks::None;
            let site_key = SiteKey { site: name.clone(), place: TargetCluster { nodes: outlook.nodes, disks } };
            cells.push(ReadyCell { system, workload, label, asked, watchdog, plan: None, site_key });
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
        |workload: &&'static dyn Workload| match asked::takes_by(*workload) && workload.name() != "initial-election" {
            true => By::ALL.map(|way| format!("{}:{}", workload.name(), way.word())).to_vec(),
            false => vec![workload.name().to_owned()],
        };
    workload::all().iter().flat_map(ways).collect()
}

/// What the schedules of a workload are drawn from, but for the seed. What it does not take is left out, unless it is the only one.
fn drawn_from(args: &SoakArgs, text: &str) -> Result<DrawnFrom, Failure> {
    if text.contains('@') {
        return Err(Failure::usage(format!(
            "{text:?}: a campaign deals its seeds itself; leave out the @ and set --seed"
        )));
    }
    let (known, by) = asked::workload(text)?;
    let takes = |parameter| known.parameters().contains(&parameter) || args.workloads.len() + args.workload.len() == 1;
    let faults = if takes(Parameter::Faults) { args.faults.clone() } else { Vec::new() };
    let parameters = Parameters { by, faults, rounds: args.rounds.filter(|_| takes(Parameter::Rounds)) };
    Ok(DrawnFrom { workload: known.name().to_owned(), seed: args.seed, parameters, time: args.time })
}

/// The options of all runs, as campaigns are known by them.
fn options(args: &SoakArgs) -> Vec<String> {
    let time = |time: Duration| humantime::format_duration(time).to_string();
    let written = |options: &[(&str, Option<String>)]| -> Vec<String> {
        options.iter().filter_map(|(name, value)| Some(format!("--{name}={}", value.as_ref()?))).collect()
    };
    let mut options = written(&[
        ("nodes", args.nodes.map(|nodes| nodes.to_string())),
        ("network", Some(args.network.to_string())),
        ("time", args.time.map(time)),
        ("bound", args.bound.map(time)),
    ]);
    let (size, each): (Vec<_>, Vec<_>) =
        args.each.line().into_iter().partition(|option| option.starts_with("--max-history="));
    options.extend(size);
    options.extend(args.settings.iter().map(|setting| format!("--set={setting}")));
    options.extend(written(&[
        ("faults", (!args.faults.is_empty()).then(|| args.faults.join(","))),
        ("rounds", args.rounds.map(|rounds| rounds.to_string())),
    ]));
    options.extend(each);
    options
}

/// What the campaign is: the same command has the same.
fn identity(
    args: &SoakArgs,
    systems: &[(String, System)],
    cells: &[ReadyCell],
    shard: Option<campaign::results::Shard>,
) -> Identity {
    let options = options(args);
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
            .map(|cell| tally::CellName { system: cell.system.clone(), workload: cell.workload.clone() })
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
fn describe(ended: &conduct::CampaignEnd, folder: &Path) -> String {
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
fn summary(ended: &conduct::CampaignEnd, folder: &Path) -> Result<serde_json::Value, Failure> {
    let mut summary = serde_json::to_value(&ended.verdict).map_err(Failure::harness)?;
    summary["folder"] = folder.display().to_string().into();
    summary["exit"] = ended.exit.code().into();
    summary["trouble"] = ended.trouble.clone().into();
    Ok(summary)
}
