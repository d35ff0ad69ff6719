//! The one room in which sentences are made: from values, for people.
//!
//! Everything in here is a function of a value and of nothing else, and nothing outside makes a sentence about a finding.
//! [`tell`] puts the sentences into an outcome when all that it says is decided; no program reads them again.

mod asked;
mod finding;
mod statement;
mod titles;

use crate::finding::{Belief, Circumstance, LeftOpen, Reservation};
use crate::verdict::{Judgement, Outcome, Violation};
use crate::{Role, Verdict};

pub use asked::percent;
pub use titles::title;

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
    finding::sentence(&violation.finding, &violation.circumstances)
}

/// The sentence of a judgement; none for a statement of another version. The sentences of its violations stand already.
pub fn judgement(judgement: &Judgement) -> Option<String> {
    let first = || judgement.told().map_or("", |first| first.sentence.as_str());
    statement::sentence(&judgement.statement, &judgement.checker, first)
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
    let words = match reservation {
        Reservation::SafetyNotJudged { claimed: true } => "safety not judged (there was no atomic evidence)",
        Reservation::SafetyNotJudged { claimed: false } => "safety not judged (the system claims none)",
        Reservation::NoEvidence => "there was no evidence for any checker",
        Reservation::NothingJudged => "nothing was judged",
        Reservation::HistoryTorn => "the history is cut off in the middle of its last line",
        Reservation::HistoryCutOff => "the history is cut off: it has no end",
        Reservation::UnknownNames(LeftOpen { count, line, what, name }) => {
            let (names, are) = if *count == 1 { ("name", "is") } else { ("names", "are") };
            let the = if what == "node" { String::new() } else { format!("the {what} ") };
            return Some(format!(
                "{count} {names} that {are} no node's count as unknown, such as {the}{name:?} in line {line}"
            ));
        }
        Reservation::LinesMissing(LeftOpen { count, line, name, .. }) => {
            let (gaps, leave) = if *count == 1 { ("gap", "leaves") } else { ("gaps", "leave") };
            return Some(format!(
                "{count} {gaps} in what was seen {leave} something open, such as {name}'s at line {line}"
            ));
        }
        Reservation::OtherGroup { lines } => {
            let of = if *lines == 1 { "line of another group was" } else { "lines of another group were" };
            return Some(format!("{lines} {of} passed over"));
        }
        Reservation::NotCompleted { reason } => return Some(format!("the run was not completed ({reason})")),
        Reservation::Foreign(_) => return None,
    };
    Some(words.to_owned())
}

/// What was so at the time: `; n4 was cut off from n1 and n2 at the time; n3 was paused`.
fn circumstances(all: &[Circumstance]) -> String {
    let one = |circumstance: &Circumstance| match circumstance {
        Circumstance::CutOff { node, from } => Some(format!("; {node} was cut off from {} at the time", list(from))),
        Circumstance::Paused { nodes } => {
            Some(format!("; {} {} paused", list(nodes), if nodes.len() == 1 { "was" } else { "were" }))
        }
        Circumstance::Believed { .. } | Circumstance::Foreign(_) => None,
    };
    all.iter().filter_map(one).collect()
}

/// What some nodes believed: `n1 was candidate in term 7, n2 was not seen`.
fn beliefs(all: &[Circumstance]) -> String {
    let one = |circumstance: &Circumstance| match circumstance {
        Circumstance::Believed { node, state: None } => Some(format!("{node} was not seen")),
        Circumstance::Believed { node, state: Some(Belief { role, term, leader }) } => {
            let role = role.map_or(String::new(), |role: Role| format!(" {}", role.as_str()));
            let term = term.map_or(String::new(), |term| format!(" in term {term}"));
            let leader = leader.as_ref().map_or(String::new(), |leader| format!(" naming {leader}"));
            Some(format!("{node} was{role}{term}{leader}"))
        }
        _ => None,
    };
    all.iter().filter_map(one).collect::<Vec<_>>().join(", ")
}

/// A time or a duration given in nanoseconds, in seconds: `12.301 s`.
fn seconds(nanoseconds: u64) -> String {
    let milliseconds = nanoseconds.saturating_add(500_000) / 1_000_000;
    let text = format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000);
    format!("{} s", text.trim_end_matches('0').trim_end_matches('.'))
}

/// `n1`, `n1 and n2`, `n1, n2 and n3`.
fn list(names: &[String]) -> String {
    match names {
        [] => "nobody".to_owned(),
        [only] => only.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

/// The verdict in capitals, with the kind of promise that was broken: `INVALID (safety)`.
pub fn headline(outcome: &Outcome) -> String {
    match outcome.verdict {
        Verdict::Valid => "VALID".to_owned(),
        Verdict::Unknown => "UNKNOWN".to_owned(),
        Verdict::Invalid => {
            let invalid = outcome.checkers.iter().filter(|one| one.judged && one.verdict == Verdict::Invalid);
            let mut kinds: Vec<(crate::finding::Kind, &str)> = invalid
                .map(|judgement| match judgement.kind {
                    crate::finding::Kind::Trust => (judgement.kind, judgement.checker.as_str()),
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
