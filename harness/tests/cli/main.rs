//! The real binary, driven as a person, a script or a CI job drives it: each test in a folder of its own, with real
//! nodes, and with a look at /proc afterwards, because a test harness that leaves processes behind is worse than none.

#![allow(clippy::unwrap_used)]

mod adapters;
mod auxiliaries;
mod bad_histories;
mod bad_nodes;
mod bad_systems;
mod batch;
mod compare;
mod compare_pairs;
mod crash;
mod defects;
mod disk;
mod disks;
mod engines;
mod examples;
mod explain;
mod from_logs;
mod github;
mod helpers;
mod index;
mod interrupt;
mod log_kept;
mod log_lives;
mod log_parts;
mod log_processes;
mod log_refusals;
mod log_shapes;
mod machines;
mod making;
mod merge;
mod observing;
mod packets;
mod place;
mod probes;
mod replay;
mod replayed;
#[path = "../skipped/mod.rs"]
mod skipped;
mod stored;
mod terminal;
mod until;
mod usage;
mod watching;
