//! Says what a node does, as Interregnum reads it: copy this file into your crate.
//!
//! ```ignore
//! interregnum::say("leader", 7, Some(Some("n1")), Some(Some("n1")));
//! ```
//!
//! Call it inside the transition: after term and vote are durable, and before anything is sent, replied or counted. What a node
//! does not know is `None`; `Some(None)` is *known to be none*.

use std::fs::File;
use std::io::Write;
use std::os::fd::AsFd;
use std::sync::Mutex;

/// The last line, and standard output without its buffer.
static SAID: Mutex<(String, Option<File>)> = Mutex::new((String::new(), None));

/// Prints one whole line by one write, if anything has changed since the last.
///
/// # Panics
/// When standard output cannot be written: a node that cannot say what it does must not go on.
pub fn say(role: &str, term: u64, vote: Option<Option<&str>>, leader: Option<Option<&str>>) {
    // One lock: lines keep the order of the changes, whichever thread makes them.
    let mut said = SAID.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let state = format!(r#"{{"role":"{role}","term":{term}{}{}"#, field("vote", vote), field("leader", leader));
    if said.0 == state {
        return;
    }
    if said.1.is_none() {
        said.1 = std::io::stdout().as_fd().try_clone_to_owned().ok().map(File::from);
    }
    let line = match monotonic() {
        Some(at) => format!("{state},\"at\":{at}}}\n"),
        None => format!("{state}}}\n"),
    };
    said.1.as_mut().expect("standard output is open").write_all(line.as_bytes()).expect("standard output can be written");
    said.0 = state;
}

fn field(name: &str, value: Option<Option<&str>>) -> String {
    match value {
        None => String::new(),
        Some(None) => format!(r#","{name}":null"#),
        Some(Some(node)) => format!(r#","{name}":{node:?}"#),
    }
}

/// CLOCK_MONOTONIC in nanoseconds, as far as it is known without a crate: /proc/uptime has hundredths of a second, which is too coarse,
/// so this is none unless you put in `rustix::time::clock_gettime(ClockId::Monotonic)` or `nix::time`.
fn monotonic() -> Option<u64> {
    None
}
