//! What the run that is to be shrunk says about itself: which checkers it tripped, and which faults are suspected.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;

use history::{Body, FaultEvent, Installed, Names, Reader, Stage};
use history::{Outcome, Verdict};
use workloads::shrink::Hit;
use workloads::{Link, StepId};

/// A recorded run, judged again.
#[derive(Debug)]
pub struct Original {
    /// What the checkers say of it.
    pub outcome: Outcome,
    /// Each installed fault: when it was injected, when it was lifted, and the nodes it hit.
    faults: BTreeMap<StepId, FaultLife>,
}

#[derive(Debug)]
struct FaultLife {
    injected: u64,
    lifted: u64,
    hit: Hit,
}

impl Original {
    /// Reads and judges the history of a run's folder. The error is a sentence.
    ///
    /// # Errors
    /// When there is no history, or it is none.
    pub fn read(run: &Path) -> Result<Self, String> {
        let history = run.join("history.jsonl");
        let wrong = |error: &dyn std::fmt::Display| format!("{error}; name the folder of a run");
        let outcome = checkers::judge::judge_file(&history).map_err(|error| wrong(&error))?;
        let file = File::open(&history).map_err(|error| wrong(&error))?;
        let mut reader = Reader::new(file).map_err(|error| wrong(&error))?;
        let mut faults = BTreeMap::new();
        while let Some(event) = reader.next_event().map_err(|error| wrong(&error))? {
            if let Body::Fault(fault) = &event.body {
                note(&mut faults, fault, reader.names());
            }
        }
        Ok(Self { outcome, faults })
    }

    /// The nodes that each installed fault hit.
    pub fn hits(&self) -> BTreeMap<StepId, Hit> {
        self.faults.iter().map(|(id, life)| (*id, life.hit.clone())).collect()
    }

    /// Sets of faults each of which may be enough to trip one of these checkers, the likeliest first. These are: the last fault
    /// before the promise was broken, those in force then, the last two, three, five and eight, and all before.
    pub fn suspects(&self, checkers: &[String]) -> Vec<BTreeSet<StepId>> {
        let judgements = self.outcome.checkers.iter().filter(|judgement| checkers.contains(&judgement.checker));
        let broken = judgements.flat_map(|judgement| judgement.violations.iter().map(|violation| violation.span[1]));
        let Some(broken) = broken.min() else { return Vec::new() };
        let mut before: Vec<(u64, StepId)> = self.before(broken).map(|(id, life)| (life.injected, id)).collect();
        before.sort_unstable_by(|a, b| b.cmp(a));
        let last = |count: usize| before.iter().take(count).map(|(_, id)| *id).collect::<BTreeSet<_>>();
        let in_force = self.before(broken).filter(|(_, life)| life.lifted >= broken).map(|(id, _)| id).collect();
        let mut suspects: Vec<BTreeSet<StepId>> = vec![last(1), in_force];
        suspects.extend([2, 3, 5, 8, before.len()].map(last));
        suspects.retain(|suspects| !suspects.is_empty());
        suspects
    }

    fn before(&self, broken: u64) -> impl Iterator<Item = (StepId, &FaultLife)> {
        self.faults.iter().filter(move |(_, life)| life.injected <= broken).map(|(id, life)| (*id, life))
    }
}

/// The checkers that found something, in the order in which checkers judge.
pub(super) fn tripped(outcome: &Outcome) -> Vec<String> {
    let invalid = outcome.checkers.iter().filter(|judgement| judgement.verdict == Verdict::Invalid);
    invalid.map(|judgement| judgement.checker.clone()).collect()
}

fn note(faults: &mut BTreeMap<StepId, FaultLife>, fault: &FaultEvent, names: &Names) {
    match (fault.stage, fault.outcome) {
        (Stage::Inject, Installed::Installed | Installed::Indeterminate) => {
            let text = |name| names.text(name).to_owned();
            let hit = Hit {
                nodes: fault.nodes.iter().map(|node| text(*node)).collect(),
                links: fault.links.iter().map(|(from, to)| Link::new(text(*from), text(*to))).collect(),
                operation: fault.operation.clone(),
            };
            faults.insert(fault.id, FaultLife { injected: fault.span.earliest, lifted: u64::MAX, hit });
        }
        (Stage::Lift, _) => {
            if let Some(life) = faults.get_mut(&fault.id) {
                life.lifted = fault.span.latest;
            }
        }
        (Stage::Inject, Installed::Skipped) => {}
    }
}
