//! What a campaign leaves for the morning: one page, one `verdict.json`, a summary for the terminal.
//!
//! The page answers in the order in which a reader with a coffee asks. Is anything broken? In how many ways, how often, and what
//! do I type to see it? Can I trust the rest: what was covered, what could not be judged, was the machine well? So failures of
//! the cluster, failures of the harness and runs that could not be judged are three lists and never one. Every failure has its
//! first seed, its rate with an interval, and a command.
//!
//! Everything shown is a function of the [`Tally`] (which is bounded) and of what the campaign says of itself ([`Extras`]). So
//! the page of a thousand runs and that of a million are about equally long, and the page of merged shards is the page of the
//! whole. Shards or runs that are missing keep a campaign from being `valid`: what was not run was not judged.

mod body;
mod coverage;
mod failures;
mod findability;
mod grid;
mod situations;
mod summary;
mod table;
mod timeline;
mod verdict;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::results::{Identity, Shard, Signature, Tally};
use serde::{Deserialize, Serialize};

pub use situations::Distinct;
pub use summary::{FailureRate, SummaryLine, Times};
pub use table::table;
pub use verdict::CampaignVerdict;

use reports::file::{self, ReportError};
use reports::verdict::{FILE, pretty};

/// What a campaign knows of itself beside its runs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Extras {
    /// The campaign's folder as its user would type it: for the commands on the page.
    pub folder: PathBuf,
    /// Why it ended before its time, one sentence; none when it ended as asked.
    pub cut_short: Option<String>,
    /// The same as a value.
    pub cut_short_by: Option<CutShort>,
    /// What else is to be reported, each one sentence: artifacts deleted to spare the disk, an invocation continued.
    pub notes: Vec<String>,
    /// The smallest schedules found, for the signatures for which one was.
    pub shrunk: BTreeMap<Signature, Shrunk>,
    /// The shards that are here, of a campaign that was dealt out.
    pub shards: Vec<Shard>,
    /// What should be here and is not.
    pub missing: Missing,
    /// For how long it ran, over all invocations, where that is known.
    pub spent: Option<std::time::Duration>,
}

/// What ended a campaign before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CutShort {
    /// As many runs failed as were asked for.
    FailFast,
    /// Its user.
    Interrupted,
    /// Something that made it pointless to go on.
    Trouble,
    /// A word of another version.
    #[serde(other)]
    Foreign,
}

/// What should be here and is not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Missing {
    /// The shards of which nothing is here.
    pub shards: Vec<Shard>,
    /// How many units have no run.
    pub units: u64,
    /// The numbers of the first of them.
    pub first: Vec<u64>,
}

impl Missing {
    /// Nothing is missing.
    pub fn is_empty(&self) -> bool {
        self.shards.is_empty() && self.units == 0
    }
}

/// The smallest schedule found that still fails in the same way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shrunk {
    /// How many faults the schedule had.
    pub steps_before: u64,
    /// How many are left.
    pub steps_after: u64,
    /// In how many of how many repetitions what is left failed in the same way.
    pub rate: (u64, u64),
    /// The command that runs it.
    pub command: String,
    /// Its folder, relative to the campaign's.
    pub folder: PathBuf,
    /// What is left, one sentence a step.
    pub steps: Vec<String>,
}

/// What was written of a campaign.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// The page to open.
    pub report: PathBuf,
    /// The campaign's `verdict.json`.
    pub path: PathBuf,
    /// Its contents.
    pub verdict: CampaignVerdict,
}

/// Writes `report.html` and, last, `verdict.json` into the campaign's folder, each by rename. Both may be there already:
/// a campaign that goes on writes them again.
///
/// # Errors
/// A file cannot be written, or the plot cannot be drawn.
pub fn write(dir: &Path, identity: &Identity, tally: &Tally, extras: &Extras) -> Result<Written, ReportError> {
    let verdict = CampaignVerdict::of(identity, tally, extras);
    let plot = timeline::timeline(tally)?;
    let curve = situations::curve(verdict.situations.as_ref())?;
    let written = Written { report: dir.join("report.html"), path: dir.join(FILE), verdict };
    file::put(&written.report, body::page(&written.verdict, tally, extras, [&plot, &curve]).as_bytes())?;
    file::put(&written.path, &pretty(&written.verdict, FILE)?)?;
    Ok(written)
}

#[cfg(test)]
pub(crate) mod tests;
