//! What failures are grouped by, so that 300 failures of one bug are one line.
//!
//! A signature is the checker, what happened (the finding's code, and those of its parameters that are no chance), and the
//! faults in force. Each is a choice between two evils: what tells more splits one bug into many lines, what tells less hides
//! a bug behind another.
//!
//! *What happened* is values. Names of nodes, terms, times and the circumstances of a moment are chance: no two runs have the
//! same. That a vote was lost across a restart, or by which signal a process died, is not
//! ([`Finding::details`](history::finding::Finding::details)). No sentence enters it.
//!
//! *Faults in force* differ by chance. A double vote needs an election and does not care which of chaos's faults caused it. The
//! exact set of kinds would give that bug twenty lines. For the checkers of safety and of processes faults are triggers and do
//! not enter the signature. For those of liveness they are the condition under which the promise was broken. A cluster stuck with
//! a node dead and one stuck with a link cut are two bugs until shown otherwise. But only their classes count: `links`,
//! `processes`, `disks`, or none. In any case every failure has its exact kinds beside the signature, and the page shows how
//! often each was in force.
//!
//! A run that is invalid is grouped by its findings alone: that a broken cluster also failed its coverage is no news.
//!
//! *Earlier versions* wrote no codes, and grouped by the [masked](super::mask) sentence. Such groups are read, and keep their
//! name, marked ([`Cause::Told`]). A run of an earlier version that is read today is grouped as it was then.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use workloads::fault;

use super::entry::Failure;
use super::mask::mask;
use checkers::judge::Descriptor;
use history::finding::{Foreign, Kind, Lost, Reservation, Statement};
use history::verdict::{Judgement, Outcome, Verdict, Violation};
use history::words;

/// More signatures than this of one run are not told apart any further: the last one takes what follows.
const MOST: usize = 32;
/// The longest sentence that is kept, in characters.
const SENTENCE: usize = 400;
/// The longest name of a system, a checker or a fault that is kept, in characters.
const NAME: usize = 80;
/// The most kinds of faults that are kept of one failure, and the most details of one cause.
const KINDS: usize = 16;

/// The checker of runs that left no verdict.
pub const HARNESS: &str = "harness";
/// The checker of runs that are not valid though no checker says so: a history without end, safety not judged.
pub const RUN: &str = "run";

/// What failures of one cause have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Signature {
    pub system: String,
    /// The checker, [`HARNESS`] for a run that left no verdict, [`RUN`] for one that no checker objects to.
    pub checker: String,
    /// The classes of the faults in force, where they matter to what happened: `links`, `processes` …
    pub faults: Vec<String>,
    /// What happened.
    pub cause: Cause,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// As a value.
    Coded {
        /// The code of what was found.
        code: String,
        /// What else is no chance, as short words.
        details: Vec<String>,
    },
    /// As an earlier version grouped it: a sentence with names of nodes, numbers and times masked, without its
    /// circumstances.
    Told(String),
}

/// A signature as files have it. `text` is for people where there is a code, and all there is where there is none.
#[derive(Clone, Serialize, Deserialize)]
struct Stored {
    system: String,
    checker: String,
    #[serde(default)]
    faults: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    details: Vec<String>,
    #[serde(default)]
    text: String,
}

impl From<Stored> for Signature {
    fn from(Stored { system, checker, faults, code, details, text }: Stored) -> Self {
        let cause = match code {
            Some(code) => Cause::Coded { code, details },
            None => Cause::Told(text),
        };
        Self { system, checker, faults, cause }
    }
}

impl From<Signature> for Stored {
    fn from(signature: Signature) -> Self {
        let text = signature.cause.title();
        let Signature { system, checker, faults, cause } = signature;
        let (code, details) = match cause {
            Cause::Coded { code, details } => (Some(code), details),
            Cause::Told(_) => (None, Vec::new()),
        };
        Self { system, checker, faults, code, details, text }
    }
}

impl Cause {
    fn coded(code: &str, details: &[String]) -> Self {
        Self::Coded { code: cut(code, NAME), details: details.iter().take(KINDS).map(|one| cut(one, NAME)).collect() }
    }

    /// The code; none for what an earlier version grouped.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Coded { code, .. } => Some(code),
            Self::Told(_) => None,
        }
    }

    /// For people, without a mark: `a node voted twice in one term (restarted)`.
    pub fn title(&self) -> String {
        match self {
            Self::Told(text) => text.clone(),
            Self::Coded { code, details } => {
                let title = words::title(code).unwrap_or(code);
                if details.is_empty() { title.to_owned() } else { format!("{title} ({})", details.join(", ")) }
            }
        }
    }

    /// For people. What an earlier version grouped is marked, since the same bug may have another group beside it.
    pub fn label(&self) -> String {
        match self {
            Self::Told(_) => format!("{} (grouped by an earlier version)", self.title()),
            Self::Coded { .. } => self.title(),
        }
    }
}

impl Signature {
    /// Of one violation.
    pub fn of(system: &str, checker: &str, violation: &Violation, nodes: &[String]) -> Self {
        let owed = Descriptor::kind_of(checker) == Kind::Liveness;
        let faults = if owed { classes(&violation.faults) } else { Vec::new() };
        let cause = match violation.finding.code() {
            Some(code) => Cause::coded(code, &violation.finding.details()),
            None => Cause::Told(happened(&violation.sentence, nodes)),
        };
        Self { faults, ..Self::plain(system, checker, cause) }
    }

    /// Of a run that left no verdict behind.
    pub(super) fn of_lost(system: &str, lost: &Lost) -> Self {
        Self::plain(system, HARNESS, Cause::coded(&lost.code, &lost.details))
    }

    fn plain(system: &str, checker: &str, cause: Cause) -> Self {
        Self { system: cut(system, NAME), checker: cut(checker, NAME), faults: Vec::new(), cause }
    }
}

/// What a judgement says, where it is no violation that it is grouped by.
fn said(judgement: &Judgement, nodes: &[String]) -> Cause {
    let told = || judgement.told().map(|first| &first.finding);
    let cause = match &judgement.statement {
        Statement::Foreign(Foreign { code: None, .. }) => None,
        Statement::AssumptionBroken => {
            let suspicion = told().and_then(|finding| finding.code()).map(str::to_owned);
            Some(Cause::coded("assumption-broken", suspicion.as_slice()))
        }
        statement if statement.tells_of_a_violation() => {
            told().and_then(|finding| Some(Cause::coded(finding.code()?, &finding.details())))
        }
        statement => statement.code().map(|code| Cause::coded(code, &statement.details())),
    };
    cause.unwrap_or_else(|| Cause::Told(happened(&judgement.sentence, nodes)))
}

/// What keeps a run from being valid to which no checker objects.
fn reserved(outcome: &Outcome) -> Cause {
    let mut codes = outcome.reservations.iter().filter(|one| one.blocks()).filter_map(Reservation::code);
    let Some(first) = codes.next() else {
        // An earlier version says it in its sentence, after what its checkers said.
        let told = outcome.sentence.split_once("none broken; ").map_or(outcome.sentence.as_str(), |(_, told)| told);
        return Cause::Told(mask(told, &outcome.nodes));
    };
    Cause::coded(first, &codes.map(str::to_owned).collect::<Vec<_>>())
}

/// The masked sentence up to its circumstances: how earlier versions grouped.
fn happened(sentence: &str, nodes: &[String]) -> String {
    let masked = mask(sentence, nodes);
    masked.split("; ").next().unwrap_or_default().trim_end_matches('.').to_owned()
}

fn classes(kinds: &[String]) -> Vec<String> {
    let classes: BTreeSet<&str> = kinds.iter().map(|kind| fault::Descriptor::of(kind).class()).collect();
    classes.into_iter().map(str::to_owned).collect()
}

/// `text` cut to `longest` characters, control characters as spaces.
pub(super) fn cut(text: &str, longest: usize) -> String {
    text.chars().take(longest).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A sentence as an entry keeps it.
pub(super) fn sentence(text: &str) -> String {
    cut(text.trim(), SENTENCE)
}

/// What was wrong with a run that has a verdict, each signature once.
pub(super) fn failures(system: &str, outcome: &Outcome) -> Vec<Failure> {
    let mut found = Collected::default();
    let of_this = |judgement: &&Judgement| judgement.judged && judgement.verdict == outcome.verdict;
    match outcome.verdict {
        Verdict::Valid => return Vec::new(),
        Verdict::Invalid => {
            for judgement in outcome.checkers.iter().filter(of_this) {
                for violation in &judgement.violations {
                    let signature = Signature::of(system, &judgement.checker, violation, &outcome.nodes);
                    found.add(signature, Verdict::Invalid, &violation.sentence, &violation.faults);
                }
                if judgement.violations.is_empty() {
                    let signature = Signature::plain(system, &judgement.checker, said(judgement, &outcome.nodes));
                    found.add(signature, Verdict::Invalid, &judgement.sentence, &[]);
                }
            }
        }
        Verdict::Unknown => {
            for judgement in outcome.checkers.iter().filter(of_this) {
                let faults = judgement.told().map_or(&[][..], |suspicion| &suspicion.faults);
                let signature = Signature::plain(system, &judgement.checker, said(judgement, &outcome.nodes));
                found.add(signature, Verdict::Unknown, &judgement.sentence, faults);
            }
        }
    }
    if found.failures.is_empty() {
        let signature = Signature::plain(system, RUN, reserved(outcome));
        found.add(signature, outcome.verdict, &outcome.sentence, &[]);
    }
    found.failures
}

#[derive(Default)]
struct Collected {
    failures: Vec<Failure>,
}

impl Collected {
    fn add(&mut self, signature: Signature, verdict: Verdict, said: &str, faults: &[String]) {
        let known = self.failures.iter().position(|failure| failure.signature == signature);
        let known = known.or((self.failures.len() == MOST).then_some(MOST - 1));
        let place = known.unwrap_or(self.failures.len());
        if place == self.failures.len() {
            let sentence = sentence(said);
            self.failures.push(Failure { signature, verdict, count: 0, sentence, faults: Vec::new() });
        }
        let failure = &mut self.failures[place];
        failure.count += 1;
        failure.faults.extend(faults.iter().map(|kind| cut(kind, NAME)));
        failure.faults.sort_unstable();
        failure.faults.dedup();
        failure.faults.truncate(KINDS);
    }
}

#[cfg(test)]
pub(super) mod tests;
