//! The judges: one checker a file, each fed event by event.

use crate::history::{Event, Header};
use crate::verdict::{Judgement, Outcome};

/// One checker. It sees every event once, in the order of the history, live or offline.
pub trait Checker {
    /// Its name, as the design's tables give it.
    fn name(&self) -> &'static str;

    /// Takes one event into account.
    fn feed(&mut self, event: &Event);

    /// Says what it found. Called once, after the last event.
    fn finish(&mut self) -> Judgement;
}

/// Judges a history that is fed to it event by event.
pub struct Bench {
    checkers: Vec<Box<dyn Checker>>,
}

impl Bench {
    /// All checkers that the header's claims ask for.
    pub fn new(_header: &Header) -> Self {
        Self { checkers: Vec::new() }
    }

    /// Hands an event to every checker.
    pub fn feed(&mut self, event: &Event) {
        for checker in &mut self.checkers {
            checker.feed(event);
        }
    }

    /// Merges what they say.
    pub fn finish(self) -> Option<Outcome> {
        None
    }
}
