//! `interregnum observe`: a system without faults, and what each observer makes of it.
//!
//! For whoever writes a system file: every line shows what an observer understood, or why it understood nothing. It
//! is a run like any other, of a schedule without steps, whose lines are printed as they are recorded.

use std::path::Path;

use checkers::history::Line;
use workloads::{Coverage, Schedule};

use super::args::{Format, ObserveArgs};
use super::{Ended, Failure, print};
use crate::exit::ExitCode;
use crate::run::{self, Plan, Progress, Script};
use crate::system::System;

pub(super) fn run(args: &ObserveArgs) -> Ended {
    let system = System::load(&args.cluster.system).map_err(Failure::usage)?;
    let nodes = args.cluster.nodes.unwrap_or(system.nodes);
    let names = system.names(nodes).map_err(Failure::usage)?;
    let folder = tempfile::tempdir().map_err(Failure::harness)?;
    let schedule = Schedule {
        schema: workloads::schedule::SCHEMA,
        workload: "observe".into(),
        seed: 0,
        nodes: names,
        duration: args.time,
        parameters: workloads::workload::Parameters::default(),
        coverage: Coverage::default(),
        steps: Vec::new(),
    };
    let mut plan = Plan {
        name: "observe".into(),
        folder: folder.path().to_owned(),
        system,
        set: args.cluster.settings.clone(),
        nodes,
        network: args.cluster.network,
        script: Script::Given(schedule),
        bound: None,
        directory: super::directory()?,
        command: std::env::args().collect(),
        surroundings: String::new(),
    };
    super::single::vet(&plan)?;
    plan.surroundings = super::enter_sandbox()?;
    let runtime = super::runtime()?;
    let finished = runtime.block_on(async {
        let (progress, _) = tokio::sync::watch::channel(Progress::default());
        run::run(plan, super::interrupts()?, progress)
            .await
            .map_err(|error| Failure { code: error.code(), message: error.to_string() })
    })?;
    show(&folder.path().join("history.jsonl"), args.format)?;
    match finished.trouble {
        Some(trouble) => Err(Failure::harness(trouble)),
        None => Ok(finished.exit).map(|exit| if exit == ExitCode::Interrupted { exit } else { ExitCode::Valid }),
    }
}

/// Prints what was observed, a line for each change and a count of what only repeated it.
fn show(history: &Path, format: Format) -> Result<(), Failure> {
    let text = std::fs::read_to_string(history).map_err(Failure::harness)?;
    let mut last = std::collections::BTreeMap::new();
    let mut repeats = std::collections::BTreeMap::<String, u64>::new();
    for raw in text.lines().skip(1) {
        let Ok(line) = serde_json::from_str::<Line<'_>>(raw) else { continue };
        if format == Format::Json {
            print(raw);
            continue;
        }
        let Some((who, what)) = understood(&line) else { continue };
        if last.insert(who.clone(), what.clone()).as_ref() == Some(&what) {
            *repeats.entry(who).or_default() += 1;
        } else {
            print(format!("{:>9.3}s  {who:<16} {what}", line.t.unwrap_or(0) as f64 / 1e9));
        }
    }
    for (who, count) in repeats {
        print(format!("            {who:<16} showed the same again {count} times"));
    }
    Ok(())
}

fn understood(line: &Line<'_>) -> Option<(String, String)> {
    let node = line.node.as_deref()?;
    let who = format!("{node} {}", line.observer.as_deref().or(line.event.as_deref()).unwrap_or("process"));
    match &*line.kind {
        "observe" => {
            let mut seen = vec![line.evidence.as_deref().unwrap_or("sampled").to_owned()];
            let named = |what: &str, name: &Option<Option<std::borrow::Cow<'_, str>>>| {
                name.as_ref().map(|name| format!("{what} {}", name.as_deref().unwrap_or("none")))
            };
            seen.extend(line.role.as_deref().map(str::to_owned));
            seen.extend(line.term.map(|term| format!("term {term}")));
            seen.extend(named("vote", &line.vote));
            seen.extend(named("leader", &line.leader));
            seen.extend(line.log.map(|[term, index]| format!("log {term}/{index}")));
            Some((who, seen.join(", ")))
        }
        "miss" => Some((who, format!("nothing: {}", line.error.as_deref().unwrap_or("no answer")))),
        "node" => Some((format!("{node} process"), line.event.as_deref().unwrap_or("?").to_owned())),
        _ => None,
    }
}
