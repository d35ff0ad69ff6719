//! What is tried with any bytes whatever: by `cargo fuzz` for hours (`fuzz/`), and by tests over a kept corpus and its mutations.
//!
//! A reader must not panic, and must be as lenient as the documents say. What is read and written again is read the same, and a
//! field that nobody knows changes nothing.
#![allow(clippy::unwrap_used, missing_docs)] // a panic is what is looked for

use crate::verdict::Outcome;
use crate::{HistoryError, Reader, Record, RunFile, words};

/// A history, whole.
pub fn history(bytes: &[u8]) {
    let Ok(mut reader) = Reader::new(bytes) else { return };
    let mut before = 1;
    loop {
        match reader.next_event() {
            Ok(Some(event)) => {
                assert!(event.line > before, "lines are numbered upwards");
                before = event.line;
            }
            Ok(None) => break,
            Err(error @ HistoryError::NotAnEvent { line, .. }) => {
                assert!(line > before, "the line after those that were read");
                assert!(error.to_string().contains(&format!("line {line}")), "{error}");
                break;
            }
            Err(error) => panic!("bytes in memory can be read: {error}"),
        }
    }
    assert!(matches!(reader.next_event(), Ok(None)), "the end is the end");
}

/// Lines of a history, each for itself.
pub fn lines(bytes: &[u8]) {
    for line in bytes.split(|&byte| byte == b'\n') {
        let Ok(text) = std::str::from_utf8(line) else { continue };
        let Ok(record) = Record::read_whole(text) else { continue };
        let plain = Record::read(text).unwrap();
        if let Some(rest) = text.trim_ascii_start().strip_prefix('{') {
            let more = format!("{{\"nobody-knows\":[1,{{\"t\":2}}],{rest}");
            // An empty object has no comma to follow.
            if let Ok(with) = Record::read(&more) {
                assert_eq!(with, plain, "a field that nobody knows changes nothing");
            }
        }
        // A number with a fraction may be read as its neighbour.
        if text.contains(['.', 'e', 'E']) {
            continue;
        }
        let mut written = Vec::new();
        record.write(&mut written).unwrap();
        let again = std::str::from_utf8(&written).unwrap();
        assert_eq!(Record::read_whole(again).as_ref().ok(), Some(&record), "what is written is read the same: {again}");
    }
}

/// `verdict.json`, `run.json`, `schedule.json`.
pub fn documents(bytes: &[u8]) {
    if let Ok(mut outcome) = serde_json::from_slice::<Outcome>(bytes) {
        words::tell(&mut outcome);
        assert!(!words::headline(&outcome).is_empty());
        outcome.gist();
        outcome.spoken();
        let text = serde_json::to_vec(&outcome).unwrap();
        serde_json::from_slice::<Outcome>(&text).unwrap();
        words::mute(&mut outcome);
    }
    crate::run::Command::read(bytes);
    if let Ok(run) = serde_json::from_slice::<RunFile>(bytes) {
        let text = serde_json::to_vec(&run).unwrap();
        assert_eq!(serde_json::from_slice::<RunFile>(&text).unwrap(), run);
    }
    if let Ok(schedule) = serde_json::from_slice::<workloads::Schedule>(bytes) {
        let text = serde_json::to_vec(&schedule).unwrap();
        serde_json::from_slice::<workloads::Schedule>(&text).unwrap();
    }
}

#[cfg(test)]
#[path = "../fuzz/seeded.rs"]
mod seeded;

#[cfg(test)]
mod tests {
    use super::seeded;

    fn over(target: &str, function: fn(&[u8])) {
        seeded::over(&format!("{}/fuzz/corpus/{target}", env!("CARGO_MANIFEST_DIR")), 1000, function);
    }

    #[test]
    fn whatever_a_history_holds_it_is_read_or_refused() {
        over("history", super::history);
    }

    #[test]
    fn what_is_read_of_a_line_is_written_as_it_was_and_unknown_fields_change_nothing() {
        over("lines", super::lines);
    }

    #[test]
    fn whatever_stands_in_a_document_it_is_read_or_refused() {
        over("documents", super::documents);
    }
}
