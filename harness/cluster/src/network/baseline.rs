//! Links that are slow from the beginning to the end of a run (`--link-delay`).
//!
//! A delay that is there all the time is no fault. It is what the network of this cluster is like, so the links are as certain as
//! any. Checkers see it as a number in the header and nothing else. It is added to whatever faults do to a link, under every
//! table of rules. An interval with no other rule in force is `open`, like one without it.

use std::collections::{BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use workloads::Capabilities;

use super::{Interval, Namespace, Network, NodeIndex, Rule, Rules};

/// The links that faults have made worse, from a time on: one entry for each table of rules, the oldest first.
type Tables = VecDeque<(u64, BTreeSet<(NodeIndex, NodeIndex)>)>;

/// A network whose links between nodes all take so much longer.
pub struct Baseline {
    network: Box<dyn Network>,
    delay: Duration,
    nodes: usize,
    worse: Mutex<Tables>,
}

impl Baseline {
    /// Slows every link between the first `nodes` processes of a network, in each direction, from now on. The network has
    /// to be one that can delay.
    pub fn new(network: Box<dyn Network>, nodes: usize, delay: Duration) -> Self {
        let slow = Self { network, delay, nodes, worse: Mutex::default() };
        slow.apply(Rules::new());
        slow
    }

    fn worse(&self) -> MutexGuard<'_, Tables> {
        self.worse.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Network for Baseline {
    fn name(&self) -> &'static str {
        self.network.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.network.capabilities()
    }

    fn listen(&self, node: NodeIndex, port: &str) -> Option<SocketAddr> {
        self.network.listen(node, port)
    }

    fn dial(&self, from: Option<NodeIndex>, to: NodeIndex, port: &str) -> Option<SocketAddr> {
        self.network.dial(from, to, port)
    }

    fn set_alive(&self, node: NodeIndex, alive: bool) -> std::io::Result<()> {
        self.network.set_alive(node, alive)
    }

    fn apply(&self, mut rules: Rules) -> [u64; 2] {
        let open = Rule::default().effect;
        let worse = rules.iter().filter(|(_, rule)| rule.effect != open).map(|(way, _)| *way).collect();
        for from in 0..self.nodes {
            for to in (0..self.nodes).filter(|to| *to != from) {
                rules.entry((from, to)).or_default().effect.delay += self.delay;
            }
        }
        // Held meanwhile, so that no interval of the new table is looked at before the table is known.
        let mut tables = self.worse();
        let span = self.network.apply(rules);
        tables.push_back((span[0], worse));
        span
    }

    fn take_intervals(&self) -> Vec<Interval> {
        let tables = self.worse();
        let mut intervals = self.network.take_intervals();
        for interval in intervals.iter_mut().filter(|interval| interval.rule == history::Rule::Degrade) {
            let known = tables.partition_point(|(from, _)| *from <= interval.span[0]);
            let table = known.checked_sub(1).and_then(|at| tables.get(at));
            if !table.is_some_and(|(_, worse)| worse.contains(&interval.link)) {
                interval.rule = history::Rule::Open;
            }
        }
        intervals
    }

    fn messages(&self) -> Option<u64> {
        self.network.messages()
    }

    fn close(&self) {
        self.network.close();
    }

    fn namespace(&self, node: NodeIndex) -> Option<Arc<Namespace>> {
        self.network.namespace(node)
    }

    fn oddities(&self, node: NodeIndex) -> Option<String> {
        self.network.oddities(node)
    }

    fn capture_problem(&self) -> Option<String> {
        self.network.capture_problem()
    }

    fn uncarried(&self, node: NodeIndex) -> Option<String> {
        self.network.uncarried(node)
    }

    fn silent(&self) -> Vec<(NodeIndex, NodeIndex)> {
        self.network.silent()
    }

    fn failure(&self) -> Option<String> {
        self.network.failure()
    }
}

#[cfg(test)]
mod tests {
    use workloads::Effect;

    use super::*;
    use crate::clock::Clock;

    /// Remembers its rules; each table ends the intervals of the one before.
    struct Fake {
        clock: Clock,
        tables: Mutex<Vec<(u64, Rules)>>,
    }

    impl Network for Fake {
        fn name(&self) -> &'static str {
            "fake"
        }
        fn capabilities(&self) -> Capabilities {
            Capabilities::default()
        }
        fn listen(&self, _: NodeIndex, _: &str) -> Option<SocketAddr> {
            None
        }
        fn dial(&self, _: Option<NodeIndex>, _: NodeIndex, _: &str) -> Option<SocketAddr> {
            None
        }
        fn set_alive(&self, _: NodeIndex, _: bool) -> std::io::Result<()> {
            Ok(())
        }
        fn apply(&self, rules: Rules) -> [u64; 2] {
            let now = self.clock.now();
            self.tables.lock().unwrap().push((now, rules));
            [now, now + 1]
        }
        fn take_intervals(&self) -> Vec<Interval> {
            let tables = self.tables.lock().unwrap();
            let interval = |(at, rules): &(u64, Rules)| {
                let rule = rules.get(&(0, 1)).copied().unwrap_or_default().word();
                Interval { link: (0, 1), span: [*at, at + 9], rule, passed: 0, held: 0, dropped: 0, packets: None }
            };
            tables.iter().map(interval).collect()
        }
        fn close(&self) {}
    }

    #[test]
    fn a_delay_that_is_always_there_is_added_to_faults_and_is_none_itself() {
        let delay = Duration::from_millis(2);
        let fake = Fake { clock: Clock::start(), tables: Mutex::default() };
        let slow = Baseline::new(Box::new(fake), 3, delay);
        let effect = Effect { delay, ..Effect::default() };
        slow.apply(Rules::from([((0, 1), Rule { cut: false, effect })]));
        slow.apply(Rules::from([((0, 1), Rule { cut: true, effect: Effect::default() })]));
        slow.apply(Rules::new());
        let words: Vec<_> = slow.take_intervals().iter().map(|interval| interval.rule.as_str()).collect();
        assert_eq!(words, ["open", "degrade", "cut", "open"]);
    }
}
