//! What was asked of a run that broke no promise, and how it went.

use super::parts::seconds;
use crate::finding::{Statement, liveness};
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
        parts.push(format!("the next led after at most {}{allowed}", short(longest)));
    }
    if let Some(share) = measures.availability {
        parts.push(format!("a leader for {} of the time with a majority", percent(share)));
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

/// `434 ms`, `1.204 s`; rounded up, since it is a most.
fn short(nanoseconds: u64) -> String {
    let milliseconds = nanoseconds.div_ceil(1_000_000);
    if milliseconds < 1000 { format!("{milliseconds} ms") } else { seconds(milliseconds * 1_000_000) }
}

/// `97 %`, rounded down: no share that is less than all is called all.
pub fn percent(share: f64) -> String {
    let tenths = (share.clamp(0.0, 1.0) * 1000.0 + 1e-9).floor();
    match tenths {
        t if t < 10.0 || (t > 990.0 && t < 1000.0) => format!("{:.1} %", t / 10.0),
        t => format!("{:.0} %", (t / 10.0).floor()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_share_that_is_less_than_all_is_called_all() {
        let all = [1.0, 0.9999, 0.994, 0.979, 0.12, 0.004, 0.0].map(percent);
        assert_eq!(all, ["100 %", "99.9 %", "99.4 %", "97 %", "12 %", "0.4 %", "0.0 %"]);
    }

    #[test]
    fn a_most_is_rounded_up() {
        assert_eq!([433_000_001, 999_500_000, 1_203_400_000].map(short), ["434 ms", "1 s", "1.204 s"]);
    }
}
