//! What lies in an output folder, read from the small files that each invocation leaves.
//!
//! Only the fields that the index shows are read, and all of them may be missing. Folders of other versions, of killed runs or of
//! other programs lie there too.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use history::Verdict;
use serde::Deserialize;

use super::{FolderKind, Index, IndexLine};
use crate::batch::BatchRow;
use crate::compare::{AGAINST, Against, Answer};
use reports::verdict::FILE as VERDICT;

/// A `verdict.json` that is longer than this, bytes, is not read: no version writes such.
const LONGEST: u64 = 64 << 20;

/// As much of the verdict of a run, a batch, or a campaign as the index shows.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Verdicts {
    verdict: Option<Verdict>,
    sentence: String,
    workload: String,
    system: String,
    seed: Option<u64>,
    checkers: Vec<Judged>,
    runs: Vec<BatchRow>,
    campaign: Option<Campaign>,
    failures: Vec<SavedSignature>,
    unknowns: Vec<SavedSignature>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Judged {
    checker: String,
    verdict: Option<Verdict>,
    judged: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Campaign {
    workloads: Vec<String>,
    systems: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SavedSignature {
    signature: Signature,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Signature {
    checker: String,
}

/// As much of a `compare.json` or a `shrink.json`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Answered {
    answer: String,
    sentence: String,
    checkers: Vec<String>,
    original: Option<Size>,
    shrunk: Option<Size>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Size {
    faults: u64,
}

pub(super) fn scan(out: &Path, most: usize) -> io::Result<Index> {
    let mut folders: Vec<(String, PathBuf)> = fs::read_dir(out)?
        .flatten()
        // A link, such as `latest`, would show a folder twice.
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .filter(|path| kind(path).is_some())
        .map(|path| (began(&path), path))
        .collect();
    folders.sort();
    let mut index = Index::default();
    let mut lines = 0;
    while let Some((began, folder)) = folders.pop() {
        if lines >= most {
            index.left_out = folders.len() + 1;
            break;
        }
        let mut line = line(&folder, began);
        line.parts.truncate(most - lines);
        lines += 1 + line.parts.len();
        index.lines.push(line);
    }
    Ok(index)
}

/// What a folder is, by what is in it; none when it is no invocation's.
fn kind(folder: &Path) -> Option<FolderKind> {
    let has = |file: &str| folder.join(file).is_file();
    if has("campaign.json") {
        Some(FolderKind::Campaign)
    } else if has("compare.json") {
        Some(FolderKind::Comparison)
    } else if has("shrink.json") {
        Some(FolderKind::Shrink)
    } else if has("run.json") || has("history.jsonl") {
        Some(FolderKind::Run)
    } else if folder.join("runs").is_dir() || has(VERDICT) {
        Some(FolderKind::Batch)
    } else {
        None
    }
}

fn line(folder: &Path, began: String) -> IndexLine {
    let file = folder.file_name().unwrap_or_default();
    let name = file.to_string_lossy();
    let line = IndexLine {
        kind: kind(folder).unwrap_or_default(),
        has_report: folder.join("report.html").is_file(),
        name: stamped(&name).map_or(&*name, |(_, rest)| rest).to_owned(),
        folder: PathBuf::from(file),
        began,
        ..IndexLine::default()
    };
    match line.kind {
        FolderKind::Comparison => comparison(line, json(&folder.join("compare.json"))),
        FolderKind::Shrink => shrink(line, json(&folder.join("shrink.json"))),
        FolderKind::Batch => beside(judged(line, json(&folder.join(VERDICT))), json(&folder.join(AGAINST))),
        _ => judged(line, json(&folder.join(VERDICT))),
    }
}

/// A build fails for what its runs are beside a baseline too, so that is said first. Of a batch: a campaign may have gone on since.
fn beside(mut line: IndexLine, against: Option<Against>) -> IndexLine {
    if let Some(against) = against.filter(|against| against.answer != Answer::NotWorse) {
        line.sentence = format!("{} {}", against.sentence, line.sentence);
    }
    line
}

fn judged(mut line: IndexLine, found: Option<Verdicts>) -> IndexLine {
    let Some(found) = found else {
        line.sentence = "It has no verdict: it still runs, or was ended before it had one.".into();
        return line;
    };
    line.verdict = found.verdict;
    line.sentence = found.sentence;
    line.seed = found.seed;
    let objecting = found.checkers.iter().filter(|judged| judged.judged && judged.verdict != Some(Verdict::Valid));
    let ways = found.failures.iter().chain(&found.unknowns).map(|found| &found.signature.checker);
    line.checkers = distinct(objecting.map(|judged| &judged.checker).chain(ways));
    if let Some(campaign) = found.campaign {
        (line.workloads, line.systems) = (campaign.workloads, campaign.systems);
    } else if line.kind == FolderKind::Batch {
        let folder = line.folder.clone();
        line.parts = found.runs.into_iter().map(|row| part(&folder, row)).collect();
        line.workloads = distinct(line.parts.iter().flat_map(|part| &part.workloads));
        line.systems = distinct(line.parts.iter().flat_map(|part| &part.systems));
        line.checkers = distinct(line.parts.iter().flat_map(|part| &part.checkers));
    } else {
        (line.workloads, line.systems) = (distinct([&found.workload]), distinct([&found.system]));
    }
    line
}

/// A run of a batch. Its folder is believed only if it is below the batch's.
fn part(batch: &Path, row: BatchRow) -> IndexLine {
    use std::path::Component;
    let is_below = row.folder.components().all(|part| matches!(part, Component::Normal(_)));
    IndexLine {
        has_report: is_below && row.folder.components().count() > 0,
        folder: if is_below { batch.join(&row.folder) } else { batch.to_owned() },
        name: row.name,
        verdict: row.verdict,
        sentence: row.sentence,
        workloads: distinct([&row.workload]),
        systems: distinct([&row.system]),
        seed: row.seed,
        checkers: row.checkers,
        ..IndexLine::default()
    }
}

/// "B is worse" stands where a run is invalid: both are what a build fails for.
fn comparison(mut line: IndexLine, found: Option<Answered>) -> IndexLine {
    let found = found.unwrap_or_default();
    line.verdict = match found.answer.as_str() {
        "worse" => Some(Verdict::Invalid),
        "not-worse" => Some(Verdict::Valid),
        _ => Some(Verdict::Unknown),
    };
    line.sentence = found.sentence;
    line
}

fn shrink(mut line: IndexLine, found: Option<Answered>) -> IndexLine {
    let found = found.unwrap_or_default();
    line.sentence = match (&found.original, &found.shrunk) {
        (Some(original), Some(shrunk)) => {
            let faults = if shrunk.faults == 1 { "fault" } else { "faults" };
            format!(
                "From {} to {} {faults} that still trip {}.",
                original.faults,
                shrunk.faults,
                found.checkers.join(", ")
            )
        }
        _ => format!("Nothing smaller was found that trips {}.", found.checkers.join(", ")),
    };
    line.checkers = found.checkers;
    line
}

fn json<T: for<'de> Deserialize<'de>>(path: &Path) -> Option<T> {
    let mut text = Vec::new();
    File::open(path).ok()?.take(LONGEST).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}

fn distinct<'a>(names: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    let names: BTreeSet<&String> = names.into_iter().filter(|name| !name.is_empty()).collect();
    names.into_iter().cloned().collect()
}

/// When an invocation began: its folder says so; of one that was renamed the file system does.
fn began(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    stamped(&name).map(|(stamp, _)| stamp).unwrap_or_else(|| {
        let changed = fs::metadata(folder).and_then(|metadata| metadata.modified());
        let moment = humantime::format_rfc3339_seconds(changed.unwrap_or(std::time::UNIX_EPOCH)).to_string();
        moment.replace('T', " ").trim_end_matches('Z').to_owned()
    })
}

/// The moment in `2026-11-22T04-20-11Z-chaos`, and the rest.
fn stamped(name: &str) -> Option<(String, &str)> {
    let (stamp, rest) = name.split_once("Z-")?;
    let (day, time) = stamp.split_once('T')?;
    let digits = |text: &str, lengths: &[usize]| {
        let parts: Vec<&str> = text.split('-').collect();
        let digits = |part: &&str, length: &usize| part.len() == *length && part.bytes().all(|b| b.is_ascii_digit());
        parts.len() == lengths.len() && parts.iter().zip(lengths).all(|(part, length)| digits(part, length))
    };
    (digits(day, &[4, 2, 2]) && digits(time, &[2, 2, 2])).then(|| (format!("{day} {}", time.replace('-', ":")), rest))
}
