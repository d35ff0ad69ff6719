//! A reference Raft-election node.
//!
//! It does Figure 2 of the Raft paper for elections and heartbeats, and nothing else: no log is replicated, no client is served.
//! It exists to be tested. A harness needs a node that is known to be right, so that every alarm on it is a false one. And it
//! needs the same node with one rule broken, so that every silence on that is a miss.
//!
//! From the inside out:
//!
//! - [`raft`]: the pure core. Input and time go in, an ordered list of actions comes out. No I/O, no clock.
//! - [`rules`]: the decisions of Figure 2, one method each; each of the [`defects`] breaks exactly one of them,
//!   [`lab_notes`] several.
//! - [`strategy`]: in which order it asks its peers, and for which it waits.
//! - [`storage`]: term and vote on disk. [`announce`]: the line on standard output. [`clock`]: precise timers.
//! - [`transport`]: frames, one outgoing connection a peer, the listening side.
//! - [`shell`]: carries out the core's actions in their order. [`options`]: the command line.
//!
//! The order of the actions is the whole safety argument of the shell: *persist, print, send*. A node that hears of
//! a vote can be sure that it outlives a crash, and that the node has said so on standard output before.

#![allow(missing_docs, reason = "used by its own program alone: a field whose name says it all has no second line")]

pub mod announce;
pub mod clock;
pub mod defects;
pub mod exit;
pub mod journal;
pub mod lab_notes;
pub mod options;
pub mod raft;
pub mod rules;
pub mod shell;
pub mod storage;
pub mod strategy;
pub mod transport;
