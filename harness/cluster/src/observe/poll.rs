//! Polls: observers that ask, over and over.
//!
//! There is one loop for every way of asking. One question is outstanding at a time, and its answer speaks of some instant
//! between the question and its receipt. So it is sampled evidence, whatever a system file says. What cannot be
//! had is a miss with its reason.

use std::sync::Arc;
use std::time::Duration;

use history::entry::State;
use history::{Evidence, Span};

use super::ids::Ids;
use super::{Miss, Sink, Who, events};
use crate::clock::Clock;

/// A way of asking.
pub(super) trait Ask: Send + 'static {
    /// Asks once. None: nothing is there that could be read yet. The error is a fragment such as "connection refused".
    fn ask(&mut self, poll: &Poll) -> impl Future<Output = Result<Option<Answer>, String>> + Send;
}

/// What an answer says.
pub(super) struct Answer {
    pub(super) said: State<'static>,
    /// When it was so, where that is known better than from when to when the asking took.
    pub(super) span: Option<Span>,
}

/// The polls of one observer, for one life of one node.
pub(super) struct Poll {
    /// The node that it asks.
    pub(super) who: Who,
    /// The observer's name.
    pub(super) observer: String,
    pub(super) every: Duration,
    /// The ids of the nodes.
    pub(super) ids: Arc<Ids>,
    /// The run's clock.
    pub(super) clock: Clock,
    /// Where the observations go.
    pub(super) sink: Arc<dyn Sink>,
}

impl Poll {
    /// Asks until it is aborted.
    pub(super) async fn run(self, mut way: impl Ask) {
        loop {
            let begun = self.clock.now();
            let asked = way.ask(&self).await;
            let span = [begun, self.clock.now()];
            match asked {
                Ok(None) => {}
                Ok(Some(answer)) => {
                    let span = answer.span.unwrap_or_else(|| Span::new(span[0], span[1]));
                    self.sink.sighting(span, events::seen(answer.said, &self.who, &self.observer, Evidence::Sampled));
                }
                Err(error) => {
                    let (who, observer) = (self.who.clone(), self.observer.clone());
                    self.sink.miss(Miss { who, observer, span, error });
                }
            }
            tokio::time::sleep(self.clock.until_next(self.every)).await;
        }
    }

    /// The node and the observer by their names.
    pub(super) fn names(&self) -> (&str, &str) {
        (&self.who.node, &self.observer)
    }
}

impl Answer {
    /// The answer that says this, at some time while it was asked for.
    pub(super) fn of(said: State<'static>) -> Option<Self> {
        Some(Self { said, span: None })
    }
}
