//! `soak --shrink`: what a campaign finds is shrunk beside it.

use std::fs;

use serde_json::Value;
use workloads::Schedule;
use workloads::shrink::faults;

use crate::place::Place;
use crate::skipped::is_wide;

#[test]
fn a_campaign_shrinks_what_it_finds_and_its_page_shows_it() {
    if !is_wide("it is a campaign of a minute") {
        return;
    }
    let place = Place::new();
    // One run fails; it has more than one way to, and they share the time that is left.
    let done = place.run(&[
        "soak",
        "re-election:kill",
        "--set",
        "defect=vote-not-persisted",
        "--runs",
        "3",
        "--fail-fast",
        "1",
        "--jobs",
        "1",
        "--for",
        "55s",
        "--shrink",
    ]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.stderr.contains("shrunk from 3 faults to 1: "), "{done:?}");
    let campaign = place.latest();
    let kept: Value = serde_json::from_str(&fs::read_to_string(campaign.join("shrunk.json")).unwrap()).unwrap();
    let kept = kept.as_array().unwrap();
    let page = fs::read_to_string(campaign.join("report.html")).unwrap();
    assert!(!kept.is_empty() && page.contains("Shrunk"), "{kept:?}");
    for found in kept {
        let (signature, shrunk) = (&found[0], &found[1]);
        assert_eq!(signature["system"], "reference", "{signature}");
        let folder = campaign.join(shrunk["folder"].as_str().unwrap());
        let schedule = Schedule::from_json(&fs::read_to_string(folder.join("schedule.json")).unwrap()).unwrap();
        assert_eq!(Some(faults(&schedule).len() as u64), shrunk["steps_after"].as_u64());
        assert!(page.contains(&format!("{}/report.html", shrunk["folder"].as_str().unwrap())), "it is linked");
    }
    place.assert_empty();

    // The night is merged with another, and its schedules with it.
    let merged = place.run_bare(&["merge", "out", "--out", "merged"]);
    assert_eq!(merged.code, 1, "{merged:?}");
    let page = fs::read_to_string(place.path().join("merged/report.html")).unwrap();
    assert!(page.contains("interregnum replay shrunk/"), "the command is one that works there");
    let schedules = fs::read_dir(place.path().join("merged/shrunk")).unwrap().flatten();
    assert_eq!(schedules.filter(|folder| folder.path().join("schedule.json").exists()).count(), kept.len());
}
