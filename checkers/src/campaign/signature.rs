//! What failures are grouped by, so that 300 failures of one bug are one line.
//!
//! A signature is the checker, what happened (the sentence, [masked](super::mask)), and the faults in force. Each is a
//! choice between two evils: what tells more splits one bug into many lines, what tells less hides a bug behind another.
//!
//! *What happened* ends where a sentence turns to its circumstances, at the first semicolon: "; n4 was cut off from n1 at
//! the time", "; n1 was candidate in term 7, n2 was not seen". They are snapshots of a moment, and no two are alike.
//!
//! *Faults in force* differ by chance. A double vote needs an election and does not care which of chaos's faults
//! caused it, so the exact set of kinds would give that bug twenty lines. For the checkers of safety and of processes faults
//! are triggers and do not enter the signature. For those of liveness they are the condition under which the promise
//! was broken (a cluster that is stuck with a node dead and one that is stuck with a link cut are two bugs until shown
//! otherwise), but only their classes do: `links`, `processes`, `disks`, or none. In any case every failure has its exact
//! kinds beside the signature, and the page shows how often each was in force.
//!
//! A run that is invalid is grouped by its findings alone: that a broken cluster also failed its coverage is no news.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use workloads::fault;

use super::entry::Failure;
use super::mask::mask;
use crate::judge::Descriptor;
use history::finding::Kind;
use history::verdict::{Judgement, Outcome, Verdict, Violation};

/// More signatures than this of one run are not told apart any further: the last one takes what follows.
const MOST: usize = 32;
/// The longest sentence that is kept, in characters.
const SENTENCE: usize = 400;
/// The longest name of a system, a checker or a fault that is kept, in characters.
const NAME: usize = 80;
/// The most kinds of faults that are kept of one failure.
const KINDS: usize = 16;

/// The checker of runs that left no verdict.
pub const HARNESS: &str = "harness";
/// The checker of runs that are not valid though no checker says so: a history without end, safety not judged.
pub const RUN: &str = "run";

/// What failures of one cause have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Signature {
    /// The system.
    pub system: String,
    /// The checker, [`HARNESS`] for a run that left no verdict, [`RUN`] for one that no checker objects to.
    pub checker: String,
    /// The classes of the faults in force, where they matter to what happened: `links`, `processes` …
    pub faults: Vec<String>,
    /// The sentence with names of nodes, numbers and times masked, without its circumstances.
    pub text: String,
}

impl Signature {
    /// Of one violation.
    pub fn of(system: &str, checker: &str, violation: &Violation, nodes: &[String]) -> Self {
        let owed = Descriptor::kind_of(checker) == Kind::Liveness;
        let faults = if owed { classes(&violation.faults) } else { Vec::new() };
        Self { faults, ..Self::plain(system, checker, &happened(&violation.sentence, nodes)) }
    }

    /// Of a run that left no verdict behind, by its last words.
    pub fn of_last_words(system: &str, last_words: &str) -> Self {
        Self::plain(system, HARNESS, &mask(last_words, &[]))
    }

    fn plain(system: &str, checker: &str, text: &str) -> Self {
        Self { system: cut(system, NAME), checker: cut(checker, NAME), faults: Vec::new(), text: text.to_owned() }
    }
}

/// The masked sentence up to its circumstances.
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
                    let text = happened(&judgement.sentence, &outcome.nodes);
                    let signature = Signature::plain(system, &judgement.checker, &text);
                    found.add(signature, Verdict::Invalid, &judgement.sentence, &[]);
                }
            }
        }
        Verdict::Unknown => {
            for judgement in outcome.checkers.iter().filter(of_this) {
                let text = happened(&judgement.sentence, &outcome.nodes);
                let faults = judgement.violations.first().map_or(&[][..], |suspicion| &suspicion.faults);
                let signature = Signature::plain(system, &judgement.checker, &text);
                found.add(signature, Verdict::Unknown, &judgement.sentence, faults);
            }
        }
    }
    if found.failures.is_empty() {
        // What keeps such a run from being valid stands in its sentence, after what its checkers said.
        let told = outcome.sentence.split_once("none broken; ").map_or(outcome.sentence.as_str(), |(_, told)| told);
        let signature = Signature::plain(system, RUN, &mask(told, &outcome.nodes));
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
