//! The thread that carries packets, and changes rules between two of them.
//!
//! It sleeps in epoll until a device has a packet, a packet that waits is due, or an order has come. What may cross at
//! once is written from the very buffer it was read into; only what must wait is copied. A turn reads a bounded number
//! of packets from each device, so that a bulk transfer keeps neither orders nor other links waiting.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};

use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::eventfd::EventFd;

use super::addresses::Subnet;
use super::capture::{Note, Tap};
use super::device::Device;
use super::fate::{self, Fate};
use super::links::{Links, NodePair};
use super::packet::{self, Strangers};
use crate::clock::Clock;
use crate::network::{Rule, Rules};
use crate::timer;

/// How many packets are read from one device in a turn.
const TURN: usize = 32;

/// After a packet that is shorter, bytes, there is seldom another: it is cheaper to let epoll say so than to ask. A turn
/// in which there is one begins at once.
const SMALL: usize = 256;

/// How many bytes may wait on one link; what comes on top is dropped.
const MOST: u64 = 512 << 20;

/// The numbers of what is no device.
const WAKE: u64 = u64::MAX;
const TIMER: u64 = u64::MAX - 1;

/// What the thread is asked to do.
pub(super) enum Order {
    /// Put a table of rules into force; answer when that began and was done.
    Apply(Rules, Sender<[u64; 2]>),
    /// End.
    Close(Sender<()>),
}

/// A packet that waits.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Waiting {
    due: u64,
    number: u64,
    way: NodePair,
    packet: Box<[u8]>,
}

pub(super) struct Engine {
    clock: Clock,
    links: Links,
    subnet: Subnet,
    /// The nodes' devices and, last, the harness's.
    devices: Vec<Device>,
    strangers: Arc<Strangers>,
    tap: Tap,
    inbox: Receiver<Order>,
    wake: Arc<EventFd>,
    epoll: Epoll,
    timer: OwnedFd,
    /// What the timer is set to.
    armed: Option<u64>,
    queue: BinaryHeap<Reverse<Waiting>>,
    number: u64,
}

impl Engine {
    pub(super) fn new(
        clock: Clock,
        links: Links,
        subnet: Subnet,
        devices: Vec<Device>,
        (strangers, tap): (Arc<Strangers>, Tap),
        (inbox, wake): (Receiver<Order>, Arc<EventFd>),
    ) -> io::Result<Self> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        let timer = timer::unarmed()?;
        epoll.add(wake.as_fd(), EpollEvent::new(EpollFlags::EPOLLIN, WAKE))?;
        epoll.add(timer.as_fd(), EpollEvent::new(EpollFlags::EPOLLIN, TIMER))?;
        for (number, device) in devices.iter().enumerate() {
            epoll.add(device, EpollEvent::new(EpollFlags::EPOLLIN, number as u64))?;
        }
        let queue = BinaryHeap::new();
        let (armed, number) = (None, 0);
        Ok(Self { clock, links, subnet, devices, strangers, tap, inbox, wake, epoll, timer, armed, queue, number })
    }

    /// Carries packets until it is told to end, or no sender is left.
    pub(super) fn run(mut self) {
        let mut buffer = vec![0; 1 << 16];
        let mut events = [EpollEvent::empty(); 64];
        loop {
            let count = self.epoll.wait(&mut events, EpollTimeout::NONE).unwrap_or(0);
            for event in &events[..count] {
                match event.data() {
                    WAKE => {
                        let _ = self.wake.read();
                        if self.carry_out() {
                            return;
                        }
                    }
                    TIMER => {
                        let _ = rustix::io::read(&self.timer, &mut [0; 8]);
                        self.armed = None;
                    }
                    device => self.read(usize::try_from(device).unwrap_or(usize::MAX), &mut buffer),
                }
            }
            self.flush();
            self.tap.hand_over();
        }
    }

    /// Carries out what was ordered; true when that was to end.
    fn carry_out(&mut self) -> bool {
        while let Ok(order) = self.inbox.try_recv() {
            match order {
                Order::Apply(rules, answer) => {
                    let _ = answer.send(self.apply(&rules));
                }
                Order::Close(answer) => {
                    let now = self.clock.now();
                    for way in self.links.ways() {
                        self.links.end(way, now);
                    }
                    let _ = answer.send(());
                    return true;
                }
            }
        }
        false
    }

    fn apply(&mut self, rules: &Rules) -> [u64; 2] {
        let before = self.clock.now();
        let changes = self.links.changes(rules);
        for (way, rule) in &changes {
            self.links.change(*way, *rule, before);
        }
        if !changes.is_empty() && !self.queue.is_empty() {
            self.requeue(&changes, before);
        }
        [before, self.clock.now()]
    }

    /// What waits goes on under the new rules: dropped by a cut, and due no later than a packet that arrives now.
    fn requeue(&mut self, changes: &[(NodePair, Rule)], now: u64) {
        let mut queue = Vec::with_capacity(self.queue.len());
        for Reverse(mut waiting) in std::mem::take(&mut self.queue) {
            if let Some((way, rule)) = changes.iter().find(|(way, _)| *way == waiting.way) {
                if rule.cut {
                    self.links.waited(*way, waiting.packet.len());
                    self.links.dropped(*way, waiting.packet.len());
                    self.tap.dropped(*way, &waiting.packet, "cut while it waited");
                    continue;
                }
                waiting.due = waiting.due.min(fate::latest(&rule.effect, now));
            }
            queue.push(Reverse(waiting));
        }
        self.queue = queue.into();
    }

    /// Reads what a device has, up to a turn's worth.
    fn read(&mut self, from: usize, buffer: &mut [u8]) {
        for _ in 0..TURN {
            let Some(device) = self.devices.get(from) else { return };
            match device.read(buffer) {
                Ok(length) => {
                    self.route(from, &mut buffer[..length]);
                    if length < SMALL {
                        return;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(_) => {
                    // The device is gone or was shut down by the node itself: epoll would report that without end.
                    let _ = self.epoll.delete(device);
                    return;
                }
            }
        }
    }

    /// Decides over one packet.
    fn route(&mut self, from: usize, packet: &mut [u8]) {
        let ends = packet::addresses(packet);
        let ends = ends.and_then(|(source, target)| Some((self.subnet.member(source)?, self.subnet.member(target)?)));
        let Some((_, to)) = ends.filter(|(source, target)| *source == from && *target != from) else {
            self.tap.sent(from, packet, Note::Dropped("not carried"));
            return self.strangers.count(from, packet);
        };
        let harness = self.subnet.nodes();
        if from == harness || to == harness {
            // A full queue behind the device loses it, as it would any other packet; TCP sends it again.
            self.tap.sent(from, packet, Note::Plain);
            let taken = self.devices[to].write(packet).is_ok();
            return self.tap.arrived((from, to), packet, taken);
        }
        let (way, bytes) = ((from, to), packet.len());
        let link = self.links.link(way);
        if link.rule.cut {
            self.tap.sent(from, packet, Note::Dropped("cut"));
            return self.links.dropped(way, bytes);
        }
        if link.is_open {
            self.tap.sent(from, packet, Note::Plain);
            return self.deliver(way, packet);
        }
        let now = self.clock.now();
        let (effect, fate) = (link.rule.effect, link.fates.next(&link.rule.effect, now, bytes));
        self.tap.sent(from, packet, Note::of(fate, &effect, now));
        let Fate::Arrives { due, twice, flip } = fate else { return self.links.dropped(way, bytes) };
        if let Some(random) = flip {
            packet::corrupt(packet, random, effect.mended);
        }
        for _ in 0..1 + usize::from(twice) {
            if due <= now && self.links.waiting(way) == 0 {
                self.deliver(way, packet);
            } else if self.links.waiting(way) > MOST {
                self.links.dropped(way, bytes);
                self.tap.dropped(way, packet, "queue full");
            } else {
                self.links.waits(way, bytes);
                self.number += 1;
                self.queue.push(Reverse(Waiting { due, number: self.number, way, packet: packet.into() }));
            }
        }
    }

    /// Hands a packet to its destination.
    fn deliver(&mut self, way: NodePair, packet: &[u8]) {
        match self.devices[way.1].write(packet) {
            Ok(()) => {
                let data = packet::carries_data(packet);
                self.links.passed(way, packet.len(), data);
                self.tap.arrived(way, packet, true);
            }
            Err(_) => {
                self.links.dropped(way, packet.len());
                self.tap.arrived(way, packet, false);
            }
        }
    }

    /// Delivers what is due, and sets the timer for what is due next.
    fn flush(&mut self) {
        while let Some(Reverse(next)) = self.queue.peek() {
            if next.due > self.clock.now() {
                break;
            }
            if let Some(Reverse(waiting)) = self.queue.pop() {
                self.links.waited(waiting.way, waiting.packet.len());
                self.deliver(waiting.way, &waiting.packet);
            }
        }
        let next = self.queue.peek().map(|Reverse(next)| next.due);
        if let Some(due) = next
            && self.armed != next
            && timer::arm(&self.timer, self.clock, due).is_ok()
        {
            self.armed = next;
        }
    }
}
