//! What a test says that cannot prove anything, because something is missing on this machine.
//!
//! Whoever reads "ok" must not take a proof for given that was never tried, and cargo shows nothing of what a passing test
//! prints. So every such test comes here, and `make test` ends with the number and the list.

use std::fmt::Display;
use std::io::Write as _;

/// The file that skipped proofs are told to, a line each; `make` sets it.
const FILE: &str = "INTERREGNUM_SKIPPED";

/// The running test, or a part of it, proves nothing.
pub(crate) fn skipped(because: impl Display) {
    let thread = std::thread::current();
    let because = because.to_string();
    let line = format!("SKIPPED: {}, because {}\n", thread.name().unwrap_or("?"), because.replace('\n', " "));
    eprint!("{line}");
    let Some(path) = std::env::var_os(FILE) else { return };
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
    // One write, since other tests append to the same file.
    file.and_then(|mut file| file.write_all(line.as_bytes())).expect("the file of skipped proofs can be written");
}
