//! The line on standard output: one JSON object at every change, the node contract.
//!
//! A whole line goes out in one `write` on the bare descriptor; Rust's own `stdout` would put a lock and a line buffer
//! between. Only when the write has returned does the node go on, so a reader that stops reading stops the node: that
//! is the contract's price for evidence without gaps, and why nothing else is ever written there.

use std::io::{self, Write};

use serde::Serialize;

use crate::raft::State;

/// A state as it is shown: the state and when it was so.
#[derive(Debug, Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    state: &'a State,
    /// CLOCK_MONOTONIC, nanoseconds.
    at: u64,
}

/// The line for `state`, with its newline.
pub fn line(state: &State, at: u64) -> Vec<u8> {
    let mut line = serde_json::to_vec(&Line { state, at }).unwrap_or_default();
    line.push(b'\n');
    line
}

/// Writes one line; when it has returned, the line is out.
pub fn write(mut out: impl Write, line: &[u8]) -> io::Result<()> {
    out.write_all(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raft::{LogEnd, Role};

    #[test]
    fn a_line_is_what_the_contract_says() {
        let state = State { role: Role::Leader, term: 7, vote: Some("n1".into()), leader: None, log: LogEnd(2, 9) };
        let text = String::from_utf8(line(&state, 81)).unwrap();
        assert_eq!(text, "{\"role\":\"leader\",\"term\":7,\"vote\":\"n1\",\"leader\":null,\"log\":[2,9],\"at\":81}\n");
    }
}
