//! The line on standard output: one JSON object at every change, the node contract.
//!
//! A whole line goes out in one `write` on the bare descriptor; Rust's own `stdout` would put a lock and a line buffer between.
//! The node goes on only when the write has returned, so a reader that stops reading stops the node. That is the contract's price
//! for evidence without gaps, and the reason why nothing else is ever written there.

use std::io::{self, Write};

use clap::ValueEnum;
use serde::Serialize;

use crate::raft::{Role, State};

/// A state as it is shown: the state and when it was so.
#[derive(Debug, Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    state: &'a State,
    /// CLOCK_MONOTONIC, nanoseconds.
    at: u64,
}

/// How much a node shows of itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Show {
    /// All that the contract has a field for.
    #[default]
    All,
    /// Role and term, as many programs log them; a change of anything else is not shown at all.
    RoleAndTerm,
}

#[derive(Debug, Serialize)]
struct Terse {
    role: Role,
    term: u64,
    at: u64,
}

impl Show {
    /// The line for `state`, with its newline.
    pub fn line(self, state: &State, at: u64) -> Vec<u8> {
        let mut line = match self {
            Self::All => serde_json::to_vec(&Line { state, at }),
            Self::RoleAndTerm => serde_json::to_vec(&Terse { role: state.role, term: state.term, at }),
        }
        .unwrap_or_default();
        line.push(b'\n');
        line
    }

    /// Whether the step from one state to the next is to be seen.
    pub fn tells(self, before: Option<&State>, now: &State) -> bool {
        self == Self::All || before.is_none_or(|before| (before.role, before.term) != (now.role, now.term))
    }
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
        let text = String::from_utf8(Show::All.line(&state, 81)).unwrap();
        assert_eq!(text, "{\"role\":\"leader\",\"term\":7,\"vote\":\"n1\",\"leader\":null,\"log\":[2,9],\"at\":81}\n");
        let text = String::from_utf8(Show::RoleAndTerm.line(&state, 81)).unwrap();
        assert_eq!(text, "{\"role\":\"leader\",\"term\":7,\"at\":81}\n");
    }

    #[test]
    fn who_shows_role_and_term_alone_is_silent_about_a_vote() {
        let state = State { role: Role::Follower, term: 7, vote: None, leader: None, log: LogEnd(2, 9) };
        let voted = State { vote: Some("n1".into()), ..state.clone() };
        let newer = State { term: 8, ..state.clone() };
        assert!(Show::All.tells(Some(&state), &voted) && !Show::RoleAndTerm.tells(Some(&state), &voted));
        assert!(Show::RoleAndTerm.tells(Some(&state), &newer) && Show::RoleAndTerm.tells(None, &state));
    }
}
