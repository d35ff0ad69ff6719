//! **process**: invalid when a node died or panicked that no fault killed, after it was ready; before that it is the
//! harness or its environment that failed (exit 70), and the judgement is `unknown`.
//!
//! An exit was asked for if its line names the fault that did; if a fault whose kind ends processes names the node and was
//! begun before the exit was over, and the incarnation had been started before that fault was done; or if it may have
//! ended while the run was being torn down. A fault that may or may not have been carried out excuses as well: only
//! certainty accuses. A pause kills nobody.
//!
//! A fault of a disk may end a process or not, now or while it lasts: it excuses the end of an incarnation that had been
//! started before it was lifted, unless the system claims to survive it. A fault of a kind that nobody knows excuses
//! nothing; but nobody can say either that it had not ended such an incarnation, so that end is a suspicion, and the
//! judgement `unknown`.
//!
//! Lines of faults are recorded after they are done, so all of this is decided at the end. A node was *ready* if the
//! history says so or if anything was observed of that incarnation.
//!
//! A process that ended because it went on in another one (it *forked away*, as a daemon does) has not died, and its end
//! says nothing of the system: that is the harness's failure to be told to run it in the foreground, ready or not.

use std::collections::BTreeMap;

use super::Checker;
use super::finding::{Findings, Seen, not_judged};
use history::finding::{self, Finding, Statement, Unjudged};
use history::verdict::{Judgement, Verdict};
use history::{Body, Event, FaultEvent, Header, Installed, Life, Name, Names, NodeEvent, Stage};
use workloads::Descriptor;
use workloads::fault::Ends;

/// The checker; its definition is the module's.
#[derive(Debug, Default)]
pub struct Process {
    lives: BTreeMap<(Name, u32), Incarnation>,
    /// The incarnation of each node that was observed last, to be fast.
    observed: Vec<u32>,
    killers: Vec<Killer>,
    /// What the system claims to survive.
    survives: Vec<String>,
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

/// A fault that ends processes, or may.
#[derive(Debug)]
struct Killer {
    id: u32,
    does: &'static Descriptor,
    /// Its word in the history.
    kind: String,
    /// Empty: the history does not say whom.
    nodes: Vec<Name>,
    begun: u64,
    /// No process that was started later can have been ended by it.
    over: u64,
    line: Seen,
    lifted: bool,
}

impl Process {
    /// The checker before the first event.
    pub fn new(header: &Header) -> Self {
        Self { survives: header.claims.survives.clone(), ..Self::default() }
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

    fn fault(&mut self, fault: &FaultEvent, line: Seen) {
        if fault.stage == Stage::Lift {
            let open = |killer: &&mut Killer| killer.id == fault.id && !killer.lifted;
            let done = fault.outcome != Installed::Skipped;
            if let (true, Some(killer)) = (done, self.killers.iter_mut().find(open)) {
                let certainly = fault.outcome == Installed::Installed;
                killer.over = if certainly { killer.over.min(fault.span.latest) } else { killer.over };
                killer.lifted = true;
            }
            return;
        }
        let does = Descriptor::of(&fault.kind);
        let survived = does.ends == Ends::May && self.survives.iter().any(|word| does.is_survived_by(word));
        if does.ends == Ends::Never || survived || fault.outcome == Installed::Skipped {
            return;
        }
        let over = if does.kills() { fault.span.latest } else { u64::MAX };
        self.killers.push(Killer {
            id: fault.id,
            does,
            kind: fault.kind.clone(),
            nodes: if does.aimed { fault.nodes.clone() } else { Vec::new() },
            begun: fault.span.earliest,
            over,
            line,
            lifted: false,
        });
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
    /// It can have ended this incarnation.
    fn reaches(&self, node: Name, life: &Incarnation, exit: &Exit) -> bool {
        let named = self.nodes.is_empty() || self.nodes.contains(&node);
        let begun = self.begun <= exit.seen.span.latest;
        let was_running = life.started.is_none_or(|started| started <= self.over);
        named && begun && was_running
    }
}

impl Exit {
    fn how(&self) -> finding::Exit {
        match (self.signal, self.status) {
            (Some(signal), _) => finding::Exit::Signal(signal),
            (None, Some(status)) => finding::Exit::Status(status),
            (None, None) => finding::Exit::Unknown,
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
            Body::Fault(fault) => self.fault(fault, Seen::new(event, fault.span)),
            Body::Phase { phase, .. } if phase == "teardown" => drop(self.teardown.get_or_insert(event.t)),
            Body::End { .. } => drop(self.teardown.get_or_insert(event.t)),
            _ => {}
        }
    }

    fn finish(&mut self, names: &Names) -> Judgement {
        if !self.judged {
            return not_judged(self.name(), Unjudged::NoProcess);
        }
        let [mut deaths, mut failures, mut suspicions] = [(); 3].map(|()| Findings::default());
        for ((node, incarnation), life) in &self.lives {
            let Some(exit) = &life.exit else { continue };
            let mut reaching = self.killers.iter().filter(|killer| killer.reaches(*node, life, exit));
            if reaching.clone().any(|killer| killer.does.is_known()) {
                continue;
            }
            let (name, incarnation, how) = (names.text(*node).to_owned(), *incarnation, exit.how());
            let unknown = reaching.next();
            let (found, finding) = if exit.forked {
                (&mut failures, Finding::ForkedAway { node: name, incarnation })
            } else if let Some(fault) = unknown {
                let fault = fault.kind.clone();
                (&mut suspicions, Finding::DiedUnderUnknownFault { node: name, incarnation, exit: how, fault })
            } else if life.ready {
                (&mut deaths, Finding::DiedUnasked { node: name, incarnation, exit: how })
            } else {
                (&mut failures, Finding::NotReady { node: name, incarnation, exit: how })
            };
            let lines = [exit.seen].into_iter().chain(unknown.map(|fault| fault.line));
            found.push(names, finding, exit.seen.span, &[*node], None, lines);
        }
        let doubt = match (deaths.is_empty(), failures.is_empty()) {
            (false, _) => None,
            (true, false) => Some(Statement::HarnessFailed),
            (true, true) => Some(Statement::Suspected),
        };
        let found = [deaths, failures, suspicions].into_iter().find(|found| !found.is_empty()).unwrap_or_default();
        let mut judgement = found.judge(self.name(), Statement::NoDeaths);
        if let Some(doubt) = doubt.filter(|_| judgement.verdict == Verdict::Invalid) {
            (judgement.verdict, judgement.statement) = (Verdict::Unknown, doubt);
        }
        judgement
    }
}
