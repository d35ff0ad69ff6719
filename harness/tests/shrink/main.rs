//! `shrink` and the repetitions of `replay`, with the real binary and real clusters.

#![allow(clippy::unwrap_used)]

#[path = "../cli/place.rs"]
#[allow(dead_code)]
mod place;
#[path = "../skipped/mod.rs"]
mod skipped;

mod campaigns;
mod replays;
mod shrinks;

use place::Place;

/// A run that forgets its term and its vote: each restart shows it. Short and reliable.
const FORGETFUL: [&str; 6] = ["test", "re-election", "--by", "kill", "--set", "defect=vote-not-persisted"];

/// A place with such a run, and its folder.
fn forgetful() -> (Place, String) {
    let place = Place::new();
    let done = place.run(&FORGETFUL);
    assert_eq!(done.code, 1, "{done:?}");
    let run = place.latest().display().to_string();
    (place, run)
}
