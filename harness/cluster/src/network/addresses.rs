//! Which address each node listens on, and which one stands for a node in the eyes of another.
//!
//! `listen` addresses are where a node's own socket is. Where a network stands between nodes, each ordered pair of them also gets
//! an address for every port whose traffic runs between nodes. The port number says which node is calling.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use super::{NodeIndex, PortSpec};
use crate::ports::Reservation;

/// How an IPv6 address begins that is an IPv4 address, as the kernel's tables write it.
pub(super) const MAPPED: &str = "0000000000000000FFFF0000";

/// An address of the proxy for `to`, given to `from` alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ProxyAddress {
    pub(super) from: NodeIndex,
    pub(super) to: NodeIndex,
    /// Where `from` dials.
    pub(super) address: SocketAddr,
    /// Where `to` listens.
    pub(super) target: SocketAddr,
}

/// The addresses of a cluster on this host, reserved while this value lives.
#[derive(Debug)]
pub(super) struct Addresses {
    nodes: usize,
    ports: Vec<PortSpec>,
    proxied: usize,
    reservation: Reservation,
}

impl Addresses {
    /// Reserves addresses for all nodes, and with `proxied` for all ordered pairs of them too.
    pub(super) fn new(nodes: usize, ports: &[PortSpec], proxied: bool) -> io::Result<Self> {
        let links = ports.iter().filter(|port| port.is_link).count();
        let proxied = if proxied { links * nodes * nodes.saturating_sub(1) } else { 0 };
        let reservation = Reservation::new(nodes * ports.len() + proxied)?;
        Ok(Self { nodes, ports: ports.to_vec(), proxied, reservation })
    }

    fn index(&self, port: &str) -> Option<usize> {
        self.ports.iter().position(|spec| spec.name == port)
    }

    fn address(&self, slot: usize) -> Option<SocketAddr> {
        self.reservation.ports().get(slot).map(|&port| (Ipv4Addr::LOCALHOST, port).into())
    }

    /// The address of the proxy for one node's way to a port of another; none if there is none.
    pub(super) fn proxy_address(&self, from: NodeIndex, to: NodeIndex, port: &str) -> Option<SocketAddr> {
        if from == to || from >= self.nodes || to >= self.nodes || self.proxied == 0 {
            return None;
        }
        let links = || self.ports.iter().filter(|spec| spec.is_link);
        let rank = links().position(|spec| spec.name == port)?;
        let pair = from * (self.nodes - 1) + to - usize::from(to > from);
        self.address(self.nodes * self.ports.len() + rank * self.nodes * (self.nodes - 1) + pair)
    }

    pub(super) fn listen(&self, node: NodeIndex, port: &str) -> Option<SocketAddr> {
        if node >= self.nodes {
            return None;
        }
        self.address(node * self.ports.len() + self.index(port)?)
    }

    /// Why no node reaches a node that runs: it listens on none of the addresses that it was given for its peers.
    pub(super) fn unheard(&self, node: NodeIndex) -> Option<String> {
        let table = std::fs::read_to_string("/proc/thread-self/net/tcp").ok()?;
        let mut listening: Vec<u16> = listening(&table).map(|(_, port)| port).collect();
        let six = std::fs::read_to_string("/proc/thread-self/net/tcp6").unwrap_or_default();
        // An IPv6 socket may take IPv4, at a mapped address or at all: then no other program can have the port.
        let taken = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err();
        listening.extend(self::listening(&six).filter(|(any, port)| *any && taken(*port)).map(|(_, port)| port));
        let links: Vec<_> = self.ports.iter().filter(|port| port.is_link).collect();
        let given: Vec<_> = links.iter().filter_map(|port| Some((port, self.listen(node, &port.name)?))).collect();
        if given.iter().any(|(_, address)| listening.contains(&address.port())) {
            return None;
        }
        given.first().map(|(port, address)| {
            format!(
                "it does not listen on {address}, where other nodes look for it; have it listen on {{listen.{}}} with TCP over \
                 IPv4",
                port.name
            )
        })
    }

    /// Every address of the proxy, in a fixed order.
    pub(super) fn proxy_addresses(&self) -> Vec<ProxyAddress> {
        let links = self.ports.iter().filter(|port| port.is_link);
        let pairs = links.flat_map(|port| {
            (0..self.nodes)
                .flat_map(move |from| (0..self.nodes).filter(move |&to| to != from).map(move |to| (from, to, port)))
        });
        pairs
            .filter_map(|(from, to, port)| {
                let (address, target) = (self.proxy_address(from, to, &port.name)?, self.listen(to, &port.name)?);
                Some(ProxyAddress { from, to, address, target })
            })
            .collect()
    }
}

/// The ports that have a listener, out of /proc/net/tcp or tcp6. Each comes with whether it may be IPv4's: the address is of
/// IPv4, mapped, or none in particular.
fn listening(table: &str) -> impl Iterator<Item = (bool, u16)> {
    table.lines().skip(1).filter_map(|line| {
        let mut fields = line.split_whitespace().skip(1);
        let (local, state) = (fields.next()?, fields.nth(1)?);
        let (address, port) = local.rsplit_once(':')?;
        let four = address.len() == 8 || address.starts_with(MAPPED) || address.bytes().all(|digit| digit == b'0');
        (state == "0A").then(|| Some((four, u16::from_str_radix(port, 16).ok()?))).flatten()
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_node_that_listens_on_none_of_its_link_ports_is_told_where_to() {
        let addresses = Addresses::new(1, &[PortSpec::link("peer"), PortSpec::own("client")], true).unwrap();
        let said = addresses.unheard(0).unwrap();
        assert!(said.contains(&addresses.listen(0, "peer").unwrap().to_string()) && said.contains("{listen.peer}"));
        let _client = std::net::TcpListener::bind(addresses.listen(0, "client").unwrap()).unwrap();
        assert!(addresses.unheard(0).is_some(), "peers look elsewhere");
        let _peer = std::net::TcpListener::bind(addresses.listen(0, "peer").unwrap()).unwrap();
        assert_eq!(addresses.unheard(0), None);
    }

    #[test]
    fn a_node_that_takes_ipv4_on_an_ipv6_socket_listens() {
        use rustix::net::{AddressFamily, SocketType, bind, listen, socket, sockopt};
        let addresses = Addresses::new(1, &[PortSpec::link("peer")], true).unwrap();
        let port = addresses.listen(0, "peer").unwrap().port();
        for (address, only_six, heard) in
            [("::", false, true), ("::ffff:127.0.0.1", false, true), ("::", true, false), ("::1", true, false)]
        {
            let Ok(six) = socket(AddressFamily::INET6, SocketType::STREAM, None) else { return };
            sockopt::set_ipv6_v6only(&six, only_six).unwrap();
            if bind(&six, &std::net::SocketAddrV6::new(address.parse().unwrap(), port, 0, 0)).is_err() {
                continue; // no IPv6 here
            }
            listen(&six, 1).unwrap();
            assert_eq!(addresses.unheard(0).is_none(), heard, "{address}, only IPv6: {only_six}");
        }
    }

    #[test]
    fn every_ordered_pair_has_a_door_of_its_own_for_every_link_port_and_for_no_other() {
        let specs = [PortSpec::link("peer"), PortSpec::own("client"), PortSpec::link("raft")];
        let addresses = Addresses::new(4, &specs, true).unwrap();
        let proxied = addresses.proxy_addresses();
        assert_eq!(proxied.len(), 2 * 4 * 3);
        let mut all: BTreeSet<_> = proxied.iter().map(|proxy_address| proxy_address.address).collect();
        for node in 0..4 {
            all.extend(specs.iter().map(|spec| addresses.listen(node, &spec.name).unwrap()));
        }
        assert_eq!(all.len(), 2 * 4 * 3 + 4 * 3);
        assert!(
            proxied
                .iter()
                .all(|proxy_address| Some(proxy_address.target) != addresses.listen(proxy_address.to, "client"))
        );
        assert_eq!(addresses.listen(4, "peer"), None);
        assert_eq!(addresses.listen(0, "nothing"), None);
    }
}
