//! What clients saw, as a track over the run.

use history::entry::Probe;
use history::{Answer, Span};

use super::Held;

/// What attempts of the probe that ended alike showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// They were answered.
    pub answered: bool,
    /// How many there were.
    pub attempts: u64,
}

/// Puts the lines of the probe together.
#[derive(Debug, Default)]
pub(super) struct Clients {
    held: Vec<Held<Seen>>,
    /// The node that answered last.
    node: Option<String>,
    /// Why the last attempt failed that did.
    reason: Option<String>,
}

impl Clients {
    /// Takes a line; whether it says something new.
    pub(super) fn feed(&mut self, probe: &Probe<'_>, span: Span) -> bool {
        let Some(outcome) = probe.outcome.known() else { return true };
        let (answered, attempts) = (outcome == Answer::Answered, probe.attempts.unwrap_or(1));
        let since = self.held.last().map_or(0, |held| held.end);
        let (start, end) = (span.earliest.max(since), span.latest.max(since));
        if let Some(reason) = &probe.reason {
            self.reason = Some(reason.to_string());
        }
        let moved = probe.node.is_some() && self.node.as_deref() != probe.node.as_deref();
        if moved {
            self.node = probe.node.as_deref().map(str::to_owned);
        }
        match self.held.last_mut() {
            Some(last) if last.what.answered == answered => {
                last.end = end;
                last.what.attempts = last.what.attempts.saturating_add(attempts);
                moved
            }
            _ => {
                self.held.push(Held { start, end, what: Seen { answered, attempts } });
                true
            }
        }
    }

    /// What was seen, and why the last attempt failed that did.
    pub(super) fn finish(self) -> (Vec<Held<Seen>>, Option<String>) {
        (self.held, self.reason)
    }
}
