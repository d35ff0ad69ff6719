//! The controller: processes, networks, nemesis, observers, recorder, campaigns, the command line.
//!
//! Mechanism lives here and policy in `workloads`; what happened is written down by [`record`] and judged by
//! `checkers`, which see nothing else. The harness never imports the reference node: it knows it as it knows etcd,
//! through a system file.

pub mod awake;
pub mod calibrate;
pub mod campaign;
pub mod cli;
pub mod clock;
pub mod cluster;
pub mod disk;
pub mod doctor;
pub mod exit;
pub mod folder;
pub mod health;
pub mod import;
pub mod inforce;
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
pub mod shrink;
mod sink;
pub mod system;
pub mod timer;
pub mod view;
mod worker;
