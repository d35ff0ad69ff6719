//! What Raft takes for granted, and what follows when a fault takes it away.
//!
//! Raft promises nothing to a node that loses its disk, to a disk that forgets what it confirmed, and to messages
//! that change on the way. A schedule may do all three (`wipe`, lost unsynced writes, corruption whose checksum is
//! mended), to show what happens or because the system claims to survive it. Then a finding is no longer the
//! system's fault for certain, and *unknown* is the word for that.
//!
//! But not for every finding. What the lines before the injection prove, they still prove; and a node that was
//! never wiped may not vote twice because another was. So each checker says itself which of its findings a lost
//! memory can have caused ([`Checker::could_be_caused`](super::Checker::could_be_caused)); messages that were
//! changed on the way can cause any.

use std::collections::BTreeSet;

use history::event::{Life, NodeEvent};
use history::finding::Statement;
use history::run::Model;
use history::verdict::{Judgement, Verdict};
use history::{Body, Event, Header, Installed, Name, Names, Stage, Word};
pub use workloads::fault::Breach;
use workloads::fault::{Breaks, Descriptor, Sphere};

/// An assumption of Raft's that a fault broke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// What was broken.
    pub what: Breach,
    /// The nodes; empty when the history does not say, and then it may be any node's.
    pub nodes: Vec<Name>,
    /// Since when, at the earliest; nanoseconds since the run's zero.
    pub since: u64,
    /// By a disk that kept no more than POSIX promises.
    pub harsh: bool,
}

impl Broken {
    /// Whether it can have been this node that forgot.
    pub fn concerns(&self, node: &str, names: &history::Names) -> bool {
        self.nodes.is_empty() || self.nodes.iter().any(|name| names.text(*name) == node)
    }
}

/// What a fault of which the record leaves out the kind may have done.
const FORGOT: Breaks = Breaks { what: Breach::Amnesia, survives: "", only_mended: false, only_unplugged: false };

/// Collects the assumptions that a run's faults broke.
#[derive(Debug, Clone, Default)]
pub(super) struct Assumptions {
    survives: Vec<String>,
    /// Disks kept what POSIX promises and no more.
    strict: bool,
    /// The faults whose injection was told.
    injected: BTreeSet<u32>,
    /// How many names the header has.
    known: usize,
    /// The faults that lines of exits name, whom they ended, and since when.
    blamed: Vec<(u32, Name, u64)>,
    broken: Vec<Broken>,
}

impl Assumptions {
    pub(super) fn new(header: &Header) -> Self {
        let strict = header.disk.as_ref().and_then(Word::known) == Some(Model::Strict);
        let known = Names::of(header).len();
        Self { survives: header.claims.survives.clone(), strict, known, ..Self::default() }
    }

    pub(super) fn feed(&mut self, event: &Event) {
        let fault = match &event.body {
            Body::Fault(fault) => fault,
            Body::Node(NodeEvent { node, fault: Some(id), span, what: Life::Exit { .. }, .. }) => {
                self.blamed.push((*id, *node, span.earliest));
                return;
            }
            _ => return,
        };
        // What is lifted and of which no injection is told may have been in force from the beginning.
        let orphan = fault.stage == Stage::Lift && !self.injected.contains(&fault.id);
        if fault.stage == Stage::Inject {
            self.injected.insert(fault.id);
        }
        if (fault.stage == Stage::Lift && !orphan) || fault.outcome == Installed::Skipped {
            return;
        }
        let kind = Descriptor::of(&fault.kind);
        let so = |breaks: &Breaks| (fault.mended || !breaks.only_mended) && (fault.unplugged || !breaks.only_unplugged);
        // A kind that is named and not known excuses nothing; one that is left out may be any, a wipe for one.
        let untold = fault.kind.is_empty().then_some(FORGOT);
        let Some(breaks) = kind.breaks.filter(so).or(untold) else { return };
        // POSIX promises less than a disk keeps, and no claim is as wide as that.
        let harsh = self.strict && kind.acts_on == Sphere::Disk && breaks.what == Breach::Amnesia && kind.kills();
        if !harsh && self.survives.iter().any(|claimed| kind.is_survived_by(claimed)) {
            return;
        }
        // Somebody who is no node of the record may be any of them.
        let vague = fault.nodes.iter().any(|node| node.0 as usize >= self.known);
        let nodes = if vague { Vec::new() } else { fault.nodes.clone() };
        let since = if orphan { 0 } else { fault.span.earliest };
        self.broken.push(Broken { what: breaks.what, nodes, since, harsh });
    }

    /// All that was broken, or may have been: a fault that ended a process and of which nothing else is told may be any.
    fn all(&self) -> Vec<Broken> {
        let lost = self.blamed.iter().filter(|(id, ..)| !self.injected.contains(id));
        let lost = lost.map(|(_, node, since)| Broken {
            what: Breach::Amnesia,
            nodes: vec![*node],
            since: *since,
            harsh: false,
        });
        self.broken.iter().cloned().chain(lost).collect()
    }

    /// Takes from an `invalid` judgement the violations that a broken assumption `could` have caused. If none
    /// remains, the judgement is `unknown` and keeps them as suspicions.
    pub(super) fn temper(
        &self,
        judgement: &mut Judgement,
        could: impl Fn(&Broken, &history::verdict::Violation) -> bool,
    ) {
        if judgement.verdict != Verdict::Invalid {
            return;
        }
        let all = self.all();
        let excused = |violation: &history::verdict::Violation| {
            all.iter().any(|broken| {
                let before = violation.span[1] < broken.since;
                !before && (broken.what == Breach::Forgery || could(broken, violation))
            })
        };
        let (suspicions, proven): (Vec<_>, Vec<_>) = judgement.violations.drain(..).partition(excused);
        if suspicions.is_empty() {
            judgement.violations = proven;
            return;
        }
        judgement.counts.insert("assumption-broken".to_owned(), suspicions.len() as u64);
        judgement.headline = Some(0);
        if proven.is_empty() {
            let harsh = all.iter().all(|broken| broken.harsh);
            judgement.statement = if harsh { Statement::NotPromisedByPosix } else { Statement::AssumptionBroken };
            judgement.verdict = Verdict::Unknown;
            judgement.violations = suspicions;
        } else {
            judgement.violations = proven;
        }
    }
}
