//! What happened in a run, ready to be shown and with no idea of how.
//!
//! A history says things once, in the order in which they were learnt; a picture needs them by node and as intervals.
//! [`RunModel`] is that turn. It has a lane for each node with what its process and its role were and for how long. It has the
//! faults with beginning and end, the links that were cut, and a list of the lines worth a row. It is made in one pass and grows
//! with what *changed*, not with what was polled: a thousand identical answers are one interval.
//!
//! The model is for looking at, not for judging. Where it must choose (which observer to draw a node by) it takes atomic evidence
//! if the node has any, else what was sampled. A moment known only as a span is drawn at the span's end, the instant from which
//! it was certainly so. Verdicts, findings and numbers are taken from the outcome as they stand.

use std::path::PathBuf;

use history::measures::Election;
use history::verdict::Violation;
use history::{EndReason, Header, Outcome, Word};

use crate::verdict::Kind;

mod build;
mod clients;
mod fault;
mod lane;
pub mod names;
mod occasional;
pub mod pieces;
mod read;
mod row;
pub mod rows;
mod settings;
mod triggers;

pub use clients::Seen;
pub use fault::{Fault, LinkLane, LinkRule};
pub use lane::{Held, Lane, Life, Role};
pub use names::{Name, Names};
pub use row::{Row, RowContent, RowKind, State};
pub use triggers::Trigger;

/// Everything that a page or an export of one run shows. All times are nanoseconds since the run's zero.
#[derive(Debug, Clone, Default)]
pub struct RunModel {
    /// Where the run lies.
    pub folder: PathBuf,
    /// The header of its history.
    pub header: Header,
    /// What the checkers said.
    pub outcome: Option<Outcome>,
    /// Why there is no outcome, one sentence.
    pub unjudged: Option<String>,
    /// The command that made the run, if `run.json` has it.
    pub command: Option<String>,
    /// The settings of the system that were asked for and are not its usual ones, cleaned: `prevote=true`, `n1.log=1/2`.
    pub settings: Vec<String>,
    /// Whether the schedule lies beside the history.
    pub schedule: bool,
    /// The latest time that any line mentions.
    pub length: u64,
    /// How the file ends.
    pub end: End,
    /// One for each node, in the order of the header; names that only events mention come last.
    pub lanes: Vec<Lane>,
    /// Every fault of the history, skipped ones too, in the order of their injection.
    pub faults: Vec<Fault>,
    /// Links that were cut or degraded, by name.
    pub links: Vec<LinkLane>,
    pub phases: Vec<Held<String>>,
    /// When the harness did not run.
    pub stalls: Vec<Held<()>>,
    /// What clients saw; empty without a probe.
    pub clients: Vec<Held<Seen>>,
    /// Why the last attempt of a client failed that did.
    pub client_trouble: Option<String>,
    /// How many nodes claimed to lead.
    pub claimants: Vec<Held<u32>>,
    /// Terms that got a leader: from the measures, or without an outcome as the lanes show them.
    pub elections: Vec<Election>,
    /// What the checkers found, the certain findings first.
    pub findings: Vec<Finding>,
    /// When a node led effectively, 0 or 1, until where the judges looked; none where the outcome does not tell.
    pub effective: Option<Vec<Held<u32>>>,
    /// The faults that waited for a condition of the cluster.
    pub triggers: Vec<Trigger>,
    /// The names that lanes and rows mention.
    pub names: Names,
    /// The lines worth a row: every change, fault, phase and failure, but no answer that said nothing new. Of too many
    /// the weightiest.
    pub rows: Vec<Row>,
    /// How many lines were worth a row.
    pub changes: u64,
    /// Observations in all.
    pub observations: u64,
    /// Questions that got no answer.
    pub misses: u64,
}

/// How a history ends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct End {
    /// The reason given by its `end` line; none when it has no such line and so was cut off.
    /// Foreign: what went wrong, cleaned.
    pub reason: Option<Word<'static, EndReason>>,
    /// The last line is torn.
    pub torn: bool,
    /// Lines in the middle that are not events.
    pub unreadable: u64,
    /// Lines read, the header included.
    pub lines: u64,
}

/// One violation, with the checker that found it.
#[derive(Debug, Clone)]
pub struct Finding {
    /// Its number on the page, from 1.
    pub number: usize,
    pub checker: String,
    /// Its place among the checker's violations, from 0.
    pub place: usize,
    /// What kind of promise that checker watches over.
    pub kind: Kind,
    /// Whether the checker says `invalid`; otherwise the finding is a suspicion.
    pub certain: bool,
    /// What it found.
    pub violation: Violation,
}

impl RunModel {
    /// The outcome's findings, the certain ones first, in the order of the checkers.
    fn findings_of(outcome: &Outcome) -> Vec<Finding> {
        let mut findings: Vec<Finding> = outcome
            .checkers
            .iter()
            .flat_map(|judgement| {
                let certain = judgement.judged && judgement.verdict == history::Verdict::Invalid;
                judgement.violations.iter().enumerate().map(move |(place, violation)| Finding {
                    number: 0,
                    checker: judgement.checker.clone(),
                    place,
                    kind: judgement.kind,
                    certain,
                    violation: violation.clone(),
                })
            })
            .collect();
        findings.sort_by_key(|finding| !finding.certain);
        for (index, finding) in findings.iter_mut().enumerate() {
            finding.number = index + 1;
        }
        findings
    }
}

#[cfg(test)]
mod tests;
