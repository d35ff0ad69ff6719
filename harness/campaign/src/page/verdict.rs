//! The campaign's `verdict.json`, field by field described in `docs/verdict.md`.

use std::collections::BTreeMap;

use crate::results::tally::OTHERS;
use crate::results::{Cause, Ending, FailureClass, Identity, Shard, Signature, Tally, odds};
use history::Verdict;
use serde::{Deserialize, Serialize};

use super::situations::Distinct;
use super::summary::{FailureGroup, SummaryLine};
use super::{CutShort, Extras, Missing};
use reports::text::{count, grouped};

/// The contents of a campaign's `verdict.json`. Durations are nanoseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CampaignVerdict {
    /// [`history::verdict::SCHEMA`].
    pub schema: u32,
    /// What the campaign is.
    pub campaign: Identity,
    /// All runs merged; never `valid` when something is missing.
    pub verdict: Verdict,
    /// The exit code that goes with it.
    pub exit: u8,
    /// What was found, one sentence.
    pub sentence: String,
    /// What that proves.
    pub statistics: String,
    /// The sums of all runs that were drawn blind.
    pub totals: SummaryLine,
    /// Those of the runs that a search drew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub searched: Option<SummaryLine>,
    /// The distinct situations that the runs showed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub situations: Option<Distinct>,
    /// The same for each system and workload.
    pub cells: Vec<SummaryLine>,
    /// Broken promises by signature, those with the most runs first.
    pub failures: Vec<FailureGroup>,
    /// Failures of the harness, likewise.
    pub harness: Vec<FailureGroup>,
    /// What could not be judged, likewise.
    pub unknowns: Vec<FailureGroup>,
    /// How often which fault hit which role: `kill leader`.
    pub hits: BTreeMap<String, u64>,
    /// How often which kinds of faults were in force at once: `cut + kill`.
    pub overlaps: BTreeMap<String, u64>,
    /// Runs of each network.
    pub networks: BTreeMap<String, u64>,
    /// When the first run began, seconds since 1970.
    pub began: Option<u64>,
    /// When the last run ended, seconds since 1970.
    pub ended: Option<u64>,
    /// Why the campaign ended before its time.
    pub cut_short: Option<String>,
    /// The same as a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut_short_by: Option<CutShort>,
    /// What else is to be reported.
    pub notes: Vec<String>,
    /// The shards that are here.
    pub shards: Vec<Shard>,
    /// What should be here and is not.
    pub missing: Missing,
}

impl CampaignVerdict {
    /// What is said of a campaign.
    pub fn of(identity: &Identity, tally: &Tally, extras: &Extras) -> Self {
        let incomplete = !extras.missing.is_empty();
        let (verdict, exit) = match tally.verdict() {
            Verdict::Valid if incomplete => (Verdict::Unknown, 2),
            verdict => (verdict, tally.exit()),
        };
        let mut cells: Vec<SummaryLine> =
            tally.cells.iter().map(|(cell, runs)| SummaryLine::of(&cell.system, &cell.workload, runs)).collect();
        cells.extend(tally.other_cells.as_ref().map(|runs| SummaryLine::of(OTHERS, OTHERS, runs)));
        let failures = found(FailureClass::Invalid, identity, tally, extras);
        Self {
            schema: history::verdict::SCHEMA,
            campaign: identity.clone(),
            verdict,
            exit,
            sentence: sentence(tally, failures.len(), &extras.missing),
            statistics: odds::sentence(tally),
            totals: SummaryLine::of("", "", &tally.runs),
            searched: (tally.searched.total() > 0).then(|| SummaryLine::of("", "", &tally.searched)),
            situations: Distinct::of(tally, extras.spent),
            cells,
            failures,
            harness: found(FailureClass::Harness, identity, tally, extras),
            unknowns: found(FailureClass::Unknown, identity, tally, extras),
            hits: tally.hits.iter().map(|(what, &count)| (what.clone(), count)).collect(),
            overlaps: tally.overlaps.iter().map(|(what, &count)| (what.clone(), count)).collect(),
            networks: tally.networks.iter().map(|(network, &runs)| (network.clone(), runs)).collect(),
            began: tally.span.map(|span| span.0),
            ended: tally.span.map(|span| span.1),
            cut_short: extras.cut_short.clone(),
            cut_short_by: extras.cut_short_by,
            notes: extras.notes.clone(),
            shards: extras.shards.clone(),
            missing: extras.missing.clone(),
        }
    }
}

/// The failures of a class. A rate is of the runs of that system of which it is known whether they failed so.
fn found(class: FailureClass, identity: &Identity, tally: &Tally, extras: &Extras) -> Vec<FailureGroup> {
    let of = |system: Option<&str>| {
        let cells = tally.cells.iter().filter(|(cell, _)| system.is_none_or(|system| cell.system == system));
        let runs = cells.map(|(_, runs)| if class == FailureClass::Invalid { runs.decided() } else { runs.total() });
        runs.sum::<u64>()
    };
    let groups = tally.groups(class).into_iter();
    let mut found: Vec<FailureGroup> = groups
        .map(|(signature, group)| FailureGroup::of(signature, group, of(Some(&signature.system)), identity, extras))
        .collect();
    let others = |checker: &str| Signature {
        system: OTHERS.to_owned(),
        checker: checker.to_owned(),
        faults: Vec::new(),
        cause: Cause::Coded { code: OTHERS.to_owned(), details: Vec::new() },
    };
    found.extend(
        tally
            .others(class)
            .map(|(checker, group)| FailureGroup::of(&others(checker), group, of(None), identity, extras)),
    );
    // What has no room anywhere is of any class; broken promises are where it is not overlooked.
    if class == FailureClass::Invalid {
        found.extend(
            tally.rest.iter().map(|group| FailureGroup::of(&others(OTHERS), group, of(None), identity, extras)),
        );
    }
    found
}

/// `1,200 runs: 1,195 valid, 3 invalid in 1 way, 2 unknown; 50 of 9,792 elections could be judged.`
fn sentence(tally: &Tally, ways: usize, missing: &Missing) -> String {
    let runs = tally.total();
    let mut parts = vec![format!("{} valid", grouped(tally.ended(Ending::Valid)))];
    for (ending, said) in [
        (Ending::Invalid, "invalid"),
        (Ending::Harness, "failed for the harness"),
        (Ending::Unknown, "unknown"),
        (Ending::Interrupted, "interrupted"),
    ] {
        let number = tally.ended(ending);
        if number > 0 {
            let how =
                if ending == Ending::Invalid { format!(" in {}", count(ways as u64, "way")) } else { String::new() };
            parts.push(format!("{} {said}{how}", grouped(number)));
        }
    }
    let mut lacking = Vec::new();
    if !missing.shards.is_empty() {
        lacking.push(count(missing.shards.len() as u64, "shard"));
    }
    if missing.units > 0 {
        lacking.push(count(missing.units, "run"));
    }
    let lacking = match lacking.as_slice() {
        [] => String::new(),
        all => format!(" Missing: {}.", all.join(", ")),
    };
    let (judged, elections) = (tally.runs.judged, tally.runs.elections);
    // Where no fault took a leader, there was none to judge.
    let runs_of = &tally.runs;
    let after_faults = runs_of.times.total() + runs_of.times_stalled + runs_of.untimed;
    let elections = match elections {
        _ if judged == 0 && after_faults == 0 => String::new(),
        elections => {
            let whose = if tally.searched.total() > 0 { " of the runs drawn blind" } else { "" };
            format!("; {} of {}{whose} could be judged", grouped(judged), count(elections, "election"))
        }
    };
    format!("{}: {}{elections}.{lacking}", count(runs, "run"), parts.join(", "))
}
