//! Networks: how nodes reach each other, and what can be done to that.
//!
//! From all faults in force the nemesis computes one [`Rule`] for every link and hands the whole table over. A network puts a
//! table into force in one step and says when it began and when it was done. What crossed a link while one rule was in force
//! comes back as [`Interval`]s, the proof that a cut was one.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use workloads::{Capabilities, Effect};

mod addresses;
mod baseline;
pub mod direct;
mod failure;
pub mod proxy;
pub mod switch;

pub use baseline::Baseline;
pub use direct::Direct;
pub use proxy::Proxy;
pub use switch::{Namespace, Switch};

/// A node's place in the cluster: 0 for `n1`.
pub type NodeIndex = usize;

/// A port that every node of a system has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortSpec {
    /// Its name in the system file.
    pub name: String,
    /// Traffic on it runs between nodes, so the rules of links hold for it. Any other port belongs to the harness and
    /// to clients, and is never cut.
    pub is_link: bool,
}

impl PortSpec {
    /// A port whose traffic runs between nodes.
    pub fn link(name: impl Into<String>) -> Self {
        Self { name: name.into(), is_link: true }
    }

    /// A port that only the harness and clients use.
    pub fn own(name: impl Into<String>) -> Self {
        Self { name: name.into(), is_link: false }
    }
}

/// What is done to one direction of a link.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rule {
    /// Nothing crosses, not even the beginning or the end of a connection.
    pub cut: bool,
    /// What does cross is treated like this.
    pub effect: Effect,
}

impl Rule {
    /// The word that the history has for it.
    pub fn word(&self) -> history::Rule {
        if self.cut {
            history::Rule::Cut
        } else if self.effect == Effect::default() {
            history::Rule::Open
        } else {
            history::Rule::Degrade
        }
    }
}

/// The rule of every link that is not open, by (from, to).
pub type Rules = BTreeMap<(NodeIndex, NodeIndex), Rule>;

/// What crossed one link while one rule was in force. An interval also ends, without a change of rule, at the first byte that
/// crosses an `open` or `degrade` link after a cut was lifted. Its `span[1]` is then that byte's time.
#[derive(Debug, Clone, PartialEq)]
pub struct Interval {
    /// (from, to).
    pub link: (NodeIndex, NodeIndex),
    /// From when to when, nanoseconds since the run's zero.
    pub span: [u64; 2],
    /// [`Rule::word`].
    pub rule: history::Rule,
    /// Bytes that crossed.
    pub passed: u64,
    /// Bytes that arrived at the network and were kept waiting by the end of it because of the rule.
    pub held: u64,
    /// Bytes that were thrown away.
    pub dropped: u64,
    /// The same in packets, where the network carries packets; its bytes are then those of whole IP packets.
    pub packets: Option<Packets>,
}

/// What an [`Interval`] counts, in packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packets {
    /// Packets that crossed.
    pub passed: u64,
    /// Packets that were kept waiting by the end of it.
    pub held: u64,
    /// Packets that were thrown away.
    pub dropped: u64,
}

/// A network of one cluster.
pub trait Network: Send + Sync {
    /// `proxy`, `direct` or `switch`.
    fn name(&self) -> &'static str;

    /// What it can do to a link.
    fn capabilities(&self) -> Capabilities;

    /// Where a node must listen for a port of the system file.
    fn listen(&self, node: NodeIndex, port: &str) -> Option<SocketAddr>;

    /// Where `from` must dial to reach a port of `to`. `from` none: the harness itself.
    fn dial(&self, from: Option<NodeIndex>, to: NodeIndex, port: &str) -> Option<SocketAddr>;

    /// A node's process is about to be started (`true`), or is over (`false`). While it is down nothing accepts connections in
    /// its name. What was held for it is reset at the heal, never spliced to the next incarnation.
    fn set_alive(&self, node: NodeIndex, alive: bool) -> std::io::Result<()>;

    /// Puts a table of rules into force, replacing the one before, in one step. Answers when that began and when it
    /// was done, nanoseconds since the run's zero: before the first nothing, after the second everything is in force.
    fn apply(&self, rules: Rules) -> [u64; 2];

    /// Takes the intervals that have ended since the last call.
    fn take_intervals(&self) -> Vec<Interval>;

    /// How many messages between nodes have crossed since the start. A message is a piece of data as it was forwarded: a packet
    /// with data, or what one read of a connection brought. None where it sees none.
    fn messages(&self) -> Option<u64> {
        None
    }

    /// Ends every open interval now, and every connection: the run is over.
    fn close(&self);

    /// The network namespace that a node must be started in; none: the harness's own.
    fn namespace(&self, _node: NodeIndex) -> Option<Arc<Namespace>> {
        None
    }

    /// Why no node may reach a node that runs, as far as the network can see: a sentence about "it", without a full
    /// stop.
    fn oddities(&self, _node: NodeIndex) -> Option<String> {
        None
    }

    /// Why the capture of packets is not whole, if there was one, it has ended, and it is not: a sentence without a full
    /// stop.
    fn capture_problem(&self) -> Option<String> {
        None
    }

    /// What a node sent that this network counts and does not carry. It is the rest of a sentence that begins with the node's
    /// name, without a full stop.
    fn uncarried(&self, _node: NodeIndex) -> Option<String> {
        None
    }

    /// The links that have never carried a byte, where nodes could reach each other by another way than the network's; empty
    /// where they cannot.
    fn silent(&self) -> Vec<(NodeIndex, NodeIndex)> {
        Vec::new()
    }

    /// Why this network no longer does what it is told, if so: a sentence. From then on nothing that it answered
    /// since it was last asked may be believed.
    fn failure(&self) -> Option<String> {
        None
    }
}

/// Which network the user asks for.
pub use history::run::Network as Choice;
