//! What is learnt is found again in the campaign's folder.

use std::time::{Duration, SystemTime};

use workloads::fault::Capabilities;
use workloads::vary::TargetCluster;
use workloads::workload::{self, Parameters, Request};

use super::*;
use crate::child::Patience;
use crate::conduct::Jobs;
use crate::jobs::Meters;
use crate::keep::Keep;
use crate::page::tests::{entry, identity};
use crate::results::Identity;
use crate::search::SiteKey;
use history::RunFile;
use reports::asked::Asked;

fn nodes() -> Vec<String> {
    (1..=5).map(|node| format!("n{node}")).collect()
}

fn asked(schedule: Option<Schedule>) -> Asked {
    Asked { file: RunFile::default(), system: "".into(), schedule }
}

fn orders(search: bool) -> Orders {
    let cell = ReadyCell {
        system: "reference".into(),
        workload: "chaos".into(),
        label: "chaos".into(),
        asked: asked(None),
        watchdog: Duration::from_secs(60),
        plan: None,
        site_key: SiteKey { site: "reference".into(), place: TargetCluster { nodes: nodes(), disks: false } },
    };
    Orders {
        identity: Identity { search, ..identity() },
        cells: vec![cell],
        time: None,
        jobs: Jobs::Fixed(1),
        meters: Meters { waited: |_| None, processors: || None, idle: |_, _| None },
        keep: Keep::None,
        max_disk: None,
        fail_fast: None,
        shrink: false,
        experiment: None,
    }
}

fn chaos(seed: u64) -> Schedule {
    let request = Request {
        nodes: nodes(),
        voters: None,
        capabilities: Capabilities { cut: true, ..Capabilities::default() },
        duration: None,
        seed,
        parameters: Parameters::default(),
        bound: Duration::from_secs(5),
    };
    workload::find("chaos").unwrap().schedule(&request).unwrap()
}

fn unit(number: u64) -> PlannedRun {
    PlannedRun { number, cell: 0, seed: number + 1 }
}

fn job(number: u64, drawn: Option<DrawnRun>) -> RunJob {
    let (schedule, origin) = drawn.map(|drawn| (drawn.schedule, drawn.origin)).unzip();
    RunJob {
        unit: unit(number),
        name: format!("chaos-{number}"),
        runs: "runs".into(),
        asked: asked(schedule.flatten()),
        origin,
        patience: Patience::default(),
        sample: false,
        retreats: 0,
        began: SystemTime::now(),
    }
}

/// Does a run whose schedule the run itself wrote, as one that a workload drew.
fn carry_out(searching: &mut Searching, campaign: &Path, number: u64) -> Entry {
    let job = job(number, searching.draw(&unit(number)));
    let run = campaign.join(format!("runs/{number}"));
    std::fs::create_dir_all(&run).unwrap();
    let schedule = job.asked.schedule.clone().unwrap_or_else(|| chaos(number));
    std::fs::write(run.join("schedule.json"), schedule.to_json()).unwrap();
    let mut entry = Entry { search: job.origin.clone(), ..entry(if number == 7 { 96 } else { 1 }) };
    entry.unit.number = number;
    entry.digest.situations = vec![number % 11, 100 + number % 7, 5];
    searching.keep(campaign, (&entry, 0), &job, &run).unwrap();
    entry
}

#[test]
fn nobody_searches_who_was_not_asked_to() {
    assert!(Searching::new(&orders(false)).is_none());
}

#[test]
fn a_campaign_that_is_continued_draws_what_it_would_have_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let mut searching = Searching::new(&orders(true)).unwrap();
    let ledger: Vec<Entry> = (0..12).map(|number| carry_out(&mut searching, folder.path(), number)).collect();
    assert!(ledger.iter().all(|entry| entry.search.is_none() == entry.unit.number.is_multiple_of(5)));
    let mut continued = Searching::new(&orders(true)).unwrap();
    for entry in &ledger {
        continued.learn(entry, 0);
    }
    continued.load(folder.path());
    for number in 12..40 {
        assert_eq!(continued.draw(&unit(number)), searching.draw(&unit(number)), "{number}");
    }
    let mut forgetful = Searching::new(&orders(true)).unwrap();
    forgetful.load(folder.path());
    assert_ne!(forgetful.draw(&unit(13)), searching.draw(&unit(13)));
}

#[test]
fn the_schedule_of_a_searched_run_that_failed_is_kept_whatever_becomes_of_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let mut searching = Searching::new(&orders(true)).unwrap();
    (0..12).for_each(|number| drop(carry_out(&mut searching, folder.path(), number)));
    let failed = |number| folder.path().join(search::failed(number));
    let schedule = Schedule::from_json(&std::fs::read_to_string(failed(7)).unwrap()).unwrap();
    assert_eq!(schedule.workload, workloads::vary::WORKLOAD);
    assert!((0..12).filter(|number| *number != 7).all(|number| !failed(number).exists()));
}
