//! Was a connection's other end half-closed, or given up?
//!
//! Both look the same from here: a FIN. It matters for an attempt that a cut holds. A dialer that wrote its request, shut its
//! writing side and waits must be connected at the heal. One whose timeout closed the socket has, on a real network, no attempt
//! any more. And a node that redials twenty times a second must not find a thousand of its old requests delivered after the heal.
//! The dialer is on this host, so the kernel's socket table knows: a socket that no process holds has inode 0, or is gone.

use std::collections::BTreeSet;
use std::fs;

/// A dialer's port and the port it dialled.
pub(super) type Ports = (u16, u16);

/// The sockets among all connected ones that a process still holds; none if the table cannot be read.
pub(super) fn held_by_a_process() -> Option<BTreeSet<Ports>> {
    let mut held: BTreeSet<Ports> = parse(&fs::read_to_string("/proc/thread-self/net/tcp").ok()?).collect();
    // A program may dial an IPv4 address from an IPv6 socket.
    held.extend(parse(&fs::read_to_string("/proc/thread-self/net/tcp6").unwrap_or_default()));
    Some(held)
}

fn parse(table: &str) -> impl Iterator<Item = Ports> {
    table.lines().skip(1).filter_map(|line| {
        let mut words = line.split_whitespace().skip(1);
        let (local, remote) = (port(words.next()?)?, port(words.next()?)?);
        let inode = words.nth(6)?;
        (inode != "0").then_some((local, remote))
    })
}

fn port(address: &str) -> Option<u16> {
    u16::from_str_radix(address.rsplit_once(':')?.1, 16).ok()
}

#[cfg(test)]
mod tests {
    use std::net::{Shutdown, TcpListener, TcpStream};

    use super::*;

    #[test]
    fn a_half_closed_socket_is_held_and_a_closed_one_is_not() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let there = listener.local_addr().unwrap();
        let half = TcpStream::connect(there).unwrap();
        half.shutdown(Shutdown::Write).unwrap();
        let gone = TcpStream::connect(there).unwrap();
        let (half_port, gone_port) = (half.local_addr().unwrap().port(), gone.local_addr().unwrap().port());
        drop(gone);
        let held = held_by_a_process().unwrap();
        assert!(held.contains(&(half_port, there.port())));
        assert!(!held.contains(&(gone_port, there.port())));
    }
}
