//! The folder of a campaign, or of a part of one, as another program reads it.
//!
//! Folders are copied between machines, nested into each other by whatever collects artifacts, torn by a full disk,
//! and written by other versions. So a folder is found wherever it lies below the one that was named. Everything in it is checked
//! before it is believed, also that the artifacts it names are below it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Component, Path, PathBuf};

use crate::results::{Entry, Identity, Record};
use serde::de::DeserializeOwned;

/// What a campaign is.
pub const IDENTITY: &str = "campaign.json";
/// Its runs, one a line.
pub const RUNS: &str = "runs.jsonl";
/// What a merge left behind.
pub(crate) const RECORD: &str = "merge.json";

/// How far it has come.
pub(crate) const STATE: &str = "state.json";

/// How deep below a folder campaigns are looked for: `artifacts/shard-3/<campaign>`.
const DEPTH: usize = 3;

/// A campaign's folder, read.
#[derive(Debug)]
pub struct Part {
    pub folder: PathBuf,
    /// What campaign, and which shard of it.
    pub identity: Identity,
    /// Which parts are in it, if it was merged.
    pub record: Option<Record>,
    /// Its runs. `folder` is none where the artifacts are not there.
    pub entries: Vec<Entry>,
    /// Its last line was torn, and is left out.
    pub torn: bool,
    /// The programs under test, each with its checksum, where that is known.
    pub programs: BTreeMap<String, String>,
}

/// As much of `state.json` as a reader wants.
#[derive(Default, serde::Deserialize)]
struct State {
    #[serde(default)]
    programs: BTreeMap<String, String>,
}

/// The folders of campaigns that a path means: itself, or those below it.
///
/// # Errors
/// There is none. A sentence.
pub fn find(path: &Path) -> Result<Vec<PathBuf>, String> {
    if !path.is_dir() {
        return Err(format!("{}: no such folder", path.display()));
    }
    let mut found = Vec::new();
    search(path, DEPTH, &mut found);
    found.sort();
    match found.is_empty() {
        true => Err(format!(
            "{}: no campaign is in it, or below it (a campaign's folder has a {IDENTITY}); name a folder that `interregnum soak` wrote",
            path.display()
        )),
        false => Ok(found),
    }
}

fn search(path: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    if path.join(IDENTITY).is_file() {
        found.push(path.to_owned());
        return;
    }
    let Some(depth) = depth.checked_sub(1) else { return };
    for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
        // A link, such as `latest`, would show a folder twice.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            search(&entry.path(), depth, found);
        }
    }
}

/// Reads the folder of a campaign.
///
/// # Errors
/// It cannot be read, or is of another version. A sentence.
pub fn read(folder: &Path) -> Result<Part, String> {
    let identity: Identity = json(&folder.join(IDENTITY))?
        .ok_or_else(|| format!("{}: is no campaign's folder, for it has no {IDENTITY}", folder.display()))?;
    let record = json(&folder.join(RECORD))?;
    let State { programs } = json(&folder.join(STATE))?.unwrap_or_default();
    let (mut entries, torn) = lines(&folder.join(RUNS))?;
    for entry in &mut entries {
        entry.folder = entry.folder.take().filter(|place| is_below(place) && folder.join(place).is_dir());
    }
    Ok(Part { folder: folder.to_owned(), identity, record, entries, torn, programs })
}

/// Whether a path stays below where it begins.
pub(crate) fn is_below(place: &str) -> bool {
    !place.is_empty() && Path::new(place).components().all(|part| matches!(part, Component::Normal(_)))
}

/// A file of JSON; none when it is not there. One of another schema says so before its fields are looked at.
fn json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, String> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("{}: {error}", path.display())),
    };
    let value: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let schema = value.get("schema").and_then(serde_json::Value::as_u64).filter(|schema| *schema != 1);
    if let Some(schema) = schema {
        return Err(format!(
            "{} has schema {schema}, and this is version {}, which reads schema 1; use the version that wrote it",
            path.display(),
            env!("CARGO_PKG_VERSION")
        ));
    }
    serde_json::from_value(value).map(Some).map_err(|error| {
        format!(
            "{}: {error}; it is damaged, or of another version than this one ({})",
            path.display(),
            env!("CARGO_PKG_VERSION")
        )
    })
}

/// The entries of a `runs.jsonl`, and whether its last line was torn. A campaign that was killed before its first run
/// ended has none.
fn lines(path: &Path) -> Result<(Vec<Entry>, bool), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", path.display());
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok((Vec::new(), false)),
        Err(error) => return Err(failed(error)),
    };
    let (mut reader, mut line, mut entries) = (BufReader::new(file), Vec::new(), Vec::new());
    for number in 1u64.. {
        line.clear();
        if reader.read_until(b'\n', &mut line).map_err(failed)? == 0 {
            break;
        }
        // A line without its newline was not written to its end, whatever it says.
        let Some(whole) = line.strip_suffix(b"\n") else { return Ok((entries, true)) };
        let entry = serde_json::from_slice(whole).map_err(|error| {
            let path = path.display();
            format!("{path}: line {number} is no run: {error}; `interregnum soak` mends a damaged file when it continues the campaign")
        })?;
        entries.push(entry);
    }
    Ok((entries, false))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn identity() -> Identity {
        Identity {
            schema: 1,
            version: "0.1.0".into(),
            id: "c0ffee".into(),
            systems: vec!["mine".into()],
            workloads: vec!["calm".into()],
            options: vec![],
            seed: 1,
            runs: Some(2),
            cells: vec![],
            experiment: None,
            search: false,
            shard: None,
        }
    }

    fn folder(below: &Path, runs: &str) -> PathBuf {
        fs::create_dir_all(below).unwrap();
        fs::write(below.join(IDENTITY), serde_json::to_string(&identity()).unwrap()).unwrap();
        fs::write(below.join(RUNS), runs).unwrap();
        below.to_owned()
    }

    fn line(number: u64, folder: Option<&str>) -> String {
        let unit = crate::results::RunId { number, system: "mine".into(), workload: "calm".into(), seed: number + 1 };
        let mut entry = Entry::of(unit, format!("calm-{number}"), "2026-11-22T00:00:00Z".into(), 1, 70, None, None);
        entry.folder = folder.map(str::to_owned);
        serde_json::to_string(&entry).unwrap()
    }

    #[test]
    fn campaigns_are_found_below_a_folder_but_not_through_links() {
        let top = tempfile::tempdir().unwrap();
        let deep = folder(&top.path().join("artifacts/shard-2/2026-soak"), "");
        let flat = folder(&top.path().join("shard-1"), "");
        std::os::unix::fs::symlink(&flat, top.path().join("latest")).unwrap();
        assert_eq!(find(top.path()).unwrap(), [deep, flat.clone()]);
        assert_eq!(find(&flat).unwrap(), [flat]);
    }

    #[test]
    fn what_is_no_campaign_is_said_to_be_none() {
        let empty = tempfile::tempdir().unwrap();
        assert!(find(empty.path()).unwrap_err().contains("no campaign is in it"));
        assert!(find(Path::new("/nonexistent/x")).unwrap_err().contains("no such folder"));
        assert!(read(empty.path()).unwrap_err().contains("has no campaign.json"));
    }

    #[test]
    fn a_torn_last_line_is_left_out_and_a_bad_one_in_the_middle_is_named() {
        let top = tempfile::tempdir().unwrap();
        let torn = read(&folder(&top.path().join("a"), &format!("{}\n{}", line(0, None), line(1, None)))).unwrap();
        assert_eq!((torn.entries.len(), torn.torn), (1, true));
        let bad = read(&folder(&top.path().join("b"), &format!("{}\nnonsense\n{}\n", line(0, None), line(1, None))));
        assert!(bad.unwrap_err().contains("line 2 is no run"));
    }

    #[test]
    fn artifacts_that_are_not_there_or_lie_elsewhere_are_not_believed() {
        let top = tempfile::tempdir().unwrap();
        let names = [Some("runs/calm-0"), Some("runs/gone"), Some("../b"), Some("/etc"), None];
        let lines: String = (0..).zip(names).map(|(number, name)| line(number, name) + "\n").collect();
        let place = folder(&top.path().join("a"), &lines);
        fs::create_dir_all(place.join("runs/calm-0")).unwrap();
        fs::create_dir_all(top.path().join("b")).unwrap();
        let folders: Vec<_> = read(&place).unwrap().entries.into_iter().map(|entry| entry.folder).collect();
        assert_eq!(folders, [Some("runs/calm-0".to_owned()), None, None, None, None]);
    }

    #[test]
    fn another_schema_is_another_version() {
        let top = tempfile::tempdir().unwrap();
        let place = folder(top.path(), "");
        fs::write(place.join(IDENTITY), r#"{"schema":2,"cells":[]}"#).unwrap();
        let error = read(&place).unwrap_err();
        assert!(error.contains("schema 2") && error.contains("use the version that wrote it"), "{error}");
        fs::write(place.join(IDENTITY), "{").unwrap();
        assert!(read(&place).unwrap_err().contains("campaign.json"));
    }
}
