//! The one room in which sentences are made: from values, for people.
//!
//! The words of a code stand beside its variant in [`crate::finding`], and only this room asks for them. All is a function of a value and of nothing else.
//! [`tell`] puts the sentences into an outcome when all that it says is decided; no program reads them again.

mod asked;

pub use asked::LEAD_UNKNOWN;
pub(crate) mod parts;

use crate::Verdict;
use crate::finding::{self, Reservation};
use crate::verdict::{Judgement, Outcome, Violation};

/// Renders every sentence of an outcome: of its violations, its judgements, and its own. Where a value is of another version
/// and has no words here, the sentence that is there stays.
pub fn tell(outcome: &mut Outcome) {
    for judgement in &mut outcome.checkers {
        for violation in &mut judgement.violations {
            if let Some(sentence) = self::violation(violation) {
                violation.sentence = sentence;
            }
        }
        if let Some(sentence) = self::judgement(judgement) {
            judgement.sentence = sentence;
        }
    }
    outcome.sentence = self::outcome(outcome);
}

/// The sentence of a violation; none for a finding of another version.
pub fn violation(violation: &Violation) -> Option<String> {
    violation.finding.sentence(&violation.circumstances)
}

/// The sentence of a judgement; none for a statement of another version. The sentences of its violations stand already.
pub fn judgement(judgement: &Judgement) -> Option<String> {
    let first = || judgement.told().map_or("", |first| first.sentence.as_str());
    judgement.statement.sentence(&judgement.checker, first)
}

/// The sentence of an outcome, whose judgements have theirs: what was found first, or what was asked and how it went, and
/// every reservation.
fn outcome(outcome: &Outcome) -> String {
    let mut parts = Vec::new();
    match outcome.spoken() {
        Some((judgement, _)) => parts.push(judgement.sentence.trim_end_matches('.').to_owned()),
        None => parts.push(asked::sentence(outcome)),
    }
    parts.extend(outcome.reservations.iter().filter_map(reservation));
    format!("{}.", parts.join("; "))
}

/// A reservation in words, without a full stop; none for one of another version.
pub fn reservation(reservation: &Reservation) -> Option<String> {
    reservation.sentence()
}

/// What a code means, in a few words without names and numbers; none for one that this version does not know.
pub fn title(code: &str) -> Option<&'static str> {
    finding::titles().find(|(known, _)| *known == code).map(|(_, title)| *title)
}

/// What clients saw, and beside it for how long there was no leader: `clients failed for 4.9 s; no leader for 4.4 s`.
pub fn clients(clients: &crate::measures::Clients) -> String {
    asked::clients(clients)
}

/// The verdict in capitals, with the kind of promise that was broken: `INVALID (safety)`.
pub fn headline(outcome: &Outcome) -> String {
    match outcome.verdict {
        Verdict::Valid => "VALID".to_owned(),
        Verdict::Unknown => "UNKNOWN".to_owned(),
        Verdict::Invalid => {
            let invalid = outcome.checkers.iter().filter(|one| one.judged && one.verdict == Verdict::Invalid);
            let mut kinds: Vec<(finding::Kind, &str)> = invalid
                .map(|judgement| match judgement.kind {
                    finding::Kind::Trust => (judgement.kind, judgement.checker.as_str()),
                    kind => (kind, kind.as_str()),
                })
                .collect();
            kinds.sort_by_key(|(kind, _)| *kind);
            kinds.dedup();
            let words: Vec<&str> = kinds.into_iter().map(|(_, word)| word).collect();
            if words.is_empty() { "INVALID".to_owned() } else { format!("INVALID ({})", words.join(", ")) }
        }
    }
}

/// Replaces every sentence of an outcome by `x`: for tests that nothing is decided by one.
pub fn mute(outcome: &mut Outcome) {
    let x = || "x".to_owned();
    outcome.sentence = x();
    for judgement in &mut outcome.checkers {
        judgement.sentence = x();
        judgement.violations.iter_mut().for_each(|violation| violation.sentence = x());
    }
}
