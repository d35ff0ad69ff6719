//! The smallest schedules that the parts found, brought together.
//!
//! Several shards meet the same bug and shrink it each on its own; one schedule stands for each signature. As with the units of a
//! merge it is chosen by an order on the things themselves, never by which came first. A schedule whose folder is there comes
//! before one whose folder is lost; then the one with the fewest faults, then the one that fails most often. Its folder gets a
//! name made from its contents. Two shards may have used one name, and a merge of merges has to come to the same name again.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::page::Shrunk;
use crate::results::Signature;

use super::super::part::is_below;

/// What a campaign keeps of its shrinks, in its folder.
pub const FILE: &str = "shrunk.json";

/// A schedule, with the folder that it is to be copied from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SourcedSchedule {
    pub(super) shrunk: Shrunk,
    pub(super) from: Option<PathBuf>,
}

/// What a part found. A file that cannot be read has found nothing: the runs are what counts.
pub(super) fn read(part: &Path) -> Vec<(Signature, SourcedSchedule)> {
    let json = fs::read(part.join(FILE)).ok();
    let found: Vec<(Signature, Shrunk)> = json.and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default();
    found
        .into_iter()
        .map(|(signature, shrunk)| {
            let found = SourcedSchedule::of(part, &signature, shrunk);
            (signature, found)
        })
        .collect()
}

impl SourcedSchedule {
    fn of(part: &Path, signature: &Signature, shrunk: Shrunk) -> Self {
        let place = shrunk.folder.to_str().filter(|place| is_below(place)).map(|place| part.join(place));
        let summary = place.as_ref().and_then(|place| fs::read(place.join("shrink.json")).ok());
        let (Some(from), Some(summary)) = (place, summary) else {
            return Self { shrunk: Shrunk { folder: PathBuf::new(), ..shrunk }, from: None };
        };
        let checker = signature.checker.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(40);
        let folder = format!("shrunk/{}-{:08x}", checker.collect::<String>(), crc32fast::hash(&summary));
        let command = format!("interregnum replay {folder}");
        Self { shrunk: Shrunk { folder: folder.into(), command, ..shrunk }, from: Some(from) }
    }

    /// The one to keep comes first.
    fn order(&self) -> impl Ord + '_ {
        let Shrunk { steps_before, steps_after, rate: (failed, of), command, folder, steps } = &self.shrunk;
        let rate = failed.saturating_mul(1_000_000) / (*of).max(1);
        (self.from.is_none(), steps_after, Reverse(rate), Reverse(of), steps_before, folder, command, steps)
    }
}

/// Takes in what a part found.
pub(super) fn join(all: &mut BTreeMap<Signature, SourcedSchedule>, part: Vec<(Signature, SourcedSchedule)>) {
    for (signature, new) in part {
        match all.get(&signature) {
            Some(known) if known.order() <= new.order() => {}
            _ => drop(all.insert(signature, new)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Cause;

    fn signature() -> Signature {
        Signature {
            system: "mine".into(),
            checker: "vote-once".into(),
            faults: vec![],
            cause: Cause::Told("two votes".into()),
        }
    }

    /// A part whose shrink left so many faults, in a folder of this name.
    fn part(below: &Path, name: &str, faults: u64, rate: (u64, u64)) -> PathBuf {
        let part = below.join(name);
        let folder = part.join("shrunk/chaos-1/now");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("shrink.json"), format!("{name} {faults}")).unwrap();
        let shrunk = Shrunk {
            steps_before: 30,
            steps_after: faults,
            rate,
            command: format!("interregnum test --schedule {}", folder.display()),
            folder: "shrunk/chaos-1/now".into(),
            steps: vec![],
        };
        fs::write(part.join(FILE), serde_json::to_vec(&[(signature(), shrunk)]).unwrap()).unwrap();
        part
    }

    fn joined(parts: &[&PathBuf]) -> BTreeMap<Signature, SourcedSchedule> {
        let mut all = BTreeMap::new();
        parts.iter().for_each(|part| join(&mut all, read(part)));
        all
    }

    #[test]
    fn the_smallest_stands_for_its_signature_in_any_order_and_as_often_as_one_likes() {
        let top = tempfile::tempdir().unwrap();
        let three = part(top.path(), "a", 3, (5, 5));
        let often = part(top.path(), "b", 2, (5, 5));
        let seldom = part(top.path(), "c", 2, (1, 5));
        let wanted = joined(&[&often]);
        assert_eq!(joined(&[&three, &often, &seldom]), wanted);
        assert_eq!(joined(&[&seldom, &often, &often, &three]), wanted);
        let found = &wanted[&signature()];
        assert_eq!(found.shrunk.command, format!("interregnum replay {}", found.shrunk.folder.display()));
        assert_eq!(found.from.as_deref(), Some(often.join("shrunk/chaos-1/now").as_path()));
    }

    #[test]
    fn what_is_lost_or_lies_elsewhere_is_not_believed_but_its_schedule_is() {
        let top = tempfile::tempdir().unwrap();
        let lost = part(top.path(), "a", 1, (5, 5));
        fs::remove_dir_all(lost.join("shrunk")).unwrap();
        let there = part(top.path(), "b", 2, (5, 5));
        assert_eq!(joined(&[&lost])[&signature()].shrunk.folder, PathBuf::new());
        assert_eq!(joined(&[&lost, &there]), joined(&[&there]));
        fs::write(lost.join(FILE), "{").unwrap();
        assert!(read(&lost).is_empty());
        let outside = Shrunk { folder: "../b/shrunk/chaos-1/now".into(), ..Shrunk::default() };
        fs::write(lost.join(FILE), serde_json::to_vec(&[(signature(), outside)]).unwrap()).unwrap();
        assert_eq!(read(&lost)[0].1.from, None);
    }
}
