//! Several parts of one campaign become one.
//!
//! A campaign is dealt to machines that know nothing of each other. Some of them will be lost. Some of their work will be done
//! twice, when an engine starts a shard again that it believed dead. A user will merge what has arrived, and again when more has.
//! So the merge is a union of sets: a part joins with what it holds, and a unit keeps one entry. The order, the repetition and
//! the nesting of merges do not matter. That holds because everything that is kept is chosen by a total order on the things
//! themselves, never by which came first. The order is: the worse ending, then the earlier beginning, then the text.
//!
//! Two entries for one unit that differ are two runs of it, and both are evidence. The worse is kept, because a bug that
//! showed itself once is there, and the other is recorded, so that a merge of merges knows it too. That makes the
//! failures of units that were run twice a little more frequent than those of the others; the record says how many.
//!
//! What is not there is named: shards, and units. A campaign with a number of runs knows exactly which units it lacks. One
//! that was bounded by time does not: of each shard only the holes before its last unit are certain.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::{Deal, Part};
use serde::{Deserialize, Serialize};

use super::{Ending, Entry, Identity, RunId, Shard, tally};

/// The schema of campaigns that can be merged.
const SCHEMA: u32 = 1;
/// Finding the shard of a missing unit walks the campaign once for each shard; beyond so many steps it is left.
const MOST_STEPS: u64 = 20_000_000;

/// Why two folders do not become one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// The schema is not one that this version reads.
    #[error(
        "{place} has schema {schema}, and this version reads schema {SCHEMA}; merge it with the version that wrote it"
    )]
    Schema {
        place: String,
        /// What it says.
        schema: u32,
    },
    /// An experiment's runs are not dealt to machines, so there are no parts of it.
    #[error(
        "{place} is the experiment {experiment}, which is one folder and has no parts to merge; name folders of campaigns"
    )]
    Experiment {
        place: String,
        /// Which experiment.
        experiment: String,
    },
    /// Written by different versions.
    #[error("{place} was written by version {version} and {first} by {first_version}; merge only what one version ran")]
    Version {
        place: String,
        version: String,
        /// The first folder.
        first: String,
        /// The first folder's version.
        first_version: String,
    },
    /// Different campaigns.
    #[error("{place} is of another campaign than {first}: {difference}; merge only the parts of one campaign")]
    Campaign {
        place: String,
        /// The first folder.
        first: String,
        /// In what they differ.
        difference: String,
    },
}

/// What a merge leaves behind beside the entries, `merge.json`: which parts are in it, what is missing, what was there twice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Nothing is missing.
    pub complete: bool,
    /// What a person wants to know of the merge, one sentence.
    pub sentence: String,
    /// A part was the whole campaign, not a shard.
    pub whole: bool,
    /// The shards that are in it.
    pub shards: BTreeSet<Shard>,
    /// The shards that are not, of those with as many parts.
    pub missing_shards: BTreeSet<Shard>,
    /// The units that are not, as ranges of their numbers, both ends included.
    pub missing_units: Vec<[u64; 2]>,
    /// Of these, the ones that belong to shards that are in it; the first hundred.
    pub holes: Vec<RunId>,
    /// Units that were run more than once, with different entries.
    pub repeated: Vec<Repeated>,
}

/// A unit of which there were several entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeated {
    /// The number of the unit.
    pub unit: u64,
    /// The run that stands for it.
    pub kept: EntryMark,
    pub others: BTreeSet<EntryMark>,
}

/// As much of an entry as tells it from others of the same unit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EntryMark {
    /// When it began.
    pub began: String,
    /// How long it took, nanoseconds.
    pub duration: u64,
    /// How it counts.
    pub ending: Ending,
    /// What is said of it.
    pub sentence: String,
}

/// Parts of one campaign, coming together.
#[derive(Debug)]
pub struct Merge {
    first: String,
    identity: Identity,
    whole: bool,
    shards: BTreeSet<Shard>,
    units: BTreeMap<u64, SourcedEntry>,
    others: BTreeMap<u64, BTreeSet<EntryMark>>,
}

#[derive(Debug)]
struct SourcedEntry {
    entry: Entry,
    source: usize,
}

/// A merged campaign.
#[derive(Debug)]
pub struct Merged {
    /// What campaign it is; no shard.
    pub identity: Identity,
    /// The entries in the order of their units, each with the number of the part whose artifacts its `folder` names.
    pub entries: Vec<(Entry, usize)>,
    /// What is in it and what is not.
    pub record: Record,
}

impl Merge {
    /// Begins with nothing but the identity of the first part; `place` is what it is called in sentences.
    ///
    /// # Errors
    /// Its schema is unknown.
    pub fn new(place: &str, identity: &Identity) -> Result<Self, MergeError> {
        known(place, identity)?;
        if let Some(experiment) = &identity.experiment {
            return Err(MergeError::Experiment { place: place.to_owned(), experiment: experiment.clone() });
        }
        Ok(Self {
            first: place.to_owned(),
            identity: Identity { shard: None, ..identity.clone() },
            whole: false,
            shards: BTreeSet::new(),
            units: BTreeMap::new(),
            others: BTreeMap::new(),
        })
    }

    /// Takes in what a part is; `record` is the `merge.json` of one that was merged before. Its entries follow with
    /// [`Merge::add`].
    ///
    /// # Errors
    /// It is of another campaign, or was written by another version.
    pub fn join(&mut self, place: &str, identity: &Identity, record: Option<&Record>) -> Result<(), MergeError> {
        known(place, identity)?;
        if identity.version != self.identity.version {
            return Err(MergeError::Version {
                place: place.to_owned(),
                version: identity.version.clone(),
                first: self.first.clone(),
                first_version: self.identity.version.clone(),
            });
        }
        if let Some(difference) = self.difference(identity) {
            return Err(MergeError::Campaign { place: place.to_owned(), first: self.first.clone(), difference });
        }
        if self.identity.cells.is_empty() {
            self.identity.cells.clone_from(&identity.cells);
        }
        match (record, identity.shard) {
            (Some(record), _) => {
                self.whole |= record.whole;
                self.shards.extend(&record.shards);
                for repeated in &record.repeated {
                    self.others.entry(repeated.unit).or_default().extend(repeated.others.iter().cloned());
                }
            }
            (None, Some(shard)) => drop(self.shards.insert(shard)),
            (None, None) => self.whole = true,
        }
        Ok(())
    }

    /// Takes in an entry of a part; `source` is the number of the part, by which its artifacts are found.
    pub fn add(&mut self, entry: Entry, source: usize) {
        let number = entry.unit.number;
        let new = SourcedEntry { entry, source };
        let Some(known) = self.units.remove(&number) else {
            self.units.insert(number, new);
            return;
        };
        let same = told(&known.entry) == told(&new.entry) && text(&known.entry) == text(&new.entry);
        let (kept, other) = if order(&new) < order(&known) { (new, known) } else { (known, new) };
        if !same {
            self.others.entry(number).or_default().insert(told(&other.entry));
        }
        self.units.insert(number, kept);
    }

    /// What it comes to.
    pub fn finish(self) -> Merged {
        let Self { identity, whole, shards, units, others, .. } = self;
        let repeated: Vec<Repeated> = others
            .into_iter()
            .filter_map(|(unit, mut others)| {
                let kept = told(&units.get(&unit)?.entry);
                others.remove(&kept);
                (!others.is_empty()).then_some(Repeated { unit, kept, others })
            })
            .collect();
        let missing_shards = if whole { BTreeSet::new() } else { absent(&shards) };
        let missing = missing(&identity, &units);
        let holes = holes(&identity, whole, &shards, &units);
        let mut record = Record {
            complete: missing_shards.is_empty() && missing.is_empty(),
            whole,
            shards,
            missing_shards,
            missing_units: ranges(&missing),
            holes,
            repeated,
            sentence: String::new(),
        };
        record.sentence = sentence(&record, units.len(), missing.len());
        let entries = units.into_values().map(|kept| (kept.entry, kept.source)).collect();
        Merged { identity, entries, record }
    }

    fn difference(&self, other: &Identity) -> Option<String> {
        let this = &self.identity;
        let lists =
            |what: &str, a: &[String], b: &[String]| (a != b).then(|| format!("{what} {} and {}", said(b), said(a)));
        lists("systems", &this.systems, &other.systems)
            .or_else(|| lists("workloads", &this.workloads, &other.workloads))
            .or_else(|| lists("options", &this.options, &other.options))
            .or_else(|| {
                let differ = this.runs_other_cells(other);
                differ.then(|| format!("cells {} and {}", said(&names(&other.cells)), said(&names(&this.cells))))
            })
            .or_else(|| (this.seed != other.seed).then(|| format!("seeds from {} and from {}", other.seed, this.seed)))
            .or_else(|| (this.runs != other.runs).then(|| format!("{} and {} runs", runs(other.runs), runs(this.runs))))
            .or_else(|| {
                let drawn =
                    |identity: &Identity| if identity.search { "runs drawn by a search" } else { "runs drawn blind" };
                (this.search != other.search).then(|| format!("{} and {}", drawn(other), drawn(this)))
            })
            .or_else(|| (this.id != other.id).then(|| format!("id {} and {}", other.id, this.id)))
    }
}

fn known(place: &str, identity: &Identity) -> Result<(), MergeError> {
    let schema = identity.schema;
    if schema == SCHEMA { Ok(()) } else { Err(MergeError::Schema { place: place.to_owned(), schema }) }
}

fn said(list: &[String]) -> String {
    if list.is_empty() { "none".to_owned() } else { list.join(" ") }
}

/// `etcd/chaos`.
fn names(cells: &[tally::CellName]) -> Vec<String> {
    cells.iter().map(|cell| format!("{}/{}", cell.system, cell.workload)).collect()
}

fn runs(runs: Option<u64>) -> String {
    runs.map_or("unbounded".to_owned(), |runs| runs.to_string())
}

fn told(entry: &Entry) -> EntryMark {
    EntryMark {
        began: entry.began.clone(),
        duration: entry.duration,
        ending: entry.ending(),
        sentence: entry.sentence.clone(),
    }
}

/// All of an entry but the place of its artifacts, which is no part of what happened.
fn text(entry: &Entry) -> String {
    let entry = Entry { folder: None, ..entry.clone() };
    serde_json::to_string(&entry).unwrap_or_default()
}

/// What stands for a unit comes first: the worse ending, the earlier beginning, the smaller text, and of equals the one whose
/// artifacts are there. The source is no part of it.
fn order(kept: &SourcedEntry) -> impl Ord + use<> {
    let entry = &kept.entry;
    let worse = std::cmp::Reverse(entry.ending());
    (worse, entry.began.clone(), text(entry), entry.folder.is_none(), entry.folder.clone())
}

/// The shards that are missing beside those that are there: of eight, all that no part was.
fn absent(shards: &BTreeSet<Shard>) -> BTreeSet<Shard> {
    let splits: BTreeSet<u32> = shards.iter().map(|shard| shard.of).collect();
    let all = splits.into_iter().flat_map(|of| (1..=of).map(move |number| Shard { number, of }));
    all.filter(|shard| !shards.contains(shard)).collect()
}

/// The units of a campaign with a number of runs that have no entry.
fn missing(identity: &Identity, units: &BTreeMap<u64, SourcedEntry>) -> Vec<u64> {
    (0..identity.runs.unwrap_or(0)).filter(|number| !units.contains_key(number)).collect()
}

fn ranges(numbers: &[u64]) -> Vec<[u64; 2]> {
    let mut ranges: Vec<[u64; 2]> = Vec::new();
    for &number in numbers {
        match ranges.last_mut() {
            Some(last) if last[1] + 1 == number => last[1] = number,
            _ => ranges.push([number, number]),
        }
    }
    ranges
}

/// The units that parts which are there should have had: all of them with a number of runs, else those before the last.
fn holes(
    identity: &Identity,
    whole: bool,
    shards: &BTreeSet<Shard>,
    units: &BTreeMap<u64, SourcedEntry>,
) -> Vec<RunId> {
    const MOST: usize = 100;
    let Some(cells) = cells(identity, units) else { return Vec::new() };
    let end = identity.runs.or_else(|| units.keys().next_back().map(|last| last + 1)).unwrap_or(0);
    let parts: Vec<Option<Part>> = if whole {
        vec![None]
    } else {
        shards.iter().map(|shard| Some(Part { number: shard.number, of: shard.of })).collect()
    };
    if end.saturating_mul(parts.len() as u64) > MOST_STEPS {
        return Vec::new();
    }
    let mut holes = BTreeSet::new();
    for part in parts {
        let Ok(deal) = Deal::new(cells.len(), identity.seed, Some(end), part) else { continue };
        let mut open = Vec::new();
        for unit in deal {
            if !units.contains_key(&unit.number) {
                let Some(Some((system, workload))) = cells.get(unit.cell).cloned() else { continue };
                open.push(RunId { number: unit.number, system, workload, seed: unit.seed });
            } else if identity.runs.is_none() {
                holes.extend(open.drain(..));
            }
        }
        if identity.runs.is_some() {
            holes.extend(open);
        }
    }
    holes.into_iter().take(MOST).collect()
}

/// A system and a workload, where they are known.
type KnownCell = Option<(String, String)>;

/// The cells of the campaign, in their order. Where they were not recorded, their number is read from the entries, for not every
/// workload can be run with every system: unit `number` has seed `first + number / cells`. None when no number of cells explains
/// them.
fn cells(identity: &Identity, units: &BTreeMap<u64, SourcedEntry>) -> Option<Vec<KnownCell>> {
    if !identity.cells.is_empty() {
        return Some(identity.cells.iter().map(|cell| Some((cell.system.clone(), cell.workload.clone()))).collect());
    }
    let table = identity.systems.iter().flat_map(|system| identity.workloads.iter().map(move |w| (system, w)));
    let whole: Vec<KnownCell> = table.map(|(system, workload)| Some((system.clone(), workload.clone()))).collect();
    let fits = |cells: u64| {
        units.values().all(|kept| {
            let unit = &kept.entry.unit;
            identity.seed.checked_add(unit.number / cells) == Some(unit.seed)
        })
    };
    if whole.is_empty() || fits(whole.len() as u64) {
        return Some(whole);
    }
    let fewer = (1..whole.len()).rev().find(|&cells| fits(cells as u64))?;
    let mut cells = vec![None; fewer];
    for kept in units.values() {
        let unit = &kept.entry.unit;
        cells[(unit.number % fewer as u64) as usize] = Some((unit.system.clone(), unit.workload.clone()));
    }
    Some(cells)
}

fn sentence(record: &Record, units: usize, missing: usize) -> String {
    let mut parts = Vec::new();
    let shards: Vec<String> = record.missing_shards.iter().take(20).map(|s| format!("{}/{}", s.number, s.of)).collect();
    let more = record.missing_shards.len().saturating_sub(shards.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    match shards.len() {
        0 => {}
        1 => parts.push(format!("shard {} is missing", shards[0])),
        _ => parts.push(format!("shards {}{more} are missing", shards.join(", "))),
    }
    if missing > 0 {
        parts.push(format!("{missing} of {} units were not run", missing + units));
    }
    if let Some(hole) = record.holes.first() {
        let holes = match record.holes.len() {
            1 => "a unit".to_owned(),
            100 => "100 or more units".to_owned(),
            some => format!("{some} units"),
        };
        let RunId { number, system, workload, seed } = hole;
        let first = format!("unit {number}: {system} {workload} seed {seed}");
        parts.push(format!("shards that are there lack {holes}, the first is {first}"));
    }
    if parts.is_empty() {
        parts.push("nothing is missing".to_owned());
    }
    if !record.repeated.is_empty() {
        let changed = record.repeated.iter().filter(|r| r.others.iter().any(|other| other.ending != r.kept.ending));
        let changed = match changed.count() {
            0 => String::new(),
            some => format!(" and ended differently {some} times"),
        };
        let times = record.repeated.len();
        parts.push(format!("{times} units were run more than once{changed}; the worse run stands for each"));
    }
    format!("{units} units merged: {}.", parts.join("; "))
}

#[cfg(test)]
mod tests;
