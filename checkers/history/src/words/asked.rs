//! What was asked of a run that broke no promise, and how it went.

use crate::finding::{Statement, liveness};
use crate::measures::Clients;
use crate::numbers::{at_most, duration, seconds, share};
use crate::verdict::Outcome;

/// `13 times a leader was lost; the next led after at most 434 ms (5 s were allowed); a leader for 97 % of the time with a
/// majority`. Where nobody judged re-elections: how many promises were judged.
pub(super) fn sentence(outcome: &Outcome) -> String {
    let judged = outcome.checkers.iter().filter(|one| one.judged).map(|one| &one.statement);
    let Some(bound) = judged.filter_map(bound).next() else {
        let promises = outcome.promises;
        let judged = format!("{promises} promise{} judged, none broken", if promises == 1 { "" } else { "s" });
        return std::iter::once(judged)
            .chain(outcome.measures.clients.as_ref().map(clients))
            .collect::<Vec<_>>()
            .join("; ");
    };
    let measures = &outcome.measures;
    let followed = measures.re_elections().iter().filter(|election| election.adoption.is_some()).count();
    let mut parts = vec![match (measures.elections.len(), followed) {
        (0, _) => "no term got a leader".to_owned(),
        (1, _) => "no leader was replaced".to_owned(),
        // Nothing shows when a majority followed them.
        (all, 0) => format!("{} a new leader was elected", times(all - 1)),
        (_, lost) => format!("{} a leader was lost", times(lost)),
    }];
    if let Some(&longest) = measures.re_election_times().last() {
        // A majority that the grade owes nothing may be without a leader for longer than the bound.
        let allowed = match bound {
            Some(bound) if longest <= bound => format!(" ({} were allowed)", seconds(bound)),
            Some(bound) => format!(" ({} were allowed where there had to be one)", seconds(bound)),
            None => String::new(),
        };
        parts.push(format!("the next led after at most {}{allowed}", at_most(longest)));
    }
    match measures.availability {
        Some(led) => parts.push(format!("a leader for {} of the time with a majority", share(led))),
        None if measures.majority_time > 0 => parts.push(LEAD_UNKNOWN.to_owned()),
        None => {}
    }
    parts.extend(measures.clients.as_ref().map(clients));
    parts.join("; ")
}

/// `clients failed for 4.9 s; no leader for 4.4 s`: what the probe saw, and beside it the cluster in the same time.
pub(super) fn clients(clients: &Clients) -> String {
    let seen = match (clients.until_first, clients.failures) {
        (None, _) => return "clients were never answered".to_owned(),
        (Some(_), 0) => "clients never failed".to_owned(),
        // What a stall covers is nobody's failure.
        (Some(_), _) if clients.failed == 0 => "clients failed only while the machine stalled".to_owned(),
        (Some(_), _) => format!("clients failed for {}", duration(clients.failed)),
    };
    // What was before the first answer is counted nowhere else.
    let seen = match clients.until_first {
        Some(first) if clients.attempts_before > 0 && first >= LONG_START => {
            format!("clients were first answered after {}; then {seen}", duration(first))
        }
        _ => seen,
    };
    match clients.without_leader {
        Some(without) if without > 0 => format!("{seen}; no leader for {}", duration(without)),
        _ => seen,
    }
}

/// A cluster that serves its first client later than this did not merely start.
const LONG_START: u64 = 5_000_000_000;

/// What is said of availability where a record shows only when states began.
pub const LEAD_UNKNOWN: &str = "lines that show only transitions do not say how long there was a leader";

fn times(count: usize) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    }
}

/// The bound of `re-election`, if that is what is said.
fn bound(statement: &Statement) -> Option<Option<u64>> {
    match statement {
        Statement::Liveness(liveness::Statement::LeadersInTime { bound, .. }) => Some(*bound),
        _ => None,
    }
}
