//! Daemons that a node has started and that others may use as well: Erlang's `epmd` is one. The first node on a host starts it,
//! and it goes its own way. It belongs to that node all the same, and shares its fate. A pause or a kill that left some of a node
//! running would not be one. So the history tells what took it down, in `helper` lines, for a reader who wonders why the other nodes
//! suffer.

use history::{Record, entry};

use super::Cluster;
use crate::network::NodeIndex;

impl Cluster {
    /// Tells what a fault did to daemons of a node.
    pub(super) fn tell_of(&self, daemons: &[String], (node, incarnation): (NodeIndex, u32), fault: u32, fate: &str) {
        for what in daemons {
            self.recorder.record(told((self.name(node), incarnation), Some(fault), what, fate));
        }
    }
}

/// What became of one of them. `fate`: the end of a sentence about it, in which the node is "it".
pub(super) fn told<'a>((node, incarnation): (&'a str, u32), fault: Option<u32>, what: &str, fate: &str) -> Record<'a> {
    let reason = Some(format!("`{what}`, which {node} had started, {fate}").into());
    Record::now(entry::Harness::Helper { node: Some(node.into()), incarnation: Some(incarnation), fault, reason })
}
