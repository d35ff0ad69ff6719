//! What a campaign refuses, in one sentence.

use std::fs;

use rustix::process::Signal;

use crate::place::{Place, reap};
use crate::{await_runs, begin, campaigns, signal, stayer};

#[test]
fn two_campaigns_in_one_folder() {
    let place = Place::new();
    let system = stayer(&place);
    let args = ["soak", "calm", "--for", "1h", "--time", "1s", "--jobs", "1", "--system", &system];
    let child = begin(&place, &args);
    let folder = await_runs(&place, 1);
    let pid = format!("process {}", child.id());
    place.run(&args).refused(64, &[&pid, "the same campaign"]);
    assert_eq!(campaigns(&place), [folder]);
    signal(&child, Signal::TERM);
    assert_eq!(reap(child).code, 130);
}

#[test]
fn a_campaign_that_was_merged() {
    let place = Place::new();
    let system = stayer(&place);
    let soak = |out: &str| {
        let args = ["soak", "calm", "--runs", "2", "--time", "1s", "--keep", "none", "--system", &system, "--out", out];
        place.run_bare(&args)
    };
    soak("parts").valid();
    fs::create_dir(place.path().join("merges")).unwrap();
    let merged = place.run_bare(&["merge", "parts", "--out", "merges/whole"]);
    assert!(matches!(merged.code, 0 | 2), "{merged:?}");
    let before = fs::read(place.path().join("merges/whole/runs.jsonl")).unwrap();
    soak("merges/whole").refused(64, &["merges/whole", "merged from parts", "merge that folder with this one"]);
    // Beside it, the same command begins a campaign of its own.
    let beside = soak("merges");
    beside.valid();
    assert!(beside.stderr.contains("campaign: ") && !beside.stderr.contains("going on"), "{beside:?}");
    assert_eq!(fs::read(place.path().join("merges/whole/runs.jsonl")).unwrap(), before);
}

#[test]
fn a_campaign_whose_folder_is_moved_away_ends_and_goes_on_when_it_is_named() {
    let place = Place::new();
    let system = stayer(&place);
    let soak = |out: &'static str| {
        let args =
            ["soak", "calm", "--runs", "8", "--time", "1s", "--jobs", "1", "--keep", "none", "--system", &system];
        place.bare(&[&args[..], &["--out", out]].concat())
    };
    let child = soak("out").stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let folder = await_runs(&place, 1);
    fs::rename(place.out(), place.path().join("elsewhere")).unwrap();
    let done = reap(child);
    assert_eq!(done.code, 70, "{done:?}");
    assert!(done.stderr.contains("is gone") && done.stderr.contains("--out"), "{done:?}");
    // The run that was under way may still have written something; no campaign is made in its place.
    assert!(!folder.join("runs.jsonl").exists() && !folder.join("report.html").exists(), "{done:?}");
    let done = crate::place::finish(soak("elsewhere"));
    done.valid();
    assert!(done.stderr.contains("continuing "), "{done:?}");
    let folder = place.path().join("elsewhere").join(folder.file_name().unwrap());
    assert_eq!(crate::units(&folder), (0..8).map(|number| (number, 1)).collect());
    place.assert_empty();
}

#[test]
fn a_folder_of_another_version() {
    let place = Place::new();
    let system = stayer(&place);
    let args = ["soak", "calm", "--runs", "100", "--time", "1s", "--jobs", "1", "--system", &system];
    let child = begin(&place, &args);
    let folder = await_runs(&place, 1);
    signal(&child, Signal::TERM);
    reap(child);
    let identity = folder.join("campaign.json");
    let whole = fs::read_to_string(&identity).unwrap();
    let ledger = fs::read(folder.join("runs.jsonl")).unwrap();
    for (from, to) in [("\"version\": \"0.1.0\"", "\"version\": \"0.0.9\""), ("\"schema\": 1", "\"schema\": 7")] {
        assert!(whole.contains(from), "{whole}");
        fs::write(&identity, whole.replacen(from, to, 1)).unwrap();
        place.run(&args).refused(64, &[&folder.display().to_string(), "version", "move the folder away"]);
        assert_eq!(fs::read(folder.join("runs.jsonl")).unwrap(), ledger, "nothing is lost");
    }
}

#[test]
fn what_makes_no_sense_before_anything_is_made() {
    let place = Place::new();
    let cases: [(&[&str], &[&str]); 11] = [
        (&["soak", "--shard", "9/8"], &["9/8", "out of range"]),
        (&["soak", "--shard", "0/8"], &["0/8"]),
        (&["soak", "--shard-from", "slurm"], &["SLURM_ARRAY_TASK_ID"]),
        (&["soak", "nonsense"], &["nonsense"]),
        (&["soak", "--runs", "0"], &["--runs"]),
        (&["soak", "--for", "0s"], &["--for", "no time"]),
        (&["soak", "--watchdog", "0s"], &["--watchdog", "no time"]),
        (&["soak", "--keep", "some"], &["all, failed, none"]),
        (&["soak", "--max-disk", "much"], &["500MB"]),
        (&["soak", "--jobs", "0"], &["auto"]),
        (&["soak", "chaos@1..7"], &["--seed"]),
    ];
    for (args, says) in cases {
        place.run(args).refused(64, says);
    }
    assert!(!place.out().exists(), "no folder was made");
}
