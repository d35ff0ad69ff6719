//! Hand-made histories that the liveness checkers must reject, and such as they must accept.

#![allow(clippy::unwrap_used)] // helpers of tests are tests

mod availability;
mod clients;
mod crashes;
mod disturbed;
mod final_leader;
mod less;
mod measures;
mod members;
mod message_budget;
#[path = "../histories/muted.rs"]
mod muted;
mod no_leader_without_quorum;
mod re_election;
mod rejoin;
mod stability;
mod stalls;
mod story;
