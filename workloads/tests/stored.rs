//! Stored schedules pin what every workload draws for a fixed seed, byte for byte.
//!
//! A seed in a bug report must mean the same schedule in the next version. When a workload is changed on purpose, write
//! them anew with `UPDATE=1 cargo test -p interregnum-workloads --test stored`, look at the difference, and say so in the changelog.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use workloads::workload::{By, Parameter, all};
use workloads::{Capabilities, Parameters, Request, Schedule, Workload};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schedules")
}

/// What is stored: a file name and what it is drawn from. `cut` and the effects are those of the `proxy` network.
fn examples() -> Vec<(String, &'static dyn Workload, Request)> {
    let mut examples = Vec::new();
    for workload in all() {
        let ways = match workload.parameters().contains(&Parameter::By) {
            true => vec![Some(By::Cut), Some(By::Pause), Some(By::Kill)],
            false => vec![None],
        };
        for by in ways {
            let word = by.map(|by| format!("-by-{by:?}").to_lowercase()).unwrap_or_default();
            for seed in 1..=if workload.name() == "chaos" { 3 } else { 1 } {
                let request = request(*workload, Parameters { by, ..Parameters::default() }, seed);
                examples.push((format!("{}{word}-{seed}.json", workload.name()), *workload, request));
            }
        }
    }
    examples
}

fn request(workload: &dyn Workload, parameters: Parameters, seed: u64) -> Request {
    Request {
        nodes: (1..=workload.nodes()).map(|number| format!("n{number}")).collect(),
        voters: None,
        capabilities: Capabilities {
            cut: true,
            degrade: ["delay", "jitter", "rate"].map(str::to_owned).into(),
            disks: true,
        },
        duration: None,
        seed,
        parameters,
        bound: Duration::from_secs(5),
    }
}

#[test]
fn what_is_drawn_is_what_is_stored() {
    for (name, workload, request) in examples() {
        let drawn = workload.schedule(&request).unwrap().to_json();
        let path = folder().join(&name);
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, &drawn).unwrap();
        }
        let stored = fs::read_to_string(&path).unwrap_or_default();
        assert!(stored == drawn, "{name} is drawn otherwise than it is stored; see the top of tests/stored.rs");
    }
}

#[test]
fn every_stored_schedule_is_drawn_and_can_be_read() {
    let names: Vec<String> = examples().into_iter().map(|(name, ..)| name).collect();
    for entry in fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(names.contains(&name), "{name} is no example any more");
        let text = fs::read_to_string(folder().join(&name)).unwrap();
        assert_eq!(Schedule::from_json(&text).map(|schedule| schedule.to_json()).as_ref(), Ok(&text), "{name}");
    }
}
