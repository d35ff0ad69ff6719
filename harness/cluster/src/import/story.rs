//! The files of one node put together: one sequence of lines, each once, in the order in which they were written.
//!
//! Files are put in order by their stamps. Rotated copies overlap: a line that another file has with the same stamp and the same
//! text is counted once. Between two files that do not overlap lines may be missing, and a process may have ended: nothing is
//! concluded across. The same holds where two files of one node were written side by side.

use std::collections::HashMap;

use super::ImportError;
use super::read::{FileRead, KeptLine};

/// A line of a node.
#[derive(Debug, Clone)]
pub struct StoryEntry {
    /// Its file: its place among all files.
    pub file: usize,
    pub kept: KeptLine,
    /// Between the line before it and this one another file begins: lines may be missing.
    pub seam: bool,
}

/// Puts the files of a node together: each with its place among all files.
///
/// # Errors
/// There are several, and one says no time.
pub fn tell(node: &str, files: Vec<(usize, FileRead)>) -> Result<Vec<StoryEntry>, ImportError> {
    let mut files: Vec<_> = files.into_iter().filter(|(_, file)| !file.kept.is_empty()).collect();
    if let [only] = files.as_mut_slice() {
        let (at, kept) = (only.0, std::mem::take(&mut only.1.kept));
        let mut all: Vec<StoryEntry> =
            kept.into_iter().map(|kept| StoryEntry { file: at, kept, seam: false }).collect();
        if only.1.export {
            loosen(&mut all);
        }
        return Ok(all);
    }
    for (_, file) in &files {
        if let Some(kept) = file.kept.iter().find(|kept| kept.stamp.is_none() && kept.hole.is_none()) {
            let what = format!(
                "this line has no time stamp, so that the files of {node} cannot be put in order; give {node} one file, or logs with time stamps"
            );
            return Err(ImportError::at(&file.name, kept.line, what));
        }
    }
    mixed(node, &files)?;
    files.sort_by_key(|(_, file)| first(&file.kept));
    let mut all: Vec<StoryEntry> = Vec::new();
    let export = files.iter().any(|(_, file)| file.export);
    for (at, file) in files {
        add(&mut all, at, file.kept);
    }
    if export {
        loosen(&mut all);
    }
    Ok(all)
}

/// The order of lines with one stamp is unknown where a log service has sorted them by it.
fn loosen(all: &mut [StoryEntry]) {
    for at in 1..all.len() {
        let (before, this) = (&all[at - 1].kept, &all[at].kept);
        let same = nanos(before) == nanos(this) && before.fine == this.fine;
        all[at].seam |= nanos(before).is_none() || nanos(this).is_none() || same;
    }
}

/// Stamps that say their zone in one file and none in another have no order.
fn mixed(node: &str, files: &[(usize, FileRead)]) -> Result<(), ImportError> {
    let of = |told: bool| {
        files
            .iter()
            .find(|(_, file)| file.kept.iter().any(|kept| kept.stamp.is_some_and(|stamp| stamp.zone.is_some() == told)))
    };
    let (Some((_, told)), Some((_, untold))) = (of(true), of(false)) else { return Ok(()) };
    let line = untold
        .kept
        .iter()
        .find(|kept| kept.stamp.is_some_and(|stamp| stamp.zone.is_none()))
        .map_or(1, |kept| kept.line);
    let what = format!(
        "this stamp says no zone and those of {} do, so that the files of {node} cannot be put in order; say it with --zone {node}=+00:00",
        told.name
    );
    Err(ImportError::at(&untold.name, line, what))
}

fn nanos(kept: &KeptLine) -> Option<i64> {
    kept.stamp.map(|stamp| stamp.nanos)
}

fn first(kept: &[KeptLine]) -> i64 {
    kept.iter().find_map(nanos).unwrap_or(i64::MAX)
}

/// Adds a file to those before it.
fn add(all: &mut Vec<StoryEntry>, at: usize, kept: Vec<KeptLine>) {
    let mut known: HashMap<(Option<i64>, &str), u32> = HashMap::new();
    for entry in all.iter() {
        *known.entry((nanos(&entry.kept), &entry.kept.text)).or_default() += 1;
    }
    let fresh: Vec<bool> = kept
        .iter()
        .map(|kept| match known.get_mut(&(nanos(kept), kept.text.as_str())) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        })
        .collect();
    let overlaps = fresh.iter().any(|fresh| !fresh);
    let fresh: Vec<KeptLine> = kept.into_iter().zip(fresh).filter(|(_, fresh)| *fresh).map(|(kept, _)| kept).collect();
    let last = all.iter().rev().find_map(|entry| nanos(&entry.kept));
    if last.is_none_or(|last| first(&fresh) >= last) {
        let seam = !overlaps && !all.is_empty();
        all.extend(fresh.into_iter().enumerate().map(|(place, kept)| StoryEntry {
            file: at,
            kept,
            seam: seam && place == 0,
        }));
        return;
    }
    // Side by side: merged by their stamps, and nothing is concluded where one gives way to the other.
    let mut old = std::mem::take(all).into_iter().peekable();
    for kept in fresh {
        let when = nanos(&kept);
        while let Some(entry) =
            old.next_if(|entry| when.is_none_or(|when| nanos(&entry.kept).is_none_or(|old| old <= when)))
        {
            push(all, entry);
        }
        push(all, StoryEntry { file: at, kept, seam: false });
    }
    old.for_each(|entry| push(all, entry));
}

fn push(all: &mut Vec<StoryEntry>, mut entry: StoryEntry) {
    entry.seam |= all.last().is_some_and(|last| last.file != entry.file);
    all.push(entry);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::stamp::Stamp;

    fn file(name: &str, lines: &[(i64, &str)]) -> FileRead {
        let kept = lines.iter().zip(1..).map(|(&(nanos, text), line)| KeptLine {
            line,
            text: text.to_owned(),
            stamp: Some(Stamp { nanos, zone: Some(0), year: true, width: 1 }),
            fine: None,
            process: None,
            hole: None,
            node: None,
            says: None,
        });
        FileRead { name: name.to_owned(), kept: kept.collect(), ..FileRead::default() }
    }

    fn told(files: Vec<FileRead>) -> Vec<(String, bool)> {
        let all = tell("n1", files.into_iter().enumerate().collect()).unwrap();
        all.into_iter().map(|entry| (entry.kept.text, entry.seam)).collect()
    }

    #[test]
    fn rotated_copies_are_counted_once_and_leave_no_seam() {
        let all = told(vec![file("b", &[(2, "y"), (3, "z"), (3, "z")]), file("a", &[(1, "x"), (2, "y")])]);
        assert_eq!(
            all,
            [("x", false), ("y", false), ("z", false), ("z", false)].map(|(text, seam)| (text.to_owned(), seam))
        );
        assert_eq!(told(vec![file("a", &[(1, "x")]), file("copy", &[(1, "x")])]).len(), 1);
    }

    #[test]
    fn between_files_that_do_not_overlap_lines_may_be_missing() {
        let all = told(vec![file("b", &[(5, "y")]), file("a", &[(1, "x")])]);
        assert_eq!(all, [("x".to_owned(), false), ("y".to_owned(), true)]);
        let beside = told(vec![file("a", &[(1, "x"), (5, "z")]), file("b", &[(3, "y")])]);
        assert_eq!(beside.iter().map(|(_, seam)| *seam).collect::<Vec<_>>(), [false, true, true]);
    }
}
