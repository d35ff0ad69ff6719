//! Five seconds of every node's log around each finding, merged by time.
//!
//! A log file is whatever a program printed. It has times in one of the usual forms ([`time`]) or none, may be gigabytes long,
//! and may hold a line of a hundred megabytes. So a file is never read whole. Its times rise, which makes it a sorted table: the
//! place of a moment is found by bisection over byte offsets, and from there a bounded number of lines is read. A line without a
//! time of its own (the rest of a stack trace) stands at that of the line before it. A file in which no line has a time cannot be
//! placed; the page links to it as to every other.

mod read;
mod time;

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};

use super::columns::micros;
use crate::model::{Life, RunModel};
use crate::text::{clean, name};
use read::Reader;
use time::Clock;

/// On either side of a finding, nanoseconds.
const AROUND: u64 = 2_500_000_000;
/// A finding that lasts longer is shown from its beginning on.
const LONGEST: u64 = 15_000_000_000;
/// So many stretches of log are embedded; findings that come close to each other share one.
const EXCERPTS: usize = 12;
/// So many lines of one file in one excerpt …
const LINES_OF_FILE: usize = 400;
/// … and in all excerpts together.
const LINES: usize = 6000;
/// So much of a line is shown, in characters.
const SHOWN: usize = 300;
/// More nodes, or files of one node, than that are not read.
const FILES: usize = 256;

/// What the page has of the logs.
#[derive(Debug, Default)]
pub(super) struct Logs {
    /// Around findings, in the order of time.
    pub(super) excerpts: Vec<Excerpt>,
    pub(super) files: Vec<LogFile>,
}

/// The lines of one stretch of time, merged over all files.
#[derive(Debug)]
pub(super) struct Excerpt {
    /// The findings that it is about, by their numbers.
    pub(super) findings: Vec<usize>,
    /// From when until when, nanoseconds.
    pub(super) span: [u64; 2],
    /// The lines by time.
    pub(super) lines: Vec<LogLine>,
    /// Lines of the stretch that are too many for a page.
    pub(super) left_out: u64,
}

/// One line of a log, cleaned.
#[derive(Debug)]
pub(super) struct LogLine {
    pub(super) t: u64,
    pub(super) exact: bool,
    pub(super) node: String,
    pub(super) stream: String,
    pub(super) text: String,
}

/// A log file of the run's folder.
#[derive(Debug)]
pub(super) struct LogFile {
    pub(super) node: String,
    pub(super) stream: String,
    /// Relative to the page, ready for an `href`.
    pub(super) href: String,
    pub(super) bytes: u64,
    path: PathBuf,
    /// The node's name as the folder has it.
    raw: String,
}

/// Reads what the page shows of the logs in the folder of the model's run. Files that cannot be read are left out: a
/// report does not fail because of a log.
pub(super) fn read(model: &RunModel) -> Logs {
    let files = files(&model.folder.join("nodes"));
    let mut excerpts = stretches(model);
    let clock = Clock::of(&model.header);
    for file in &files {
        if excerpts.is_empty() {
            break;
        }
        let start = first_start(model, &file.raw);
        let Some(mut reader) = Reader::open(&file.path, clock, start) else { continue };
        for excerpt in &mut excerpts {
            let middle = excerpt.span[0] / 2 + excerpt.span[1] / 2;
            let (mut before, mut after, mut left_out) = (VecDeque::new(), Vec::new(), 0);
            reader.lines(excerpt.span, |t, exact, text| {
                if t >= middle && after.len() >= LINES_OF_FILE / 2 {
                    left_out += 1;
                    return;
                }
                let (node, stream) = (file.node.clone(), file.stream.clone());
                let line = LogLine { t, exact, node, stream, text: clean(text, SHOWN) };
                if t >= middle {
                    after.push(line);
                    return;
                }
                before.push_back(line);
                if before.len() > LINES_OF_FILE / 2 {
                    before.pop_front();
                    left_out += 1;
                }
            });
            excerpt.lines.extend(before.into_iter().chain(after));
            excerpt.left_out += left_out;
        }
    }
    let mut room = LINES;
    for excerpt in &mut excerpts {
        excerpt.lines.sort_by_key(|line| line.t);
        thin(excerpt, room.min(LINES / 3));
        room -= excerpt.lines.len();
    }
    excerpts.retain(|excerpt| !excerpt.lines.is_empty());
    Logs { excerpts, files }
}

/// Keeps the `most` lines that are nearest to the middle of the excerpt.
fn thin(excerpt: &mut Excerpt, most: usize) {
    if excerpt.lines.len() <= most {
        return;
    }
    let middle = excerpt.span[0] / 2 + excerpt.span[1] / 2;
    let at = excerpt.lines.partition_point(|line| line.t < middle);
    let from = at.saturating_sub(most / 2).min(excerpt.lines.len() - most);
    excerpt.left_out += (excerpt.lines.len() - most) as u64;
    excerpt.lines.drain(..from);
    excerpt.lines.truncate(most);
}

/// The stretches of time around the findings, those that overlap merged.
fn stretches(model: &RunModel) -> Vec<Excerpt> {
    let spans = model.findings.iter().take(10 * EXCERPTS).map(|finding| {
        let [a, b] = finding.violation.span;
        let (from, until) = (a.min(b).min(model.length), a.max(b).min(model.length));
        let until = until.min(from.saturating_add(LONGEST));
        (finding.number, [from.saturating_sub(AROUND), until.saturating_add(AROUND)])
    });
    // The first findings weigh most: they choose first.
    let mut out: Vec<Excerpt> = Vec::new();
    let fits = |excerpt: &Excerpt, from: u64, until: u64| {
        from <= excerpt.span[1]
            && excerpt.span[0] <= until
            && excerpt.span[1].max(until) - excerpt.span[0].min(from) <= LONGEST + 2 * AROUND
    };
    for (number, [from, until]) in spans {
        if let Some(excerpt) = out.iter_mut().find(|excerpt| fits(excerpt, from, until)) {
            excerpt.span = [excerpt.span[0].min(from), excerpt.span[1].max(until)];
            excerpt.findings.push(number);
        } else if out.len() < EXCERPTS {
            out.push(Excerpt { findings: vec![number], span: [from, until], lines: Vec::new(), left_out: 0 });
        }
    }
    out.sort_by_key(|excerpt| micros(excerpt.span[0]));
    out
}

fn first_start(model: &RunModel, node: &str) -> u64 {
    let lane = model.lanes.iter().find(|lane| lane.node == node);
    let up = lane.and_then(|lane| lane.process.iter().find(|held| held.what == Life::Up));
    up.map_or(0, |held| held.start)
}

/// The files `NODE/*.log` of a folder, in the order of their names.
fn files(folder: &Path) -> Vec<LogFile> {
    let mut out = Vec::new();
    for node in children(folder) {
        let raw = node.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        for path in children(&node) {
            let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            // A pipe or a device in its place would never end.
            let Some(about) = fs::symlink_metadata(&path).ok().filter(fs::Metadata::is_file) else { continue };
            let Some(stream) = file.strip_suffix(".log") else { continue };
            out.push(LogFile {
                node: name(&raw),
                stream: name(stream),
                href: format!("nodes/{}/{}", encoded(&raw), encoded(&file)),
                bytes: about.len(),
                path,
                raw: raw.clone(),
            });
        }
    }
    out
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().take(FILES).filter_map(|entry| Some(entry.ok()?.path())).collect();
    // n2 before n10.
    all.sort_by_key(|path| (path.as_os_str().len(), path.clone()));
    all
}

/// A part of a path as an address wants it.
fn encoded(part: &str) -> String {
    let mut out = String::new();
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte as char);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests;
