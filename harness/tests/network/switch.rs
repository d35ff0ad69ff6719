//! The network `switch`: as a fixture for the cases that all networks share, and what only it can do.

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use cluster::clock::Clock;
use cluster::network::switch::capture::Capture;
use cluster::network::switch::{Settings, Switch};
use cluster::network::{Network, NodeIndex};
use nix::sched::{CloneFlags, unshare};
use workloads::Effect;

use crate::fixture::{Fixture, PATIENCE, WATCH, accept, eventually, of, read};

pub(crate) const MS: Duration = Duration::from_millis(1);
const BOTH: [(usize, usize); 2] = [(0, 1), (1, 0)];

/// A switch whose own device is in a namespace of the test's, so that nothing of the host is touched.
pub(crate) struct OnSwitch {
    clock: Clock,
    network: Switch,
}

impl OnSwitch {
    fn with(nodes: usize, settings: Settings) -> Self {
        Self::made(None, nodes, settings)
    }

    /// A switch, with a capture or without.
    pub(crate) fn made(file: Option<&Path>, nodes: usize, settings: Settings) -> Self {
        unshare(CloneFlags::CLONE_NEWNET).unwrap();
        let clock = Clock::start();
        let ports = [("peer".to_owned(), 7000), ("client".to_owned(), 7001)];
        let capture = file.map(|file| Capture { file: file.to_owned(), names: Vec::new(), about: "a test".into() });
        Self { clock, network: Switch::with_capture(clock, nodes, &ports, settings, capture.as_ref()).unwrap() }
    }

    /// Does something as a node would.
    fn within<T: Send + 'static>(&self, node: NodeIndex, job: impl FnOnce() -> T + Send + 'static) -> T {
        self.network.namespace(node).unwrap().run(job).unwrap()
    }

    fn address(&self, node: NodeIndex) -> SocketAddr {
        self.network.listen(node, "peer").unwrap()
    }

    /// A socket for datagrams of each of two nodes; the second knows of no other.
    pub(crate) fn sockets(&self) -> (UdpSocket, UdpSocket) {
        let [near, far] = [0, 1].map(|node| {
            let address = self.address(node);
            self.within(node, move || UdpSocket::bind(address)).unwrap()
        });
        near.connect(self.address(1)).unwrap();
        far.set_read_timeout(Some(PATIENCE)).unwrap();
        (near, far)
    }

    /// A node sends a packet that is for no node.
    pub(crate) fn multicast(&self, node: NodeIndex) {
        let (address, stranger) = (self.address(node), SocketAddr::from((Ipv4Addr::new(239, 1, 2, 3), 7000)));
        self.within(node, move || UdpSocket::bind(address).unwrap().send_to(b"anybody there?", stranger)).unwrap();
    }
}

impl Fixture for OnSwitch {
    const ONE_WAY_IS_MESSAGES: bool = false;
    const CARRIES_PACKETS: bool = true;

    /// An ordinary user needs a user namespace, which a process with threads cannot enter.
    fn elsewhere(test: &str) -> bool {
        let allowed = std::thread::spawn(|| unshare(CloneFlags::CLONE_NEWNET).is_ok()).join().unwrap();
        if !allowed {
            let here = std::env::current_exe().unwrap();
            let mut run = Command::new("unshare");
            run.args(["--user", "--map-root-user"]).arg(here).args(["--exact", test]);
            let output = run.output().expect("`unshare` of util-linux starts");
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && said.contains("1 passed"), "in a user namespace: {said}");
        }
        !allowed
    }

    fn new(nodes: usize) -> Self {
        Self::with(nodes, Settings::default())
    }

    fn clock(&self) -> Clock {
        self.clock
    }

    fn network(&self) -> &dyn Network {
        &self.network
    }

    fn bind(&self, node: NodeIndex) -> TcpListener {
        let address = self.address(node);
        self.within(node, move || TcpListener::bind(address)).unwrap()
    }

    fn dial(&self, from: NodeIndex, to: NodeIndex) -> io::Result<TcpStream> {
        let address = self.address(to);
        let stream = self.within(from, move || TcpStream::connect(address))?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

/// Tests that run where a switch can be made.
macro_rules! here {
    ($($(#[$doc:meta])* fn $name:ident() $body:block)*) => {
        $($(#[$doc])* #[test]
        fn $name() {
            if !OnSwitch::elsewhere(concat!("switch_only::", stringify!($name))) $body
        })*
    };
}

/// Sends numbered datagrams, a while apart, and answers the numbers that came and how long each took.
fn datagrams(fixture: &OnSwitch, effect: Effect, count: u32, apart: Duration) -> Vec<(u32, Duration)> {
    let (near, far) = fixture.sockets();
    fixture.degrade(&[(0, 1)], effect);
    let mut sent = Vec::new();
    let receiver = std::thread::spawn(move || {
        let mut got = Vec::new();
        let mut buffer = [0; 1000];
        far.set_read_timeout(Some(10 * WATCH)).unwrap();
        while let Ok(length) = far.recv(&mut buffer) {
            got.push((buffer[..length].to_vec(), Instant::now()));
        }
        got
    });
    for number in 0..count {
        let mut message = vec![0x55; 500];
        message[..4].copy_from_slice(&number.to_be_bytes());
        sent.push(Instant::now());
        near.send(&message).unwrap();
        std::thread::sleep(apart);
    }
    let number = |bytes: &[u8]| u32::from_be_bytes(bytes[..4].try_into().unwrap());
    let known = |(bytes, at): &(Vec<u8>, Instant)| {
        let number = number(bytes);
        Some((number, at.duration_since(*sent.get(number as usize)?)))
    };
    receiver.join().unwrap().iter().filter_map(known).collect()
}

here! {
    fn the_harness_reaches_every_node_whatever_is_cut() {
        let (fixture, listeners) = OnSwitch::start(3);
        fixture.cut(&[(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1)]);
        for (node, listener) in listeners.iter().enumerate() {
            let mut near = TcpStream::connect(fixture.network.dial(None, node, "peer").unwrap()).unwrap();
            near.write_all(b"status").unwrap();
            assert_eq!(read(&mut accept(listener).unwrap(), 6), b"status");
        }
        let intervals = fixture.network.take_intervals();
        fixture.network.close();
        let intervals = [intervals, fixture.network.take_intervals()].concat();
        assert!(intervals.iter().all(|interval| interval.passed == 0), "the harness's own traffic is on no link");
    }

    fn a_lost_share_is_lost_and_counted() {
        let fixture = OnSwitch::new(2);
        let got = datagrams(&fixture, Effect { loss: 0.3, ..Effect::default() }, 1000, MS / 10);
        fixture.heal();
        let intervals = fixture.network.take_intervals();
        let packets = of(&intervals, (0, 1), "degrade")[0].packets.unwrap();
        assert_eq!(packets.passed + packets.dropped, 1000);
        assert!((600..800).contains(&packets.passed), "{packets:?}");
        // A receiver that the machine keeps from running loses some of its own.
        assert!(got.len() as u64 <= packets.passed && got.len() > 300, "{} of {packets:?}", got.len());
    }

    fn a_duplicated_share_arrives_twice() {
        let got = datagrams(&OnSwitch::new(2), Effect { duplicate: 0.5, ..Effect::default() }, 400, MS / 10);
        assert!((500..700).contains(&got.len()), "{} of 400", got.len());
    }

    fn a_reordered_share_overtakes_with_a_delay_and_without() {
        for delay in [Duration::ZERO, 5 * MS] {
            let effect = Effect { reorder: 0.2, delay, ..Effect::default() };
            let got = datagrams(&OnSwitch::new(2), effect, 200, MS / 5);
            assert_eq!(got.len(), 200, "nothing is lost");
            assert!(!got.is_sorted_by_key(|(number, _)| *number), "{delay:?}");
        }
    }

    fn a_corrupted_packet_is_dropped_by_its_receiver_and_a_mended_one_is_not() {
        let got = datagrams(&OnSwitch::new(2), Effect { corrupt: 1.0, ..Effect::default() }, 100, Duration::ZERO);
        assert_eq!(got.len(), 0, "its checksum does not fit");
        let (fixture, listeners) = OnSwitch::start(2);
        let (mut near, mut far) = fixture.connect(0, 1, &listeners[1]);
        fixture.degrade(&[(0, 1)], Effect { corrupt: 1.0, mended: true, ..Effect::default() });
        let sent = [0x55; 1000];
        near.write_all(&sent).unwrap();
        let got = read(&mut far, 1000);
        let flipped: u32 = sent.iter().zip(&got).map(|(sent, got)| (sent ^ got).count_ones()).sum();
        assert!(flipped >= 1, "TCP took the damaged bytes for good");
    }

    fn many_packets_are_on_their_way_at_once_in_a_delay() {
        let effect = Effect { delay: 200 * MS, ..Effect::default() };
        let mut got = datagrams(&OnSwitch::new(2), effect, 500, MS / 5);
        assert_eq!(got.len(), 500);
        got.sort_unstable_by_key(|(_, took)| *took);
        assert!(got[0].1 >= 200 * MS && got[50].1 < 210 * MS, "{:?} {:?}", got[0], got[50]);
    }

    fn a_cut_drops_datagrams_and_a_heal_brings_none_of_them_back() {
        let fixture = OnSwitch::new(3);
        let (near, far) = fixture.sockets();
        let address = fixture.address(2);
        let third = fixture.within(2, move || UdpSocket::bind(address)).unwrap();
        third.set_read_timeout(Some(PATIENCE)).unwrap();
        fixture.cut(&[(0, 1)]);
        near.send(b"lost").unwrap();
        // A device is read in order: when this one has come, that one has met the cut.
        near.send_to(b"mark", address).unwrap();
        let mut buffer = [0; 10];
        assert_eq!(third.recv(&mut buffer).unwrap(), 4);
        fixture.heal();
        near.send(b"kept").unwrap();
        assert_eq!(far.recv(&mut buffer).unwrap(), 4);
        assert_eq!(&buffer[..4], b"kept");
    }

    fn what_is_not_ipv4_between_nodes_is_not_carried_and_is_told() {
        let fixture = OnSwitch::new(2);
        assert_eq!(fixture.network.oddities(0), None);
        fixture.multicast(0);
        eventually("it is counted", || fixture.network.oddities(0).is_some_and(|said| said.contains("multicast")));
        assert_eq!(fixture.network.oddities(1), None);
    }

    fn a_program_that_binds_another_address_is_found_out() {
        let fixture = OnSwitch::new(1);
        let listener = fixture.within(0, || TcpListener::bind("127.0.0.1:7000")).unwrap();
        let said = fixture.network.oddities(0).unwrap();
        assert!(said.contains("127.0.0.1:7000") && said.contains(&fixture.address(0).to_string()), "{said}");
        drop(listener);
        let _listener = fixture.within(0, || TcpListener::bind("0.0.0.0:7000")).unwrap();
        assert_eq!(fixture.network.oddities(0), None);
    }

    fn a_range_that_is_in_use_is_passed_over() {
        let one = OnSwitch::new(1);
        let ports = [("peer".to_owned(), 7000)];
        let two = Switch::new(one.clock, 1, &ports, Settings::default()).unwrap();
        assert_ne!(one.address(0).ip(), two.listen(0, "peer").unwrap().ip());
        drop(one);
        let three = Switch::new(Clock::start(), 1, &ports, Settings::default()).unwrap();
        assert_ne!(two.listen(0, "peer"), three.listen(0, "peer"));
    }

    fn a_small_mtu_carries_the_same_stream() {
        let fixture = OnSwitch::with(2, Settings { mtu: 1500, seed: 1 });
        let listener = fixture.bind(1);
        let (mut near, mut far) = fixture.connect(0, 1, &listener);
        let sent: Vec<u8> = (0..1_000_000_u32).map(|index| (index % 251) as u8).collect();
        std::thread::scope(|scope| {
            scope.spawn(|| near.write_all(&sent).unwrap());
            assert_eq!(read(&mut far, sent.len()), sent);
        });
    }

    fn an_mtu_that_is_too_small_is_refused_and_so_are_more_nodes_than_a_range_holds() {
        for (nodes, settings, word) in
            [(1, Settings { mtu: 500, seed: 0 }, "576"), (70_000, Settings::default(), "too many")]
        {
            let error = Switch::new(Clock::start(), nodes, &[], settings).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }

    fn a_heal_is_dated_by_the_first_byte_for_a_program() {
        let (fixture, listeners) = OnSwitch::start(2);
        let (mut near, mut far) = fixture.connect(0, 1, &listeners[1]);
        fixture.cut(&BOTH);
        near.write_all(b"x").unwrap();
        std::thread::sleep(WATCH);
        let [_, healed] = fixture.heal();
        assert_eq!(read(&mut far, 1), b"x");
        let mut intervals = Vec::new();
        eventually("the return is dated", || {
            intervals.extend(fixture.network.take_intervals());
            of(&intervals, (0, 1), "open").iter().any(|open| open.span[1] > healed)
        });
        assert!(of(&intervals, (1, 0), "open").iter().all(|open| open.span[0] < healed), "only acknowledgements came back");
    }
}
