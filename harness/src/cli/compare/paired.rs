//! `interregnum compare --system …`: both sides are run for it, in pairs.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use campaign::compare::{PairFacts, Side, Unfinished, answer_of_pairs, compare_pairs, short, timed};
use campaign::results::{Ending, Entry};
use reports::text::shell;

use super::sides::{describe, header};
use super::{CommandResult, CompareArgs, Failure, Format, TOLERANCE_OF_PAIRS, print, trial};
use crate::cli::{asked, batch};
use campaign::paired::{self, Pair, PairOrders, SIDES, notes};
use cluster::run::{Outlook, RunPlan};
use cluster::system::{self, System};
use history::exit::ExitCode;
use history::run::{DrawnFrom, Options};
use workloads::workload::{Parameter, Parameters};

/// The kinds of faults of so many seeds' schedules are known before anything is measured.
const SEEDS: u64 = 5;

/// How long it may take, unless the user says so.
const BUDGET: Duration = Duration::from_secs(600);

/// How many rounds a run has: few, for pairs of runs are what counts, and enough to be worth the start of a cluster.
const ROUNDS: u32 = 4;

fn workload(args: &CompareArgs) -> &str {
    args.workload.as_deref().unwrap_or("leader-crash")
}

/// A side before anything of it was run.
struct Prepared {
    name: &'static str,
    plan: RunPlan,
    outlook: Outlook,
}

pub(super) fn run(args: &CompareArgs, system: &str) -> CommandResult {
    let loaded = System::load(system).map_err(Failure::usage)?;
    vet(args, &loaded)?;
    let a = prepare(args, &loaded, "a", &args.a)?;
    let b = prepare(args, &loaded, "b", &args.b)?;
    let kinds = kinds(&[&a, &b])?;
    let runtime = crate::cli::runtime()?;
    let versions = runtime.block_on(async { Ok::<_, Failure>([version(&a).await?, version(&b).await?]) })?;
    let (begun, budget, workload) = (Instant::now(), args.budget.unwrap_or(BUDGET), workload(args));
    let folder = super::claim(args)?;
    let folder = folder.canonicalize().unwrap_or(folder);
    let clusters = args.jobs.map_or_else(batch::default_jobs, usize::from);
    let mut orders = PairOrders {
        folder: folder.clone(),
        system: system.to_owned(),
        workload: workload.to_owned(),
        watchdog: 2 * a.outlook.longest.max(b.outlook.longest) + Duration::from_secs(30),
        sides: [a.plan.asked(), b.plan.asked()],
        seed: args.seed.unwrap_or(1),
        at_once: (clusters / 2).max(1),
        in_turn: clusters == 1,
        budget,
    };
    let question = args.question(TOLERANCE_OF_PAIRS);
    let machines = args.output.format == Format::Json;
    if !machines {
        print(opening(args, &versions));
    }
    let ended = runtime.block_on(async {
        let interrupts = crate::cli::interrupts()?;
        trial::both(&orders, interrupts.clone()).await?;
        // Trying them is part of the time.
        orders.budget = budget.saturating_sub(begun.elapsed());
        let look = |pairs: &[Pair], _: Duration| {
            let (a, b) = (plain(pairs, |pair| &pair.0), plain(pairs, |pair| &pair.1));
            if !machines {
                print(line(pairs, timed(&a, &b), begun.elapsed()));
            }
            answer_of_pairs(&a, &b, &question, kinds).is_some()
        };
        Ok::<_, Failure>(paired::run(&orders, interrupts, look).await)
    })?;
    let sides = SIDES.map(|name| folder.join(name).display().to_string());
    let (of_a, of_b) = (ended.pairs.iter().map(|pair| pair.0.clone()), ended.pairs.iter().map(|pair| pair.1.clone()));
    let side_a = side(&sides[0], of_a.collect(), &versions[0]);
    let side_b = side(&sides[1], of_b.collect(), &versions[1]);
    let told = PairFacts {
        kinds,
        budget: nanos(budget),
        spent: nanos(begun.elapsed()),
        unfinished: ended.unfinished.clone().map(with_last_words(&ended.pairs)),
        notes: differently(&side_a.runs, &side_b.runs),
        commands: commands(&sides, [&side_a.runs, &side_b.runs]),
    };
    let comparison = compare_pairs(&side_a, &side_b, &question, told);
    let code = super::tell(args, &folder, (&side_a, &side_b), &comparison)?;
    Ok(match ended.unfinished {
        Some(Unfinished::Interrupted) => code.merge(ExitCode::Interrupted),
        _ => code,
    })
}

/// A user's mistakes in what both sides share.
fn vet(args: &CompareArgs, system: &System) -> Result<(), Failure> {
    let workload = workload(args);
    if let Some((first, _)) = workload.split_once(',') {
        return Err(Failure::usage(format!(
            "--workload {workload}: one comparison is of one workload; name one of them, such as --workload {first}, and compare again \
             for each other"
        )));
    }
    if let Some((plain, _)) = workload.split_once('@') {
        return Err(Failure::usage(format!(
            "--workload {workload}: each pair has a seed of its own; write --workload {plain}, and --seed for the first"
        )));
    }
    match (args.a.as_slice(), args.b.as_slice()) {
        (a, b) if a == b => Err(Failure::usage(
            "A and B are the same; say in what they differ, such as --a program=/opt/old/etcd --b program=/opt/new/etcd",
        )),
        ([], given) => Err(one_sided("a", given, system)),
        (given, []) => Err(one_sided("b", given, system)),
        _ => Ok(()),
    }
}

/// Only one side was said. That the other is what the system file says is likely, and not certain.
fn one_sided(missing: &str, given: &[String], system: &System) -> Failure {
    let default = |setting: &String| {
        let (name, _) = setting.split_once('=')?;
        let value = system.params.get(name.rsplit_once('.').map_or(name, |(_, name)| name))?;
        Some(format!("--{missing} {}", shell(&format!("{name}={value}"))))
    };
    let defaults: Option<Vec<String>> = given.iter().map(default).collect();
    let default = defaults.map(|defaults| format!("; for what the system file says, write {}", defaults.join(" ")));
    let default = default.filter(|text| text.len() < 200).unwrap_or_default();
    Failure::usage(format!("--{missing} is missing, so nothing says what the other side is{default}"))
}

/// What is asked of a side's runs, and a user's mistakes in it.
fn prepare(args: &CompareArgs, loaded: &System, name: &'static str, own: &[String]) -> Result<Prepared, Failure> {
    let (known, by) = asked::workload(workload(args))?;
    let rounds = known.parameters().contains(&Parameter::Rounds).then(|| args.rounds.unwrap_or(ROUNDS));
    let parameters = Parameters { by, rounds, ..Parameters::default() };
    let from = DrawnFrom { workload: known.name().to_owned(), seed: 1, parameters, time: None };
    let set = [args.settings.as_slice(), own].concat();
    let common = asked::common(&set, args.network.unwrap_or_default(), &Options::default())?;
    let of_side = |failure: Failure| Failure { message: format!("--{name}: {}", failure.message), ..failure };
    let plan = asked::drawn(common, args.nodes, loaded.clone(), from)?;
    let outlook = asked::outlook(&plan).map_err(of_side)?;
    Ok(Prepared { name, plan, outlook })
}

/// How many kinds of faults that take leaders the schedules of the first seeds have.
fn kinds(sides: &[&Prepared]) -> Result<u64, Failure> {
    let mut kinds = std::collections::BTreeSet::new();
    for side in sides {
        for seed in 1..=SEEDS {
            let mut plan = side.plan.clone();
            plan.file.drawn_from.iter_mut().for_each(|from| from.seed = seed);
            kinds.extend(asked::outlook(&plan)?.kinds);
        }
    }
    Ok(kinds.len().max(1) as u64)
}

/// What the program of a side says that its version is. One that says none is not this system's.
async fn version(side: &Prepared) -> Result<Option<String>, Failure> {
    let Some(argv) = &side.outlook.version else { return Ok(None) };
    let answered = system::version::ask(argv).await;
    let printed = answered.as_deref().unwrap_or_default();
    let version = side.plan.system.version_in(&String::from_utf8_lossy(printed));
    let line: Vec<String> = argv.iter().map(|word| short(&shell(word))).collect();
    version.map(Some).ok_or_else(|| {
        let why = match &answered {
            Ok(_) => "reports no version of it".to_owned(),
            Err(why) => why.to_string(),
        };
        Failure::usage(format!(
            "--{}: this is not the program of the system `{}`, as far as anybody can tell: `{}` {why}; give the path of another with \
             --{} program=PATH",
            side.name,
            side.plan.system.name,
            line.join(" "),
            side.name
        ))
    })
}

fn opening(args: &CompareArgs, versions: &[Option<String>; 2]) -> String {
    let side = |own: &[String], version: &Option<String>| {
        let version = version.as_ref().map(|version| format!("version {version}"));
        let own = own.iter().map(|setting| match setting.split_once('=') {
            Some((name, value)) => format!("{name}={}", short(value)),
            None => setting.clone(),
        });
        version.into_iter().chain(own).collect::<Vec<_>>().join(", ")
    };
    format!(
        "A: {}\nB: {}\npairs of runs of {}, for at most {}",
        side(&args.a, &versions[0]),
        side(&args.b, &versions[1]),
        workload(args),
        humantime::format_duration(args.budget.unwrap_or(BUDGET))
    )
}

/// What is known after a pair.
fn line(pairs: &[Pair], [in_a, in_b]: [u64; 2], spent: Duration) -> String {
    let last = pairs.last().map(|(a, b)| format!("{} and {}", a.ending().as_str(), b.ending().as_str()));
    format!(
        "[{:>4} s] pair {}: {}; {in_a} and {in_b} elections timed",
        spent.as_secs(),
        pairs.len(),
        last.unwrap_or_default()
    )
}

fn plain(pairs: &[Pair], of: fn(&Pair) -> &Entry) -> Side {
    Side { runs: pairs.iter().map(|pair| of(pair).clone()).collect(), ..Side::default() }
}

/// A side with what its first run says of how it was set up.
fn side(label: &str, runs: Vec<Entry>, version: &Option<String>) -> Side {
    let mut side = Side { label: label.to_owned(), runs, ..Side::default() };
    if let Some(header) = side.runs.iter().find_map(|run| header(Path::new(run.folder.as_ref()?))) {
        describe(&mut side.facts, &header);
    } else if let Some(version) = version {
        side.facts.entry("version".to_owned()).or_default().insert(version.clone());
    }
    side
}

/// The folders of runs that came to an end: one that did not prints other things.
fn folders(runs: &[Entry]) -> Vec<PathBuf> {
    let ended = runs.iter().filter(|run| matches!(run.ending(), Ending::Valid | Ending::Invalid | Ending::Unknown));
    ended.filter_map(|run| run.folder.as_ref()).map(PathBuf::from).collect()
}

/// What the sides promise, show and print differently.
fn differently(a: &[Entry], b: &[Entry]) -> Vec<String> {
    let (a, b) = (folders(a), folders(b));
    let first = |folders: &[PathBuf]| folders.iter().find_map(|folder| header(folder));
    let mut told = match (first(&a), first(&b)) {
        (Some(a), Some(b)) => notes::of_headers(&a, &b),
        _ => Vec::new(),
    };
    told.extend(notes::of_lines(&a, &b));
    told
}

/// What does it again, and what shows a run that failed.
fn commands(sides: &[String; 2], runs: [&[Entry]; 2]) -> Vec<String> {
    let this = crate::cli::command_line();
    let this = std::iter::once("interregnum".to_owned()).chain(this.into_iter().skip(1).map(|word| shell(&word)));
    let mut commands = vec![this.collect::<Vec<_>>().join(" ")];
    commands.push(format!("interregnum compare {} {}", shell(&sides[0]), shell(&sides[1])));
    for runs in runs {
        let failed = runs.iter().find(|run| run.ending() == Ending::Invalid).and_then(|run| run.folder.as_ref());
        commands.extend(failed.map(|folder| format!("interregnum replay {}", shell(folder))));
    }
    commands
}

/// Why a side does not run is mostly what its first node said last.
fn with_last_words(pairs: &[Pair]) -> impl FnOnce(Unfinished) -> Unfinished {
    let said = |side: &str| -> Option<String> {
        let pair = pairs.last()?;
        let run = if side == "A" { &pair.0 } else { &pair.1 };
        let folder = Path::new(run.folder.as_ref()?).join("nodes/n1");
        let last = |log: &str| {
            let text = std::fs::read(folder.join(log)).ok()?;
            let text = String::from_utf8_lossy(&text).into_owned();
            text.lines().rev().find(|line| !line.trim().is_empty()).map(str::to_owned)
        };
        last("stderr.log").or_else(|| last("stdout.log"))
    };
    let said = ["A", "B"].map(said);
    move |unfinished| match unfinished {
        Unfinished::DoesNotRun { side, why } => {
            let said = if side == "A" { &said[0] } else { &said[1] };
            let why = said.as_ref().map_or(why.clone(), |said| format!("{why}; n1 said last: {said}"));
            Unfinished::DoesNotRun { side, why }
        }
        other => other,
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
