//! Waiting for what a step waits for: conditions, asked of the recorded picture as it changes.

use std::time::Duration;

use history::entry::Expect;
use history::{Expectation, Record, Span};
use workloads::condition::{Met, Since};
use workloads::{Condition, StepId};

use super::Nemesis;

impl Nemesis {
    /// Waits until a condition holds; `None` when the time is over.
    pub(super) async fn wait_for(&self, condition: &Condition, timeout: Duration) -> Option<Met> {
        let done = match condition.since() {
            Some(step) => self.done(step).await,
            None => None,
        };
        let (before, mut changes) = self.recorder.follow();
        let since = Since {
            before,
            highest_term: done.and_then(|done| done.highest_term),
            highest_led: done.and_then(|done| done.highest_led),
        };
        if let Some(met) = condition.holds(&since.before, &since) {
            return Some(met);
        }
        let seen = async {
            while let Some(change) = changes.recv().await {
                if let Some(met) = condition.holds(&change.after, &since) {
                    return Some(met);
                }
            }
            None
        };
        tokio::time::timeout(timeout, seen).await.ok().flatten()
    }

    /// Notes whether a condition comes to hold in time.
    pub(super) async fn expect(&self, id: StepId, condition: &Condition, within: Duration) {
        let begun = self.recorder.clock().now();
        match self.unless_given_up(self.wait_for(condition, within)).await {
            Some(met) => {
                let outcome = if met.is_some() { Expectation::Met } else { Expectation::Unmet };
                self.record_expectation(id, condition, begun, outcome, None);
            }
            None => self.not_asked(id, condition, "the time for faults was over"),
        }
    }

    /// Notes that a condition was not even asked.
    pub(super) fn not_asked(&self, id: StepId, condition: &Condition, why: &str) {
        self.record_expectation(id, condition, self.recorder.clock().now(), Expectation::Skipped, Some(why));
    }

    fn record_expectation(
        &self,
        id: StepId,
        condition: &Condition,
        begun: u64,
        outcome: Expectation,
        why: Option<&str>,
    ) {
        let span = Span::new(begun, self.recorder.clock().now());
        let expect = Expect { reason: why.map(Into::into), ..Expect::of(id, condition, outcome) };
        self.recorder.record(Record::during(span, expect));
    }
}
