//! What watching costs: the CPU that the harness uses for five idle nodes which it polls every 50 ms.
//!
//! `cargo bench -p interregnum --bench idle`. The real program runs the workload `calm` on the reference node and the proxy;
//! the CPU time of all threads of all processes of the harness (the sandbox's keepers, the observers, the proxy, the
//! recorder, the watches of health) is read from /proc before and after some seconds of calm. The nodes' own is not
//! in it. CPU time does not depend on what else the machine does, apart from caches gone cold.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use support::Failure;

const NODES: usize = 5;
const WATCHED: Duration = Duration::from_secs(8);
const SHARE: f64 = 0.05;

fn main() -> Result<(), Failure> {
    let scratch = support::scratch(true)?;
    let mut child = Command::new(support::program()?)
        .args(["test", "calm", "--time", "16s", "--network", "proxy", "--out"])
        .arg(scratch.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let measured = measure(&child);
    if measured.is_err() {
        let _ = child.kill();
    }
    child.wait()?;
    let (share, by_name) = measured?;
    println!("CPU of the harness, {NODES} idle nodes polled every 50 ms on the proxy ({})", support::load());
    for (name, share) in by_name {
        println!("    {:<54}{:>15.2}%", name, share * 100.0);
    }
    support::line("share of one core", &format!("{:.2}%", share * 100.0), "< 5 %", share < SHARE);
    Ok(())
}

/// The harness's share of one core, the same for each of its threads by name.
fn measure(child: &Child) -> Result<(f64, BTreeMap<String, f64>), Failure> {
    let limit = Instant::now() + Duration::from_secs(20);
    while tree(child.id())?.1 < NODES {
        if Instant::now() > limit {
            return Err("the nodes did not start".into());
        }
        thread::sleep(Duration::from_millis(50));
    }
    thread::sleep(Duration::from_secs(3));
    let (begun, before) = (Instant::now(), used(&tree(child.id())?.0));
    thread::sleep(WATCHED);
    let (lasted, (processes, nodes)) = (begun.elapsed(), tree(child.id())?);
    if nodes != NODES {
        return Err(format!("{nodes} of {NODES} nodes are left").into());
    }
    let mut by_name: BTreeMap<String, f64> = BTreeMap::new();
    for (thread, (name, spent)) in used(&processes) {
        let spent = spent.saturating_sub(before.get(&thread).map_or(Duration::ZERO, |before| before.1));
        *by_name.entry(name).or_default() += spent.as_secs_f64() / lasted.as_secs_f64();
    }
    Ok((by_name.values().sum(), by_name))
}

/// The processes of the harness below this one, itself included, and how many nodes there are.
fn tree(root: u32) -> Result<(Vec<u32>, usize), Failure> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for entry in fs::read_dir("/proc")?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        let parent = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse().ok());
        children.entry(parent.unwrap_or(0)).or_default().push(pid);
    }
    let (mut harness, mut nodes, mut waiting) = (Vec::new(), 0, vec![root]);
    while let Some(pid) = waiting.pop() {
        waiting.extend(children.remove(&pid).unwrap_or_default());
        let line = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let program = line.split('\0').next().unwrap_or_default();
        match Path::new(program).file_name().and_then(|name| name.to_str()) {
            Some("interregnum-node") => nodes += 1,
            _ => harness.push(pid),
        }
    }
    Ok((harness, nodes))
}

/// The name and the CPU time of every thread of these processes, by its number.
fn used(processes: &[u32]) -> BTreeMap<u32, (String, Duration)> {
    let mut used = BTreeMap::new();
    for pid in processes {
        for task in fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten() {
            let number = task.file_name().to_str().and_then(|name| name.parse().ok());
            let spent = fs::read_to_string(task.path().join("schedstat")).ok();
            let spent = spent.and_then(|text| text.split_whitespace().next()?.parse().ok()).map(Duration::from_nanos);
            let name = fs::read_to_string(task.path().join("comm")).unwrap_or_default();
            if let (Some(number), Some(spent)) = (number, spent) {
                used.insert(number, (name.trim().to_owned(), spent));
            }
        }
    }
    used
}
