//! **process**: invalid when a node died or panicked that no fault killed, after it was ready; before that it is the
//! harness or its environment that failed (exit 70), and the judgement is `unknown`.
//!
//! An exit was asked for if its line names the fault that did; if a fault that kills (`kill`, `stop`, `wipe`,
//! `restart-all`, or a kind this version does not know) names the node and was begun before the exit was over, and
//! the incarnation had been started before that fault was done; or if it may have ended while the run was being torn
//! down. A fault that may or may not have been carried out excuses as well: only certainty accuses. A pause kills
//! nobody.
//!
//! Lines of faults are recorded after they are done, so all of this is decided at the end. A node was *ready* if the
//! history says so or if anything was observed of that incarnation.
//!
//! A process that ended because it went on in another one (it *forked away*, as a daemon does) has not died, and its end
//! says nothing of the system: that is the harness's failure to be told to run it in the foreground, ready or not.

use std::collections::BTreeMap;

use super::Checker;
use super::finding::{Findings, Seen, not_judged};
use history::verdict::{Judgement, Verdict};
use history::{Body, Event, FaultEvent, Installed, Life, Name, Names, NodeEvent, Span, Stage};

/// The checker; its definition is the module's.
#[derive(Debug, Default)]
pub struct Process {
    lives: BTreeMap<(Name, u32), Incarnation>,
    /// The incarnation of each node that was observed last, to be fast.
    observed: Vec<u32>,
    killers: Vec<Killer>,
    /// Since when the run is being torn down, or over.
    teardown: Option<u64>,
    judged: bool,
}

#[derive(Debug, Default)]
struct Incarnation {
    /// When it was started, at the earliest.
    started: Option<u64>,
    ready: bool,
    /// An exit that nothing on its own line explains.
    exit: Option<Exit>,
}

#[derive(Debug)]
struct Exit {
    status: Option<i32>,
    signal: Option<i32>,
    forked: bool,
    seen: Seen,
}

/// A fault that ends processes.
#[derive(Debug)]
struct Killer {
    /// Empty: the history does not say whom.
    nodes: Vec<Name>,
    span: Span,
}

impl Process {
    /// The checker before the first event.
    pub fn new() -> Self {
        Self::default()
    }

    fn live(&mut self, event: &NodeEvent, line: Seen) {
        // A node whose pipes outlive it is reported late: what counts is when it ended, not when that was written down.
        let torn_down = self.teardown.is_some_and(|began| event.span.latest >= began);
        let life = self.lives.entry((event.node, event.incarnation)).or_default();
        match event.what {
            Life::Start => {
                self.judged = true;
                life.started = Some(event.span.earliest);
            }
            Life::Ready => life.ready = true,
            Life::Exit { status, signal, forked } => {
                self.judged = true;
                if event.fault.is_none() && !torn_down {
                    life.exit = Some(Exit { status, signal, forked, seen: line });
                }
            }
            Life::Stop | Life::Continue | Life::Eof | Life::Gap => {}
        }
    }

    fn fault(&mut self, fault: &FaultEvent) {
        let kills = !matches!(fault.kind.as_str(), "pause" | "stutter" | "cut" | "degrade");
        if kills && fault.stage == Stage::Inject && fault.outcome != Installed::Skipped {
            let nodes = if fault.kind == "restart-all" { Vec::new() } else { fault.nodes.clone() };
            self.killers.push(Killer { nodes, span: fault.span });
        }
    }

    fn observed(&mut self, node: Name, incarnation: u32) {
        let at = node.0 as usize;
        if self.observed.len() <= at {
            self.observed.resize(at + 1, 0);
        }
        if self.observed[at] != incarnation {
            self.observed[at] = incarnation;
            self.lives.entry((node, incarnation)).or_default().ready = true;
        }
    }
}

impl Killer {
    fn explains(&self, node: Name, life: &Incarnation, exit: &Exit) -> bool {
        let named = self.nodes.is_empty() || self.nodes.contains(&node);
        let begun = self.span.earliest <= exit.seen.span.latest;
        let was_running = life.started.is_none_or(|started| started <= self.span.latest);
        named && begun && was_running
    }
}

impl Exit {
    fn how(&self) -> String {
        match (self.signal, self.status) {
            (Some(signal), _) => format!("was ended by signal {signal}"),
            (None, Some(status)) => format!("exited with status {status}"),
            (None, None) => "ended".to_owned(),
        }
    }
}

impl Checker for Process {
    fn name(&self) -> &'static str {
        "process"
    }

    fn feed(&mut self, event: &Event) {
        match &event.body {
            Body::Observe(seen) => self.observed(seen.node, seen.incarnation),
            Body::Node(node) => self.live(node, Seen::new(event, node.span)),
            Body::Fault(fault) => self.fault(fault),
            Body::Phase { phase, .. } if phase == "teardown" => drop(self.teardown.get_or_insert(event.t)),
            Body::End { .. } => drop(self.teardown.get_or_insert(event.t)),
            _ => {}
        }
    }

    fn finish(&mut self, names: &Names) -> Judgement {
        if !self.judged {
            return not_judged(self.name(), "the history tells of no process");
        }
        let (mut deaths, mut failures) = (Findings::default(), Findings::default());
        for ((node, incarnation), life) in &self.lives {
            let Some(exit) = &life.exit else { continue };
            if self.killers.iter().any(|killer| killer.explains(*node, life, exit)) {
                continue;
            }
            let (node_text, how) = (names.text(*node), exit.how());
            let of = if *incarnation > 1 { format!(" (incarnation {incarnation})") } else { String::new() };
            let (found, sentence) = if exit.forked {
                (&mut failures, format!("harness failure: {node_text}{of} forked away; run it in the foreground."))
            } else if life.ready {
                (&mut deaths, format!("{node_text}{of} {how}, and no fault had asked for it."))
            } else {
                (&mut failures, format!("harness failure: {node_text}{of} {how} before it was ready."))
            };
            found.push(names, sentence, exit.seen.span, &[*node], None, [exit.seen]);
        }
        let found = if deaths.is_empty() { failures } else { deaths };
        let harness = found.first().is_some_and(|sentence| sentence.starts_with("harness failure"));
        let mut judgement = found.judge(self.name(), "no node died that no fault had killed".to_owned());
        if harness {
            judgement.verdict = Verdict::Unknown;
        }
        judgement
    }
}
