//! How much code there is: lines of Rust without comments, blanks and tests. Scripts of pages are files of their own.
//!
//! `cargo test -p interregnum-workloads --test tidy how_much -- --nocapture` prints it for each crate.

use std::collections::BTreeMap;

use super::{IMPORTS, files};

/// The lines of a file that are code, and the modules in files of their own that it has for tests.
fn code(text: &str) -> (usize, Vec<&str>) {
    let (mut count, mut modules, mut lines) = (0, Vec::new(), text.lines());
    while let Some(line) = lines.next() {
        let words = line.trim_start();
        if words.starts_with("#[cfg(test)]") {
            let item = lines.by_ref().find(|line| !line.trim_start().starts_with("#[")).unwrap_or_default();
            let name = item.trim_end_matches(';').rsplit(' ').next().unwrap_or_default();
            if item.ends_with(';') {
                modules.extend(item.contains("mod ").then_some(name));
            } else if !item.ends_with('}') {
                let indent = &item[..item.len() - item.trim_start().len()];
                let _ = lines.by_ref().find(|line| line.strip_prefix(indent).is_some_and(|rest| rest.starts_with('}')));
            }
        } else if !words.is_empty() && !words.starts_with("//") {
            count += 1;
        }
    }
    (count, modules)
}

/// The lines of code of each crate.
fn sizes() -> BTreeMap<&'static str, usize> {
    let sources: Vec<_> = files(&[".rs"]).into_iter().filter(|(place, _)| place.contains("/src/")).collect();
    let mut tests = Vec::new();
    for (place, text) in &sources {
        let folder = place.rsplit_once('/').unwrap_or_default().0;
        let own = place.trim_end_matches(".rs").trim_end_matches("/mod").trim_end_matches("/lib");
        for name in code(text).1 {
            tests.extend([folder, own].map(|beside| format!("{beside}/{name}")));
        }
    }
    let is_test = |place: &str| {
        tests.iter().any(|test| place.strip_prefix(test).is_some_and(|rest| rest.starts_with(['.', '/'])))
    };
    let mut sizes = BTreeMap::new();
    for (place, text) in sources.iter().filter(|(place, _)| !is_test(place)) {
        let of = |folder: &&str| place.strip_prefix(*folder).is_some_and(|rest| rest.starts_with("/src/"));
        if let Some(folder) = IMPORTS.map(|(folder, _)| folder).into_iter().find(of) {
            *sizes.entry(folder).or_default() += code(text).0;
        }
    }
    sizes
}

#[test]
fn how_much_code_there_is() {
    let sizes = sizes();
    for (folder, lines) in &sizes {
        println!("{lines:>7} {folder}");
    }
    println!("{:>7} in all", sizes.values().sum::<usize>());
    assert_eq!(sizes.len(), IMPORTS.len(), "every crate is counted");
}

#[test]
fn comments_blanks_and_tests_are_no_code() {
    let text = "//! Words.\n\n/// More.\nfn a() {\n    // why\n    b();\n}\n\n#[cfg(test)]\n#[allow(dead_code)]\nmod sample;\n\n\
                #[cfg(test)]\nmod tests {\n    fn c() {\n    }\n}\n";
    assert_eq!(code(text), (3, vec!["sample"]));
}
