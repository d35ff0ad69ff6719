//! A node's network namespace, and the thread that lives in it.
//!
//! A namespace is a property of a thread, and what a thread starts is born where the thread is. So each node gets a
//! [thread](crate::worker) that has entered a namespace of its own and stays there for small jobs: starting what starts the node,
//! and looking at its sockets. Starting needs no `pre_exec` then, which would copy the page tables of the whole harness for every
//! node. The namespace lives as long as the thread, the device, or a process in it.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};

use nix::sched::{CloneFlags, unshare};

use super::SwitchError;
use crate::network::addresses::MAPPED;
use crate::sandbox;
use crate::worker::{self, Worker};

/// The thread in a namespace; it ends when this is dropped.
#[derive(Debug)]
pub struct Namespace(Worker);

/// One that is being made.
pub(super) struct Beginning<T>(worker::Beginning<T, SwitchError>);

impl Namespace {
    /// Starts a thread that makes the namespace and then calls `furnish` in it.
    pub(super) fn begin<T: Send + 'static>(
        node: usize,
        furnish: impl FnOnce() -> Result<T, SwitchError> + Send + 'static,
    ) -> Result<Beginning<T>, SwitchError> {
        // The file system's own state (its working directory) stays shared with the other threads.
        let begun = Worker::begin(format!("n{}", node + 1), move || {
            unshare(CloneFlags::CLONE_NEWNET).map_err(|error| SwitchError::Namespace(error.into()))?;
            furnish()
        });
        Ok(Beginning(begun?))
    }

    /// Does something on the thread in the namespace, and waits for what it answers.
    ///
    /// # Errors
    /// When the thread has ended, or the job panicked.
    pub fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
        self.0.run(job)
    }
}

impl<T> Beginning<T> {
    /// Waits until it is there.
    pub(super) fn finish(self) -> Result<(Namespace, T), SwitchError> {
        let (worker, made) = self.0.finish()?;
        Ok((Namespace(worker), made))
    }
}

/// What a fresh namespace needs to be like the one that the harness is in. `reserved`: ports that no outgoing
/// connection may be given, because a node that is down will want them back.
pub(super) fn furnish(settings: &[(&str, String)], reserved: &str) -> io::Result<()> {
    sandbox::loopback_up()?;
    sandbox::put_network_settings(settings);
    // Read-only in some containers. A port that is taken by an outgoing connection is then a rare misfortune.
    let _ = fs::write("/proc/sys/net/ipv4/ip_local_reserved_ports", reserved);
    // Every port is the node's own here, and ports are used as the system file gives them: 53 needs no privilege.
    let _ = fs::write("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
    Ok(())
}

/// In the namespace of this thread: if one of these ports is listened to, but not at this address, where it is.
pub(super) fn listens_elsewhere(address: Ipv4Addr, ports: &[u16]) -> Option<String> {
    let four = fs::read_to_string("/proc/thread-self/net/tcp").ok()?;
    let six = fs::read_to_string("/proc/thread-self/net/tcp6").unwrap_or_default();
    // An address that can be bound is free. A program that takes IPv4 on an IPv6 socket has it.
    elsewhere(address, ports, &four, &six, |wanted| std::net::TcpListener::bind(wanted).is_ok())
}

fn elsewhere(
    address: Ipv4Addr,
    ports: &[u16],
    four: &str,
    six: &str,
    free: impl Fn(SocketAddrV4) -> bool,
) -> Option<String> {
    let listening = |table: &str| -> Vec<(String, u16)> {
        let lines = table.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>());
        lines.filter(|fields| fields.get(3) == Some(&"0A")).filter_map(|fields| local(fields.get(1)?)).collect()
    };
    // A program that speaks IPv4 on IPv6 sockets, as the JVM does, binds "mapped" addresses (::ffff:10.77.0.1).
    let (mapped, six): (Vec<_>, Vec<_>) = listening(six).into_iter().partition(|(hex, _)| hex.starts_with(MAPPED));
    let mapped = mapped.into_iter().map(|(hex, port)| (hex[MAPPED.len()..].to_owned(), port));
    let reached = listening(four).into_iter().chain(mapped).filter_map(|(hex, port)| {
        let bound = Ipv4Addr::from(u32::from_be(u32::from_str_radix(&hex, 16).ok()?));
        Some((bound, port))
    });
    let (here, away): (Vec<_>, Vec<_>) =
        reached.partition(|(bound, _)| *bound == address || *bound == Ipv4Addr::UNSPECIFIED);
    let missing = |port: &&u16| !here.iter().any(|(_, bound)| bound == *port);
    ports.iter().filter(missing).find_map(|port| {
        let wanted = SocketAddrV4::new(address, *port);
        if let Some((bound, _)) = away.iter().find(|(_, bound)| bound == port) {
            return Some(format!(
                "it listens on {bound}:{port} and not on {wanted}, where other nodes look for it; have it listen on \
                 {{listen.PORT}}"
            ));
        }
        // An unspecified IPv6 address takes IPv4 too unless it is told not to; any other does not.
        let only = |hex: &str| hex.bytes().any(|digit| digit != b'0') || free(wanted);
        six.iter().find(|(hex, bound)| bound == port && only(hex)).map(|_| {
            format!("it listens on port {port} of an IPv6 address, and the switch carries IPv4 only; give it {wanted}")
        })
    })
}

/// `0100007F:1F90`.
fn local(field: &str) -> Option<(String, u16)> {
    let (hex, port) = field.split_once(':')?;
    Some((hex.to_owned(), u16::from_str_radix(port, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "  sl  local_address rem_address   st\n";
    const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 1);

    #[test]
    fn a_program_that_binds_another_address_is_told_which_and_where_it_is_looked_for() {
        let four = format!("{HEAD}   0: 0100007F:1F90 00000000:0000 0A\n");
        let said = elsewhere(ADDRESS, &[8080], &four, HEAD, |_| false).unwrap();
        assert!(said.contains("127.0.0.1:8080") && said.contains("10.77.0.1:8080"), "{said}");
        let connected = format!("{HEAD}   0: 0100007F:1F90 00000000:0000 01\n");
        assert_eq!(elsewhere(ADDRESS, &[8080], &connected, HEAD, |_| false), None, "a connection is no listener");
    }

    #[test]
    fn a_program_that_binds_its_own_address_or_every_address_is_not_complained_of() {
        for bound in ["01004D0A", "00000000"] {
            let four = format!("{HEAD}   0: {bound}:1F90 00000000:0000 0A\n   1: 0100007F:1F90 00000000:0000 0A\n");
            assert_eq!(elsewhere(ADDRESS, &[8080], &four, HEAD, |_| false), None);
        }
        let six = format!("{HEAD}   0: {}:1F90 {}:0000 0A\n", "0".repeat(32), "0".repeat(32));
        assert_eq!(elsewhere(ADDRESS, &[8080], HEAD, &six, |_| false), None, "IPv4 is taken too");
        let said = elsewhere(ADDRESS, &[8080], HEAD, &six, |_| true).unwrap();
        assert!(said.contains("IPv4 only"), "the address is free, so the socket takes IPv6 only: {said}");
    }

    #[test]
    fn an_ipv4_address_on_an_ipv6_socket_is_the_ipv4_address_that_it_is() {
        let mapped = |hex: &str| format!("{HEAD}   0: {MAPPED}{hex}:1F90 {}:0000 0A\n", "0".repeat(32));
        assert_eq!(elsewhere(ADDRESS, &[8080], HEAD, &mapped("01004D0A"), |_| false), None, "a JVM told 10.77.0.1");
        let said = elsewhere(ADDRESS, &[8080], HEAD, &mapped("0100007F"), |_| true).unwrap();
        assert!(said.contains("127.0.0.1:8080") && !said.contains("IPv6"), "{said}");
    }

    #[test]
    fn a_program_that_binds_an_ipv6_address_is_told_that_only_ipv4_is_carried() {
        let six = format!("{HEAD}   0: {}01000000:1F90 {}:0000 0A\n", "0".repeat(24), "0".repeat(32));
        assert!(elsewhere(ADDRESS, &[8080], HEAD, &six, |_| false).unwrap().contains("IPv4 only"));
    }
}
