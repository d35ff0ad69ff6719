//! Ports for nodes and listeners, such that no other program takes them.
//!
//! Three dangers. *An outgoing connection* gets its local port from the ephemeral range. If a node listened there, a foreign
//! connection could sit on its port just while it is dead, and its restart would fail. So ports come from below that range (read
//! from `/proc/sys/net/ipv4/ip_local_port_range`). *Another harness* on this host draws from the same numbers. So they are drawn
//! in blocks, and a block belongs to the process that has bound the abstract Unix socket named after it. Such a name lives in the
//! network namespace, exactly as ports do. A lock file would be shared too widely or, with a private `/tmp`, not at all. The name
//! also works across users, and goes away with its owner, even on `kill -9`. *Any other program* knows nothing of blocks. So each
//! port is tried by binding it on all addresses, and one that is taken, or still in TIME_WAIT, is left alone.
//!
//! Where the ephemeral range leaves no room below it, ports are taken from above it, or else from 10000 on. The first danger is
//! then accepted: a node that finds its port taken is a failure of the harness, not of the system.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::ops::Range;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, socket_with};

const EPHEMERAL: &str = "/proc/sys/net/ipv4/ip_local_port_range";
const LOWEST: u16 = 10_000;
const BLOCK: u16 = 32;

/// Ports that belong to the holder of this value until it is dropped.
#[derive(Debug)]
pub struct Reservation {
    ports: Vec<u16>,
    _claims: Vec<UnixDatagram>,
}

impl Reservation {
    /// Reserves this many ports.
    ///
    /// # Errors
    /// When there are not as many free ports left, or no sockets can be made.
    pub fn new(count: usize) -> io::Result<Self> {
        Self::within(count, &room(ephemeral()))
    }

    fn within(count: usize, room: &Range<u16>) -> io::Result<Self> {
        let blocks = (room.end - room.start) / BLOCK;
        // Where to begin matters only for speed: harnesses that start together should not all try the same block.
        let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().subsec_nanos();
        let first = u16::try_from(nanos / 1_000 % u32::from(blocks.max(1))).unwrap_or(0);
        let mut reservation = Self { ports: Vec::with_capacity(count), _claims: Vec::new() };
        for block in 0..blocks {
            if reservation.ports.len() == count {
                break;
            }
            let start = room.start + (first + block) % blocks * BLOCK;
            let Some(claim) = claim(start)? else { continue };
            let before = reservation.ports.len();
            let free = (start..start + BLOCK).filter(|&port| is_free(port));
            reservation.ports.extend(free.take(count - before));
            if reservation.ports.len() > before {
                reservation._claims.push(claim);
            }
        }
        if reservation.ports.len() < count {
            return Err(io::Error::new(
                io::ErrorKind::AddrInUse,
                format!(
                    "only {} of the {count} ports that the cluster needs are free between {} and {}; end other \
                     harnesses or use fewer nodes",
                    reservation.ports.len(),
                    room.start,
                    room.end - 1
                ),
            ));
        }
        Ok(reservation)
    }

    /// The ports, as many as were asked for.
    pub fn ports(&self) -> &[u16] {
        &self.ports
    }
}

/// First and last port that the kernel gives to outgoing connections.
fn ephemeral() -> (u16, u16) {
    let text = fs::read_to_string(EPHEMERAL).unwrap_or_default();
    let mut numbers = text.split_whitespace().map_while(|word| word.parse().ok());
    match (numbers.next(), numbers.next()) {
        (Some(low), Some(high)) => (low, high),
        _ => (32_768, 60_999),
    }
}

/// Where to take ports from: below the ephemeral range, else above it, else in it.
fn room((low, high): (u16, u16)) -> Range<u16> {
    const ENOUGH: u16 = 4_000;
    if low >= LOWEST + ENOUGH {
        LOWEST..low
    } else if high < u16::MAX - ENOUGH {
        high.max(LOWEST) + 1..u16::MAX
    } else {
        LOWEST..32_768
    }
}

/// Claims the block that starts with this port; none if it is taken.
fn claim(start: u16) -> io::Result<Option<UnixDatagram>> {
    let name = SocketAddr::from_abstract_name(format!("interregnum-ports-{start}"))?;
    match UnixDatagram::bind_addr(&name) {
        Ok(claim) => Ok(Some(claim)),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_free(port: u16) -> bool {
    // Not `TcpListener::bind`: it sets SO_REUSEADDR, which overlooks connections in TIME_WAIT that a node would trip on.
    socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None)
        .and_then(|socket| bind(&socket, &SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port)))
        .is_ok()
}

/// Binds a port of 127.0.0.1 without listening on it: connections are refused, and no other program can bind it.
///
/// # Errors
/// When the port is taken after all.
pub(crate) fn bind_loopback(port: u16) -> io::Result<TcpListener> {
    let socket =
        socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK, None)?;
    bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))?;
    Ok(socket.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_lie_below_the_ephemeral_range_and_differ() {
        let reservation = Reservation::new(100).unwrap();
        let (low, _) = ephemeral();
        let mut ports = reservation.ports().to_vec();
        assert!(ports.iter().all(|&port| port < low));
        ports.sort_unstable();
        ports.dedup();
        assert_eq!(ports.len(), 100);
    }

    #[test]
    fn two_reservations_share_no_port() {
        let one = Reservation::new(60).unwrap();
        let two = Reservation::new(60).unwrap();
        assert!(one.ports().iter().all(|port| !two.ports().contains(port)));
    }

    #[test]
    fn a_port_that_a_stranger_listens_on_is_left_alone() {
        let stranger = TcpListener::bind("127.0.0.1:0").unwrap();
        assert!(!is_free(stranger.local_addr().unwrap().port()));
    }

    #[test]
    fn too_many_ports_are_an_error_that_says_so() {
        let error = Reservation::within(100, &(40_000..40_064)).unwrap_err();
        assert!(error.to_string().contains("of the 100 ports"), "{error}");
    }

    #[test]
    fn there_is_room_whatever_the_ephemeral_range() {
        assert_eq!(room((32_768, 60_999)), 10_000..32_768);
        assert_eq!(room((1_024, 40_000)), 40_001..65_535);
        assert_eq!(room((1_024, 65_535)), 10_000..32_768);
    }
}
