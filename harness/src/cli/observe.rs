//! `interregnum observe`: a system without faults, and what each observer makes of it.
//!
//! For whoever writes a system file: every line shows what an observer understood, or why it understood nothing, and at
//! the end stands what the rules did not match, with examples. It is a run like any other, of a schedule without steps;
//! what is printed is read from its history as it is recorded.

mod unmatched;

use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use history::Line;
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
        nodes: names.clone(),
        duration: args.time,
        parameters: workloads::workload::Parameters::default(),
        coverage: Coverage::default(),
        steps: Vec::new(),
    };
    let whole = system.clone();
    let mut plan = Plan {
        name: "observe".into(),
        folder: folder.path().to_owned(),
        system,
        set: args.cluster.settings.clone(),
        nodes,
        network: args.cluster.network,
        mtu: args.cluster.mtu,
        link_delay: None,
        data_in_memory: false,
        pcap: false,
        script: Script::Given(schedule),
        bound: None,
        directory: super::directory()?,
        command: std::env::args().collect(),
        surroundings: String::new(),
        brief: false,
    };
    super::single::vet(&plan)?;
    plan.surroundings = super::enter_sandbox()?;
    let runtime = super::runtime()?;
    let over = Arc::new(AtomicBool::new(false));
    let shown = {
        let (history, over, format) = (folder.path().join("history.jsonl"), Arc::clone(&over), args.format);
        std::thread::Builder::new().name("show".into()).spawn(move || Shown::new(history, format).follow(&over))
    };
    let shown = shown.map_err(Failure::harness)?;
    let finished = runtime.block_on(async {
        let (progress, _) = tokio::sync::watch::channel(Progress::default());
        run::run(plan, super::interrupts()?, progress)
            .await
            .map_err(|error| Failure { code: error.code(), message: error.to_string() })
    });
    over.store(true, Ordering::Release);
    let _ = shown.join();
    let finished = finished?;
    if args.format != Format::Json {
        unmatched::tell(&whole, &names, &folder.path().join("nodes"));
    }
    match finished.trouble {
        Some(trouble) => Err(Failure::harness(trouble)),
        None => Ok(finished.exit).map(|exit| if exit == ExitCode::Interrupted { exit } else { ExitCode::Valid }),
    }
}

/// How often the history is read on.
const LOOK: Duration = Duration::from_millis(50);

/// What has been shown of a history that is being written.
struct Shown {
    history: PathBuf,
    format: Format,
    offset: u64,
    begun: Vec<u8>,
    header: bool,
    last: BTreeMap<String, String>,
    repeats: BTreeMap<String, u64>,
}

impl Shown {
    fn new(history: PathBuf, format: Format) -> Self {
        let (last, repeats) = (BTreeMap::new(), BTreeMap::new());
        Self { history, format, offset: 0, begun: Vec::new(), header: false, last, repeats }
    }

    /// Prints what is recorded, as it is, until it is over: a line for each change, and a count of what only repeated it.
    fn follow(mut self, over: &AtomicBool) {
        loop {
            // Asked before the last look, so that nothing recorded before the end is missed.
            let last = over.load(Ordering::Acquire);
            self.read_on();
            if last {
                break;
            }
            std::thread::sleep(LOOK);
        }
        for (who, count) in self.repeats {
            print(format!("            {who:<16} showed the same again {count} times"));
        }
    }

    fn read_on(&mut self) {
        let Ok(mut file) = std::fs::File::open(&self.history) else { return };
        let from = file.seek(SeekFrom::Start(self.offset));
        let (Ok(_), Ok(read)) = (from, file.read_to_end(&mut self.begun)) else { return };
        self.offset += read as u64;
        let Some(end) = self.begun.iter().rposition(|&byte| byte == b'\n') else { return };
        let whole: Vec<u8> = self.begun.drain(..=end).collect();
        for raw in String::from_utf8_lossy(&whole).lines() {
            if std::mem::replace(&mut self.header, true) {
                self.line(raw);
            }
        }
    }

    fn line(&mut self, raw: &str) {
        let Ok(line) = serde_json::from_str::<Line<'_>>(raw) else { return };
        if self.format == Format::Json {
            return print(raw);
        }
        let Some((who, what)) = understood(&line) else { return };
        if self.last.insert(who.clone(), what.clone()).as_ref() == Some(&what) {
            *self.repeats.entry(who).or_default() += 1;
        } else {
            print(format!("{:>9.3}s  {who:<16} {what}", line.t.unwrap_or(0) as f64 / 1e9));
        }
    }
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
            let unknown = line.other.iter().filter(|(key, _)| key.ends_with("-id"));
            seen.extend(unknown.map(|(key, id)| format!("{key} {id} (not learnt)")));
            seen.extend(line.log.map(|[term, index]| format!("log {term}/{index}")));
            Some((who, seen.join(", ")))
        }
        "miss" => Some((who, format!("nothing: {}", line.error.as_deref().unwrap_or("no answer")))),
        "node" => Some((format!("{node} process"), line.event.as_deref().unwrap_or("?").to_owned())),
        _ => None,
    }
}
