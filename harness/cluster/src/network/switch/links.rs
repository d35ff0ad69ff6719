//! What is in force on every link, and what crossed it meanwhile.
//!
//! One instant ends an interval and begins the next, and one thread both forwards packets and changes rules. So each packet
//! belongs to exactly one interval: a cut whose interval says `passed = 0` let nothing across. The bytes counted are those of
//! whole IP packets. The byte that dates a link's return after a cut is one *for a program*. A handshake or the end of an old
//! connection that came through says little about the bytes that matter.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::fate::Fates;
use crate::clock::Clock;
use crate::network::{Interval, NodeIndex, Packets, Rule, Rules};

/// An ordered pair of nodes.
pub(super) type NodePair = (NodeIndex, NodeIndex);

/// Intervals that have ended and were not yet asked for, and how many messages have crossed.
#[derive(Debug, Clone, Default)]
pub(super) struct EndedIntervals(Arc<Mutex<Vec<Interval>>>, Arc<AtomicU64>);

impl EndedIntervals {
    pub(super) fn take(&self) -> Vec<Interval> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn messages(&self) -> u64 {
        self.1.load(Ordering::Relaxed)
    }

    fn message(&self) {
        self.1.fetch_add(1, Ordering::Relaxed);
    }
}

/// Bytes and packets.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    bytes: u64,
    packets: u64,
}

impl Count {
    fn add(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
        self.packets += 1;
    }

    fn remove(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_sub(bytes as u64);
        self.packets = self.packets.saturating_sub(1);
    }
}

/// One direction of a link.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) rule: Rule,
    /// Packets cross at once and unharmed.
    pub(super) is_open: bool,
    pub(super) fates: Fates,
    since: u64,
    passed: Count,
    dropped: Count,
    waiting: Count,
    /// A cut was lifted and no byte for a program has crossed since.
    pub(super) returning: bool,
}

/// The rules and counters of all links.
#[derive(Debug)]
pub(super) struct Links {
    clock: Clock,
    nodes: usize,
    links: Vec<Link>,
    ended: EndedIntervals,
}

impl Links {
    pub(super) fn new(clock: Clock, nodes: usize, seed: u64, ended: EndedIntervals) -> Self {
        let since = clock.now();
        let link = |number: usize| Link {
            rule: Rule::default(),
            is_open: true,
            fates: Fates::new(seed, number as u64),
            since,
            passed: Count::default(),
            dropped: Count::default(),
            waiting: Count::default(),
            returning: false,
        };
        Self { clock, nodes, links: (0..nodes * nodes).map(link).collect(), ended }
    }

    pub(super) fn link(&mut self, (from, to): NodePair) -> &mut Link {
        &mut self.links[from * self.nodes + to]
    }

    /// A packet has crossed.
    pub(super) fn passed(&mut self, way: NodePair, bytes: usize, carries_data: bool) {
        if carries_data {
            self.ended.message();
        }
        let link = self.link(way);
        link.passed.add(bytes);
        if link.returning && carries_data {
            link.returning = false;
            let now = self.clock.now();
            self.end(way, now);
        }
    }

    pub(super) fn dropped(&mut self, way: NodePair, bytes: usize) {
        self.link(way).dropped.add(bytes);
    }

    /// A packet begins to wait.
    pub(super) fn waits(&mut self, way: NodePair, bytes: usize) {
        self.link(way).waiting.add(bytes);
    }

    /// A packet waits no more.
    pub(super) fn waited(&mut self, way: NodePair, bytes: usize) {
        self.link(way).waiting.remove(bytes);
    }

    /// How many bytes wait on a link.
    pub(super) fn waiting(&mut self, way: NodePair) -> u64 {
        self.link(way).waiting.bytes
    }

    /// The links whose rule a new table would change.
    pub(super) fn changes(&mut self, rules: &Rules) -> Vec<(NodePair, Rule)> {
        let wanted = |way| rules.get(&way).copied().unwrap_or_default();
        self.ways().map(|way| (way, wanted(way))).filter(|(way, rule)| *rule != self.link(*way).rule).collect()
    }

    /// Puts another rule into force.
    pub(super) fn change(&mut self, way: NodePair, rule: Rule, now: u64) {
        self.end(way, now);
        let link = self.link(way);
        link.returning = !rule.cut && (link.rule.cut || link.returning);
        link.fates.forget();
        link.is_open = rule == Rule::default();
        link.rule = rule;
    }

    /// Every link, in order.
    pub(super) fn ways(&self) -> impl Iterator<Item = NodePair> + use<> {
        let nodes = self.nodes;
        (0..nodes).flat_map(move |from| (0..nodes).filter(move |&to| to != from).map(move |to| (from, to)))
    }

    /// Ends a link's interval and begins the next with the same rule.
    pub(super) fn end(&mut self, way: NodePair, now: u64) {
        let link = self.link(way);
        let rule = link.rule.word();
        let (passed, dropped) = (std::mem::take(&mut link.passed), std::mem::take(&mut link.dropped));
        let held = if rule == history::Rule::Degrade { link.waiting } else { Count::default() };
        let interval = Interval {
            link: way,
            span: [link.since, now],
            rule,
            passed: passed.bytes,
            held: held.bytes,
            dropped: dropped.bytes,
            packets: Some(Packets { passed: passed.packets, held: held.packets, dropped: dropped.packets }),
        };
        link.since = now;
        self.ended.0.lock().unwrap_or_else(PoisonError::into_inner).push(interval);
    }
}
