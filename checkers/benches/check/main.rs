//! How fast histories are judged, and in how much memory: the whole path from bytes to outcome with every checker.
//!
//! `cargo bench -p interregnum-checkers`. Judging is done in a child process that reads the history from a pipe and does nothing
//! else, so that its CPU time and its peak memory are those of a check and not of whoever makes the history up. The rate
//! is events by seconds *of CPU*, the kernel's included: the check has one thread, so that is the rate on one core, and
//! what else runs on the machine does not change it. The history is judged `valid`, or the bench fails: a checker that
//! gives up early is fast too.

mod story;

use std::error::Error;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::process::{Command, Stdio};
use std::time::Instant;

use checkers::judge;
use history::Reader;
use history::Verdict;
use story::{ALL, Blow, Story};

/// The argument that makes this program the child.
const CHILD: &str = "--judge-standard-input";

/// `(events, terms, what befalls the leaders)` of the histories.
type Plan = (u64, u64, &'static [Blow]);
const SHORT: Plan = (2_000_000, 4_000, ALL);
const LONG: Plan = (10_000_000, 20_000, ALL);
const STORM: Plan = (1_000_000, 20_000, ALL);
/// Nothing but crashes of leaders: what a judge does for each of them by looking at all of them shows here.
const CRASHES: Plan = (5_000_000, 139_000, &[Blow::Kill]);
/// The same of faults that leave the process where it is.
const OTHERS: Plan = (2_000_000, 50_000, &[Blow::Pause, Blow::Cut]);

const RATE: f64 = 0.7;
const MEMORY: f64 = 200.0;
/// Seconds of CPU, and megabytes, that the many crashes may take.
const CRASHES_TIME: f64 = 15.0;
const CRASHES_MEMORY: f64 = 300.0;

fn main() -> Result<(), Box<dyn Error>> {
    if std::env::args().any(|argument| argument == CHILD) {
        return child();
    }
    println!("{:<52}{:>12}{:>12}{:>12}", "all checkers, 5 nodes", "M events/s", "peak MB", "(pipe to end)");
    let best = (0..3).map(|_| measure(SHORT)).collect::<Result<Vec<_>, _>>()?;
    let best = best.into_iter().max_by(|a, b| a.rate.total_cmp(&b.rate)).ok_or("nothing was measured")?;
    best.print(SHORT, &format!("best of 3 >= {RATE} M/s"), best.rate >= RATE);
    let long = measure(LONG)?;
    let target = format!(">= {RATE} M/s and < {MEMORY} MB");
    long.print(LONG, &target, long.rate >= RATE && long.megabytes < MEMORY);
    let storm = measure(STORM)?;
    storm.print(STORM, "hardly a line that repeats: no target", true);
    let crashes = measure(CRASHES)?;
    let target = format!("< {CRASHES_TIME} s of CPU and < {CRASHES_MEMORY} MB");
    crashes.print(CRASHES, &target, crashes.cpu < CRASHES_TIME && crashes.megabytes < CRASHES_MEMORY);
    let others = measure(OTHERS)?;
    others.print(OTHERS, "pauses and cuts alone: no target", true);
    Ok(())
}

/// What a child measured of itself.
struct Measured {
    /// Millions of events by seconds of CPU.
    rate: f64,
    /// Seconds of CPU.
    cpu: f64,
    megabytes: f64,
    /// Seconds from the first byte to the outcome.
    took: f64,
}

impl Measured {
    fn print(&self, (events, terms, _): Plan, target: &str, reached: bool) {
        let what = format!("{:.0} million events, {terms} terms", events as f64 / 1e6);
        let word = if reached { "ok" } else { "missed" };
        let (rate, megabytes, took) = (self.rate, self.megabytes, self.took);
        println!("{what:<52}{rate:>12.2}{megabytes:>12.0}{took:>10.1} s   {target}   {word}");
    }
}

fn measure((events, terms, blows): Plan) -> Result<Measured, Box<dyn Error>> {
    let mut child = Command::new(std::env::current_exe()?);
    // What `interregnum` asks of its own allocator (`cluster::sandbox::give_memory_back`).
    child.env("MALLOC_MMAP_THRESHOLD_", "262144");
    let mut child = child.arg(CHILD).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut input = BufWriter::with_capacity(1 << 20, child.stdin.take().ok_or("no pipe")?);
    let told = Story::new(events, terms, blows).tell(&mut input).and_then(|()| input.flush());
    drop(input);
    let said = child.wait_with_output()?;
    let text = String::from_utf8(said.stdout)?;
    if !said.status.success() {
        return Err(format!("the child failed: {text}").into());
    }
    told?;
    let words: Vec<f64> = text.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    let [judged, cpu, megabytes, took] = words[..] else { return Err(format!("the child said {text:?}").into()) };
    Ok(Measured { rate: judged / cpu / 1e6, cpu, megabytes, took })
}

/// Judges standard input and prints what that took.
fn child() -> Result<(), Box<dyn Error>> {
    let begun = Instant::now();
    let outcome = judge::judge(Reader::new(io::stdin())?)?;
    let took = begun.elapsed().as_secs_f64();
    if outcome.verdict != Verdict::Valid {
        let bad = outcome.checkers.iter().find(|judgement| judgement.verdict != Verdict::Valid);
        println!("the history should be valid: {} {bad:#?}", outcome.sentence);
        std::process::exit(1);
    }
    println!("{} {} {} {took}", outcome.history.events, cpu_seconds()?, peak_megabytes()?);
    Ok(())
}

/// CPU time of this process so far, user and kernel.
fn cpu_seconds() -> Result<f64, Box<dyn Error>> {
    let text = fs::read_to_string("/proc/self/schedstat")?;
    let nanos: f64 = text.split_whitespace().next().ok_or("/proc/self/schedstat is empty")?.parse()?;
    Ok(nanos / 1e9)
}

/// The most memory that this process has held, 10^6 bytes.
fn peak_megabytes() -> Result<f64, Box<dyn Error>> {
    let text = fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("/proc tells no VmHWM")?;
    let kib: f64 = line.split_whitespace().next().ok_or("VmHWM is empty")?.parse()?;
    Ok(kib * 1024.0 / 1e6)
}
