//! Many folders become one: the files of a merge.
//!
//! What is decided is decided in [`crate::results::Merge`], which is pure; here files are read and written. The new folder is
//! built beside its place and renamed into it. So it is whole or not there, and nothing that exists is written over. Kept
//! artifacts are hard-linked where the file system allows it and copied where not, so merging a night costs no disk. Deleting the
//! parts afterwards loses nothing. All that a folder says of places is relative to itself, and it can be copied to another
//! machine.

mod shrunk;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::page::{CampaignVerdict, Extras, Missing};
use crate::results::{Entry, Merge, MergeError, Merged, Record, Signature, Tally};
use reports::ReportError;
use serde::Serialize;

use self::shrunk::SourcedSchedule;
use super::part::{self, IDENTITY, Part, RECORD, RUNS};

pub use self::shrunk::FILE as SHRUNK;

/// So many of the units that are missing are named on the page; `merge.json` has all of them.
const NAMED: usize = 100;

/// Folders cannot be merged.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// A folder is not what it should be; a sentence.
    #[error("{0}")]
    Part(String),
    /// They are not of one campaign.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// Two units name the same folder.
    #[error("{} and {} both have artifacts named {name}, of different runs; merge them one by one to see which is damaged", one.display(), other.display())]
    Clash {
        /// The first folder.
        one: PathBuf,
        /// The second.
        other: PathBuf,
        name: String,
    },
    /// The place of the new folder is taken.
    #[error("{} is there already, and nothing is overwritten; name another folder with --out", .0.display())]
    Taken(PathBuf),
    /// A file cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
    /// The page cannot be made.
    #[error(transparent)]
    Report(#[from] ReportError),
}

impl Trouble {
    /// Whether the user can do something about it on the command line.
    pub fn is_usage(&self) -> bool {
        !matches!(self, Self::Write { .. } | Self::Report(_))
    }
}

/// Parts of one campaign, read and merged in memory.
#[derive(Debug)]
pub struct Joined {
    /// What they come to.
    pub merged: Merged,
    /// What is to be reported of them, each one sentence.
    pub notes: Vec<String>,
    sources: Vec<PathBuf>,
    shrunk: BTreeMap<Signature, SourcedSchedule>,
}

/// Reads the campaigns that the paths mean and merges them.
///
/// # Errors
/// A path holds none, one is damaged, or they are not of one campaign.
pub fn join(paths: &[PathBuf]) -> Result<Joined, Trouble> {
    let mut folders = Vec::new();
    for path in paths {
        folders.extend(part::find(path).map_err(Trouble::Part)?);
    }
    let (mut merge, mut notes): (Option<Merge>, Vec<String>) = (None, Vec::new());
    let mut shrunk = BTreeMap::new();
    for (source, folder) in folders.iter().enumerate() {
        let Part { identity, record, entries, torn, .. } = part::read(folder).map_err(Trouble::Part)?;
        let place = folder.display().to_string();
        let merge = match &mut merge {
            Some(merge) => merge,
            none => none.insert(Merge::new(&place, &identity)?),
        };
        merge.join(&place, &identity, record.as_ref())?;
        entries.into_iter().for_each(|entry| merge.add(entry, source));
        shrunk::join(&mut shrunk, shrunk::read(folder));
        if torn {
            notes.push(format!("{place}: its last line is torn and was left out; the unit counts as not run"));
        }
    }
    match merge {
        Some(merge) => Ok(Joined { merged: merge.finish(), notes, sources: folders, shrunk }),
        None => Err(Trouble::Part("name the folders to merge".into())),
    }
}

/// Writes a merged campaign into a new folder.
///
/// # Errors
/// The folder is there, two runs claim one name, or a file cannot be written; then nothing is left behind.
pub fn write(out: &Path, joined: &Joined) -> Result<CampaignVerdict, Trouble> {
    let taken = fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some()) || out.is_file();
    if taken {
        return Err(Trouble::Taken(out.to_owned()));
    }
    let name = out.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let fresh = out.with_file_name(format!(".{name}.merging-{}", std::process::id()));
    let written = fill(&fresh, joined).and_then(|verdict| {
        fs::rename(&fresh, out).map_err(|source| Trouble::Write { path: out.to_owned(), source })?;
        Ok(verdict)
    });
    if written.is_err() {
        let _ = fs::remove_dir_all(&fresh);
    }
    written
}

fn fill(folder: &Path, joined: &Joined) -> Result<CampaignVerdict, Trouble> {
    let Joined { merged, sources, shrunk, .. } = joined;
    let at = |path: PathBuf| move |source| Trouble::Write { path, source };
    fs::create_dir_all(folder).map_err(at(folder.to_owned()))?;
    put(&folder.join(IDENTITY), &merged.identity)?;
    let runs = folder.join(RUNS);
    let tally = entries(&runs, &merged.entries).map_err(at(runs.clone()))?;
    artifacts(folder, merged, sources)?;
    schedules(folder, shrunk)?;
    put(&folder.join(RECORD), &merged.record)?;
    Ok(crate::page::write(folder, &merged.identity, &tally, &extras(&merged.record, shrunk))?.verdict)
}

/// What the page tells of the merge. Its commands are relative to the folder itself, which may be copied anywhere.
fn extras(record: &Record, shrunk: &BTreeMap<Signature, SourcedSchedule>) -> Extras {
    let first = record.missing_units.iter().flat_map(|[first, last]| *first..=*last);
    let units = record.missing_units.iter().map(|[first, last]| last - first + 1).sum();
    Extras {
        folder: ".".into(),
        notes: vec![record.sentence.clone(), "Commands are to be given inside this folder.".to_owned()],
        shrunk: shrunk.iter().map(|(signature, found)| (signature.clone(), found.shrunk.clone())).collect(),
        shards: record.shards.iter().copied().collect(),
        missing: Missing {
            shards: record.missing_shards.iter().copied().collect(),
            units,
            first: first.take(NAMED).collect(),
        },
        ..Extras::default()
    }
}

fn entries(path: &Path, entries: &[(Entry, usize)]) -> io::Result<Tally> {
    let mut tally = Tally::default();
    reports::file::replace(path, true, |mut file| {
        for (entry, _) in entries {
            serde_json::to_writer(&mut file, entry)?;
            file.write_all(b"\n")?;
            tally.add(entry);
        }
        Ok(())
    })?;
    Ok(tally)
}

fn put(path: &Path, value: &impl Serialize) -> Result<(), Trouble> {
    super::campaign_folder::put(path, value).map_err(|source| Trouble::Write { path: path.to_owned(), source })
}

fn artifacts(folder: &Path, merged: &Merged, sources: &[PathBuf]) -> Result<(), Trouble> {
    let mut owners: BTreeMap<&str, usize> = BTreeMap::new();
    for (entry, source) in &merged.entries {
        let (Some(place), Some(from)) = (&entry.folder, sources.get(*source)) else { continue };
        if let Some(other) = owners.insert(place, *source) {
            let (one, other) = (sources[other].clone(), from.clone());
            return Err(Trouble::Clash { one, other, name: place.clone() });
        }
        let to = folder.join(place);
        copy(&from.join(place), &to).map_err(|source| Trouble::Write { path: to, source })?;
    }
    Ok(())
}

/// The smallest schedules, each in a folder of its own.
fn schedules(folder: &Path, shrunk: &BTreeMap<Signature, SourcedSchedule>) -> Result<(), Trouble> {
    if shrunk.is_empty() {
        return Ok(());
    }
    let mut done = BTreeSet::new();
    for SourcedSchedule { shrunk, from } in shrunk.values() {
        let Some(from) = from.as_ref().filter(|_| done.insert(&shrunk.folder)) else { continue };
        let to = folder.join(&shrunk.folder);
        copy(from, &to).map_err(|source| Trouble::Write { path: to, source })?;
    }
    let all: Vec<_> = shrunk.iter().map(|(signature, found)| (signature, &found.shrunk)).collect();
    put(&folder.join(SHRUNK), &all)
}

/// Links or copies a folder. Of what is neither a file nor a folder nothing is taken: a report needs none of it.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, to) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_dir() {
            copy(&entry.path(), &to)?;
        } else if kind.is_file() && fs::hard_link(entry.path(), &to).is_err() {
            fs::copy(entry.path(), &to)?;
        }
    }
    Ok(())
}
