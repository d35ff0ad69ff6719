//! What is in force on every link, and what crossed it meanwhile.
//!
//! An interval is one rule on one link. It ends when the rule changes, when the run ends, and at the first byte after a cut was
//! lifted, which dates the return of the link. One instant ends an interval and begins the next, and one thread both forwards
//! bytes and changes rules. So each byte belongs to exactly one interval: a cut whose interval says `passed = 0` let nothing
//! across.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::pace::Pace;
use crate::clock::Clock;
use crate::network::{Interval, NodeIndex, Rule, Rules};

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

    fn push(&self, interval: Interval) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(interval);
    }
}

#[derive(Debug)]
struct Entry {
    rule: Rule,
    since: u64,
    passed: u64,
    dropped: u64,
    /// A byte has crossed at some time.
    was_used: bool,
    /// A cut was lifted and nothing has crossed since.
    returning: bool,
    pace: Pace,
}

/// The rules and counters of all links.
#[derive(Debug)]
pub(super) struct Ledger {
    clock: Clock,
    nodes: usize,
    entries: Vec<Entry>,
    ended: EndedIntervals,
}

impl Ledger {
    pub(super) fn new(clock: Clock, nodes: usize, ended: EndedIntervals) -> Self {
        let since = clock.now();
        let entry = |seed: usize| Entry {
            rule: Rule::default(),
            since,
            passed: 0,
            dropped: 0,
            was_used: false,
            returning: false,
            pace: Pace::new(seed as u64),
        };
        Self { clock, nodes, entries: (0..nodes * nodes).map(entry).collect(), ended }
    }

    fn entry(&mut self, (from, to): NodePair) -> &mut Entry {
        &mut self.entries[from * self.nodes + to]
    }

    pub(super) fn rule(&self, (from, to): NodePair) -> &Rule {
        &self.entries[from * self.nodes + to].rule
    }

    pub(super) fn is_cut(&self, way: NodePair) -> bool {
        self.rule(way).cut
    }

    /// A handshake needs both directions.
    pub(super) fn is_cut_either_way(&self, (from, to): NodePair) -> bool {
        self.is_cut((from, to)) || self.is_cut((to, from))
    }

    /// When `bytes` that arrive now may cross.
    pub(super) fn due(&mut self, way: NodePair, now: u64, bytes: usize) -> u64 {
        let entry = self.entry(way);
        entry.pace.due(&entry.rule.effect, now, bytes)
    }

    pub(super) fn passed(&mut self, way: NodePair, bytes: usize) {
        if bytes > 0 {
            self.ended.message();
        }
        let entry = self.entry(way);
        entry.passed += bytes as u64;
        entry.was_used |= bytes > 0;
        if entry.returning && bytes > 0 {
            entry.returning = false;
            let now = self.clock.now();
            self.end(way, now, 0);
        }
    }

    pub(super) fn dropped(&mut self, way: NodePair, bytes: usize) {
        self.entry(way).dropped += bytes as u64;
    }

    /// The links whose rule a new table would change.
    pub(super) fn changes(&self, rules: &Rules) -> Vec<(NodePair, Rule)> {
        self.ways()
            .filter_map(|way| {
                let rule = rules.get(&way).copied().unwrap_or_default();
                (rule != *self.rule(way)).then_some((way, rule))
            })
            .collect()
    }

    /// Puts another rule into force.
    pub(super) fn change(&mut self, way: NodePair, rule: Rule, now: u64, waiting: u64) {
        self.end(way, now, waiting);
        let entry = self.entry(way);
        entry.returning = !rule.cut && (entry.rule.cut || entry.returning);
        if rule.effect.rate != entry.rule.effect.rate {
            entry.pace.forget();
        }
        entry.rule = rule;
    }

    /// Every link, in order.
    pub(super) fn ways(&self) -> impl Iterator<Item = NodePair> + use<> {
        let nodes = self.nodes;
        (0..nodes).flat_map(move |from| (0..nodes).filter(move |&to| to != from).map(move |to| (from, to)))
    }

    /// The links that have never carried a byte.
    pub(super) fn silent(&self) -> Vec<NodePair> {
        self.ways().filter(|(from, to)| !self.entries[from * self.nodes + to].was_used).collect()
    }

    /// Ends a link's interval and begins the next with the same rule. `waiting`: bytes on their way to cross.
    pub(super) fn end(&mut self, way: NodePair, now: u64, waiting: u64) {
        let entry = self.entry(way);
        let rule = entry.rule.word();
        let interval = Interval {
            link: way,
            span: [entry.since, now],
            rule,
            passed: std::mem::take(&mut entry.passed),
            held: if rule == history::Rule::Open { 0 } else { waiting },
            dropped: std::mem::take(&mut entry.dropped),
            packets: None,
        };
        entry.since = now;
        self.ended.push(interval);
    }
}
