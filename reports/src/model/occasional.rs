//! Systems whose leaders lead only while there is something to do.
//!
//! Redis Sentinel elects a leader for one failover, and then has none until the next. Its claims say so (`occasional-leaders`),
//! and nothing of liveness is judged of it. A page that shows a bound, an availability of 0.0 % and red where no node leads
//! accuses it of what it never promised. So what is measured against a standing leader is left out of the model. Every page and
//! plot that is drawn from it has the right tone without asking.

use history::Header;
use history::Outcome;

/// Leaves out what such a system does not owe; of any other system, nothing.
pub(super) fn leave_out_what_is_not_owed(header: &mut Header, outcome: Option<&mut Outcome>) {
    if !header.claims.occasional_leaders {
        return;
    }
    header.bound = None;
    header.bound_from = None;
    // What `coverage` asks of such a system: that it elected at all, and that something was done to it.
    if let Some(required) = &mut header.coverage {
        required.elections = required.elections.min(1);
        required.faults = required.faults.min(1);
        (required.leader_hits, required.windows, required.expectations) = (0, 0, 0);
    }
    if let Some(outcome) = outcome {
        outcome.measures.availability = None;
        outcome.measures.interregna.clear();
        outcome.measures.led = None;
        outcome.measures.interregnum_quantiles = None;
        outcome.measures.needless_changes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn what_is_not_owed_is_not_shown_and_what_is_owed_stays() {
        let (sample, whole) = sample::valid();
        let (mut header, mut outcome) = (sample.header(), whole.clone());
        let bound = header.bound;
        leave_out_what_is_not_owed(&mut header, Some(&mut outcome));
        assert_eq!((header.bound, &outcome), (bound, &whole));
        assert!(bound.is_some() && outcome.measures.availability.is_some());
        header.claims.occasional_leaders = true;
        leave_out_what_is_not_owed(&mut header, Some(&mut outcome));
        assert_eq!((header.bound, outcome.measures.availability), (None, None));
        assert!(outcome.measures.interregna.is_empty() && outcome.measures.led.is_none());
        assert_eq!(outcome.measures.elections.len(), whole.measures.elections.len());
    }
}
