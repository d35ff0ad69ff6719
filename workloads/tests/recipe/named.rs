//! What the pages name: files that must be there, and words that must stand in them.

use std::collections::BTreeSet;

use super::{root, tree};

/// The pages that name files of the code.
const PAGES: [&str; 2] = ["CONTRIBUTING.md", "docs/architecture.md"];

/// The names of the tests in a text.
pub(crate) fn tests(text: &str) -> Vec<String> {
    let after = text.split("#[test]\nfn ").skip(1);
    after.filter_map(|rest| Some(rest.split_once('(')?.0.to_owned())).collect()
}

/// What is in backticks outside of blocks.
fn quoted(page: &str) -> Vec<String> {
    let mut is_code = false;
    let prose = page.lines().filter(|line| {
        let is_fence = line.starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence && !line.starts_with("    ")
    });
    let prose = prose.collect::<Vec<_>>().join("\n");
    prose.split('`').skip(1).step_by(2).map(|words| words.replace('\n', " ")).collect()
}

/// Whether a name is a path from the root. `…` and NAME stand for what the reader chooses.
fn is_path(name: &str) -> bool {
    let is_chosen = name.contains('…') || name.contains("NAME");
    let folder = name.split_once('/').map(|(folder, _)| folder);
    !is_chosen && !name.contains([' ', '*', '<']) && folder.is_some_and(|folder| FOLDERS.contains(&folder))
}

/// The folders of code at the top, and the documentation.
const FOLDERS: [&str; 7] = ["workloads", "checkers", "node", "reports", "harness", "docs", "findings"];

#[test]
fn every_file_that_the_pages_name_is_there() {
    for place in PAGES {
        let page = tree::read(&root().join(place));
        let made: BTreeSet<&str> = page.lines().filter_map(|line| line.strip_prefix("```rust ")).collect();
        let named: Vec<String> = quoted(&page).into_iter().filter(|name| is_path(name)).collect();
        assert!(named.len() > 20, "{place}: files are found: {named:?}");
        for name in named.iter().filter(|name| !made.contains(name.as_str())) {
            assert!(root().join(name).exists(), "{place} names {name}");
        }
    }
}

/// A row that begins with a file goes on with names that stand in it.
#[test]
fn every_name_beside_a_file_stands_in_it() {
    let mut seen = 0;
    for place in PAGES {
        for row in tree::read(&root().join(place)).lines().filter(|line| line.starts_with('|')) {
            let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
            let Some(at) = cells.iter().position(|cell| {
                quoted(cell).first().is_some_and(|name| name.ends_with(".rs") || name.ends_with(".js"))
            }) else {
                continue;
            };
            let files = quoted(cells[at]);
            let text: String = files.iter().map(|file| tree::read(&root().join(file))).collect();
            for name in cells.get(at + 1).into_iter().flat_map(|cell| quoted(cell)) {
                let last = name.rsplit("::").next().unwrap_or_default();
                assert!(text.contains(last), "{place}: {files:?} lack {name}");
                seen += 1;
            }
        }
    }
    assert!(seen > 30, "only {seen} names were found");
}

#[test]
fn a_path_is_told_from_other_names() {
    assert!(is_path("docs/README.md") && is_path("harness/systems") == is_path("harness/systems/etcd.toml"));
    assert!(!is_path("checkers/src/judge/NAME.rs") && !is_path("n1->n2") && !is_path("harness"));
    assert_eq!(tests("#[test]\nfn one() {}\n\n#[test]\nfn two() {}\n"), ["one", "two"]);
}
