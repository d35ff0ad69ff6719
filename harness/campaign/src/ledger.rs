//! `runs.jsonl`: one line for each finished run, and nothing is finished before it.
//!
//! A line is appended with one `write`, and synced soon after, together with those that came meanwhile. An fsync for each would
//! disturb the nodes, whose own fsyncs are under test. What a crash can do to such a file is a torn last line, and, after a loss
//! of power, worse. On opening, a torn line is cut off, and its run is done again. A line in the middle that cannot be read is
//! not thrown away. The file is set aside under another name, and its good lines are written anew.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use crate::results::Entry;

use super::part::RUNS;

/// The ledger of a campaign, open for appending.
#[derive(Debug)]
pub struct Ledger {
    file: File,
    length: u64,
}

/// What was found on opening.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct LedgerState {
    /// Bytes of a torn last line that were cut off.
    pub torn: u64,
    /// Where the old file is, if lines in its middle could not be read.
    pub damaged: Option<PathBuf>,
}

impl Ledger {
    /// Opens or makes the ledger of a folder, and shows each entry that it holds.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn open(folder: &Path, mut each: impl FnMut(Entry)) -> io::Result<(Self, LedgerState)> {
        let path = folder.join(RUNS);
        let mut file = OpenOptions::new().create(true).read(true).append(true).open(&path)?;
        let mut found = LedgerState::default();
        let (mut good, mut bad) = (0, 0u64);
        for_each_line(&file, |line| match parse(line) {
            Some(entry) => {
                good += line.len() as u64;
                each(entry);
            }
            None if line.ends_with(b"\n") => bad += 1,
            None => found.torn = line.len() as u64,
        })?;
        if bad > 0 {
            let aside = aside(&path);
            file = rewrite(&path, &aside)?;
            found.damaged = Some(aside);
        } else if found.torn > 0 {
            file.set_len(good)?;
            file.sync_data()?;
        }
        Ok((Self { file, length: good }, found))
    }

    /// Appends an entry. When it cannot be written whole, nothing of it stays.
    ///
    /// # Errors
    /// The disk is full, or gone.
    pub fn append(&mut self, entry: &Entry) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        if let Err(error) = self.file.write_all(&line) {
            let _ = self.file.set_len(self.length);
            return Err(error);
        }
        self.length += line.len() as u64;
        Ok(())
    }

    /// A handle to sync with, on another thread.
    ///
    /// # Errors
    /// No more files can be open.
    pub fn handle(&self) -> io::Result<File> {
        self.file.try_clone()
    }
}

/// The entries of a folder's ledger, each read when it is asked for. A unit that is there twice counts once; lines that
/// cannot be read, such as one that is being written, are passed over.
///
/// # Errors
/// There is no ledger, or it cannot be read.
pub fn entries(folder: &Path) -> io::Result<impl Iterator<Item = Entry>> {
    let mut seen = std::collections::HashSet::new();
    let lines = BufReader::new(File::open(folder.join(RUNS))?).split(b'\n');
    let entries = lines.map_while(Result::ok).filter_map(|line| serde_json::from_slice::<Entry>(&line).ok());
    Ok(entries.filter(move |entry| seen.insert(entry.unit.number)))
}

/// Line by line, the newline included; the last one may have none.
fn for_each_line(file: &File, mut each: impl FnMut(&[u8])) -> io::Result<()> {
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        each(&line);
        line.clear();
    }
    Ok(())
}

/// A line without its newline is torn, even if it could be read: the write that made it did not return.
fn parse(line: &[u8]) -> Option<Entry> {
    serde_json::from_slice(line.strip_suffix(b"\n")?).ok()
}

fn aside(path: &Path) -> PathBuf {
    let name = |number: u32| path.with_file_name(format!("{RUNS}.damaged-{number}"));
    (1..).map(name).find(|path| !path.exists()).unwrap_or_else(|| name(0))
}

fn rewrite(path: &Path, aside: &Path) -> io::Result<File> {
    let old = File::open(path)?;
    reports::file::replace(path, true, |new| {
        let mut written = Ok(());
        for_each_line(&old, |line| {
            if parse(line).is_some() && written.is_ok() {
                written = new.write_all(line);
            }
        })?;
        written?;
        std::fs::hard_link(path, aside)
    })?;
    OpenOptions::new().read(true).append(true).open(path)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::results::RunId;

    use super::*;

    fn entry(number: u64) -> Entry {
        let unit = RunId { number, system: "mine".into(), workload: "calm".into(), seed: number };
        Entry::of(unit, format!("calm-{number}"), "2026-11-22T00:00:00Z".into(), 1, 70, None, None)
    }

    fn numbers(folder: &Path) -> (Vec<u64>, LedgerState) {
        let mut numbers = Vec::new();
        let (_, found) = Ledger::open(folder, |entry| numbers.push(entry.unit.number)).unwrap();
        (numbers, found)
    }

    fn filled() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let (mut ledger, found) = Ledger::open(folder.path(), |_| panic!("it is new")).unwrap();
        assert_eq!(found, LedgerState::default());
        for number in 0..3 {
            ledger.append(&entry(number)).unwrap();
        }
        folder
    }

    #[test]
    fn what_was_appended_is_found_again() {
        let folder = filled();
        assert_eq!(numbers(folder.path()), (vec![0, 1, 2], LedgerState::default()));
    }

    #[test]
    fn a_torn_last_line_is_cut_off_wherever_it_is_torn() {
        let whole = fs::read(filled().path().join(RUNS)).unwrap();
        let second = whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(1).unwrap().0 + 1;
        for length in second + 1..whole.len() {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join(RUNS), &whole[..length]).unwrap();
            let (mut ledger, found) = Ledger::open(folder.path(), |_| ()).unwrap();
            assert_eq!(found, LedgerState { torn: (length - second) as u64, damaged: None });
            ledger.append(&entry(9)).unwrap();
            assert_eq!(numbers(folder.path()), (vec![0, 1, 9], LedgerState::default()));
        }
    }

    #[test]
    fn a_line_says_from_what_a_search_drew_its_run_and_one_of_before_has_nothing_of_it() {
        use crate::results::Origin;
        use workloads::vary::Way;

        let blind = serde_json::to_string(&entry(1)).unwrap();
        assert!(!blind.contains("search") && !blind.contains("situations"), "{blind}");
        let read: Entry = serde_json::from_str(&blind).unwrap();
        assert_eq!((read.search, read.digest.situations), (None, vec![]));
        let origin = Origin { parents: vec![12, 40], ways: vec![Way::Spliced, Way::Moment] };
        let searched = Entry { search: Some(origin), ..entry(1) };
        let line = serde_json::to_string(&searched).unwrap();
        assert!(line.contains(r#""search":{"parents":[12,40],"ways":["spliced","moment"]}"#), "{line}");
        assert_eq!(serde_json::from_str::<Entry>(&line).unwrap(), searched);
    }

    #[test]
    fn a_line_in_the_middle_that_cannot_be_read_is_set_aside_and_not_lost() {
        let folder = filled();
        let path = folder.path().join(RUNS);
        let damaged = fs::read_to_string(&path).unwrap().replacen("\"number\":1", "\"nu\0\0\0\":1", 1);
        fs::write(&path, &damaged).unwrap();
        let (read, found) = numbers(folder.path());
        assert_eq!(read, [0, 2]);
        assert_eq!(fs::read_to_string(found.damaged.unwrap()).unwrap(), damaged);
        assert_eq!(numbers(folder.path()), (vec![0, 2], LedgerState::default()));
    }
}
