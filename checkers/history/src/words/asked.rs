//! What was asked of a run that broke no promise, and how it went.

use crate::finding::{Statement, liveness};
use crate::numbers::{at_most, seconds, share};
use crate::verdict::Outcome;

/// `13 times a leader was lost; the next led after at most 434 ms (5 s were allowed); a leader for 97 % of the time with a
/// majority`. Where nobody judged re-elections: how many promises were judged.
pub(super) fn sentence(outcome: &Outcome) -> String {
    let judged = outcome.checkers.iter().filter(|one| one.judged).map(|one| &one.statement);
    let Some(bound) = judged.filter_map(bound).next() else {
        let promises = outcome.promises;
        return format!("{promises} promise{} judged, none broken", if promises == 1 { "" } else { "s" });
    };
    let measures = &outcome.measures;
    let followed = measures.re_elections().iter().filter(|election| election.adoption.is_some()).count();
    let mut parts = vec![match (measures.elections.len(), followed) {
        (0, _) => "no term got a leader".to_owned(),
        (_, 0) => "no leader was replaced".to_owned(),
        (_, 1) => "once a leader was lost".to_owned(),
        (_, 2) => "twice a leader was lost".to_owned(),
        (_, times) => format!("{times} times a leader was lost"),
    }];
    if let Some(&longest) = measures.re_election_times().last() {
        // A majority that the grade owes nothing may be without a leader for longer than the bound.
        let allowed = match bound {
            Some(bound) if longest <= bound => format!(" ({} were allowed)", seconds(bound)),
            Some(bound) => format!(" ({} were allowed where one was owed)", seconds(bound)),
            None => String::new(),
        };
        parts.push(format!("the next led after at most {}{allowed}", at_most(longest)));
    }
    if let Some(led) = measures.availability {
        parts.push(format!("a leader for {} of the time with a majority", share(led)));
    }
    parts.join("; ")
}

/// The bound of `re-election`, if that is what is said.
fn bound(statement: &Statement) -> Option<Option<u64>> {
    match statement {
        Statement::Liveness(liveness::Statement::LeadersInTime { bound, .. }) => Some(*bound),
        _ => None,
    }
}
