//! How soon faults are in force: pauses, kills and cuts of all 20 links of a five-node cluster.
//!
//! `cargo bench -p interregnum --bench faults`. The real program carries out a schedule with many of each against the
//! reference node on the proxy, and the times are those of its history: from the moment an injection was begun to the
//! moment at which the kernel had confirmed it (the process is gone; its last thread has stopped) or the proxy had
//! every rule in force. That is the span which checkers reason with, so it is the span that counts. All the while the
//! cluster holds elections, and every node is polled.

mod support;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::process::Command;
use std::time::Duration;

use history::{Body, Installed, Reader, Stage};
use support::Failure;
use workloads::{Action, Choice, Fault, Link, Schedule, Shape, Step, Target, When};

/// How many of each fault.
const ROUNDS: u32 = 250;

/// Each round pauses one node, cuts everything, and kills another node, one after the other.
const ROUND: Duration = Duration::from_millis(160);

const TARGET: Duration = Duration::from_millis(5);

fn main() -> Result<(), Failure> {
    let scratch = support::scratch(true)?;
    let file = scratch.path().join("schedule.json");
    fs::write(&file, schedule().to_json())?;
    let before = support::load();
    let said = Command::new(support::program()?)
        .args(["test", "--network", "proxy", "--schedule"])
        .arg(&file)
        .arg("--out")
        .arg(scratch.path())
        .output()?;
    let history = scratch.path().join("latest/history.jsonl");
    let times = times(&history).map_err(|error| format!("{error}; {}", String::from_utf8_lossy(&said.stderr)))?;

    println!("faults in force after, from the history of one run ({before} before, {} after)", support::load());
    for (kind, what) in [("pause", "a pause"), ("kill", "a kill"), ("cut", "a cut of 20 links")] {
        let mut all = times.get(kind).cloned().ok_or_else(|| format!("the history tells of no {kind}"))?;
        all.sort_unstable();
        let at = |share: f64| Duration::from_nanos(all[((all.len() - 1) as f64 * share) as usize]);
        let name = format!("{what}: p50 {:.2?}, max {:.2?} of {}; p99", at(0.5), at(1.0), all.len());
        let enough = all.len() >= 200;
        support::line(&name, &format!("{:.2?}", at(0.99)), "<= 5 ms, 200 or more", at(0.99) <= TARGET && enough);
    }
    Ok(())
}

fn schedule() -> Schedule {
    let nodes: Vec<String> = (1..=5).map(|node| format!("n{node}")).collect();
    let pairs = nodes.iter().flat_map(|from| nodes.iter().map(move |to| (from, to)));
    let links: Vec<Link> =
        pairs.filter(|(from, to)| from != to).map(|(from, to)| Link { from: from.clone(), to: to.clone() }).collect();
    let mut steps = Vec::new();
    let mut step = |at: Duration, action: Action| {
        let id = steps.len() as u32 + 1;
        steps.push(Step { id, when: When::At(at), only_with: None, action });
        id
    };
    for round in 0..ROUNDS {
        let name = |turn: u32| Target::Names(vec![nodes[((round + turn) % 5) as usize].clone()]);
        let cut = Fault::Cut { shape: Shape::Links(links.clone()), target: Target::Choice(Choice::All) };
        let faults = [Fault::Pause { target: name(0) }, cut, Fault::Kill { target: name(2), forever: false }];
        for (fault, begin) in faults.into_iter().zip([0, 50, 100]) {
            let at = ROUND * round + Duration::from_millis(begin);
            let fault = step(at, Action::Inject(fault));
            step(at + Duration::from_millis(30), Action::Lift(fault));
        }
    }
    Schedule {
        schema: workloads::schedule::SCHEMA,
        workload: "custom".to_owned(),
        seed: 1,
        nodes,
        duration: ROUND * ROUNDS + Duration::from_secs(10),
        parameters: Default::default(),
        coverage: Default::default(),
        at_once: false,
        steps,
    }
}

/// For each kind of fault how long each injection took, nanoseconds.
fn times(history: &std::path::Path) -> Result<BTreeMap<String, Vec<u64>>, Failure> {
    let file = File::open(history).map_err(|error| format!("{}: {error}", history.display()))?;
    let mut reader = Reader::new(file)?;
    let mut times: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    while let Some(event) = reader.next_event()? {
        if let Body::Fault(fault) = event.body
            && (fault.stage, fault.outcome) == (Stage::Inject, Installed::Installed)
        {
            times.entry(fault.kind).or_default().push(fault.span.latest - fault.span.earliest);
        }
    }
    Ok(times)
}
