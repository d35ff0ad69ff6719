//! The listener through which one node reaches one port of another.
//!
//! A dead process refuses connections, so its listeners must too; but its port must not fall to another program meanwhile. So a
//! listener is one socket for the whole run, bound at the start. `listen` makes it listen, and `shutdown` makes it stop. On Linux
//! `shutdown` takes a listening socket back to "bound", resets what waits in its backlog and keeps the port. SO_REUSEADDR is set
//! only while it listens, because a listener that opens again must overlook the connections of its former opening. While it is
//! shut no other program can bind the port, with or without that option.

use std::io;
use std::net::{TcpListener, TcpStream};

use rustix::net::sockopt::set_socket_reuseaddr;
use rustix::net::{Shutdown, listen, shutdown};

use super::super::addresses;
use crate::ports::bind_loopback;

const BACKLOG: i32 = 4096;

/// A bound socket that may or may not be listening.
#[derive(Debug)]
pub(super) struct Listener {
    pub(super) place: addresses::ProxyAddress,
    pub(super) socket: TcpListener,
    is_open: bool,
}

impl Listener {
    /// A listener that is shut.
    pub(super) fn new(place: addresses::ProxyAddress) -> io::Result<Self> {
        Ok(Self { place, socket: bind_loopback(place.address.port())?, is_open: false })
    }

    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    pub(super) fn open(&mut self) -> io::Result<()> {
        set_socket_reuseaddr(&self.socket, true)?;
        listen(&self.socket, BACKLOG)?;
        self.is_open = true;
        Ok(())
    }

    pub(super) fn shut(&mut self) -> io::Result<()> {
        self.is_open = false;
        shutdown(&self.socket, Shutdown::Read)?;
        Ok(set_socket_reuseaddr(&self.socket, false)?)
    }

    /// The next connection that waits, none if there is none.
    pub(super) fn accept(&self) -> io::Result<Option<TcpStream>> {
        loop {
            match self.socket.accept() {
                Ok((stream, _)) => {
                    stream.set_nonblocking(true)?;
                    stream.set_nodelay(true)?;
                    return Ok(Some(stream));
                }
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock => return Ok(None),
                    io::ErrorKind::Interrupted | io::ErrorKind::ConnectionAborted => {}
                    _ => return Err(error),
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::PortSpec;
    use crate::network::addresses::Addresses;

    #[test]
    fn a_shut_door_refuses_and_keeps_its_port_however_often_it_opened() {
        let addresses = Addresses::new(2, &[PortSpec::link("peer")], true).unwrap();
        let mut listener = Listener::new(addresses.proxy_addresses()[0]).unwrap();
        let address = listener.place.address;
        let mut kept = Vec::new();
        for _ in 0..3 {
            assert_eq!(TcpStream::connect(address).unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
            assert!(TcpListener::bind(address).is_err(), "bind of the standard library sets SO_REUSEADDR");
            listener.open().unwrap();
            kept.push((TcpStream::connect(address).unwrap(), listener.accept().unwrap()));
            listener.shut().unwrap();
        }
    }
}
