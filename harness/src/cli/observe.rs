//! `interregnum observe`: a system without faults, and what each observer makes of it.
//!
//! This is for the author of a system file. Every line shows what an observer understood, or why it understood nothing. At the
//! end stands what the rules did not match, with examples. It is a run like any other, of a schedule without steps; what is
//! printed is read from its history as it is recorded.

mod advice;
mod summary;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use history::Known;
use history::entry::State;
use history::run::{Disks, Options};
use history::vocabulary::Kind;
use history::{Entry, Evidence, Phase, Record, RunFile, Word};
use workloads::{Coverage, Schedule};

use super::args::{Format, ObserveArgs};
use super::{CommandResult, Failure, asked, print};
use cluster::run::{self, Progress, RunPlan};
use cluster::system::{Ready, ReadySign, System};
use history::exit::ExitCode;

pub(super) fn run(args: &ObserveArgs) -> CommandResult {
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
        at_once: false,
        steps: Vec::new(),
    };
    let (whole, ready) = (system.clone(), system.ready.clone());
    // Its pages would never be seen.
    let options = Options { mtu: args.mtu, disk: Disks::None, ..Options::default() };
    let common = asked::common(&args.cluster.settings, args.cluster.network, &options)?;
    let file = RunFile { run: "observe".into(), nodes, brief: true, ..common };
    let mut plan =
        RunPlan { folder: folder.path().to_owned(), watched: true, ..RunPlan::new(file, system, Some(schedule)) };
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
        let (progress, seen) = tokio::sync::watch::channel(Progress::default());
        tokio::spawn(tell_waiting(seen, ready));
        run::run(plan, super::interrupts()?, progress)
            .await
            // The pages of a cluster that was only watched are not looked at.
            .map(|(finished, _pages)| finished)
            .map_err(|error| Failure { code: error.code(), message: error.to_string() })
    });
    over.store(true, Ordering::Release);
    let seen = shown.join().unwrap_or_default();
    if args.format != Format::Json {
        let nodes = folder.path().join("nodes");
        if let Some(wanted) = &args.grep {
            summary::grep(&whole, &names, &nodes, wanted);
        }
        let strangers = summary::tell(&whole, &names, &nodes);
        for line in advice::of(&whole, &names, &seen, strangers) {
            print(format!("to add: {line}"));
        }
    }
    let finished = finished.and_then(|finished| match finished.trouble {
        Some(lost) => Err(Failure::harness(lost.sentence)),
        None => Ok(finished.exit),
    });
    if finished.is_err() {
        // What went wrong is said with the places where more can be read.
        let _ = folder.keep();
    }
    finished.map(|exit| if exit == ExitCode::Interrupted { exit } else { ExitCode::Valid })
}

/// How long a wait needs no message.
const PATIENCE: Duration = Duration::from_secs(2);

/// Says what is waited for if the time to watch does not begin soon.
async fn tell_waiting(mut seen: tokio::sync::watch::Receiver<Progress>, ready: Ready) {
    let begun = seen.wait_for(|progress| progress.phase.is_some_and(|phase| phase != Phase::Setup));
    if tokio::time::timeout(PATIENCE, begun).await.is_ok() {
        return;
    }
    let view = seen.borrow().view.clone();
    let silent = view.nodes.iter().filter(|node| node.term.is_none() && node.role.is_none());
    let silent: Vec<_> = silent.map(|node| node.name.as_str()).collect();
    let what = match ready.sign {
        ReadySign::Observation if silent.is_empty() => "the last sign that the nodes are ready".to_owned(),
        ReadySign::Observation => format!("a first observation of {}", silent.join(", ")),
        ReadySign::Tcp(_) => "every node to accept a connection where [ready] says".to_owned(),
        ReadySign::Http { .. } => "every node to answer as [ready] says".to_owned(),
    };
    let limit = humantime::format_duration(ready.timeout);
    eprintln!("interregnum: waiting for {what}; the time to watch begins then, or this ends after {limit}");
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
    seen: advice::Seen,
    /// By observer that asks: how often a name stood in its answers that no node is known by, and the first.
    strangers: BTreeMap<String, (u64, String)>,
}

impl Shown {
    fn new(history: PathBuf, format: Format) -> Self {
        let (last, repeats, strangers) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let seen = advice::Seen::default();
        Self { history, format, offset: 0, begun: Vec::new(), header: false, last, repeats, strangers, seen }
    }

    /// Prints what is recorded, as it is, until it is over: a line for each change, and a count of what only repeated it.
    /// What was seen, for advice.
    fn follow(mut self, over: &AtomicBool) -> advice::Seen {
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
        for (observer, (count, first)) in self.strangers {
            print(format!("{observer}: {count} times a name stood there that no node is known by, such as {first}"));
        }
        self.seen
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
        let Ok(record) = Record::read_whole(raw) else { return };
        if self.format == Format::Json {
            return print(raw);
        }
        self.seen.take(&record.entry);
        self.count_strangers(&record.entry);
        let Some((who, what)) = understood(&record.entry) else { return };
        if self.last.insert(who.clone(), what.clone()).as_ref() == Some(&what) {
            *self.repeats.entry(who).or_default() += 1;
        } else {
            print(format!("{:>9.3}s  {who:<16} {what}", record.t.unwrap_or(0) as f64 / 1e9));
        }
    }
}

impl Shown {
    /// Those in answers; what stands in logs is counted from the logs.
    fn count_strangers(&mut self, entry: &Entry<'_>) {
        let Entry::Observe(seen) = entry else { return };
        let asked = seen.evidence.as_ref().is_some_and(|evidence| evidence.is(Evidence::Sampled));
        for (name, field) in [(&seen.state.vote_id, "vote"), (&seen.state.leader_id, "leader")] {
            if let Some(name) = name.as_ref().filter(|_| asked) {
                let observer = seen.observer.as_deref().unwrap_or_default().to_owned();
                let first = || (0, format!("the {field} {name:?} of {}", seen.node));
                self.strangers.entry(observer).or_insert_with(first).0 += 1;
            }
        }
    }
}

fn understood(entry: &Entry<'_>) -> Option<(String, String)> {
    let who =
        |node: &str, observer: &Option<Cow<'_, str>>| format!("{node} {}", observer.as_deref().unwrap_or("process"));
    match entry {
        Entry::Observe(seen) => {
            let evidence = seen.evidence.as_ref().and_then(Word::known).unwrap_or_default();
            Some((who(&seen.node, &seen.observer), said(evidence, &seen.state)))
        }
        Entry::Miss(miss) => {
            let why = miss.error.as_deref().unwrap_or("no answer");
            Some((who(&miss.node, &miss.observer), format!("nothing: {why}")))
        }
        Entry::Node(node) => {
            let why = node.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
            Some((format!("{} process", node.node), format!("{}{why}", node.event.text())))
        }
        Entry::Probe(probe) => {
            let by = probe.node.as_deref().map(|node| format!(" by {node}")).unwrap_or_default();
            let why = probe.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
            Some((Kind::Probe.as_str().to_owned(), format!("{}{by}{why}", probe.outcome.text())))
        }
        _ => None,
    }
}

/// What a node said, in words.
fn said(evidence: Evidence, state: &State<'_>) -> String {
    let named = |what: &str, name: &Known<Cow<'_, str>>| {
        name.as_ref().map(|name| format!("{what} {}", name.as_deref().unwrap_or("none")))
    };
    let mut seen = vec![evidence.to_string()];
    seen.extend(state.role.as_ref().map(|role| role.text().to_owned()));
    seen.extend(state.term.map(|term| format!("term {term}")));
    seen.extend(named("vote", &state.vote));
    seen.extend(named("leader", &state.leader));
    for (name, field) in [(&state.vote_id, "vote"), (&state.leader_id, "leader")] {
        seen.extend(name.as_ref().map(|name| format!("{field} {name:?} (no node is known by it)")));
    }
    seen.extend(state.log.map(|[term, index]| format!("log {term}/{index}")));
    seen.join(", ")
}
