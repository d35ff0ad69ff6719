//! The network that needs nothing: a TCP proxy between the nodes.
//!
//! Every ordered pair of nodes has listeners of its own, one for each port whose traffic runs between nodes. Each node is told to
//! dial its peers there, so the port tells which node is calling which. One thread ([`engine`]) forwards what arrives, under the
//! rule of its direction. A connection is two sockets and two queues ([`connection`], [`pipe`]). So bytes can be held, delayed or
//! slowed in one direction alone, and none is ever lost from the middle of a stream.
//!
//! # What a cut is
//! Whatever arrives is kept: bytes, the end of a stream, a reset, an attempt to connect. Nodes notice as on a dead cable:
//! by silence. Two things differ from packets. A connection attempt is *accepted* and then goes nowhere (the
//! handshake with the proxy succeeds; not one byte of the destination's follows). And a one-way cut takes
//! *messages* away one way only: with real TCP the other direction would stall too, for want of acknowledgements.
//!
//! # What a death is
//! While a node is down its listeners are shut and refuse ([`listener`]), unless a cut must hide the death: then attempts are
//! held. What was held for a dead incarnation is reset at the heal, never spliced to the next.
//!
//! # The trade-off
//! The proxy needs no privileges, works with any TCP system that can be told one address per peer, and has exact control. In
//! exchange its own buffers stand between nodes: a sender behind a cut can write some hundred kilobytes before it blocks. And
//! TCP's backing off after an outage, which `switch` shows, does not happen here.

mod abandoned;
mod connection;
mod engine;
mod ledger;
mod listener;
mod pace;
mod pipe;

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use nix::sys::eventfd::{EfdFlags, EventFd};
use workloads::Capabilities;

use self::engine::{Engine, Order};
use self::ledger::{EndedIntervals, Ledger};
use self::listener::Listener;
use super::addresses::Addresses;
use super::failure::Failure;
use super::{Interval, Network, NodeIndex, PortSpec, Rules};
use crate::clock::Clock;

/// A proxy between the nodes of one cluster. It ends, thread and sockets, when it is closed or dropped.
#[derive(Debug)]
pub struct Proxy {
    clock: Clock,
    addresses: Addresses,
    ended: EndedIntervals,
    orders: Mutex<Sender<Order>>,
    ordered: Arc<AtomicBool>,
    wake: Arc<EventFd>,
    thread: Mutex<Option<JoinHandle<io::Result<()>>>>,
    failure: Failure,
}

impl Proxy {
    /// Reserves an address for every port of every node, and for every ordered pair of nodes, and starts the thread.
    /// Every node is down at first.
    ///
    /// # Errors
    /// When there are not enough free ports or file descriptors.
    pub fn new(clock: Clock, nodes: usize, ports: &[PortSpec]) -> io::Result<Self> {
        let addresses = Addresses::new(nodes, ports, true)?;
        let listeners = addresses.proxy_addresses().into_iter().map(Listener::new).collect::<io::Result<Vec<_>>>()?;
        let ended = EndedIntervals::default();
        let (orders, inbox) = mpsc::channel();
        let ordered = Arc::new(AtomicBool::new(false));
        let wake = Arc::new(EventFd::from_flags(EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK)?);
        let ledger = Ledger::new(clock, nodes, ended.clone());
        let failure = Failure::new("proxy");
        let orders_in = (inbox, ordered.clone(), wake.clone());
        let engine = Engine::new(clock, ledger, nodes, listeners, failure.lack(), orders_in)?;
        let thread = thread::Builder::new().name("proxy".into()).spawn(|| engine.run())?;
        let (orders, thread) = (Mutex::new(orders), Mutex::new(Some(thread)));
        Ok(Self { clock, addresses, ended, orders, ordered, wake, thread, failure })
    }

    /// Has the thread carry out an order and waits for its answer; none if the thread has ended.
    fn order<T>(&self, order: impl FnOnce(Sender<T>) -> Order) -> Option<T> {
        let (answer, answered): (_, Receiver<T>) = mpsc::channel();
        self.orders.lock().unwrap_or_else(PoisonError::into_inner).send(order(answer)).ok()?;
        self.ordered.store(true, Ordering::Release);
        // Fails only where the counter is full, and then the thread is awake anyway.
        self.wake.write(1).ok();
        answered.recv().ok()
    }
}

impl Proxy {
    /// What any proxy can do to links, known before one is made.
    pub(crate) fn abilities() -> Capabilities {
        let degrade = ["delay", "jitter", "rate"].map(String::from).into();
        Capabilities { cut: true, degrade, disks: false }
    }
}

impl Network for Proxy {
    fn name(&self) -> &'static str {
        "proxy"
    }

    fn capabilities(&self) -> Capabilities {
        Self::abilities()
    }

    fn listen(&self, node: NodeIndex, port: &str) -> Option<SocketAddr> {
        self.addresses.listen(node, port)
    }

    fn dial(&self, from: Option<NodeIndex>, to: NodeIndex, port: &str) -> Option<SocketAddr> {
        from.and_then(|from| self.addresses.proxy_address(from, to, port)).or_else(|| self.listen(to, port))
    }

    fn set_alive(&self, node: NodeIndex, alive: bool) -> io::Result<()> {
        self.failure.expect(self.order(|answer| Order::SetAlive(node, alive, answer))).unwrap_or(Ok(()))
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

    fn oddities(&self, node: NodeIndex) -> Option<String> {
        self.addresses.unheard(node)
    }

    fn failure(&self) -> Option<String> {
        self.failure.found(&self.thread)
    }

    fn silent(&self) -> Vec<(NodeIndex, NodeIndex)> {
        self.order(Order::Silent).unwrap_or_default()
    }

    fn close(&self) {
        self.order(Order::Close);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // A thread that failed has already closed everything; no receiver is left.
            thread.join().ok();
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.close();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn no_order_is_overlooked_however_closely_one_follows_another_on_links_without_traffic() {
        let ports = [PortSpec::link("peer")];
        let proxy = Arc::new(Proxy::new(Clock::start(), 3, &ports).unwrap());
        let (done, over) = mpsc::channel();
        for node in 0..3 {
            let (proxy, done) = (Arc::clone(&proxy), done.clone());
            // Not joined: where an order is overlooked this thread waits for ever.
            thread::spawn(move || {
                let changed = (0..20_000).all(|turn| proxy.set_alive(node, turn % 2 == 0).is_ok());
                done.send(changed).ok();
            });
        }
        for _ in 0..3 {
            assert_eq!(over.recv_timeout(Duration::from_secs(60)), Ok(true));
        }
    }

    #[test]
    fn rules_that_a_dead_engine_did_not_take_are_a_failure_and_a_close_is_none() {
        let ports = [PortSpec::link("peer")];
        let proxy = Proxy::new(Clock::start(), 2, &ports).unwrap();
        proxy.apply(Rules::new());
        assert_eq!(proxy.failure(), None);
        proxy.order(Order::Close);
        proxy.apply(Rules::new());
        let said = proxy.failure().unwrap();
        assert!(said.contains("`proxy`") && said.contains("ulimit"), "{said}");
        let closed = Proxy::new(Clock::start(), 2, &ports).unwrap();
        closed.close();
        assert_eq!(closed.failure(), None);
    }
}
