//! `interregnum list`: what there is to choose from.

use checkers::judge::CHECKERS;
use serde::Serialize;
use workloads::fault::{Descriptor, KINDS};

use super::args::{Format, ListArgs, Listing};
use super::{CommandResult, print, print_json};
use cluster::system::System;
use history::exit::ExitCode;

#[derive(Serialize)]
struct Entry {
    name: String,
    about: String,
}

pub(super) fn run(args: &ListArgs) -> CommandResult {
    let all = [
        (Listing::Workloads, "workloads", workloads()),
        (Listing::Systems, "systems", systems()),
        (Listing::Checkers, "checkers", checkers()),
        (Listing::Faults, "faults", faults()),
        (Listing::Experiments, "experiments", experiments()),
    ];
    let chosen: Vec<_> = all.into_iter().filter(|(what, ..)| args.what.is_none_or(|wanted| wanted == *what)).collect();
    if args.format == Format::Json {
        let map: std::collections::BTreeMap<_, _> =
            chosen.into_iter().map(|(_, title, entries)| (title, entries)).collect();
        print_json(&map)?;
        return Ok(ExitCode::Valid);
    }
    for (_, title, entries) in chosen {
        print(format!("{title}:"));
        for entry in entries {
            print(format!("  {:<24} {}", entry.name, entry.about));
        }
    }
    Ok(ExitCode::Valid)
}

fn workloads() -> Vec<Entry> {
    let all = workloads::workload::all();
    all.iter().map(|workload| Entry { name: workload.name().into(), about: workload.about().into() }).collect()
}

fn experiments() -> Vec<Entry> {
    experiments::all().map(|plan| Entry { name: plan.name().into(), about: plan.about().into() }).collect()
}

fn systems() -> Vec<Entry> {
    System::built_in().into_iter().map(|(name, about)| Entry { name: name.into(), about }).collect()
}

fn faults() -> Vec<Entry> {
    let about = |kind: &Descriptor| match kind.breaks.filter(|breaks| !breaks.only_mended) {
        Some(_) => format!("{} (breaks Raft's model)", kind.about),
        None => kind.about.to_owned(),
    };
    let kinds = KINDS.iter().filter(|kind| kind.kind.is_some());
    kinds.map(|kind| Entry { name: kind.word.into(), about: about(kind) }).collect()
}

fn checkers() -> Vec<Entry> {
    let all = CHECKERS.iter();
    all.map(|checker| Entry { name: checker.name.into(), about: checker.claims.into() }).collect()
}
