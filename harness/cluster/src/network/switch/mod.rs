//! The network of packets: every node in a network namespace of its own, and a switch between them in user space.
//!
//! Each node has an address (`10.77.0.1` for `n1`, …) on a TUN device. This process reads what the node's kernel sends there, as
//! IP packets. One thread ([`engine`]) looks up the rule of the link, by the device a packet came from and the address it is for.
//! It then writes the packet to the other device, or does not. So any TCP or UDP program can be tested, unmodified and without
//! root, `tc` or `iptables`. Inside a user namespace the harness may make namespaces and devices. The harness has a device and an
//! address of its own, so that observers reach every node; those links are never cut.
//!
//! # What a cut is
//! Packets are dropped, as on a pulled cable, those that wait in a delay included. TCP on both sides notices by silence,
//! sends again, and backs off; a heal therefore brings bytes back only when the next retransmission is due. A one-way
//! cut takes the acknowledgements of the other direction too, so that soon nothing crosses either way.
//!
//! # What a death is
//! The node's kernel lives on, as on a machine whose program has crashed. It refuses connections, sends resets, and sends again
//! what a dead process has left in its sockets' buffers.
//!
//! # The trade-off
//! Every packet crosses into user space and back: two copies and a wake-up, some ten microseconds a way. Packets of up to
//! 64 KiB (the default MTU) make up for it in bulk. One thread, so that a table of rules comes into force between two
//! packets and every packet belongs to exactly one interval of its link.

mod addresses;
pub mod capture;
mod device;
mod engine;
mod fate;
mod links;
mod namespace;
mod packet;

use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, SocketAddrV4};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use nix::sys::eventfd::{EfdFlags, EventFd};
use workloads::Capabilities;

use self::addresses::Subnet;
use self::capture::{Capture, Recording, Tap};
use self::device::Device;
use self::engine::{Engine, Order};
use self::links::{EndedIntervals, Links};
pub use self::namespace::Namespace;
use self::packet::Strangers;
use super::failure::Failure;
use super::{Interval, Network, NodeIndex, Rules};
use crate::clock::Clock;
use crate::sandbox;
use history::run::{LEAST_MTU, MTU};

/// How a switch is to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// The largest packet that nodes send, bytes; at least [`LEAST_MTU`]. At 1500 throughput falls tenfold.
    pub mtu: u16,
    /// What chance is drawn from: losses, jitter and the like.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { mtu: MTU, seed: 0 }
    }
}

/// Why a switch cannot be made here: the end of a sentence that begins "the network `switch` cannot be made: ".
#[derive(Debug, thiserror::Error)]
pub enum SwitchError {
    /// No namespace.
    #[error("a network namespace was refused ({0}){hint}", hint = limit(.0))]
    Namespace(io::Error),
    /// No device.
    #[error("a TUN device was refused: {0}")]
    Device(String),
    /// Everything in 10.0.0.0/8 is taken.
    #[error("every range 10.x.0.0/16 is in use here, where there is no sandbox to be alone in")]
    NoRange,
    /// More nodes than a range has room for.
    #[error("{0} nodes are too many; a range of addresses has room for {most}", most = addresses::MOST)]
    Nodes(usize),
    /// No packet fits.
    #[error("an MTU of {0} bytes is too small; IPv4 needs {LEAST_MTU}")]
    Mtu(u16),
    /// The file of the capture.
    #[error("{file}: {0}", file = .1.display())]
    Capture(io::Error, std::path::PathBuf),
    /// Descriptors or threads.
    #[error("{0}; check `ulimit -n` and `ulimit -u`")]
    Io(#[from] io::Error),
}

fn limit(error: &io::Error) -> &'static str {
    match error.raw_os_error() {
        Some(nix::libc::ENOSPC) => ": the limit /proc/sys/user/max_net_namespaces is reached",
        _ => "",
    }
}

/// A switch between the nodes of one cluster. Thread, namespaces and devices end when it is closed or dropped.
#[derive(Debug)]
pub struct Switch {
    clock: Clock,
    subnet: Subnet,
    ports: BTreeMap<String, u16>,
    namespaces: Mutex<Vec<Arc<Namespace>>>,
    ended: EndedIntervals,
    strangers: Arc<Strangers>,
    recording: Option<Recording>,
    orders: Mutex<Sender<Order>>,
    wake: Arc<EventFd>,
    thread: Mutex<Option<JoinHandle<()>>>,
    failure: Failure,
}

impl Switch {
    /// Makes namespaces, devices and addresses for so many nodes, and a device in the caller's namespace for the
    /// harness. Ports are used as they are given, since every node has an address of its own.
    ///
    /// # Errors
    /// When the machine refuses something; nothing is left of it then.
    pub fn new(clock: Clock, nodes: usize, ports: &[(String, u16)], settings: Settings) -> Result<Self, SwitchError> {
        Self::with_capture(clock, nodes, ports, settings, None)
    }

    /// The same, and with a capture of what every node sends and receives.
    ///
    /// # Errors
    /// Likewise, and when the file cannot be made.
    pub fn with_capture(
        clock: Clock,
        nodes: usize,
        ports: &[(String, u16)],
        settings: Settings,
        capture: Option<&Capture>,
    ) -> Result<Self, SwitchError> {
        if settings.mtu < LEAST_MTU {
            return Err(SwitchError::Mtu(settings.mtu));
        }
        let (subnet, own) = addresses::claim(nodes, |subnet| Device::new(subnet.harness(), settings.mtu))?;
        let reserved = ports.iter().map(|(_, port)| port.to_string()).collect::<Vec<_>>().join(",");
        let sysctls = Arc::new(sandbox::network_settings());
        // All at once: most of the time of making a namespace is spent waiting for the kernel.
        let made: Vec<_> = (0..nodes)
            .map(|node| {
                let (address, sysctls, reserved) = (subnet.node(node), sysctls.clone(), reserved.clone());
                Namespace::begin(node, move || {
                    namespace::furnish(&sysctls, &reserved).map_err(|error| SwitchError::Device(error.to_string()))?;
                    Device::new(address, settings.mtu)
                })
            })
            .collect();
        let (mut namespaces, mut devices) = (Vec::new(), Vec::new());
        for made in made {
            let (namespace, device) = made?.finish()?;
            namespaces.push(Arc::new(namespace));
            devices.push(device);
        }
        devices.push(own);
        let (ended, strangers) = (EndedIntervals::default(), Arc::new(Strangers::new(nodes)));
        let (orders, inbox) = mpsc::channel();
        let wake =
            Arc::new(EventFd::from_flags(EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK).map_err(io::Error::from)?);
        let links = Links::new(clock, nodes, settings.seed, ended.clone());
        let (tap, recording) = match capture {
            Some(capture) => {
                let places: Vec<_> = (0..nodes).map(|node| subnet.node(node)).collect();
                let begun = capture::begin(capture, clock, &places);
                let (tap, recording) = begun.map_err(|error| SwitchError::Capture(error, capture.file.clone()))?;
                (tap, Some(recording))
            }
            None => (Tap::default(), None),
        };
        let engine = Engine::new(clock, links, subnet, devices, (strangers.clone(), tap), (inbox, wake.clone()))?;
        let thread = thread::Builder::new().name("switch".into()).spawn(move || engine.run())?;
        Ok(Self {
            clock,
            subnet,
            ports: ports.iter().cloned().collect(),
            namespaces: Mutex::new(namespaces),
            ended,
            strangers,
            recording,
            orders: Mutex::new(orders),
            wake,
            thread: Mutex::new(Some(thread)),
            failure: Failure::new("switch"),
        })
    }

    /// What every switch can do to a link.
    pub(crate) fn abilities() -> Capabilities {
        let degrade = ["delay", "jitter", "rate", "loss", "duplicate", "reorder", "corrupt"].map(String::from).into();
        Capabilities { cut: true, degrade, disks: false }
    }

    /// Has the thread carry out an order and waits for its answer; none if the thread has ended.
    fn order<T>(&self, order: impl FnOnce(Sender<T>) -> Order) -> Option<T> {
        let (answer, answered): (_, Receiver<T>) = mpsc::channel();
        self.orders.lock().unwrap_or_else(PoisonError::into_inner).send(order(answer)).ok()?;
        // Fails only where the counter is full, and then the thread is awake anyway.
        self.wake.write(1).ok();
        answered.recv().ok()
    }
}

impl Network for Switch {
    fn name(&self) -> &'static str {
        "switch"
    }

    fn capabilities(&self) -> Capabilities {
        Self::abilities()
    }

    fn listen(&self, node: NodeIndex, port: &str) -> Option<SocketAddr> {
        let port = *self.ports.get(port)?;
        (node < self.subnet.nodes()).then(|| SocketAddrV4::new(self.subnet.node(node).address, port).into())
    }

    fn dial(&self, _from: Option<NodeIndex>, to: NodeIndex, port: &str) -> Option<SocketAddr> {
        self.listen(to, port)
    }

    /// Nothing to do: a node's kernel refuses in the name of its dead process.
    fn set_alive(&self, _node: NodeIndex, _alive: bool) -> io::Result<()> {
        Ok(())
    }

    fn apply(&self, rules: Rules) -> [u64; 2] {
        let now = self.clock.now();
        self.failure.expect(self.order(|answer| Order::Apply(rules, answer))).unwrap_or([now, now])
    }

    fn take_intervals(&self) -> Vec<Interval> {
        self.ended.take()
    }

    fn messages(&self) -> Option<u64> {
        Some(self.ended.messages())
    }

    fn close(&self) {
        self.order(Order::Close);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            thread.join().ok();
        }
        if let Some(recording) = &self.recording {
            recording.finish();
        }
        self.namespaces.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn namespace(&self, node: NodeIndex) -> Option<Arc<Namespace>> {
        self.namespaces.lock().unwrap_or_else(PoisonError::into_inner).get(node).cloned()
    }

    fn oddities(&self, node: NodeIndex) -> Option<String> {
        let namespace = self.namespace(node)?;
        let address = self.subnet.node(node).address;
        let ports: Vec<u16> = self.ports.values().copied().collect();
        let elsewhere = namespace.run(move || namespace::listens_elsewhere(address, &ports)).ok().flatten();
        elsewhere.or_else(|| Some(format!("it {}", self.strangers.describe(node)?)))
    }

    fn uncarried(&self, node: NodeIndex) -> Option<String> {
        self.strangers.describe(node)
    }

    fn failure(&self) -> Option<String> {
        self.failure.found(&self.thread)
    }

    fn capture_problem(&self) -> Option<String> {
        self.recording.as_ref()?.problem()
    }
}

impl Drop for Switch {
    fn drop(&mut self) {
        self.close();
    }
}
