//! What the tests of a network need of it, so that the same cases run on every network that can cut.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use cluster::clock::Clock;
use cluster::network::{Interval, Network, NodeIndex, PortSpec, Proxy, Rule, Rules};
use workloads::Effect;

/// How long to wait for what must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
/// How long to watch for what must not come.
pub(crate) const WATCH: Duration = Duration::from_millis(80);

/// A network and the means to open sockets as its nodes do.
pub(crate) trait Fixture: Sized + Sync {
    /// A one-way cut takes messages one way and lets the other way flow (on packets it stalls both).
    const ONE_WAY_IS_MESSAGES: bool;

    /// It carries packets: a cut drops, TCP sends again, and whole IP packets are counted.
    const CARRIES_PACKETS: bool;

    /// Runs the test of this name somewhere else, where this network can be made; false: it can be made here.
    fn elsewhere(_test: &str) -> bool {
        false
    }

    fn new(nodes: usize) -> Self;
    fn clock(&self) -> Clock;
    fn network(&self) -> &dyn Network;
    /// A listener of a node's own on the port `peer`.
    fn bind(&self, node: NodeIndex) -> TcpListener;
    /// What `from` gets that dials `to`.
    fn dial(&self, from: NodeIndex, to: NodeIndex) -> io::Result<TcpStream>;

    /// Starts all nodes.
    fn start(nodes: usize) -> (Self, Vec<TcpListener>) {
        let fixture = Self::new(nodes);
        let listeners = (0..nodes).map(|node| fixture.bind(node)).collect();
        (0..nodes).for_each(|node| fixture.network().set_alive(node, true).unwrap());
        (fixture, listeners)
    }

    /// A connection that has carried a byte each way.
    fn connect(&self, from: NodeIndex, to: NodeIndex, listener: &TcpListener) -> (TcpStream, TcpStream) {
        let mut near = self.dial(from, to).unwrap();
        let mut far = accept(listener).expect("an open link connects");
        near.write_all(b"?").unwrap();
        assert_eq!(read(&mut far, 1), b"?");
        far.write_all(b"!").unwrap();
        assert_eq!(read(&mut near, 1), b"!");
        (near, far)
    }

    /// Cuts these links and opens all others.
    fn cut(&self, links: &[(NodeIndex, NodeIndex)]) -> [u64; 2] {
        let rule = Rule { cut: true, effect: Effect::default() };
        self.network().apply(links.iter().map(|&link| (link, rule)).collect())
    }

    fn degrade(&self, links: &[(NodeIndex, NodeIndex)], effect: Effect) -> [u64; 2] {
        self.network().apply(links.iter().map(|&link| (link, Rule { cut: false, effect })).collect())
    }

    fn heal(&self) -> [u64; 2] {
        self.network().apply(Rules::new())
    }
}

/// The network `proxy`.
pub(crate) struct OnProxy {
    clock: Clock,
    network: Proxy,
}

impl Fixture for OnProxy {
    const ONE_WAY_IS_MESSAGES: bool = true;
    const CARRIES_PACKETS: bool = false;

    fn new(nodes: usize) -> Self {
        let clock = Clock::start();
        let ports = [PortSpec::link("peer"), PortSpec::own("client")];
        Self { clock, network: Proxy::new(clock, nodes, &ports).unwrap() }
    }

    fn clock(&self) -> Clock {
        self.clock
    }

    fn network(&self) -> &dyn Network {
        &self.network
    }

    fn bind(&self, node: NodeIndex) -> TcpListener {
        TcpListener::bind(self.network.listen(node, "peer").unwrap()).unwrap()
    }

    fn dial(&self, from: NodeIndex, to: NodeIndex) -> io::Result<TcpStream> {
        let stream = TcpStream::connect(self.network.dial(Some(from), to, "peer").unwrap())?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

/// The next connection, none if none comes within patience.
pub(crate) fn accept(listener: &TcpListener) -> Option<TcpStream> {
    accept_within(listener, PATIENCE)
}

pub(crate) fn accept_within(listener: &TcpListener, patience: Duration) -> Option<TcpStream> {
    listener.set_nonblocking(true).unwrap();
    let end = Instant::now() + patience;
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false).unwrap();
                stream.set_nodelay(true).unwrap();
                return Some(stream);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock && Instant::now() < end => {
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return None,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Exactly so many bytes.
pub(crate) fn read(stream: &mut TcpStream, count: usize) -> Vec<u8> {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut bytes = vec![0; count];
    stream.read_exact(&mut bytes).unwrap();
    bytes
}

/// How a stream goes on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Silence,
    Byte(u8),
    End,
    Reset,
}

/// What comes next within a time.
pub(crate) fn next(stream: &mut TcpStream, within: Duration) -> Next {
    stream.set_read_timeout(Some(within)).unwrap();
    let mut byte = [0];
    match stream.read(&mut byte) {
        Ok(0) => Next::End,
        Ok(_) => Next::Byte(byte[0]),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Next::Silence,
        Err(error) if error.kind() == ErrorKind::ConnectionReset => Next::Reset,
        Err(error) => panic!("{error}"),
    }
}

/// Closes with a reset.
pub(crate) fn reset(stream: TcpStream) {
    rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO)).unwrap();
}

/// Waits until something holds.
pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The intervals of one link with one rule.
pub(crate) fn of<'a>(intervals: &'a [Interval], link: (NodeIndex, NodeIndex), rule: &str) -> Vec<&'a Interval> {
    intervals.iter().filter(|interval| interval.link == link && interval.rule.as_str() == rule).collect()
}
