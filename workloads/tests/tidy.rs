//! The house rules that a machine can hold: lengths, imports, where unsafe code may be, citations, and the length of sentences.
//!
//! What breaks a rule today is named below. The lists only get shorter: an entry that no longer breaks its rule fails too.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

#[path = "tidy/literals.rs"]
mod literals;
#[path = "tidy/prose.rs"]
mod prose;
#[path = "tidy/sentences.rs"]
mod sentences;
#[path = "tidy/size.rs"]
mod size;

/// So many lines a file has at most.
const FILE: usize = 500;

/// So many lines a function has at most.
const FUNCTION: usize = 80;

/// Functions that are longer: file and name.
const LONG: [(&str, &str); 3] = [
    ("harness/tests/docs/sentences.rs", "cases"),
    ("harness/campaign/src/page/tests.rs", "entry"),
    ("harness/campaign/src/export/openmetrics.rs", "text"),
];

/// Which crate of the workspace may use which: the house of `docs` and CONTRIBUTING.
const IMPORTS: [(&str, &[&str]); 9] = [
    ("workloads", &[]),
    ("checkers/history", &["workloads"]),
    ("checkers", &["history", "workloads"]),
    ("node", &[]),
    ("reports", &["checkers", "history", "workloads"]),
    ("harness/cluster", &["checkers", "history", "reports", "workloads"]),
    ("harness/campaign", &["checkers", "history", "reports", "workloads"]),
    ("harness/experiments", &["campaign", "checkers", "history", "reports", "workloads"]),
    ("harness", &["campaign", "checkers", "cluster", "experiments", "history", "reports", "workloads"]),
];

/// Rooms that may hold unsafe code: what talks to the kernel.
const UNSAFE: [&str; 3] =
    ["harness/cluster/src/sandbox/", "harness/cluster/src/network/switch/", "harness/cluster/src/disk/"];

/// How many functions outside tests answer `Result<_, String>` although others can call them.
const WORDS_FOR_ERRORS: usize = 31;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// All files of these kinds that belong to the project, by their path from its root.
fn files(kinds: &[&str]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                let skipped = name.starts_with('.') || ["target", "interregnum-out", "node_modules"].contains(&&*name);
                folders.extend((!skipped).then_some(path));
            } else if kinds.iter().any(|kind| name.ends_with(kind)) {
                let place = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
                found.insert(place, String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned());
            }
        }
    }
    assert!(found.len() > 20 || kinds != [".rs"], "the sources are where they were");
    found
}

/// The name of the function that begins on this line.
fn function(line: &str) -> Option<&str> {
    let words = line.trim_start();
    let before = &words[..words.find("fn ")?];
    let plain =
        |word: &str| ["const", "async", "unsafe", "extern", "\"C\"", "pub"].contains(&word) || word.starts_with("pub(");
    let rest = &words[before.len() + 3..];
    let name = &rest[..rest.find(['(', '<'])?];
    (before.split_whitespace().all(plain) && !name.is_empty()).then_some(name)
}

/// The functions of a file with their lengths. The code is formatted: a body ends with a brace as far in as its first line.
fn functions(text: &str) -> Vec<(&str, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut all = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(name) = function(line) else { continue };
        let indent = &line[..line.len() - line.trim_start().len()];
        let own = |line: &&str| line.starts_with(indent) && !line[indent.len()..].starts_with([' ', ')']);
        // A declaration without a body, or a body on one line, ends at once.
        if line.trim_end().ends_with([';', '}']) {
            continue;
        }
        let Some(long) = lines[at + 1..].iter().position(|line| own(line) && line[indent.len()..].starts_with('}'))
        else {
            continue;
        };
        all.push((name, long + 2));
    }
    all
}

#[test]
fn no_file_is_longer_than_a_person_reads() {
    let long: Vec<_> =
        files(&[".rs"]).into_iter().filter(|(_, text)| text.lines().count() > FILE).map(|(at, _)| at).collect();
    assert_eq!(long, Vec::<String>::new(), "split them where an idea ends");
}

#[test]
fn no_function_is_longer_than_a_screen() {
    let all = files(&[".rs"]);
    let mut long = BTreeSet::new();
    for (place, text) in &all {
        let found = functions(text).into_iter().filter(|(_, lines)| *lines > FUNCTION);
        long.extend(found.map(|(name, _)| (place.as_str(), name)));
    }
    assert_eq!(long, BTreeSet::from(LONG), "take something out that has a name of its own");
    let counted: usize = all.values().map(|text| functions(text).len()).sum();
    assert!(counted > 1000, "functions are found: {counted}");
}

#[test]
fn imports_run_one_way() {
    for (folder, may) in IMPORTS {
        let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        // Tests may use what they like.
        let used = manifest.split("[dev-dependencies]").next().unwrap();
        for (other, _) in IMPORTS {
            let name = other.rsplit('/').next().unwrap();
            let uses = used.lines().any(|line| {
                line.strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with(".workspace") || rest.trim_start().starts_with("= {"))
            });
            assert!(!uses || may.contains(&name), "{folder} uses {name}");
        }
    }
    let members = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let line = members.lines().find(|line| line.starts_with("members")).unwrap();
    assert_eq!(line.matches('"').count() / 2, IMPORTS.len(), "a new crate has its row here: {line}");
}

#[test]
fn unsafe_code_stays_in_its_rooms() {
    for (place, text) in files(&[".rs"]) {
        let allowed = UNSAFE.iter().any(|room| place.starts_with(room));
        let found = text.lines().find(|line| line.contains("allow(unsafe_code)") && !line.contains("contains("));
        assert!(allowed || found.is_none(), "{place}: {found:?}");
    }
    assert!(fs::read_to_string(root().join("Cargo.toml")).unwrap().contains("unsafe_code = \"deny\""));
}

#[test]
fn errors_that_others_see_have_types() {
    let mut words = Vec::new();
    for (place, text) in files(&[".rs"]) {
        let test = ["tests/", "benches/", "examples/", "tests.rs"].iter().any(|part| place.contains(part));
        if test || place.starts_with("workloads/tests") {
            continue;
        }
        let open = text.lines().filter(|line| line.trim_start().starts_with("pub") && line.contains("fn "));
        let open = open.filter(|line| line.contains("Result<") && line.contains(", String>"));
        words.extend(open.map(|line| format!("{place}: {}", line.trim())));
    }
    assert!(words.len() <= WORDS_FOR_ERRORS, "give the newest an error type: {words:#?}");
}

#[test]
fn nothing_cites_what_is_not_here() {
    let all = files(&[".rs", ".md", ".toml", ".py", ".sh"]);
    for (place, text) in all.iter().filter(|(place, _)| *place != "workloads/tests/tidy.rs") {
        for word in ["science.md", "design.md", "style.md", "(science,", "(design,", "the design's tables"] {
            assert!(!text.contains(word), "{place} cites {word}, which is not in the repository");
        }
    }
}
