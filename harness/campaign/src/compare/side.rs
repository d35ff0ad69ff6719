//! One side of a comparison: what was run, and what came of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::results::bounded::Sum;
use crate::results::{ClientTimes, Ending, Entry};
use serde::{Deserialize, Serialize};

use reports::text::{clean, count, duration, name};

/// What is known of how the runs were set up: `system` → {`etcd`}. A property has several values where runs differ.
pub type Facts = BTreeMap<String, BTreeSet<String>>;

/// One side: runs that were made alike.
#[derive(Debug, Clone, Default)]
pub struct Side {
    /// What it is called: `A`'s folder.
    pub label: String,
    /// How it was set up.
    pub facts: Facts,
    pub runs: Vec<Entry>,
}

/// One side in numbers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SideSummary {
    /// What it is called.
    pub label: String,
    /// How it was set up.
    pub facts: Facts,
    /// How many runs.
    pub runs: u64,
    /// How they ended: `valid` → 40.
    pub endings: BTreeMap<String, u64>,
    /// Runs in which the machine or the harness stalled.
    pub stalled: u64,
    /// Elections after a fault that were timed.
    pub elections: u64,
    /// Elections after a fault that a stall overlapped; their times are left out.
    #[serde(default)]
    pub times_stalled: u64,
    /// Elections after a fault that could not be timed.
    #[serde(default)]
    pub untimed: u64,
    /// What clients saw in all runs together, where the system file has a probe: the longest time of failing is that of any run.
    /// Measured, and decides nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clients: Option<ClientTimes>,
}

/// In what the sides differ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The property.
    pub what: String,
    /// Its values in A; none when nothing is known of it there.
    pub a: BTreeSet<String>,
    /// Its values in B.
    pub b: BTreeSet<String>,
}

impl Side {
    /// The runs whose times count: those that came to an end. Their elections that a stall overlapped are no part of
    /// [`Digest::election_times`](crate::results::Digest::election_times): there the machine was slow, not the cluster.
    pub(super) fn timed(&self) -> impl Iterator<Item = &Entry> {
        self.runs.iter().filter(|run| judged_at_all(run))
    }

    /// Elections after a fault, in those runs, that a stall overlapped.
    pub(super) fn times_stalled(&self) -> u64 {
        self.timed().map(|run| run.digest.times_stalled).sum()
    }

    /// Those whose time to the win a stall overlapped.
    pub(super) fn wins_stalled(&self) -> u64 {
        self.timed().flat_map(|run| run.digest.by_fault.values()).map(|times| times.win_stalled).sum()
    }

    /// Elections after a fault, in those runs, where it is unknown for how long there was a majority.
    pub(super) fn untimed(&self) -> u64 {
        self.timed().map(|run| run.digest.without_time()).sum()
    }

    pub(super) fn ended(&self, ending: Ending) -> u64 {
        self.runs.iter().filter(|run| run.ending() == ending).count() as u64
    }

    pub(super) fn stalled(&self) -> u64 {
        self.runs.iter().filter(|run| run.digest.stalls > 0).count() as u64
    }
}

fn judged_at_all(run: &Entry) -> bool {
    matches!(run.ending(), Ending::Valid | Ending::Invalid | Ending::Unknown)
}

pub(super) fn summary(side: &Side) -> SideSummary {
    SideSummary {
        label: side.label.clone(),
        facts: side.facts.clone(),
        runs: side.runs.len() as u64,
        endings: Ending::ALL.iter().map(|ending| (ending.as_str().to_owned(), side.ended(*ending))).collect(),
        stalled: side.stalled(),
        times_stalled: side.times_stalled(),
        untimed: side.untimed(),
        clients: clients(side),
        elections: side.timed().map(|run| run.digest.election_times.len() as u64).sum(),
    }
}

fn clients(side: &Side) -> Option<ClientTimes> {
    let seen = side.timed().filter_map(|run| run.digest.clients);
    seen.reduce(|mut all, run| {
        all.add(run);
        all
    })
}

/// What says which program a side ran: one difference, in however many of these it shows.
const OF_PROGRAM: [&str; 3] = ["version", "program", "parameter program"];

/// Folds what says which program a side ran into one difference: the version, where both are known; else what was started.
fn one_program(all: Vec<Difference>, a: &Side, b: &Side) -> Vec<Difference> {
    let versions = [a, b].map(|side| side.facts.get("version").is_some_and(|versions| !versions.is_empty()));
    let (mut of_program, others): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|difference| OF_PROGRAM.contains(&difference.what.as_str()));
    of_program.sort_by_key(|difference| OF_PROGRAM.iter().position(|what| *what == difference.what));
    let version = of_program.iter().position(|difference| difference.what == "version");
    let kept = match (versions, version) {
        ([true, true], Some(place)) => Some(of_program.swap_remove(place)),
        // The same version from another place is another build, unless its bytes are the same.
        ([true, true], None) => of_program.into_iter().find(|one| one.what == "program" && !same_bytes(one)),
        _ => of_program.into_iter().find(|one| one.what != "version"),
    };
    kept.into_iter().chain(others).collect()
}

/// The same checksums, whatever the paths.
fn same_bytes(program: &Difference) -> bool {
    let sums = |values: &BTreeSet<String>| -> BTreeSet<String> {
        values.iter().filter_map(|value| value.rsplit_once(" (")).map(|(_, sum)| sum.to_owned()).collect()
    };
    let (a, b) = (sums(&program.a), sums(&program.b));
    !a.is_empty() && a == b
}

/// The properties in which the sides differ. One that is known of one side only is a difference too: nobody can say that
/// it is none.
pub(super) fn differences(a: &Side, b: &Side) -> Vec<Difference> {
    let names: BTreeSet<&String> = a.facts.keys().chain(b.facts.keys()).collect();
    let of = |side: &Side, name: &String| side.facts.get(name).cloned().unwrap_or_default();
    let all = names.into_iter().map(|name| Difference { what: name.clone(), a: of(a, name), b: of(b, name) });
    one_program(all.filter(|difference| difference.a != difference.b).collect(), a, b)
}

/// A value, short enough for a sentence. Of a long one only the end is kept, because paths begin alike; of a list of paths, as
/// Java has it, only the first.
pub fn short(value: &str) -> String {
    const LONGEST: usize = 60;
    if let Some((first, others)) =
        value.split_once(':').filter(|(first, others)| first.contains('/') && others.contains('/'))
    {
        return format!("{} and {} more", short(first), others.split(':').count());
    }
    let length = value.chars().count();
    if length <= LONGEST {
        return clean(value, LONGEST);
    }
    let end: String = value.chars().skip(length - LONGEST + 1).collect();
    format!("…{}", clean(&end, LONGEST))
}

impl Difference {
    /// As a person reads it: `parameter election (150ms..300ms, not 300ms..600ms)`.
    pub fn words(&self) -> String {
        // Where the paths differ, their checksums say nothing more.
        let path = |value: &String| value.rsplit_once(" (").map_or(value.clone(), |(path, _)| path.to_owned());
        let paths = |values: &BTreeSet<String>| values.iter().map(path).collect::<BTreeSet<_>>();
        let by_path = self.what == "program" && paths(&self.a).is_disjoint(&paths(&self.b));
        let list = |values: &BTreeSet<String>| {
            let values = if by_path { paths(values) } else { values.clone() };
            let mut words: Vec<String> = values.iter().take(4).map(|value| short(value)).collect();
            if values.len() > 4 {
                words.push(format!("{} more", values.len() - 4));
            }
            if words.is_empty() { "not known".to_owned() } else { words.join(", ") }
        };
        if self.what == "version" {
            return format!("version {} against {}", list(&self.a), list(&self.b));
        }
        format!("{} ({} in A, {} in B)", name(&self.what), list(&self.a), list(&self.b))
    }
}

impl SideSummary {
    /// What clients saw: `failed for 4.9 s of 60 s, in 12 outages, the longest 1.2 s`.
    pub(crate) fn clients_words(&self) -> Option<String> {
        let ClientTimes { probed, failed, longest, outages, .. } = self.clients?;
        if probed == 0 {
            return Some("were never answered".to_owned());
        }
        let (failed, probed, longest) = (duration(failed), duration(probed), duration(longest));
        Some(format!("failed for {failed} of {probed}, in {}, the longest {longest}", count(outages, "outage")))
    }

    /// `40 runs: 39 valid, 1 invalid`.
    pub fn words(&self) -> String {
        let ends = Ending::ALL.iter().filter_map(|ending| {
            let number = self.endings.get(ending.as_str()).copied().unwrap_or(0);
            (number > 0).then(|| format!("{number} {}", ending.as_str()))
        });
        let ends = ends.collect::<Vec<_>>().join(", ");
        if ends.is_empty() { "no run".to_owned() } else { format!("{}: {ends}", count(self.runs, "run")) }
    }
}
