//! What a run that has ended changes: the ledger, the tally, and whether the campaign goes on.

use std::time::Instant;

use crate::results::{Ending, Entry};

use super::{Conductor, MOST_FAILED, Stop};
use crate::part;

impl Conductor<'_> {
    /// A finished run that counts: first its line, then everything else.
    pub(super) fn count(&mut self, entry: &Entry) {
        if let Err(error) = self.ledger.append(entry) {
            let path = self.campaign.folder.join(part::RUNS);
            self.stop_now(Stop::Trouble(format!(
                "cannot write {}: {error}; make room, and give the same command again to continue the campaign",
                path.display()
            )));
            return;
        }
        self.tally.add(entry);
        self.recent.push_back((Instant::now(), entry.digest.judged));
        let ending = entry.ending();
        self.failed_in_a_row = if ending == Ending::Harness { self.failed_in_a_row + 1 } else { 0 };
        if self.failed_in_a_row >= MOST_FAILED.max(2 * self.wanted()) && self.stop.is_none() {
            self.stop_now(Stop::Trouble(format!(
                "the last {} runs could not be carried out; the last one said: {}",
                self.failed_in_a_row, entry.sentence
            )));
        }
        if self.orders.fail_fast.is_some_and(|most| self.tally.ended(Ending::Invalid) >= most) && self.stop.is_none() {
            self.stop_now(Stop::FailFast);
        }
        if let Some(shrinks) = &mut self.shrinks {
            shrinks.failed(entry);
        }
        let (done, total) = (self.tally.total(), self.housekeeping.total);
        self.screen.ended(entry, done, total);
    }
}
