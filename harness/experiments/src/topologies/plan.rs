//! Partial networks: which variant of Raft lives with which pattern of broken links.
//!
//! Raft promises a leader while a majority of servers can talk *to each other*. Real networks fail halfway: a link here, a
//! direction there. Then plain Raft may elect without end: a node that cannot hear the leader keeps raising the term. And the
//! remedies for that (PreVote, a sticky leader) may keep it from electing at all, because voters that still hear a leader without
//! a majority refuse every other node. Each topology here is put in force under a chosen leader and left alone for a minute. The
//! page reads what became of it from `checkers::measure::Held`.
//!
//! The leader is chosen by a head start: all other nodes wait two seconds longer before their first candidacy. Whether it led
//! when the links broke is in the history. A run in which it did not is left out and counted, and so is one in which the machine
//! was stalled ([`STALL`]).
//!
//! *What is expected* comes from a model with one-way delays of 1 to 3 ms ([`Topology::expected`]). Loopback is faster, which
//! changes nothing by more than a percent. Rows in which messages are lost one way need the `proxy` network, where a direction
//! can be cut by itself, and connections that are never replaced. The model asks each peer once a candidacy, a real node asks
//! again, and a deaf one stops every node by that: both are measured.

use std::time::Duration;

use crate::registry::NamedExperiment;
use campaign::plan::{Cell, Experiment, Steps, Work};
use history::run;
use workloads::condition::Condition;
use workloads::coverage::Coverage;
use workloads::fault::Fault;
use workloads::link::Link;
use workloads::shape::Shape;
use workloads::target::{Choice, Target};
use workloads::workload::Script;

mod rows;

pub(crate) use rows::EXPLAINED;
pub use rows::TOPOLOGIES;

/// How long the links stay broken.
pub const HELD: Duration = Duration::from_secs(60);

/// A run in which the machine is stalled for so long in all, while the links are broken, says nothing. Timeouts begin at 150 ms
/// and heartbeats come every 50. A longer stall lets a follower's timer run out under any leader, and what was locked comes
/// loose.
pub const STALL: Duration = Duration::from_millis(100);

/// How many clusters at once: every stall is a run that does not count.
const JOBS: usize = 16;

/// A variant of Raft, and the parameters of the reference node that make it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variant {
    /// In ids and tables.
    pub name: &'static str,
    /// As people write it.
    pub title: &'static str,
    /// Parameters that are `true`.
    on: &'static [&'static str],
}

/// The variants, in the order of the table's columns.
pub const VARIANTS: [Variant; 5] = [
    Variant { name: "vanilla", title: "vanilla", on: &[] },
    Variant { name: "prevote", title: "PreVote", on: &["prevote"] },
    Variant { name: "check-quorum", title: "CheckQuorum", on: &["check-quorum"] },
    Variant { name: "sticky", title: "sticky", on: &["sticky"] },
    Variant { name: "all-three", title: "all three", on: &["prevote", "check-quorum", "sticky"] },
];

/// What is expected of a cluster in a minute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Expected {
    /// The leader leads on.
    Stable,
    /// Leaders come and go: availability as a share, new leaders a minute.
    Flapping(f64, f64),
    /// No leader any more.
    Deadlock,
    /// Another leader after so many milliseconds, and then no more.
    Recovers(u64, u64),
}

/// A pattern of broken links, with the leader that it needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Topology {
    /// In ids.
    pub id: &'static str,
    pub title: &'static str,
    /// How many nodes.
    pub nodes: usize,
    /// The number of the node that leads.
    pub leader: usize,
    /// What is broken.
    pub broken: Broken,
    /// The node that is dead besides.
    pub dead: Option<usize>,
    /// The node that has the shorter log.
    pub behind: Option<usize>,
    /// What is expected of each of [`VARIANTS`].
    pub expected: [Expected; 5],
    /// The loss is one way, in messages: only `proxy` can do that.
    pub one_way: bool,
    /// A candidate asks each peer once, as in the model, and not again after an RPC timeout.
    pub asks_once: bool,
}

/// Which links are broken, by the numbers of the nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// Both directions of these.
    These(&'static [(usize, usize)]),
    /// Both directions of all but these.
    AllBut(&'static [(usize, usize)]),
    /// All that is sent to this node.
    Deaf(usize),
    /// All that this node sends.
    Mute(usize),
}

impl Topology {
    /// The shape of the cut and its pivot.
    pub fn cut(&self) -> (Shape, Target) {
        let both = |a: usize, b: usize| [(a, b), (b, a)].map(|(a, b)| Link::new(format!("n{a}"), format!("n{b}")));
        let among = |pairs: &[(usize, usize)], a, b| pairs.contains(&(a, b)) || pairs.contains(&(b, a));
        let of = |wanted: &dyn Fn(usize, usize) -> bool| {
            let pairs = (1..=self.nodes).flat_map(|a| (a + 1..=self.nodes).map(move |b| (a, b)));
            Shape::Links(pairs.filter(|&(a, b)| wanted(a, b)).flat_map(|(a, b)| both(a, b)).collect())
        };
        let only = |node: usize| Target::Names(vec![format!("n{node}")]);
        match self.broken {
            Broken::These(pairs) => (of(&|a, b| among(pairs, a, b)), Choice::All.into()),
            Broken::AllBut(pairs) => (of(&|a, b| !among(pairs, a, b)), Choice::All.into()),
            Broken::Deaf(node) => (Shape::Deaf, only(node)),
            Broken::Mute(node) => (Shape::Mute, only(node)),
        }
    }

    fn steps(&self) -> Steps {
        let soon = Duration::from_secs(10);
        let mut script = Script::new(HELD + 4 * soon);
        script.expect(Duration::ZERO, Condition::Leader, soon);
        script.expect(Duration::ZERO, Condition::TermsAgree, soon);
        script.expect(Duration::from_millis(500), Condition::OnlyLeader, soon);
        if let Some(dead) = self.dead {
            let target = Target::Names(vec![format!("n{dead}")]);
            let gone = script.inject(Duration::ZERO, Fault::Kill { target, forever: true });
            script.go_on_from(gone);
        }
        let (shape, target) = self.cut();
        let cut = script.inject(Duration::ZERO, Fault::Cut { shape, target });
        script.lift_after(cut, HELD);
        let (expectations, faults) = script.counts();
        let coverage = Coverage { faults, expectations, cuts_proven: true, ..Coverage::default() };
        Steps { duration: script.duration(), steps: script.into_steps(), coverage }
    }
}

pub(crate) struct Topologies;

impl NamedExperiment for Topologies {
    fn name(&self) -> &'static str {
        "topologies"
    }

    fn about(&self) -> &'static str {
        "partial networks: which variant of Raft keeps a leader, flaps, recovers or deadlocks under which broken links"
    }

    fn trials(&self) -> u64 {
        8
    }

    fn experiment(&self, trials: u64) -> Experiment {
        let cells = TOPOLOGIES.iter().flat_map(|row| VARIANTS.iter().map(move |variant| cell(row, variant, trials)));
        let (name, about) = (self.name().into(), self.about().into());
        Experiment { name, about, trials, jobs: Some(JOBS), cells: cells.collect(), hunt: None }
    }
}

fn cell(row: &Topology, variant: &Variant, runs: u64) -> Cell {
    let id = format!("{}/{}", row.id, variant.name);
    let mut cell = Cell::new(id, row.nodes, Work::Steps(row.steps()), runs);
    cell.axes = vec![("topology", row.id.into()), ("variant", variant.name.into())];
    cell.settings = vec!["first-delay=2s".into(), format!("n{}.first-delay=0ms", row.leader)];
    cell.settings.extend(variant.on.iter().map(|on| format!("{on}=true")));
    if let Some(behind) = row.behind {
        cell.settings.extend(["log=1/5".into(), format!("n{behind}.log=0/0")]);
    }
    if row.asks_once {
        cell.settings.push("rpc-timeout=10s".into());
    }
    if row.one_way {
        cell.settings.push("reconnect=1h".into());
        cell.network = Some(run::Network::Proxy.as_str().into());
    }
    cell
}

#[cfg(test)]
mod tests;
