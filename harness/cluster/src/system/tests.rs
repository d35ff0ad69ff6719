//! Every way to write a system file wrongly, with the sentence that it earns; and what the reference file becomes.

mod bad_files;
mod bad_settings;
mod cases;
mod more_cases;
mod plans;
mod probes;

use std::net::{Ipv4Addr, SocketAddr};

use super::{Addresses, System, SystemError};
use crate::network::NodeIndex;

/// Node `i` listens at port 7000+i; `a` reaches `b` at 8000+10a+b; the harness reaches it at 9000+i.
struct Fixed;

impl Addresses for Fixed {
    fn listen(&self, node: NodeIndex, _port: &str) -> Option<SocketAddr> {
        Some(local(7000 + node))
    }

    fn dial(&self, from: Option<NodeIndex>, to: NodeIndex, _port: &str) -> Option<SocketAddr> {
        Some(local(from.map_or(9000 + to, |from| 8000 + 10 * from + to)))
    }
}

fn local(port: usize) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, u16::try_from(port).unwrap()))
}

/// A small sound system file.
const SMALL: &str = r#"schema = 1
name = "small"
[params]
election = "150ms..300ms"
[cluster]
nodes = 3
ports = { peer = 7000 }
links = ["peer"]
addressing = "per-link"
[cluster.lists]
peers = { of = "others", each = "{name}={dial.peer}" }
members = { of = "all", each = "{id}@{listen.peer}", join = "," }
[node]
command = ["node", "{name}"]
[[observe]]
kind = "events"
"#;

/// The small file with one text replaced by another.
fn changed(from: &str, to: &str) -> Result<System, SystemError> {
    assert!(SMALL.contains(from), "{from:?} is not in the file");
    System::parse("my.toml", &SMALL.replacen(from, to, 1))
}
