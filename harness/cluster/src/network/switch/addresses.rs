//! Which range of addresses a switch takes, and which node has which address in it.
//!
//! In the sandbox no other program has addresses, and the first range is free. Without a sandbox, and in tests that make several
//! switches at once, a range is passed over if an interface or a route of this namespace already has it.

use std::net::Ipv4Addr;
use std::sync::{Mutex, PoisonError};

use super::SwitchError;

/// The first range that is tried: 10.77.0.0/16.
const FIRST: u8 = 77;

/// How many nodes a range has room for; above them is the harness.
pub(super) const MOST: usize = 60_000;

/// The harness's own place.
const HARNESS: u16 = 0xfffe;

/// One switch of this process at a time looks for a range, until its first device has it.
static CLAIMING: Mutex<()> = Mutex::new(());

/// An address, and the length of the network's part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HostAddress {
    pub(super) address: Ipv4Addr,
    pub(super) netmask: Ipv4Addr,
}

/// A range 10.x.0.0/16 and how many nodes are in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Subnet {
    second: u8,
    nodes: usize,
}

impl Subnet {
    pub(super) fn nodes(&self) -> usize {
        self.nodes
    }

    fn place(&self, number: u16) -> HostAddress {
        let [third, fourth] = number.to_be_bytes();
        HostAddress { address: Ipv4Addr::new(10, self.second, third, fourth), netmask: Ipv4Addr::new(255, 255, 0, 0) }
    }

    /// A node's place: `n1` has 10.x.0.1.
    pub(super) fn node(&self, node: usize) -> HostAddress {
        self.place(u16::try_from(node + 1).unwrap_or(u16::MAX))
    }

    pub(super) fn harness(&self) -> HostAddress {
        self.place(HARNESS)
    }

    /// The owner of an address: a node, or the harness, whose number comes after those of the nodes.
    pub(super) fn member(&self, address: [u8; 4]) -> Option<usize> {
        let [10, second, third, fourth] = address else { return None };
        if second != self.second {
            return None;
        }
        match u16::from_be_bytes([third, fourth]) {
            0 => None,
            HARNESS => Some(self.nodes),
            number => Some(usize::from(number) - 1).filter(|&node| node < self.nodes),
        }
    }
}

/// Finds a free range and has `make` take it, before another process looks.
pub(super) fn claim<T>(
    nodes: usize,
    make: impl FnOnce(Subnet) -> Result<T, SwitchError>,
) -> Result<(Subnet, T), SwitchError> {
    if nodes > MOST {
        return Err(SwitchError::Nodes(nodes));
    }
    let _claiming = CLAIMING.lock().unwrap_or_else(PoisonError::into_inner);
    let taken = taken();
    let second = (0..=255)
        .map(|step: u8| FIRST.wrapping_add(step))
        .find(|second| !taken.iter().any(|range| range.meets(*second)))
        .ok_or(SwitchError::NoRange)?;
    let subnet = Subnet { second, nodes };
    Ok((subnet, make(subnet)?))
}

/// Addresses that are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    base: u32,
    mask: u32,
}

impl Range {
    fn meets(&self, second: u8) -> bool {
        // The wider of two ranges decides whether they meet. A default route takes no address.
        let ours = u32::from(Ipv4Addr::new(10, second, 0, 0));
        let mask = self.mask & 0xffff_0000;
        self.mask != 0 && self.base & mask == ours & mask
    }
}

/// Every range that an interface or a route of this network namespace has.
fn taken() -> Vec<Range> {
    let addresses = nix::ifaddrs::getifaddrs().into_iter().flatten().filter_map(|interface| {
        let base = interface.address.as_ref()?.as_sockaddr_in()?.ip();
        let mask = interface.netmask.as_ref().and_then(|mask| Some(mask.as_sockaddr_in()?.ip()));
        Some(Range { base: base.into(), mask: mask.map_or(u32::MAX, u32::from) })
    });
    let routes = std::fs::read_to_string("/proc/thread-self/net/route").unwrap_or_default();
    addresses.chain(routes.lines().skip(1).filter_map(route)).collect()
}

/// A line of /proc/net/route; its addresses are in the machine's order of bytes.
fn route(line: &str) -> Option<Range> {
    let field = |index| u32::from_str_radix(line.split_whitespace().nth(index)?, 16).ok().map(u32::from_be);
    Some(Range { base: field(1)?, mask: field(7)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_node_and_the_harness_have_addresses_that_lead_back_to_them() {
        let subnet = Subnet { second: 77, nodes: 300 };
        assert_eq!(subnet.node(0).address, Ipv4Addr::new(10, 77, 0, 1));
        assert_eq!(subnet.node(299).address, Ipv4Addr::new(10, 77, 1, 44));
        for node in 0..300 {
            assert_eq!(subnet.member(subnet.node(node).address.octets()), Some(node));
        }
        assert_eq!(subnet.member(subnet.harness().address.octets()), Some(300));
        for stranger in [[10, 77, 0, 0], [10, 77, 1, 45], [10, 78, 0, 1], [224, 0, 0, 1], [10, 77, 255, 255]] {
            assert_eq!(subnet.member(stranger), None, "{stranger:?}");
        }
    }

    #[test]
    fn a_range_that_a_route_has_is_not_taken_and_a_default_route_takes_none() {
        let route = route("eth0\t00004D0A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0").unwrap();
        assert!(route.meets(77) && !route.meets(78));
        let default = super::route("eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0").unwrap();
        assert!(!default.meets(77));
        let all_of_ten = Range { base: 10 << 24, mask: 0xff00_0000 };
        assert!((0..=255).all(|second| all_of_ten.meets(second)));
        let host = Range { base: u32::from(Ipv4Addr::new(10, 90, 3, 4)), mask: u32::MAX };
        assert!(host.meets(90) && !host.meets(91));
    }
}
