//! The controller: campaigns, the command line.
//!
//! One run is carried out by [`cluster`]. The harness never imports the reference node: it knows it as it knows etcd,
//! through a system file.

pub mod campaign;
pub mod cli;
pub mod shrink;
