//! The numbers of a campaign as `verdict.json` has them: durations in nanoseconds, shares from 0 to 1.

use std::collections::BTreeMap;

use crate::results::odds;
use crate::results::tally::{Example, Runs};
use crate::results::{ClientTimes, Ending, Group, Histogram, Identity, Signature};
use history::numbers;
use serde::{Deserialize, Serialize};

use super::{Extras, Shrunk};
use reports::text::shell;

/// Percentiles, nanoseconds; none where fewer than five times lie beyond.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Times {
    /// How many.
    pub n: u64,
    pub p50: Option<u64>,
    pub p90: Option<u64>,
    pub p99: Option<u64>,
    pub max: Option<u64>,
}

impl Times {
    pub(super) fn of(histogram: &Histogram) -> Self {
        let at = |q| histogram.shown_quantile(q).map(nanoseconds);
        let (p50, p90, p99) = (at(0.5), at(0.9), at(0.99));
        Self { n: histogram.total(), p50, p90, p99, max: histogram.greatest().map(nanoseconds) }
    }
}

fn nanoseconds(micros: u32) -> u64 {
    u64::from(micros) * 1000
}

/// The sums of some of the runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SummaryLine {
    /// The system; empty for all.
    pub system: String,
    /// The workload; empty for all.
    pub workload: String,
    /// How many runs ended how: `valid`, `invalid`, `unknown`, `harness`, `interrupted`.
    pub counts: BTreeMap<String, u64>,
    /// How many in all.
    pub runs: u64,
    /// How long they took together.
    pub duration: u64,
    /// Terms that got a leader.
    pub elections: u64,
    /// Of these, those that count as judged.
    pub judged: u64,
    /// Times of elections after a fault: for how long a majority was without a leader.
    pub election_times: Times,
    /// Elections after a fault that are not among them. Either it is unknown for how long there was a majority, or an older
    /// version recorded something else.
    pub times_stalled: u64,
    /// Elections after a fault that are not among them. Either it is unknown for how long there was a majority, or an older
    /// version recorded something else.
    pub untimed: u64,
    /// Times without an effective leader that ended with one, but for the first of each run.
    pub interregna: Times,
    /// How many times without an effective leader were cut off.
    pub censored: u64,
    /// Terms without a leader though a node was a candidate.
    pub split_terms: u64,
    /// Re-election windows passed.
    pub windows_passed: u64,
    /// Re-election windows untested.
    pub windows_untested: u64,
    /// How often the machine or the harness stalled.
    pub stalls: u64,
    /// For how long.
    pub stalled: u64,
    /// Runs in which it did.
    pub stalled_runs: u64,
    /// What clients saw, in runs with a probe.
    pub clients: ClientTimes,
}

impl SummaryLine {
    pub(super) fn of(system: &str, workload: &str, runs: &Runs) -> Self {
        Self {
            system: system.to_owned(),
            workload: workload.to_owned(),
            counts: Ending::ALL.map(|ending| (ending.as_str().to_owned(), runs.ended(ending))).into(),
            runs: runs.total(),
            duration: runs.duration,
            elections: runs.elections,
            judged: runs.judged,
            election_times: Times::of(&runs.times),
            times_stalled: runs.times_stalled,
            untimed: runs.untimed,
            interregna: Times::of(&runs.interregna),
            censored: runs.censored.total(),
            split_terms: runs.split_terms,
            windows_passed: runs.windows_passed,
            windows_untested: runs.windows_untested,
            stalls: runs.stalls,
            stalled: runs.stalled,
            stalled_runs: runs.stalled_runs,
            clients: runs.clients,
        }
    }

    /// How many runs ended so.
    pub(super) fn ended(&self, ending: Ending) -> u64 {
        self.counts.get(ending.as_str()).copied().unwrap_or(0)
    }
}

/// A share of runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FailureRate {
    pub count: u64,
    /// Of how many.
    pub of: u64,
    /// The lower end of the 95 % interval of Wilson.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl FailureRate {
    pub(super) fn of(count: u64, of: u64) -> Self {
        let (low, high) = odds::Rate::of(count, of).interval;
        // Nine digits are enough for every use, and read back as what was written.
        let short = |share: f64| (share * 1e9).round() / 1e9;
        Self { count, of, low: short(low), high: short(high) }
    }

    /// `0.25 % (0.14 to 0.46 %)`.
    pub(super) fn words(&self) -> String {
        let share = odds::Rate::of(self.count, self.of).share();
        let low = numbers::rate(self.low);
        format!("{} ({} to {})", numbers::rate(share), low.trim_end_matches(" %"), numbers::rate(self.high))
    }
}

/// Failures of one signature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FailureGroup {
    /// What they are grouped by. The code of a group that holds several is `others`.
    pub signature: Signature,
    /// In how many runs.
    pub runs: u64,
    /// How many of them a search drew.
    #[serde(default, skip_serializing_if = "none")]
    pub searched: u64,
    /// How often in all.
    pub count: u64,
    /// The share of the runs drawn blind of which it is known whether they failed so.
    pub rate: FailureRate,
    /// In how many runs each kind of fault may have been in force; `none` for runs without any.
    pub faults: BTreeMap<String, u64>,
    /// The run with the lowest number that failed so.
    pub first: First,
    /// The first whose artifacts are here, if it is another one.
    pub kept: Option<First>,
    /// The smallest schedule found.
    pub shrunk: Option<Shrunk>,
}

fn none(count: &u64) -> bool {
    *count == 0
}

/// A run that shows a failure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct First {
    /// The number of its unit.
    pub unit: u64,
    /// Its name.
    pub run: String,
    pub workload: String,
    pub seed: u64,
    /// Where its artifacts are, relative to the campaign's folder.
    pub folder: Option<String>,
    /// What happened in it.
    pub sentence: String,
    /// The command that does it again: the recorded schedule where it was kept, else the same seed.
    pub command: String,
}

impl FailureGroup {
    /// Its rate, and of what it is one.
    pub(super) fn rate_words(&self) -> String {
        match self.searched {
            0 => self.rate.words(),
            some => format!("{} by the search; of those drawn blind {}", numbers::grouped(some), self.rate.words()),
        }
    }

    pub(super) fn of(signature: &Signature, group: &Group, of: u64, identity: &Identity, extras: &Extras) -> Self {
        let first = First::of(&group.first, identity, extras);
        let kept = group.kept.as_ref().filter(|kept| kept.unit != group.first.unit);
        Self {
            signature: signature.clone(),
            runs: group.runs,
            searched: group.searched,
            count: group.count,
            rate: FailureRate::of(group.runs.saturating_sub(group.searched), of),
            faults: group.faults.iter().map(|(kind, &runs)| (kind.clone(), runs)).collect(),
            first,
            kept: kept.map(|kept| First::of(kept, identity, extras)),
            shrunk: extras.shrunk.get(signature).cloned(),
        }
    }
}

impl First {
    fn of(example: &Example, identity: &Identity, extras: &Extras) -> Self {
        let unit = &example.unit;
        Self {
            unit: unit.number,
            run: example.run.clone(),
            workload: unit.workload.clone(),
            seed: unit.seed,
            folder: example.folder.clone(),
            sentence: example.sentence.clone(),
            command: command(example, identity, extras),
        }
    }
}

/// The command that does a run again.
fn command(example: &Example, identity: &Identity, extras: &Extras) -> String {
    if let Some(folder) = &example.folder {
        return format!("interregnum replay {}", shell(&extras.folder.join(folder).to_string_lossy()));
    }
    let unit = &example.unit;
    let mut words = vec!["interregnum".to_owned(), "test".to_owned(), shell(&unit.workload)];
    if example.searched {
        // No seed draws it again, so its schedule was kept.
        let schedule = extras.folder.join(crate::search::failed(unit.number));
        words = vec!["interregnum".to_owned(), "test".to_owned(), "--schedule".to_owned()];
        words.extend([shell(&schedule.to_string_lossy()), "--system".to_owned(), shell(&unit.system)]);
        let drawn = |option: &&String| !crate::search::DRAWN_BY.iter().any(|drawn| option.starts_with(drawn));
        words.extend(identity.options.iter().filter(drawn).map(|option| shell(option)));
        return words.join(" ");
    }
    words.extend(["--system".to_owned(), shell(&unit.system), "--seed".to_owned(), unit.seed.to_string()]);
    words.extend(identity.options.iter().map(|option| shell(option)));
    words.join(" ")
}
