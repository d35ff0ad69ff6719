//! The command line: it parses, calls, prints and exits.
//!
//! One run is carried out by [`cluster`], many by [`campaign`]; what they answer is known to [`experiments`]. The harness
//! never imports the reference node: it knows it as it knows etcd, through a system file.

pub mod cli;
