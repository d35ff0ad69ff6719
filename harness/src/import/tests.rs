//! Whatever a file holds, reading it is no panic; and damage to lawful logs never convicts.

use std::io::Cursor;
use std::path::PathBuf;

use proptest::prelude::*;

use super::source::Source;
use super::tongue::Tongue;
use super::*;

const LOGS: [&str; 3] = [
    include_str!("../../tests/systems/logs/etcd-n1-1.log"),
    include_str!("../../tests/systems/logs/etcd-n2-1.log"),
    include_str!("../../tests/systems/logs/etcd-n3-1.log"),
];

fn tongue(name: &str) -> Tongue {
    Tongue::new(&Format::load(name).unwrap(), None)
}

fn read_bytes(bytes: Vec<u8>, tongue: &Tongue) -> Result<FileRead, ImportError> {
    read::file("x.log", Source { bytes: Box::new(Cursor::new(bytes)), packed: None }, tongue, None)
}

/// The verdict on logs of etcd.
fn verdict(logs: &[String]) -> Option<history::Verdict> {
    let folder = tempfile::tempdir().unwrap();
    let files = logs.iter().zip(1..).map(|(log, number)| {
        let path = folder.path().join(format!("{number}.log"));
        std::fs::write(&path, log).unwrap();
        (Some(format!("n{number}")), path)
    });
    let files: Vec<(Option<String>, PathBuf)> = files.collect();
    let request = Request {
        format: Format::load("etcd").unwrap(),
        files,
        split: None,
        group: None,
        clocks: Clocks::default(),
        marks: Vec::new(),
    };
    let imported = Imported::read(request).ok()?;
    let mut verdict = history::Verdict::Valid;
    for part in imported.parts().ok()? {
        let mut bytes = Vec::new();
        part.write(&mut bytes).unwrap();
        let outcome = checkers::judge::judge(history::Reader::new(bytes.as_slice()).unwrap()).unwrap();
        verdict = verdict.merge(outcome.verdict);
    }
    Some(verdict)
}

#[test]
fn lawful_logs_are_valid() {
    assert_eq!(verdict(&LOGS.map(str::to_owned)), Some(history::Verdict::Valid));
}

#[test]
fn every_format_loads_and_names_its_needles() {
    for name in Format::names().into_iter().chain(["etcd", "nats", "redis-sentinel", "reference", "consul"]) {
        let format = Format::load(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!Tongue::new(&format, None).voices.is_empty() || format.reads_contract(), "{name}");
    }
}

/// Their rules say nothing of where data ends, and need not: nothing is proved by their lines.
#[test]
fn formats_known_from_published_logs_never_prove_anything() {
    for name in Format::names() {
        let format = Format::load(name).unwrap();
        assert!(!format.import.confirmed, "{name}: say how its data is told: begins, fresh, data, kept or keeps-id");
        assert!(
            Tongue::new(&format, None).voices.iter().all(|voice| voice.evidence == history::Evidence::Sampled),
            "{name}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..3000), at in 0usize..4) {
        let tongue = tongue(["etcd", "nats", "redis-sentinel", "reference"][at]);
        let _ = read_bytes(bytes.clone(), &tongue);
        // Among lines that mean something.
        let mut mixed = LOGS[0].as_bytes()[..2000].to_vec();
        mixed.extend(bytes);
        mixed.extend(&LOGS[0].as_bytes()[1000..3000]);
        let _ = read_bytes(mixed, &tongue);
    }

    /// Lines that are lost, doubled, cut or put elsewhere in a file leave it open what was; nobody is accused.
    #[test]
    fn lines_that_are_lost_or_cut_never_convict(
        lost in proptest::collection::vec((0usize..3, 0usize..400), 0..40),
        cut in proptest::collection::vec((0usize..3, 0usize..400, 0usize..200), 0..4),
        from in proptest::array::uniform3(0usize..60),
    ) {
        let damaged: Vec<String> = LOGS.iter().enumerate().map(|(node, log)| {
            let mut lines: Vec<String> = log.lines().skip(from[node]).map(str::to_owned).collect();
            for (_, line, at) in cut.iter().filter(|(of, _, _)| *of == node) {
                if let Some(line) = lines.get_mut(*line) {
                    *line = line.chars().take(*at).collect();
                }
            }
            let mut gone: Vec<usize> = lost.iter().filter(|(of, _)| *of == node).map(|(_, line)| *line).collect();
            gone.sort_unstable();
            gone.dedup();
            for line in gone.into_iter().rev().filter(|line| *line < lines.len()).collect::<Vec<_>>() {
                lines.remove(line);
            }
            lines.join("\n") + "\n"
        }).collect();
        prop_assert_ne!(verdict(&damaged), Some(history::Verdict::Invalid));
    }
}
