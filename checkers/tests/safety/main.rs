//! The checkers of safety and of the run: histories that each must reject and must accept.

#![allow(clippy::unwrap_used)]

#[path = "../histories/mod.rs"]
mod histories;

mod assumptions;
mod bench;
mod coverage;
mod disks;
mod election_safety;
mod elsewhere;
mod harness_health;
mod lawful_transitions;
mod leader_agreement;
mod leader_has_majority;
mod leader_log;
mod long;
mod members;
mod mutations;
mod process;
mod term_monotonic;
mod untold;
mod vote_once;
