//! A file that is read whole, over and over: what a program keeps in it and writes anew.
//!
//! It is a poll like any other: sampled, because a program may be in the middle of writing when it is read. A file that is
//! not there says nothing.

use super::exec::understand_whole;
use super::place::FileLocation;
use super::poll::{Answer, Ask, Poll};
use crate::system::rule::Rule;

/// How much of a file is read, bytes.
const LONGEST: u64 = 1 << 20;

/// A file that is read for each answer.
pub(super) struct Text {
    pub(super) place: FileLocation,
    /// What it means.
    pub(super) rules: Vec<Rule>,
}

impl Ask for Text {
    async fn ask(&mut self, poll: &Poll) -> Result<Option<Answer>, String> {
        let place = self.place.clone();
        let read = tokio::task::spawn_blocking(move || read(&place)).await.unwrap_or(Ok(None));
        match read.map_err(|error| format!("{}: {error}", self.place.path().display()))? {
            None => Ok(None),
            Some(text) => understand_whole(&text, poll.names(), &self.rules, &poll.ids).map(Answer::of),
        }
    }
}

/// The file as it is; none where there is none, or where it is empty because it is about to be written.
fn read(place: &FileLocation) -> std::io::Result<Option<Vec<u8>>> {
    match place.read(LONGEST) {
        Ok(text) => Ok(Some(text).filter(|text| !text.is_empty())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
