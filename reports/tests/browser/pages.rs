//! Reports to open: the histories of `examples/sample_report`, turned into pages by the real writer.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::kinds;

/// How a hostile node of the sample begins its name; the page shortens what follows.
pub(crate) const HOSTILE: &str = "<script>alert(1)</scrip";

/// Writes the run of a kind into `folder`, and answers the path of its report.
pub(crate) fn report(kind: &str, folder: &Path) -> PathBuf {
    let nodes = folder.join("nodes");
    std::fs::create_dir_all(&nodes).unwrap();
    let mut history = std::io::BufWriter::new(std::fs::File::create(folder.join("history.jsonl")).unwrap());
    let outcome = kinds::write(kind, &mut history, &nodes).unwrap();
    history.flush().unwrap();
    drop(history);
    std::fs::write(folder.join("schedule.json"), kinds::SCHEDULE).unwrap();
    match &outcome {
        Some(outcome) => reports::run::write_judged(folder, outcome).unwrap().report,
        None => reports::run::write(folder).unwrap().report,
    }
}
