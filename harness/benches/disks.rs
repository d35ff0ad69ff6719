//! What simulated disks cost, and how soon a power cut is in force.
//!
//! `cargo bench -p interregnum --bench disks`. Three things, each of the real program and the reference node:
//!
//! - *elections* with `--disk simulated` against `--data-in-memory`, twenty clusters of five at once, more than a thousand a side:
//!   the ratio of the medians of the time without a leader, with an interval that draws whole runs again, and the CPU time of harness
//!   and nodes for each election;
//! - *memory* of the harness with a hundred nodes, after one and after ten power cuts of all of them: each cut mounts nothing anew but
//!   throws one image away and makes another, so that what leaks would show;
//! - *power cuts*: the span of the history from the moment at which the injection began to the moment at which it was certain
//!   that nothing of any node runs any more, for five nodes and for a hundred at once. The disks themselves answer nothing
//!   from the beginning of that span on.
//!
//! `INTERREGNUM_BENCH_SHARE=0.1` does a tenth of it, to see whether it works.

mod support;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use checkers::stats::{Sample, bootstrap};
use history::{Body, Installed, Outcome, Reader, Stage};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use support::Failure;
use workloads::{Action, Choice, Condition, Fault, Schedule, Step, When};

/// Runs of each side; all at once.
const RUNS: u32 = 20;

/// Leaders killed in each.
const ROUNDS: u32 = 56;

/// Power cuts of all five nodes.
const CUTS: u32 = 200;

/// Power cuts of a hundred nodes.
const REMOUNTS: u32 = 10;

const MANY: usize = 100;

/// A hundred nodes that time out as five do keep two processors busy with elections alone.
const PATIENT: [&str; 6] = ["--network", "switch", "--set", "election=5s..10s", "--set", "heartbeat=1s"];

/// How sure the interval is.
const CONFIDENCE: f64 = 0.95;

fn main() -> Result<(), Failure> {
    let share = std::env::var("INTERREGNUM_BENCH_SHARE").ok().and_then(|share| share.parse().ok()).unwrap_or(1.0);
    let part = |whole: u32| ((f64::from(whole) * share) as u32).max(2);
    println!("simulated disks ({})", support::load());
    elections(part(RUNS), part(ROUNDS))?;
    let few = cuts(5, part(CUTS), &["--network", "proxy"])?;
    told("a power cut of 5 nodes until nothing of them runs", few.spans, Some(Duration::from_millis(10)));
    let many = cuts(MANY, part(REMOUNTS), &PATIENT)?;
    told("a power cut of 100 nodes until nothing of them runs", many.spans, None);
    println!(
        "memory of the harness with {MANY} disks: {} MiB after the first power cut, {} MiB after {} (peak {} MiB)",
        many.first,
        many.last,
        part(REMOUNTS),
        many.peak
    );
    let bounded = many.last <= many.first + many.first / 4;
    let grown = format!("{:+} MiB", many.last as i64 - many.first as i64);
    support::line("memory that more power cuts take", &grown, "<= a quarter", bounded);
    println!("at the end: {}", support::load());
    Ok(())
}

/// One side: the times without a leader of each run, and the CPU seconds of all.
struct Side {
    runs: Vec<Vec<(u64, bool)>>,
    cpu: f64,
}

impl Side {
    fn elections(&self) -> usize {
        self.runs.iter().map(Vec::len).sum()
    }

    fn cpu_an_election(&self) -> f64 {
        self.cpu / self.elections().max(1) as f64
    }
}

fn elections(runs: u32, rounds: u32) -> Result<(), Failure> {
    // In turn, so that neither has the quieter half of an hour.
    let memory = side(&["--data-in-memory"], runs, rounds)?;
    let disks = side(&["--disk", "simulated"], runs, rounds)?;
    let again = side(&["--data-in-memory"], runs, rounds)?;
    let noise = ratio(&memory, &again);
    let (median, [low, high]) = ratio(&memory, &disks).ok_or("there were no elections")?;
    println!("elections: {} in memory, {} on simulated disks", memory.elections(), disks.elections());
    let what = format!("ratio of medians, {:.0} % interval {low:.3} to {high:.3}", CONFIDENCE * 100.0);
    support::line(&what, &format!("{median:.3}"), "the interval holds 1", low <= 1.0 && 1.0 <= high);
    if let Some((median, [low, high])) = noise {
        println!("    the same of two sides in memory: {median:.3}, {low:.3} to {high:.3}");
    }
    let (before, after) = (memory.cpu_an_election(), disks.cpu_an_election());
    let what = format!("CPU an election: {:.1} ms in memory, {:.1} ms", before * 1e3, after * 1e3);
    let more = after / before - 1.0;
    support::line(&what, &format!("{:+.1} %", more * 100.0), "<= 15 % more", more <= 0.15);
    Ok(())
}

/// The median of `b` over that of `a`, and its interval.
fn ratio(a: &Side, b: &Side) -> Option<(f64, [f64; 2])> {
    let change = bootstrap(&Sample::new(&a.runs), &Sample::new(&b.runs), &[0.5], CONFIDENCE, 1).pop()??;
    let interval = [1.0 + change.relative.low, 1.0 + change.relative.high];
    Some((change.b as f64 / change.a as f64, interval))
}

fn side(options: &[&str], runs: u32, rounds: u32) -> Result<Side, Failure> {
    let scratch = support::scratch(true)?;
    let before = cpu()?;
    let said = Command::new(support::program()?)
        .args(["test", "leader-crash", "--nodes", "5", "--network", "proxy"])
        .args(["--rounds", &rounds.to_string(), "--seeds", &format!("1..{runs}"), "--jobs", &runs.to_string()])
        .args(options)
        .arg("--out")
        .arg(scratch.path())
        .output()?;
    let cpu = cpu()? - before;
    let folder = scratch.path().join("latest/runs");
    let read = fs::read_dir(&folder).map_err(|error| format!("{error}; {}", String::from_utf8_lossy(&said.stderr)))?;
    let mut times = Vec::new();
    for run in read.flatten() {
        let verdict = fs::read(run.path().join("verdict.json"))?;
        let outcome: Outcome = serde_json::from_slice(&verdict)?;
        times.push(outcome.measures.re_election_times().into_iter().map(|time| (time, false)).collect());
    }
    Ok(Side { runs: times, cpu })
}

/// Seconds of CPU that all descendants have used that were waited for.
fn cpu() -> Result<f64, Failure> {
    let used = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    Ok((used.user_time().num_microseconds() + used.system_time().num_microseconds()) as f64 / 1e6)
}

/// Power cuts of all nodes at once.
struct Cuts {
    spans: Vec<u64>,
    /// MiB of the harness after the first cut, after the last, and at most.
    first: u64,
    last: u64,
    peak: u64,
}

fn cuts(nodes: usize, times: u32, options: &[&str]) -> Result<Cuts, Failure> {
    let scratch = support::scratch(true)?;
    let file = scratch.path().join("schedule.json");
    fs::write(&file, schedule(nodes, times).to_json())?;
    let errors = scratch.path().join("errors");
    let mut child = Command::new(support::program()?)
        .args(["test", "--bound", "60s"])
        .args(options)
        .arg("--schedule")
        .arg(&file)
        .arg("--out")
        .arg(scratch.path())
        .stdout(Stdio::null())
        .stderr(File::create(&errors)?)
        .spawn()?;
    let history = scratch.path().join("latest/history.jsonl");
    let (mut first, mut last, mut peak) = (0, 0, 0);
    while child.try_wait()?.is_none() {
        let now = memory(child.id());
        peak = peak.max(now);
        let done = fs::read_to_string(&history).unwrap_or_default().matches("\"stage\":\"lift\"").count();
        if done >= 1 && first == 0 {
            first = now;
        }
        // Teardown gives memory back.
        if done < times as usize || last == 0 {
            last = now;
        }
        thread::sleep(Duration::from_millis(200));
    }
    let spans =
        spans(&history).map_err(|error| format!("{error}; {}", fs::read_to_string(&errors).unwrap_or_default()))?;
    Ok(Cuts { spans, first, last, peak })
}

/// MiB of a process and its descendants that are the harness.
fn memory(root: u32) -> u64 {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    let mut sizes: BTreeMap<u32, u64> = BTreeMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let Ok(status) = fs::read_to_string(entry.path().join("status")) else { continue };
        let field = |name: &str| {
            status.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next().map(str::to_owned))
        };
        let parent = field("PPid:").and_then(|parent| parent.parse().ok()).unwrap_or(0);
        children.entry(parent).or_default().push(pid);
        if field("Name:").as_deref() == Some("interregnum") {
            sizes.insert(pid, field("VmRSS:").and_then(|size| size.parse().ok()).unwrap_or(0));
        }
    }
    let (mut sum, mut open) = (0, vec![root]);
    while let Some(pid) = open.pop() {
        sum += sizes.get(&pid).copied().unwrap_or(0);
        open.extend(children.remove(&pid).unwrap_or_default());
    }
    sum / 1024
}

fn schedule(nodes: usize, times: u32) -> Schedule {
    let patience = Duration::from_secs(120);
    let mut steps: Vec<Step> = Vec::new();
    for _ in 0..times {
        let id = u32::try_from(steps.len()).unwrap_or(0);
        let before = |delay| match id {
            0 => When::At(Duration::ZERO),
            step => When::After { step, delay },
        };
        let quiet = Duration::from_millis(100);
        let leader = Action::Expect { condition: Condition::Leader, within: patience };
        let cut = Action::Inject(Fault::PowerCut { target: Choice::All.into() });
        let mut add = |id, when, action| steps.push(Step { id, when, only_with: None, action });
        add(id + 1, before(quiet), leader);
        add(id + 2, When::After { step: id + 1, delay: quiet }, cut);
        add(id + 3, When::After { step: id + 2, delay: Duration::from_millis(20) }, Action::Lift(id + 2));
    }
    Schedule {
        schema: workloads::schedule::SCHEMA,
        workload: "custom".to_owned(),
        seed: 1,
        nodes: (1..=nodes).map(|node| format!("n{node}")).collect(),
        duration: patience.saturating_mul(times),
        parameters: workloads::Parameters::default(),
        coverage: workloads::Coverage::default(),
        at_once: false,
        steps,
    }
}

/// How long each power cut took, nanoseconds.
fn spans(history: &Path) -> Result<Vec<u64>, Failure> {
    let mut reader = Reader::new(BufReader::new(File::open(history)?))?;
    let mut spans = Vec::new();
    while let Some(event) = reader.next_event()? {
        match event.body {
            Body::Fault(fault) if fault.stage == Stage::Inject && fault.outcome == Installed::Installed => {
                spans.push(fault.span.latest - fault.span.earliest);
            }
            _ => {}
        }
    }
    if spans.is_empty() { Err("no power cut was installed".into()) } else { Ok(spans) }
}

fn told(what: &str, mut spans: Vec<u64>, target: Option<Duration>) {
    spans.sort_unstable();
    let at = |share: f64| Duration::from_nanos(spans[((spans.len() - 1) as f64 * share) as usize]);
    let name = format!("{what}: p50 {:.2?}, max {:.2?} of {}; p99", at(0.5), at(1.0), spans.len());
    let said = target.map_or("stated".to_owned(), |target| format!("<= {target:.0?}"));
    support::line(&name, &format!("{:.2?}", at(0.99)), &said, target.is_none_or(|target| at(0.99) <= target));
}
