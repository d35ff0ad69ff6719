//! `interregnum list`: what there is to choose from.

use serde::Serialize;
use workloads::Descriptor;
use workloads::fault::KINDS;

use super::args::{Format, ListArgs, Listing};
use super::{Ended, print, print_json};
use crate::exit::ExitCode;
use crate::system::System;

/// Every checker, in the order of the design's tables.
const CHECKERS: [(&str, &str); 14] = [
    ("election-safety", "at most one leader a term"),
    ("term-monotonic", "a node's term never decreases"),
    ("vote-once", "a node votes for one candidate a term"),
    ("leader-has-majority", "a leader has the votes of a majority"),
    ("leader-agreement", "all name the same leader of a term"),
    ("lawful-transitions", "roles change as Figure 2 allows"),
    ("no-leader-without-quorum", "nobody is elected while no majority can be reached"),
    ("leader-log", "a leader's log is as new as its voters'"),
    ("re-election", "a majority that is healthy for the bound has a leader"),
    ("stability", "a healthy cluster keeps its leader"),
    ("final-leader", "after the last heal all follow a leader within the bound"),
    ("coverage", "the run did what its workload requires"),
    ("harness-health", "the harness itself was not starved"),
    ("process", "no node died that no fault killed"),
];

#[derive(Serialize)]
struct Entry {
    name: String,
    about: String,
}

pub(super) fn run(args: &ListArgs) -> Ended {
    let all = [
        (Listing::Workloads, "workloads", workloads()),
        (Listing::Systems, "systems", systems()),
        (Listing::Checkers, "checkers", pairs(&CHECKERS)),
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
    let all = workloads::plan::all();
    all.iter().map(|plan| Entry { name: plan.name().into(), about: plan.about().into() }).collect()
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

fn pairs(catalogue: &[(&str, &str)]) -> Vec<Entry> {
    catalogue.iter().map(|(name, about)| Entry { name: (*name).into(), about: (*about).into() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_name_every_checker_and_every_fault() {
        let judges = checkers::judge::SAFETY.iter().chain(&checkers::judge::LIVENESS).chain(&checkers::judge::TRUST);
        let mut known: Vec<_> = judges.copied().collect();
        let mut listed: Vec<_> = CHECKERS.iter().map(|(name, _)| *name).collect();
        known.sort_unstable();
        listed.sort_unstable();
        assert_eq!(known, listed);
        let listed: Vec<String> = faults().into_iter().map(|entry| entry.name).collect();
        assert_eq!(listed, workloads::FaultKind::all().map(|(word, _)| word).collect::<Vec<_>>());
    }
}
