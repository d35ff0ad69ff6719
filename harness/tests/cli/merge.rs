//! Parts of campaigns on disk, merged by the real program.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use campaign::page::Shrunk;
use campaign::plan::{Deal, Part};
use campaign::results::{Cause, Entry, Identity, Lost, Record, RunId, Shard, Signature};
use history::Verdict;
use history::finding::Trouble;
use serde_json::Value;

use crate::place::{Done, Place};

/// How the run of a unit ended, for tests that want more than valid ones.
type Endings<'a> = &'a dyn Fn(u64) -> u8;

pub(crate) fn identity(runs: Option<u64>, shard: Option<Shard>) -> Identity {
    Identity {
        schema: 1,
        version: env!("CARGO_PKG_VERSION").into(),
        id: "c0ffee".into(),
        systems: vec!["reference".into()],
        workloads: vec!["chaos".into(), "calm".into()],
        options: vec![],
        seed: 10,
        runs,
        cells: vec![],
        experiment: None,
        search: false,
        shard,
    }
}

pub(crate) fn entry(number: u64, seed: u64, exit: u8) -> Entry {
    let workload = if number.is_multiple_of(2) { "chaos" } else { "calm" };
    let unit = RunId { number, system: "reference".into(), workload: workload.into(), seed };
    let run = format!("{workload}-{seed}");
    let began = format!("2026-11-22T04:{:02}:{:02}Z", number / 60 % 60, number % 60);
    let mut entry =
        Entry::of(unit, run, began, 5_000_000_000, exit, None, Some(&Lost::new(Trouble::Failed, "its disk was full")));
    if exit <= 2 {
        entry.failures.clear();
        entry.verdict = Some([Verdict::Valid, Verdict::Invalid, Verdict::Unknown][usize::from(exit)]);
        entry.sentence = format!("It ended with {exit}.");
        entry.network = "switch".into();
        entry.digest.election_times = (0..40).map(|n| 150_000 + n * 1000 + (number as u32 % 7) * 300).collect();
        (entry.digest.elections, entry.digest.judged) = (40, 40);
    }
    entry
}

/// Writes the folder of a campaign or of one of its shards; runs that are not valid have artifacts.
pub(crate) fn campaign(folder: &Path, identity: &Identity, endings: Endings<'_>) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("campaign.json"), serde_json::to_string_pretty(identity).unwrap()).unwrap();
    let part = identity.shard.map(|shard| Part { number: shard.number, of: shard.of });
    let deal = Deal::new(2, identity.seed, Some(identity.runs.unwrap_or(40)), part).unwrap();
    let mut lines = String::new();
    for unit in deal {
        let mut entry = entry(unit.number, unit.seed, endings(unit.number));
        if entry.exit != 0 {
            let place = format!("runs/{}", entry.run);
            fs::create_dir_all(folder.join(&place).join("nodes/n1")).unwrap();
            fs::write(folder.join(&place).join("history.jsonl"), format!("the history of {}", unit.number)).unwrap();
            fs::write(folder.join(&place).join("nodes/n1/stdout.log"), "log").unwrap();
            entry.folder = Some(place);
        }
        lines += &(serde_json::to_string(&entry).unwrap() + "\n");
    }
    fs::write(folder.join("runs.jsonl"), lines).unwrap();
}

fn shard(place: &Place, name: &str, number: u32, of: u32, endings: Endings<'_>) -> String {
    let folder = place.path().join(name);
    campaign(&folder, &identity(Some(40), Some(Shard { number, of })), endings);
    name.to_owned()
}

fn merge(place: &Place, parts: &[&str], out: &str) -> Done {
    place.run_bare(&[&["merge"], parts, &["--out", out]].concat())
}

/// Gives a shard the smallest schedule of a way to fail, in a folder that others may have used the name of.
fn shrunk(place: &Place, shard: &str, faults: u64, text: &str) {
    let shard = place.path().join(shard);
    let folder = shard.join("shrunk/chaos-1/2026-11-22T04-20-11Z-shrink");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("shrink.json"), format!("{} {faults} {text}", shard.display())).unwrap();
    fs::write(folder.join("schedule.json"), format!("{faults} faults")).unwrap();
    let signature = Signature {
        system: "reference".into(),
        checker: "vote-once".into(),
        faults: vec![],
        cause: Cause::Told(text.into()),
    };
    let found = Shrunk {
        steps_before: 30,
        steps_after: faults,
        rate: (5, 5),
        command: format!("interregnum test --schedule {}", folder.join("schedule.json").display()),
        folder: folder.strip_prefix(&shard).unwrap().to_owned(),
        steps: vec!["kill the leader".into()],
    };
    fs::write(shard.join("shrunk.json"), serde_json::to_string(&[(signature, found)]).unwrap()).unwrap();
}

/// Every file of a folder with its contents.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        for entry in fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                files.insert(path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    files
}

fn verdict(place: &Place, out: &str) -> Value {
    serde_json::from_slice(&fs::read(place.path().join(out).join("verdict.json")).unwrap()).unwrap()
}

#[test]
fn shards_become_the_campaign_with_its_artifacts_its_page_and_its_exit_code() {
    let place = Place::new();
    let bad = |number| if number == 11 { 1 } else { 0 };
    let parts = [1, 2, 3].map(|number| shard(&place, &format!("shards/{number}"), number, 3, &bad));
    let done = merge(&place, &["shards"], "whole");
    assert_eq!(done.code, 1, "{} {}", done.stdout, done.stderr);
    assert!(done.stdout.contains("40 units merged: nothing is missing."), "{}", done.stdout);
    let lines = fs::read_to_string(place.path().join("whole/runs.jsonl")).unwrap();
    let numbers: Vec<u64> = lines.lines().map(|l| serde_json::from_str::<Entry>(l).unwrap().unit.number).collect();
    assert_eq!(numbers, (0..40).collect::<Vec<_>>());
    let history = fs::read_to_string(place.path().join("whole/runs/calm-15/history.jsonl")).unwrap();
    assert_eq!(history, "the history of 11");
    assert_eq!(verdict(&place, "whole")["verdict"], "invalid");
    assert!(fs::read_to_string(place.path().join("whole/report.html")).unwrap().contains("runs/calm-15"));
    // The parts are not needed any more, and the whole can be moved.
    parts.iter().for_each(|part| fs::remove_dir_all(place.path().join(part)).unwrap());
    fs::rename(place.path().join("whole"), place.path().join("moved")).unwrap();
    assert_eq!(merge(&place, &["moved"], "again").code, 1);
}

#[test]
fn order_repetition_and_nesting_do_not_change_a_byte() {
    let place = Place::new();
    let bad = |number| [0, 0, 0, 2, 70][number as usize % 5];
    let [one, two, three] = [1, 2, 3].map(|number| shard(&place, &format!("s{number}"), number, 4, &bad));
    // The third shard was run twice, and ended otherwise.
    let other = shard(&place, "s3-again", 3, 4, &|number| if number % 4 == 1 { 1 } else { 0 });
    shrunk(&place, &one, 3, "two votes");
    shrunk(&place, &two, 1, "two votes");
    shrunk(&place, &other, 2, "two leaders");
    assert_eq!(merge(&place, &[&one, &two, &three, &other], "m1").code, 1);
    assert_eq!(merge(&place, &[&other, &three, &two, &one, &two], "m2").code, 1);
    merge(&place, &[&other, &two], "half");
    merge(&place, &["half", &three, &one], "m3");
    merge(&place, &["m1", &one, "half"], "m4");
    merge(&place, &["m3"], "m5");
    let wanted = contents(&place.path().join("m1"));
    assert!(wanted.keys().any(|path| path.ends_with("nodes/n1/stdout.log")));
    let schedules =
        wanted.iter().filter(|(path, _)| path.ends_with("schedule.json")).map(|(_, bytes)| bytes.as_slice());
    let schedules: BTreeSet<&[u8]> = schedules.collect();
    assert_eq!(schedules, BTreeSet::from([b"1 faults".as_slice(), b"2 faults".as_slice()]), "the smallest of each");
    for out in ["m2", "m3", "m4", "m5"] {
        let found = contents(&place.path().join(out));
        assert_eq!(wanted.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>(), "{out}");
        wanted.iter().for_each(|(path, bytes)| assert!(found[path] == *bytes, "{out}: {} differs", path.display()));
    }
}

#[test]
fn a_shard_that_is_lost_is_named_and_the_campaign_is_not_valid() {
    let place = Place::new();
    let [one, three] = [1, 3].map(|number| shard(&place, &format!("s{number}"), number, 3, &|_| 0));
    let done = merge(&place, &[&one, &three], "whole");
    assert_eq!(done.code, 2, "{}", done.stderr);
    assert!(done.stdout.contains("shard 2/3 is missing"), "{}", done.stdout);
    let verdict = verdict(&place, "whole");
    assert_eq!((&verdict["verdict"], &verdict["exit"]), (&"unknown".into(), &2.into()));
    let record: Record = serde_json::from_slice(&fs::read(place.path().join("whole/merge.json")).unwrap()).unwrap();
    assert_eq!(record.missing_shards, [Shard { number: 2, of: 3 }].into());
    assert!(!record.missing_units.is_empty());
    // The shard that was lost is run again, and merged with what there is.
    assert!(done.stdout.contains("merge that folder with this one"), "{}", done.stdout);
    let two = shard(&place, "s2", 2, 3, &|_| 0);
    assert_eq!(merge(&place, &["whole", &two], "complete").code, 0);
}

#[test]
fn a_unit_that_was_not_run_is_named_with_its_seed() {
    let place = Place::new();
    let [one, two] = [1, 2].map(|number| shard(&place, &format!("s{number}"), number, 2, &|_| 0));
    let path = place.path().join("s2/runs.jsonl");
    let lines = fs::read_to_string(&path).unwrap();
    // Killed while it wrote its last line.
    fs::write(&path, lines.trim_end()).unwrap();
    let last: Entry = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    let done = merge(&place, &[&one, &two], "whole");
    assert_eq!(done.code, 2);
    assert!(done.stderr.contains("its last line is torn"), "{}", done.stderr);
    let RunId { number, system, workload, seed } = last.unit;
    let wanted = format!("missing: unit {number}, {system} {workload} seed {seed}");
    assert!(done.stdout.contains(&wanted), "{wanted}: {}", done.stdout);
}

#[test]
fn what_cannot_be_merged_is_refused_with_a_sentence_and_leaves_nothing() {
    let place = Place::new();
    let one = shard(&place, "one", 1, 2, &|_| 0);
    let refused = |parts: &[&str], out: &str, words: &[&str]| {
        let done = merge(&place, parts, out);
        done.refused(64, words);
        assert_eq!(done.stdout, "");
    };
    let other = |name: &str, change: &dyn Fn(&mut Identity)| {
        let mut identity = identity(Some(40), Some(Shard { number: 2, of: 2 }));
        change(&mut identity);
        campaign(&place.path().join(name), &identity, &|_| 0);
    };
    other("seed", &|identity| (identity.seed, identity.id) = (77, "beef".into()));
    refused(&[&one, "seed"], "out", &["seed", "another campaign", "seeds from 77 and from 10"]);
    other("version", &|identity| identity.version = "9.9.9".into());
    refused(&[&one, "version"], "out", &["version 9.9.9"]);
    other("schema", &|_| ());
    fs::write(place.path().join("schema/campaign.json"), r#"{"schema":3}"#).unwrap();
    refused(&[&one, "schema"], "out", &["schema 3"]);
    other("damaged", &|_| ());
    fs::write(place.path().join("damaged/runs.jsonl"), "nonsense\n{}\n").unwrap();
    refused(&[&one, "damaged"], "out", &["damaged/runs.jsonl", "line 1"]);
    fs::create_dir(place.path().join("empty")).unwrap();
    refused(&[&one, "empty"], "out", &["empty", "no campaign is in it"]);
    refused(&[&one, "nowhere"], "out", &["nowhere", "no such folder"]);
    assert!(!place.path().join("out").exists());

    fs::create_dir(place.path().join("taken")).unwrap();
    fs::write(place.path().join("taken/mine.txt"), "mine").unwrap();
    refused(&[&one], "taken", &["taken", "nothing is overwritten", "--out"]);
    assert_eq!(contents(&place.path().join("taken")).len(), 1);
    let left: Vec<_> = fs::read_dir(place.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains("merging")), "{left:?}");
}

#[test]
fn twenty_shards_of_ten_thousand_runs_are_one_campaign() {
    let place = Place::new();
    let folders: Vec<String> = (1..=20)
        .map(|number| {
            let name = format!("shards/{number}");
            let identity = identity(Some(10_000), Some(Shard { number, of: 20 }));
            campaign(&place.path().join(&name), &identity, &|number| u8::from(number % 500 == 3));
            name
        })
        .collect();
    assert_eq!(folders.len(), 20);
    let done = merge(&place, &["shards"], "whole");
    assert_eq!(done.code, 1, "{}", done.stderr);
    assert!(done.stdout.contains("10000 units merged: nothing is missing."), "{}", done.stdout);
    assert_eq!(fs::read_dir(place.path().join("whole/runs")).unwrap().count(), 20);
}
