//! The network that does nothing: every node is dialled where it listens.
//!
//! Kills and pauses still work on it, and for a system that cannot be told one address per peer it may be all there is.
//! It can do nothing to a link, so it has nothing to count, and says so in its capabilities.

use std::io;
use std::net::SocketAddr;

use workloads::Capabilities;

use super::addresses::Addresses;
use super::{Interval, Network, NodeIndex, PortSpec, Rules};
use crate::clock::Clock;

/// A network without rules.
#[derive(Debug)]
pub struct Direct {
    clock: Clock,
    addresses: Addresses,
}

impl Direct {
    /// Reserves an address for every port of every node.
    ///
    /// # Errors
    /// When there are not enough free ports.
    pub fn new(clock: Clock, nodes: usize, ports: &[PortSpec]) -> io::Result<Self> {
        Ok(Self { clock, addresses: Addresses::new(nodes, ports, false)? })
    }
}

impl Network for Direct {
    fn name(&self) -> &'static str {
        "direct"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    fn listen(&self, node: NodeIndex, port: &str) -> Option<SocketAddr> {
        self.addresses.listen(node, port)
    }

    fn dial(&self, _from: Option<NodeIndex>, to: NodeIndex, port: &str) -> Option<SocketAddr> {
        self.addresses.listen(to, port)
    }

    fn set_alive(&self, _node: NodeIndex, _alive: bool) -> io::Result<()> {
        Ok(())
    }

    fn apply(&self, _rules: Rules) -> [u64; 2] {
        let now = self.clock.now();
        [now, now]
    }

    fn take_intervals(&self) -> Vec<Interval> {
        Vec::new()
    }

    fn close(&self) {}
}
