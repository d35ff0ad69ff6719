//! A file that is read whole, over and over: what a program keeps in it and writes anew.
//!
//! It is a poll like any other: sampled, because a program may be in the middle of writing when it is read. A file that is
//! not there says nothing.

use std::sync::Arc;
use std::time::Duration;

use history::{Evidence, Span};

use super::events;
use super::exec::understand_whole;
use super::ids::Ids;
use super::place::Place;
use super::{Miss, Sink, Who};
use crate::clock::Clock;
use crate::system::rule::Rule;

/// How much of a file is read, bytes.
const LONGEST: u64 = 1 << 20;

/// Reads a file again and again, for one life of one node.
pub(super) struct Poller {
    /// The node of the text.
    pub(super) who: Who,
    /// The observer's name.
    pub(super) observer: String,
    /// Which.
    pub(super) place: Place,
    /// How often.
    pub(super) every: Duration,
    /// What it means.
    pub(super) rules: Vec<Rule>,
    /// The ids of the nodes.
    pub(super) ids: Arc<Ids>,
    /// The run's clock.
    pub(super) clock: Clock,
    /// Where the observations go.
    pub(super) sink: Arc<dyn Sink>,
}

impl Poller {
    /// Polls until it is aborted.
    pub(super) async fn run(self) {
        loop {
            let begun = self.clock.now();
            let place = self.place.clone();
            let read = tokio::task::spawn_blocking(move || read(&place)).await.unwrap_or(Ok(None));
            let who = (self.who.node.as_str(), self.observer.as_str());
            let answered = match read {
                Ok(None) => None,
                Ok(Some(text)) => Some(understand_whole(&text, who, &self.rules, &self.ids)),
                Err(error) => Some(Err(format!("{}: {error}", self.place.path().display()))),
            };
            let span = [begun, self.clock.now()];
            match answered {
                None => {}
                Some(Ok(said)) => {
                    let seen = events::seen(said, &self.who, &self.observer, Evidence::Sampled);
                    self.sink.sighting(Span::new(span[0], span[1]), seen);
                }
                Some(Err(error)) => {
                    let (who, observer) = (self.who.clone(), self.observer.clone());
                    self.sink.miss(Miss { who, observer, span, error });
                }
            }
            tokio::time::sleep(self.clock.until_next(self.every)).await;
        }
    }
}

/// The file as it is; none where there is none, or where it is empty because somebody is about to write it.
fn read(place: &Place) -> std::io::Result<Option<Vec<u8>>> {
    match place.read(LONGEST) {
        Ok(text) => Ok(Some(text).filter(|text| !text.is_empty())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
