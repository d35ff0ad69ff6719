//! Messages between nodes: TCP, one JSON object a line.
//!
//! A node opens one connection to each peer and keeps it. Requests go out on it and the replies to them come back on it, matched
//! by a number. A peer's requests come in on a connection of the peer's. So each ordered pair of nodes has its own connection,
//! and each link can be cut by itself.
//!
//! What comes in is not trusted: a line has a bounded length, and whatever is not a frame ends its connection, never the
//! node. Frames are JSON because a person can read them off the wire; at forty of them a second nothing else matters.

pub mod encoded;
pub mod frame;
pub mod peer;
pub mod server;

use serde::{Deserialize, Serialize};

use crate::raft::{Reply, Request};

/// One line on the wire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Frame {
    /// A node asks.
    Request {
        /// Its number on this connection.
        id: u64,
        /// What it asks.
        request: Request,
    },
    /// The answer to the request with that number.
    Reply { id: u64, reply: Reply },
    /// A client asks for the line that was printed last.
    Question(Question),
}

/// What a client may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Question {
    /// The node's state.
    Status,
}

impl Frame {
    /// As a line, with its newline.
    pub fn line(&self) -> Vec<u8> {
        let mut line = serde_json::to_vec(self).unwrap_or_default();
        line.push(b'\n');
        line
    }
}
