//! One run: sandbox, processes, systems, networks, disks, nemesis, observers, recorder, phases.
//!
//! Mechanism lives here and policy in `workloads`; what happened is written down by [`record`] and judged by
//! `checkers`, which see nothing else. The reference node is never imported: it is known as etcd is, through a system
//! file.

#![allow(missing_docs, reason = "used by this workspace alone: a field whose name says it all has no second line")]

mod awake;
pub mod clock;
pub mod cluster;
pub mod disk;
pub mod doctor;
#[cfg(any(test, fuzzing))]
pub mod fuzzed;
pub mod health;
pub mod import;
mod inforce;
pub mod input;
pub mod nemesis;
pub mod network;
pub mod observe;
pub mod ports;
pub mod probe;
pub mod process;
pub mod record;
pub mod run;
pub mod sandbox;
mod shortage;
mod sink;
pub mod system;
pub mod timer;
pub mod view;
mod worker;
