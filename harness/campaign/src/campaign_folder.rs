//! The folder of a campaign: a new one, or that of the one which was not finished.
//!
//! *The same command goes on where it was.* So the command line does not name the folder; the harness finds it in `--out`. It is
//! the folder of a campaign that is not finished and has the same [`Identity`] (everything that decides what is run) and the same
//! shard. That campaign must also be meant to last as long and test the same programs. A campaign whose program under test was
//! built anew is another campaign: no user wants yesterday's failures on the page of today's fix.
//!
//! A merged campaign is a result and is not continued: its record says which parts are in it, and would no longer be true. What
//! it lacks is run in a folder of its own and merged with it, as often as one likes.
//!
//! Two processes in one folder would write over each other. So a process that works in the folder holds a lock on its `lock`
//! file, and the file names that process. The kernel releases the lock when the process is gone, however it ended. While a folder
//! is looked for, `--out` itself is locked, or two that begin at the same instant would each find none and make one.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::results::{Identity, Shard};
use serde::{Deserialize, Serialize};

use super::part::{IDENTITY, STATE};
use reports::folder;

/// [`Identity::schema`] and [`State::schema`].
pub const SCHEMA: u32 = 1;

/// How far a campaign has come, besides its ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// [`SCHEMA`].
    pub schema: u32,
    /// For how long it has run, over all invocations.
    #[serde(with = "humantime_serde")]
    pub spent: Duration,
    /// For how long it is to run.
    #[serde(with = "humantime_serde::option", default)]
    pub limit: Option<Duration>,
    /// The programs under test, and a checksum of each.
    #[serde(default)]
    pub programs: BTreeMap<String, String>,
    /// It came to its end, and is not continued.
    pub finished: bool,
}

/// A folder that is ours.
#[derive(Debug)]
pub struct CampaignFolder {
    pub folder: PathBuf,
    /// How far the campaign has come.
    pub state: State,
    /// It was begun by an earlier invocation.
    pub resumed: bool,
    /// Held for as long as this lives.
    _lock: File,
}

/// There is no folder to work in.
#[derive(Debug, thiserror::Error)]
pub enum CampaignFolderError {
    /// Another process works in it.
    #[error(
        "{} is in use by process {pid}, which runs the same campaign; wait for it, or begin another one with --seed or --out",
        folder.display()
    )]
    InUse { folder: PathBuf, pid: String },
    /// It was written by another version.
    #[error(
        "{} was begun by {by}, and this is version {}, schema {SCHEMA}; finish it with that one, or move the folder away to begin \
         anew",
        folder.display(), env!("CARGO_PKG_VERSION")
    )]
    Version {
        folder: PathBuf,
        /// Which version, in words.
        by: String,
    },
    /// `--out` names the folder of another campaign.
    #[error("{} is the folder of another campaign; name the folder that holds it with --out, or an empty one", folder.display())]
    Another { folder: PathBuf },
    /// `--out` names a campaign that was merged.
    #[error(
        "{} was merged from parts, and no run is added to it. Run what it lacks in a folder of its own (--shard and --out say \
         which and where). Then merge that folder with this one",
        folder.display()
    )]
    Merged { folder: PathBuf },
    /// The folder cannot be made.
    #[error(transparent)]
    Folder(#[from] folder::FolderError),
    /// A file of it cannot be read or written.
    #[error("{}: {source}; mend that, or name another place with --out", path.display())]
    File { path: PathBuf, source: io::Error },
}

impl CampaignFolderError {
    /// Whether the user can do something about it on the command line.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::InUse { .. } | Self::Version { .. } | Self::Another { .. } | Self::Merged { .. })
    }
}

impl CampaignFolder {
    /// Finds or makes the folder of this campaign below `out`, and locks it. `built_in`: its systems are those of this version,
    /// and none is a file of the user's.
    ///
    /// # Errors
    /// Another process works in it, it is another version's, or it cannot be read or written.
    pub fn enter(
        out: &Path,
        identity: &Identity,
        built_in: bool,
        state: State,
        now: SystemTime,
    ) -> Result<Self, CampaignFolderError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| CampaignFolderError::File { path, source }
        };
        folder::make(out)?;
        let searching = File::open(out).map_err(failed(out))?;
        // Some network file systems lock no folders; then only those on one machine that begin at the same instant are at risk.
        let _ = searching.lock();
        if out.join(IDENTITY).exists() {
            // A user who names the campaign's own folder means that one.
            if out.join(super::part::RECORD).exists() {
                return Err(CampaignFolderError::Merged { folder: out.to_owned() });
            }
            return match look(out, identity, built_in, &state) {
                Look::Ours(kept) => Self::take(out, kept, true),
                Look::Version(by) => Err(CampaignFolderError::Version { folder: out.to_owned(), by }),
                Look::Finished | Look::Other => Err(CampaignFolderError::Another { folder: out.to_owned() }),
            };
        }
        let mut folders: Vec<PathBuf> =
            fs::read_dir(out).map_err(failed(out))?.flatten().map(|entry| entry.path()).collect();
        // The newest first, by the time in its name; a link such as `latest` is another name of one of them.
        folders.sort_by(|a, b| b.cmp(a));
        let ours = |path: &&PathBuf| {
            !path.is_symlink() && path.join(IDENTITY).exists() && !path.join(super::part::RECORD).exists()
        };
        for folder in folders.iter().filter(ours) {
            match look(folder, identity, built_in, &state) {
                Look::Ours(kept) => {
                    folder::point_latest(out, folder).map_err(failed(folder))?;
                    return Self::take(folder, kept, true);
                }
                Look::Version(by) => return Err(CampaignFolderError::Version { folder: folder.clone(), by }),
                Look::Finished | Look::Other => {}
            }
        }
        let name = match (identity.shard, &identity.experiment) {
            (Some(Shard { number, of }), _) => format!("soak-{number}-of-{of}"),
            (None, Some(experiment)) => experiment.clone(),
            (None, None) => "soak".to_owned(),
        };
        let folder = folder::claim(out, &name, now)?;
        let campaign = Self::take(&folder, state, false)?;
        campaign.save()?;
        put(&folder.join(IDENTITY), identity).map_err(failed(&folder.join(IDENTITY)))?;
        Ok(campaign)
    }

    /// Whether a folder of this experiment is there that is not finished.
    pub fn is_begun(out: &Path, identity: &Identity, state: &State) -> bool {
        let inside = fs::read_dir(out).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut folders = inside.filter(|path| !path.is_symlink()).chain([out.to_owned()]);
        folders.any(|folder| matches!(look(&folder, identity, false, state), Look::Ours(_)))
    }

    /// Whether the folder is where it was: it may be removed, or moved away, while the campaign runs.
    pub(crate) fn is_there(&self) -> bool {
        self.folder.join(IDENTITY).exists()
    }

    fn take(folder: &Path, state: State, resumed: bool) -> Result<Self, CampaignFolderError> {
        let path = folder.join("lock");
        let failed = |source| CampaignFolderError::File { path: path.clone(), source };
        let mut lock =
            File::options().create(true).truncate(false).read(true).write(true).open(&path).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let pid = fs::read_to_string(&path).unwrap_or_default();
                let pid = if pid.trim().is_empty() { "(unknown)" } else { pid.trim() }.to_owned();
                return Err(CampaignFolderError::InUse { folder: folder.to_owned(), pid });
            }
            // A file system without locks: the number in the file is then only information, and no process is kept out.
            Err(TryLockError::Error(error)) if is_lockless(&error) => {}
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        lock.set_len(0).and_then(|()| writeln!(lock, "{}", std::process::id())).map_err(failed)?;
        Ok(Self { folder: folder.canonicalize().map_err(failed)?, state, resumed, _lock: lock })
    }

    /// Writes how far it has come.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self) -> Result<(), CampaignFolderError> {
        let path = self.folder.join(STATE);
        put(&path, &self.state).map_err(|source| CampaignFolderError::File { path, source })
    }
}

fn is_lockless(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Unsupported || error.raw_os_error() == Some(nix::libc::ENOLCK)
}

/// What a folder is to us.
enum Look {
    /// To be continued.
    Ours(State),
    /// Ours, and over.
    Finished,
    /// Ours, but of another version; which one, in words.
    Version(String),
    /// Another campaign's.
    Other,
}

/// A folder that cannot be understood is not ours.
fn look(folder: &Path, identity: &Identity, built_in: bool, wanted: &State) -> Look {
    let read = |file: &str| fs::read(folder.join(file)).ok();
    let Some(found) = read(IDENTITY).and_then(|json| serde_json::from_slice::<serde_json::Value>(&json).ok()) else {
        return Look::Other;
    };
    let shard = found.get("shard").cloned().unwrap_or_default();
    let same_shard = serde_json::to_value(identity.shard).is_ok_and(|ours| ours == shard);
    // What was written before the cells were recorded has none, and its id stands for them.
    let cells = found.get("cells").and_then(|cells| serde_json::from_value(cells.clone()).ok()).unwrap_or_default();
    let other_cells = identity.runs_other_cells(&Identity { cells, ..identity.clone() });
    let same = found.get("id").and_then(serde_json::Value::as_str) == Some(&identity.id)
        || built_in && is_alike(&found, identity);
    if !same || !same_shard || other_cells {
        return Look::Other;
    }
    // Without its state it was killed before it did anything.
    let state = read(STATE).and_then(|json| serde_json::from_slice::<serde_json::Value>(&json).ok());
    let is_finished = state.as_ref().and_then(|state| state.get("finished")?.as_bool()).unwrap_or(false);
    if is_finished {
        return Look::Finished;
    }
    let version = found.get("version").and_then(serde_json::Value::as_str).unwrap_or("(unknown)");
    let schema = found.get("schema").and_then(serde_json::Value::as_u64).unwrap_or(0);
    if version != identity.version || schema != u64::from(SCHEMA) {
        return Look::Version(format!("version {version}, schema {schema}"));
    }
    match state.map(serde_json::from_value::<State>) {
        None => Look::Ours(wanted.clone()),
        Some(Ok(state)) if state.schema != SCHEMA => {
            Look::Version(format!("version {version}, schema {}", state.schema))
        }
        Some(Ok(state)) if state.limit == wanted.limit && state.programs == wanted.programs => Look::Ours(state),
        Some(Ok(_)) => Look::Other,
        Some(Err(_)) => Look::Version(format!("version {version}, with a {STATE} that this one cannot read")),
    }
}

/// The id holds the text of the systems' files too. That of a built-in one belongs to a version, which is compared apart; a
/// comment in it that is new makes no other campaign.
fn is_alike(found: &serde_json::Value, identity: &Identity) -> bool {
    identity.experiment.is_none()
        && serde_json::from_value::<Identity>(found.clone()).is_ok_and(|found| found.asks_for_the_same(identity))
}

/// Writes JSON by rename, and has it on disk.
pub(super) fn put(path: &Path, value: &impl Serialize) -> io::Result<()> {
    let mut json = serde_json::to_vec_pretty(value)?;
    json.push(b'\n');
    put_bytes(path, &json)
}

/// Writes a file by rename, and has it on disk.
pub(super) fn put_bytes(path: &Path, bytes: &[u8]) -> io::Result<()> {
    reports::file::replace(path, true, |out| out.write_all(bytes))
}

/// Sets aside what a killed campaign left half done, so that none of it is taken for a run. Folders of runs that have no entry go
/// to `interrupted/`. Those that have one and were to go are removed. `keeps` answers what the ledger says of the run whose
/// folder has this name: that it stays, that it goes, or nothing.
pub fn tidy(folder: &Path, keeps: impl Fn(&str) -> Option<bool>) -> io::Result<()> {
    let runs = folder.join("runs");
    let Ok(entries) = fs::read_dir(&runs) else { return Ok(()) };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        match keeps(&name) {
            Some(true) => {}
            Some(false) => fs::remove_dir_all(entry.path())?,
            None => {
                let aside = folder::claim_name(&folder.join("interrupted"), &name)?;
                fs::rename(entry.path(), aside)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
