//! What a test says that cannot prove anything, because something is missing on this machine.
//!
//! A reader of "ok" must not take a proof for given that was never tried, and cargo shows nothing of what a passing test
//! prints. So every such test comes here, and `make test` ends with the number and the list.

// Not every test program needs all of it.
#![allow(dead_code)]

use std::fmt::Display;
use std::io::Write as _;

/// The file that skipped proofs are told to, a line each; `make` sets it.
const FILE: &str = "INTERREGNUM_SKIPPED";

/// `1`: tests run that are too wide for every change.
const WIDE: &str = "INTERREGNUM_WIDE";

/// The running test, or a part of it, proves nothing.
pub(crate) fn skipped(because: impl Display) {
    tell("SKIPPED", because);
}

/// The running test is left to another target of `make`, for this reason.
pub(crate) fn left(because: impl Display) {
    tell("WIDE", because);
}

/// Whether tests that are too wide for every change are wanted: `make test-wide` and `.ci/run` want them. Where they are not, the
/// running test is counted as left out, with what it would have tried.
pub(crate) fn is_wide(what: impl Display) -> bool {
    let wide = std::env::var_os(WIDE).is_some_and(|wanted| wanted == "1");
    if !wide {
        left(what);
    }
    wide
}

fn tell(word: &str, because: impl Display) {
    let thread = std::thread::current();
    let because = because.to_string();
    // nextest runs each test in a process, perhaps in its first thread.
    let name = thread.name().filter(|name| *name != "main").map(str::to_owned);
    let name = name.or_else(|| std::env::var("NEXTEST_TEST_NAME").ok()).unwrap_or_else(|| "?".to_owned());
    let line = format!("{word}: {name}, because {}\n", because.replace('\n', " "));
    eprint!("{line}");
    let Some(path) = std::env::var_os(FILE) else { return };
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
    // One write, since other tests append to the same file.
    file.and_then(|mut file| file.write_all(line.as_bytes())).expect("the file of skipped proofs can be written");
}
