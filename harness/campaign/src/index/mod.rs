//! `index.html` of an output folder: every invocation in it, newest first.
//!
//! It could have been a server (`interregnum serve`). It is a page, because a page opens from the disk, from the artifacts of a
//! CI job and from a copy on another machine, years later, without this program. A server would be a process to start, to stop
//! and to secure, for folders full of what hostile nodes said. A server would add one thing: being up to date while one looks.
//! Writing the page anew after every invocation gives the same. That takes milliseconds, for it reads one small file of each
//! invocation and no history.
//!
//! Without script the page is a table with everything in it. The script adds the filter (verdict, workload, system, checker,
//! words) and folds the runs of a batch away. It keeps what was chosen in the address, so that it can be sent to another person.
//! It is the only script that may run: the content policy names its hash. Names are never in what the script compares: the page
//! numbers them, so no name has to be parsed back from an attribute.

mod page;
mod scan;

use std::path::{Path, PathBuf};

use history::Verdict;

use reports::file::{self, ReportError};

/// More lines than this are not on the page: the oldest invocations are left out, and counted.
pub const LINES: usize = 3000;

/// The name of the page.
pub const FILE: &str = "index.html";

/// What an invocation was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FolderKind {
    /// One run.
    #[default]
    Run,
    /// Several runs.
    Batch,
    /// `soak`, or a merge.
    Campaign,
    /// `compare`.
    Comparison,
    /// `shrink`.
    Shrink,
}

impl FolderKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Batch => "batch",
            Self::Campaign => "campaign",
            Self::Comparison => "comparison",
            Self::Shrink => "shrink",
        }
    }
}

/// A line of the index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IndexLine {
    /// What it was.
    pub kind: FolderKind,
    /// Its folder, relative to the output folder.
    pub folder: PathBuf,
    /// Its page is there.
    pub has_report: bool,
    /// When it began, `2026-11-22 04:20:11`, in UTC.
    pub began: String,
    pub name: String,
    /// Its verdict; none when it has none (it still runs, or was killed).
    pub verdict: Option<Verdict>,
    /// What is said of it, one sentence.
    pub sentence: String,
    pub workloads: Vec<String>,
    pub systems: Vec<String>,
    pub seed: Option<u64>,
    /// The checkers that do not call it valid.
    pub checkers: Vec<String>,
    /// The runs of a batch.
    pub parts: Vec<IndexLine>,
}

/// What an output folder holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Index {
    /// Invocations, newest first.
    pub lines: Vec<IndexLine>,
    /// How many older ones there are.
    pub left_out: usize,
}

/// Reads what an output folder holds. What cannot be understood is not an invocation, or has no verdict.
///
/// # Errors
/// The folder cannot be read.
pub fn read(out: &Path) -> Result<Index, ReportError> {
    scan::scan(out, LINES).map_err(|source| ReportError::Read { path: out.to_owned(), source })
}

/// Writes the `index.html` of an output folder and answers its path.
///
/// # Errors
/// The folder cannot be read, or the file cannot be written.
pub fn write(out: &Path) -> Result<PathBuf, ReportError> {
    let index = read(out)?;
    let path = out.join(FILE);
    file::put(&path, page::page(&index).as_bytes())?;
    Ok(path)
}

#[cfg(test)]
pub(crate) mod tests;
