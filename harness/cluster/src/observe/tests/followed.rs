//! Files that nodes write, and how they are rotated under the reader.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

use history::Evidence;

use super::super::Stream;
use super::super::journal::Journal;
use super::super::place::FileLocation;
use super::super::tail::{Bookmark, Followed, Tail};
use super::super::taker::{Grammar, SourceObserver, Taker};
use super::{Kept, kept, n1, three, until};
use crate::clock::Clock;

fn follow(path: &Path, bookmark: &Arc<Mutex<Bookmark>>, journal: &Journal) -> (Followed, Arc<Kept>) {
    let (kept, sink) = kept();
    let (clock, contract) = (Clock::start(), Grammar::Contract(three()));
    let reader =
        SourceObserver { observer: "events".into(), evidence: Evidence::Atomic, grammar: contract, replay: None };
    let taker = Taker::new(n1(), Stream::File, vec![reader], (clock, 0), sink);
    let log = journal.open(path.with_extension("kept"));
    let tail = Tail {
        place: FileLocation::Machine(path.to_owned()),
        bookmark: Arc::clone(bookmark),
        taker,
        clock,
        started: 0,
        log,
    };
    (tail.follow().unwrap(), kept)
}

fn write(path: &Path, terms: std::ops::Range<u64>) {
    let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    for term in terms {
        writeln!(file, "{{\"role\":\"follower\",\"term\":{term}}}").unwrap();
    }
}

fn terms(kept: &Kept) -> Vec<u64> {
    kept.sightings.lock().unwrap().iter().filter_map(|(_, seen)| seen.state.term).collect()
}

#[tokio::test]
async fn a_file_is_read_on_through_rotation_and_truncation_and_later_incarnations() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("node.log");
    write(&path, 900..902);
    let journal = Journal::start();
    let bookmark = Arc::new(Mutex::new(Bookmark::at_end(&FileLocation::Machine(path.clone()))));
    let (mut first, seen) = follow(&path, &bookmark, &journal);
    write(&path, 0..5);
    until(|| terms(&seen).len() == 5).await;
    // Renamed away, written to once more, and replaced.
    let old = folder.path().join("node.log.1");
    std::fs::rename(&path, &old).unwrap();
    write(&old, 5..7);
    write(&path, 7..10);
    until(|| terms(&seen).len() == 10).await;
    assert!(seen.gaps.lock().unwrap().is_empty());
    // Cut short.
    std::fs::write(&path, "").unwrap();
    until(|| seen.gaps.lock().unwrap().len() == 1).await;
    write(&path, 10..12);
    until(|| terms(&seen).len() == 12).await;
    write(&path, 12..13);
    first.finish().await;
    assert_eq!(terms(&seen), (0..13).collect::<Vec<_>>(), "nothing from before, and all to the end");
    let (mut second, seen) = follow(&path, &bookmark, &journal);
    write(&path, 13..14);
    second.finish().await;
    assert_eq!(terms(&seen), [13], "an incarnation has its own lines");
}

#[tokio::test]
async fn what_is_written_to_a_replaced_file_is_read_until_its_successor_is_written_to_and_a_gap_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let (path, old) = (folder.path().join("node.log"), folder.path().join("node.log.1"));
    write(&path, 0..1);
    let bookmark = Arc::new(Mutex::new(Bookmark::at_end(&FileLocation::Machine(path.clone()))));
    let journal = Journal::start();
    let (mut followed, seen) = follow(&path, &bookmark, &journal);
    write(&path, 1..2);
    until(|| terms(&seen).len() == 1).await;
    // As logrotate does it: the new file is made, and the program is told to open it later.
    std::fs::rename(&path, &old).unwrap();
    write(&path, 0..0);
    for term in 2..6 {
        write(&old, term..term + 1);
        until(|| terms(&seen).len() == usize::try_from(term).unwrap()).await;
    }
    write(&path, 6..7);
    until(|| terms(&seen).len() == 6).await;
    assert!(seen.gaps.lock().unwrap().is_empty(), "in order, and nothing is missing");
    write(&old, 7..8);
    until(|| seen.gaps.lock().unwrap().len() == 1).await;
    write(&path, 8..9);
    followed.finish().await;
    assert_eq!(terms(&seen), [1, 2, 3, 4, 5, 6, 8]);
    assert_eq!(seen.gaps.lock().unwrap().len(), 1, "told once");
}
