//! **harness-health**: what stalled, and what came of it; a stall never excuses safety.
//!
//! A stall is a time in which the harness itself did not run: a 5 ms timer overshot by more than 50 ms, a node waited
//! as long for a processor, or a disk took longer than the bound allows. What a busy machine delays is no bug of the
//! cluster, so `re-election` does not count that time. Stalls alone do no harm to a verdict; it is `unknown` only
//! if one of them excused what would have been a finding.

use super::finding::Findings;
use super::{Checker, Descriptor, Kind, Make};
use history::finding::trust::Statement;
use history::verdict::{Judgement, Verdict};
use history::{Body, Event, Names};

/// The checker's name.
pub const NAME: &str = "harness-health";

/// What is to be known of it.
pub const CHECKER: Descriptor = Descriptor {
    name: NAME,
    kind: Kind::Trust,
    needs: "nothing",
    claims: "the harness itself was not starved",
    told_first: false,
    make: Make::Fed(|_| Box::new(HarnessHealth::new())),
};

/// The checker; its definition is the module's.
#[derive(Debug, Clone, Default)]
pub struct HarnessHealth {
    stalls: u64,
    longest: u64,
    total: u64,
    windows: u64,
    findings: u64,
}

impl HarnessHealth {
    /// The checker before the first event.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Checker for HarnessHealth {
    fn name(&self) -> &'static str {
        NAME
    }

    fn is_blind_to_samples(&self) -> bool {
        true
    }

    fn feed(&mut self, event: &Event) {
        if let Body::Stall(stall) = event.body {
            let length = stall.span.latest - stall.span.earliest;
            self.stalls += 1;
            self.total = self.total.saturating_add(length);
            self.longest = self.longest.max(length);
        }
    }

    fn hear(&mut self, others: &[Judgement]) {
        let count = |what: &str| others.iter().filter_map(|judgement| judgement.counts.get(what)).sum();
        self.windows = count("windows-stalled");
        self.findings = count("findings-stalled");
    }

    fn finish(&mut self, _: &Names) -> Judgement {
        let excused = self.findings > 0;
        let statement = match self.stalls {
            0 if !excused => Statement::NeverStalled,
            stalls => {
                Statement::Stalled { stalls, total: self.total, longest: self.longest, windows: self.windows, excused }
            }
        };
        let mut judgement = Findings::default().judge(self.name(), statement);
        if excused {
            judgement.verdict = Verdict::Unknown;
        }
        judgement.counts = [
            ("stalls", self.stalls),
            ("stalled", self.total),
            ("longest-stall", self.longest),
            ("windows-stalled", self.windows),
            ("findings-stalled", self.findings),
        ]
        .map(|(what, count)| (what.to_owned(), count))
        .into();
        judgement
    }
}
