//! The proxy's thread: one epoll loop that forwards, and between two of its steps changes the rules.
//!
//! A single thread forwards everything, and a table of rules is exchanged between two events. So no byte can be in the middle of
//! crossing when a cut comes into force. The swap needs no lock around the sockets and is one step by construction. What it costs
//! is that one core bounds the throughput of a whole cluster, which is far more than elections need. Orders are looked for before
//! every event, and a connection's turn is bounded, so that a busy link does not make a fault late.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::io;
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};

use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::eventfd::EventFd;

use super::abandoned;
use super::connection::{Connection, Fate};
use super::ledger::{Ledger, NodePair};
use super::listener::Listener;
use crate::clock::Clock;
use crate::network::failure::Lack;
use crate::network::{NodeIndex, Rules};
use crate::timer;

/// What the proxy's owner may order, each with where the answer goes.
#[derive(Debug)]
pub(super) enum Order {
    Apply(Rules, Sender<[u64; 2]>),
    SetAlive(NodeIndex, bool, Sender<io::Result<()>>),
    /// Which links have never carried a byte?
    Silent(Sender<Vec<NodePair>>),
    Close(Sender<()>),
}

/// How many bytes one read takes.
const SCRATCH: usize = 256 << 10;
/// Attempts that were perhaps given up and are held before the kernel is asked about them.
const SUSPECTS: usize = 128;
/// How long to wait for a free file descriptor, nanoseconds.
const RETRY: u64 = 10_000_000;

const WAKE: u64 = u64::MAX;
const TIMER: u64 = u64::MAX - 1;
const LISTENERS: u64 = 1 << 63;

/// A node as the proxy knows it.
#[derive(Debug, Default, Clone)]
pub(super) struct Node {
    is_alive: bool,
    starts: u64,
}

impl Node {
    /// Which incarnation runs; none if none does.
    pub(super) fn incarnation(&self) -> Option<u64> {
        self.is_alive.then_some(self.starts)
    }
}

/// All that a connection may touch beside itself.
#[derive(Debug)]
pub(super) struct World {
    pub(super) clock: Clock,
    pub(super) ledger: Ledger,
    pub(super) nodes: Vec<Node>,
    pub(super) scratch: Vec<u8>,
    pub(super) lack: Lack,
    epoll: Epoll,
    timers: BinaryHeap<Reverse<(u64, u64)>>,
}

impl World {
    /// Has epoll report, once for each change, on a connection's end.
    pub(super) fn watch(&self, stream: &TcpStream, token: u64) -> io::Result<()> {
        let events = EpollFlags::EPOLLIN | EpollFlags::EPOLLOUT | EpollFlags::EPOLLRDHUP | EpollFlags::EPOLLET;
        Ok(self.epoll.add(stream, EpollEvent::new(events, token))?)
    }

    /// Gives a connection a turn at an instant.
    pub(super) fn wake_at(&mut self, instant: u64, token: u64) {
        self.timers.push(Reverse((instant, token)));
    }
}

/// A place for a connection. Its generation tells events of a former tenant apart: a token is
/// generation (30 bits), index (32 bits), end (1 bit).
#[derive(Debug, Default)]
struct Slot {
    generation: u32,
    tenant: Option<Connection>,
}

fn token(index: usize, generation: u32) -> u64 {
    u64::from(generation & 0x3fff_ffff) << 33 | (index as u64) << 1
}

/// The loop and everything in it.
#[derive(Debug)]
pub(super) struct Engine {
    world: World,
    listeners: Vec<Listener>,
    slots: Vec<Slot>,
    vacant: Vec<usize>,
    /// Connections that could go on at once.
    busy: VecDeque<u64>,
    suspects: usize,
    timer: OwnedFd,
    timer_at: Option<u64>,
    wake: Arc<EventFd>,
    ordered: Arc<AtomicBool>,
    orders: Receiver<Order>,
}

impl Engine {
    pub(super) fn new(
        clock: Clock,
        ledger: Ledger,
        nodes: usize,
        listeners: Vec<Listener>,
        lack: Lack,
        (orders, ordered, wake): (Receiver<Order>, Arc<AtomicBool>, Arc<EventFd>),
    ) -> io::Result<Self> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        let timer = timer::unarmed()?;
        epoll.add(&*wake, EpollEvent::new(EpollFlags::EPOLLIN, WAKE))?;
        epoll.add(&timer, EpollEvent::new(EpollFlags::EPOLLIN | EpollFlags::EPOLLET, TIMER))?;
        let nodes = vec![Node::default(); nodes];
        let scratch = vec![0; SCRATCH];
        let world = World { clock, ledger, nodes, scratch, lack, epoll, timers: BinaryHeap::new() };
        Ok(Self {
            world,
            listeners,
            slots: Vec::new(),
            vacant: Vec::new(),
            busy: VecDeque::new(),
            suspects: 0,
            timer,
            timer_at: None,
            wake,
            ordered,
            orders,
        })
    }

    /// Runs until ordered to close. Answers only if epoll itself fails.
    pub(super) fn run(mut self) -> io::Result<()> {
        let mut events = vec![EpollEvent::empty(); 256];
        loop {
            let timeout = if self.busy.is_empty() { EpollTimeout::NONE } else { EpollTimeout::ZERO };
            let count = match self.world.epoll.wait(&mut events, timeout) {
                Err(nix::Error::EINTR) => continue,
                result => result?,
            };
            for event in &events[..count] {
                // Before the orders: one that comes between the two would wake no thread, and its owner would wait for ever.
                if event.data() == WAKE {
                    self.wake.read()?;
                }
                if self.obey() {
                    return Ok(());
                }
                self.event(event.data(), event.events())?;
            }
            for _ in 0..self.busy.len() {
                if self.obey() {
                    return Ok(());
                }
                if let Some(token) = self.busy.pop_front() {
                    self.turn(token);
                }
            }
            self.timers()?;
        }
    }

    fn event(&mut self, token: u64, events: EpollFlags) -> io::Result<()> {
        match token {
            WAKE => {}
            TIMER => self.timer_at = None,
            listener if listener & LISTENERS != 0 => {
                self.accept(usize::try_from(listener & !LISTENERS).unwrap_or(usize::MAX))
            }
            connection => {
                let (slot, end) = (self.index(connection), usize::from(connection & 1 == 1));
                if let Some(tenant) = slot.and_then(|index| self.slots[index].tenant.as_mut()) {
                    tenant.event(end, events, &mut self.world);
                    self.turn(connection);
                }
            }
        }
        Ok(())
    }

    /// Where a token's connection is, if it still is.
    fn index(&self, of: u64) -> Option<usize> {
        let index = usize::try_from(of >> 1 & 0xffff_ffff).ok()?;
        let slot = self.slots.get(index)?;
        (token(index, slot.generation) == of & !1).then_some(index)
    }

    fn turn(&mut self, token: u64) {
        let Some(index) = self.index(token) else { return };
        let Some(tenant) = self.slots[index].tenant.as_mut() else { return };
        let was_suspect = tenant.perhaps_given_up().is_some();
        match tenant.turn(&mut self.world) {
            Fate::Lives => {}
            Fate::Continues => self.busy.push_back(token & !1),
            Fate::Over => return self.evict(index),
        }
        self.suspects += usize::from(!was_suspect && tenant.perhaps_given_up().is_some());
        if self.suspects >= SUSPECTS {
            self.forget_abandoned();
        }
    }

    fn evict(&mut self, index: usize) {
        let slot = &mut self.slots[index];
        if let Some(tenant) = slot.tenant.take() {
            tenant.lose(&mut self.world);
            slot.generation = slot.generation.wrapping_add(1);
            self.vacant.push(index);
        }
    }

    /// Fires what is due and sets the timer to what comes next.
    fn timers(&mut self) -> io::Result<()> {
        loop {
            let Some(&Reverse((instant, token))) = self.world.timers.peek() else { return Ok(()) };
            if instant > self.world.clock.now() {
                if self.timer_at.is_none_or(|at| instant < at) {
                    timer::arm(&self.timer, self.world.clock, instant)?;
                    self.timer_at = Some(instant);
                }
                return Ok(());
            }
            self.world.timers.pop();
            if token & LISTENERS != 0 {
                self.accept(usize::try_from(token & !LISTENERS).unwrap_or(usize::MAX));
            } else if let Some(index) = self.index(token)
                && let Some(tenant) = self.slots[index].tenant.as_mut()
            {
                tenant.timer = tenant.timer.filter(|&timer| timer > instant);
                self.turn(token);
            }
        }
    }

    fn accept(&mut self, number: usize) {
        while let Some(listener) = self.listeners.get(number).filter(|listener| listener.is_open()) {
            match listener.accept() {
                Ok(Some(stream)) => {
                    let place = listener.place;
                    let index = self.vacant.pop().unwrap_or_else(|| {
                        self.slots.push(Slot::default());
                        self.slots.len() - 1
                    });
                    let token = token(index, self.slots[index].generation);
                    let (way, port) = ((place.from, place.to), place.address.port());
                    let connection = Connection::new(way, place.target, port, stream, token, &mut self.world);
                    let watched = connection.stream(0).map(|stream| self.world.watch(stream, token));
                    self.slots[index].tenant = Some(connection);
                    match watched {
                        Some(Ok(())) => self.turn(token),
                        Some(Err(error)) => {
                            self.world.lack.note(&error);
                            self.evict(index);
                        }
                        None => self.evict(index),
                    }
                }
                Ok(None) => return,
                Err(error) => {
                    // No file descriptor is left: a dialer waits in the backlog until there is one, or the run has ended.
                    self.world.lack.note(&error);
                    let again = self.world.clock.now() + RETRY;
                    return self.world.wake_at(again, LISTENERS | number as u64);
                }
            }
        }
    }

    /// Carries out what was ordered; answers whether it was to close.
    fn obey(&mut self) -> bool {
        if !self.ordered.swap(false, Ordering::AcqRel) {
            return false;
        }
        // The sender of the order may no longer wait for the answer: nothing is lost.
        while let Ok(order) = self.orders.try_recv() {
            match order {
                Order::Apply(rules, answer) => {
                    let (span, changed) = self.apply(&rules);
                    answer.send(span).ok();
                    self.resume(&changed);
                }
                Order::SetAlive(node, alive, answer) => {
                    answer.send(self.set_alive(node, alive)).ok();
                }
                Order::Silent(answer) => {
                    answer.send(self.world.ledger.silent()).ok();
                }
                Order::Close(answer) => {
                    let now = self.world.clock.now();
                    for way in self.world.ledger.ways() {
                        let waiting = self.waiting(way);
                        self.world.ledger.end(way, now, waiting);
                    }
                    answer.send(()).ok();
                    return true;
                }
            }
        }
        false
    }

    fn waiting(&self, way: NodePair) -> u64 {
        let tenants = self.slots.iter().filter_map(|slot| slot.tenant.as_ref());
        tenants.filter(|tenant| tenant.is_on(way)).map(|tenant| tenant.waiting(way)).sum()
    }

    /// Exchanges the table of rules. Nothing moves until [`Engine::resume`].
    fn apply(&mut self, rules: &Rules) -> ([u64; 2], Vec<NodePair>) {
        let changes = self.world.ledger.changes(rules);
        self.take_stock(changes.iter().filter(|(_, rule)| !rule.cut).map(|&(way, _)| way).collect());
        let before = self.world.clock.now();
        let mut changed = Vec::new();
        for (way, rule) in changes {
            let waiting = if *self.world.ledger.rule(way) == Default::default() { 0 } else { self.waiting(way) };
            self.world.ledger.change(way, rule, before, waiting);
            changed.push(way);
        }
        for tenant in self.slots.iter_mut().filter_map(|slot| slot.tenant.as_mut()) {
            if changed.iter().any(|&way| tenant.is_on(way)) {
                tenant.rules_changed(&mut self.world, before);
            }
        }
        for number in 0..self.listeners.len() {
            // Only a foreign program that took the port can make this fail, and then a dead node is merely refused.
            self.set_listener(number).ok();
        }
        ([before, self.world.clock.now()], changed)
    }

    /// Takes in what dialers did on cut links up to now: after the heal it could no longer be told from what they do then.
    fn take_stock(&mut self, mut ways: Vec<NodePair>) {
        ways.retain(|&way| self.world.ledger.is_cut_either_way(way));
        let is_on = |from, to| ways.contains(&(from, to)) || ways.contains(&(to, from));
        for number in 0..self.listeners.len() {
            let place = self.listeners[number].place;
            if is_on(place.from, place.to) {
                self.accept(number);
            }
        }
        for tenant in self.slots.iter_mut().filter_map(|slot| slot.tenant.as_mut()) {
            if is_on(tenant.from, tenant.to) {
                tenant.look(&mut self.world);
            }
        }
    }

    /// Lets what new rules allow go its way.
    fn resume(&mut self, changed: &[NodePair]) {
        if changed.iter().any(|&way| !self.world.ledger.is_cut_either_way(way)) {
            self.forget_abandoned();
        }
        for index in 0..self.slots.len() {
            let slot = &self.slots[index];
            if slot.tenant.as_ref().is_some_and(|tenant| changed.iter().any(|&way| tenant.is_on(way))) {
                self.turn(token(index, slot.generation));
            }
        }
    }

    /// A listener is open while its destination lives, and while a cut must hide that it does not.
    fn set_listener(&mut self, number: usize) -> io::Result<()> {
        let way = (self.listeners[number].place.from, self.listeners[number].place.to);
        let wanted = self.world.nodes[way.1].is_alive || self.world.ledger.is_cut_either_way(way);
        if wanted && !self.listeners[number].is_open() {
            let listener = &mut self.listeners[number];
            listener.open()?;
            let events = EpollFlags::EPOLLIN | EpollFlags::EPOLLET;
            self.world.epoll.add(&listener.socket, EpollEvent::new(events, LISTENERS | number as u64))?;
        } else if !wanted && self.listeners[number].is_open() {
            // What came while the link was cut is already held, or is reset like the rest.
            let listener = &mut self.listeners[number];
            self.world.epoll.delete(&listener.socket)?;
            listener.shut()?;
        }
        Ok(())
    }

    fn set_alive(&mut self, node: NodeIndex, alive: bool) -> io::Result<()> {
        if self.world.nodes.get(node).is_none_or(|known| known.is_alive == alive) {
            return Ok(());
        }
        let listeners =
            (0..self.listeners.len()).filter(|&number| self.listeners[number].place.to == node).collect::<Vec<_>>();
        for &number in &listeners {
            // A connection that was dialled is taken in while it is still known which incarnation was meant.
            self.accept(number);
        }
        self.world.nodes[node].is_alive = alive;
        self.world.nodes[node].starts += u64::from(alive);
        let mut result = Ok(());
        for number in listeners {
            result = result.and(self.set_listener(number));
        }
        if !alive {
            for index in 0..self.slots.len() {
                let slot = &mut self.slots[index];
                let Some(tenant) = slot.tenant.as_mut().filter(|tenant| tenant.from == node || tenant.to == node)
                else {
                    continue;
                };
                if tenant.node_died(node, &mut self.world) {
                    let token = token(index, slot.generation);
                    self.turn(token);
                } else {
                    self.evict(index);
                }
            }
        }
        result
    }

    /// Ends the attempts that are held although no dialer waits for them any more.
    fn forget_abandoned(&mut self) {
        self.suspects = 0;
        let suspects: Vec<_> = (0..self.slots.len())
            .filter_map(|index| Some((index, self.slots[index].tenant.as_ref()?.perhaps_given_up()?)))
            .collect();
        if suspects.is_empty() {
            return;
        }
        if let Some(held) = abandoned::held_by_a_process() {
            for (index, _) in suspects.iter().filter(|(_, ports)| !held.contains(ports)) {
                self.evict(*index);
            }
        }
    }
}
